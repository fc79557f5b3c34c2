/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-audio"

#include "base/error.h"
#include "media/audio-port.h"
#include "media/gst.h"
#include "media/realtime.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Files in the place of a sound card: a thread keeps the time of one. */

#define MAX_RATE  48000
#define MAX_BLOCK (MAX_RATE * PL_PCM_BLOCK_MS / 1000)
#define BLOCK_US  (PL_PCM_BLOCK_MS * G_TIME_SPAN_MILLISECOND)
/* A thread that was stopped for longer does not run after the time that it missed. */
#define MAX_BEHIND_US (10 * BLOCK_US)
/* For the muxer's last words to be on the disk. */
#define FINISH_NS (2 * GST_SECOND)

typedef struct {
  PlAudioPort port;
  gsize block;               /* samples */
  GstElement *play, *record; /* NULL where there is none */
  GstAppSink *played;        /* of them */
  GstAppSrc *recorded;
  GThread *thread;
  GMutex mutex; /* of stop */
  GCond cond;
  gboolean stop;

  /* The thread's. */
  GByteArray *pending; /* decoded and not played yet */
  gboolean ended;
  PlGstTimeline timeline; /* of what is recorded */
} FilesPort;

/* --- the thread --- */

static void
collect_played (FilesPort *self)
{
  const gsize size = self->block * sizeof (int16_t);

  while (self->pending->len < size) {
    g_autoptr (GstSample) sample = gst_app_sink_try_pull_sample (self->played, 0);
    GstMapInfo map;
    if (sample == NULL)
      return;
    if (!gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ))
      continue;
    g_byte_array_append (self->pending, map.data, map.size);
    gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  }
}

/* Silence where a pipe has not got enough; a file's last block is filled up with it. */
static void
play_block (FilesPort *self)
{
  const gsize size = self->block * sizeof (int16_t);
  int16_t samples[MAX_BLOCK] = { 0 };

  if (self->play && !self->ended) {
    collect_played (self);
    const gboolean at_end = gst_app_sink_is_eos (self->played);
    if (self->pending->len >= size || at_end) {
      const gsize n = MIN (size, self->pending->len);
      memcpy (samples, self->pending->data, n);
      g_byte_array_remove_range (self->pending, 0, n);
    }
    self->ended = at_end && self->pending->len == 0;
    if (self->ended)
      pl_audio_port_report_end (&self->port);
  }
  pl_audio_port_captured (&self->port, samples, self->block);
}

static void
record_block (FilesPort *self)
{
  int16_t samples[MAX_BLOCK];

  pl_audio_port_next_block (&self->port, samples, self->block);
  if (self->record)
    gst_app_src_push_buffer (self->recorded,
                             pl_gst_new_block (&self->timeline, samples, self->block));
}

static gpointer
run (gpointer data)
{
  FilesPort *self = data;
  gint64 next = g_get_monotonic_time ();

  pl_realtime_set (TRUE);
  g_mutex_lock (&self->mutex);
  while (!self->stop) {
    if (g_cond_wait_until (&self->cond, &self->mutex, next))
      continue;
    g_mutex_unlock (&self->mutex);
    play_block (self);
    record_block (self);
    g_mutex_lock (&self->mutex);
    next += BLOCK_US;
    if (g_get_monotonic_time () - next > MAX_BEHIND_US)
      next = g_get_monotonic_time ();
  }
  g_mutex_unlock (&self->mutex);
  return NULL;
}

static void
set_running (PlAudioPort *port, gboolean running)
{
  FilesPort *self = (FilesPort *) port;

  if (running) {
    self->stop = FALSE;
    self->thread = g_thread_new ("pl-files", run, self);
    return;
  }
  g_mutex_lock (&self->mutex);
  self->stop = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  g_thread_join (g_steal_pointer (&self->thread));
}

/* --- pipelines --- */

static void
on_failed (gpointer user_data, GError *error)
{
  pl_audio_port_report_failure (user_data, error);
}

