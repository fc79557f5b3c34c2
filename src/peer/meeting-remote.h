/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/peer.h"
#include "proto/handshake.h"

/**
 * PlMeetingRemote: one member of the room, as a meeting sees it: the handshake with it, and
 * after that what goes between it and a PlPeer.
 */
typedef struct _PlMeetingRemote PlMeetingRemote;

/** The owner may free the remote in any of these but send. */
typedef struct {
  /** A body for the member; taken. */
  void (*send) (PlMeetingRemote *remote, char *body, gpointer user_data);
  /** It has our code: attach a peer. Once. */
  void (*confirmed) (PlMeetingRemote *remote, gpointer user_data);
  /** It said that it goes. */
  void (*bye) (PlMeetingRemote *remote, gpointer user_data);
  /** Nothing more will come of the conversation: PL_SIGNAL_ERROR_WRONG_CODE, PL_PROTO_ERROR, or
   * what the peer said of a description. */
  void (*failed) (PlMeetingRemote *remote, const GError *reason, gpointer user_data);
} PlMeetingRemoteOps;

/** The greeting is sent at once. @ops is borrowed. */
PlMeetingRemote *pl_meeting_remote_new (const PlHandshakeConfig *config,
                                        const PlMeetingRemoteOps *ops, gpointer user_data);
void pl_meeting_remote_free (PlMeetingRemote *self);

/** A body came from the member. */
void pl_meeting_remote_feed (PlMeetingRemote *self, const char *body);

/** From now on descriptions and candidates go between @peer and the member. */
void pl_meeting_remote_attach (PlMeetingRemote *self, PlPeer *peer);

/** For an owner of conversations that hands one on: what the ops get from now on. */
void pl_meeting_remote_set_user_data (PlMeetingRemote *self, gpointer user_data);

/** Tells the member, if the conversation is sealed, that we go. */
void pl_meeting_remote_say_bye (PlMeetingRemote *self);

gboolean pl_meeting_remote_is_member (const PlMeetingRemote *self, const char *member);
const char *pl_meeting_remote_get_member (const PlMeetingRemote *self);
const PlHandshake *pl_meeting_remote_get_handshake (const PlMeetingRemote *self);

/** TRUE where the member has seen our tag and shown none: that may have been a guess. */
gboolean pl_meeting_remote_may_have_guessed (const PlMeetingRemote *self);

/** Its name, safe to print on a terminal. */
const char *pl_meeting_remote_get_name (const PlMeetingRemote *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlMeetingRemote, pl_meeting_remote_free)
