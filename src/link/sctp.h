/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlSctp: one SCTP association over DTLS (RFC 8261, RFC 8831), by usrsctp without threads.
 *
 * usrsctp is one stack per process with one timer list; it lives in sctp-stack.c and in the main
 * context of the first association. Ops run only from pl_sctp_feed(), from the stack's timer and
 * from pl_sctp_connect()/pl_sctp_send(); usrsctp's own callbacks only queue (they carry a number
 * that is looked up, never a pointer).
 */
typedef struct _PlSctp PlSctp;

/* Payload protocol identifiers, RFC 8831 section 8. */
enum {
  PL_PPID_DCEP = 50,
  PL_PPID_STRING = 51,
  PL_PPID_BINARY = 53,
  PL_PPID_STRING_EMPTY = 56,
  PL_PPID_BINARY_EMPTY = 57,
};

typedef struct {
  /** One SCTP packet for the wire, of at most PL_MTU bytes, borrowed. The pacer's seam: what stands
   * between this op and pl_dtls_send() may delay packets. */
  void (*packet) (const uint8_t *data, size_t len, gpointer user_data);
  /** All packets of this turn are out: flush the train. */
  void (*flush) (gpointer user_data);
  void (*connected) (gpointer user_data);
  /** One whole message; @data is yours to ref. */
  void (*message) (uint16_t stream, uint32_t ppid, GBytes *data, gpointer user_data);
  /** pl_sctp_send() refused before and may be tried again. */
  void (*writable) (gpointer user_data);
  /** The remote reset its outgoing side of these streams (RFC 6525). */
  void (*streams_reset) (const uint16_t *streams, guint n, gpointer user_data);
  /** Our own reset of these streams is done, or was refused for good. */
  void (*reset_done) (const uint16_t *streams, guint n, gpointer user_data);
  /** Exactly once, last. */
  void (*closed) (const GError *reason, gpointer user_data);
} PlSctpOps;

typedef struct {
  uint16_t local_port; /* a=sctp-port; 5000 by custom */
  uint16_t remote_port;
  size_t max_message_size; /* what we announced: a longer message aborts the association */
} PlSctpConfig;

typedef struct {
  uint16_t stream;
  uint32_t ppid;
  gboolean unordered;
  int max_retransmits; /* -1: reliable */
  int max_lifetime_ms; /* -1: reliable */
} PlSctpSendInfo;

PlSctp *pl_sctp_new (const PlSctpConfig *config, const PlSctpOps *ops, gpointer user_data,
                     GError **error);
void pl_sctp_free (PlSctp *self);

/** Both ends call this once DTLS is up (RFC 8831 section 6.2: simultaneous open). */
gboolean pl_sctp_connect (PlSctp *self, GError **error);

/** One decrypted SCTP packet. */
void pl_sctp_feed (PlSctp *self, const uint8_t *data, size_t len);

/** Queues one message whole. FALSE with PL_LINK_ERROR_WOULD_BLOCK when the send buffer is full,
 * then the writable op follows; any other error is final. */
gboolean pl_sctp_send (PlSctp *self, const PlSctpSendInfo *info, const uint8_t *data, size_t len,
                       GError **error);

/** Bytes handed over and not yet acknowledged by the remote's SCTP. */
size_t pl_sctp_get_buffered (PlSctp *self);

/** Resets our outgoing side of the streams; reset_done follows. Requests made while one is under way are queued. */
void pl_sctp_reset_streams (PlSctp *self, const uint16_t *streams, guint n);

/** FALSE stops taking messages out of the association, so that its receive window closes and
 * the remote stops sending. */
void pl_sctp_set_reading (PlSctp *self, gboolean reading);

/** Streams that both ends can use: the smaller of the two counts after connected. */
guint pl_sctp_get_n_streams (PlSctp *self);

/** Orderly shutdown; closed follows. */
void pl_sctp_close (PlSctp *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSctp, pl_sctp_free)
