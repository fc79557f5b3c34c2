/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/address-book.h"

#include <gio/gio.h>

/**
 * PlDoor: what an accepted socket goes through before it is a WebSocket: the limits of its
 * address, TLS, and one deadline for all of it, HTTP included. Only a browser that loads the
 * web phone gets more time, for each of its files, of which one connection fetches so many.
 */
typedef struct _PlDoor PlDoor;

/** One accepted socket, until it is closed. */
typedef struct _PlVisit PlVisit;

typedef struct {
  PlAddressBook *addresses;
  const GPtrArray
      *trusted; /* GInetAddressMask of proxies: their clients are counted, not they */
  /** A stream is ready for HTTP. */
  void (*ready) (PlVisit *visit, GIOStream *stream, gpointer user_data);
  gpointer user_data;
} PlDoorConfig;

PlDoor *pl_door_new (const PlDoorConfig *config);
void pl_door_free (PlDoor *self);

/** For connections from now on; NULL: plain. */
void pl_door_set_certificate (PlDoor *self, GTlsCertificate *certificate);
gboolean pl_door_has_certificate (const PlDoor *self);

/** Takes in a socket of a listener. */
void pl_door_admit (PlDoor *self, GSocket *socket);

/** Sockets that are not WebSockets yet. */
guint pl_door_get_waiting (const PlDoor *self);

/** Connections that were turned away since the start. */
guint64 pl_door_get_refused (const PlDoor *self);

/** Who is at the other end of the TCP connection: a client, or a trusted proxy. */
GInetAddress *pl_visit_get_peer (const PlVisit *visit);

/** For libsoup: leads back with pl_visit_from_address(). */
GSocketAddress *pl_visit_get_remote (const PlVisit *visit);
PlVisit *pl_visit_from_address (GSocketAddress *remote);

/** Counts the visit as a WebSocket of @client, who stands behind a proxy or is the peer itself;
 * FALSE when that address has too many. */
gboolean pl_visit_count_for (PlVisit *visit, GInetAddress *client);

/** The address that the visit is counted to. */
PlAddress *pl_visit_get_address (const PlVisit *visit);

/** It asks for a page: time to fetch that. FALSE: it is the last one over this connection. */
gboolean pl_visit_begin_page (PlVisit *visit);

/** The page is written: a little time to ask for the next one. */
void pl_visit_end_page (PlVisit *visit);

/** Ends the deadline: the socket is a WebSocket now. */
void pl_visit_settle (PlVisit *visit);

/** Writes @response as it is, as far as it goes without waiting, and shuts the socket down. */
void pl_visit_refuse (PlVisit *visit, const char *response);

/** TRUE where we speak TLS ourselves. */
gboolean pl_visit_is_secure (const PlVisit *visit);

int pl_visit_get_fd (const PlVisit *visit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlDoor, pl_door_free)
