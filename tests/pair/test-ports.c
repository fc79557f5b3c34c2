/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/stream-flow.h"
#include "stream/file-inbox.h"
#include "stream/port-readers.h"
#include "stream/port-writers.h"
#include "tests/lib/fake-peer.h"
#include "tests/lib/pl-test.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

/* The local ports of two sides, real sockets outside, a fake connection between. */
typedef struct {
  PlPeer *a, *b;
  PlPortWriters *writers; /* at a */
  PlPortReaders *readers; /* at b */
  PlFileInbox *inbox;     /* at b */
  char *folder;
  GPtrArray *reports; /* "sent 5" "received 5 lost" */
} Fixture;

static void
on_ended (const PlTransfer *transfer, gpointer user_data)
{
  static const char *const kinds[] = { NULL, "sent", "received", "file-sent", "file-received" };
  Fixture *f = user_data;
  g_ptr_array_add (f->reports,
                   g_strdup_printf ("%s %" G_GUINT64_FORMAT "%s%s%s%s", kinds[transfer->kind],
                                    transfer->bytes, transfer->name ? " " : "",
                                    transfer->name ? transfer->name : "",
                                    transfer->error ? ": " : "",
                                    transfer->error ? transfer->error->message : ""));
}

static void
on_channel (PlPeer *peer G_GNUC_UNUSED, PlChannel *channel, Fixture *f)
{
  if (pl_port_readers_wants (pl_channel_get_label (channel)))
    pl_port_readers_take_channel (f->readers, channel);
  else if (pl_file_inbox_wants (pl_channel_get_label (channel)))
    pl_file_inbox_take_channel (f->inbox, channel);
}

static void
set_up (Fixture *f, gconstpointer user_data)
{
  const PlPortWritersConfig config = { .port = 0, .file_requests = TRUE };
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("inbox-XXXXXX", &error);
  g_assert_no_error (error);
  f->reports = g_ptr_array_new_with_free_func (g_free);
  pl_fake_pair_new (pl_test_seed (), &f->a, &f->b);
  g_signal_connect (f->b, "channel", G_CALLBACK (on_channel), f);
  f->writers = pl_port_writers_new (&config, on_ended, f, &error);
  g_assert_no_error (error);
  f->readers = pl_port_readers_new (0, on_ended, f, &error);
  g_assert_no_error (error);
  f->inbox = pl_file_inbox_new (user_data ? f->folder : NULL, on_ended, f, &error);
  g_assert_no_error (error);
  pl_port_writers_set_peer (f->writers, f->a);
}

static void
turn (guint n)
{
  for (guint i = 0; i < n; i++)
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
}

static void
tear_down (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  pl_port_writers_free (f->writers);
  pl_port_readers_free (f->readers);
  pl_file_inbox_free (f->inbox);
  turn (20); /* what was cancelled reports so */
  g_object_unref (f->a);
  g_object_unref (f->b);
  g_ptr_array_unref (f->reports);
  g_rmdir (f->folder);
  g_free (f->folder);
}

static GSocketConnection *
dial (uint16_t port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection
      = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (g_socket_connection_get_socket (connection), FALSE);
  return connection;
}

static GSocketConnection *
dial_writer (Fixture *f)
{
  return dial (pl_port_writers_get_port (f->writers));
}

static GSocketConnection *
dial_reader (Fixture *f)
{
  return dial (pl_port_readers_get_port (f->readers));
}

static void
put (GSocketConnection *connection, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_socket_send (g_socket_connection_get_socket (connection), text, strlen (text), NULL,
                 &error);
  g_assert_no_error (error);
}

/* As pync does: the process ends. */
static void
hang_up (GSocketConnection *connection)
{
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  g_object_unref (connection);
}

/* A writer from its first byte to its end. */
static void
write_whole (Fixture *f, const char *text)
{
  GSocketConnection *writer = dial_writer (f);
  put (writer, text);
  hang_up (writer);
}

/* Reads to the end of file; "RST" instead when it breaks off. */
static char *
drain (GSocketConnection *reader)
{
  GSocket *socket = g_socket_connection_get_socket (reader);
  GString *all = g_string_new (NULL);
  char buffer[4096];

  for (;;) {
    g_autoptr (GError) error = NULL;
    gssize n = g_socket_receive (socket, buffer, sizeof buffer, NULL, &error);
    if (n == 0)
      break;
    if (n > 0)
      g_string_append_len (all, buffer, n);
    else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      turn (1);
    else {
      g_string_assign (all, "RST");
      break;
    }
  }
  return g_string_free (all, /* free_segment = */ FALSE);
}

static void
assert_reads (Fixture *f, const char *expected)
{
  GSocketConnection *reader = dial_reader (f);
  g_autofree char *text = drain (reader);
  g_assert_cmpstr (text, ==, expected);
  hang_up (reader);
}

static void
wait_reports (Fixture *f, guint n)
{
  while (f->reports->len < n)
    turn (1);
}

