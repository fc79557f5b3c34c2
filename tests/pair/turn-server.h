/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/ice-server.h"

#include <gio/gio.h>

#define TURN_USER     "someone"
#define TURN_PASSWORD "correct-horse"

/** The real coturn on loopback, with a certificate for "localhost" made for it. */
typedef struct {
  char *dir;
  guint port; /* UDP and TCP */
  guint tls_port;
  GSubprocess *process;
  GTlsDatabase *trusted; /* vouches for its certificate */
  GTlsDatabase *foreign; /* does not */
} TurnServer;

/** NULL where there is no turnserver or no openssl on this machine. */
TurnServer *turn_server_start (void);
void turn_server_stop (TurnServer *self);

/** A list for PlIceConfig with this one server; free with g_ptr_array_unref(). */
GPtrArray *turn_server_list (TurnServer *self, PlIceServerKind kind, const char *host,
                             const char *password);
