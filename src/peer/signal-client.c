/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-signal"

#include "peer/signal-client.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/bucket.h"
#include "proto/signal-session.h"

#include <libsoup/soup.h>

/* The session decides; here are the socket and the clock. sync() brings them in line with what
 * it wants and is called after everything that happens. */

#define PROTOCOL               "punchline.v1"
#define HURRY_US               (30 * G_USEC_PER_SEC) /* a lost path is waited for as long */
#define PING_INTERVAL_S        10  /* libsoup tells of pongs, not of the server's pings */
#define FIRST_TRIES            4   /* before there ever was a welcome: about four seconds */
#define HTTP_TOO_MANY_REQUESTS 429 /* RFC 6585, which libsoup does not know */
#define CLOSE_TIMEOUT          G_USEC_PER_SEC
#define ATTEMPT_TIMEOUT_S      10 /* the kernel would try for two minutes */

/* Somewhat below what the server takes of a connection: what is over that it does not relay,
 * and a conversation would miss it. */
static const PlRate send_rate
    = { G_USEC_PER_SEC / (PL_MESSAGES_PER_S * 4 / 5), PL_MESSAGES_BURST * 4 / 5 };

struct _PlSignalClient {
  const PlSignalClientOps *ops; /* NULL once freed or closed */
  gpointer user_data;
  PlSignalSession *session;
  PlDeadline *deadline;
  PlDeadline *overdue; /* the attempt */
  PlDeadline *paced;   /* frames wait for it */
  PlBucket pace;
  SoupSession *soup;
  char *url;
  char *host;
  GCancellable *attempt; /* NULL: no socket is being opened */
  SoupWebsocketConnection *socket;
  GError *reason; /* for ops->closed */
  int64_t close_by;
  gboolean welcomed;
  gboolean ready; /* as the owner knows */
  gboolean syncing;
};

static void sync_client (PlSignalClient *self);

static void
client_clear (gpointer data)
{
  PlSignalClient *self = data;
  g_clear_pointer (&self->session, pl_signal_session_free);
  g_clear_object (&self->soup);
  g_clear_error (&self->reason);
  g_free (self->url);
  g_free (self->host);
}

static void
client_unref (PlSignalClient *self)
{
  g_rc_box_release_full (self, client_clear);
}

static void
drop_socket (PlSignalClient *self)
{
  if (self->attempt)
    g_cancellable_cancel (self->attempt);
  g_clear_object (&self->attempt);
  if (self->socket == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->socket, self);
  if (soup_websocket_connection_get_state (self->socket) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->socket, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  g_clear_object (&self->socket);
}

static void
fail (PlSignalClient *self, GError *reason)
{
  if (self->reason == NULL)
    self->reason = reason;
  else
    g_error_free (reason);
  pl_signal_session_close (self->session, g_get_monotonic_time ());
}

static void
on_message (SoupWebsocketConnection *socket G_GNUC_UNUSED, int type, GBytes *message,
            PlSignalClient *self)
{
  g_autoptr (GError) error = NULL;
  int64_t now = g_get_monotonic_time ();
  gsize len;
  const char *text = g_bytes_get_data (message, &len);

  if (type != SOUP_WEBSOCKET_DATA_TEXT)
    pl_signal_session_report_lost (self->session, now);
  else if (!pl_signal_session_feed (self->session, text, len, now, &error))
    pl_debug (self, "%s", error->message);
  sync_client (self);
}

static void
on_pong (SoupWebsocketConnection *socket G_GNUC_UNUSED, GBytes *payload G_GNUC_UNUSED,
         PlSignalClient *self)
{
  pl_signal_session_report_alive (self->session, g_get_monotonic_time ());
  sync_client (self);
}

static void
on_socket_closed (SoupWebsocketConnection *socket, PlSignalClient *self)
{
  pl_debug (self, "socket closed, code %u", soup_websocket_connection_get_close_code (socket));
  drop_socket (self);
  pl_signal_session_report_lost (self->session, g_get_monotonic_time ());
  sync_client (self);
}

static void
adopt_socket (PlSignalClient *self, SoupWebsocketConnection *socket)
{
  self->socket = socket;
  /* 0 would be no limit at all, and CVE-2026-0716. */
  soup_websocket_connection_set_max_incoming_payload_size (socket, PL_MAX_SIGNAL_MESSAGE);
  soup_websocket_connection_set_keepalive_interval (socket, PING_INTERVAL_S);
  g_signal_connect (socket, "message", G_CALLBACK (on_message), self);
  g_signal_connect (socket, "pong", G_CALLBACK (on_pong), self);
  g_signal_connect (socket, "closed", G_CALLBACK (on_socket_closed), self);
  pl_signal_session_report_opened (self->session, g_get_monotonic_time ());
}

static GError *
explain_certificate (PlSignalClient *self, GTlsCertificateFlags flags)
{
  const char *what = "is not valid";
  const char *help = "";

  if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA) {
    what = "is not trusted: it is self-signed or of an unknown authority";
    help = "; if it is your own server, use --tls-ca FILE with its certificate or authority";
  } else if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY) {
    what = "is for another name";
  } else if (flags & G_TLS_CERTIFICATE_EXPIRED) {
    what = "has expired";
  } else if (flags & G_TLS_CERTIFICATE_NOT_ACTIVATED) {
    what = "is not valid yet: is the clock right?";
  }
  return g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED, "the certificate of %s %s%s",
                      self->host, what, help);
}