/* What a file does not let itself be opened for is known at once. */
static gboolean
start (FilesPort *self, GstElement *pipeline, GError **error)
{
  pl_gst_watch (pipeline, on_failed, self);
  if (gst_element_set_state (pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
    return TRUE;
  g_mutex_lock (&self->port.mutex);
  if (self->port.failure)
    g_propagate_error (error, g_steal_pointer (&self->port.failure));
  else
    g_set_error_literal (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED, "audio: does not start");
  g_mutex_unlock (&self->port.mutex);
  return FALSE;
}

static gboolean
is_raw (const char *name)
{
  return g_str_equal (name, "-") || g_str_has_suffix (name, ".raw");
}

static gboolean
open_play (FilesPort *self, const char *name, GError **error)
{
  g_autofree char *description = g_strdup_printf (
      "%s name=file ! %s ! audioconvert ! audioresample quality=2 "
      "! appsink name=played sync=false max-buffers=8",
      g_str_equal (name, "-") ? "fdsrc" : "filesrc",
      is_raw (name) ? "rawaudioparse format=pcm pcm-format=s16le sample-rate=48000 "
                      "num-channels=1"
                    : "decodebin");

  self->play = pl_gst_parse (description, error);
  if (self->play == NULL)
    return FALSE;
  g_autoptr (GstCaps) caps = pl_gst_new_caps (self->port.rate);
  if (!g_str_equal (name, "-"))
    g_object_set (pl_gst_find (self->play, "file"), "location", name, NULL);
  self->played = GST_APP_SINK (pl_gst_find (self->play, "played"));
  gst_app_sink_set_caps (self->played, caps);
  return start (self, self->play, error);
}

static gboolean
open_record (FilesPort *self, const char *name, GError **error)
{
  const gboolean is_ogg = g_str_has_suffix (name, ".ogg") || g_str_has_suffix (name, ".opus");
  g_autofree char *description = g_strdup_printf (
      "appsrc name=recorded format=time max-time=2000000000 max-bytes=0 leaky-type=downstream "
      "! audioconvert ! audioresample quality=2 ! %s ! %s name=file",
      is_raw (name) ? "audio/x-raw,format=S16LE,rate=48000,channels=1"
      : is_ogg      ? "opusenc audio-type=voice bitrate=24000 ! oggmux"
                    : "wavenc",
      g_str_equal (name, "-") ? "fdsink" : "filesink");

  self->record = pl_gst_parse (description, error);
  if (self->record == NULL)
    return FALSE;
  g_autoptr (GstCaps) caps = pl_gst_new_caps (self->port.rate);
  if (!g_str_equal (name, "-"))
    g_object_set (pl_gst_find (self->record, "file"), "location", name, NULL);
  g_object_set (pl_gst_find (self->record, "file"), "sync", FALSE, NULL);
  self->recorded = GST_APP_SRC (pl_gst_find (self->record, "recorded"));
  gst_app_src_set_caps (self->recorded, caps);
  return start (self, self->record, error);
}

/* --- the port --- */

static void
finish_record (FilesPort *self)
{
  if (self->record == NULL || self->timeline.n_samples == 0)
    return;
  g_autoptr (GstBus) bus = gst_element_get_bus (self->record);
  gst_app_src_end_of_stream (self->recorded);
  g_autoptr (GstMessage) end G_GNUC_UNUSED
      = gst_bus_timed_pop_filtered (bus, FINISH_NS, GST_MESSAGE_EOS);
}

static void
free_files (PlAudioPort *port)
{
  FilesPort *self = (FilesPort *) port;

  finish_record (self);
  pl_gst_free (self->record);
  pl_gst_free (self->play);
  g_byte_array_unref (self->pending);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  pl_audio_port_clear (port);
  g_free (self);
}

static const PlAudioPortClass files_class = { .set_running = set_running, .free = free_files };

PlAudioPort *
pl_audio_port_new_files (const char *play, const char *record, guint rate, GError **error)
{
  g_return_val_if_fail (rate >= 8000 && rate <= MAX_RATE, NULL);
  FilesPort *self = g_new0 (FilesPort, 1);
  g_autoptr (PlAudioPort) port = &self->port;

  pl_audio_port_init (port, &files_class, rate);
  self->block = (gsize) rate * PL_PCM_BLOCK_MS / 1000;
  self->timeline.rate = rate;
  self->pending = g_byte_array_new ();
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  if (play && !open_play (self, play, error))
    return NULL;
  if (record && !open_record (self, record, error))
    return NULL;
  return g_steal_pointer (&port);
}
