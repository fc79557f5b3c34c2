/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-sctp"

#include "link/sctp.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "link/crc32c.h"
#include "link/sctp-event.h"
#include "link/sctp-socket.h"
#include "link/sctp-stack.h"
#include "proto/reset-gate.h"
#include "proto/stream-resets.h"
#include "proto/window.h"

#include <usrsctp.h>

#include <errno.h>
#include <string.h>

/*
 *  new --connect--> connecting --comm up--> open --close--> closing
 *                        \-----------------  |  ----------------/
 *                                          closed
 *
 * usrsctp calls back with packets and events in the middle of its work. on_output() and
 * on_event() only take note; drain() hands packets on after each call into usrsctp, work_off()
 * does the rest at the end of pl_sctp_feed() and of the stack's turns.
 */
typedef enum {
  NEW = 1,
  CONNECTING,
  OPEN,
  CLOSING,
  CLOSED
} State;

#define READ_SIZE (64 * 1024)

/* Our count of free send buffer is made of SACKs that we read ourselves; should it ever be
 * wrong, the sender only waits for so long. */
#define RETRY_SEND_US 100000

struct _PlSctp {
  State state;
  guint id;
  struct socket *socket;
  PlSctpConfig config;
  const PlSctpOps *ops;
  gpointer user_data;
  GThread *thread; /* everything happens here */

  GByteArray *outgoing; /* packets, each behind its length in two bytes of this machine */
  gboolean draining;
  gboolean working;
  gboolean sent; /* packets have gone out since the last flush */

  gboolean has_events;
  gboolean paused;
  uint8_t *buffer;     /* of READ_SIZE */
  GByteArray *partial; /* the message, or the notification, that is being read in pieces */

  size_t buffered;
  size_t refused_len; /* of the message that did not fit; 0: none */
  int64_t refused_us;

  PlStreamResets *resets; /* ours */
  PlResetGate *gate;      /* for the remote's */
  guint n_streams;
  PlWindow *window;
  uint32_t max_cwnd;        /* as set in usrsctp; 0: none */
  int64_t heartbeat_us;     /* when the last one left; 0: answered */
  int64_t heartbeat_rtt_us; /* of the last one that was answered; 0: none was */
};

static void
clear_sctp (gpointer data)
{
  PlSctp *self = data;
  g_byte_array_unref (self->outgoing);
  g_byte_array_unref (self->partial);
  pl_stream_resets_free (self->resets);
  pl_reset_gate_free (self->gate);
  pl_window_free (self->window);
  g_free (self->buffer);
}

static void
release (PlSctp *self)
{
  g_rc_box_release_full (self, clear_sctp);
}

typedef PlSctp Hold;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hold, release)

/* Inside usrsctp. */
static void
on_output (const uint8_t *packet, size_t len, gpointer user_data)
{
  PlSctp *self = user_data;
  uint16_t packet_len = len;

  g_byte_array_append (self->outgoing, (const uint8_t *) &packet_len, sizeof packet_len);
  g_byte_array_append (self->outgoing, packet, len);
}

/* Inside usrsctp. */
static void
on_event (gpointer user_data)
{
  PlSctp *self = user_data;
  self->has_events = TRUE;
}

static void
report_sent (PlSctp *self, const uint8_t *packet, size_t len, int64_t now_us)
{
  PlReader reader = pl_sctp_packet_reader (packet, len);
  PlSctpChunkKind kind;
  PlSctpData data;
  PlSctpSack sack;

  while ((kind = pl_sctp_next_chunk (&reader, &data, &sack)) != PL_SCTP_CHUNK_NONE)
    if (kind == PL_SCTP_CHUNK_DATA)
      pl_window_report_sent (self->window, &data, now_us);
    else if (kind == PL_SCTP_CHUNK_SACK)
      pl_reset_gate_report_acked (self->gate, sack.cum_tsn);
    else if (kind == PL_SCTP_CHUNK_HEARTBEAT)
      self->heartbeat_us = now_us;
}

