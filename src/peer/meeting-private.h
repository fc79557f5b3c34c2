/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/clock.h"
#include "base/step.h"
#include "peer/meeting-ice.h"
#include "peer/meeting-remote.h"
#include "peer/meeting.h"
#include "peer/signal-client.h"
#include "proto/code.h"

/* What the two halves of a meeting share: meeting.c has its states and the peer,
 * meeting-signaling.c what the server says. */

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

  PlMeetingRemote *greeting; /* the one whose code is not known yet */
  PlMeetingRemote *current;  /* the one that the peer is connected with, NULL: gone */
  uint8_t remote_instance[PL_HANDSHAKE_INSTANCE_LEN];
  char *remote_name;
  PlPeer *peer;

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
