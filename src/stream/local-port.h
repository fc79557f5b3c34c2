/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

/**
 * PlLocalPort: a TCP port of this machine alone, on 127.0.0.1 and, where there is one, on ::1.
 */
typedef struct _PlLocalPort PlLocalPort;

typedef void (*PlLocalPortFunc) (GSocketConnection *connection, gpointer user_data);

/** Listens; @port 0 takes a free one. @accepted runs for each connection. */
PlLocalPort *pl_local_port_new (uint16_t port, PlLocalPortFunc accepted, gpointer user_data,
                                GError **error);
void pl_local_port_free (PlLocalPort *self);

uint16_t pl_local_port_get_number (const PlLocalPort *self);

/** FALSE leaves new connections waiting in the kernel. */
void pl_local_port_set_accepting (PlLocalPort *self, gboolean accepting);

/** Whether a process still holds the other end of @connection. A socket that was only shut down
 * for writing sends the same FIN as one whose process is gone; the kernel's table of sockets
 * (proc_net_tcp(5)) tells them apart: one without an owner has the inode 0. */
gboolean pl_local_port_is_held (GSocketConnection *connection);

/** Closes @connection so that its other end gets an error (RST) and not an end of file. */
void pl_local_port_abort (GSocketConnection *connection);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlLocalPort, pl_local_port_free)
