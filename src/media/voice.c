/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-voice"

#include "media/voice.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "media/audio-port.h"
#include "media/realtime.h"
#include "media/voice-pipeline.h"

/* One voice: the pipeline, the port, and the queue between the streaming threads and us. */

struct _PlVoice {
  const PlVoiceOps *ops;
  gpointer user_data;
  gboolean freed;
  PlVoicePipeline *pipeline;
  GSource *source;
  PlDeadline *adaptation; /* while a port is joined */

  GMutex port_mutex; /* so that nothing is played on a port that was taken away */
  PlAudioPort *port;
  gint muted; /* atomic */

  GMutex mutex;   /* of what follows */
  GQueue packets; /* of GstBuffer */
  GError *failure;
  guint64 n_sent;
};

static void
clear_voice (gpointer data)
{
  PlVoice *self = data;

  g_queue_clear_full (&self->packets, (GDestroyNotify) gst_buffer_unref);
  g_clear_error (&self->failure);
  g_mutex_clear (&self->mutex);
  g_mutex_clear (&self->port_mutex);
}

static void
release (PlVoice *self)
{
  g_rc_box_release_full (self, clear_voice);
}

typedef PlVoice Hold;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hold, release)

/* --- in our context --- */

static GstBuffer *
next_packet (PlVoice *self, GError **failure)
{
  g_mutex_lock (&self->mutex);
  GstBuffer *packet = g_queue_pop_head (&self->packets);
  *failure = packet ? NULL : g_steal_pointer (&self->failure);
  g_mutex_unlock (&self->mutex);
  return packet;
}

static void
send_packet (PlVoice *self, GstBuffer *packet)
{
  GstMapInfo map;

  /* What was on its way when the port was taken, and reports of a voice that is silent. */
  if (self->port && gst_buffer_map (packet, &map, GST_MAP_READ)) {
    self->n_sent++;
    self->ops->packet (map.data, map.size, self->user_data);
    gst_buffer_unmap (packet, &map);
  }
  gst_buffer_unref (packet);
}

