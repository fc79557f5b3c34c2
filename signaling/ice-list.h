/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * PlIceList: the STUN and TURN servers that clients are told of, with credentials that TURN
 * accepts for an hour.
 */
typedef struct _PlIceList PlIceList;

/** @uris (may be NULL) are checked; turn: and turns: need @secret_file. */
PlIceList *pl_ice_list_new (const char *const *uris, const char *secret_file, GError **error);
void pl_ice_list_free (PlIceList *self);

/** Reads the secret again; keeps the old one on error. */
gboolean pl_ice_list_reload (PlIceList *self, GError **error);

/** Appends PlSignalIceServer to @servers; returns for how many seconds they are good. */
guint pl_ice_list_fill (const PlIceList *self, GPtrArray *servers);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlIceList, pl_ice_list_free)
