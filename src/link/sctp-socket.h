/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/sctp.h"

#include <sys/types.h>

/** Send and receive buffer of one association: four of the longest messages. More is for paths
 * of more than 100 Mbit/s at 80 ms, and costs processor time per packet. */
#define PL_SCTP_BUFFER (1024 * 1024)

struct socket;

/** A usrsctp socket for one association, non-blocking, bound to @port of the stack's number
 * @id, with the options and notifications of our profile. */
struct socket *pl_sctp_socket_new (guint id, uint16_t port, GError **error);

gboolean pl_sctp_socket_connect (struct socket *socket, guint id, uint16_t port,
                                 GError **error);

/** FALSE with errno: EWOULDBLOCK where the send buffer is too full for all of it. */
gboolean pl_sctp_socket_send (struct socket *socket, const PlSctpSendInfo *info,
                              const uint8_t *data, size_t len);

typedef struct {
  uint16_t stream;
  uint32_t ppid;
  gboolean is_notification;
  gboolean is_last; /* of its message or notification */
} PlSctpPiece;

/** The next piece of what was received: its length; 0 when the association has ended; -1 with
 * errno, EWOULDBLOCK where there is nothing. */
ssize_t pl_sctp_socket_read (struct socket *socket, uint8_t *buffer, size_t len,
                             PlSctpPiece *piece);

/** Asks for the reset of our side of @streams (uint16_t). usrsctp sends one request at a time,
 * and each stream's only when its data is acknowledged. FALSE where the remote has no resets.
 */
gboolean pl_sctp_socket_reset_streams (struct socket *socket, GArray *streams);

/** 0: not limited. A congestion window above is cut at once. */
void pl_sctp_socket_set_max_cwnd (struct socket *socket, uint32_t n_bytes);

/** Asks the remote for a HEARTBEAT ACK now (RFC 9260 section 8.3). */
void pl_sctp_socket_send_heartbeat (struct socket *socket, guint id, uint16_t port);

/** Nothing waits and nothing is unacknowledged. */
gboolean pl_sctp_socket_is_idle (struct socket *socket);

int pl_sctp_socket_get_rtt_ms (struct socket *socket);
