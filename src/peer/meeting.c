/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-meeting"

#include "peer/meeting-private.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/printable.h"

#include <string.h>

/*   idle --start--> signaling --alone--> waiting <--gone----------.------------.
 *                        \                  | came                |            |
 *                         '----came----> greeting --confirmed--> connecting --open--> connected
 *                                                                      ^                  |
 *                                                                      '---- confirmed ---'
 *   (a new member with the right code takes the place of one whose connection stood; waiting
 *   goes back to signaling while the server is offline)
 *
 * Deadlines: arrival, from a member's coming to the open connection; refresh, for fresh TURN
 * credentials at half of their time. */

#define N_STATES          (PL_MEETING_CLOSED + 1)
#define N_EVENTS          PL_MEETING_N_EVENTS
#define DEFAULT_TIMEOUT_S 30
#define STALE_US          (2 * G_USEC_PER_SEC)
#define AGENT             PACKAGE_NAME " " PACKAGE_VERSION

enum {
  STATE_CHANGED,
  CODE,
  PEER,
  FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PlMeeting, pl_meeting, G_TYPE_OBJECT)

static void
enter_signaling (gpointer user_data)
{
  PlMeeting *self = user_data;
  pl_signal_client_start (self->client);
}

static void
enter_waiting (gpointer user_data)
{
  PlMeeting *self = user_data;
  pl_deadline_set (self->arrival, PL_NEVER);
}

static void
enter_connected (gpointer user_data)
{
  PlMeeting *self = user_data;
  if (self->greeting == NULL)
    pl_deadline_set (self->arrival, PL_NEVER);
}

/* clang-format off */
#define ENDS(state) \
  [state][PL_MEETING_EV_FAIL] = { PL_MEETING_FAILED, NULL }, \
  [state][PL_MEETING_EV_CLOSE] = { PL_MEETING_CLOSED, NULL }

static const PlStep steps[N_STATES][N_EVENTS] = {
  [PL_MEETING_IDLE][PL_MEETING_EV_START] = { PL_MEETING_SIGNALING, enter_signaling },
  [PL_MEETING_IDLE][PL_MEETING_EV_CLOSE] = { PL_MEETING_CLOSED, NULL },
  [PL_MEETING_SIGNALING][PL_MEETING_EV_ALONE] = { PL_MEETING_WAITING, enter_waiting },
  [PL_MEETING_SIGNALING][PL_MEETING_EV_CAME] = { PL_MEETING_GREETING, NULL },
  ENDS (PL_MEETING_SIGNALING),
  [PL_MEETING_WAITING][PL_MEETING_EV_CAME] = { PL_MEETING_GREETING, NULL },
  [PL_MEETING_WAITING][PL_MEETING_EV_OFFLINE] = { PL_MEETING_SIGNALING, NULL },
  ENDS (PL_MEETING_WAITING),
  [PL_MEETING_GREETING][PL_MEETING_EV_CONFIRMED] = { PL_MEETING_CONNECTING, NULL },
  [PL_MEETING_GREETING][PL_MEETING_EV_GONE] = { PL_MEETING_WAITING, enter_waiting },
  ENDS (PL_MEETING_GREETING),
  [PL_MEETING_CONNECTING][PL_MEETING_EV_OPEN] = { PL_MEETING_CONNECTED, enter_connected },
  [PL_MEETING_CONNECTING][PL_MEETING_EV_GONE] = { PL_MEETING_WAITING, enter_waiting },
  [PL_MEETING_CONNECTING][PL_MEETING_EV_CONFIRMED] = { PL_MEETING_CONNECTING, NULL },
  ENDS (PL_MEETING_CONNECTING),
  [PL_MEETING_CONNECTED][PL_MEETING_EV_CONFIRMED] = { PL_MEETING_CONNECTING, NULL },
  ENDS (PL_MEETING_CONNECTED),
};
/* clang-format on */
static const char *const states[]
    = { NULL,         "idle",      "signaling", "waiting", "greeting",
        "connecting", "connected", "failed",    "closed" };