static GError *
explain (PlSignalClient *self, SoupMessage *request, const GError *error)
{
  guint status = soup_message_get_status (request);
  GTlsCertificateFlags flags = soup_message_get_tls_peer_certificate_errors (request);

  if (flags)
    return explain_certificate (self, flags);
  if (status && status != SOUP_STATUS_SWITCHING_PROTOCOLS)
    return g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED,
                        "%s is no signaling server, or refuses: it answered %u %s%s", self->url,
                        status, soup_status_get_phrase (status),
                        g_str_has_prefix (self->url, "ws:") ? "; with TLS it is wss://" : "");
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_new (
        PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_UNREACHABLE,
        "the signaling server %s did not answer in %d s%s", self->url, ATTEMPT_TIMEOUT_S,
        g_str_has_prefix (self->url, "wss:") ? "; without TLS it is ws://" : "");
  if (error->domain == G_TLS_ERROR)
    return g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_UNREACHABLE,
                        "no TLS with the signaling server %s (without it is ws://): %s",
                        self->url, error->message);
  return g_error_new (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_UNREACHABLE,
                      "the signaling server %s is not reachable: %s", self->url,
                      error->message);
}

/* Whether the same try may go better in a while. */
static gboolean
is_passing (SoupMessage *request, const GError *error)
{
  guint status = soup_message_get_status (request);

  if (status == HTTP_TOO_MANY_REQUESTS || status >= 500)
    return TRUE;
  return status == SOUP_STATUS_NONE && error->domain != G_TLS_ERROR
         && error->domain != SOUP_WEBSOCKET_ERROR;
}

static void
on_attempt_failed (PlSignalClient *self, SoupMessage *request, const GError *error)
{
  g_autoptr (GError) reason = explain (self, request, error);
  gboolean silent = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  guint tries = silent ? 1 : FIRST_TRIES;

  pl_debug (self, "%s", reason->message);
  pl_signal_session_report_lost (self->session, g_get_monotonic_time ());
  gboolean patient = self->welcomed || pl_signal_session_get_failures (self->session) < tries;
  if (!patient || !is_passing (request, error))
    fail (self, g_steal_pointer (&reason));
}

typedef struct {
  PlSignalClient *client; /* a reference */
  GCancellable *attempt;
  SoupMessage *request;
} Attempt;

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Attempt *attempt = user_data;
  PlSignalClient *self = attempt->client;
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *socket
      = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);

  if (self->attempt != attempt->attempt) {
    g_clear_object (&socket); /* given up in the meantime */
  } else {
    g_clear_object (&self->attempt);
    pl_deadline_set (self->overdue, PL_NEVER);
    if (socket)
      adopt_socket (self, socket);
    else
      on_attempt_failed (self, attempt->request, error);
    sync_client (self);
  }
  g_object_unref (attempt->attempt);
  g_object_unref (attempt->request);
  g_free (attempt);
  client_unref (self);
}

