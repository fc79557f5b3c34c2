/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "media/voice.h"
#include "peer/peer.h"

/**
 * PlPeerVoice: the voice of one connection: the RTP of a PlPeer joined with a PlVoice, which is
 * made when it is first wanted and lives as long as the connection.
 */
typedef struct _PlPeerVoice PlPeerVoice;

typedef struct {
  /** The sound device or a pipeline failed. */
  void (*failed) (const GError *reason, gpointer user_data);
} PlPeerVoiceOps;

/** Has the RTP handler of @peer from now on. */
PlPeerVoice *pl_peer_voice_new (PlPeer *peer, const PlPeerVoiceOps *ops, gpointer user_data);
/** Also after the peer has closed. */
void pl_peer_voice_free (PlPeerVoice *self);

/** Joins with @port (borrowed); NULL parts. PL_LINK_ERROR where the connection has no audio. */
gboolean pl_peer_voice_set_port (PlPeerVoice *self, PlAudioPort *port, GError **error);

/** NULL before it is first joined. */
PlVoice *pl_peer_voice_get_voice (PlPeerVoice *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPeerVoice, pl_peer_voice_free)
