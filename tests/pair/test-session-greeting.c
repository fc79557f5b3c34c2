/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/rpc-msg.h"
#include "proto/wav.h"
#include "stream/stream.h"
#include "tests/lib/box-room.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>
#include <string.h>

/* Clients fetch the greeting, bring one, and take it back. */

typedef struct {
  BoxRoom *room;
  char *folder;
  BoxClient *client;
  /* a stream of the client's */
  PlStream *stream;
  GOutputStream *sink;
  gboolean closed;
  char *reason;
} Fixture;

static void
open_mailbox (Fixture *f)
{
  static const PlMailboxOps ops = { 0 };
  const PlMailboxConfig config = { .store = f->room->box.store, .folder = f->folder };

  f->room->box.mailbox = pl_mailbox_new (&config, &ops, NULL, NULL);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->room = box_room_new ();
  f->folder = g_build_filename (f->room->folder, "mails", NULL);
  open_mailbox (f);
  f->client = box_room_join (f->room, "laptop", PL_RIGHT_VOICEMAIL);
  g_assert_cmpint (box_client_ask (f->client, f->client->control, "hello", NULL), ==, 0);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *file = g_build_filename (f->folder, "greeting.wav", NULL);

  g_clear_pointer (&f->stream, pl_stream_free);
  g_clear_object (&f->sink);
  for (guint i = 0; i < f->room->clients->len; i++)
    box_client_leave (f->room->clients->pdata[i]);
  g_clear_object (&f->room->box.mailbox);
  g_unlink (file);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  box_room_free (f->room);
  g_free (f->folder);
  g_free (f->reason);
}

static int
ask (Fixture *f, const char *method, const char *params)
{
  return box_client_ask (f->client, f->client->control, method, params);
}

static GBytes *
new_file (guint rate, guint seconds)
{
  const size_t n = (size_t) rate * seconds;
  g_autofree uint8_t *samples = g_malloc0 (2 * n);
  const PlWav wav = { rate, samples, n };

  return pl_wav_print (&wav);
}

static gboolean
on_delivered (gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static void
on_stream_closed (const GError *reason, gpointer user_data)
{
  Fixture *f = user_data;

  g_free (f->reason);
  f->reason = reason ? g_strdup (reason->message) : NULL;
  f->closed = TRUE;
}

static const PlStreamOps stream_ops = { on_delivered, on_stream_closed };

/* Sends @file as the greeting; how the stream ended is in `reason`. */
static void
send_file (Fixture *f, GBytes *file)
{
  const PlChannelOptions options = PL_CHANNEL_RELIABLE;
  g_autoptr (PlChannel) channel
      = pl_peer_open_channel (f->client->far, "greeting", "punchline.stream.1", &options, NULL);
  g_autoptr (GInputStream) input = g_memory_input_stream_new_from_bytes (file);

  f->closed = FALSE;
  f->stream = pl_stream_new (channel, &stream_ops, f);
  pl_stream_set_sink (f->stream, NULL);
  pl_stream_set_source (f->stream, input, NULL);
  box_run_until (f->closed);
  g_clear_pointer (&f->stream, pl_stream_free);
}

static int
announce (Fixture *f, gsize bytes)
{
  g_autofree char *params = g_strdup_printf ("{'bytes': <int64 %" G_GSIZE_FORMAT ">}", bytes);
  return ask (f, "greeting.set", params);
}

static void
on_channel (PlPeer *peer G_GNUC_UNUSED, PlChannel *channel, Fixture *f)
{
  g_assert_cmpstr (pl_channel_get_label (channel), ==, "greeting");
  f->sink = g_memory_output_stream_new_resizable ();
  f->stream = pl_stream_new (channel, &stream_ops, f);
  pl_stream_set_source (f->stream, NULL, NULL);
  pl_stream_set_sink (f->stream, f->sink);
}

static void
test_set (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) file = new_file (48000, PL_MAX_GREETING_SECONDS);
  BoxClient *other = box_room_join (f->room, "phone", PL_RIGHT_READ);

  g_assert_cmpint (box_client_ask (other, other->control, "hello", NULL), ==, 0);
  g_assert_cmpint (ask (f, "greeting.get", NULL), ==, 0);
  box_room_assert (f->client->result, "own", "false");
  g_assert_cmpint (announce (f, g_bytes_get_size (file)), ==, 0);
  send_file (f, file);
  g_assert_null (f->reason);
  g_autoptr (GVariant) told = box_client_await (other, "greeting");
  box_room_assert (told, "own", "true");
  box_room_assert (told, "seconds", "60");
  box_room_assert (told, "problem", "");

  /* It is there after a restart, and is what callers hear. */
  for (guint i = 0; i < f->room->clients->len; i++)
    box_client_leave (f->room->clients->pdata[i]);
  g_clear_object (&f->room->box.mailbox);
  open_mailbox (f);
  f->client = box_room_join (f->room, "laptop", PL_RIGHT_VOICEMAIL);
  g_assert_cmpint (ask (f, "hello", NULL), ==, 0);
  const PlGreetingConfig config
      = pl_own_greeting_get (pl_mailbox_get_greeting (f->room->box.mailbox));
  g_autofree char *there = NULL;
  gsize len;
  g_assert_true (g_file_get_contents (config.file, &there, &len, NULL));
  g_assert_cmpmem (there, len, g_bytes_get_data (file, NULL), g_bytes_get_size (file));

  g_signal_connect (f->client->far, "channel", G_CALLBACK (on_channel), f);
  f->closed = FALSE;
  g_assert_cmpint (ask (f, "greeting.get", "{'sound': <true>}"), ==, 0);
  box_room_assert (f->client->result, "own", "true");
  box_run_until (f->closed);
  g_assert_null (f->reason);
  g_assert_cmpmem (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (f->sink)),
                   g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (f->sink)),
                   g_bytes_get_data (file, NULL), g_bytes_get_size (file));

  g_assert_cmpint (ask (f, "greeting.reset", NULL), ==, 0);
  g_autoptr (GVariant) reset = box_client_await (f->client, "greeting");
  box_room_assert (reset, "own", "false");
  g_assert_false (g_file_test (there, G_FILE_TEST_EXISTS));
  g_assert_cmpint (ask (f, "greeting.reset", NULL), ==, 0);
}

