/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/meeting.h"
#include "peer/peer.h"

/** For owners that go on without it: takes the reference, closes in good order, and drops it
 * when the other side, or the server, has been told. NULL is fine. @keep: referenced until
 * then, so that a program knows by a weak reference when it may end; NULL: nobody waits. */
void pl_peer_let_go (PlPeer *peer, GObject *keep);
void pl_meeting_let_go (PlMeeting *meeting, GObject *keep);
