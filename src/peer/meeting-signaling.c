/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-meeting"

#include "peer/meeting-private.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"

#define PAIR 2

static gboolean
is_equal (const PlMeeting *self)
{
  return self->role == PL_HANDSHAKE_EQUAL;
}

static int64_t
request (PlMeeting *self, PlSignalMsg *msg)
{
  if (self->client)
    return pl_signal_client_take_request (self->client, msg);
  pl_signal_msg_free (msg);
  return 0;
}

static PlSignalMsg *
new_room_request (PlMeeting *self, PlSignalType type)
{
  PlSignalMsg *msg = pl_signal_msg_new (type);
  msg->room = g_strdup (pl_code_get_room (self->code));
  return msg;
}

void
pl_meeting_request_send (PlMeeting *self, const char *member, char *body)
{
  PlSignalMsg *msg = new_room_request (self, PL_SIGNAL_MSG_SEND);
  msg->member = g_strdup (member);
  msg->body = body;
  request (self, msg);
}

void
pl_meeting_request_wrong (PlMeeting *self, const char *member)
{
  PlSignalMsg *msg = new_room_request (self, PL_SIGNAL_MSG_WRONG);
  msg->member = g_strdup (member);
  request (self, msg);
}

void
pl_meeting_request_refresh (PlMeeting *self)
{
  request (self, pl_signal_msg_new (PL_SIGNAL_MSG_REFRESH));
}

static void
join (PlMeeting *self)
{
  PlSignalMsg *msg = new_room_request (self, PL_SIGNAL_MSG_JOIN);
  msg->name = g_strdup (self->name);
  msg->max = is_equal (self) ? PAIR : PL_MAX_MEMBERS;
  self->join_id = request (self, msg);
}

static void
update_ice (PlMeeting *self, const PlSignalMsg *msg)
{
  pl_meeting_ice_update (self->ice, msg, g_get_monotonic_time ());
  pl_deadline_set (self->refresh, pl_meeting_ice_get_refresh_at (self->ice));
  g_autoptr (GPtrArray) servers = pl_meeting_ice_list (self->ice);
  if (self->peer)
    pl_peer_set_ice_servers (self->peer, servers);
  if (self->guests)
    pl_meeting_guests_set_ice_servers (self->guests, servers);
}

/* Known before anybody waits in vain. */
static gboolean
check_relay (PlMeeting *self)
{
  if (self->state != PL_MEETING_SIGNALING || self->policy != PL_ICE_POLICY_RELAY_ONLY
      || pl_meeting_ice_has_relay (self->ice))
    return TRUE;
  pl_meeting_take_failure (
      self, g_error_new (PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         "--relay-only: the signaling server names no TURN server; give "
                         "--ice-server turn:USER:PASSWORD@HOST"));
  return FALSE;
}

static void
handle_welcome (PlMeeting *self, const PlSignalMsg *msg)
{
  update_ice (self, msg);
  if (msg->resumed) {
    if (self->state == PL_MEETING_SIGNALING && self->member)
      pl_meeting_step (self, PL_MEETING_EV_ALONE);
    pl_meeting_look_again (self);
    return;
  }
  pl_meeting_forget_members (self);
  if (self->failure || !check_relay (self))
    return;
  if (self->code)
    join (self);
  else
    self->reserve_id = request (self, pl_signal_msg_new (PL_SIGNAL_MSG_RESERVE));
}

static void
handle_reserved (PlMeeting *self, const PlSignalMsg *msg)
{
  GError *error = NULL;

  if (self->code)
    return;
  self->code = pl_code_generate (msg->room, &error);
  if (self->code == NULL) {
    pl_meeting_take_failure (self, error);
    return;
  }
  pl_meeting_show_code (self);
  if (!self->closing)
    join (self);
}

static void
handle_joined (PlMeeting *self, const PlSignalMsg *msg)
{
  gboolean first_time = self->state == PL_MEETING_SIGNALING;

  g_free (self->member);
  self->member = g_strdup (msg->member);
  self->was_inside = TRUE;
  if (first_time)
    self->was_first = msg->members->len == 0 || !is_equal (self);
  if (msg->members->len == 0 || !is_equal (self)) {
    pl_meeting_step (self, PL_MEETING_EV_ALONE);
    for (guint i = 0; self->guests && i < msg->members->len; i++)
      pl_meeting_guests_greet (self->guests,
                               ((PlSignalMember *) msg->members->pdata[i])->member);
  } else {
    const PlSignalMember *last = g_ptr_array_index (msg->members, msg->members->len - 1);
    pl_meeting_greet (self, last->member);
  }
}

/* A guest that is there waits for the host's greeting. */
static void
handle_came (PlMeeting *self, const PlSignalMsg *msg)
{
  if (self->guests)
    pl_meeting_guests_greet (self->guests, msg->member);
  else if (is_equal (self))
    pl_meeting_greet (self, msg->member);
}

