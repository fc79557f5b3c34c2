/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-ice"

#include "base/limits.h"
#include "base/log.h"
#include "link/ice-private.h"

/* Datagrams out. One of our ends may have its pair a moment before the other, and what the
 * other answers must not be lost for the whole second of a DTLS timer: it is held until there
 * is a pair. */

/* UDP has no event for "writable" in libnice. TCP has one, and this is its net. */
#define RETRY_US (5 * G_TIME_SPAN_MILLISECOND)

static void
block (PlIce *self)
{
  self->blocked = TRUE;
  pl_deadline_set (self->retry, g_get_monotonic_time () + RETRY_US);
}

/* Returns how many of @messages are gone: sent, or lost as datagrams are. */
static guint
send_messages (PlIceRound *round, NiceOutputMessage *messages, guint n)
{
  guint sent = 0;

  while (sent < n) {
    g_autoptr (GError) error = NULL;
    int now = nice_agent_send_messages_nonblocking (round->agent, round->stream_id,
                                                    PL_ICE_COMPONENT, messages + sent, n - sent,
                                                    /* cancellable = */ NULL, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      break;
    if (now <= 0) {
      pl_debug (round, "lost a datagram: %s", error ? error->message : "not sent");
      now = 1;
    }
    sent += now;
  }
  return sent;
}

/* FALSE while some are still held. */
static gboolean
send_held (PlIce *self)
{
  GBytes *bytes;

  while ((bytes = g_queue_pop_head (&self->held))) {
    GOutputVector vector = { .size = g_bytes_get_size (bytes) };
    vector.buffer = g_bytes_get_data (bytes, NULL);
    NiceOutputMessage message = { .buffers = &vector, .n_buffers = 1 };
    if (send_messages (self->serving, &message, 1) == 0) {
      g_queue_push_head (&self->held, bytes);
      return FALSE;
    }
    self->held_bytes -= vector.size;
    g_bytes_unref (bytes);
  }
  return TRUE;
}

void
pl_ice_flush_held (PlIce *self)
{
  if (!send_held (self) && !self->freed)
    block (self);
}

void
pl_ice_report_writable (PlIce *self)
{
  if (self->freed || !self->blocked || self->serving == NULL)
    return;
  pl_ice_flush_held (self);
  if (self->freed || !g_queue_is_empty (&self->held))
    return;
  self->blocked = FALSE;
  pl_deadline_set (self->retry, PL_NEVER);
  self->ops->writable (self->user_data);
}

static guint
hold (PlIce *self, const PlTrain *train, guint first)
{
  const guint8 *data = train->bytes->data;
  guint taken = 0;

  for (guint i = 0; i < train->n; data += train->lens[i++]) {
    if (i < first)
      continue;
    if (self->held_bytes + train->lens[i] > PL_MAX_HELD_BYTES) {
      self->blocked = TRUE;
      break;
    }
    g_queue_push_tail (&self->held, g_bytes_new (data, train->lens[i]));
    self->held_bytes += train->lens[i];
    taken++;
  }
  return taken;
}

guint
pl_ice_send (PlIce *self, const PlTrain *train, guint first)
{
  g_autoptr (PlIceHold) ice = pl_ice_ref (self);
  GOutputVector vectors[PL_TRAIN_MAX];
  NiceOutputMessage messages[PL_TRAIN_MAX];
  const guint8 *data = train->bytes->data;
  guint n = 0;

  g_return_val_if_fail (!self->freed, 0);
  if (ice->serving == NULL)
    return hold (ice, train, first);
  if (ice->blocked)
    return 0;
  for (guint i = 0; i < train->n; data += train->lens[i++]) {
    if (i < first)
      continue;
    vectors[n] = (GOutputVector){ .buffer = data, .size = train->lens[i] };
    messages[n] = (NiceOutputMessage){ .buffers = &vectors[n], .n_buffers = 1 };
    n++;
  }
  guint sent = send_messages (ice->serving, messages, n);
  if (sent < n && !ice->freed)
    block (ice);
  return sent;
}

/* A packet that comes late is worth little, so few are held; those go first when the path is
 * writable again. */
gboolean
pl_ice_send_rtp (PlIce *self, const uint8_t *data, size_t len)
{
  g_autoptr (PlIceHold) ice = pl_ice_ref (self);
  GOutputVector vector = { .buffer = data, .size = len };
  NiceOutputMessage message = { .buffers = &vector, .n_buffers = 1 };

  g_return_val_if_fail (!self->freed, FALSE);
  if (ice->serving == NULL)
    return FALSE;
  if (g_queue_is_empty (&ice->held) && send_messages (ice->serving, &message, 1) == 1)
    return TRUE;
  if (ice->freed || ice->held_bytes + len > PL_MAX_HELD_RTP)
    return FALSE;
  g_queue_push_tail (&ice->held, g_bytes_new (data, len));
  ice->held_bytes += len;
  block (ice);
  return TRUE;
}
