/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "media/voice.h"

/** Two voices in one context, joined in memory by a path that may lose packets. */
typedef struct _VoicePair VoicePair;

typedef struct {
  PlCodec codec;
  const char *srtp_profile; /* NULL: the first */
  guint loss_percent;
  guint32 seed;
} VoicePairConfig;

VoicePair *voice_pair_new (const VoicePairConfig *config);
void voice_pair_free (VoicePair *pair);

PlVoice *voice_pair_get (VoicePair *pair, guint end);
/** Packets that end @end has sent. */
guint voice_pair_get_n_packets (VoicePair *pair, guint end);
/** The last of them, borrowed. */
GBytes *voice_pair_get_packet (VoicePair *pair, guint end);
/** The one failure of this end's voice, or NULL. */
const GError *voice_pair_get_failure (VoicePair *pair, guint end);

/** Forgets it: another may come. */
void voice_pair_forgive (VoicePair *pair, guint end);

void voice_pair_set_loss (VoicePair *pair, guint percent);

/** Runs the context for so long. */
void voice_pair_run (VoicePair *pair, guint ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VoicePair, voice_pair_free)
