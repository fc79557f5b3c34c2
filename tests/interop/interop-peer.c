/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/log.h"
#include "media/voice.h"
#include "peer/peer.h"

#include <gio/gunixinputstream.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One PlPeer that speaks JSON, one object a line: descriptions and candidates in both
 * directions, "start", "run", "open", "close-channel" and "close" in, what happens out. The
 * remote opens channels "echo" (all comes back) and "sink" (after the text "end" comes the text
 * "SHA256 BYTES"); "run" plays the same parts the other way round.
 *
 *   interop-peer [--audio PLAY RECORD] [ADDRESS...]
 *
 * With --audio, the file PLAY is sent as soon as the connection is open, and what comes is
 * recorded in RECORD until the end. */

#define CHUNK      (16 * 1024)
#define LOW        (1024 * 1024)
#define BINARY_LEN 60000 /* what every peer takes: RFC 8841 section 6.1 */

typedef struct {
  GMainLoop *loop;
  PlPeer *peer;
  GDataInputStream *input;
  GHashTable *channels; /* PlChannel -> GChecksum, of all that live */

  /* "run" */
  PlChannel *echo;
  PlChannel *sink;
  guint n_echoed;
  guint64 bulk_left;
  guint64 bulk_size;
  GChecksum *bulk_sum;
  gint64 bulk_started;
  guint32 random;

  /* --audio; NULL without it */
  const char *play, *record;
  PlVoice *voice;
  PlAudioPort *port;
} Program;

static const char *const state_names[]
    = { "", "new", "negotiating", "securing", "open", "disconnected", "closing", "closed" };

static void say (const char *type, ...) G_GNUC_NULL_TERMINATED;

/* Pairs of key and text value; a NULL value is JSON's null and written as "". */
static void
say (const char *type, ...)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  va_list args;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "type");
  json_builder_add_string_value (builder, type);
  va_start (args, type);
  for (const char *key; (key = va_arg (args, const char *)) != NULL;) {
    json_builder_set_member_name (builder, key);
    json_builder_add_string_value (builder, va_arg (args, const char *));
  }
  va_end (args);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, /* pretty = */ FALSE);
  puts (text);
  fflush (stdout);
}

static void
send_bytes (PlChannel *channel, GBytes *bytes, gboolean is_text)
{
  g_autoptr (GError) error = NULL;
  if (!pl_channel_send (channel, bytes, is_text, &error))
    say ("error", "text", error->message, NULL);
}

static void
send_text (PlChannel *channel, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  send_bytes (channel, bytes, /* is_text = */ TRUE);
}

/* --- the remote's channels --- */

static void
on_sink_message (PlChannel *channel, GBytes *bytes, gboolean is_text, Program *self)
{
  GChecksum *sum = g_hash_table_lookup (self->channels, channel);
  gsize len;
  const void *data = g_bytes_get_data (bytes, &len);

  if (!is_text) {
    g_checksum_update (sum, data, len);
    return;
  }
  send_text (channel, g_checksum_get_string (sum));
}

static void
on_echo_message (PlChannel *channel, GBytes *bytes, gboolean is_text,
                 Program *self G_GNUC_UNUSED)
{
  send_bytes (channel, bytes, is_text);
}

static void
on_channel_closed (PlChannel *channel, const GError *error, Program *self)
{
  say ("channel-closed", "label", pl_channel_get_label (channel), "error",
       error ? error->message : "", NULL);
  g_hash_table_remove (self->channels, channel);
}

static void
adopt (Program *self, PlChannel *channel)
{
  g_hash_table_insert (self->channels, g_object_ref (channel),
                       g_checksum_new (G_CHECKSUM_SHA256));
  g_signal_connect (channel, "closed", G_CALLBACK (on_channel_closed), self);
}

static void
on_channel (PlPeer *peer G_GNUC_UNUSED, PlChannel *channel, Program *self)
{
  const char *label = pl_channel_get_label (channel);

  adopt (self, channel);
  say ("channel", "label", label, NULL);
  if (g_str_equal (label, "echo"))
    g_signal_connect (channel, "message", G_CALLBACK (on_echo_message), self);
  if (g_str_equal (label, "sink"))
    g_signal_connect (channel, "message", G_CALLBACK (on_sink_message), self);
}

