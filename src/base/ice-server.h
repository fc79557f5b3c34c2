/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

typedef enum {
  PL_ICE_STUN,
  PL_ICE_TURN_UDP,
  PL_ICE_TURN_TCP,
  PL_ICE_TURN_TLS,
} PlIceServerKind;

/** One STUN or TURN server: what a URI of RFC 7064 or RFC 7065 says, and the credentials. */
typedef struct {
  PlIceServerKind kind;
  char *host; /* name or address, IPv6 without brackets */
  guint port;
  char *username; /* NULL for STUN */
  char *password;
} PlIceServer;

/** Parses "stun:host[:port]", "turn:[user:password@]host[:port][?transport=udp|tcp]" or
 * "turns:[user:password@]host[:port][?transport=tcp]"; turn without transport is UDP. User and
 * password inside the URI (percent-encoded) are our extension for command lines; @username and
 * @password, where not NULL, win over them. TURN without credentials is
 * PL_CONFIG_ERROR_INVALID. */
PlIceServer *pl_ice_server_parse (const char *uri, const char *username, const char *password,
                                  GError **error);
void pl_ice_server_free (PlIceServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlIceServer, pl_ice_server_free)
