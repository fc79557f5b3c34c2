/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/pairing.h"

/**
 * PlPairDoor: the socket by which `punchline-boxd pair` asks the box that runs for a code. It
 * is a file for the box's user alone; one line asks, lines answer:
 *
 *   pair call,sms        the rights of the client
 *   code 417-...         what to tell the client
 *   paired NAME          or: error TEXT
 *
 * Who closes its end before has no client paired.
 */
typedef struct _PlPairDoor PlPairDoor;

/** @config without rights; what it points to is borrowed. */
PlPairDoor *pl_pair_door_new (const char *path, const PlPairingConfig *config, GError **error);

/** Removes the socket. */
void pl_pair_door_free (PlPairDoor *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPairDoor, pl_pair_door_free)
