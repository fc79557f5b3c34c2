/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/**
 * PlListener: one listening TCP socket. Running out of descriptors pauses it, and never ends
 * it.
 */
typedef struct _PlListener PlListener;
typedef void (*PlAcceptedFunc) (GSocket *socket, gpointer user_data);

/** Listens on "ADDRESS:PORT" ("[ADDRESS]:PORT" for IPv6; port 0: any). */
PlListener *pl_listener_new (const char *where, PlAcceptedFunc accepted, gpointer user_data,
                             GError **error);

/** Stops listening. */
void pl_listener_free (PlListener *self);

/** "127.0.0.1:8080"; free with g_free(). */
char *pl_listener_describe (const PlListener *self);

/** Parses without listening, for --check-config. */
GSocketAddress *pl_listener_parse (const char *where, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlListener, pl_listener_free)