static const char *const events[] = { NULL,   "start", "alone",   "came", "confirmed",
                                      "open", "gone",  "offline", "fail", "close" };
const PlMachine pl_meeting_machine
    = { "meeting", states, events, N_STATES, N_EVENTS, &steps[0][0] };

void
pl_meeting_step (PlMeeting *self, PlMeetingEvent event)
{
  guint before = self->state;

  pl_machine_step (&pl_meeting_machine, &self->state, event, self);
  if (self->state != before)
    g_signal_emit (self, signals[STATE_CHANGED], 0, self->state);
}

static void
set_arrival (PlMeeting *self)
{
  pl_deadline_set (self->arrival, g_get_monotonic_time () + self->timeout);
}

static void
forget_peer (PlMeeting *self)
{
  if (self->peer)
    g_signal_handlers_disconnect_by_data (self->peer, self);
  g_clear_object (&self->peer);
}

static void
drop_peer (PlMeeting *self)
{
  g_autoptr (PlPeer) peer = self->peer ? g_object_ref (self->peer) : NULL;
  forget_peer (self);
  if (peer)
    pl_peer_close (peer);
}

static void
drop_current (PlMeeting *self)
{
  g_clear_pointer (&self->current, pl_meeting_remote_free);
  drop_peer (self);
}

void
pl_meeting_take_failure (PlMeeting *self, GError *reason)
{
  if (self->failure || self->closing || self->client == NULL
      || self->state == PL_MEETING_CONNECTED) {
    pl_debug (self, "%s", reason->message);
    g_error_free (reason);
    return;
  }
  self->failure = reason;
  pl_deadline_set (self->arrival, PL_NEVER);
  g_clear_pointer (&self->greeting, pl_meeting_remote_free);
  drop_current (self);
  /* What is told to the server (a wrong code) is to leave before the program does. */
  pl_signal_client_take_failure (self->client, g_error_copy (reason));
}

/* A member that saw our tag and went without showing its own may have tried a code. */
static void
drop_greeting (PlMeeting *self)
{
  g_autoptr (PlMeetingRemote) greeting = g_steal_pointer (&self->greeting);

  if (greeting == NULL || !pl_meeting_remote_may_have_guessed (greeting))
    return;
  if (self->member)
    pl_meeting_request_wrong (self, pl_meeting_remote_get_member (greeting));
  if (++self->n_guesses >= PL_MAX_WRONG_GUESSES)
    pl_meeting_take_failure (
        self, g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_BURNED,
                           "%u times somebody came, tried a code and went: make a new one",
                           self->n_guesses));
}

/* There is nobody any more before a connection stood: who was first waits for the next, who
 * came to somebody has come for nothing. */
static void
lose_remote (PlMeeting *self, const char *what)
{
  drop_greeting (self);
  drop_current (self);
  if (self->failure)
    return;
  if (self->was_first)
    pl_meeting_step (self, PL_MEETING_EV_GONE);
  else
    pl_meeting_take_failure (
        self, g_error_new_literal (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_PEER, what));
}

/* The ICE restart that follows goes through the server. A socket of an address that we do not
 * have any more looks well until it has been silent for half a minute. */
void
pl_meeting_report_disconnected (PlMeeting *self)
{
  self->looked_at = g_get_monotonic_time ();
  if (self->client)
    pl_signal_client_reconnect (self->client);
}

/* A server that was not to be found for so long was looked for from a network that is no more,
 * or from none: what was gathered then is of no use. */
void
pl_meeting_look_again (PlMeeting *self)
{
  const int64_t now = g_get_monotonic_time ();

  if (self->looked_at == 0 || now - self->looked_at < STALE_US)
    return;
  self->looked_at = now;
  if (self->peer && pl_peer_get_state (self->peer) == PL_PEER_DISCONNECTED)
    pl_peer_restart_ice (self->peer);
  if (self->guests)
    pl_meeting_guests_look_again (self->guests);
}