static void
open_socket (PlSignalClient *self)
{
  static const char *const protocols[] = { PROTOCOL, NULL };
  Attempt *attempt = g_new0 (Attempt, 1);

  self->attempt = g_cancellable_new ();
  pl_deadline_set (self->overdue, g_get_monotonic_time () + ATTEMPT_TIMEOUT_S * G_USEC_PER_SEC);
  attempt->client = g_rc_box_acquire (self);
  attempt->attempt = g_object_ref (self->attempt);
  attempt->request = soup_message_new (SOUP_METHOD_GET, self->url);
  soup_session_websocket_connect_async (self->soup, attempt->request, /* origin = */ NULL,
                                        (char **) protocols, G_PRIORITY_DEFAULT, self->attempt,
                                        on_connected, attempt);
}

static gboolean
may_send (PlSignalClient *self)
{
  const int64_t now = g_get_monotonic_time ();
  const int64_t wait = pl_bucket_get_wait (&self->pace, &send_rate, now);

  if (wait == 0 || pl_signal_session_get_state (self->session) != PL_SESSION_READY)
    return TRUE;
  pl_deadline_set (self->paced, now + wait);
  return FALSE;
}

static void
send_frames (PlSignalClient *self)
{
  char *frame;

  while (may_send (self) && (frame = pl_signal_session_next_frame (self->session)) != NULL) {
    pl_bucket_take (&self->pace, &send_rate, 1, g_get_monotonic_time ());
    if (self->socket
        && soup_websocket_connection_get_state (self->socket) == SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_send_text (self->socket, frame);
    g_free (frame);
  }
}

static void
tell_offline (PlSignalClient *self)
{
  PlSignalSessionState state = pl_signal_session_get_state (self->session);

  if (!self->ready || state == PL_SESSION_READY || state == PL_SESSION_CLOSED)
    return;
  self->ready = FALSE;
  if (self->ops && self->ops->offline)
    self->ops->offline (self->user_data);
}

static void
deliver_events (PlSignalClient *self)
{
  while (self->ops) {
    g_autoptr (PlSignalMsg) event = pl_signal_session_next_event (self->session);
    if (event == NULL)
      return;
    if (event->type == PL_SIGNAL_MSG_WELCOME)
      self->welcomed = self->ready = TRUE;
    self->ops->event (event, self->user_data);
  }
}

/* After the bye: until the socket is closed, but not for long. */
static void
finish (PlSignalClient *self)
{
  int64_t now = g_get_monotonic_time ();

  if (self->close_by == 0) {
    self->close_by = now + CLOSE_TIMEOUT;
    if (self->socket
        && soup_websocket_connection_get_state (self->socket) == SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_close (self->socket, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  }
  pl_deadline_set (self->deadline, self->socket ? self->close_by : now);
}

static void
sync_client (PlSignalClient *self)
{
  if (self->syncing || self->ops == NULL)
    return;
  g_rc_box_acquire (self);
  self->syncing = TRUE;
  deliver_events (self);
  tell_offline (self);
  self->syncing = FALSE;
  if (self->ops) {
    send_frames (self);
    if (pl_signal_session_get_state (self->session) == PL_SESSION_CLOSED) {
      finish (self);
    } else {
      if (!pl_signal_session_wants_socket (self->session))
        drop_socket (self);
      else if (self->socket == NULL && self->attempt == NULL)
        open_socket (self);
      pl_deadline_set (self->deadline, pl_signal_session_get_deadline (self->session));
    }
  }
  client_unref (self);
}

static void
report_closed (PlSignalClient *self)
{
  const PlSignalClientOps *ops = g_steal_pointer (&self->ops);
  drop_socket (self);
  ops->closed (self->reason, self->user_data);
}

/* on_connected() follows. */
static void
on_overdue (gpointer user_data)
{
  PlSignalClient *self = user_data;
  if (self->attempt)
    g_cancellable_cancel (self->attempt);
}

static void
on_paced (gpointer user_data)
{
  sync_client (user_data);
}

static void
on_deadline (gpointer user_data)
{
  PlSignalClient *self = user_data;

  if (pl_signal_session_get_state (self->session) == PL_SESSION_CLOSED) {
    report_closed (self);
    return;
  }
  pl_signal_session_expire (self->session, g_get_monotonic_time ());
  sync_client (self);
}

char *
pl_signal_client_make_url (const char *url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const char *scheme = uri ? g_uri_get_scheme (uri) : "";
  gboolean secure = g_str_equal (scheme, "wss") || g_str_equal (scheme, "https");
  gboolean plain = g_str_equal (scheme, "ws") || g_str_equal (scheme, "http");

  if ((!secure && !plain) || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0') {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "signaling URL '%s': expected wss://HOST[:PORT], or ws:// without TLS", url);
    return NULL;
  }
  if (g_uri_get_userinfo (uri)) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "signaling URL: a user name or password in it means nothing");
    return NULL;
  }
  const char *path = g_uri_get_path (uri);
  gboolean bare = *path == '\0' || g_str_equal (path, "/");
  return g_uri_join (G_URI_FLAGS_NONE, secure ? "wss" : "ws", /* userinfo = */ NULL,
                     g_uri_get_host (uri), g_uri_get_port (uri), bare ? "/signal" : path,
                     g_uri_get_query (uri), /* fragment = */ NULL);
}

static SoupSession *
new_soup_session (GTlsDatabase *tls_database)
{
  SoupSession *soup = soup_session_new ();

  if (tls_database)
    soup_session_set_tls_database (soup, tls_database);
  /* permessage-deflate: its limit counts compressed bytes. */
  soup_session_remove_feature_by_type (soup, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  return soup;
}

PlSignalClient *
pl_signal_client_new (const PlSignalClientConfig *config, const PlSignalClientOps *ops,
                      gpointer user_data, GError **error)
{
  g_autofree char *url = pl_signal_client_make_url (config->url, error);
  if (url == NULL)
    return NULL;
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  PlSignalClient *self = g_rc_box_new0 (PlSignalClient);

  self->ops = ops;
  self->user_data = user_data;
  self->url = g_steal_pointer (&url);
  self->host = g_strdup (g_uri_get_host (uri));
  self->soup = new_soup_session (config->tls_database);
  self->session = pl_signal_session_new (config->agent, g_random_int ());
  self->deadline = pl_deadline_new ("signaling", on_deadline, self);
  self->overdue = pl_deadline_new ("signaling attempt", on_overdue, self);
  self->paced = pl_deadline_new ("signaling pace", on_paced, self);
  pl_bucket_init (&self->pace, &send_rate, g_get_monotonic_time ());
  return self;
}

void
pl_signal_client_free (PlSignalClient *self)
{
  if (self == NULL)
    return;
  self->ops = NULL;
  drop_socket (self);
  g_clear_pointer (&self->deadline, pl_deadline_free);
  g_clear_pointer (&self->overdue, pl_deadline_free);
  g_clear_pointer (&self->paced, pl_deadline_free);
  client_unref (self);
}

void
pl_signal_client_start (PlSignalClient *self)
{
  pl_signal_session_start (self->session, g_get_monotonic_time ());
  sync_client (self);
}

void
pl_signal_client_reconnect (PlSignalClient *self)
{
  const int64_t now = g_get_monotonic_time ();

  pl_signal_session_hurry (self->session, now + HURRY_US);
  if (self->socket == NULL)
    return;
  drop_socket (self);
  pl_signal_session_report_lost (self->session, now);
  sync_client (self);
}

void
pl_signal_client_close (PlSignalClient *self)
{
  pl_signal_session_close (self->session, g_get_monotonic_time ());
  sync_client (self);
}

void
pl_signal_client_take_failure (PlSignalClient *self, GError *reason)
{
  fail (self, reason);
  sync_client (self);
}

int64_t
pl_signal_client_take_request (PlSignalClient *self, PlSignalMsg *request)
{
  GError *error = NULL;
  int64_t id = pl_signal_session_take_request (self->session, request, &error);

  if (id == 0)
    fail (self, error);
  sync_client (self);
  return id;
}
