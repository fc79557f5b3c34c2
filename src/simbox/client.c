/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-client"

#include "simbox/client.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "peer/let-go.h"

#define RETRY_MIN_US G_USEC_PER_SEC
#define RETRY_MAX_US (60 * G_USEC_PER_SEC)

struct _PlClient {
  const PlClientsConfig *config;
  const PlBoxSessionOps *ops;
  gpointer user_data;
  PlAuthorized *who;
  GBytes *secret;
  PlMeeting *meeting;     /* waits; NULL: the retry timer does */
  GPtrArray *connections; /* of Connection, oldest first */
  PlDeadline *retry;
  int64_t wait_us; /* before the next try */
};

/* One program of the client. */
typedef struct {
  PlClient *client;
  PlPeer *peer;
  PlBoxSession *session;
} Connection;

/* By its identity, which another client of the same name does not have. */
static char *
make_seen_name (const PlClient *self)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, self->who->identity,
                                                        /* length = */ -1);
  return g_strdup_printf ("seen %.16s", sum);
}

/* Without a database nobody knows. */
static void
note_seen (PlClient *self)
{
  g_autofree char *name = make_seen_name (self);
  g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT, g_get_real_time ());

  pl_store_set_setting (self->config->box->store, name, now, /* error = */ NULL);
}

static void
connection_free (Connection *self)
{
  note_seen (self->client);
  g_signal_handlers_disconnect_by_data (self->peer, self);
  pl_box_session_free (self->session);
  pl_peer_let_go (self->peer, self->client->config->keep);
  g_free (self);
}

/* It is out of the list before it ends: its calls look for another then. */
static void
drop_connection (PlClient *self, guint i)
{
  connection_free (g_ptr_array_steal_index (self->connections, i));
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
on_peer_closed (PlPeer *peer G_GNUC_UNUSED, const GError *reason, Connection *connection)
{
  PlClient *self = connection->client;

  pl_debug (self, "client %s is gone: %s", pl_private (self->who->name),
            reason ? reason->message : "it left");
  guint i;
  if (g_ptr_array_find (self->connections, connection, &i))
    drop_connection (self, i);
}

/* One that has lost its path gives its place away. One that is well does not: programs that
 * come back by themselves would put each other out for ever. */
static gboolean
make_room (PlClient *self)
{
  if (self->connections->len < PL_MAX_CONNECTIONS)
    return TRUE;
  for (guint i = 0; i < self->connections->len; i++) {
    const Connection *connection = g_ptr_array_index (self->connections, i);
    if (pl_peer_get_state (connection->peer) == PL_PEER_DISCONNECTED) {
      drop_connection (self, i);
      return TRUE;
    }
  }
  return FALSE;
}

static void
on_peer (PlMeeting *meeting G_GNUC_UNUSED, PlPeer *peer, PlClient *self)
{
  if (!make_room (self)) {
    pl_debug (self, "client %s has %d programs here", pl_private (self->who->name),
              PL_MAX_CONNECTIONS);
    pl_peer_close (peer);
    return;
  }
  Connection *connection = g_new0 (Connection, 1);
  connection->client = self;
  connection->peer = g_object_ref (peer);
  connection->session
      = pl_box_session_new (self->config->box, self->who, peer, self->ops, self->user_data);
  g_ptr_array_add (self->connections, connection);
  note_seen (self);
  g_signal_connect (peer, "closed", G_CALLBACK (on_peer_closed), connection);
}

static void
on_meeting_state (PlMeeting *meeting G_GNUC_UNUSED, guint state, PlClient *self)
{
  if (state == PL_MEETING_WAITING)
    self->wait_us = RETRY_MIN_US;
}

/* Whoever is connected stays so. The owner is told once in a row. */
static void
on_failed (PlMeeting *meeting G_GNUC_UNUSED, const GError *reason, PlClient *self)
{
  if (self->wait_us == RETRY_MIN_US)
    pl_warning (self, "client '%s' cannot come: %s", self->who->name, reason->message);
  try_later (self);
}

static void
on_retry (gpointer user_data)
{
  PlClient *self = user_data;
  g_autoptr (GError) error = NULL;
  PlMeetingConfig config = self->config->meeting;

  config.paired = self->secret;
  config.role = PL_HANDSHAKE_HOST;
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
  self->connections = g_ptr_array_new ();
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
  drop_meeting (self);
  while (self->connections->len > 0)
    drop_connection (self, self->connections->len - 1);
  g_ptr_array_unref (self->connections);
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

const PlAuthorized *
pl_client_get_line (const PlClient *self)
{
  return self->who;
}

gboolean
pl_client_is_connected (const PlClient *self)
{
  for (guint i = 0; i < self->connections->len; i++) {
    const Connection *connection = g_ptr_array_index (self->connections, i);
    if (pl_peer_get_state (connection->peer) == PL_PEER_OPEN)
      return TRUE;
  }
  return FALSE;
}

int64_t
pl_client_get_last_seen (const PlClient *self)
{
  g_autofree char *name = make_seen_name (self);
  g_autofree char *seen = pl_store_get_setting (self->config->box->store, name);
  return seen ? g_ascii_strtoll (seen, /* endptr = */ NULL, 10) : 0;
}

void
pl_client_forget (PlClient *self)
{
  g_autofree char *name = make_seen_name (self);

  while (self->connections->len > 0)
    drop_connection (self, self->connections->len - 1);
  pl_store_set_setting (self->config->box->store, name, /* value = */ NULL, /* error = */ NULL);
  pl_store_clear_push (self->config->box->store, self->who->identity, /* endpoint = */ NULL,
                       /* error = */ NULL);
}

const char *
pl_client_get_identity (const PlClient *self)
{
  return self->who->identity;
}

void
pl_client_foreach_session (PlClient *self, GFunc func, gpointer user_data)
{
  for (guint i = 0; i < self->connections->len; i++) {
    const Connection *connection = g_ptr_array_index (self->connections, i);
    func (connection->session, user_data);
  }
}

gboolean
pl_client_has (const PlClient *self, const PlBoxSession *session)
{
  for (guint i = 0; i < self->connections->len; i++)
    if (((const Connection *) g_ptr_array_index (self->connections, i))->session == session)
      return TRUE;
  return FALSE;
}

void
pl_client_replace (PlClient *self, PlBoxSession *session)
{
  for (guint i = self->connections->len; i > 0; i--) {
    const Connection *connection = g_ptr_array_index (self->connections, i - 1);
    if (connection->session != session
        && g_str_equal (pl_box_session_get_key (connection->session),
                        pl_box_session_get_key (session)))
      drop_connection (self, i - 1);
  }
}
