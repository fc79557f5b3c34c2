/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-player"

#include "media/player.h"

#include "media/gst.h"

struct _PlPlayer {
  GstElement *pipeline;
  GSource *watch;
  PlPlayerFunc ended;
  gpointer user_data;
};

static gboolean
on_message (GstBus *bus G_GNUC_UNUSED, GstMessage *message, gpointer user_data)
{
  PlPlayer *self = user_data;
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_EOS)
    return G_SOURCE_CONTINUE;
  self->ended (error, self->user_data);
  return G_SOURCE_REMOVE;
}

PlPlayer *
pl_player_new (const char *file, const char *record, PlPlayerFunc ended, gpointer user_data,
               GError **error)
{
  g_autoptr (PlPlayer) self = g_new0 (PlPlayer, 1);
  g_autofree char *description
      = g_strconcat ("filesrc name=source ! decodebin ! audioconvert ! audioresample ! ",
                     record ? "wavenc ! filesink name=sink" : "autoaudiosink", NULL);

  self->ended = ended;
  self->user_data = user_data;
  self->pipeline = pl_gst_parse (description, error);
  if (self->pipeline == NULL)
    return NULL;
  g_object_set (pl_gst_find (self->pipeline, "source"), "location", file, NULL);
  if (record)
    g_object_set (pl_gst_find (self->pipeline, "sink"), "location", record, NULL);
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