/* Nothing of these is kept, and what was there stays. */
static void
test_bad (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) good = new_file (8000, 2);
  g_autoptr (GBytes) longer = new_file (8000, PL_MAX_GREETING_SECONDS + 1);
  g_autoptr (GBytes) junk = g_bytes_new_static ("OggS, or so", 11);
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (good, 0, 1000);
  GBytes *const bad[] = { longer, junk, cut };

  g_assert_cmpint (announce (f, g_bytes_get_size (good)), ==, 0);
  send_file (f, good);
  g_assert_null (f->reason);
  g_autoptr (GVariant) told = box_client_await (f->client, "greeting");
  box_room_assert (told, "seconds", "2");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_cmpint (announce (f, g_bytes_get_size (bad[i])), ==, 0);
    send_file (f, bad[i]);
    g_test_message ("%s", f->reason);
    g_assert_nonnull (f->reason);
  }
  /* More than was announced. */
  g_assert_cmpint (announce (f, 100), ==, 0);
  send_file (f, good);
  g_assert_nonnull (f->reason);
  /* Not announced. */
  send_file (f, good);
  g_assert_nonnull (f->reason);
  g_assert_cmpint (ask (f, "greeting.get", NULL), ==, 0);
  box_room_assert (f->client->result, "seconds", "2");
  g_assert_false (box_client_was_told (f->client, "greeting"));
}

/* One at a time, and none that is larger than a greeting can be. */
static void
test_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  BoxClient *other = box_room_join (f->room, "phone", PL_RIGHT_ALL);

  g_assert_cmpint (announce (f, 0), ==, PL_RPC_INVALID_PARAMS);
  g_assert_cmpint (announce (f, PL_MAX_GREETING_BYTES + 1), ==, PL_RPC_INVALID_PARAMS);
  g_assert_cmpint (announce (f, 1000), ==, 0);
  g_assert_cmpint (announce (f, 1000), ==, PL_RPC_CONFLICT);
  g_assert_cmpint (
      box_client_ask (other, other->control, "greeting.set", "{'bytes': <int64 1000>}"), ==,
      PL_RPC_CONFLICT);
  g_assert_cmpint (box_client_ask (other, other->control, "greeting.reset", NULL), ==,
                   PL_RPC_CONFLICT);
  /* Whoever goes away keeps nobody out. */
  box_client_leave (f->client);
  g_assert_cmpint (
      box_client_ask (other, other->control, "greeting.set", "{'bytes': <int64 1000>}"), ==, 0);
}

/* A disk that is full: all hear that it is not there. */
static void
test_disk (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) good = new_file (8000, 1);
  g_autofree char *blocker = g_build_filename (f->folder, "greeting.wav", NULL);

  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_assert_cmpint (g_mkdir (blocker, 0700), ==, 0);
  g_assert_cmpint (announce (f, g_bytes_get_size (good)), ==, 0);
  send_file (f, good);
  g_autoptr (GVariant) told = box_client_await (f->client, "greeting");
  box_room_assert (told, "own", "false");
  g_autofree char *problem = box_room_look (told, "problem");
  g_assert_cmpstr (problem, !=, "");
  g_assert_cmpint (g_rmdir (blocker), ==, 0);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  add ("/session-greeting/set", test_set);
  add ("/session-greeting/bad", test_bad);
  add ("/session-greeting/bounded", test_bounded);
  add ("/session-greeting/disk", test_disk);
  return g_test_run ();
}