static void
send_packet (PlSctp *self, uint8_t *packet, size_t len, int64_t now_us)
{
  if (len < 12)
    return;
  /* RFC 9260 section 6.8; the checksum's bytes go out in the reversed order (appendix A). */
  memset (packet + 8, 0, 4);
  uint32_t crc = GUINT32_TO_LE (pl_crc32c (packet, len));
  memcpy (packet + 8, &crc, sizeof crc);
  report_sent (self, packet, len, now_us);
  self->sent = TRUE;
  self->ops->packet (packet, len, self->user_data);
}

static void
drain (PlSctp *self)
{
  if (self->draining)
    return;
  self->draining = TRUE;
  int64_t now_us = g_get_monotonic_time ();
  for (size_t pos = 0; pos < self->outgoing->len;) {
    uint16_t len;
    memcpy (&len, self->outgoing->data + pos, sizeof len);
    pos += sizeof len;
    send_packet (self, self->outgoing->data + pos, len, now_us);
    pos += len;
  }
  g_byte_array_set_size (self->outgoing, 0);
  self->draining = FALSE;
}

/* The end of a call from outside; inside of work_off() its end does that. */
static void
finish_call (PlSctp *self)
{
  drain (self);
  if (self->working || !self->sent)
    return;
  self->sent = FALSE;
  self->ops->flush (self->user_data);
}

static void
leave (PlSctp *self)
{
  pl_sctp_stack_leave (self->id);
  self->state = CLOSED;
}

static void
fail (PlSctp *self, GError *reason)
{
  g_autoptr (GError) owned G_GNUC_UNUSED = reason;

  if (self->state == CLOSED)
    return;
  pl_debug (self, "closed: %s", reason->message);
  usrsctp_close (g_steal_pointer (&self->socket));
  drain (self); /* the ABORT, where the association still stood */
  self->ops->flush (self->user_data);
  leave (self);
  self->ops->closed (reason, self->user_data);
}

/* Which of @streams are finished with. */
static GArray *
finish_resets (PlSctp *self, GArray *streams, gboolean refused)
{
  GArray *finished = g_array_new (FALSE, FALSE, sizeof (uint16_t));
  int64_t now_us = g_get_monotonic_time ();

  for (guint i = 0; i < streams->len; i++) {
    uint16_t stream = g_array_index (streams, uint16_t, i);
    if (refused ? pl_stream_resets_report_refused (self->resets, stream, now_us)
                : pl_stream_resets_report_done (self->resets, stream))
      g_array_append_val (finished, stream);
  }
  return finished;
}

static void
report_resets (PlSctp *self, GArray *streams, gboolean refused)
{
  g_autoptr (GArray) finished = finish_resets (self, streams, refused);
  if (finished->len > 0)
    self->ops->reset_done ((const uint16_t *) (void *) finished->data, finished->len,
                           self->user_data);
}

static void
add_all_streams (PlSctp *self, GArray *streams)
{
  for (guint i = 0; i < self->n_streams; i++) {
    uint16_t stream = i;
    g_array_append_val (streams, stream);
  }
}

/* The round-trip time is to be known before the first data. */
static void
measure_rtt (PlSctp *self)
{
  self->heartbeat_rtt_us = 0;
  pl_sctp_socket_send_heartbeat (self->socket, self->id, self->config.remote_port);
}

static void
handle_up (PlSctp *self, guint n_streams)
{
  self->n_streams = n_streams;
  if (self->state != CONNECTING)
    return;
  self->state = OPEN;
  pl_debug (self, "connected, %u streams", n_streams);
  measure_rtt (self);
  self->ops->connected (self->user_data);
}

