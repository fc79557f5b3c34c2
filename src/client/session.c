/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-session"

#include "client/session.h"

#include "base/error.h"
#include "base/ice-server.h"
#include "base/log.h"
#include "peer/meeting.h"
#include "peer/tls-trust.h"

/* pl_peer_close() takes 2 s at most. */
#define CLOSE_TIMEOUT_MS 3000

/* The round-trip time is measured a little after the connection opens: the path is told once
 * it is known, or when it takes too long. */
#define RTT_POLL_MS   20
#define RTT_MAX_POLLS 50

struct _PlSession {
  PlReporter *reporter;
  const PlSessionOps *ops; /* NULL once ended was called */
  gpointer user_data;
  PlMeeting *meeting;
  PlPeer *peer;
  int64_t came_at;     /* when the other was there */
  int64_t setup_ms;    /* from then to the open connection */
  gboolean quiet_wait; /* for a box: it is there, or the owner gives up soon */
  gboolean was_waiting;
  gboolean was_open;
  PlPath path;     /* at the last look */
  guint rtt_timer; /* while the round-trip time is awaited */
  guint rtt_polls;
  gboolean closing; /* the owner wishes so */
  gboolean ending;  /* the connection is over, or never will be */
  GError *reason;
  guint close_timer;
};

static void
tell_path (PlSession *self)
{
  self->rtt_timer = 0;
  pl_reporter_report_path (self->reporter, &self->path, self->setup_ms);
}

static void
finish (PlSession *self)
{
  const PlSessionOps *ops = self->ops;
  if (ops == NULL)
    return;
  self->ops = NULL;
  g_clear_handle_id (&self->close_timer, g_source_remove);
  pl_reporter_report_state (self->reporter, "closed");
  ops->ended (self->closing ? NULL : self->reason, self->user_data);
}

static gboolean
on_close_timeout (gpointer user_data)
{
  PlSession *self = user_data;
  self->close_timer = 0;
  finish (self);
  return G_SOURCE_REMOVE;
}

/* The owner may free us and the meeting, so it is not called from a signal of the meeting. */
static void
finish_later (PlSession *self)
{
  g_clear_handle_id (&self->close_timer, g_source_remove);
  self->close_timer = g_idle_add (on_close_timeout, self);
}

/* The connection is over. Who comes to the room anew must not meet us there, so the server has
 * to know before we are done. */
static void
end (PlSession *self, const GError *reason)
{
  if (self->ops == NULL || self->ending)
    return;
  self->ending = TRUE;
  self->reason = reason ? g_error_copy (reason) : NULL;
  if (self->rtt_timer) {
    g_source_remove (self->rtt_timer);
    tell_path (self); /* a short connection, but it had one */
  }
  if (self->close_timer == 0)
    self->close_timer = g_timeout_add (CLOSE_TIMEOUT_MS, on_close_timeout, self);
  pl_meeting_close (self->meeting);
}

static void
on_meeting_closed (PlSession *self)
{
  if (self->ending || (self->closing && self->peer == NULL))
    finish_later (self);
}

static void
on_meeting_state (PlMeeting *meeting G_GNUC_UNUSED, guint state, PlSession *self)
{
  if (self->ops == NULL)
    return;
  switch ((PlMeetingState) state) {
  case PL_MEETING_SIGNALING:
    pl_reporter_report_state (self->reporter, "signaling");
    if (self->was_waiting)
      pl_reporter_say (self->reporter, "lost the signaling server, trying again");
    break;
  case PL_MEETING_WAITING:
    self->was_waiting = TRUE;
    pl_reporter_report_state (self->reporter, "waiting");
    if (!self->quiet_wait)
      pl_reporter_say (self->reporter, "waiting for the other side");
    break;
  case PL_MEETING_GREETING:
    pl_reporter_report_state (self->reporter, "greeting");
    break;
  case PL_MEETING_CONNECTING:
    pl_reporter_report_state (self->reporter, "connecting");
    break;
  case PL_MEETING_CLOSED:
    on_meeting_closed (self);
    break;
  case PL_MEETING_IDLE:
  case PL_MEETING_CONNECTED: /* the peer says that itself */
  case PL_MEETING_FAILED:
    break;
  }
}

