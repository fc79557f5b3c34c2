/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-audio"

#include "media/gst.h"

#include "base/error.h"
#include "media/realtime.h"

typedef struct {
  void (*failed) (gpointer user_data, GError *error);
  gpointer user_data;
} Watch;

GstElement *
pl_gst_parse (const char *description, GError **error)
{
  if (!gst_init_check (NULL, NULL, error))
    return NULL;
  GstElement *pipeline
      = gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (pipeline == NULL)
    g_prefix_error (error, "audio: ");
  return pipeline;
}

GstElement *
pl_gst_find (GstElement *pipeline, const char *name)
{
  g_autoptr (GstElement) element = gst_bin_get_by_name (GST_BIN (pipeline), name);
  g_assert (element != NULL);
  return element;
}

/* In the thread that is meant: it begins. */
static void
on_stream_status (GstMessage *message)
{
  GstStreamStatusType type;

  gst_message_parse_stream_status (message, &type, /* owner = */ NULL);
  if (type == GST_STREAM_STATUS_TYPE_ENTER)
    pl_realtime_set (TRUE);
}

static GstBusSyncReply
on_message (GstBus *bus G_GNUC_UNUSED, GstMessage *message, gpointer user_data)
{
  Watch *watch = user_data;
  g_autoptr (GError) foreign = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return GST_BUS_PASS;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_STREAM_STATUS)
    on_stream_status (message);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &foreign, NULL);
    watch->failed (watch->user_data,
                   g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_FAILED, "audio: %s: %s",
                                GST_MESSAGE_SRC_NAME (message), foreign->message));
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

void
pl_gst_watch (GstElement *pipeline, void (*failed) (gpointer user_data, GError *error),
              gpointer user_data)
{
  const Watch watch = { failed, user_data };
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  gst_bus_set_sync_handler (bus, on_message, g_memdup2 (&watch, sizeof watch), g_free);
}

void
pl_gst_pull_samples (GstAppSink *sink, PlGstTakeFunc take, gpointer user_data)
{
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = sample ? gst_sample_get_buffer (sample) : NULL;
  GstMapInfo map;

  if (buffer == NULL || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  /* What is mapped is aligned for any sample. */
  take ((const int16_t *) (gconstpointer) map.data, map.size / sizeof (int16_t), user_data);
  gst_buffer_unmap (buffer, &map);
}

void
pl_gst_free (GstElement *pipeline)
{
  if (pipeline == NULL)
    return;
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

GstCaps *
pl_gst_new_caps (guint rate)
{
  /* There are no types before; a library that is broken shows when a pipeline is made. */
  gst_init_check (NULL, NULL, NULL);
  return gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING,
                              G_BYTE_ORDER == G_LITTLE_ENDIAN ? "S16LE" : "S16BE", "layout",
                              G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT, (int) rate,
                              "channels", G_TYPE_INT, 1, NULL);
}

GstBuffer *
pl_gst_new_block (PlGstTimeline *timeline, const int16_t *samples, gsize n)
{
  GstBuffer *buffer = gst_buffer_new_memdup (samples, n * sizeof *samples);
  const GstClockTime start
      = gst_util_uint64_scale (timeline->n_samples, GST_SECOND, timeline->rate);

  timeline->n_samples += n;
  GST_BUFFER_PTS (buffer) = timeline->base + start;
  GST_BUFFER_DURATION (buffer)
      = gst_util_uint64_scale (timeline->n_samples, GST_SECOND, timeline->rate) - start;
  return buffer;
}
