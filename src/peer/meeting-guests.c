/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-meeting"

#include "peer/meeting-guests.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "peer/let-go.h"
#include "peer/meeting-private.h"

#include <string.h>

/* One in the room: greeted, then confirmed (it has a peer), then connected (the peer is open).
 * Until then it has the time of a meeting, and goes with its member. */
typedef struct {
  PlMeetingGuests *guests;
  PlMeetingRemote *remote; /* NULL: its member has left, the connection stands */
  PlPeer *peer;            /* NULL: it has not shown that it has our code */
  gboolean was_open;
  uint8_t instance[PL_HANDSHAKE_INSTANCE_LEN];
  PlDeadline *arrival;
} Guest;

struct _PlMeetingGuests {
  PlMeeting *meeting;
  GPtrArray *guests; /* of Guest, oldest first */
};

static void
forget_peer (Guest *guest)
{
  if (guest->peer)
    g_signal_handlers_disconnect_by_data (guest->peer, guest);
  g_clear_object (&guest->peer);
}

static void
guest_free (gpointer data)
{
  Guest *guest = data;

  forget_peer (guest);
  g_clear_pointer (&guest->remote, pl_meeting_remote_free);
  pl_deadline_free (guest->arrival);
  g_free (guest);
}

/* The peer of one that is not connected yet is of no use to anybody. */
static void
drop (Guest *guest)
{
  g_autoptr (PlPeer) peer = guest->peer ? g_object_ref (guest->peer) : NULL;
  gboolean was_open = guest->was_open;

  g_ptr_array_remove (guest->guests->guests, guest);
  if (peer && !was_open)
    pl_peer_close (peer);
}

/* Its member is gone, or the conversation with it broken: an open connection outlives that. */
static void
lose (Guest *guest)
{
  if (guest->was_open)
    g_clear_pointer (&guest->remote, pl_meeting_remote_free);
  else
    drop (guest);
}

static void
on_arrival_overdue (gpointer user_data)
{
  Guest *guest = user_data;
  pl_debug (guest->guests->meeting, "member %s does not come to a connection",
            pl_meeting_remote_get_member (guest->remote));
  drop (guest);
}

static void
on_peer_state_changed (PlPeer *peer G_GNUC_UNUSED, guint state, Guest *guest)
{
  if (state == PL_PEER_DISCONNECTED)
    pl_meeting_report_disconnected (guest->guests->meeting);
  if (state != PL_PEER_OPEN)
    return;
  guest->was_open = TRUE;
  pl_deadline_set (guest->arrival, PL_NEVER);
}

static void
on_peer_closed (PlPeer *peer G_GNUC_UNUSED, const GError *reason G_GNUC_UNUSED, Guest *guest)
{
  if (!guest->was_open && guest->remote)
    pl_meeting_remote_say_bye (guest->remote);
  forget_peer (guest);
  drop (guest);
}

static Guest *
find_member (PlMeetingGuests *self, const char *member)
{
  for (guint i = 0; i < self->guests->len; i++) {
    Guest *guest = g_ptr_array_index (self->guests, i);
    if (pl_meeting_remote_is_member (guest->remote, member))
      return guest;
  }
  return NULL;
}

/* The one whose connection a new conversation says that it continues. */
static Guest *
find_connected (PlMeetingGuests *self, const uint8_t *instance)
{
  for (guint i = 0; i < self->guests->len; i++) {
    Guest *guest = g_ptr_array_index (self->guests, i);
    if (guest->was_open && memcmp (guest->instance, instance, sizeof guest->instance) == 0)
      return guest;
  }
  return NULL;
}

static void
continue_connection (Guest *guest, Guest *old)
{
  g_clear_pointer (&old->remote, pl_meeting_remote_free);
  old->remote = g_steal_pointer (&guest->remote);
  pl_meeting_remote_set_user_data (old->remote, old);
  pl_meeting_remote_attach (old->remote, old->peer);
  drop (guest);
}

static void
connect_peer (Guest *guest)
{
  g_autoptr (GError) error = NULL;
  PlMeeting *meeting = guest->guests->meeting;
  const PlHandshake *handshake = pl_meeting_remote_get_handshake (guest->remote);
  gboolean offers = pl_handshake_is_offerer (handshake);

  guest->peer = pl_meeting_make_peer (meeting, guest->remote, &error);
  if (guest->peer == NULL) {
    pl_debug (meeting, "%s", error->message);
    drop (guest);
    return;
  }
  g_autoptr (PlPeer) peer = g_object_ref (guest->peer);
  g_signal_connect (peer, "state-changed", G_CALLBACK (on_peer_state_changed), guest);
  g_signal_connect (peer, "closed", G_CALLBACK (on_peer_closed), guest);
  pl_meeting_hand_out (meeting, peer);
  if (offers)
    pl_peer_start (peer);
}

