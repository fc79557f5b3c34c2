/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/meeting.h"
#include "proto/signal-msg.h"

/**
 * PlMeetingGuests: whoever else is in the room of a meeting that is its host. Each is greeted,
 * and has a conversation and a PlPeer of its own, so that none can disturb another.
 */
typedef struct _PlMeetingGuests PlMeetingGuests;

/** @meeting owns it. */
PlMeetingGuests *pl_meeting_guests_new (PlMeeting *meeting);

/** Peers that were handed out stay as they are. */
void pl_meeting_guests_free (PlMeetingGuests *self);

/** A member is there. */
void pl_meeting_guests_greet (PlMeetingGuests *self, const char *member);

void pl_meeting_guests_feed (PlMeetingGuests *self, const char *member, const char *body);
void pl_meeting_guests_report_left (PlMeetingGuests *self, const char *member);

/** The session with the server is a new one, or over: only open connections stay. */
void pl_meeting_guests_forget_members (PlMeetingGuests *self);

void pl_meeting_guests_set_ice_servers (PlMeetingGuests *self, GPtrArray *servers);

/** For another path of each lost connection. */
void pl_meeting_guests_look_again (PlMeetingGuests *self);

/** Tells all that the host goes. */
void pl_meeting_guests_say_bye (PlMeetingGuests *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlMeetingGuests, pl_meeting_guests_free)
