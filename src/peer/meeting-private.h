/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/clock.h"
#include "base/step.h"
#include "peer/meeting-guests.h"
#include "peer/meeting-ice.h"
#include "peer/meeting-remote.h"
#include "peer/meeting.h"
#include "peer/signal-client.h"
#include "proto/code.h"

/* What the parts of a meeting share: meeting.c has its states and the peer, meeting-signaling.c
 * what the server says, meeting-guests.c the peers of a host. */

typedef enum {
  PL_MEETING_EV_START = 1,
  PL_MEETING_EV_ALONE,
  PL_MEETING_EV_CAME,
  PL_MEETING_EV_CONFIRMED,
  PL_MEETING_EV_OPEN,
  PL_MEETING_EV_GONE,
  PL_MEETING_EV_OFFLINE,
  PL_MEETING_EV_FAIL,
  PL_MEETING_EV_CLOSE,
  PL_MEETING_N_EVENTS,
} PlMeetingEvent;

struct _PlMeeting {
  GObject parent;
  guint state;

  PlCode *code; /* NULL: not made yet */
  PlHandshakeRole role;
  char *name;
  PlIcePolicy policy;
  gboolean audio;
  GTlsDatabase *tls_database;
  GStrv local_addresses;
  int64_t timeout;
  uint8_t instance[PL_HANDSHAKE_INSTANCE_LEN];

  PlSignalClient *client; /* NULL: signaling is over */
  PlMeetingIce *ice;
  char *member;        /* ours; NULL: not in the room */
  gboolean was_first;  /* nobody who could answer was in the room when we came */
  gboolean was_inside; /* the room knew us once */
  int64_t reserve_id;  /* requests that must not fail */
  int64_t join_id;
  guint n_guesses;

  PlMeetingGuests *guests;   /* of a host, which waits all the time; else NULL */
  PlMeetingRemote *greeting; /* the one whose code is not known yet */
  PlMeetingRemote *current;  /* the one that the peer is connected with, NULL: gone */
  uint8_t remote_instance[PL_HANDSHAKE_INSTANCE_LEN];
  char *remote_name;
  PlPeer *peer;
  int64_t looked_at; /* for another path of a lost connection; 0: never */

  PlDeadline *arrival; /* someone came; by then it must be connected */
  PlDeadline *refresh; /* ICE servers */
  GError *failure;
  gboolean closing;
};

extern const PlMachine pl_meeting_machine;

/** Something happened; tells observers of a new state. */
void pl_meeting_step (PlMeeting *self, PlMeetingEvent event);

/** Ends the meeting, unless the peer stands already; @reason is taken. */
void pl_meeting_take_failure (PlMeeting *self, GError *reason);

/** A member is there: find out if it has our code. */
void pl_meeting_greet (PlMeeting *self, const char *member);

/** What a conversation with @member begins with. */
PlHandshakeConfig pl_meeting_handshake_config (PlMeeting *self, const char *member);

/** A peer for the other end of @remote; not started. */
PlPeer *pl_meeting_make_peer (PlMeeting *self, PlMeetingRemote *remote, GError **error);

/** A connection has lost its path: perhaps we have lost our network, and the server with it. */
void pl_meeting_report_disconnected (PlMeeting *self);

/** The server is there again, after a while perhaps. */
void pl_meeting_look_again (PlMeeting *self);

/** Emits "peer". */
void pl_meeting_hand_out (PlMeeting *self, PlPeer *peer);

/** A member has left for good. */
void pl_meeting_report_left (PlMeeting *self, const char *member);

/** The session is a new one: whoever was in the room is somebody new now. */
void pl_meeting_forget_members (PlMeeting *self);

/** Emits "code". */
void pl_meeting_show_code (PlMeeting *self);

/** A message from the server. */
void pl_meeting_handle (PlMeeting *self, const PlSignalMsg *msg);

void pl_meeting_request_send (PlMeeting *self, const char *member, char *body);
void pl_meeting_request_wrong (PlMeeting *self, const char *member);
void pl_meeting_request_refresh (PlMeeting *self);
