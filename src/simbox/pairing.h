/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/meeting.h"
#include "proto/authorized.h"
#include "proto/identity.h"

/**
 * PlPairing: the box's side of one pairing: makes a code, meets whoever has it, exchanges
 * identities, and writes the other into authorized_clients.
 */
typedef struct _PlPairing PlPairing;

typedef struct {
  void (*code) (const char *code, gpointer user_data);
  /** Once, last. @client: as it stands in the file now; NULL with an error. The pairing may be
   * freed. */
  void (*done) (const PlAuthorized *client, const GError *error, gpointer user_data);
} PlPairingOps;

typedef struct {
  const PlIdentity *identity;
  PlMeetingConfig meeting; /* without code and secret */
  const char *box;         /* the name of the box */
  const char *path;        /* of authorized_clients */
  PlRights rights;         /* that the client gets */
  GObject *keep;           /* as in peer/let-go.h */
} PlPairingConfig;

/** What @config points to is borrowed. */
PlPairing *pl_pairing_new (const PlPairingConfig *config, const PlPairingOps *ops,
                           gpointer user_data, GError **error);

/** Before it is done: nobody is paired. */
void pl_pairing_free (PlPairing *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPairing, pl_pairing_free)
