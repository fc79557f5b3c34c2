/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-pair"

#include "simbox/pair-command.h"

#include "base/printable.h"
#include "base/qr.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_FAILED 1

static int
complain (const char *what)
{
  /* The signaling server and the other side have a word in it. */
  g_autofree char *printable = pl_make_printable (what);

  fprintf (stderr, "punchline-boxd: %s\n", printable);
  return EXIT_FAILED;
}

static GSocketConnection *
ask (const char *path, const char *rights, GError **error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autofree char *line = g_strdup_printf ("pair %s\n", rights);
  g_autoptr (GSocketConnection) connection
      = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, error);

  if (connection == NULL
      || !g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                                     line, strlen (line), NULL, NULL, error)) {
    g_prefix_error (error, "is punchline-boxd running? %s: ", path);
    return NULL;
  }
  return g_steal_pointer (&connection);
}

static gboolean
show_code (const char *code)
{
  fprintf (stderr, "On the client:\n  punchline pair %s\n", code);
  return printf ("%s\n", code) > 0 && fflush (stdout) == 0;
}

/* A camera gets the link, which has all that is needed. */
static void
show_link (const char *link)
{
  g_autofree char *drawing = isatty (STDERR_FILENO) ? pl_qr_draw (link) : NULL;

  fprintf (stderr, "or the link:\n  %s\n%s", link, drawing ? drawing : "");
}

int
pl_pair_command_run (const char *path, const char *rights)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection = ask (path, rights, &error);

  if (connection == NULL)
    return complain (error->message);
  g_autoptr (GDataInputStream) input
      = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  while (TRUE) {
    g_autofree char *line = g_data_input_stream_read_line_utf8 (input, NULL, NULL, &error);
    if (line == NULL)
      return complain (error ? error->message : "the box stopped");
    if (g_str_has_prefix (line, "error "))
      return complain (line + strlen ("error "));
    if (g_str_has_prefix (line, "paired ")) {
      fprintf (stderr, "paired with '%s'\n", line + strlen ("paired "));
      return 0;
    }
    if (g_str_has_prefix (line, "code ") && !show_code (line + strlen ("code ")))
      return EXIT_FAILED;
    if (g_str_has_prefix (line, "link "))
      show_link (line + strlen ("link "));
  }
}
