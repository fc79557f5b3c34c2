/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/signal-msg.h"

static const char *const type_names[PL_SIGNAL_N_TYPES] = {
  [PL_SIGNAL_MSG_UNKNOWN] = "unknown",   [PL_SIGNAL_MSG_HELLO] = "hello",
  [PL_SIGNAL_MSG_RESERVE] = "reserve",   [PL_SIGNAL_MSG_JOIN] = "join",
  [PL_SIGNAL_MSG_LEAVE] = "leave",       [PL_SIGNAL_MSG_SEND] = "send",
  [PL_SIGNAL_MSG_WRONG] = "wrong",       [PL_SIGNAL_MSG_REFRESH] = "refresh",
  [PL_SIGNAL_MSG_BYE] = "bye",           [PL_SIGNAL_MSG_WELCOME] = "welcome",
  [PL_SIGNAL_MSG_RESERVED] = "reserved", [PL_SIGNAL_MSG_JOINED] = "joined",
  [PL_SIGNAL_MSG_CAME] = "came",         [PL_SIGNAL_MSG_LEFT] = "left",
  [PL_SIGNAL_MSG_VANISHED] = "vanished", [PL_SIGNAL_MSG_RETURNED] = "returned",
  [PL_SIGNAL_MSG_MESSAGE] = "message",   [PL_SIGNAL_MSG_SENT] = "sent",
  [PL_SIGNAL_MSG_ICE] = "ice",           [PL_SIGNAL_MSG_BURNED] = "burned",
  [PL_SIGNAL_MSG_ERROR] = "error",       [PL_SIGNAL_MSG_PUSH] = "push",
  [PL_SIGNAL_MSG_PUSHED] = "pushed",
};

static const char *const code_names[PL_SIGNAL_N_CODES] = {
  [PL_SIGNAL_CODE_UNKNOWN] = "unknown",
  [PL_SIGNAL_CODE_MALFORMED] = "malformed",
  [PL_SIGNAL_CODE_UNKNOWN_TYPE] = "unknown-type",
  [PL_SIGNAL_CODE_NOT_WELCOME] = "not-welcome",
  [PL_SIGNAL_CODE_BAD_ROOM] = "bad-room",
  [PL_SIGNAL_CODE_BAD_NAME] = "bad-name",
  [PL_SIGNAL_CODE_NO_ROOM] = "no-room",
  [PL_SIGNAL_CODE_FULL] = "full",
  [PL_SIGNAL_CODE_BURNED] = "burned",
  [PL_SIGNAL_CODE_NOT_MEMBER] = "not-member",
  [PL_SIGNAL_CODE_NO_MEMBER] = "no-member",
  [PL_SIGNAL_CODE_TOO_MANY_ROOMS] = "too-many-rooms",
  [PL_SIGNAL_CODE_TOO_LARGE] = "too-large",
  [PL_SIGNAL_CODE_RATE] = "rate",
  [PL_SIGNAL_CODE_GUESSING] = "guessing",
  [PL_SIGNAL_CODE_RESTART] = "restart",
  [PL_SIGNAL_CODE_REPLACED] = "replaced",
  [PL_SIGNAL_CODE_SLOW] = "slow",
};

static const char *const status_names[PL_PUSH_N_STATUSES] = {
  [PL_PUSH_STATUS_UNKNOWN] = "unknown", [PL_PUSH_STATUS_SENT] = "sent",
  [PL_PUSH_STATUS_GONE] = "gone",       [PL_PUSH_STATUS_REFUSED] = "refused",
  [PL_PUSH_STATUS_FAILED] = "failed",
};

const char *
pl_signal_type_name (PlSignalType type)
{
  return type_names[type];
}

const char *
pl_signal_code_name (PlSignalCode code)
{
  return code_names[code];
}

/* Index of @name in @names, 0 (which is "unknown") where it is not there. */
static guint
find_name (const char *const *names, guint n, const char *name)
{
  for (guint i = 1; i < n; i++)
    if (g_str_equal (names[i], name))
      return i;
  return 0;
}

PlSignalType
pl_signal_type_from_name (const char *name)
{
  return find_name (type_names, PL_SIGNAL_N_TYPES, name);
}

PlSignalCode
pl_signal_code_from_name (const char *name)
{
  return find_name (code_names, PL_SIGNAL_N_CODES, name);
}

const char *
pl_push_status_name (PlPushStatus status)
{
  return status_names[status];
}

PlPushStatus
pl_push_status_from_name (const char *name)
{
  return find_name (status_names, PL_PUSH_N_STATUSES, name);
}

PlSignalMember *
pl_signal_member_new (const char *member, const char *name)
{
  PlSignalMember *self = g_new0 (PlSignalMember, 1);
  self->member = g_strdup (member);
  self->name = g_strdup (name);
  return self;
}

void
pl_signal_member_free (PlSignalMember *self)
{
  if (self == NULL)
    return;
  g_free (self->member);
  g_free (self->name);
  g_free (self);
}

PlSignalIceServer *
pl_signal_ice_server_new (const char *const *urls, const char *username, const char *credential)
{
  PlSignalIceServer *self = g_new0 (PlSignalIceServer, 1);
  self->urls = g_strdupv ((char **) urls);
  self->username = g_strdup (username);
  self->credential = g_strdup (credential);
  return self;
}

void
pl_signal_ice_server_free (PlSignalIceServer *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->urls);
  g_free (self->username);
  g_free (self->credential);
  g_free (self);
}

PlSignalMsg *
pl_signal_msg_new (PlSignalType type)
{
  PlSignalMsg *self = g_new0 (PlSignalMsg, 1);
  self->type = type;
  if (type == PL_SIGNAL_MSG_JOINED)
    self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_signal_member_free);
  if (type == PL_SIGNAL_MSG_WELCOME || type == PL_SIGNAL_MSG_ICE)
    self->ice_servers
        = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_signal_ice_server_free);
  return self;
}

void
pl_signal_msg_free (PlSignalMsg *self)
{
  if (self == NULL)
    return;
  g_free (self->room);
  g_free (self->member);
  g_free (self->name);
  g_free (self->body);
  g_free (self->agent);
  g_free (self->token);
  g_free (self->session);
  g_free (self->text);
  g_free (self->push_key);
  g_free (self->endpoint);
  g_free (self->p256dh);
  g_free (self->auth);
  g_free (self->payload);
  g_free (self->urgency);
  g_free (self->topic);
  g_clear_pointer (&self->members, g_ptr_array_unref);
  g_clear_pointer (&self->ice_servers, g_ptr_array_unref);
  g_free (self);
}
