/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-meeting"

#include "peer/meeting-remote.h"

#include "base/log.h"
#include "base/printable.h"
#include "proto/peer-msg.h"

struct _PlMeetingRemote {
  const PlMeetingRemoteOps *ops; /* NULL once freed: it may still be on the stack */
  gpointer user_data;
  char *member;
  char *name; /* sanitised; NULL before the greeting */
  PlHandshake *handshake;
  PlPeer *peer; /* NULL before it is attached */
};

static void
send_bodies (PlMeetingRemote *self)
{
  for (char *body; (body = pl_handshake_next_body (self->handshake)) != NULL;)
    self->ops->send (self, body, self->user_data);
}

PlMeetingRemote *
pl_meeting_remote_new (const PlHandshakeConfig *config, const PlMeetingRemoteOps *ops,
                       gpointer user_data)
{
  PlMeetingRemote *self = g_rc_box_new0 (PlMeetingRemote);

  self->ops = ops;
  self->user_data = user_data;
  self->member = g_strdup (config->remote_id);
  self->handshake = pl_handshake_new (config);
  send_bodies (self);
  return self;
}

static void
remote_clear (gpointer data)
{
  PlMeetingRemote *self = data;
  g_clear_pointer (&self->handshake, pl_handshake_free);
  g_free (self->member);
  g_free (self->name);
}

static void
remote_unref (PlMeetingRemote *self)
{
  g_rc_box_release_full (self, remote_clear);
}

void
pl_meeting_remote_free (PlMeetingRemote *self)
{
  if (self == NULL)
    return;
  self->ops = NULL;
  if (self->peer)
    g_signal_handlers_disconnect_by_data (self->peer, self);
  g_clear_object (&self->peer);
  remote_unref (self);
}

static void
fail (PlMeetingRemote *self, const GError *reason)
{
  if (self->ops)
    self->ops->failed (self, reason, self->user_data);
}

static void
send_message (PlMeetingRemote *self, const PlPeerMsg *msg)
{
  g_autofree char *text = pl_peer_msg_print (msg);
  g_autoptr (GError) error = NULL;

  if (pl_handshake_get_state (self->handshake) != PL_HANDSHAKE_SEALED)
    return;
  char *body = pl_handshake_seal (self->handshake, text, &error);
  if (body)
    self->ops->send (self, body, self->user_data);
  else
    fail (self, error);
}

static void
on_description (PlPeer *peer G_GNUC_UNUSED, const char *kind, const char *sdp,
                PlMeetingRemote *self)
{
  PlPeerMsg msg
      = { .type = PL_PEER_MSG_DESCRIPTION, .kind = (char *) kind, .sdp = (char *) sdp };
  send_message (self, &msg);
}

static void
on_candidate (PlPeer *peer G_GNUC_UNUSED, const char *line, const char *mid,
              PlMeetingRemote *self)
{
  PlPeerMsg msg
      = { .type = PL_PEER_MSG_CANDIDATE, .candidate = (char *) line, .mid = (char *) mid };
  send_message (self, &msg);
}

void
pl_meeting_remote_attach (PlMeetingRemote *self, PlPeer *peer)
{
  g_return_if_fail (self->peer == NULL);
  self->peer = g_object_ref (peer);
  g_signal_connect (peer, "description", G_CALLBACK (on_description), self);
  g_signal_connect (peer, "candidate", G_CALLBACK (on_candidate), self);
}

static void
take_message (PlMeetingRemote *self, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PlPeerMsg) msg = pl_peer_msg_parse (text, &error);

  if (msg == NULL) {
    fail (self, error);
    return;
  }
  switch (msg->type) {
  case PL_PEER_MSG_DESCRIPTION:
    if (self->peer && !pl_peer_feed_description (self->peer, msg->kind, msg->sdp, &error))
      fail (self, error);
    break;
  case PL_PEER_MSG_CANDIDATE:
    /* One bad candidate leaves the others. */
    if (self->peer && !pl_peer_feed_candidate (self->peer, msg->candidate, msg->mid, &error))
      pl_debug (self, "%s", error->message);
    break;
  case PL_PEER_MSG_BYE:
    self->ops->bye (self, self->user_data);
    break;
  case PL_PEER_MSG_UNKNOWN:
    break;
  }
}

static void
feed_held (PlMeetingRemote *self, const char *body)
{
  g_autofree char *message = NULL;
  g_autoptr (GError) error = NULL;
  PlHandshakeState before = pl_handshake_get_state (self->handshake);
  gboolean ok = pl_handshake_feed (self->handshake, body, &message, &error);
  PlHandshakeState after = pl_handshake_get_state (self->handshake);
  const char *name = pl_handshake_get_remote_name (self->handshake);

  if (self->name == NULL && name)
    self->name = pl_make_printable (name);
  send_bodies (self);
  if (!ok)
    fail (self, error);
  else if (message)
    take_message (self, message);
  else if (after == PL_HANDSHAKE_SEALED && before != after)
    self->ops->confirmed (self, self->user_data);
}

void
pl_meeting_remote_feed (PlMeetingRemote *self, const char *body)
{
  g_rc_box_acquire (self);
  feed_held (self, body);
  remote_unref (self);
}

void
pl_meeting_remote_set_user_data (PlMeetingRemote *self, gpointer user_data)
{
  self->user_data = user_data;
}

void
pl_meeting_remote_say_bye (PlMeetingRemote *self)
{
  PlPeerMsg msg = { .type = PL_PEER_MSG_BYE };
  send_message (self, &msg);
}

gboolean
pl_meeting_remote_is_member (const PlMeetingRemote *self, const char *member)
{
  return self && g_str_equal (self->member, member);
}

const char *
pl_meeting_remote_get_member (const PlMeetingRemote *self)
{
  return self->member;
}

const PlHandshake *
pl_meeting_remote_get_handshake (const PlMeetingRemote *self)
{
  return self->handshake;
}

gboolean
pl_meeting_remote_may_have_guessed (const PlMeetingRemote *self)
{
  return pl_handshake_get_state (self->handshake) == PL_HANDSHAKE_CONFIRMING;
}

const char *
pl_meeting_remote_get_name (const PlMeetingRemote *self)
{
  return self->name;
}