static void
on_peer_state_changed (PlPeer *peer G_GNUC_UNUSED, guint state, PlMeeting *self)
{
  g_autoptr (PlMeeting) hold G_GNUC_UNUSED = g_object_ref (self);
  if (state == PL_PEER_OPEN)
    pl_meeting_step (self, PL_MEETING_EV_OPEN);
  else if (state == PL_PEER_DISCONNECTED)
    pl_meeting_report_disconnected (self);
}

static void
on_peer_closed (PlPeer *peer G_GNUC_UNUSED, const GError *reason, PlMeeting *self)
{
  g_autoptr (PlMeeting) hold G_GNUC_UNUSED = g_object_ref (self);

  forget_peer (self);
  if (self->state != PL_MEETING_CONNECTING)
    return;
  pl_meeting_take_failure (self, reason ? g_error_copy (reason)
                                        : g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_PEER,
                                                       "the other end closed the connection "
                                                       "before it stood"));
}

PlPeer *
pl_meeting_make_peer (PlMeeting *self, PlMeetingRemote *remote, GError **error)
{
  g_autoptr (GPtrArray) servers = pl_meeting_ice_list (self->ice);
  const PlHandshake *handshake = pl_meeting_remote_get_handshake (remote);
  PlPeerConfig config = {
    .ice_servers = servers,
    .policy = self->policy,
    .audio = self->audio,
    .polite = !pl_handshake_is_offerer (handshake),
    .tls_database = self->tls_database,
    .local_addresses = self->local_addresses,
  };

  PlPeer *peer = pl_peer_new (&config, error);
  if (peer)
    pl_meeting_remote_attach (remote, peer);
  return peer;
}

static gboolean
make_peer (PlMeeting *self)
{
  GError *error = NULL;

  self->peer = pl_meeting_make_peer (self, self->current, &error);
  if (self->peer == NULL) {
    pl_meeting_take_failure (self, error);
    return FALSE;
  }
  g_signal_connect (self->peer, "state-changed", G_CALLBACK (on_peer_state_changed), self);
  g_signal_connect (self->peer, "closed", G_CALLBACK (on_peer_closed), self);
  return TRUE;
}

void
pl_meeting_hand_out (PlMeeting *self, PlPeer *peer)
{
  g_signal_emit (self, signals[PEER], 0, peer);
}

static void
connect_peer (PlMeeting *self)
{
  gboolean offers = pl_handshake_is_offerer (pl_meeting_remote_get_handshake (self->current));

  pl_meeting_step (self, PL_MEETING_EV_CONFIRMED);
  if (self->state != PL_MEETING_CONNECTING || !make_peer (self))
    return;
  g_autoptr (PlPeer) peer = g_object_ref (self->peer);
  pl_meeting_hand_out (self, peer);
  if (offers && self->peer == peer)
    pl_peer_start (peer);
}

static void
on_remote_send (PlMeetingRemote *remote, char *body, gpointer user_data)
{
  pl_meeting_request_send (user_data, pl_meeting_remote_get_member (remote), body);
}

/* A host greets without knowing whom, so what its guest knows of it has to do. */
static gboolean
is_continued (PlMeeting *self, const PlHandshake *handshake)
{
  const uint8_t *instance = pl_handshake_get_remote_instance (handshake);

  if (self->state != PL_MEETING_CONNECTED || self->peer == NULL)
    return FALSE;
  if (self->role == PL_HANDSHAKE_GUEST)
    return memcmp (self->remote_instance, instance, sizeof self->remote_instance) == 0;
  return pl_handshake_is_continued (handshake);
}

