/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/ice-server.h"

#include <gio/gio.h>

/**
 * PlTurnTls: TURN over TLS for a library that speaks TURN over TCP only.
 *
 * A listener on a loopback address; what this process (and nobody else) connects to it comes
 * out at the TURN server inside TLS, with the certificate verified for the server's name. Both
 * ways have back-pressure: a side that does not read is not read for.
 */
typedef struct _PlTurnTls PlTurnTls;

/** A connection to the server did not come to be; may be called many times. */
typedef void (*PlTurnTlsFailedFunc) (const GError *reason, gpointer user_data);

/** @server: of kind PL_ICE_TURN_TLS, borrowed. @family: of the loopback address. @database:
 * NULL for the system's. */
PlTurnTls *pl_turn_tls_new (const PlIceServer *server, GSocketFamily family,
                            GTlsDatabase *database, GError **error);
void pl_turn_tls_free (PlTurnTls *self);

/** @failed runs in the context that was the thread's default at pl_turn_tls_new(), and never
 * after pl_turn_tls_free(). */
void pl_turn_tls_set_failed_func (PlTurnTls *self, PlTurnTlsFailedFunc failed,
                                  gpointer user_data);

/** Where to connect: always a loopback address. */
GInetSocketAddress *pl_turn_tls_get_address (PlTurnTls *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlTurnTls, pl_turn_tls_free)
