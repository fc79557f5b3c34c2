/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-session"

#include "simbox/session-private.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/wav.h"
#include "stream/stream.h"

/* The greeting: it is fetched, brought, and taken back. A client says how large the one is that
 * it brings, and then opens a channel for it. */

#define BRING_US    (60 * G_USEC_PER_SEC)
#define SPOKEN_RATE 16000

struct _PlBoxGreeting {
  PlBoxSession *session;
  PlStream *stream; /* NULL: it has not begun */
  GOutputStream *sink;
  PlDeadline *deadline;
};

static PlOwnGreeting *
get_greeting (PlBoxSession *self, GError **error)
{
  if (self->box->mailbox)
    return pl_mailbox_get_greeting (self->box->mailbox);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "the box has no voicemail");
  return NULL;
}

static GVariant *
describe (const PlOwnGreeting *greeting, const char *problem)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  const int64_t duration_us = pl_own_greeting_get_duration (greeting);

  g_variant_dict_insert (&dict, "own", "b", duration_us > 0);
  if (duration_us > 0)
    g_variant_dict_insert (&dict, "seconds", "x",
                           (gint64) ((duration_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC));
  if (problem)
    g_variant_dict_insert (&dict, "problem", "s", problem);
  return g_variant_dict_end (&dict);
}

void
pl_box_session_on_greeting (PlOwnGreeting *greeting, const char *problem, PlBoxSession *self)
{
  if (self->control && self->greeted && pl_box_session_may_see (self, PL_RIGHT_VOICEMAIL))
    pl_rpc_notify (self->control, "greeting", describe (greeting, problem));
}

/* --- fetched --- */

static void
answer_sent (GTask *task, PlBoxSession *self, GInputStream *input)
{
  GError *error = NULL;

  if (pl_box_session_send_sound (self, "greeting", input, &error))
    g_task_return_pointer (
        task,
        g_variant_ref_sink (describe (pl_mailbox_get_greeting (self->box->mailbox), NULL)),
        (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

static void
on_spoken (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GBytes) samples = pl_greeting_load_finish (result, &error);

  /* Cancelled: the session is gone. */
  if (samples == NULL || g_task_return_error_if_cancelled (task)) {
    if (error)
      g_task_return_error (task, error);
    return;
  }
  const PlWav wav = { .rate = SPOKEN_RATE,
                      .samples = g_bytes_get_data (samples, NULL),
                      .n_samples = g_bytes_get_size (samples) / 2 };
  g_autoptr (GBytes) file = pl_wav_print (&wav);
  g_autoptr (GInputStream) input = g_memory_input_stream_new_from_bytes (file);
  answer_sent (task, g_task_get_task_data (task), input);
}

static void
send_file (GTask *task, PlBoxSession *self, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GError *error = NULL;
  g_autoptr (GFileInputStream) input = g_file_read (file, /* cancellable = */ NULL, &error);

  if (input)
    answer_sent (task, self, G_INPUT_STREAM (input));
  else
    g_task_return_error (task, error);
}

/* What is spoken is made for the client as for a caller. */
void
pl_box_session_get_greeting (PlBoxSession *self, GVariant *params, GTask *task)
{
  GError *error = NULL;
  PlOwnGreeting *greeting = get_greeting (self, &error);
  gboolean sound = FALSE;

  g_variant_lookup (params, "sound", "b", &sound);
  if (greeting == NULL) {
    g_task_return_error (task, error);
  } else if (!sound) {
    g_task_return_pointer (task, g_variant_ref_sink (describe (greeting, NULL)),
                           (GDestroyNotify) g_variant_unref);
  } else {
    PlGreetingConfig config = pl_own_greeting_get (greeting);
    if (config.file) {
      send_file (task, self, config.file);
      return;
    }
    config.bare = TRUE;
    g_task_set_task_data (task, self, /* destroy = */ NULL);
    pl_greeting_load_async (&config, SPOKEN_RATE, self->cancellable, on_spoken,
                            g_object_ref (task));
  }
}

/* --- brought --- */

void
pl_box_session_drop_greeting (PlBoxSession *self)
{
  struct _PlBoxGreeting *bringing = g_steal_pointer (&self->bringing);

  if (bringing == NULL)
    return;
  pl_own_greeting_end (pl_mailbox_get_greeting (self->box->mailbox));
  pl_stream_free (bringing->stream);
  g_object_unref (bringing->sink);
  pl_deadline_free (bringing->deadline);
  g_free (bringing);
}

static void
on_too_late (gpointer user_data)
{
  struct _PlBoxGreeting *bringing = user_data;

  if (bringing->stream)
    pl_stream_reset (bringing->stream, "it takes too long");
  pl_box_session_drop_greeting (bringing->session);
}

static gboolean
on_delivered (gpointer user_data, GError **error)
{
  struct _PlBoxGreeting *bringing = user_data;
  GMemoryOutputStream *sink = G_MEMORY_OUTPUT_STREAM (bringing->sink);

  return pl_own_greeting_set (pl_mailbox_get_greeting (bringing->session->box->mailbox),
                              g_memory_output_stream_get_data (sink),
                              g_memory_output_stream_get_data_size (sink), error);
}

static void
on_stream_closed (const GError *reason, gpointer user_data)
{
  struct _PlBoxGreeting *bringing = user_data;

  if (reason)
    pl_debug (bringing->session, "a greeting did not arrive: %s", reason->message);
  pl_box_session_drop_greeting (bringing->session);
}

gboolean
pl_box_session_take_greeting (PlBoxSession *self, PlChannel *channel)
{
  static const PlStreamOps ops = { on_delivered, on_stream_closed };

  if (self->bringing == NULL || self->bringing->stream)
    return FALSE;
  self->bringing->stream = pl_stream_new (channel, &ops, self->bringing);
  pl_stream_set_source (self->bringing->stream, NULL, /* head = */ NULL);
  pl_stream_set_sink (self->bringing->stream, self->bringing->sink);
  return TRUE;
}

GVariant *
pl_box_session_set_greeting (PlBoxSession *self, GVariant *params, GError **error)
{
  PlOwnGreeting *greeting = get_greeting (self, error);
  gint64 bytes;

  if (greeting == NULL || !pl_box_session_get (params, "bytes", "x", &bytes, error)
      || !pl_own_greeting_begin (greeting, bytes, error))
    return NULL;
  self->bringing = g_new0 (struct _PlBoxGreeting, 1);
  self->bringing->session = self;
  /* Without a function to make it larger it takes what was announced, and not a byte more. */
  self->bringing->sink = g_memory_output_stream_new (g_malloc ((gsize) bytes), (gsize) bytes,
                                                     /* realloc_function = */ NULL, g_free);
  self->bringing->deadline = pl_deadline_new ("greeting", on_too_late, self->bringing);
  pl_deadline_set (self->bringing->deadline, g_get_monotonic_time () + BRING_US);
  return pl_box_session_nothing ();
}

GVariant *
pl_box_session_reset_greeting (PlBoxSession *self, GVariant *params G_GNUC_UNUSED,
                               GError **error)
{
  PlOwnGreeting *greeting = get_greeting (self, error);

  if (greeting == NULL || !pl_own_greeting_reset (greeting, error))
    return NULL;
  return pl_box_session_nothing ();
}
