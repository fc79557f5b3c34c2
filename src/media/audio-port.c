/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-audio"

#include "media/audio-port.h"

#include "base/log.h"

#include <math.h>

/* --- from the device's thread to our context --- */

/* Whoever is told may free the port. */
static void
tell_failure (PlAudioPort *self, const GError *failure)
{
  g_autoptr (GSource) events = g_source_ref (self->events);

  pl_debug (self, "audio port failed: %s", failure->message);
  if (self->peer && self->peer->failed)
    self->peer->failed (failure, self->peer_data);
  if (!g_source_is_destroyed (events) && self->ops && self->ops->failed)
    self->ops->failed (failure, self->ops_data);
}

static gboolean
dispatch_events (gpointer user_data)
{
  PlAudioPort *self = user_data;

  g_source_set_ready_time (self->events, -1);
  g_mutex_lock (&self->mutex);
  const gboolean ended = self->ended;
  g_autoptr (GError) failure = g_steal_pointer (&self->failure);
  self->ended = FALSE;
  g_mutex_unlock (&self->mutex);
  if (failure)
    tell_failure (self, failure);
  else if (ended && self->ops && self->ops->ended)
    self->ops->ended (self->ops_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_source (GSource *source G_GNUC_UNUSED, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs event_funcs = { .dispatch = dispatch_source };

/* --- the kinds of ports --- */

void
pl_audio_port_init (PlAudioPort *self, const PlAudioPortClass *klass, guint rate)
{
  self->klass = klass;
  self->rate = rate;
  self->ring = pl_pcm_ring_new (rate);
  self->level_in_db = self->level_out_db = PL_SILENCE_DB;
  g_mutex_init (&self->peer_mutex);
  g_mutex_init (&self->mutex);
  self->events = g_source_new (&event_funcs, sizeof (GSource));
  g_source_set_static_name (self->events, "audio-port");
  g_source_set_callback (self->events, dispatch_events, self, /* notify = */ NULL);
  g_source_attach (self->events, g_main_context_get_thread_default ());
}

void
pl_audio_port_clear (PlAudioPort *self)
{
  g_source_destroy (self->events);
  g_source_unref (self->events);
  pl_pcm_ring_free (self->ring);
  g_clear_error (&self->failure);
  g_mutex_clear (&self->mutex);
  g_mutex_clear (&self->peer_mutex);
}

static double
measure_level (const int16_t *samples, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) samples[i] * samples[i];
  return sum > 0 ? MAX (PL_SILENCE_DB, 10 * log10 (sum / n / 32768.0 / 32768.0))
                 : PL_SILENCE_DB;
}

void
pl_audio_port_captured (PlAudioPort *self, const int16_t *samples, gsize n)
{
  const double level = measure_level (samples, n);

  g_mutex_lock (&self->mutex);
  self->level_in_db = level;
  self->n_captured++;
  g_mutex_unlock (&self->mutex);
  g_mutex_lock (&self->peer_mutex);
  if (self->peer)
    self->peer->captured (samples, n, self->peer_data);
  g_mutex_unlock (&self->peer_mutex);
}

void
pl_audio_port_next_block (PlAudioPort *self, int16_t *samples, gsize n)
{
  g_mutex_lock (&self->mutex);
  pl_pcm_ring_pop (self->ring, samples, n, g_get_monotonic_time ());
  self->level_out_db = measure_level (samples, n);
  g_mutex_unlock (&self->mutex);
}

void
pl_audio_port_report_failure (PlAudioPort *self, GError *failure)
{
  g_mutex_lock (&self->mutex);
  if (self->failure == NULL)
    self->failure = g_steal_pointer (&failure);
  g_mutex_unlock (&self->mutex);
  g_clear_error (&failure);
  g_source_set_ready_time (self->events, 0);
}

void
pl_audio_port_report_end (PlAudioPort *self)
{
  g_mutex_lock (&self->mutex);
  self->ended = TRUE;
  g_mutex_unlock (&self->mutex);
  g_source_set_ready_time (self->events, 0);
}

/* --- who is joined --- */

void
pl_audio_port_set_peer (PlAudioPort *self, const PlAudioPeer *peer, gpointer user_data)
{
  const gboolean was_running = self->peer != NULL;

  g_mutex_lock (&self->peer_mutex);
  self->peer = peer;
  self->peer_data = user_data;
  g_mutex_unlock (&self->peer_mutex);
  g_mutex_lock (&self->mutex);
  self->joined = peer != NULL;
  pl_pcm_ring_reset (self->ring);
  g_mutex_unlock (&self->mutex);
  if (self->klass->set_running && was_running != (peer != NULL))
    self->klass->set_running (self, peer != NULL);
}

void
pl_audio_port_play (PlAudioPort *self, const int16_t *samples, gsize n)
{
  g_mutex_lock (&self->mutex);
  if (self->joined)
    pl_pcm_ring_push (self->ring, samples, n, g_get_monotonic_time ());
  g_mutex_unlock (&self->mutex);
}

static void
on_captured_by_other (const int16_t *samples, gsize n, gpointer user_data)
{
  pl_audio_port_play (user_data, samples, n);
}

static const PlAudioPeer port_peer = { .captured = on_captured_by_other };

/* --- public --- */

void
pl_audio_port_join (PlAudioPort *a, PlAudioPort *b)
{
  g_return_if_fail (a != b && a->rate == b->rate);
  g_return_if_fail (a->peer == NULL && b->peer == NULL);

  pl_audio_port_set_peer (a, &port_peer, b);
  pl_audio_port_set_peer (b, &port_peer, a);
}

void
pl_audio_port_part (PlAudioPort *self)
{
  if (self->peer != &port_peer)
    return;
  PlAudioPort *other = self->peer_data;
  pl_audio_port_set_peer (self, NULL, NULL);
  pl_audio_port_set_peer (other, NULL, NULL);
}

void
pl_audio_port_set_ops (PlAudioPort *self, const PlAudioPortOps *ops, gpointer user_data)
{
  self->ops = ops;
  self->ops_data = user_data;
}

guint
pl_audio_port_get_rate (const PlAudioPort *self)
{
  return self->rate;
}

void
pl_audio_port_get_stats (PlAudioPort *self, PlAudioPortStats *stats)
{
  PlPcmRingStats ring;

  g_mutex_lock (&self->mutex);
  pl_pcm_ring_get_stats (self->ring, &ring);
  *stats = (PlAudioPortStats){ .n_captured = self->n_captured,
                               .delay_ms = ring.delay_ms,
                               .n_dropouts = ring.n_dropouts,
                               .n_blocked = self->n_blocked,
                               .level_in_db = self->level_in_db,
                               .level_out_db = self->level_out_db };
  g_mutex_unlock (&self->mutex);
}

void
pl_audio_port_free (PlAudioPort *self)
{
  if (self == NULL)
    return;
  pl_audio_port_part (self);
  self->klass->free (self);
}