static void
on_remote_confirmed (PlMeetingRemote *remote, gpointer user_data)
{
  PlMeeting *self = user_data;
  const PlHandshake *handshake = pl_meeting_remote_get_handshake (remote);

  g_clear_pointer (&self->current, pl_meeting_remote_free);
  self->current = g_steal_pointer (&self->greeting);
  if (is_continued (self, handshake)) {
    pl_debug (self, "the conversation continues");
    pl_deadline_set (self->arrival, PL_NEVER);
    pl_meeting_remote_attach (self->current, self->peer);
    pl_meeting_look_again (self);
    return;
  }
  drop_peer (self);
  memcpy (self->remote_instance, pl_handshake_get_remote_instance (handshake),
          sizeof self->remote_instance);
  g_free (self->remote_name);
  self->remote_name = g_strdup (pl_meeting_remote_get_name (remote));
  connect_peer (self);
}

static void
on_remote_bye (PlMeetingRemote *remote G_GNUC_UNUSED, gpointer user_data)
{
  PlMeeting *self = user_data;
  if (self->role == PL_HANDSHAKE_GUEST && self->state == PL_MEETING_CONNECTED && self->peer)
    pl_peer_close (self->peer); /* the host has none for us any more */
  if (self->state != PL_MEETING_CONNECTING)
    return;
  if (self->role == PL_HANDSHAKE_GUEST) /* it greets us no second time */
    pl_meeting_take_failure (self,
                             g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_PEER,
                                          "%s has no place for us now", self->remote_name));
  else
    lose_remote (self, "the other end went before the connection stood");
}

static void
on_remote_failed (PlMeetingRemote *remote, const GError *reason, gpointer user_data)
{
  PlMeeting *self = user_data;
  g_autoptr (GError) copy = g_error_copy (reason);

  if (g_error_matches (reason, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_WRONG_CODE))
    pl_meeting_request_wrong (self, pl_meeting_remote_get_member (remote));
  if (remote == self->greeting) {
    self->n_guesses++;
    g_clear_pointer (&self->greeting, pl_meeting_remote_free);
  } else {
    g_clear_pointer (&self->current, pl_meeting_remote_free);
  }
  pl_meeting_take_failure (self, g_steal_pointer (&copy));
}

static const PlMeetingRemoteOps remote_ops = {
  .send = on_remote_send,
  .confirmed = on_remote_confirmed,
  .bye = on_remote_bye,
  .failed = on_remote_failed,
};

PlHandshakeConfig
pl_meeting_handshake_config (PlMeeting *self, const char *member)
{
  gboolean stands = self->state == PL_MEETING_CONNECTED && self->peer;

  return (PlHandshakeConfig){
    .password = pl_code_get_text (self->code),
    .room = pl_code_get_room (self->code),
    .own_id = self->member,
    .remote_id = member,
    .name = self->name,
    .instance = self->instance,
    .continues = stands ? self->remote_instance : NULL,
    .role = self->role,
  };
}

void
pl_meeting_greet (PlMeeting *self, const char *member)
{
  drop_greeting (self);
  if (self->failure)
    return;
  /* A connection that stands outlives all guesses, so it would allow any number of them. */
  if (self->n_guesses >= PL_MAX_WRONG_GUESSES) {
    pl_debug (self, "member %s is not greeted: %u wrong guesses", member, self->n_guesses);
    return;
  }
  PlHandshakeConfig config = pl_meeting_handshake_config (self, member);
  self->greeting = pl_meeting_remote_new (&config, &remote_ops, self);
  set_arrival (self);
  pl_meeting_step (self, PL_MEETING_EV_CAME);
}

static gboolean
is_silent (const PlMeetingRemote *remote)
{
  const PlHandshake *handshake = pl_meeting_remote_get_handshake (remote);
  return pl_handshake_get_state (handshake) == PL_HANDSHAKE_GREETING;
}

void
pl_meeting_report_left (PlMeeting *self, const char *member)
{
  if (pl_meeting_remote_is_member (self->current, member)) {
    if (self->state == PL_MEETING_CONNECTING)
      lose_remote (self, "the other end went before the connection stood");
    else
      g_clear_pointer (&self->current, pl_meeting_remote_free);
  } else if (pl_meeting_remote_is_member (self->greeting, member)) {
    /* One that never said a word was lost before we came: we are the first in truth. */
    self->was_first |= is_silent (self->greeting);
    if (self->state == PL_MEETING_GREETING)
      lose_remote (self, "the other end went before it could be recognised");
    else
      drop_greeting (self);
  }
}

