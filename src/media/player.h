/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** PlPlayer: plays a file of sound once, to the loudspeaker or into a WAV file. */
typedef struct _PlPlayer PlPlayer;

typedef struct {
  const char *file;
  int64_t from_us;    /* what is before it is not played */
  const char *record; /* a WAV file, written as fast as it can be; NULL: the loudspeaker */
} PlPlayerConfig;

/** Once; NULL: it was played to its end. G_IO_ERROR_INVALID_ARGUMENT: it ends before
 * @from_us. The player may be freed here. */
typedef void (*PlPlayerFunc) (const GError *reason, gpointer user_data);

PlPlayer *pl_player_new (const PlPlayerConfig *config, PlPlayerFunc ended, gpointer user_data,
                         GError **error);
void pl_player_free (PlPlayer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPlayer, pl_player_free)
