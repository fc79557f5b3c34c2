/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-voicemail"

#include "media/greeting.h"

#include "base/error.h"
#include "base/limits.h"
#include "media/gst.h"

#include <gio/gunixinputstream.h>
#include <math.h>
#include <string.h>

#define TONE_HERTZ     440
#define TONE_MS        500
#define TONE_LOUDNESS  8000 /* of 32767: -12 dB */
#define TONE_RAMP_MS   5    /* without one it clicks */
#define QUIET_MS       100  /* until what waits for the device is played */
#define LOAD_TIME      (10 * G_TIME_SPAN_SECOND)
#define PULL_TIME      (100 * GST_MSECOND)
#define PULL_AT_A_TIME 16

/* A caller must know that the message is recorded (README, "The law"). */
static const struct {
  const char *language;
  const char *words;
} spoken[] = {
  { "en", "Hello. Nobody can take your call at the moment. Please speak after the tone: "
          "your message will be recorded." },
  { "de", "Guten Tag. Im Moment kann niemand Ihren Anruf annehmen. Bitte sprechen Sie nach dem "
          "Ton: Ihre Nachricht wird aufgezeichnet." },
};

typedef struct {
  char *file, *language;
  guint rate;
  gboolean bare;
} Order;

static void
order_free (gpointer data)
{
  Order *order = data;
  g_free (order->file);
  g_free (order->language);
  g_free (order);
}

static void
append_tone (GByteArray *bytes, guint rate)
{
  const gsize n = (gsize) rate * TONE_MS / 1000;
  const double ramp = rate * TONE_RAMP_MS / 1000.0;
  const gsize quiet = (gsize) rate * QUIET_MS / 1000;
  const gsize before = bytes->len;

  g_byte_array_set_size (bytes, before + (n + quiet) * sizeof (int16_t));
  memset (bytes->data + before, 0, (n + quiet) * sizeof (int16_t));
  for (gsize i = 0; i < n; i++) {
    const double edge = MIN (1, MIN (i, n - i) / ramp);
    const int16_t sample = TONE_LOUDNESS * edge * sin (2 * G_PI * TONE_HERTZ * i / rate);
    memcpy (bytes->data + before + i * sizeof sample, &sample, sizeof sample);
  }
}

GBytes *
pl_greeting_new_tone (guint rate)
{
  GByteArray *bytes = g_byte_array_new ();
  append_tone (bytes, rate);
  return g_byte_array_free_to_bytes (bytes);
}

/* --- in the thread --- */

static gboolean
is_well (GstElement *pipeline, int64_t until_us, GCancellable *cancellable, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (message) {
    gst_message_parse_error (message, error, NULL);
    return FALSE;
  }
  if (g_get_monotonic_time () < until_us)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "takes too long");
  return FALSE;
}

static gboolean
pull (GstElement *pipeline, GByteArray *bytes, gsize most, GCancellable *cancellable,
      GError **error)
{
  GstAppSink *sink = GST_APP_SINK (pl_gst_find (pipeline, "sink"));
  const int64_t until_us = g_get_monotonic_time () + LOAD_TIME;

  while (bytes->len < most) {
    g_autoptr (GstSample) sample = gst_app_sink_try_pull_sample (sink, PULL_TIME);
    GstMapInfo map;
    if (!is_well (pipeline, until_us, cancellable, error))
      return FALSE;
    if (sample == NULL && gst_app_sink_is_eos (sink))
      break;
    if (sample == NULL || !gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ))
      continue;
    g_byte_array_append (bytes, map.data, MIN (map.size, most - bytes->len));
    gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  }
  if (bytes->len > 0)
    return TRUE;
  g_set_error_literal (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED, "there is no sound in it");
  return FALSE;
}

/* @source: an element named "source" that gives a file of sound. */
static GByteArray *
decode (GstElement *pipeline, guint rate, GCancellable *cancellable, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GstCaps) caps = pl_gst_new_caps (rate);

  g_object_set (pl_gst_find (pipeline, "sink"), "caps", caps, "sync", FALSE, "max-buffers",
                PULL_AT_A_TIME, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  const gsize most = (gsize) rate * PL_MAX_GREETING_SECONDS * sizeof (int16_t);
  const gboolean ok = pull (pipeline, bytes, most, cancellable, error);
  pl_gst_free (pipeline);
  return ok ? g_steal_pointer (&bytes) : NULL;
}

#define DECODER "decodebin ! audioconvert ! audioresample ! appsink name=sink"

static GByteArray *
load_file (const Order *order, GCancellable *cancellable, GError **error)
{
  GstElement *pipeline = pl_gst_parse ("filesrc name=source ! " DECODER, error);

  if (pipeline == NULL)
    return NULL;
  g_object_set (pl_gst_find (pipeline, "source"), "location", order->file, NULL);
  GByteArray *bytes = decode (pipeline, order->rate, cancellable, error);
  if (bytes == NULL)
    g_prefix_error (error, "greeting '%s': ", order->file);
  return bytes;
}

static GByteArray *
speak (const Order *order, GCancellable *cancellable, GError **error)
{
  const guint k = g_strcmp0 (order->language, spoken[1].language) == 0 ? 1 : 0;
  g_autoptr (GSubprocess) child = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, error, "espeak-ng",
      "-v", spoken[k].language, "-s", "145", "--stdout", spoken[k].words, NULL);

  if (child == NULL)
    return NULL;
  GstElement *pipeline = pl_gst_parse ("fdsrc name=source ! " DECODER, error);
  GByteArray *bytes = NULL;
  if (pipeline) {
    GInputStream *output = g_subprocess_get_stdout_pipe (child);
    g_object_set (pl_gst_find (pipeline, "source"), "fd",
                  g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (output)), NULL);
    bytes = decode (pipeline, order->rate, cancellable, error);
  }
  g_subprocess_force_exit (child);
  if (bytes == NULL)
    g_prefix_error (error, "espeak-ng: ");
  return bytes;
}

static void
load (GTask *task, gpointer source G_GNUC_UNUSED, gpointer data, GCancellable *cancellable)
{
  const Order *order = data;
  GError *error = NULL;
  GByteArray *bytes = order->file ? load_file (order, cancellable, &error)
                                  : speak (order, cancellable, &error);

  if (bytes == NULL) {
    g_task_return_error (task, error);
    return;
  }
  if (!order->bare)
    append_tone (bytes, order->rate);
  g_task_return_pointer (task, g_byte_array_free_to_bytes (bytes),
                         (GDestroyNotify) g_bytes_unref);
}

/* --- public --- */

void
pl_greeting_load_async (const PlGreetingConfig *config, guint rate, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Order *order = g_new0 (Order, 1);

  order->file = g_strdup (config->file);
  order->language = g_strdup (config->language);
  order->rate = rate;
  order->bare = config->bare;
  g_task_set_source_tag (task, pl_greeting_load_async);
  g_task_set_task_data (task, order, order_free);
  g_task_run_in_thread (task, load);
}

GBytes *
pl_greeting_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
