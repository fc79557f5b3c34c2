/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-server-requests"

#include "base/limits.h"
#include "base/log.h"
#include "proto/room-name.h"
#include "proto/signal-json.h"
#include "proto/signal-server-private.h"

#include <string.h>

/* What clients ask for, one function each. */

typedef void (*RequestFunc) (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us);

#define DEFAULT_MAX_MEMBERS 2
#define BASE64_CHARACTERS   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

void
pl_server_requests_refuse (PlSignalLink *link, int64_t id, PlSignalCode code, const char *text,
                           guint retry_s)
{
  PlSignalServer *self = link->server;
  g_autoptr (PlSignalMsg) msg = pl_signal_msg_new (PL_SIGNAL_MSG_ERROR);

  self->stats.errors++;
  msg->id = id;
  msg->code = code;
  msg->text = g_utf8_make_valid (text, strnlen (text, PL_MAX_ERROR_TEXT / 2));
  msg->retry_s = retry_s;
  if (link->session) {
    pl_signal_server_tell (self, link->session, g_steal_pointer (&msg));
    return;
  }
  g_autofree char *line = pl_signal_msg_print (msg);
  self->ops->send (link->socket, line, self->user_data);
}

static void
answer (PlSignalLink *link, PlSignalMsg *msg, int64_t id)
{
  msg->id = id;
  pl_signal_server_tell (link->server, link->session, msg);
}

/* The client's member in a room, NULL where it has none. */
static PlMember *
own_member (const PlServerSession *session, const char *room)
{
  for (guint i = 0; i < session->members->len; i++) {
    PlMember *member = session->members->pdata[i];
    if (g_str_equal (member->room->name, room))
      return member;
  }
  return NULL;
}

static PlMember *
require_member (PlSignalLink *link, const PlSignalMsg *msg)
{
  PlMember *member = own_member (link->session, msg->room);
  if (member == NULL)
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_NOT_MEMBER, "not in this room", 0);
  return member;
}

static void
welcome (PlSignalLink *link, gboolean resumed)
{
  PlSignalServer *self = link->server;
  PlServerSession *session = link->session;
  g_autoptr (PlSignalMsg) msg = pl_signal_msg_new (PL_SIGNAL_MSG_WELCOME);

  pl_server_session_renew_token (session);
  g_hash_table_insert (self->sessions, session->token, session);

  msg->session = g_strdup (session->id);
  msg->token = g_strdup (session->token);
  msg->resumed = resumed;
  msg->last_id = session->last_id;
  msg->ping_s = PL_SERVER_PING_S;
  msg->silence_s = PL_SERVER_SILENCE_S;
  msg->resume_s = PL_SERVER_RESUME_S;
  msg->limit_message = PL_MAX_SIGNAL_MESSAGE;
  msg->limit_body = PL_MAX_ENVELOPE;
  msg->limit_rooms = PL_MAX_ROOMS_PER_CLIENT;
  msg->limit_members = PL_MAX_MEMBERS;
  msg->push_key = g_strdup (pl_signal_server_get_push_key (self));
  msg->ice_ttl_s = self->ops->fill_ice (msg->ice_servers, self->user_data);
  g_autofree char *text = pl_signal_msg_print (msg);
  self->ops->send (link->socket, text, self->user_data);
}

static void
on_gone (gpointer user_data, int64_t now_us)
{
  PlServerSession *session = user_data;
  pl_signal_server_end_session (session->server, session, PL_SIGNAL_MSG_VANISHED, now_us);
}

static void
start_session (PlSignalLink *link, int64_t now_us)
{
  PlSignalServer *self = link->server;

  if (!pl_address_use (link->address, PL_ADDRESS_SESSION)) {
    pl_server_requests_refuse (link, 0, PL_SIGNAL_CODE_RATE, "too many sessions here",
                               PL_SERVER_RESUME_S);
    pl_signal_server_drop (self, link, PL_CLOSE_TRY_LATER, now_us);
    return;
  }
  PlServerSession *session = pl_server_session_new ();
  session->server = self;
  session->link = link;
  session->address = link->address;
  session->gone.expired = on_gone;
  session->gone.user_data = session;
  pl_server_pushes_start (session, now_us);
  link->session = session;
  self->stats.sessions++;
  welcome (link, /* resumed = */ FALSE);
  pl_signal_server_ask (link, now_us);
}