/* The two ends report in any order. */
static void
assert_reported (Fixture *f, const char *expected)
{
  for (guint i = 0;; i++) {
    wait_reports (f, i + 1);
    if (g_str_equal (g_ptr_array_index (f->reports, i), expected))
      return;
    g_test_message ("%s", (char *) g_ptr_array_index (f->reports, i));
  }
}

static void
test_writer_first (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  write_whole (f, "hello");
  turn (50);
  assert_reads (f, "hello");
  assert_reported (f, "received 5");
  assert_reported (f, "sent 5");
}

static void
test_reader_first (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  GSocketConnection *reader = dial_reader (f);
  turn (20);
  write_whole (f, "hello");
  g_autofree char *text = drain (reader);
  g_assert_cmpstr (text, ==, "hello");
  hang_up (reader);
}

static void
test_many_in_order (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  for (int i = 0; i < 40; i++) {
    g_autofree char *text = g_strdup_printf ("stream %d", i);
    write_whole (f, text);
    turn (3);
  }
  for (int i = 0; i < 40; i++) {
    g_autofree char *text = g_strdup_printf ("stream %d", i);
    assert_reads (f, text);
  }
}

/* Over-NAT-Lib: an empty stream, or one byte 's', or eight bytes that are no UTF-8. */
static void
test_odd_streams (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  static const char *const odd[] = {
    "",    "s",    "sf", "sf12", "sf010short", "finished", "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8",
    "sfx", "sf000"
  };
  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++) {
    write_whole (f, odd[i]);
    assert_reads (f, odd[i]);
  }
}

/* Somebody waits for the echo of 's': it may not be held back for ever. */
static void
test_start_of_a_request_does_not_stick (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  GSocketConnection *reader = dial_reader (f), *writer = dial_writer (f);
  GSocket *socket = g_socket_connection_get_socket (reader);
  char byte = 0;

  put (writer, "s");
  while (g_socket_receive (socket, &byte, 1, NULL, NULL) < 0)
    turn (1);
  g_assert_cmpint (byte, ==, 's');
  hang_up (writer);
  hang_up (reader);
  wait_reports (f, 2);
}

static void
test_killed_reader (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  GSocketConnection *reader = dial_reader (f), *writer = dial_writer (f);
  GSocket *socket = g_socket_connection_get_socket (reader);
  char byte;

  put (writer, "first");
  while (g_socket_receive (socket, &byte, 1, NULL, NULL) < 0)
    turn (1);
  hang_up (reader);
  g_autofree char *told = drain (writer);
  g_assert_cmpstr (told, ==, "RST");
  hang_up (writer);
  write_whole (f, "second");
  assert_reads (f, "second");
  assert_reported (f, "received 5: the reader went away");
  assert_reported (f, "sent 5: the other side broke off: the reader went away");
}

static void
test_reader_that_left_early_takes_nothing (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  GSocketConnection *reader = dial_reader (f);
  turn (20);
  hang_up (reader);
  turn (20);
  write_whole (f, "hello");
  assert_reads (f, "hello");
}

static void
test_reader_may_not_send (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  GSocketConnection *reader = dial_reader (f);
  put (reader, "GET / HTTP/1.1\r\n\r\n");
  g_autofree char *text = drain (reader);
  g_assert_cmpstr (text, ==, "RST");
  hang_up (reader);
}

/* A writer that stays is told by an end of file that its bytes were read. */
static void
test_writer_hears_of_delivery (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  GSocketConnection *writer = dial_writer (f);
  put (writer, "hello");
  g_socket_connection_get_socket (writer);
  g_socket_shutdown (g_socket_connection_get_socket (writer), FALSE, TRUE, NULL);
  turn (50);
  g_assert_cmpuint (f->reports->len, ==, 0);
  assert_reads (f, "hello");
  g_autofree char *told = drain (writer);
  g_assert_cmpstr (told, ==, "");
  hang_up (writer);
}

static void
test_back_pressure (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  g_autofree char *block = g_strnfill (65536, 'x');
  GSocketConnection *writer = dial_writer (f);
  GSocket *socket = g_socket_connection_get_socket (writer);
  gsize accepted = 0;
  guint idle = 0;

  while (idle < 200) {
    gssize n = g_socket_send (socket, block, 65536, NULL, NULL);
    idle = n > 0 ? 0 : idle + 1;
    accepted += n > 0 ? (gsize) n : 0;
    turn (1);
  }
  /* The window, and what the kernel buffers of one local connection hold. */
  g_assert_cmpuint (accepted, >=, PL_STREAM_WINDOW);
  g_assert_cmpuint (accepted, <, PL_STREAM_WINDOW + 16 * 1024 * 1024);
  hang_up (writer);
  GSocketConnection *reader = dial_reader (f);
  g_autofree char *text = drain (reader);
  g_assert_cmpuint (strlen (text), ==, accepted);
  hang_up (reader);
}

