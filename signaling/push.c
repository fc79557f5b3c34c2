/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-push"

#include "signaling/push.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "signaling/push-address.h"
#include "signaling/push-seal.h"
#include "signaling/vapid.h"

#include <libsoup/soup.h>
#include <string.h>

/* An endpoint is the secret of a browser: it is in no line of the log. */

#define HTTPS_PORT  443
#define DEADLINE_US (10 * (int64_t) G_USEC_PER_SEC) /* for all of a delivery */
/* RFC 8292 section 2: at most 24 hours; the clocks may differ by some. */
#define TOKEN_LIFE_S            (12 * 3600)
#define STATUS_TOO_MANY         429
#define SUBJECT_CHARACTERS      "-._~:/?#[]@!$&'()*+,;=%" /* of a URL, beside letters and digits */
#define TOPIC_CHARACTERS_BEYOND "-_"                      /* base64url, the same */

struct _PlPush {
  PlVapid *vapid;
  char *subject;
  PlPushRules *rules;
  GTlsDatabase *trust; /* NULL: the system's */
  PlPushedFunc func;
  gpointer user_data;
  GHashTable *deliveries; /* set of Delivery */
};

/* One message on its way, with a session of its own: a connection to a name that was judged for
 * this message, and nothing that the next could find in it. */
typedef struct {
  PlPush *push; /* NULL: that is gone */
  int64_t ticket;
  SoupSession *session;
  SoupMessage *message;
  GCancellable *cancellable;
  PlDeadline *deadline;
  PlPushStatus verdict; /* known before anything is sent */
} Delivery;

static void
delivery_free (Delivery *self)
{
  pl_deadline_free (self->deadline);
  if (self->session)
    soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_clear_object (&self->message);
  g_object_unref (self->cancellable);
  g_free (self);
}

static void
finish (Delivery *self, PlPushStatus status)
{
  PlPush *push = self->push;

  if (push) {
    g_hash_table_remove (push->deliveries, self);
    push->func (self->ticket, status, push->user_data);
  }
  delivery_free (self);
}

static void
on_deadline (gpointer user_data)
{
  Delivery *self = user_data;

  if (self->verdict != PL_PUSH_STATUS_UNKNOWN)
    finish (self, self->verdict);
  else
    g_cancellable_cancel (self->cancellable); /* on_answered() follows */
}

/* RFC 8030 5 and 7.3: a subscription that is over is 404 or 410. */
static PlPushStatus
judge_status (guint status)
{
  if (status >= 200 && status < 300)
    return PL_PUSH_STATUS_SENT;
  if (status == SOUP_STATUS_NOT_FOUND || status == SOUP_STATUS_GONE)
    return PL_PUSH_STATUS_GONE;
  if (status == STATUS_TOO_MANY || status >= 500)
    return PL_PUSH_STATUS_FAILED;
  return PL_PUSH_STATUS_REFUSED;
}

/* The head is all that is of interest: what the body holds stays where it is, however much. */
static void
on_answered (GObject *session, GAsyncResult *result, gpointer user_data)
{
  Delivery *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) body
      = soup_session_send_finish (SOUP_SESSION (session), result, &error);

  if (body) {
    guint status = soup_message_get_status (self->message);
    pl_debug (self->push, "the push service says %u", status);
    finish (self, judge_status (status));
    return;
  }
  pl_debug (self->push, "no push: %s", error->message);
  finish (self, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED)
                    ? PL_PUSH_STATUS_REFUSED
                    : PL_PUSH_STATUS_FAILED);
}

static SoupSession *
make_session (PlPush *self, GUri *uri)
{
  int port = g_uri_get_port (uri);
  g_autoptr (PlPushAddress) address = pl_push_address_new (
      g_uri_get_host (uri), port == -1 ? HTTPS_PORT : (guint16) port, self->rules);
  SoupSession *session
      = soup_session_new_with_options ("remote-connectable", address, "max-conns", 1, NULL);

  soup_session_set_proxy_resolver (session, NULL);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  if (self->trust)
    soup_session_set_tls_database (session, self->trust);
  return session;
}

static char *
make_origin (GUri *uri)
{
  int port = g_uri_get_port (uri);
  return port == -1 || port == HTTPS_PORT
             ? g_strdup_printf ("https://%s", g_uri_get_host (uri))
             : g_strdup_printf ("https://%s:%d", g_uri_get_host (uri), port);
}

/* RFC 8030 5.2 to 5.4. */
static void
add_headers (PlPush *self, SoupMessage *message, const PlSignalMsg *msg)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autofree char *origin = make_origin (soup_message_get_uri (message));
  g_autofree char *token = pl_vapid_authorize (
      self->vapid, origin, self->subject, g_get_real_time () / G_USEC_PER_SEC + TOKEN_LIFE_S);
  g_autofree char *ttl = g_strdup_printf ("%u", msg->ttl);

  soup_message_headers_replace (headers, "Authorization", token);
  soup_message_headers_replace (headers, "Content-Encoding", "aes128gcm");
  soup_message_headers_replace (headers, "TTL", ttl);
  if (msg->urgency)
    soup_message_headers_replace (headers, "Urgency", msg->urgency);
  if (msg->topic)
    soup_message_headers_replace (headers, "Topic", msg->topic);
}