/* A session counts where its socket is; one that moves to an address that has too many already
 * stays counted where it was. */
static void
move_address (PlServerSession *session, PlAddress *address, int64_t now_us)
{
  if (session->address == address || !pl_address_use (address, PL_ADDRESS_SESSION))
    return;
  pl_address_release (session->address, PL_ADDRESS_SESSION, now_us);
  session->address = address;
}

static void
replay (const char *text, gpointer user_data)
{
  PlSignalLink *link = user_data;
  link->server->ops->send (link->socket, text, link->server->user_data);
}

static void
tell_returned (PlSignalServer *self, PlServerSession *session)
{
  session->vanished = FALSE;
  for (guint i = 0; i < session->members->len; i++) {
    PlMember *member = session->members->pdata[i];
    pl_signal_server_tell_room (self, member->room, member,
                                pl_signal_server_about (PL_SIGNAL_MSG_RETURNED, member));
  }
}

/* The one that it shows is the last that has reached it; however many were lost since. */
static void
keep_shown_token (PlSignalServer *self, PlServerSession *session, const char *shown)
{
  if (session->older_token && g_str_equal (shown, session->older_token)) {
    g_hash_table_remove (self->sessions, session->token);
    pl_server_session_revert_token (session);
  } else if (session->older_token) {
    g_hash_table_remove (self->sessions, session->older_token);
    pl_server_session_confirm_token (session);
  }
}

static void
resume_session (PlSignalLink *link, PlServerSession *session, int64_t now_us)
{
  PlSignalServer *self = link->server;
  PlSignalLink *old = session->link;

  if (old) {
    pl_signal_server_say_bye (old, PL_SIGNAL_CODE_REPLACED, /* retry_s = */ 0);
    pl_signal_server_drop (self, old, PL_CLOSE_REPLACED, now_us);
  }
  self->stats.resumed++;
  pl_timers_set (self->timers, &session->gone, PL_NEVER);
  session->link = link;
  link->session = session;
  move_address (session, link->address, now_us);
  welcome (link, /* resumed = */ TRUE);
  pl_server_session_replay (session, replay, link);
  /* Behind all of them: the pong says that they, and the token, have arrived. */
  pl_signal_server_ask (link, now_us);
  if (session->vanished)
    tell_returned (self, session);
}

static void
on_hello (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us)
{
  PlServerSession *session
      = msg->token ? g_hash_table_lookup (link->server->sessions, msg->token) : NULL;

  if (session == NULL || session->ending
      || !pl_server_session_report_read (session, msg->last_seq)) {
    start_session (link, now_us);
    return;
  }
  keep_shown_token (link->server, session, msg->token);
  resume_session (link, session, now_us);
}

static void
on_reserve (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us)
{
  PlRoom *room = pl_room_table_reserve (link->server->rooms, link->address, now_us);
  if (room == NULL) {
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_RATE, "too many nameplates", 60);
    return;
  }
  PlSignalMsg *reserved = pl_signal_msg_new (PL_SIGNAL_MSG_RESERVED);
  reserved->room = g_strdup (room->name);
  answer (link, reserved, msg->id);
}

