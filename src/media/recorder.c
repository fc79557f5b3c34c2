/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-voicemail"

#include "media/recorder.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "media/gst.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <unistd.h>

/* A telephone line without a voice on it is near -60 dB, with one above -35 dB. */
#define SPEECH_DB -45.0
/* Pauses between syllables belong to what is said. */
#define PAUSE_US     (300 * G_TIME_SPAN_MILLISECOND)
#define MIN_SOUND_US G_TIME_SPAN_SECOND
/* For the next page to be on the disk. */
#define FINISH_TIME (5 * G_TIME_SPAN_SECOND)

const PlRecorderLimits pl_recorder_limits = {
  .limit_us = 180 * G_TIME_SPAN_SECOND,
  .silence_us = 5 * G_TIME_SPAN_SECOND,
  .nothing_us = 10 * G_TIME_SPAN_SECOND,
};

struct _PlRecorder {
  PlRecorderLimits limits;
  const PlRecorderOps *ops;
  gpointer user_data;
  char *path, *part;
  guint rate;
  GstElement *pipeline;
  GstAppSrc *source;
  GSource *watch;
  PlDeadline *deadline; /* of the end */
  GError *failure;
  gboolean enough, finishing;
  int64_t seen_us; /* of what is written, at the last look */
  PlGstTimeline timeline;
  int64_t sound_us;   /* of it, how much is more than silence */
  int64_t spoken_us;  /* when the last of that was; 0: never */
  GMutex mutex;       /* of what follows */
  int64_t written_us; /* what the file has got */
};

static int64_t
get_time (const PlRecorder *self)
{
  return gst_util_uint64_scale (self->timeline.n_samples, G_USEC_PER_SEC, self->rate);
}

static void
have_enough (PlRecorder *self)
{
  if (self->enough || self->finishing)
    return;
  self->enough = TRUE;
  self->ops->enough (self->user_data);
}

/* --- the end --- */

static gboolean
keep_file (PlRecorder *self, GError **error)
{
  int fd = g_open (self->part, O_RDONLY | O_CLOEXEC, 0);
  const gboolean ok = fd >= 0 && fsync (fd) == 0 && g_rename (self->part, self->path) == 0;

  if (!ok)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "'%s': %s", self->path,
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return ok;
}

static void
close_pipeline (PlRecorder *self)
{
  if (self->pipeline == NULL)
    return;
  g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
  pl_gst_free (g_steal_pointer (&self->pipeline));
}

/* What a full disk has taken is a file that ends early; players play it. */
static void
conclude (PlRecorder *self)
{
  g_autoptr (GError) error = g_steal_pointer (&self->failure);
  g_autoptr (GError) keep_error = NULL;

  pl_deadline_set (self->deadline, PL_NEVER);
  close_pipeline (self);
  int64_t duration = error ? self->written_us : get_time (self);
  if (self->sound_us < MIN_SOUND_US || duration < MIN_SOUND_US)
    duration = 0;
  if (duration > 0 && !keep_file (self, &keep_error))
    duration = 0;
  if (duration == 0)
    g_unlink (self->part);
  g_clear_pointer (&self->part, g_free);
  self->ops->finished (duration, error ? error : keep_error, self->user_data);
}

static void
fail (PlRecorder *self, GError *error)
{
  if (self->failure)
    g_error_free (error);
  else
    self->failure = error;
  if (self->finishing)
    conclude (self);
  else
    have_enough (self);
}

static gboolean
on_message (GstBus *bus G_GNUC_UNUSED, GstMessage *message, gpointer user_data)
{
  PlRecorder *self = user_data;
  GError *error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    g_prefix_error (&error, "recording: ");
    fail (self, error);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS) {
    conclude (self);
  }
  return G_SOURCE_CONTINUE;
}

static int64_t
get_written (PlRecorder *self)
{
  g_mutex_lock (&self->mutex);
  const int64_t written_us = self->written_us;
  g_mutex_unlock (&self->mutex);
  return written_us;
}

/* A slow machine gets more time as long as it gets on. */
static void
on_late (gpointer user_data)
{
  PlRecorder *self = user_data;
  const int64_t written_us = get_written (self);

  if (self->failure == NULL && written_us > self->seen_us) {
    self->seen_us = written_us;
    pl_deadline_set (self->deadline, g_get_monotonic_time () + FINISH_TIME);
    return;
  }
  fail (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                   "recording: the disk takes too long"));
}

