/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-greeting"

#include "client/greeting.h"

#include "base/error.h"
#include "base/limits.h"
#include "client/box-link.h"
#include "client/request.h"
#include "media/greeting.h"
#include "proto/wav.h"
#include "stream/stream.h"

#define RATE 16000 /* of what is sent */

/* punchline voicemail greeting set: any file of sound becomes the WAV that a box takes. */
typedef struct {
  const char *path;
  PlBoxLink *link;
  GBytes *file;
  PlStream *stream;
  GCancellable *cancellable;
} Greeting;

/* The box tells when it is on its disk. */
static void
on_notified (PlBoxLink *link, const char *method, GVariant *params, gpointer user_data)
{
  const Greeting *self = user_data;
  const char *problem = pl_rpc_get_string (params, "problem");

  if (!g_str_equal (method, "greeting") || self->stream == NULL)
    return;
  g_autoptr (GError) error = *problem ? g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                                                     "the box cannot keep it: %s", problem)
                                      : NULL;
  pl_box_link_finish (link, error);
}

static gboolean
on_delivered (gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static void
on_stream_closed (const GError *reason, gpointer user_data)
{
  const Greeting *self = user_data;
  if (reason)
    pl_box_link_finish (self->link, reason);
}

static void
on_announced (GVariant *result G_GNUC_UNUSED, const GError *error, gpointer user_data)
{
  static const PlStreamOps ops = { on_delivered, on_stream_closed };
  const PlChannelOptions options = PL_CHANNEL_RELIABLE;
  Greeting *self = user_data;
  g_autoptr (GError) local = NULL;

  if (error) {
    pl_box_link_finish (self->link, error);
    return;
  }
  g_autoptr (PlChannel) channel = pl_peer_open_channel (
      pl_box_link_get_peer (self->link), "greeting", "punchline.stream.1", &options, &local);
  if (channel == NULL) {
    pl_box_link_finish (self->link, local);
    return;
  }
  g_autoptr (GInputStream) input = g_memory_input_stream_new_from_bytes (self->file);
  self->stream = pl_stream_new (channel, &ops, self);
  pl_stream_set_sink (self->stream, NULL);
  pl_stream_set_source (self->stream, input, /* head = */ NULL);
}

static void
on_loaded (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Greeting *self = user_data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) samples = pl_greeting_load_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error) {
    pl_box_link_finish (self->link, error);
    return;
  }
  const PlWav wav = { RATE, g_bytes_get_data (samples, NULL), g_bytes_get_size (samples) / 2 };
  self->file = pl_wav_print (&wav);
  g_variant_dict_insert (&dict, "bytes", "x", (gint64) g_bytes_get_size (self->file));
  pl_rpc_call (pl_box_link_get_control (self->link), "greeting.set", g_variant_dict_end (&dict),
               on_announced, self);
}

static void
on_set_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Greeting *self = user_data;
  const PlGreetingConfig config = { .file = self->path, .bare = TRUE };

  self->link = link;
  pl_greeting_load_async (&config, RATE, self->cancellable, on_loaded, self);
}

static int
run_set (const PlOptions *options, PlReporter *reporter, const char *path)
{
  static const PlBoxLinkOps ops = { .ready = on_set_ready, .notified = on_notified };
  Greeting self = { .path = path, .cancellable = g_cancellable_new () };
  int status = pl_box_link_run (options, reporter, &ops, &self);

  g_cancellable_cancel (self.cancellable);
  g_object_unref (self.cancellable);
  pl_stream_free (self.stream);
  g_clear_pointer (&self.file, g_bytes_unref);
  return status;
}

static void
on_described (GVariant *result, const GError *error, gpointer user_data)
{
  gboolean own = FALSE;
  gint64 seconds = 0;

  if (error == NULL) {
    g_variant_lookup (result, "own", "b", &own);
    g_variant_lookup (result, "seconds", "x", &seconds);
    g_autofree char *line = own ? g_strdup_printf ("recorded, %" G_GINT64_FORMAT " s", seconds)
                                : g_strdup ("that of the box");
    pl_box_link_print (user_data, result, line);
  }
  pl_box_link_finish (user_data, error);
}

static void
on_describe_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED,
                   gpointer user_data G_GNUC_UNUSED)
{
  pl_rpc_call (pl_box_link_get_control (link), "greeting.get", NULL, on_described, link);
}

gboolean
pl_greeting_command (const PlOptions *options, PlReporter *reporter, int *status)
{
  static const PlBoxLinkOps describe = { .ready = on_describe_ready };
  char **words = options->words;
  const guint n = g_strv_length (words);

  if (n == 1)
    *status = pl_box_link_run (options, reporter, &describe, NULL);
  else if (n == 3 && g_str_equal (words[1], "set"))
    *status = run_set (options, reporter, words[2]);
  else if (n == 2 && g_str_equal (words[1], "reset")) {
    const PlRequest request = { "greeting.reset", g_variant_new ("a{sv}", NULL) };
    *status = pl_request_run (options, reporter, &request);
  } else
    return FALSE;
  return TRUE;
}
