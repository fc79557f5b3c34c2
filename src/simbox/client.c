/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-client"

#include "simbox/client.h"

#include "base/clock.h"
#include "base/log.h"
#include "peer/let-go.h"

#define RETRY_MIN_US G_USEC_PER_SEC
#define RETRY_MAX_US (60 * G_USEC_PER_SEC)

/* A meeting is good for one connection: after it another waits for the next. It begins when the
 * server knows that the one before has left, so that it does not meet itself. */
struct _PlClient {
  const PlClientsConfig *config;
  const PlBoxSessionOps *ops;
  gpointer user_data;
  PlAuthorized *who;
  GBytes *secret;
  PlMeeting *meeting; /* NULL: waiting for the retry timer */
  PlPeer *peer;       /* NULL: not connected */
  PlBoxSession *session;
  PlDeadline *retry;
  int64_t wait_us; /* before the next try */
};

static void
drop_peer (PlClient *self)
{
  PlPeer *peer = g_steal_pointer (&self->peer);

  if (peer == NULL)
    return;
  g_signal_handlers_disconnect_by_data (peer, self);
  g_clear_pointer (&self->session, pl_box_session_free);
  pl_peer_let_go (peer, self->config->keep);
  pl_calls_client_lost (self->config->box->calls, self->who->name);
}

static void
drop_meeting (PlClient *self)
{
  PlMeeting *meeting = g_steal_pointer (&self->meeting);

  if (meeting == NULL)
    return;
  g_signal_handlers_disconnect_by_data (meeting, self);
  pl_meeting_let_go (meeting, self->config->keep);
}

static void
try_later (PlClient *self)
{
  drop_meeting (self);
  pl_deadline_set (self->retry, g_get_monotonic_time () + self->wait_us);
  self->wait_us = MIN (self->wait_us * 2, RETRY_MAX_US);
}

static void
on_peer_state (PlPeer *peer G_GNUC_UNUSED, guint state, PlClient *self)
{
  if (state != PL_PEER_OPEN)
    return;
  self->wait_us = RETRY_MIN_US;
  pl_calls_client_back (self->config->box->calls, self->who->name);
}

static void
on_peer_closed (PlPeer *peer G_GNUC_UNUSED, const GError *reason, PlClient *self)
{
  pl_debug (self, "client %s is gone: %s", pl_private (self->who->name),
            reason ? reason->message : "it left");
  drop_peer (self);
  pl_meeting_close (self->meeting);
}

static void
on_peer (PlMeeting *meeting G_GNUC_UNUSED, PlPeer *peer, PlClient *self)
{
  drop_peer (self);
  self->peer = g_object_ref (peer);
  self->session
      = pl_box_session_new (self->config->box, self->who, peer, self->ops, self->user_data);
  g_signal_connect (peer, "state-changed", G_CALLBACK (on_peer_state), self);
  g_signal_connect (peer, "closed", G_CALLBACK (on_peer_closed), self);
}

static void
on_meeting_state (PlMeeting *meeting G_GNUC_UNUSED, guint state, PlClient *self)
{
  if (state == PL_MEETING_WAITING)
    self->wait_us = RETRY_MIN_US;
  if (state != PL_MEETING_CLOSED)
    return;
  drop_meeting (self);
  pl_deadline_set (self->retry, g_get_monotonic_time ());
}

static void
on_failed (PlMeeting *meeting G_GNUC_UNUSED, const GError *reason, PlClient *self)
{
  pl_info (self, "waiting for client %s: %s", pl_private (self->who->name), reason->message);
  drop_peer (self);
  try_later (self);
}

static void
on_retry (gpointer user_data)
{
  PlClient *self = user_data;
  g_autoptr (GError) error = NULL;
  PlMeetingConfig config = self->config->meeting;

  config.paired = self->secret;
  config.audio = TRUE;
  self->meeting = pl_meeting_new (&config, &error);
  if (self->meeting == NULL) {
    pl_warning (self, "%s", error->message);
    return;
  }
  g_signal_connect (self->meeting, "peer", G_CALLBACK (on_peer), self);
  g_signal_connect (self->meeting, "state-changed", G_CALLBACK (on_meeting_state), self);
  g_signal_connect (self->meeting, "failed", G_CALLBACK (on_failed), self);
  pl_meeting_start (self->meeting);
}

PlClient *
pl_client_new (const PlClientsConfig *config, PlAuthorized *who, const PlBoxSessionOps *ops,
               gpointer user_data, GError **error)
{
  g_autoptr (PlAuthorized) own = who;
  GBytes *secret = pl_identity_agree (config->identity, who->identity, error);

  if (secret == NULL)
    return NULL;
  PlClient *self = g_new0 (PlClient, 1);
  self->config = config;
  self->ops = ops;
  self->user_data = user_data;
  self->who = g_steal_pointer (&own);
  self->secret = secret;
  self->wait_us = RETRY_MIN_US;
  self->retry = pl_deadline_new ("client", on_retry, self);
  pl_deadline_set (self->retry, g_get_monotonic_time ());
  return self;
}

void
pl_client_free (PlClient *self)
{
  if (self == NULL)
    return;
  drop_peer (self);
  drop_meeting (self);
  pl_deadline_free (self->retry);
  g_bytes_unref (self->secret);
  pl_authorized_free (self->who);
  g_free (self);
}

gboolean
pl_client_is (const PlClient *self, const PlAuthorized *who)
{
  return g_str_equal (self->who->name, who->name) && self->who->rights == who->rights
         && g_str_equal (self->who->identity, who->identity);
}

PlBoxSession *
pl_client_get_session (const PlClient *self)
{
  return self->session;
}

const char *
pl_client_get_name (const PlClient *self)
{
  return self->who->name;
}
