/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-main"

#include "base/log.h"
#include "simbox/boxd.h"
#include "simbox/options.h"
#include "simbox/pair-command.h"

#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define EXIT_FAILED 1
#define EXIT_USAGE  2

typedef struct {
  PlBoxd *boxd;
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
  sd_notify (/* unset_environment = */ 0, "STOPPING=1");
  pl_boxd_stop (self->boxd, on_stopped, self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_watchdog (gpointer user_data G_GNUC_UNUSED)
{
  sd_notify (/* unset_environment = */ 0, "WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

static void
start_watchdog (void)
{
  uint64_t period_us;
  if (sd_watchdog_enabled (/* unset_environment = */ 0, &period_us) > 0)
    g_timeout_add (period_us / 3 / 1000, on_watchdog, NULL);
}

static int
complain (const GError *error, int status)
{
  fprintf (stderr, "punchline-boxd: %s\n", error->message);
  return status;
}

static int
run (const PlBoxdOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PlBoxd) boxd = pl_boxd_new (options, &error);
  Program self = { .boxd = boxd };

  if (boxd == NULL)
    return complain (error, EXIT_USAGE);
  if (options->check_config) {
    puts ("the configuration is good");
    return 0;
  }
  if (!pl_boxd_start (boxd, &error))
    return complain (error, EXIT_FAILED);
  self.loop = g_main_loop_new (NULL, /* is_running = */ FALSE);
  g_unix_signal_add (SIGTERM, on_stop_signal, &self);
  g_unix_signal_add (SIGINT, on_stop_signal, &self);
  g_unix_signal_add (SIGHUP, on_stop_signal, &self); /* its terminal is gone */
  start_watchdog ();
  fprintf (stderr, "box '%s' is up: modem %s, voice %s\n", options->name, options->modem,
           options->pcm);
  sd_notify (/* unset_environment = */ 0, "READY=1");
  g_main_loop_run (self.loop);
  g_main_loop_unref (self.loop);
  return 0;
}

/* A service has no desktop whose settings name a proxy, and what the environment names is there
 * to be read. Without any, a library of 2 MiB would look for it. */
static void
choose_proxies (void)
{
  static const char *const names[] = { "http_proxy", "https_proxy", "all_proxy" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *upper = g_ascii_strup (names[i], -1);
    if (g_getenv (names[i]) || g_getenv (upper))
      return;
  }
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", /* overwrite = */ FALSE);
}

int
main (int argc G_GNUC_UNUSED, char **argv)
{
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  signal (SIGPIPE, SIG_IGN);
  umask (0077); /* texts are nobody else's, wherever the state folder is */
  choose_proxies ();
  pl_log_init ();
  g_auto (GStrv) args = g_strdupv (argv);
  g_autoptr (PlBoxdOptions) options = pl_boxd_options_parse (&args, &error);
  if (options == NULL)
    return complain (error, EXIT_USAGE);
  if (options->version) {
    printf ("punchline-boxd %s\n", PACKAGE_VERSION);
    return 0;
  }
  if (options->pair) {
    g_autofree char *path = pl_boxd_make_door_path (options);
    return pl_pair_command_run (path, options->rights);
  }
  return run (options);
}