static gboolean
dispatch (GSource *source, GSourceFunc callback G_GNUC_UNUSED, gpointer user_data)
{
  g_autoptr (Hold) self = g_rc_box_acquire ((PlVoice *) user_data);
  g_autoptr (GError) failure = NULL;
  GstBuffer *packet;

  g_source_set_ready_time (source, -1);
  while (!self->freed && (packet = next_packet (self, &failure)) != NULL)
    send_packet (self, packet);
  if (failure && !self->freed)
    self->ops->failed (failure, self->user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_adaptation (gpointer user_data)
{
  PlVoice *self = user_data;

  pl_voice_pipeline_adapt (self->pipeline);
  pl_deadline_set (self->adaptation, g_get_monotonic_time () + G_USEC_PER_SEC);
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

/* --- from the streaming threads --- */

/* When we are held up, old packets are worth less than new ones. */
static void
on_packet (GstBuffer *packet, gpointer user_data)
{
  PlVoice *self = user_data;

  g_mutex_lock (&self->mutex);
  if (g_queue_get_length (&self->packets) >= PL_MAX_VOICE_PACKETS)
    gst_buffer_unref (g_queue_pop_head (&self->packets));
  g_queue_push_tail (&self->packets, gst_buffer_ref (packet));
  g_mutex_unlock (&self->mutex);
  g_source_set_ready_time (self->source, 0);
}

static void
on_decoded (const int16_t *samples, gsize n, gpointer user_data)
{
  PlVoice *self = user_data;

  g_mutex_lock (&self->port_mutex);
  if (self->port)
    pl_audio_port_play (self->port, samples, n);
  g_mutex_unlock (&self->port_mutex);
}

static void
on_pipeline_failed (gpointer user_data, GError *error)
{
  PlVoice *self = user_data;

  g_mutex_lock (&self->mutex);
  if (self->failure == NULL)
    self->failure = g_steal_pointer (&error);
  g_mutex_unlock (&self->mutex);
  g_clear_error (&error);
  g_source_set_ready_time (self->source, 0);
}

static const PlVoicePipelineOps pipeline_ops
    = { .packet = on_packet, .decoded = on_decoded, .failed = on_pipeline_failed };

/* --- from the port --- */

static void
on_captured (const int16_t *samples, gsize n, gpointer user_data)
{
  PlVoice *self = user_data;

  if (!g_atomic_int_get (&self->muted)) {
    pl_voice_pipeline_encode (self->pipeline, samples, n);
    return;
  }
  g_autofree int16_t *silence = g_new0 (int16_t, n);
  pl_voice_pipeline_encode (self->pipeline, silence, n);
}

static void
on_port_failed (const GError *reason, gpointer user_data)
{
  PlVoice *self = user_data;
  self->ops->failed (reason, self->user_data);
}

static const PlAudioPeer voice_peer = { .captured = on_captured, .failed = on_port_failed };

/* --- public --- */

PlVoice *
pl_voice_new (const PlVoiceConfig *config, const PlVoiceOps *ops, gpointer user_data,
              GError **error)
{
  PlVoice *self = g_rc_box_new0 (PlVoice);

  self->ops = ops;
  self->user_data = user_data;
  g_queue_init (&self->packets);
  g_mutex_init (&self->mutex);
  g_mutex_init (&self->port_mutex);
  self->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "voice");
  g_source_set_callback (self->source, NULL, self, /* notify = */ NULL);
  self->pipeline = pl_voice_pipeline_new (config, &pipeline_ops, self, error);
  if (self->pipeline == NULL) {
    pl_voice_free (self);
    return NULL;
  }
  g_source_attach (self->source, g_main_context_get_thread_default ());
  self->adaptation = pl_deadline_new ("voice", on_adaptation, self);
  return self;
}

void
pl_voice_free (PlVoice *self)
{
  if (self == NULL)
    return;
  self->freed = TRUE;
  if (self->pipeline)
    pl_voice_set_port (self, NULL);
  g_clear_pointer (&self->adaptation, pl_deadline_free);
  g_clear_pointer (&self->pipeline, pl_voice_pipeline_free);
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  release (self);
}

void
pl_voice_feed (PlVoice *self, const uint8_t *data, size_t len)
{
  pl_voice_pipeline_feed (self->pipeline, data, len);
}

static void
change_port (PlVoice *self, PlAudioPort *port)
{
  g_mutex_lock (&self->port_mutex);
  self->port = port;
  g_mutex_unlock (&self->port_mutex);
}

static void
log_stats (PlVoice *self)
{
  PlVoiceStats stats;
  PlAudioPortStats port;

  pl_voice_get_stats (self, &stats);
  pl_audio_port_get_stats (self->port, &port);
  pl_debug (
      self,
      "packets: %" G_GUINT64_FORMAT " sent, %" G_GUINT64_FORMAT " received, %" G_GUINT64_FORMAT
      " lost (remote: %u %%); jitter %.1f ms; port: %.0f ms "
      "held, %" G_GUINT64_FORMAT " dropouts, %" G_GUINT64_FORMAT " blocked",
      stats.packets_sent, stats.packets_received, stats.packets_lost, stats.remote_loss_percent,
      stats.jitter_ms, port.delay_ms, port.n_dropouts, port.n_blocked);
}

void
pl_voice_set_port (PlVoice *self, PlAudioPort *port)
{
  PlAudioPort *old = self->port;

  if (old == port)
    return;
  if (old) {
    log_stats (self);
    change_port (self, NULL);
    pl_audio_port_set_peer (old, NULL, NULL);
  }
  pl_voice_pipeline_set_rate (self->pipeline, port ? pl_audio_port_get_rate (port) : 0);
  if (port) {
    g_return_if_fail (port->peer == NULL);
    change_port (self, port);
    pl_audio_port_set_peer (port, &voice_peer, self);
  }
  /* Our thread carries the packets. */
  pl_realtime_set (port != NULL);
  pl_deadline_set (self->adaptation,
                   port ? g_get_monotonic_time () + G_USEC_PER_SEC : PL_NEVER);
}

void
pl_voice_set_muted (PlVoice *self, gboolean muted)
{
  g_atomic_int_set (&self->muted, muted);
}

void
pl_voice_get_stats (PlVoice *self, PlVoiceStats *stats)
{
  PlAudioPortStats port = { .level_in_db = PL_SILENCE_DB, .level_out_db = PL_SILENCE_DB };

  *stats = (PlVoiceStats){ .packets_sent = self->n_sent };
  pl_voice_pipeline_get_stats (self->pipeline, stats);
  if (self->port)
    pl_audio_port_get_stats (self->port, &port);
  stats->delay_ms = port.delay_ms;
  stats->level_in_db = port.level_in_db;
  stats->level_out_db = port.level_out_db;
}
