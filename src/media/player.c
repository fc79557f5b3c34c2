/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-player"

#include "media/player.h"

#include "media/gst.h"

#include <gio/gio.h>

struct _PlPlayer {
  GstElement *pipeline;
  GSource *watch;
  PlPlayerFunc ended;
  gpointer user_data;
  GstClockTime from;
  gint started; /* something of it was played; atomic */
};

/* In the streaming thread. A voicemail is decoded faster than anybody looks for a position, and
 * one that was cut off has no index to seek in: so what comes before is decoded too and dropped
 * here. */
static GstPadProbeReturn
on_decoded (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer user_data)
{
  PlPlayer *self = user_data;
  const GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  if (GST_BUFFER_PTS_IS_VALID (buffer) && GST_BUFFER_PTS (buffer) < self->from)
    return GST_PAD_PROBE_DROP;
  g_atomic_int_set (&self->started, TRUE);
  return GST_PAD_PROBE_OK;
}

static void
skip_to (PlPlayer *self, int64_t from_us)
{
  g_autoptr (GstPad) pad
      = gst_element_get_static_pad (pl_gst_find (self->pipeline, "decoded"), "src");

  self->from = from_us * GST_USECOND;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_decoded, self, /* notify = */ NULL);
  /* The loudspeaker does not wait for what was dropped. */
  gst_pad_set_offset (pad, -(gint64) self->from);
}

static gboolean
on_message (GstBus *bus G_GNUC_UNUSED, GstMessage *message, gpointer user_data)
{
  PlPlayer *self = user_data;
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_EOS)
    return G_SOURCE_CONTINUE;
  if (self->from > 0 && !g_atomic_int_get (&self->started)) {
    g_clear_error (&error); /* a sink that is given nothing may call that an error */
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                                 "it ends before that time");
  }
  self->ended (error, self->user_data);
  return G_SOURCE_REMOVE;
}

PlPlayer *
pl_player_new (const PlPlayerConfig *config, PlPlayerFunc ended, gpointer user_data,
               GError **error)
{
  g_autoptr (PlPlayer) self = g_new0 (PlPlayer, 1);
  g_autofree char *description = g_strconcat (
      "filesrc name=source ! decodebin ! audioconvert name=decoded ! audioresample ! ",
      config->record ? "wavenc ! filesink name=sink" : "autoaudiosink", NULL);

  self->ended = ended;
  self->user_data = user_data;
  self->pipeline = pl_gst_parse (description, error);
  if (self->pipeline == NULL)
    return NULL;
  g_object_set (pl_gst_find (self->pipeline, "source"), "location", config->file, NULL);
  if (config->record)
    g_object_set (pl_gst_find (self->pipeline, "sink"), "location", config->record, NULL);
  skip_to (self, config->from_us);
  /* What does not start is told as a message, as what fails later. */
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  self->watch = gst_bus_create_watch (bus);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (on_message), self, /* notify = */ NULL);
  g_source_attach (self->watch, g_main_context_get_thread_default ());
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  return g_steal_pointer (&self);
}

void
pl_player_free (PlPlayer *self)
{
  if (self == NULL)
    return;
  if (self->watch)
    g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
  pl_gst_free (self->pipeline);
  g_free (self);
}