static gboolean
on_rtt_poll (gpointer user_data)
{
  PlSession *self = user_data;

  if (pl_peer_get_path (self->peer, &self->path) && self->path.rtt_ms < 0
      && ++self->rtt_polls < RTT_MAX_POLLS)
    return G_SOURCE_CONTINUE;
  tell_path (self);
  return G_SOURCE_REMOVE;
}

static void
report_path (PlSession *self)
{
  if (!self->was_open || self->rtt_timer || !pl_peer_get_path (self->peer, &self->path))
    return;
  if (self->path.rtt_ms < 0 && self->rtt_polls < RTT_MAX_POLLS)
    self->rtt_timer = g_timeout_add (RTT_POLL_MS, on_rtt_poll, self);
  else
    tell_path (self);
}

static void
greet (PlSession *self)
{
  const char *name = pl_meeting_get_remote_name (self->meeting);

  self->was_open = TRUE;
  self->setup_ms = (g_get_monotonic_time () - self->came_at) / 1000;
  if (name)
    pl_reporter_say (self->reporter, "the other side is '%s'", name);
}

static void
on_open (PlSession *self)
{
  gboolean again = self->was_open;

  pl_reporter_report_state (self->reporter, "connected");
  if (!again)
    greet (self);
  report_path (self);
  if (!again && !self->closing)
    self->ops->connected (self->peer, self->user_data);
}

static void
on_peer_state (PlPeer *peer G_GNUC_UNUSED, guint state, PlSession *self)
{
  if (self->ops == NULL)
    return;
  switch ((PlPeerState) state) {
  case PL_PEER_OPEN:
    on_open (self);
    break;
  case PL_PEER_DISCONNECTED:
    pl_reporter_report_state (self->reporter, "disconnected");
    pl_reporter_say (self->reporter, "disconnected, looking for another path");
    break;
  case PL_PEER_NEW:
  case PL_PEER_NEGOTIATING:
  case PL_PEER_SECURING:
  case PL_PEER_CLOSING:
  case PL_PEER_CLOSED:
    break;
  }
}

static void
on_path_changed (PlPeer *peer G_GNUC_UNUSED, PlSession *self)
{
  if (self->ops)
    report_path (self);
}

static void
on_channel (PlPeer *peer G_GNUC_UNUSED, PlChannel *channel, PlSession *self)
{
  if (self->ops && !self->closing)
    self->ops->channel (channel, self->user_data);
}

static void
forget_peer (PlSession *self)
{
  if (self->peer)
    g_signal_handlers_disconnect_by_data (self->peer, self);
  g_clear_object (&self->peer);
  g_clear_handle_id (&self->rtt_timer, g_source_remove);
  self->was_open = FALSE;
}

static void
on_peer_closed (PlPeer *peer G_GNUC_UNUSED, GError *reason, PlSession *self)
{
  g_autoptr (GError) left
      = g_error_new_literal (PL_LINK_ERROR, PL_LINK_ERROR_CLOSED, "the other side left");
  /* Before it was open the meeting has the last word. */
  if (self->was_open || self->closing)
    end (self, reason ? reason : left);
  else
    forget_peer (self);
}

static void
on_peer (PlMeeting *meeting G_GNUC_UNUSED, PlPeer *peer, PlSession *self)
{
  if (self->ops == NULL || self->closing)
    return;
  forget_peer (self);
  self->peer = g_object_ref (peer);
  self->came_at = g_get_monotonic_time ();
  self->rtt_polls = 0;
  g_signal_connect (peer, "state-changed", G_CALLBACK (on_peer_state), self);
  g_signal_connect (peer, "path-changed", G_CALLBACK (on_path_changed), self);
  g_signal_connect (peer, "channel", G_CALLBACK (on_channel), self);
  g_signal_connect (peer, "closed", G_CALLBACK (on_peer_closed), self);
  self->ops->peer (peer, self->user_data);
}