void
pl_meeting_forget_members (PlMeeting *self)
{
  g_clear_pointer (&self->member, g_free);
  /* Or the server could take a guess back by a new session. */
  drop_greeting (self);
  g_clear_pointer (&self->current, pl_meeting_remote_free);
  if (self->guests)
    pl_meeting_guests_forget_members (self->guests);
  if (self->state == PL_MEETING_GREETING)
    pl_meeting_step (self, PL_MEETING_EV_GONE);
}

void
pl_meeting_show_code (PlMeeting *self)
{
  g_signal_emit (self, signals[CODE], 0, pl_code_get_text (self->code));
}

static void
on_arrival_overdue (gpointer user_data)
{
  PlMeeting *self = user_data;
  g_autoptr (PlMeeting) hold G_GNUC_UNUSED = g_object_ref (self);

  if (self->state == PL_MEETING_GREETING)
    lose_remote (self, "somebody is there with this code's number, but does not answer");
  else if (self->state == PL_MEETING_CONNECTING)
    pl_meeting_take_failure (self,
                             g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE,
                                          "no path to %s was found in %u s", self->remote_name,
                                          (guint) (self->timeout / G_USEC_PER_SEC)));
  else
    drop_greeting (self);
}

static void
on_refresh_due (gpointer user_data)
{
  pl_meeting_request_refresh (user_data);
}

static void
on_signal_event (const PlSignalMsg *msg, gpointer user_data)
{
  PlMeeting *self = user_data;
  g_autoptr (PlMeeting) hold G_GNUC_UNUSED = g_object_ref (self);
  if (self->failure == NULL && !self->closing)
    pl_meeting_handle (self, msg);
}

static void
on_signal_offline (gpointer user_data)
{
  PlMeeting *self = user_data;
  g_autoptr (PlMeeting) hold G_GNUC_UNUSED = g_object_ref (self);
  if (self->failure == NULL && !self->closing)
    pl_meeting_step (self, PL_MEETING_EV_OFFLINE);
}

static void
on_signal_closed (const GError *reason, gpointer user_data)
{
  PlMeeting *self = user_data;
  g_autoptr (PlMeeting) hold G_GNUC_UNUSED = g_object_ref (self);

  if (self->failure == NULL && reason)
    self->failure = g_error_copy (reason);
  g_clear_pointer (&self->client, pl_signal_client_free);
  pl_deadline_set (self->refresh, PL_NEVER);
  if (self->closing) {
    pl_meeting_step (self, PL_MEETING_EV_CLOSE);
  } else if (self->state != PL_MEETING_CONNECTED) {
    drop_current (self);
    pl_meeting_step (self, PL_MEETING_EV_FAIL);
    g_signal_emit (self, signals[FAILED], 0, self->failure);
  }
}

static const PlSignalClientOps client_ops
    = { .event = on_signal_event, .offline = on_signal_offline, .closed = on_signal_closed };

static void
pl_meeting_dispose (GObject *object)
{
  PlMeeting *self = PL_MEETING (object);

  g_clear_pointer (&self->arrival, pl_deadline_free);
  g_clear_pointer (&self->refresh, pl_deadline_free);
  g_clear_pointer (&self->client, pl_signal_client_free);
  g_clear_pointer (&self->greeting, pl_meeting_remote_free);
  g_clear_pointer (&self->current, pl_meeting_remote_free);
  g_clear_pointer (&self->guests, pl_meeting_guests_free);
  forget_peer (self);
  G_OBJECT_CLASS (pl_meeting_parent_class)->dispose (object);
}

