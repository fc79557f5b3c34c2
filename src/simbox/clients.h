/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/meeting.h"
#include "proto/identity.h"
#include "simbox/box.h"

/**
 * PlClients: the clients that the file authorized_clients names: for each there is a meeting
 * that waits for it, and a session with each of its programs. The file is watched: who is taken
 * out of it is disconnected at once.
 */
typedef struct _PlClients PlClients;

typedef struct {
  const PlBox *box;
  const PlIdentity *identity;
  PlMeetingConfig meeting; /* of each; without code and secret */
  const char *path;        /* of the file */
  GObject *keep;           /* as in peer/let-go.h */
} PlClientsConfig;

/** All that the configuration points to is borrowed. */
PlClients *pl_clients_new (const PlClientsConfig *config);

/** Disconnects all. */
void pl_clients_free (PlClients *self);

/** Of the program with this key (pl_box_session_get_key()); NULL: it is not connected. */
PlPeerVoice *pl_clients_find_voice (PlClients *self, const char *key);

/** The line of the client with this identity; NULL: there is none. */
const PlAuthorized *pl_clients_find (PlClients *self, const char *identity);

/** Tells all who are connected the status of the box. */
void pl_clients_tell_status (PlClients *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlClients, pl_clients_free)