static gboolean
is_name (const char *name)
{
  if (*name == '\0' || strlen (name) > PL_MAX_MEMBER_NAME)
    return FALSE;
  for (const char *p = name; *p; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

/* What can be refused without a look at the room. */
static gboolean
check_join (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us)
{
  PlSignalCode code = PL_SIGNAL_CODE_UNKNOWN;
  const char *text = NULL;
  guint retry_s = 0;

  if (!is_name (msg->name)) {
    code = PL_SIGNAL_CODE_BAD_NAME;
    text = "a name is 1 to 64 bytes without control characters";
  } else if (!pl_room_name_is_valid (msg->room)) {
    code = PL_SIGNAL_CODE_BAD_ROOM;
    text = "not the name of a room";
  } else if (msg->max != 0 && (msg->max < 2 || msg->max > PL_MAX_MEMBERS)) {
    code = PL_SIGNAL_CODE_MALFORMED;
    text = "'max': expected 2 to 16";
  } else if (own_member (link->session, msg->room)) {
    code = PL_SIGNAL_CODE_BAD_ROOM;
    text = "in this room already";
  } else if (link->session->members->len >= PL_MAX_ROOMS_PER_CLIENT) {
    code = PL_SIGNAL_CODE_TOO_MANY_ROOMS;
    text = "too many rooms";
  } else if ((retry_s = pl_address_get_guess_wait_s (link->address, now_us)) > 0) {
    code = PL_SIGNAL_CODE_GUESSING;
    text = "too many failed joins from this address";
  }
  if (text == NULL)
    return TRUE;
  pl_server_requests_refuse (link, msg->id, code, text, retry_s);
  return FALSE;
}

static void
fail_join (PlSignalLink *link, const PlSignalMsg *msg, PlSignalCode code, int64_t now_us)
{
  link->server->stats.failed_joins++;
  pl_address_report_failed_join (link->address, now_us);
  pl_server_requests_refuse (link, msg->id, code,
                             code == PL_SIGNAL_CODE_BURNED ? "burned by wrong guesses"
                                                           : "nobody has reserved this number",
                             0);
}

/* The room to join, made where that is allowed; else an error was sent. */
static PlRoom *
find_room (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us)
{
  PlRoomTable *rooms = link->server->rooms;
  PlRoom *room = pl_room_table_find (rooms, msg->room);

  if (room && room->burned) {
    fail_join (link, msg, PL_SIGNAL_CODE_BURNED, now_us);
    return NULL;
  }
  if (room)
    return room;
  if (pl_room_name_is_nameplate (msg->room)) {
    fail_join (link, msg, PL_SIGNAL_CODE_NO_ROOM, now_us);
    return NULL;
  }
  room = pl_room_table_make (rooms, msg->room);
  if (room == NULL)
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_RATE, "too many rooms", 60);
  return room;
}

/* Takes the place of a member whose socket is lost, where there is one. It learns that it is
 * out from a `left` of its own. */
static gboolean
make_place (PlSignalServer *self, PlRoom *room, int64_t now_us)
{
  for (guint i = 0; i < room->members->len; i++) {
    PlMember *member = room->members->pdata[i];
    PlServerSession *session = member->session;
    if (session->link)
      continue;
    pl_signal_server_tell_room (self, room, NULL,
                                pl_signal_server_about (PL_SIGNAL_MSG_LEFT, member));
    pl_signal_server_remove_member (self, member, now_us);
    return TRUE;
  }
  return FALSE;
}

static void
tell_joined (PlSignalLink *link, const PlMember *member, int64_t id)
{
  const PlRoom *room = member->room;
  PlSignalMsg *joined = pl_signal_server_about (PL_SIGNAL_MSG_JOINED, member);

  for (guint i = 0; i < room->members->len; i++) {
    const PlMember *other = room->members->pdata[i];
    if (other != member)
      g_ptr_array_add (joined->members, pl_signal_member_new (other->id, other->name));
  }
  answer (link, joined, id);
  for (guint i = 0; i < room->members->len; i++) {
    const PlMember *other = room->members->pdata[i];
    if (((PlServerSession *) other->session)->vanished)
      pl_signal_server_tell (link->server, link->session,
                             pl_signal_server_about (PL_SIGNAL_MSG_VANISHED, other));
  }
}

static void
on_join (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us)
{
  PlSignalServer *self = link->server;

  if (!check_join (link, msg, now_us))
    return;
  PlRoom *room = find_room (link, msg, now_us);
  if (room == NULL)
    return;
  if (pl_room_is_full (room) && !make_place (self, room, now_us)) {
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_FULL, "the room is full", 0);
    return;
  }
  if (room->max == 0)
    room->max = msg->max ? msg->max : DEFAULT_MAX_MEMBERS;
  PlMember *member = pl_room_add (room, msg->name, link->session);
  g_ptr_array_add (link->session->members, member);
  pl_room_table_report_change (self->rooms, room, now_us);
  tell_joined (link, member, msg->id);
  pl_signal_server_tell_room (self, room, member,
                              pl_signal_server_about (PL_SIGNAL_MSG_CAME, member));
}

static void
on_leave (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us)
{
  PlMember *member = require_member (link, msg);
  if (member == NULL)
    return;
  pl_signal_server_tell_room (link->server, member->room, member,
                              pl_signal_server_about (PL_SIGNAL_MSG_LEFT, member));
  pl_signal_server_remove_member (link->server, member, now_us);
}

/* Only characters that JSON need not escape: what was short enough to come in is short enough
 * to go out. */
