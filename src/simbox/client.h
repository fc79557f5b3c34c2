/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/authorized.h"
#include "simbox/clients.h"
#include "simbox/session.h"

/**
 * PlClient: one line of authorized_clients: waits for that client in the room of the two, has a
 * session with it while it is connected, and waits again.
 */
typedef struct _PlClient PlClient;

/** Takes @who. NULL with PL_CONFIG_ERROR_INVALID where its identity is none. @config and @ops
 * are borrowed. */
PlClient *pl_client_new (const PlClientsConfig *config, PlAuthorized *who,
                         const PlBoxSessionOps *ops, gpointer user_data, GError **error);

/** Closes the connection. */
void pl_client_free (PlClient *self);

/** TRUE where it is what the line @who says, word for word. */
gboolean pl_client_is (const PlClient *self, const PlAuthorized *who);

/** NULL while it is not connected. */
PlBoxSession *pl_client_get_session (const PlClient *self);

/** As in authorized_clients. */
const char *pl_client_get_name (const PlClient *self);