/* --- "run": our channels --- */

static void
fail_run (const char *text)
{
  say ("result", "ok", "", "text", text, NULL);
}

static PlChannel *
open_channel (Program *self, const char *label)
{
  g_autoptr (GError) error = NULL;
  PlChannel *channel = pl_peer_open_channel (self->peer, label, NULL, NULL, &error);
  if (channel == NULL)
    g_error ("%s", error->message);
  adopt (self, channel);
  return channel;
}

static GBytes *
make_chunk (Program *self, gsize len)
{
  guint32 *words = g_malloc ((len + 3) & ~(gsize) 3);
  for (gsize i = 0; i < (len + 3) / 4; i++)
    words[i] = self->random = self->random * 1664525 + 1013904223;
  return g_bytes_new_take (words, len);
}

static void
push_bulk (Program *self)
{
  while (self->bulk_left > 0 && pl_channel_get_buffered_amount (self->sink) <= 2 * LOW) {
    g_autoptr (GBytes) chunk = make_chunk (self, MIN (CHUNK, self->bulk_left));
    gsize len;
    const void *data = g_bytes_get_data (chunk, &len);
    g_checksum_update (self->bulk_sum, data, len);
    send_bytes (self->sink, chunk, /* is_text = */ FALSE);
    self->bulk_left -= len;
    if (self->bulk_left == 0)
      send_text (self->sink, "end");
  }
}

static void
on_sum (PlChannel *channel G_GNUC_UNUSED, GBytes *bytes, gboolean is_text G_GNUC_UNUSED,
        Program *self)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  const double seconds = (g_get_monotonic_time () - self->bulk_started) / 1e6;
  g_autofree char *rate = g_strdup_printf ("%.1f Mbit/s", self->bulk_size * 8 / 1e6 / seconds);

  if (!g_str_equal (text, g_checksum_get_string (self->bulk_sum)))
    fail_run ("the remote's hash is another");
  else
    say ("result", "ok", "1", "text", rate, NULL);
}

static void
start_bulk (Program *self)
{
  self->sink = open_channel (self, "sink");
  self->bulk_sum = g_checksum_new (G_CHECKSUM_SHA256);
  self->bulk_left = self->bulk_size;
  self->bulk_started = g_get_monotonic_time ();
  pl_channel_set_buffered_low (self->sink, LOW);
  g_signal_connect_swapped (self->sink, "buffered-low", G_CALLBACK (push_bulk), self);
  g_signal_connect (self->sink, "message", G_CALLBACK (on_sum), self);
  push_bulk (self);
}

/* The messages of the echo, in order: text, empty text, binary, empty binary. */
static GBytes *
make_sample (guint i)
{
  static const char text[] = "Grüße, 世界";
  if (i == 0)
    return g_bytes_new_static (text, sizeof text - 1);
  if (i != 2)
    return g_bytes_new_static ("", 0);
  guint8 *data = g_malloc (BINARY_LEN);
  for (gsize k = 0; k < BINARY_LEN; k++)
    data[k] = k * 7;
  return g_bytes_new_take (data, BINARY_LEN);
}

/* webrtcbin of GStreamer 1.22 cannot send an empty message: it says "empty" instead. */
static gboolean
is_echo_of (GBytes *bytes, gboolean is_text, guint i)
{
  g_autoptr (GBytes) expected = make_sample (i);
  g_autoptr (GBytes) word = g_bytes_new_static ("empty", 5);

  if (g_bytes_get_size (expected) == 0 && g_bytes_equal (bytes, word))
    return is_text;
  return g_bytes_equal (bytes, expected) && is_text == (i < 2);
}

static void
on_echo (PlChannel *channel G_GNUC_UNUSED, GBytes *bytes, gboolean is_text, Program *self)
{
  if (!is_echo_of (bytes, is_text, self->n_echoed))
    fail_run ("an echo is not what was sent");
  else if (++self->n_echoed == 4)
    start_bulk (self);
}