static void
test_lost_connection (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  GSocketConnection *reader = dial_reader (f), *writer = dial_writer (f);

  put (writer, "hello");
  turn (100);
  pl_fake_pair_break (f->a);
  pl_port_writers_set_peer (f->writers, NULL);
  pl_port_readers_reset (f->readers);
  g_autofree char *read = drain (reader);
  g_autofree char *told = drain (writer);
  g_assert_cmpstr (read, ==, "RST");
  g_assert_cmpstr (told, ==, "RST");
  hang_up (reader);
  hang_up (writer);
  /* Who comes now waits for the next connection. */
  write_whole (f, "later");
  turn (20);
  pl_port_writers_set_peer (f->writers, f->a);
  assert_reads (f, "later");
}

static void
test_file_refused (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  write_whole (f, "sf007foo.binDATA");
  wait_reports (f, 2);
  assert_reported (f, "file-received 0 foo.bin: the receiver runs without --accept-files");
  assert_reported (f, "file-sent 4 foo.bin: the other side broke off: the receiver runs "
                      "without --accept-files");
  write_whole (f, "not a file");
  assert_reads (f, "not a file");
}

static void
assert_file (Fixture *f, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
  g_unlink (path);
}

static void
test_files (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  static const char *const requests[]
      = { "sf007foo.binDATA", "sf007foo.binMORE", "sf012../pwned.txtoutside", "sf005/etc/x" };

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    write_whole (f, requests[i]);
    wait_reports (f, 2 * (i + 1));
  }
  assert_reported (f, "file-received 4 foo.bin");
  assert_reported (f, "file-received 4 foo (2).bin");
  assert_file (f, "foo.bin", "DATA");
  assert_file (f, "foo (2).bin", "MORE");
  assert_file (f, "pwned.txt", "outside");
  assert_file (f, "file", "x");
}

static void
test_broken_file_leaves_nothing (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  GSocketConnection *writer = dial_writer (f);
  put (writer, "sf007foo.binDATA");
  turn (100);
  pl_fake_pair_break (f->a);
  pl_port_writers_set_peer (f->writers, NULL);
  pl_file_inbox_reset (f->inbox);
  hang_up (writer);
  /* tear_down() removes the folder, which has to be empty. */
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
}

/* A foreign peer: any label, too many at a time, one that breaks the protocol. */
static void
test_too_many_streams (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  const PlChannelOptions options = PL_CHANNEL_RELIABLE;
  for (guint i = 1; i <= PL_MAX_STREAMS + 1; i++) {
    g_autofree char *label = g_strdup_printf ("port:%u", i);
    g_autoptr (PlChannel) channel G_GNUC_UNUSED
        = pl_peer_open_channel (f->a, label, PL_STREAM_PROTOCOL, &options, NULL);
    while (f->reports->len == 0 && i == PL_MAX_STREAMS + 1)
      turn (1);
  }
  assert_reported (f, "received 0: too many streams at a time");
}

static void
send_plain (PlChannel *channel, const char *text, gboolean is_text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_assert_true (pl_channel_send (channel, bytes, is_text, NULL));
}

static void
test_plain_peer (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  const PlChannelOptions options = PL_CHANNEL_RELIABLE;
  g_autoptr (PlChannel) channel = pl_peer_open_channel (f->a, "port", "", &options, NULL);
  send_plain (channel, "from a page, ", /* is_text = */ FALSE);
  send_plain (channel, "in text", /* is_text = */ TRUE);
  send_plain (channel, "", /* is_text = */ TRUE);
  assert_reads (f, "from a page, in text");
  assert_reported (f, "received 20");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    gboolean accept_files;
    void (*run) (Fixture *f, gconstpointer user_data);
  } tests[] = {
    { "/ports/writer-first", FALSE, test_writer_first },
    { "/ports/reader-first", FALSE, test_reader_first },
    { "/ports/many-in-order", FALSE, test_many_in_order },
    { "/ports/odd-streams", FALSE, test_odd_streams },
    { "/ports/start-of-a-request", FALSE, test_start_of_a_request_does_not_stick },
    { "/ports/killed-reader", FALSE, test_killed_reader },
    { "/ports/reader-left-early", FALSE, test_reader_that_left_early_takes_nothing },
    { "/ports/reader-sends", FALSE, test_reader_may_not_send },
    { "/ports/delivery", FALSE, test_writer_hears_of_delivery },
    { "/ports/back-pressure", FALSE, test_back_pressure },
    { "/ports/lost-connection", FALSE, test_lost_connection },
    { "/ports/file-refused", FALSE, test_file_refused },
    { "/ports/files", TRUE, test_files },
    { "/ports/broken-file", TRUE, test_broken_file_leaves_nothing },
    { "/ports/too-many", FALSE, test_too_many_streams },
    { "/ports/plain-peer", FALSE, test_plain_peer },
  };
  pl_test_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, tests[i].accept_files ? "accept" : NULL, set_up,
                tests[i].run, tear_down);
  return g_test_run ();
}