static gboolean
is_from_new_host (PlMeeting *self, const PlSignalMsg *msg)
{
  return self->role == PL_HANDSHAKE_GUEST
         && !pl_meeting_remote_is_member (self->greeting, msg->member)
         && pl_handshake_is_hosts_greeting (msg->body);
}

static void
handle_left (PlMeeting *self, const PlSignalMsg *msg)
{
  if (self->guests)
    pl_meeting_guests_report_left (self->guests, msg->member);
  else
    pl_meeting_report_left (self, msg->member);
}

static void
handle_message (PlMeeting *self, const PlSignalMsg *msg)
{
  if (self->guests) {
    pl_meeting_guests_feed (self->guests, msg->member, msg->body);
    return;
  }
  if (is_from_new_host (self, msg))
    pl_meeting_greet (self, msg->member);
  if (pl_meeting_remote_is_member (self->greeting, msg->member))
    pl_meeting_remote_feed (self->greeting, msg->body);
  else if (pl_meeting_remote_is_member (self->current, msg->member))
    pl_meeting_remote_feed (self->current, msg->body);
}

static GError *
explain (PlMeeting *self, const PlSignalMsg *msg)
{
  const char *room = self->code ? pl_code_get_room (self->code) : "";
  const char *text = msg->text ? msg->text : "";

  if (msg->code == PL_SIGNAL_CODE_NO_ROOM && self->was_inside)
    return g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_CODE,
                        "the signaling server was started anew and has forgotten this code");
  if (msg->code == PL_SIGNAL_CODE_NO_ROOM)
    return g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_CODE,
                        "nobody waits with a code that begins with %s: is the number right, "
                        "and the code not older than an hour?",
                        room);
  if (msg->code == PL_SIGNAL_CODE_BURNED)
    return g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_BURNED,
                        "this code was guessed wrong too often and is not valid any more: make "
                        "a new one");
  if (msg->code == PL_SIGNAL_CODE_FULL)
    return g_error_new_literal (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED,
                                is_equal (self)
                                    ? "two others use this code already"
                                    : "too many programs are connected with this box");
  g_autofree char *later
      = msg->retry_s ? g_strdup_printf (", try again in %u s", msg->retry_s) : g_strdup ("");
  return g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED,
                      "the signaling server refuses (%s): %s%s",
                      pl_signal_code_name (msg->code), text, later);
}

/* Most errors concern one message to someone who has just left. One that was not relayed
 * because of a limit, however, would be missing in the sealed conversation; a host goes on with
 * the others. */
static void
handle_error (PlMeeting *self, const PlSignalMsg *msg)
{
  gboolean ours = msg->id == 0 || msg->id == self->join_id || msg->id == self->reserve_id;
  gboolean lost = msg->code == PL_SIGNAL_CODE_RATE || msg->code == PL_SIGNAL_CODE_TOO_LARGE;

  if (ours || (lost && self->guests == NULL))
    pl_meeting_take_failure (self, explain (self, msg));
  else
    pl_debug (self, "error %s: %s", pl_signal_code_name (msg->code),
              msg->text ? msg->text : "");
}

static void
handle_burned (PlMeeting *self)
{
  pl_meeting_take_failure (
      self, g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_BURNED,
                         "somebody tried %d wrong codes with this number: the code is not "
                         "valid any more, make a new one",
                         PL_MAX_WRONG_GUESSES));
}

void
pl_meeting_handle (PlMeeting *self, const PlSignalMsg *msg)
{
  gboolean is_room = self->code && g_strcmp0 (msg->room, pl_code_get_room (self->code)) == 0;

  if (msg->type == PL_SIGNAL_MSG_WELCOME)
    handle_welcome (self, msg);
  else if (msg->type == PL_SIGNAL_MSG_ICE)
    update_ice (self, msg);
  else if (msg->type == PL_SIGNAL_MSG_RESERVED)
    handle_reserved (self, msg);
  else if (msg->type == PL_SIGNAL_MSG_ERROR)
    handle_error (self, msg);
  else if (!is_room)
    pl_debug (self, "%s without our room", pl_signal_type_name (msg->type));
  else if (msg->type == PL_SIGNAL_MSG_JOINED)
    handle_joined (self, msg);
  else if (msg->type == PL_SIGNAL_MSG_BURNED)
    handle_burned (self);
  else if (self->member == NULL)
    pl_debug (self, "%s before joined", pl_signal_type_name (msg->type));
  else if (msg->type == PL_SIGNAL_MSG_CAME)
    handle_came (self, msg);
  else if (msg->type == PL_SIGNAL_MSG_LEFT)
    handle_left (self, msg);
  else if (msg->type == PL_SIGNAL_MSG_MESSAGE)
    handle_message (self, msg);
  /* vanished and returned: the member is the same if it comes back, and the deadline is set. */
}
