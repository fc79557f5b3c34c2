/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/stream-flow.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/safe-name.h"

#include <string.h>

/* SCTP's receive window belongs to the whole association, so one slow reader would stop every
 * channel. Hence each direction of a stream has its own: the sender may have sent at most as
 * many bytes, counted from the start, as the receiver's last "credit N" said (PL_STREAM_WINDOW
 * before the first). */

/* Messages shorter than this are put together, so that a remote that sends single bytes cannot
 * make us keep a hundred times the window in headers. */
#define COALESCE_BELOW 4096

/* Credit is granted in steps: a message for each quarter of the window, not for each read. */
#define CREDIT_STEP (PL_STREAM_WINDOW / 4)

/* Counts stay exact in the doubles of a browser. */
#define MAX_CREDIT (INT64_C (1) << 53)

typedef enum {
  LOCAL_OPEN = 1,
  LOCAL_ENDED,     /* we sent the end */
  LOCAL_CONFIRMED, /* and the remote said that everything is delivered */
} LocalState;

typedef enum {
  REMOTE_OPEN = 1,
  REMOTE_ENDED,     /* the end came; bytes may wait here */
  REMOTE_DELIVERED, /* the consumer has all of it */
} RemoteState;

typedef struct {
  GBytes *bytes;
  gboolean is_text;
} Message;

struct _PlStreamFlow {
  gboolean credits;
  gboolean failed;
  LocalState local;
  RemoteState remote;

  GQueue out;       /* of Message */
  uint64_t sent;    /* bytes, in messages queued or taken */
  uint64_t allowed; /* what the remote's credit lets us send */

  GQueue in;        /* of GBytes */
  GByteArray *tail; /* short messages behind `in`, put together */
  uint64_t received;
  uint64_t taken;
  uint64_t granted;
};

static void
message_free (gpointer data)
{
  Message *message = data;
  g_bytes_unref (message->bytes);
  g_free (message);
}

static void
queue_message (PlStreamFlow *self, GBytes *take_bytes, gboolean is_text)
{
  Message *message = g_new (Message, 1);
  message->bytes = take_bytes;
  message->is_text = is_text;
  g_queue_push_tail (&self->out, message);
}

static void
queue_text (PlStreamFlow *self, const char *text)
{
  queue_message (self, g_bytes_new (text, strlen (text)), /* is_text = */ TRUE);
}

static void
drop_input (PlStreamFlow *self)
{
  g_queue_clear_full (&self->in, (GDestroyNotify) g_bytes_unref);
  g_byte_array_set_size (self->tail, 0);
}

PlStreamFlow *
pl_stream_flow_new (gboolean credits)
{
  PlStreamFlow *self = g_new0 (PlStreamFlow, 1);
  self->credits = credits;
  self->local = LOCAL_OPEN;
  self->remote = REMOTE_OPEN;
  self->allowed = credits ? PL_STREAM_WINDOW : UINT64_MAX;
  self->granted = credits ? PL_STREAM_WINDOW : PL_STREAM_PLAIN_BUFFER;
  self->tail = g_byte_array_new ();
  g_queue_init (&self->out);
  g_queue_init (&self->in);
  return self;
}

void
pl_stream_flow_free (PlStreamFlow *self)
{
  if (self == NULL)
    return;
  drop_input (self);
  g_queue_clear_full (&self->out, message_free);
  g_byte_array_unref (self->tail);
  g_free (self);
}

static void
flush_tail (PlStreamFlow *self)
{
  if (self->tail->len == 0)
    return;
  g_queue_push_tail (&self->in, g_byte_array_free_to_bytes (self->tail));
  self->tail = g_byte_array_new ();
}

static gboolean
feed_bytes (PlStreamFlow *self, GBytes *message, GError **error)
{
  size_t len;
  const uint8_t *data = g_bytes_get_data (message, &len);

  if (self->remote != REMOTE_OPEN) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "%" G_GSIZE_FORMAT " bytes after the end of the stream", len);
    return FALSE;
  }
  if (self->credits && len > PL_STREAM_MESSAGE) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "a message of %" G_GSIZE_FORMAT " bytes, limit is %d", len, PL_STREAM_MESSAGE);
    return FALSE;
  }
  if (len > self->granted - self->received) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 self->credits ? "more bytes than the credit allows"
                               : "the reader is slower than the sender, who knows no credit");
    return FALSE;
  }
  self->received += len;
  if (len >= COALESCE_BELOW) {
    flush_tail (self);
    g_queue_push_tail (&self->in, g_bytes_ref (message));
    return TRUE;
  }
  g_byte_array_append (self->tail, data, len);
  if (self->tail->len > PL_STREAM_MESSAGE - COALESCE_BELOW)
    flush_tail (self);
  return TRUE;
}

static gboolean
feed_end (PlStreamFlow *self, GError **error)
{
  if (self->remote != REMOTE_OPEN) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "the stream ended twice");
    return FALSE;
  }
  self->remote = REMOTE_ENDED;
  return TRUE;
}

static gboolean
feed_credit (PlStreamFlow *self, const char *number, GError **error)
{
  guint64 credit;
  if (!g_ascii_isdigit (number[0])
      || !g_ascii_string_to_unsigned (number, 10, 1, MAX_CREDIT, &credit, /* error = */ NULL)) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "credit '%.32s' is not a number of bytes", number);
    return FALSE;
  }
  if (credit < self->allowed) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "credit fell from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, self->allowed,
                 credit);
    return FALSE;
  }
  self->allowed = credit;
  return TRUE;
}

