/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/calls.h"
#include "simbox/mailbox.h"
#include "stream/peer-voice.h"

/**
 * PlVoicePath: where the sound of the modem goes: to the client that has the call, to the
 * mailbox, or nowhere. The sound is there while the modem says so ("audio-changed"); the call
 * may be there first. A device that hangs up or falls silent in a call is opened again each
 * second, as the names of serial ports come back; the mailbox ends its recording instead.
 */
typedef struct _PlVoicePath PlVoicePath;

typedef struct {
  /** The voice of a client's connection; NULL: it is not connected. */
  PlPeerVoice *(*find_voice) (const char *client, gpointer user_data);
  /** pl_voice_path_get_problem() says something else. */
  void (*problem_changed) (gpointer user_data);
  /** @call, the mailbox's, gets no sound of the modem: nothing can be said nor heard. */
  void (*mailbox_is_deaf) (const char *call, gpointer user_data);
} PlVoicePathOps;

/** @pcm: "none", "alsa:NAME", a device, or "auto": the one in the modem's status. All is
 * borrowed and outlives it. */
PlVoicePath *pl_voice_path_new (PlModem *modem, const char *pcm, PlMailbox *mailbox,
                                const PlVoicePathOps *ops, gpointer user_data);
void pl_voice_path_free (PlVoicePath *self);

/** As the operations of PlCalls. */
void pl_voice_path_to_client (PlVoicePath *self, const PlCallInfo *call);
void pl_voice_path_to_mailbox (PlVoicePath *self, const PlCallInfo *call);
void pl_voice_path_to_nobody (PlVoicePath *self);

/** NULL, or a sentence for the owner: why a call has no sound. @self may be NULL. */
const char *pl_voice_path_get_problem (const PlVoicePath *self);

/** Before the voice of a client is freed. */
void pl_voice_path_forget (PlVoicePath *self, PlPeerVoice *voice);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlVoicePath, pl_voice_path_free)
