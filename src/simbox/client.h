/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/authorized.h"
#include "simbox/clients.h"
#include "simbox/session.h"

/**
 * PlClient: one line of authorized_clients: waits for that client in the room of the two, and
 * has a session with each of its programs that is connected.
 */
typedef struct _PlClient PlClient;

/** Takes @who. NULL with PL_CONFIG_ERROR_INVALID where its identity is none. @config and @ops
 * are borrowed. */
PlClient *pl_client_new (const PlClientsConfig *config, PlAuthorized *who,
                         const PlBoxSessionOps *ops, gpointer user_data, GError **error);

/** Closes the connections. */
void pl_client_free (PlClient *self);

/** TRUE where it is what the line @who says, word for word. */
gboolean pl_client_is (const PlClient *self, const PlAuthorized *who);

/** The line of authorized_clients. */
const PlAuthorized *pl_client_get_line (const PlClient *self);

/** Whether one of its programs is connected. */
gboolean pl_client_is_connected (const PlClient *self);

/** When one of its programs came or went last, in Unix time; 0: never. */
int64_t pl_client_get_last_seen (const PlClient *self);
/** It is out of the list: what the box keeps of it is deleted. */
void pl_client_forget (PlClient *self);

/** What others know it by, as pl_identity_get_public(). */
const char *pl_client_get_identity (const PlClient *self);

/** Calls @func with each PlBoxSession. */
void pl_client_foreach_session (PlClient *self, GFunc func, gpointer user_data);

gboolean pl_client_has (const PlClient *self, const PlBoxSession *session);

/** Closes what @session, which has just said who it is, takes the place of. */
void pl_client_replace (PlClient *self, PlBoxSession *session);
