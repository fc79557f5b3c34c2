/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-main"

#include "base/log.h"
#include "signaling/options.h"
#include "signaling/signald.h"
#include "signaling/vapid.h"

#include <errno.h>
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXIT_FAILED 1
#define EXIT_USAGE  2

typedef struct {
  PlSignald *signald;
  GMainLoop *loop;
  gboolean stopping;
} Program;

static void
on_stopped (gpointer user_data)
{
  Program *self = user_data;
  g_main_loop_quit (self->loop);
}

static gboolean
on_stop_signal (gpointer user_data)
{
  Program *self = user_data;
  if (self->stopping)
    _exit (EXIT_FAILED);
  self->stopping = TRUE;
  pl_signald_stop (self->signald, on_stopped, self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_reload_signal (gpointer user_data)
{
  Program *self = user_data;
  pl_signald_reload (self->signald);
  return G_SOURCE_CONTINUE;
}

/* One descriptor for each client. */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
  }
}

static void
announce (const Program *self, int ready_fd)
{
  g_autofree char *lines = pl_signald_describe (self->signald);
  fputs (lines, stderr);
  if (ready_fd < 0)
    return;
  if (write (ready_fd, lines, strlen (lines)) < 0)
    pl_warning (self, "--ready-fd %d: %s", ready_fd, g_strerror (errno));
  close (ready_fd);
}

static int
run (Program *self, const PlOptions *options)
{
  g_autoptr (GError) error = NULL;

  if (!pl_signald_start (self->signald, &error)) {
    fprintf (stderr, "punchline-signald: %s\n", error->message);
    return EXIT_FAILED;
  }
  self->loop = g_main_loop_new (NULL, /* is_running = */ FALSE);
  g_unix_signal_add (SIGTERM, on_stop_signal, self);
  g_unix_signal_add (SIGINT, on_stop_signal, self);
  g_unix_signal_add (SIGHUP, on_reload_signal, self);
  announce (self, options->ready_fd);
  g_main_loop_run (self->loop);
  g_main_loop_unref (self->loop);
  return 0;
}

static int
make_push_key (const char *file)
{
  g_autoptr (GError) error = NULL;

  if (pl_vapid_make (file, &error))
    return 0;
  fprintf (stderr, "punchline-signald: --make-push-key: %s\n", error->message);
  return EXIT_FAILED;
}

static int
start (const PlOptions *options)
{
  g_autoptr (GError) error = NULL;
  Program self = { 0 };

  if (options->version) {
    printf ("punchline-signald %s\n", PACKAGE_VERSION);
    return 0;
  }
  if (options->make_push_key)
    return make_push_key (options->make_push_key);
  if ((options->log && !pl_log_set_levels (options->log, &error))
      || (self.signald = pl_signald_new (options, &error)) == NULL) {
    fprintf (stderr, "punchline-signald: %s\n", error->message);
    return EXIT_USAGE;
  }
  int status = 0;
  if (options->check_config)
    puts ("the configuration is good");
  else
    status = run (&self, options);
  pl_signald_free (self.signald);
  return status;
}

int
main (int argc G_GNUC_UNUSED, char **argv)
{
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  signal (SIGPIPE, SIG_IGN);
  raise_descriptor_limit ();
  pl_log_init ();
  g_auto (GStrv) args = g_strdupv (argv);
  g_autoptr (PlOptions) options = pl_options_parse (&args, &error);
  if (options == NULL) {
    fprintf (stderr, "punchline-signald: %s\n", error->message);
    return EXIT_USAGE;
  }
  return start (options);
}
