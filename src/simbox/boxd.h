/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/options.h"

/** PlBoxd: the box: modem, store, texts, calls, clients, and the door for pairing. */
typedef struct _PlBoxd PlBoxd;

/** Nothing happens before start. @options is borrowed. */
PlBoxd *pl_boxd_new (const PlBoxdOptions *options, GError **error);
/** Modem, signaling and the door for pairing; once. */
gboolean pl_boxd_start (PlBoxd *self, GError **error);

/** Ends calls and connections in good order; @stopped is called when that is done, after 5 s at
 * most. A call that rings goes on ringing: the next box may take it. */
void pl_boxd_stop (PlBoxd *self, void (*stopped) (gpointer user_data), gpointer user_data);
void pl_boxd_free (PlBoxd *self);

/** STATE/boxd.sock; free with g_free(). */
char *pl_boxd_make_door_path (const PlBoxdOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlBoxd, pl_boxd_free)