static void
on_confirmed (PlMeetingRemote *remote, gpointer user_data)
{
  Guest *guest = user_data;
  const PlHandshake *handshake = pl_meeting_remote_get_handshake (remote);
  const uint8_t *instance = pl_handshake_get_remote_instance (handshake);
  gboolean continues = pl_handshake_is_continuing (handshake);
  Guest *old = continues ? find_connected (guest->guests, instance) : NULL;

  if (pl_handshake_get_remote_role (handshake) == PL_HANDSHAKE_HOST) {
    drop (guest);
  } else if (old) {
    continue_connection (guest, old);
  } else if (continues) {
    /* Its connection is over here, which it has not seen. */
    pl_meeting_remote_say_bye (remote);
    drop (guest);
  } else {
    memcpy (guest->instance, instance, sizeof guest->instance);
    connect_peer (guest);
  }
}

static void
on_send (PlMeetingRemote *remote, char *body, gpointer user_data)
{
  Guest *guest = user_data;
  pl_meeting_request_send (guest->guests->meeting, pl_meeting_remote_get_member (remote), body);
}

static void
on_bye (PlMeetingRemote *remote G_GNUC_UNUSED, gpointer user_data)
{
  lose (user_data);
}

static void
on_failed (PlMeetingRemote *remote, const GError *reason, gpointer user_data)
{
  Guest *guest = user_data;
  pl_debug (guest->guests->meeting, "member %s: %s", pl_meeting_remote_get_member (remote),
            reason->message);
  lose (guest);
}

static const PlMeetingRemoteOps remote_ops
    = { .send = on_send, .confirmed = on_confirmed, .bye = on_bye, .failed = on_failed };

/* A server that makes up members does not fill our memory with them. */
static void
make_room (PlMeetingGuests *self)
{
  Guest *oldest = NULL;
  guint n = 0;

  for (guint i = self->guests->len; i > 0; i--) {
    Guest *guest = g_ptr_array_index (self->guests, i - 1);
    if (guest->was_open)
      continue;
    oldest = guest;
    n++;
  }
  if (n >= PL_MAX_MEMBERS)
    drop (oldest);
}

void
pl_meeting_guests_greet (PlMeetingGuests *self, const char *member)
{
  PlMeeting *meeting = self->meeting;
  Guest *guest = g_new0 (Guest, 1);
  const PlHandshakeConfig config = pl_meeting_handshake_config (meeting, member);

  make_room (self);
  guest->guests = self;
  guest->arrival = pl_deadline_new ("guest arrival", on_arrival_overdue, guest);
  pl_deadline_set (guest->arrival, g_get_monotonic_time () + meeting->timeout);
  g_ptr_array_add (self->guests, guest);
  guest->remote = pl_meeting_remote_new (&config, &remote_ops, guest);
}

void
pl_meeting_guests_feed (PlMeetingGuests *self, const char *member, const char *body)
{
  Guest *guest = find_member (self, member);
  if (guest)
    pl_meeting_remote_feed (guest->remote, body);
}

void
pl_meeting_guests_report_left (PlMeetingGuests *self, const char *member)
{
  Guest *guest = find_member (self, member);
  if (guest)
    lose (guest);
}

void
pl_meeting_guests_forget_members (PlMeetingGuests *self)
{
  g_autoptr (GPtrArray) all = g_ptr_array_copy (self->guests, NULL, NULL);

  g_ptr_array_set_free_func (all, NULL);
  for (guint i = 0; i < all->len; i++)
    lose (g_ptr_array_index (all, i));
}

void
pl_meeting_guests_set_ice_servers (PlMeetingGuests *self, GPtrArray *servers)
{
  for (guint i = 0; i < self->guests->len; i++) {
    Guest *guest = g_ptr_array_index (self->guests, i);
    if (guest->peer)
      pl_peer_set_ice_servers (guest->peer, servers);
  }
}

void
pl_meeting_guests_look_again (PlMeetingGuests *self)
{
  for (guint i = self->guests->len; i > 0; i--) {
    const Guest *guest = g_ptr_array_index (self->guests, i - 1);
    if (guest->peer && pl_peer_get_state (guest->peer) == PL_PEER_DISCONNECTED)
      pl_peer_restart_ice (guest->peer);
  }
}

void
pl_meeting_guests_say_bye (PlMeetingGuests *self)
{
  for (guint i = 0; i < self->guests->len; i++) {
    Guest *guest = g_ptr_array_index (self->guests, i);
    if (guest->remote)
      pl_meeting_remote_say_bye (guest->remote);
  }
}

PlMeetingGuests *
pl_meeting_guests_new (PlMeeting *meeting)
{
  PlMeetingGuests *self = g_new0 (PlMeetingGuests, 1);

  self->meeting = meeting;
  self->guests = g_ptr_array_new_with_free_func (guest_free);
  return self;
}

void
pl_meeting_guests_free (PlMeetingGuests *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->guests);
  g_free (self);
}