static void
handle_notification (PlSctp *self, const uint8_t *data, size_t len)
{
  g_auto (PlSctpEvent) event = pl_sctp_event_parse (data, len);

  if (event.streams != NULL && event.streams->len == 0)
    add_all_streams (self, event.streams);
  switch (event.kind) {
  case PL_SCTP_EVENT_NONE:
    return;
  case PL_SCTP_EVENT_UP:
    handle_up (self, event.n_streams);
    return;
  case PL_SCTP_EVENT_DOWN:
    fail (self, g_steal_pointer (&event.reason));
    return;
  case PL_SCTP_EVENT_REMOTE_RESET:
    g_assert (event.streams);
    self->ops->streams_reset ((const uint16_t *) (void *) event.streams->data,
                              event.streams->len, self->user_data);
    return;
  case PL_SCTP_EVENT_RESET:
  case PL_SCTP_EVENT_RESET_REFUSED:
    report_resets (self, event.streams, event.kind == PL_SCTP_EVENT_RESET_REFUSED);
    return;
  case PL_SCTP_EVENT_ABANDONED:
    self->buffered -= MIN (self->buffered, event.n_bytes);
    return;
  case PL_SCTP_EVENT_MESSAGE_LOST:
    g_byte_array_set_size (self->partial, 0);
    return;
  }
}

static gboolean
is_empty_ppid (uint32_t ppid)
{
  return ppid == PL_PPID_STRING_EMPTY || ppid == PL_PPID_BINARY_EMPTY;
}

static void
deliver (PlSctp *self, const PlSctpPiece *piece, const uint8_t *data, size_t len)
{
  gboolean empty = is_empty_ppid (piece->ppid);
  g_autoptr (GBytes) bytes = g_bytes_new (data, empty ? 0 : len);

  self->ops->message (piece->stream, piece->ppid, bytes, self->user_data);
}

/* One piece of a message or a notification, in self->buffer. */
static void
take_piece (PlSctp *self, const PlSctpPiece *piece, size_t len)
{
  const uint8_t *data = self->buffer;
  g_autoptr (GByteArray) whole = NULL;

  /* A notification holds at most a message that we sent, and its header. */
  size_t limit
      = piece->is_notification ? PL_MAX_MESSAGE_SIZE + 1024 : self->config.max_message_size;
  if (self->partial->len + len > limit) {
    fail (self, g_error_new (PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                             "sctp: a message is longer than the %" G_GSIZE_FORMAT
                             " bytes that were announced",
                             self->config.max_message_size));
    return;
  }
  if (self->partial->len > 0 || !piece->is_last)
    g_byte_array_append (self->partial, data, len);
  if (!piece->is_last)
    return;
  if (self->partial->len > 0) {
    whole = g_steal_pointer (&self->partial);
    self->partial = g_byte_array_new ();
    data = whole->data;
    len = whole->len;
  }
  if (piece->is_notification)
    handle_notification (self, data, len);
  else
    deliver (self, piece, data, len);
}

static void
read_one (PlSctp *self)
{
  PlSctpPiece piece;
  ssize_t len = pl_sctp_socket_read (self->socket, self->buffer, READ_SIZE, &piece);
  int error = errno;

  drain (self); /* the receive window has grown */
  if (len > 0)
    take_piece (self, &piece, len);
  else if (len < 0 && error == EWOULDBLOCK)
    self->has_events = FALSE;
  else if (len == 0)
    fail (self, g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_CLOSED, "the connection was closed"));
  else
    fail (self,
          g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_LOST, "sctp: %s", g_strerror (error)));
}

static void
request_resets (PlSctp *self)
{
  g_autoptr (GArray) due = pl_stream_resets_steal_due (self->resets, g_get_monotonic_time ());
  if (due->len == 0)
    return;
  if (pl_sctp_socket_reset_streams (self->socket, due))
    return;
  pl_debug (self, "no stream resets with this remote: %s", g_strerror (errno));
  report_resets (self, due, /* refused = */ FALSE);
}

static void
report_writable (PlSctp *self)
{
  gboolean fits = self->buffered + self->refused_len <= PL_SCTP_BUFFER;
  gboolean late = g_get_monotonic_time () - self->refused_us > RETRY_SEND_US;

  if (self->state != OPEN || self->refused_len == 0 || (!fits && !late))
    return;
  self->refused_len = 0;
  self->ops->writable (self->user_data);
}