static void
pl_meeting_finalize (GObject *object)
{
  PlMeeting *self = PL_MEETING (object);

  g_clear_pointer (&self->code, pl_code_free);
  g_clear_pointer (&self->ice, pl_meeting_ice_free);
  g_clear_object (&self->tls_database);
  g_clear_error (&self->failure);
  g_strfreev (self->local_addresses);
  g_free (self->name);
  g_free (self->member);
  g_free (self->remote_name);
  G_OBJECT_CLASS (pl_meeting_parent_class)->finalize (object);
}

static void
pl_meeting_init (PlMeeting *self)
{
  self->state = PL_MEETING_IDLE;
  self->arrival = pl_deadline_new ("meeting arrival", on_arrival_overdue, self);
  self->refresh = pl_deadline_new ("meeting refresh", on_refresh_due, self);
}

static void
pl_meeting_class_init (PlMeetingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = pl_meeting_dispose;
  object_class->finalize = pl_meeting_finalize;
  signals[STATE_CHANGED] = g_signal_new ("state-changed", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[CODE] = g_signal_new ("code", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[PEER] = g_signal_new ("peer", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, PL_TYPE_PEER);
  signals[FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

/* What a greeting and the server take, cut at a character's end. */
static char *
make_name (const char *name)
{
  const char *given = name ? name : g_get_host_name ();
  g_autofree char *printable = pl_make_printable (*given ? given : "?");
  size_t len = strlen (printable);

  while (len > PL_MAX_MEMBER_NAME)
    len = g_utf8_find_prev_char (printable, printable + len) - printable;
  return g_strndup (printable, len);
}

PlMeeting *
pl_meeting_new (const PlMeetingConfig *config, GError **error)
{
  g_autoptr (PlMeeting) self = g_object_new (PL_TYPE_MEETING, NULL);
  PlSignalClientConfig client = {
    .url = config->signaling_url,
    .agent = AGENT,
    .tls_database = config->tls_database,
  };

  if (config->paired)
    self->code = pl_code_new_paired (config->paired);
  else if (config->code && (self->code = pl_code_parse (config->code, error)) == NULL)
    return NULL;
  self->client = pl_signal_client_new (&client, &client_ops, self, error);
  if (self->client == NULL)
    return NULL;
  self->name = make_name (config->name);
  self->policy = config->policy;
  self->audio = config->audio;
  self->role = config->role;
  if (self->role == PL_HANDSHAKE_HOST)
    self->guests = pl_meeting_guests_new (self);
  self->tls_database = config->tls_database ? g_object_ref (config->tls_database) : NULL;
  self->local_addresses = g_strdupv (config->local_addresses);
  self->timeout = (config->connect_timeout_s ? config->connect_timeout_s : DEFAULT_TIMEOUT_S)
                  * G_USEC_PER_SEC;
  self->ice = pl_meeting_ice_new (config->ice_servers);
  pl_handshake_make_instance (self->instance);
  return g_steal_pointer (&self);
}

void
pl_meeting_start (PlMeeting *self)
{
  pl_meeting_step (self, PL_MEETING_EV_START);
}

void
pl_meeting_close (PlMeeting *self)
{
  g_autoptr (PlMeeting) hold G_GNUC_UNUSED = g_object_ref (self);

  if (self->closing || self->failure)
    return;
  self->closing = TRUE;
  pl_deadline_set (self->arrival, PL_NEVER);
  if (self->current)
    pl_meeting_remote_say_bye (self->current);
  if (self->guests)
    pl_meeting_guests_say_bye (self->guests);
  g_clear_pointer (&self->guests, pl_meeting_guests_free);
  g_clear_pointer (&self->greeting, pl_meeting_remote_free);
  g_clear_pointer (&self->current, pl_meeting_remote_free);
  forget_peer (self);
  if (self->client && self->state != PL_MEETING_IDLE)
    pl_signal_client_close (self->client);
  else
    pl_meeting_step (self, PL_MEETING_EV_CLOSE);
}

PlMeetingState
pl_meeting_get_state (PlMeeting *self)
{
  return self->state;
}

const char *
pl_meeting_get_remote_name (PlMeeting *self)
{
  return self->remote_name;
}
