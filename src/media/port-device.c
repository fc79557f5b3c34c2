/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-audio"

#include "media/audio-port.h"
#include "media/gst.h"

/* Sound cards. The card that is recorded from and the one that is played on may have clocks of
 * their own: what is played is asked for by the card that plays it. */

#define DESKTOP_RATE 48000
/* The defaults of GStreamer's audio elements, 200 ms, are for music. */
#define BUFFER_US  (40 * G_TIME_SPAN_MILLISECOND)
#define LATENCY_US (10 * G_TIME_SPAN_MILLISECOND)

typedef struct {
  PlAudioPort port;
  char *name; /* of the card; NULL: the desktop knows */
  GstElement *pipeline;
  gsize block;            /* samples */
  PlGstTimeline timeline; /* of what is played */
} DevicePort;

static void
take_samples (const int16_t *samples, gsize n, gpointer user_data)
{
  DevicePort *self = user_data;
  pl_audio_port_captured (&self->port, samples, n);
}

static GstFlowReturn
on_sample (GstAppSink *sink, gpointer user_data)
{
  pl_gst_pull_samples (sink, take_samples, user_data);
  return GST_FLOW_OK;
}

static void
on_need_data (GstAppSrc *source, guint hint G_GNUC_UNUSED, gpointer user_data)
{
  DevicePort *self = user_data;
  int16_t samples[DESKTOP_RATE * PL_PCM_BLOCK_MS / 1000];

  pl_audio_port_next_block (&self->port, samples, self->block);
  gst_app_src_push_buffer (source, pl_gst_new_block (&self->timeline, samples, self->block));
}

static void
on_element_added (GstBin *bin G_GNUC_UNUSED, GstBin *sub G_GNUC_UNUSED, GstElement *element,
                  gpointer user_data G_GNUC_UNUSED)
{
  GObjectClass *klass = G_OBJECT_GET_CLASS (element);

  if (g_object_class_find_property (klass, "buffer-time")
      && g_object_class_find_property (klass, "latency-time"))
    g_object_set (element, "buffer-time", (gint64) BUFFER_US, "latency-time",
                  (gint64) LATENCY_US, NULL);
}

static void
on_failed (gpointer user_data, GError *error)
{
  DevicePort *self = user_data;

  if (self->name)
    g_prefix_error (&error, "sound card '%s': ", self->name);
  pl_audio_port_report_failure (&self->port, error);
}

/* Microphone and loudspeaker are ours only while they are used. */
static void
set_running (PlAudioPort *port, gboolean running)
{
  DevicePort *self = (DevicePort *) port;

  if (running)
    self->timeline.n_samples = 0;
  gst_element_set_state (self->pipeline, running ? GST_STATE_PLAYING : GST_STATE_NULL);
}

static void
free_device (PlAudioPort *port)
{
  DevicePort *self = (DevicePort *) port;

  pl_gst_free (self->pipeline);
  pl_audio_port_clear (port);
  g_free (self->name);
  g_free (self);
}

static const PlAudioPortClass device_class
    = { .set_running = set_running, .free = free_device };

/* @device: "from" and "to" of it, with an appsink and an appsrc between. */
static PlAudioPort *
new_device (const char *source, const char *sink, guint rate, GError **error)
{
  static const GstAppSinkCallbacks sink_callbacks = { .new_sample = on_sample };
  static const GstAppSrcCallbacks source_callbacks = { .need_data = on_need_data };
  g_autofree char *description = g_strdup_printf (
      "%s ! appsink name=captured sync=false max-buffers=8 drop=true "
      "appsrc name=played format=time is-live=true max-buffers=1 max-bytes=0 max-time=0 ! %s",
      source, sink);
  g_autoptr (GstElement) pipeline = pl_gst_parse (description, error);

  if (pipeline == NULL)
    return NULL;
  DevicePort *self = g_new0 (DevicePort, 1);
  g_autoptr (GstCaps) caps = pl_gst_new_caps (rate);
  GstAppSink *captured = GST_APP_SINK (pl_gst_find (pipeline, "captured"));
  GstAppSrc *played = GST_APP_SRC (pl_gst_find (pipeline, "played"));

  pl_audio_port_init (&self->port, &device_class, rate);
  self->pipeline = g_steal_pointer (&pipeline);
  self->block = (gsize) rate * PL_PCM_BLOCK_MS / 1000;
  self->timeline.rate = rate;
  gst_app_sink_set_caps (captured, caps);
  gst_app_sink_set_callbacks (captured, (GstAppSinkCallbacks *) &sink_callbacks, self, NULL);
  gst_app_src_set_caps (played, caps);
  gst_app_src_set_callbacks (played, (GstAppSrcCallbacks *) &source_callbacks, self, NULL);
  g_signal_connect (self->pipeline, "deep-element-added", G_CALLBACK (on_element_added), NULL);
  pl_gst_watch (self->pipeline, on_failed, self);
  return &self->port;
}

/* --- public --- */

PlAudioPort *
pl_audio_port_new_alsa (const char *name, guint rate, GError **error)
{
  g_return_val_if_fail (rate == 8000 || rate == 16000 || rate == 48000, NULL);
  PlAudioPort *port
      = new_device ("alsasrc name=from ! audioconvert ! audioresample",
                    "audioconvert ! audioresample ! alsasink name=to", rate, error);
  if (port == NULL)
    return NULL;
  ((DevicePort *) port)->name = g_strdup (name);
  for (guint i = 0; i < 2; i++) {
    GstElement *card = pl_gst_find (((DevicePort *) port)->pipeline, i ? "to" : "from");
    g_object_set (card, "device", name, "buffer-time", (gint64) BUFFER_US, "latency-time",
                  (gint64) LATENCY_US, NULL);
  }
  return port;
}

PlAudioPort *
pl_audio_port_new_desktop (GError **error)
{
  /* The canceller takes what the loudspeaker plays out of what the microphone hears, where both
   * are known: here, not at the modem. */
  return new_device ("autoaudiosrc ! audioconvert ! audioresample "
                     "! audio/x-raw,rate=48000,channels=1 ! webrtcdsp probe=voice",
                     "webrtcechoprobe name=voice ! audioconvert ! audioresample "
                     "! autoaudiosink",
                     DESKTOP_RATE, error);
}