static void
run (Program *self, guint64 size)
{
  self->bulk_size = size;
  self->n_echoed = 0;
  self->echo = open_channel (self, "echo");
  g_signal_connect (self->echo, "message", G_CALLBACK (on_echo), self);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GBytes) sample = make_sample (i);
    send_bytes (self->echo, sample, /* is_text = */ i < 2);
  }
}

/* --- the peer --- */

static void
on_description (PlPeer *peer G_GNUC_UNUSED, const char *type, const char *sdp,
                Program *self G_GNUC_UNUSED)
{
  say (type, "sdp", sdp, NULL);
}

static void
on_candidate (PlPeer *peer G_GNUC_UNUSED, const char *line, const char *mid,
              Program *self G_GNUC_UNUSED)
{
  say ("candidate", "candidate", line ? line : "", "mid", mid, NULL);
}

/* --- voice --- */

static void
on_voice_packet (const uint8_t *data, size_t len, gpointer user_data)
{
  pl_peer_send_rtp (((Program *) user_data)->peer, data, len);
}

static void
on_voice_failed (const GError *reason, gpointer user_data G_GNUC_UNUSED)
{
  say ("error", "text", reason->message, NULL);
}

static const PlVoiceOps voice_ops = { .packet = on_voice_packet, .failed = on_voice_failed };

static void
on_rtp (PlPeer *peer G_GNUC_UNUSED, const uint8_t *data, size_t len, gpointer user_data)
{
  pl_voice_feed (((Program *) user_data)->voice, data, len);
}

static const char *const codec_names[PL_N_CODECS]
    = { [PL_CODEC_OPUS] = "OPUS", [PL_CODEC_PCMU] = "PCMU", [PL_CODEC_PCMA] = "PCMA" };

static void
start_voice (Program *self)
{
  g_autoptr (GError) error = NULL;
  PlPeerAudio audio;

  if (!pl_peer_get_audio (self->peer, &audio)) {
    say ("error", "text", "no audio was agreed", NULL);
    return;
  }
  const PlVoiceConfig config = { .codec = audio.codec,
                                 .payload_type = audio.payload_type,
                                 .srtp_profile = audio.srtp_profile,
                                 .send_key = audio.send_key,
                                 .receive_key = audio.receive_key,
                                 .key_len = audio.key_len,
                                 .ssrc = audio.ssrc,
                                 .cname = audio.cname };
  self->voice = pl_voice_new (&config, &voice_ops, self, &error);
  self->port = pl_audio_port_new_files (self->play, self->record, 48000, &error);
  if (self->voice == NULL || self->port == NULL)
    g_error ("%s", error->message);
  pl_voice_set_port (self->voice, self->port);
  pl_peer_set_rtp_handler (self->peer, on_rtp, self);
  say ("voice", "profile", audio.srtp_profile, "codec", codec_names[audio.codec], NULL);
}

static void
stop_voice (Program *self)
{
  pl_peer_set_rtp_handler (self->peer, NULL, NULL);
  g_clear_pointer (&self->voice, pl_voice_free);
  g_clear_pointer (&self->port, pl_audio_port_free);
}

static void
on_state (PlPeer *peer G_GNUC_UNUSED, guint state, Program *self)
{
  say ("state", "state", state_names[state], NULL);
  if (state == PL_PEER_OPEN && self->play && self->voice == NULL)
    start_voice (self);
}

static void
on_path (PlPeer *peer, Program *self G_GNUC_UNUSED)
{
  PlPath path;
  if (!pl_peer_get_path (peer, &path))
    return;
  g_autofree char *text = pl_path_describe (&path);
  say ("path", "text", text, "remote", path.remote, NULL);
}

static void
on_closed (PlPeer *peer G_GNUC_UNUSED, const GError *error, Program *self)
{
  say ("closed", "error", error ? error->message : "", NULL);
  g_main_loop_quit (self->loop);
}

