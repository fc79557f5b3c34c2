/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/pl-signald.h"

#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define READY_FD 3

struct _PlSignald {
  GSubprocess *process;
  guint port;
};

/* "listening on ws://127.0.0.1:4711" */
static guint
read_port (int fd)
{
  g_autoptr (GInputStream) stream = g_unix_input_stream_new (fd, /* close_fd = */ TRUE);
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (stream);
  g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);

  g_assert_nonnull (line);
  return atoi (strrchr (line, ':') + 1);
}

/* It shall not outlive a test that aborts. */
static void
die_with_parent (gpointer user_data G_GNUC_UNUSED)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
spawn (PlSignald *self, GSubprocessLauncher *launcher, const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  g_subprocess_launcher_take_fd (launcher, fds[1], READY_FD);
  self->process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_subprocess_launcher_close (launcher);
  self->port = read_port (fds[0]);
}

PlSignald *
pl_signald_start (guint port, const char *const *options)
{
  PlSignald *self = g_new0 (PlSignald, 1);
  const char *build = g_getenv ("PL_TOP_BUILDDIR");
  g_autofree char *program = g_build_filename (build ? build : ".", "punchline-signald", NULL);
  g_autofree char *listen = g_strdup_printf ("--listen=127.0.0.1:%u", port);
  g_autofree char *ready = g_strdup_printf ("--ready-fd=%d", READY_FD);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);

  g_ptr_array_add (argv, program);
  g_ptr_array_add (argv, listen);
  g_ptr_array_add (argv, ready);
  for (const char *const *option = options; option && *option; option++)
    g_ptr_array_add (argv, (char *) *option);
  g_ptr_array_add (argv, NULL);
  spawn (self, launcher, (const char *const *) argv->pdata);
  return self;
}

void
pl_signald_kill (PlSignald *self)
{
  if (self == NULL)
    return;
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_object_unref (self->process);
  g_free (self);
}

guint
pl_signald_get_port (const PlSignald *self)
{
  return self->port;
}

guint64
pl_signald_get_metric (const PlSignald *self, const char *name)
{
  static const char request[] = "GET /metrics HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection = g_socket_client_connect_to_host (
      client, "127.0.0.1", self->port, /* cancellable = */ NULL, &error);
  g_assert_no_error (error);
  g_autofree char *line_start = g_strdup_printf ("\npunchline_signald_%s ", name);
  char answer[8192] = "";
  gsize len = 0;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                             strlen (request), NULL, NULL, &error);
  g_assert_no_error (error);
  g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)), answer,
                           sizeof answer - 1, &len, NULL, NULL);
  const char *found = strstr (answer, line_start);
  if (found == NULL)
    g_error ("no %s in: %s", name, answer);
  return g_ascii_strtoull (found + strlen (line_start), NULL, 10);
}