static gboolean
check_body (PlSignalLink *link, const PlSignalMsg *msg)
{
  size_t len = strlen (msg->body);

  if (len > PL_MAX_ENVELOPE) {
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_TOO_LARGE, "'body' is too long",
                               0);
    return FALSE;
  }
  if (strspn (msg->body, BASE64_CHARACTERS) != len) {
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_MALFORMED, "'body': not base64",
                               0);
    return FALSE;
  }
  return TRUE;
}

static void
on_send (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us G_GNUC_UNUSED)
{
  PlSignalServer *self = link->server;
  PlMember *member = require_member (link, msg);
  if (member == NULL || !check_body (link, msg))
    return;
  PlMember *to = pl_room_find (member->room, msg->member);
  if (to == NULL || to == member) {
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_NO_MEMBER, "nobody there", 0);
    return;
  }
  /* Whoever does not read is not put out by those who write to it. */
  if (!pl_server_session_takes (to->session, strlen (msg->body))) {
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_RATE, "that member does not read",
                               1);
    return;
  }
  PlSignalMsg *message = pl_signal_server_about (PL_SIGNAL_MSG_MESSAGE, member);
  message->body = g_strdup (msg->body);
  pl_signal_server_tell (self, to->session, message);
  self->stats.relayed++;
  answer (link, pl_signal_msg_new (PL_SIGNAL_MSG_SENT), msg->id);
}

static void
burn (PlSignalServer *self, PlRoom *room, int64_t now_us)
{
  PlSignalMsg *burned = pl_signal_msg_new (PL_SIGNAL_MSG_BURNED);
  burned->room = g_strdup (room->name);
  room->burned = TRUE;
  self->stats.burned++;
  pl_signal_server_tell_room (self, room, NULL, burned);
  while (room->members->len > 0)
    pl_signal_server_remove_member (self, room->members->pdata[0], now_us);
}

static void
on_wrong (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us)
{
  PlMember *member = require_member (link, msg);
  if (member == NULL)
    return;
  PlRoom *room = member->room;
  if (!pl_room_knows (room, msg->member) || g_str_equal (msg->member, member->id)) {
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_NO_MEMBER, "nobody there", 0);
    return;
  }
  /* A name that both ends derived has no few guesses to protect. */
  if (pl_room_name_is_nameplate (room->name)
      && pl_room_report_wrong (room, member->id, msg->member))
    burn (link->server, room, now_us);
}

static void
on_refresh (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us G_GNUC_UNUSED)
{
  PlSignalServer *self = link->server;
  PlSignalMsg *ice = pl_signal_msg_new (PL_SIGNAL_MSG_ICE);
  ice->ice_ttl_s = self->ops->fill_ice (ice->ice_servers, self->user_data);
  answer (link, ice, msg->id);
}

static void
on_bye (PlSignalLink *link, const PlSignalMsg *msg G_GNUC_UNUSED, int64_t now_us)
{
  PlSignalServer *self = link->server;
  pl_signal_server_end_session (self, link->session, PL_SIGNAL_MSG_LEFT, now_us);
  pl_signal_server_drop (self, link, PL_CLOSE_NORMAL, now_us);
}

static const RequestFunc requests[PL_SIGNAL_N_TYPES] = {
  [PL_SIGNAL_MSG_RESERVE] = on_reserve, [PL_SIGNAL_MSG_JOIN] = on_join,
  [PL_SIGNAL_MSG_LEAVE] = on_leave,     [PL_SIGNAL_MSG_SEND] = on_send,
  [PL_SIGNAL_MSG_WRONG] = on_wrong,     [PL_SIGNAL_MSG_REFRESH] = on_refresh,
  [PL_SIGNAL_MSG_BYE] = on_bye,         [PL_SIGNAL_MSG_PUSH] = pl_server_pushes_request,
};

void
pl_server_requests_act (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us)
{
  gboolean is_hello = msg->type == PL_SIGNAL_MSG_HELLO;

  if (is_hello && link->session == NULL)
    on_hello (link, msg, now_us);
  else if (is_hello || link->session == NULL)
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_NOT_WELCOME,
                               is_hello ? "hello came before" : "say hello first", 0);
  else if (requests[msg->type])
    requests[msg->type](link, msg, now_us);
  else
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_UNKNOWN_TYPE, "no such request",
                               0);
}