/* --- the pipeline --- */

/* In the thread of the pipeline: when one buffer comes to the file, those before it are in. */
static GstPadProbeReturn
on_write (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info, gpointer user_data)
{
  PlRecorder *self = user_data;
  const GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  if (GST_BUFFER_PTS_IS_VALID (buffer)) {
    g_mutex_lock (&self->mutex);
    self->written_us = GST_TIME_AS_USECONDS (GST_BUFFER_PTS (buffer));
    g_mutex_unlock (&self->mutex);
  }
  return GST_PAD_PROBE_OK;
}

static gboolean
open_pipeline (PlRecorder *self, GError **error)
{
  self->pipeline
      = pl_gst_parse ("appsrc name=source format=time max-bytes=0 ! audioconvert "
                      "! audioresample ! opusenc audio-type=voice bitrate=24000 "
                      "! oggmux max-page-delay=500000000 max-delay=0 "
                      "! filesink name=sink buffer-mode=unbuffered sync=false async=false",
                      error);
  if (self->pipeline == NULL)
    return FALSE;
  GstElement *sink = pl_gst_find (self->pipeline, "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  g_autoptr (GstCaps) caps = pl_gst_new_caps (self->rate);
  g_object_set (sink, "location", self->part, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_write, self, /* notify = */ NULL);
  self->source = GST_APP_SRC (pl_gst_find (self->pipeline, "source"));
  gst_app_src_set_caps (self->source, caps);
  self->watch = gst_bus_create_watch (bus);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (on_message), self, /* notify = */ NULL);
  g_source_attach (self->watch, g_main_context_get_thread_default ());
  if (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
    return TRUE;
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  if (message)
    gst_message_parse_error (message, error, NULL);
  else
    g_set_error_literal (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED, "does not start");
  g_prefix_error (error, "recording: ");
  return FALSE;
}

/* --- public --- */

PlRecorder *
pl_recorder_new (const char *path, guint rate, const PlRecorderLimits *limits,
                 const PlRecorderOps *ops, gpointer user_data, GError **error)
{
  g_autoptr (PlRecorder) self = g_new0 (PlRecorder, 1);

  self->limits = *limits;
  self->ops = ops;
  self->user_data = user_data;
  self->path = g_strdup (path);
  self->part = g_strconcat (path, ".part", NULL);
  self->rate = rate;
  self->timeline.rate = rate;
  self->deadline = pl_deadline_new ("pl-recorder", on_late, self);
  g_mutex_init (&self->mutex);
  return open_pipeline (self, error) ? g_steal_pointer (&self) : NULL;
}

void
pl_recorder_free (PlRecorder *self)
{
  if (self == NULL)
    return;
  close_pipeline (self);
  if (self->part)
    g_unlink (self->part);
  pl_deadline_free (self->deadline);
  g_mutex_clear (&self->mutex);
  g_clear_error (&self->failure);
  g_free (self->path);
  g_free (self->part);
  g_free (self);
}

static gboolean
is_speech (const int16_t *samples, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) samples[i] * samples[i];
  return sum > 0 && 10 * log10 (sum / n / 32768.0 / 32768.0) > SPEECH_DB;
}

void
pl_recorder_feed (PlRecorder *self, const int16_t *samples, gsize n)
{
  const int64_t before = get_time (self);

  if (self->enough || self->finishing || n == 0)
    return;
  gst_app_src_push_buffer (self->source, pl_gst_new_block (&self->timeline, samples, n));
  const int64_t now = get_time (self);
  if (is_speech (samples, n)) {
    const gboolean goes_on = self->spoken_us > 0 && before - self->spoken_us <= PAUSE_US;
    self->sound_us += now - (goes_on ? self->spoken_us : before);
    self->spoken_us = now;
  }
  const int64_t patience = self->spoken_us ? self->limits.silence_us : self->limits.nothing_us;
  if (now >= self->limits.limit_us || now - self->spoken_us >= patience)
    have_enough (self);
}

void
pl_recorder_finish (PlRecorder *self)
{
  if (self->finishing)
    return;
  self->finishing = TRUE;
  self->seen_us = get_written (self);
  pl_deadline_set (self->deadline, g_get_monotonic_time () + FINISH_TIME);
  /* Told from a call of its own, as in the other cases. */
  if (self->failure)
    pl_deadline_set (self->deadline, 0);
  else
    gst_app_src_end_of_stream (self->source);
}
