/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** PlPlayer: plays a file of sound once, to the loudspeaker or into a WAV file. */
typedef struct _PlPlayer PlPlayer;

/** Once; NULL: it was played whole. The player may be freed here. */
typedef void (*PlPlayerFunc) (const GError *reason, gpointer user_data);

/** @record: the WAV file, written as fast as it can be; NULL: the loudspeaker. */
PlPlayer *pl_player_new (const char *file, const char *record, PlPlayerFunc ended,
                         gpointer user_data, GError **error);
void pl_player_free (PlPlayer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPlayer, pl_player_free)