static gboolean
feed_done (PlStreamFlow *self, GError **error)
{
  if (self->local != LOCAL_ENDED) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "delivery confirmed of a stream that has not ended");
    return FALSE;
  }
  self->local = LOCAL_CONFIRMED;
  return TRUE;
}

/* The message of ours, without NUL and in UTF-8, or NULL. */
static char *
dup_text (GBytes *message)
{
  size_t len;
  const char *data = g_bytes_get_data (message, &len);
  if (len > PL_MAX_STREAM_CONTROL || !g_utf8_validate_len (data, len, NULL))
    return NULL;
  return g_strndup (data, len);
}

static gboolean
feed_control (PlStreamFlow *self, GBytes *message, GError **error)
{
  g_autofree char *text = dup_text (message);

  if (text == NULL) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "a control message that is too long or not UTF-8");
    return FALSE;
  }
  if (g_str_has_prefix (text, "credit "))
    return feed_credit (self, text + strlen ("credit "), error);
  if (g_str_equal (text, "done"))
    return feed_done (self, error);
  if (g_str_has_prefix (text, "reset ")) {
    g_autofree char *reason = pl_safe_text (text + strlen ("reset "));
    g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED, "the other side broke off: %s",
                 reason);
    return FALSE;
  }
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "an unknown control message");
  return FALSE;
}

static gboolean
dispatch (PlStreamFlow *self, GBytes *message, gboolean is_text, GError **error)
{
  if (is_text && g_bytes_get_size (message) == 0)
    return feed_end (self, error);
  if (is_text && self->credits)
    return feed_control (self, message, error);
  return feed_bytes (self, message, error);
}

GBytes *
pl_stream_flow_next_message (PlStreamFlow *self, gboolean *is_text)
{
  g_autofree Message *message = g_queue_pop_head (&self->out);
  if (message == NULL)
    return NULL;
  *is_text = message->is_text;
  return message->bytes;
}

size_t
pl_stream_flow_get_room (const PlStreamFlow *self)
{
  if (self->failed || self->local != LOCAL_OPEN)
    return 0;
  return MIN (self->allowed - self->sent, PL_STREAM_MESSAGE);
}

void
pl_stream_flow_send (PlStreamFlow *self, GBytes *bytes)
{
  size_t len = g_bytes_get_size (bytes);
  g_return_if_fail (len > 0 && len <= pl_stream_flow_get_room (self));

  self->sent += len;
  queue_message (self, g_bytes_ref (bytes), /* is_text = */ FALSE);
}

void
pl_stream_flow_end (PlStreamFlow *self)
{
  if (self->failed || self->local != LOCAL_OPEN)
    return;
  self->local = LOCAL_ENDED;
  queue_text (self, "");
}

void
pl_stream_flow_reset (PlStreamFlow *self, const char *reason)
{
  if (self->failed)
    return;
  self->failed = TRUE;
  drop_input (self);
  g_queue_clear_full (&self->out, message_free);
  /* One that knows no control messages would take it for bytes; it sees the channel close. */
  if (!self->credits)
    return;
  g_autofree char *text = g_strdup_printf ("reset %s", reason);
  queue_text (self, text);
}

gboolean
pl_stream_flow_feed (PlStreamFlow *self, GBytes *message, gboolean is_text, GError **error)
{
  GError *local = NULL;

  if (self->failed || dispatch (self, message, is_text, &local))
    return TRUE;
  /* Whoever broke off needs no answer. */
  if (local->domain == PL_PROTO_ERROR)
    pl_stream_flow_reset (self, local->message);
  self->failed = TRUE;
  drop_input (self);
  g_propagate_error (error, local);
  return FALSE;
}

GBytes *
pl_stream_flow_next_bytes (PlStreamFlow *self)
{
  if (g_queue_is_empty (&self->in))
    flush_tail (self);
  return g_queue_pop_head (&self->in);
}

/* The limit of a plain remote moves with every byte: nobody has to be told. */
void
pl_stream_flow_report_taken (PlStreamFlow *self, size_t n)
{
  g_return_if_fail (n <= self->received - self->taken);

  self->taken += n;
  if (self->failed)
    return;
  if (!self->credits) {
    self->granted = self->taken + PL_STREAM_PLAIN_BUFFER;
    return;
  }
  if (self->remote != REMOTE_OPEN
      || self->taken + PL_STREAM_WINDOW - self->granted < CREDIT_STEP)
    return;
  self->granted = self->taken + PL_STREAM_WINDOW;
  g_autofree char *text = g_strdup_printf ("credit %" G_GUINT64_FORMAT, self->granted);
  queue_text (self, text);
}

gboolean
pl_stream_flow_needs_delivery (const PlStreamFlow *self)
{
  return !self->failed && self->remote == REMOTE_ENDED && self->taken == self->received;
}

void
pl_stream_flow_report_delivered (PlStreamFlow *self)
{
  if (self->failed || self->remote != REMOTE_ENDED)
    return;
  g_return_if_fail (self->taken == self->received);
  self->remote = REMOTE_DELIVERED;
  if (self->credits)
    queue_text (self, "done");
}

gboolean
pl_stream_flow_is_finished (const PlStreamFlow *self)
{
  LocalState wanted = self->credits ? LOCAL_CONFIRMED : LOCAL_ENDED;
  return !self->failed && self->local >= wanted && self->remote == REMOTE_DELIVERED;
}

uint64_t
pl_stream_flow_get_sent (const PlStreamFlow *self)
{
  return self->sent;
}

uint64_t
pl_stream_flow_get_received (const PlStreamFlow *self)
{
  return self->received;
}
