/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/shell.h"

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <unistd.h>

typedef struct {
  void (*run_line) (const char *line);
  GMainLoop *loop;
} Shell;

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Shell *self = user_data;
  GDataInputStream *input = G_DATA_INPUT_STREAM (source);
  g_autofree char *line = g_data_input_stream_read_line_finish_utf8 (
      input, result, /* length = */ NULL, /* error = */ NULL);

  if (line == NULL) {
    g_main_loop_quit (self->loop);
    return;
  }
  self->run_line (line);
  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, /* cancellable = */ NULL,
                                       on_line, self);
}

void
pl_shell_run (void (*run_line) (const char *line))
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (/* context = */ NULL, /* is_running = */ FALSE);
  g_autoptr (GInputStream) standard
      = g_unix_input_stream_new (STDIN_FILENO, /* close_fd = */ FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (standard);
  Shell self = { run_line, loop };

  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, /* cancellable = */ NULL,
                                       on_line, &self);
  g_main_loop_run (loop);
}