static gboolean
consists_of (const char *text, const char *beyond)
{
  for (; *text; text++)
    if (!g_ascii_isalnum (*text) && strchr (beyond, *text) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
check_header_values (const PlSignalMsg *msg, GError **error)
{
  static const char *const urgencies[] = { "very-low", "low", "normal", "high", NULL };
  const char *fault = NULL;

  if (msg->urgency && !g_strv_contains (urgencies, msg->urgency))
    fault = "urgency";
  else if (msg->topic && (!*msg->topic || !consists_of (msg->topic, TOPIC_CHARACTERS_BEYOND)))
    fault = "topic";
  if (fault == NULL)
    return TRUE;
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "push: '%s' is none", fault);
  return FALSE;
}

static SoupMessage *
make_message (PlPush *self, const PlSignalMsg *msg, GError **error)
{
  g_autoptr (GUri) uri = pl_push_rules_parse (self->rules, msg->endpoint, error);
  gsize len;

  if (uri == NULL || !check_header_values (msg, error))
    return NULL;
  guchar *raw = g_base64_decode (msg->payload, &len);
  g_autoptr (GBytes) payload = g_bytes_new_take (raw, len);
  g_autoptr (GBytes) body = pl_push_seal (msg->p256dh, msg->auth, payload, error);
  if (body == NULL)
    return NULL;
  SoupMessage *message = soup_message_new_from_uri (SOUP_METHOD_POST, uri);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_set_request_body_from_bytes (message, "application/octet-stream", body);
  add_headers (self, message, msg);
  return message;
}

void
pl_push_send (PlPush *self, const PlSignalMsg *msg, int64_t ticket)
{
  g_autoptr (GError) error = NULL;
  Delivery *delivery = g_new0 (Delivery, 1);

  delivery->push = self;
  delivery->ticket = ticket;
  delivery->cancellable = g_cancellable_new ();
  delivery->deadline = pl_deadline_new ("pl-push", on_deadline, delivery);
  g_hash_table_add (self->deliveries, delivery);
  delivery->message = make_message (self, msg, &error);
  if (delivery->message == NULL) {
    pl_debug (self, "refused: %s", error->message);
    delivery->verdict = PL_PUSH_STATUS_REFUSED;
    pl_deadline_set (delivery->deadline, g_get_monotonic_time ());
    return;
  }
  delivery->session = make_session (self, soup_message_get_uri (delivery->message));
  pl_deadline_set (delivery->deadline, g_get_monotonic_time () + DEADLINE_US);
  soup_session_send_async (delivery->session, delivery->message, G_PRIORITY_DEFAULT,
                           delivery->cancellable, on_answered, delivery);
}

static gboolean
check_subject (const char *subject, GError **error)
{
  if (subject
      && (g_str_has_prefix (subject, "mailto:") || g_str_has_prefix (subject, "https://"))
      && consists_of (subject, SUBJECT_CHARACTERS))
    return TRUE;
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
               "--push-subject: expected mailto:ADDRESS or https://..., where push services "
               "find whoever runs this server: '%s'",
               subject ? subject : "");
  return FALSE;
}

PlPush *
pl_push_new (const PlPushConfig *config, GError **error)
{
  g_autoptr (PlPush) self = g_new0 (PlPush, 1);

  self->deliveries = g_hash_table_new (NULL, NULL);
  if (!check_subject (config->subject, error))
    return NULL;
  self->subject = g_strdup (config->subject);
  self->rules = pl_push_rules_new (config->hosts, config->networks, error);
  if (self->rules == NULL)
    return NULL;
  self->vapid = pl_vapid_load (config->key_file, error);
  if (self->vapid == NULL) {
    g_prefix_error (error, "--push-key: ");
    return NULL;
  }
  if (config->ca_file == NULL)
    return g_steal_pointer (&self);
  self->trust = g_tls_file_database_new (config->ca_file, error);
  if (self->trust == NULL) {
    g_prefix_error (error, "--push-ca: ");
    return NULL;
  }
  return g_steal_pointer (&self);
}

/* One that is on the wire ends in its callback, and finds nobody to tell. */
static void
drop (Delivery *delivery)
{
  delivery->push = NULL;
  if (delivery->verdict != PL_PUSH_STATUS_UNKNOWN)
    delivery_free (delivery);
  else
    g_cancellable_cancel (delivery->cancellable);
}

void
pl_push_free (PlPush *self)
{
  if (self == NULL)
    return;
  g_autofree gpointer *deliveries = g_hash_table_get_keys_as_array (self->deliveries, NULL);
  for (gpointer *delivery = deliveries; *delivery; delivery++)
    drop (*delivery);
  g_hash_table_unref (self->deliveries);
  g_clear_pointer (&self->vapid, pl_vapid_free);
  pl_push_rules_unref (self->rules);
  g_clear_object (&self->trust);
  g_free (self->subject);
  g_free (self);
}

void
pl_push_set_func (PlPush *self, PlPushedFunc func, gpointer user_data)
{
  self->func = func;
  self->user_data = user_data;
}

const char *
pl_push_get_key (const PlPush *self)
{
  return pl_vapid_get_public (self->vapid);
}