static void
close_channel (Program *self, const char *label)
{
  GHashTableIter iter;
  gpointer channel;

  g_hash_table_iter_init (&iter, self->channels);
  while (g_hash_table_iter_next (&iter, &channel, NULL))
    if (g_str_equal (pl_channel_get_label (channel), label)) {
      pl_channel_close (channel);
      return;
    }
}

static void
obey (Program *self, JsonObject *command)
{
  const char *type = json_object_get_string_member (command, "type");
  g_autoptr (GError) error = NULL;

  if (g_str_equal (type, "start"))
    pl_peer_start (self->peer);
  else if (g_str_equal (type, "run"))
    run (self, json_object_get_int_member (command, "bytes"));
  else if (g_str_equal (type, "close-channel"))
    close_channel (self, json_object_get_string_member (command, "label"));
  else if (g_str_equal (type, "close"))
    pl_peer_close (self->peer);
  else if (g_str_equal (type, "restart"))
    pl_peer_restart_ice (self->peer);
  else if (g_str_equal (type, "candidate"))
    pl_peer_feed_candidate (
        self->peer, json_object_get_string_member_with_default (command, "candidate", NULL),
        json_object_get_string_member_with_default (command, "mid", NULL), &error);
  else
    pl_peer_feed_description (self->peer, type, json_object_get_string_member (command, "sdp"),
                              &error);
  if (error)
    say ("error", "text", error->message, NULL);
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source),
                                                                result, NULL, &error);

  if (line == NULL) {
    g_main_loop_quit (self->loop);
    return;
  }
  g_autoptr (JsonParser) parser = json_parser_new ();
  if (!json_parser_load_from_data (parser, line, -1, &error))
    g_error ("%s", error->message);
  obey (self, json_node_get_object (json_parser_get_root (parser)));
  g_data_input_stream_read_line_async (self->input, G_PRIORITY_DEFAULT, NULL, on_line, self);
}

int
main (int argc, char **argv)
{
  Program self = { .loop = g_main_loop_new (NULL, FALSE), .random = 1 };
  if (argc > 3 && g_str_equal (argv[1], "--audio")) {
    self.play = argv[2];
    self.record = argv[3];
    argv += 3;
  }
  const PlPeerConfig config = { .polite = TRUE,
                                .local_addresses = argv[1] ? argv + 1 : NULL,
                                .no_tcp = TRUE,
                                .audio = self.play != NULL };
  g_autoptr (GError) error = NULL;

  pl_log_init ();
  if (g_getenv ("PL_LOG") && !pl_log_set_levels (g_getenv ("PL_LOG"), &error))
    g_error ("%s", error->message);
  self.channels
      = g_hash_table_new_full (NULL, NULL, g_object_unref, (GDestroyNotify) g_checksum_free);
  self.peer = pl_peer_new (&config, &error);
  if (self.peer == NULL)
    g_error ("%s", error->message);
  g_signal_connect (self.peer, "description", G_CALLBACK (on_description), &self);
  g_signal_connect (self.peer, "candidate", G_CALLBACK (on_candidate), &self);
  g_signal_connect (self.peer, "state-changed", G_CALLBACK (on_state), &self);
  g_signal_connect (self.peer, "path-changed", G_CALLBACK (on_path), &self);
  g_signal_connect (self.peer, "channel", G_CALLBACK (on_channel), &self);
  g_signal_connect (self.peer, "closed", G_CALLBACK (on_closed), &self);

  g_autoptr (GInputStream) input
      = g_unix_input_stream_new (STDIN_FILENO, /* close_fd = */ FALSE);
  self.input = g_data_input_stream_new (input);
  g_data_input_stream_read_line_async (self.input, G_PRIORITY_DEFAULT, NULL, on_line, &self);
  g_main_loop_run (self.loop);

  stop_voice (&self);
  g_object_unref (self.peer);
  g_object_unref (self.input);
  g_hash_table_unref (self.channels);
  g_clear_object (&self.echo);
  g_clear_object (&self.sink);
  g_clear_pointer (&self.bulk_sum, g_checksum_free);
  g_main_loop_unref (self.loop);
  return 0;
}