static void
on_code (PlMeeting *meeting G_GNUC_UNUSED, const char *code, PlSession *self)
{
  if (self->ops)
    self->ops->code (code, self->user_data);
}

static void
on_failed (PlMeeting *meeting G_GNUC_UNUSED, GError *reason, PlSession *self)
{
  if (self->ops == NULL || self->ending)
    return;
  self->ending = TRUE;
  self->reason = g_error_copy (reason);
  finish_later (self);
}

static GPtrArray *
parse_ice_servers (char **uris, GError **error)
{
  g_autoptr (GPtrArray) servers
      = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_ice_server_free);
  for (char **uri = uris; uri && *uri; uri++) {
    PlIceServer *server
        = pl_ice_server_parse (*uri, /* username = */ NULL, /* password = */ NULL, error);
    if (server == NULL)
      return NULL;
    g_ptr_array_add (servers, server);
  }
  return g_steal_pointer (&servers);
}

static PlIcePolicy
policy_of (const PlOptions *options)
{
  if (options->relay_only)
    return PL_ICE_POLICY_RELAY_ONLY;
  return options->direct_only ? PL_ICE_POLICY_DIRECT_ONLY : PL_ICE_POLICY_ALL;
}

static PlMeeting *
new_meeting (const PlOptions *options, GError **error)
{
  g_autoptr (GPtrArray) servers = parse_ice_servers (options->ice_server, error);
  if (servers == NULL)
    return NULL;
  g_autoptr (GTlsDatabase) trust = NULL;
  if (options->tls_ca) {
    trust = pl_tls_trust_new (options->tls_ca, error);
    if (trust == NULL)
      return NULL;
  }
  const PlMeetingConfig config = {
    .signaling_url = options->signaling,
    .code = options->code,
    .paired = options->paired,
    .role = options->paired ? PL_HANDSHAKE_GUEST : PL_HANDSHAKE_EQUAL,
    .audio = options->audio,
    .name = options->name,
    .ice_servers = servers,
    .policy = policy_of (options),
    .tls_database = trust,
    .local_addresses = options->local_address,
  };
  return pl_meeting_new (&config, error);
}

PlSession *
pl_session_new (const PlOptions *options, PlReporter *reporter, const PlSessionOps *ops,
                gpointer user_data, GError **error)
{
  g_autoptr (PlMeeting) meeting = new_meeting (options, error);
  if (meeting == NULL)
    return NULL;
  PlSession *self = g_new0 (PlSession, 1);
  self->reporter = reporter;
  self->ops = ops;
  self->user_data = user_data;
  self->quiet_wait = options->paired != NULL;
  self->meeting = g_steal_pointer (&meeting);
  g_signal_connect (self->meeting, "state-changed", G_CALLBACK (on_meeting_state), self);
  g_signal_connect (self->meeting, "code", G_CALLBACK (on_code), self);
  g_signal_connect (self->meeting, "peer", G_CALLBACK (on_peer), self);
  g_signal_connect (self->meeting, "failed", G_CALLBACK (on_failed), self);
  return self;
}

void
pl_session_free (PlSession *self)
{
  if (self == NULL)
    return;
  self->ops = NULL;
  g_clear_handle_id (&self->close_timer, g_source_remove);
  g_clear_handle_id (&self->rtt_timer, g_source_remove);
  if (self->peer) {
    g_signal_handlers_disconnect_by_data (self->peer, self);
    pl_peer_close (self->peer);
  }
  g_signal_handlers_disconnect_by_data (self->meeting, self);
  pl_meeting_close (self->meeting);
  g_clear_object (&self->peer);
  g_clear_object (&self->meeting);
  g_clear_error (&self->reason);
  g_free (self);
}

void
pl_session_start (PlSession *self)
{
  pl_meeting_start (self->meeting);
}

void
pl_session_close (PlSession *self)
{
  if (self->closing || self->ops == NULL)
    return;
  self->closing = TRUE;
  if (self->close_timer == 0)
    self->close_timer = g_timeout_add (CLOSE_TIMEOUT_MS, on_close_timeout, self);
  if (self->peer)
    pl_peer_close (self->peer);
  else
    pl_meeting_close (self->meeting);
}
