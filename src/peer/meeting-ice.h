/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/signal-msg.h"

#include <stdint.h>

/**
 * PlMeetingIce: the STUN and TURN servers of a meeting: those of the configuration, and those
 * that the signaling server gives for a while.
 */
typedef struct _PlMeetingIce PlMeetingIce;

/** @configured: of PlIceServer, may be NULL; a reference is kept. */
PlMeetingIce *pl_meeting_ice_new (GPtrArray *configured);
void pl_meeting_ice_free (PlMeetingIce *self);

/** What `welcome` or `ice` brought; entries that make no sense to us are left out. */
void pl_meeting_ice_update (PlMeetingIce *self, const PlSignalMsg *msg, int64_t now_us);

/** All of them, PlIceServer; to be unreferenced. Its members are borrowed until the next
 * update. */
GPtrArray *pl_meeting_ice_list (const PlMeetingIce *self);

/** Whether there is a TURN server among them. */
gboolean pl_meeting_ice_has_relay (const PlMeetingIce *self);

/** When to ask for fresh ones: at half of their time. PL_NEVER: they do not end. */
int64_t pl_meeting_ice_get_refresh_at (const PlMeetingIce *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlMeetingIce, pl_meeting_ice_free)
