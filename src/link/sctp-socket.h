/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** Send and receive buffer of one association: four of the longest messages. More is for paths
 * of more than 100 Mbit/s at 80 ms, and costs processor time per packet. */
#define PL_SCTP_BUFFER (1024 * 1024)

struct socket;

/** A usrsctp socket for one association, non-blocking, bound to @port of the stack's number
 * @id, with the options and notifications of our profile. */
struct socket *pl_sctp_socket_new (guint id, uint16_t port, GError **error);

gboolean pl_sctp_socket_connect (struct socket *socket, guint id, uint16_t port,
                                 GError **error);