static void
apply_window (PlSctp *self)
{
  uint32_t limit = pl_window_get_limit (self->window);
  uint32_t difference
      = limit > self->max_cwnd ? limit - self->max_cwnd : self->max_cwnd - limit;

  if (limit != 0 && difference <= self->max_cwnd / 16)
    return;
  if (limit == self->max_cwnd)
    return;
  pl_sctp_socket_set_max_cwnd (self->socket, limit);
  self->max_cwnd = limit;
}

static void
input (PlSctp *self, const uint8_t *data, size_t len)
{
  usrsctp_conninput (GUINT_TO_POINTER (self->id), data, len, /* ecn = */ 0);
  drain (self);
}

static void
take_late_reset (PlSctp *self)
{
  g_autoptr (GBytes) reset = pl_reset_gate_steal_due (self->gate);
  if (reset)
    input (self, g_bytes_get_data (reset, NULL), g_bytes_get_size (reset));
}

/* The caller holds a reference: any op may free the association. */
static void
work_off (PlSctp *self)
{
  if (self->working)
    return;
  self->working = TRUE;
  drain (self);
  take_late_reset (self);
  while (self->has_events && !self->paused && self->state != CLOSED)
    read_one (self);
  if (self->state == OPEN)
    request_resets (self);
  report_writable (self);
  self->working = FALSE;
  if (self->state != CLOSED)
    finish_call (self);
}

static void
on_turn (gpointer user_data)
{
  g_autoptr (Hold) self = g_rc_box_acquire ((PlSctp *) user_data);

  if (self->buffered > 0 && pl_sctp_socket_is_idle (self->socket))
    self->buffered = 0;
  if (self->state == CLOSING && self->n_streams == 0)
    fail (self, g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_CLOSED,
                             "sctp was closed before it was connected"));
  else
    work_off (self);
}

static const PlSctpStackOps stack_ops = { on_output, on_event, on_turn };

PlSctp *
pl_sctp_new (const PlSctpConfig *config, const PlSctpOps *ops, gpointer user_data,
             GError **error)
{
  g_autoptr (PlSctp) self = g_rc_box_new0 (PlSctp);

  self->state = NEW;
  self->config = *config;
  self->ops = ops;
  self->user_data = user_data;
  self->thread = g_thread_self ();
  self->outgoing = g_byte_array_new ();
  self->partial = g_byte_array_new ();
  self->buffer = g_malloc (READ_SIZE);
  self->resets = pl_stream_resets_new ();
  self->gate = pl_reset_gate_new ();
  self->window = pl_window_new ();
  self->id = pl_sctp_stack_join (&stack_ops, self);
  self->socket = pl_sctp_socket_new (self->id, config->local_port, error);
  if (self->socket == NULL)
    return NULL;
  return g_steal_pointer (&self);
}

void
pl_sctp_free (PlSctp *self)
{
  if (self == NULL)
    return;
  if (self->socket != NULL)
    usrsctp_close (g_steal_pointer (&self->socket));
  if (self->state != CLOSED)
    leave (self);
  release (self);
}

gboolean
pl_sctp_connect (PlSctp *self, GError **error)
{
  g_assert (self->thread == g_thread_self ());
  g_return_val_if_fail (self->state == NEW, FALSE);

  if (!pl_sctp_socket_connect (self->socket, self->id, self->config.remote_port, error))
    return FALSE;
  self->state = CONNECTING;
  finish_call (self);
  return TRUE;
}

static void
report_received (PlSctp *self, const uint8_t *packet, size_t len)
{
  PlReader reader = pl_sctp_packet_reader (packet, len);
  int64_t now_us = g_get_monotonic_time ();
  PlSctpChunkKind kind;
  PlSctpData data;
  PlSctpSack sack;

  while ((kind = pl_sctp_next_chunk (&reader, &data, &sack)) != PL_SCTP_CHUNK_NONE)
    if (kind == PL_SCTP_CHUNK_SACK) {
      size_t n = pl_window_report_sack (self->window, &sack, now_us);
      self->buffered -= MIN (self->buffered, n);
    } else if (kind == PL_SCTP_CHUNK_DATA) {
      pl_reset_gate_report_data (self->gate, data.tsn);
    } else if (kind == PL_SCTP_CHUNK_HEARTBEAT_ACK && self->heartbeat_us > 0) {
      self->heartbeat_rtt_us = MAX (now_us - self->heartbeat_us, 1);
      self->heartbeat_us = 0;
    }
}

