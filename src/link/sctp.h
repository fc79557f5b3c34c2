/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlSctp: one SCTP association over DTLS (RFC 8261, RFC 8831), by usrsctp without threads.
 *
 * usrsctp is one stack per process with one timer list; it lives in sctp-stack.c and in the
 * main context of the first association; all associations of a process belong there.
 *
 * The packet and flush ops may run inside any call but pl_sctp_new() and pl_sctp_free(); all
 * others run only inside pl_sctp_feed() and from the stack's timer. Any op may call anything
 * here and may free the association, except packet and flush, which may not.
 */
typedef struct _PlSctp PlSctp;

/* Payload protocol identifiers, RFC 8831 section 8. The empty ones carry no bytes here; on the
 * wire they carry one, since SCTP has no empty messages (section 6.6). */
enum {
  PL_PPID_DCEP = 50,
  PL_PPID_STRING = 51,
  PL_PPID_BINARY = 53,
  PL_PPID_STRING_EMPTY = 56,
  PL_PPID_BINARY_EMPTY = 57,
};

typedef struct {
  /** One SCTP packet for the wire, of at most PL_MTU bytes, borrowed. The pacer's place is
   * between this op and pl_dtls_send(): there packets may wait, and pl_sctp_feed() is told of
   * SACKs after it has seen them. Packets that cannot be sent now are kept by the owner or are
   * lost, which SCTP repairs at the price of a smaller window. */
  void (*packet) (const uint8_t *data, size_t len, gpointer user_data);
  /** All packets of this turn are out: flush the train. */
  void (*flush) (gpointer user_data);
  void (*connected) (gpointer user_data);
  /** One whole message; @data is borrowed, to be kept by reference. */
  void (*message) (uint16_t stream, uint32_t ppid, GBytes *data, gpointer user_data);
  /** pl_sctp_send() refused with PL_LINK_ERROR_WOULD_BLOCK before and may be tried again. */
  void (*writable) (gpointer user_data);
  /** The remote reset its outgoing side of these streams (RFC 6525). */
  void (*streams_reset) (const uint16_t *streams, guint n, gpointer user_data);
  /** Our own reset of these streams is done, or was refused for good. */
  void (*reset_done) (const uint16_t *streams, guint n, gpointer user_data);
  /** Exactly once, last. PL_LINK_ERROR_CLOSED after an orderly shutdown by either end,
   * PL_LINK_ERROR_LOST when the remote aborted or is not heard of any more,
   * PL_PROTO_ERROR_LIMIT when a message was longer than announced. */
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

/** @ops must outlive the association. */
PlSctp *pl_sctp_new (const PlSctpConfig *config, const PlSctpOps *ops, gpointer user_data,
                     GError **error);

/** Frees without a word to the remote: see pl_sctp_close(). No op runs any more. */
void pl_sctp_free (PlSctp *self);

/** Both ends call this once DTLS is up (RFC 8831 section 6.2: simultaneous open); inside of the
 * connected op of DTLS, or the remote's first packet is lost and a second with it. */
gboolean pl_sctp_connect (PlSctp *self, GError **error);

/** One decrypted SCTP packet. Ignored before pl_sctp_connect(). */
void pl_sctp_feed (PlSctp *self, const uint8_t *data, size_t len);

/** Queues one message whole; empty only with the PPIDs for that. FALSE with
 * PL_LINK_ERROR_WOULD_BLOCK when the send buffer is full, then the writable op follows;
 * PL_PROTO_ERROR_LIMIT when it is longer than PL_MAX_MESSAGE_SIZE; PL_LINK_ERROR_CLOSED when
 * the association does not stand or the stream is being reset. */
gboolean pl_sctp_send (PlSctp *self, const PlSctpSendInfo *info, const uint8_t *data,
                       size_t len, GError **error);

/** Bytes of messages handed over and not yet acknowledged by the remote's SCTP. */
size_t pl_sctp_get_buffered (PlSctp *self);

/** Resets our outgoing side of the streams as soon as their messages are delivered; reset_done
 * follows, after ten refusals too. May be called before connected. Streams that are being reset
 * already are left out. */
void pl_sctp_reset_streams (PlSctp *self, const uint16_t *streams, guint n);

/** FALSE stops taking messages out of the association, so that its receive window closes and
 * the remote stops sending; streams_reset, reset_done and the remote's closing wait behind
 * them. At most PL_MAX_PENDING_INPUT bytes are kept then. TRUE goes on in the next iteration.
 */
void pl_sctp_set_reading (PlSctp *self, gboolean reading);

/** Streams that both ends can use: the smaller of the two counts after connected. */
guint pl_sctp_get_n_streams (PlSctp *self);

/** Smoothed round-trip time in milliseconds; -1 before there is one. */
int pl_sctp_get_rtt_ms (PlSctp *self);

/** The packets take another path now: what is known of the old one's capacity is forgotten. */
void pl_sctp_report_new_path (PlSctp *self);

/** Orderly shutdown: what was sent is delivered first; closed follows. */
void pl_sctp_close (PlSctp *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSctp, pl_sctp_free)
