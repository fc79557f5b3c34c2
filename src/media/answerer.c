/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-voicemail"

#include "media/answerer.h"

#include "base/limits.h"
#include "media/audio-port.h"

struct _PlAnswerer {
  PlAudioPort *port; /* NULL: stopped */
  PlRecorderLimits limits;
  const PlAnswererOps *ops;
  gpointer user_data;
  char *file, *language;
  guint rate;
  GCancellable *loading;
  gboolean spoken; /* it is not the owner's */
  PlRecorder *recorder;
  GAsyncQueue *blocks; /* of GBytes that came after the tone, from the modem's thread */
  GSource *events;
  gboolean enough, stopped;
  GError *failure;

  GMutex mutex;     /* of what follows: the modem's thread plays it, in step with the modem */
  GBytes *greeting; /* NULL: not there yet, or at its end */
  gsize played;     /* samples of it */
  gboolean records;
};

static void
have_enough (PlAnswerer *self)
{
  if (self->enough || self->stopped)
    return;
  self->enough = TRUE;
  self->ops->enough (self->user_data);
}

static void
fail (PlAnswerer *self, GError *error)
{
  if (self->failure)
    g_error_free (error);
  else
    self->failure = error;
  have_enough (self);
}

/* --- the recorder --- */

static void
on_recorder_enough (gpointer user_data)
{
  have_enough (user_data);
}

static void
on_recorder_finished (int64_t duration_us, const GError *error, gpointer user_data)
{
  PlAnswerer *self = user_data;
  self->ops->finished (duration_us, error ? error : self->failure, self->user_data);
}

static const PlRecorderOps recorder_ops = {
  .enough = on_recorder_enough,
  .finished = on_recorder_finished,
};

static void
start_recorder (PlAnswerer *self)
{
  GError *error = NULL;

  self->recorder
      = pl_recorder_new (self->file, self->rate, &self->limits, &recorder_ops, self, &error);
  if (self->recorder == NULL)
    fail (self, error);
}

/* --- blocks --- */

/* One op may free us: what comes after it is left for the next turn. */
static gboolean
on_blocks (gpointer user_data)
{
  PlAnswerer *self = user_data;
  gsize size;

  /* Before the queue is looked at: the modem's thread pushes first and wakes us then. */
  g_source_set_ready_time (self->events, -1);
  if (self->stopped) {
    self->ops->finished (/* duration_us = */ 0, self->failure, self->user_data);
    return G_SOURCE_CONTINUE;
  }
  g_autoptr (GBytes) block = g_async_queue_try_pop (self->blocks);
  if (block == NULL)
    return G_SOURCE_CONTINUE;
  g_source_set_ready_time (self->events, 0);
  const int16_t *samples = g_bytes_get_data (block, &size);
  if (self->recorder)
    pl_recorder_feed (self->recorder, samples, size / sizeof *samples);
  else if (self->failure == NULL)
    start_recorder (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource *source G_GNUC_UNUSED, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs event_funcs = { .dispatch = dispatch };

/* These two in the modem's thread. */

static gboolean
play_block (PlAnswerer *self, gsize n)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  gsize len;

  if (self->greeting == NULL)
    return !self->records;
  const int16_t *samples = g_bytes_get_data (self->greeting, &len);
  const gsize rest = MIN (n, len / sizeof (int16_t) - self->played);
  pl_audio_port_play (self->port, samples + self->played, rest);
  self->played += rest;
  self->records = rest < n;
  if (self->records)
    g_clear_pointer (&self->greeting, g_bytes_unref);
  return TRUE;
}

static void
on_captured (const int16_t *samples, gsize n, gpointer user_data)
{
  PlAnswerer *self = user_data;

  if (play_block (self, n) || g_async_queue_length (self->blocks) >= PL_MAX_ANSWERER_BLOCKS)
    return;
  g_async_queue_push (self->blocks, g_bytes_new (samples, n * sizeof *samples));
  g_source_set_ready_time (self->events, 0);
}

static void
on_port_failed (const GError *reason, gpointer user_data)
{
  fail (user_data, g_error_copy (reason));
}

static const PlAudioPeer port_peer = { .captured = on_captured, .failed = on_port_failed };

static void load_greeting (PlAnswerer *self, const char *file);

static void
on_loaded (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  PlAnswerer *self = user_data;
  g_autoptr (GError) error = NULL;
  GBytes *greeting = pl_greeting_load_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* freed meanwhile */
  if (error)
    self->ops->greeting_failed (error, self->user_data);
  if (error && !self->spoken) {
    load_greeting (self, /* file = */ NULL);
    return;
  }
  g_mutex_lock (&self->mutex);
  self->greeting = greeting ? greeting : pl_greeting_new_tone (self->rate);
  g_mutex_unlock (&self->mutex);
}

static void
load_greeting (PlAnswerer *self, const char *file)
{
  const PlGreetingConfig config = { .file = file, .language = self->language };

  self->spoken = file == NULL;
  pl_greeting_load_async (&config, self->rate, self->loading, on_loaded, self);
}

/* --- public --- */

PlAnswerer *
pl_answerer_new (PlAudioPort *port, const PlAnswererConfig *config, const PlAnswererOps *ops,
                 gpointer user_data)
{
  PlAnswerer *self = g_new0 (PlAnswerer, 1);

  self->port = port;
  self->limits = config->limits;
  self->ops = ops;
  self->user_data = user_data;
  self->file = g_strdup (config->file);
  self->language = g_strdup (config->greeting.language);
  self->rate = pl_audio_port_get_rate (port);
  self->loading = g_cancellable_new ();
  g_mutex_init (&self->mutex);
  self->blocks = g_async_queue_new_full ((GDestroyNotify) g_bytes_unref);
  self->events = g_source_new (&event_funcs, sizeof (GSource));
  g_source_set_static_name (self->events, "answerer");
  g_source_set_callback (self->events, on_blocks, self, /* notify = */ NULL);
  g_source_attach (self->events, g_main_context_get_thread_default ());
  load_greeting (self, config->greeting.file);
  pl_audio_port_set_peer (port, &port_peer, self);
  return self;
}

static void
leave_port (PlAnswerer *self)
{
  if (self->port)
    pl_audio_port_set_peer (self->port, NULL, NULL);
  self->port = NULL;
}

void
pl_answerer_free (PlAnswerer *self)
{
  if (self == NULL)
    return;
  leave_port (self);
  g_cancellable_cancel (self->loading);
  g_object_unref (self->loading);
  g_source_destroy (self->events);
  g_source_unref (self->events);
  g_async_queue_unref (self->blocks);
  pl_recorder_free (self->recorder);
  g_clear_pointer (&self->greeting, g_bytes_unref);
  g_mutex_clear (&self->mutex);
  g_clear_error (&self->failure);
  g_free (self->file);
  g_free (self->language);
  g_free (self);
}

void
pl_answerer_stop (PlAnswerer *self)
{
  if (self->stopped)
    return;
  self->stopped = TRUE;
  leave_port (self);
  g_source_set_ready_time (self->events, self->recorder ? -1 : 0);
  if (self->recorder)
    pl_recorder_finish (self->recorder);
}