void
pl_sctp_feed (PlSctp *self, const uint8_t *data, size_t len)
{
  g_assert (self->thread == g_thread_self ());
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);

  if (self->state == NEW || self->state == CLOSED || len < 12 || len > UINT16_MAX)
    return;
  report_received (self, data, len);
  apply_window (self);
  g_autoptr (GBytes) passed = pl_reset_gate_hold (self->gate, data, len);
  input (self, passed ? g_bytes_get_data (passed, NULL) : data, len);
  work_off (self);
}

static void
set_send_error (PlSctp *self, const PlSctpSendInfo *info, size_t len, GError **error)
{
  if (errno == EWOULDBLOCK) {
    self->refused_len = len;
    self->refused_us = g_get_monotonic_time ();
    g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_WOULD_BLOCK, "sctp: send buffer is full");
  } else {
    g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED, "sctp: stream %u: %s",
                 info->stream, g_strerror (errno));
  }
}

gboolean
pl_sctp_send (PlSctp *self, const PlSctpSendInfo *info, const uint8_t *data, size_t len,
              GError **error)
{
  static const uint8_t nothing[1] = { 0 };
  gboolean empty = is_empty_ppid (info->ppid);

  g_assert (self->thread == g_thread_self ());
  g_return_val_if_fail ((len == 0) == empty, FALSE);
  if (self->state != OPEN || pl_stream_resets_contains (self->resets, info->stream)) {
    g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED, "sctp: stream %u is not open",
                 info->stream);
    return FALSE;
  }
  if (len > PL_MAX_MESSAGE_SIZE) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "sctp: message of %" G_GSIZE_FORMAT " bytes, limit is %d", len,
                 PL_MAX_MESSAGE_SIZE);
    return FALSE;
  }
  if (empty) {
    data = nothing;
    len = sizeof nothing;
  }
  if (!pl_sctp_socket_send (self->socket, info, data, len)) {
    set_send_error (self, info, len, error);
    return FALSE;
  }
  self->buffered += len;
  finish_call (self);
  return TRUE;
}

size_t
pl_sctp_get_buffered (PlSctp *self)
{
  return self->buffered;
}

void
pl_sctp_reset_streams (PlSctp *self, const uint16_t *streams, guint n)
{
  for (guint i = 0; i < n; i++)
    pl_stream_resets_add (self->resets, streams[i]);
  pl_sctp_stack_wake ();
}

void
pl_sctp_set_reading (PlSctp *self, gboolean reading)
{
  self->paused = !reading;
  if (reading)
    pl_sctp_stack_wake ();
}

guint
pl_sctp_get_n_streams (PlSctp *self)
{
  return self->n_streams;
}

int
pl_sctp_get_rtt_ms (PlSctp *self)
{
  /* usrsctp's figure is 0 until data was acknowledged. */
  if (pl_window_get_min_rtt (self->window) > 0 && self->socket != NULL)
    return pl_sctp_socket_get_rtt_ms (self->socket);
  return self->heartbeat_rtt_us > 0 ? (int) (self->heartbeat_rtt_us / 1000) : -1;
}

void
pl_sctp_report_new_path (PlSctp *self)
{
  pl_window_report_new_path (self->window);
  if (self->socket == NULL)
    return;
  apply_window (self);
  if (self->state == OPEN) {
    measure_rtt (self);
    finish_call (self);
  }
}

void
pl_sctp_close (PlSctp *self)
{
  g_assert (self->thread == g_thread_self ());
  if (self->state != OPEN && self->state != CONNECTING)
    return;
  self->state = CLOSING;
  usrsctp_shutdown (self->socket, SHUT_WR);
  finish_call (self);
}
