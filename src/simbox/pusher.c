/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-pusher"

#include "simbox/pusher.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "peer/signal-client.h"
#include "simbox/push-message.h"

#define AGENT        "punchline-boxd push"
#define RETRY_US     (30 * (int64_t) G_USEC_PER_SEC) /* after the client has given up */
#define N_TOLD_TEXTS 64                              /* a late part tells of a text again */

struct _PlPusher {
  PlPusherConfig config;
  PlSignalClient *client; /* NULL: no subscriptions, or the retry timer runs */
  PlDeadline *retry;
  gboolean ready;      /* there was a welcome, of a server that pushes */
  GQueue waiting;      /* of Errand: not asked for yet */
  GHashTable *asked;   /* id of the request -> Errand */
  GHashTable *ringing; /* set of ids of calls that clients were told of */
  GArray *told_texts;  /* rows (int64_t), oldest first */
  int64_t last_mail;   /* id of the newest voicemail that is known */
};

/* One message to one subscription. */
typedef struct {
  PlSignalMsg *request; /* until it is asked for */
  char *client, *endpoint;
  int64_t useless_at_us;
} Errand;

static void
errand_free (gpointer data)
{
  Errand *self = data;
  pl_signal_msg_free (self->request);
  g_free (self->client);
  g_free (self->endpoint);
  g_free (self);
}

/* --- the server --- */

static void
on_settled (PlPusher *self, const PlSignalMsg *msg)
{
  const Errand *errand = g_hash_table_lookup (self->asked, &msg->id);

  if (errand == NULL)
    return;
  pl_debug (self, "a push message: %s",
            msg->type == PL_SIGNAL_MSG_PUSHED ? pl_push_status_name (msg->status)
                                              : pl_signal_code_name (msg->code));
  if (msg->type == PL_SIGNAL_MSG_PUSHED && msg->status == PL_PUSH_STATUS_GONE)
    pl_store_clear_push (self->config.store, errand->client, errand->endpoint,
                         /* error = */ NULL);
  g_hash_table_remove (self->asked, &msg->id);
}

static void
ask (PlPusher *self, Errand *errand)
{
  int64_t id = pl_signal_client_take_request (self->client, g_steal_pointer (&errand->request));
  if (id == 0)
    errand_free (errand);
  else
    g_hash_table_insert (self->asked, g_memdup2 (&id, sizeof id), errand);
}

/* No more at a time than the server takes of a session. */
static void
work (PlPusher *self)
{
  int64_t now = g_get_monotonic_time ();

  while (self->ready && self->waiting.length > 0
         && g_hash_table_size (self->asked) < PL_MAX_PUSHES_PER_CLIENT) {
    Errand *errand = g_queue_pop_head (&self->waiting);
    if (errand->useless_at_us <= now)
      errand_free (errand);
    else
      ask (self, errand);
  }
}

static void
on_event (const PlSignalMsg *event, gpointer user_data)
{
  PlPusher *self = user_data;

  if (event->type == PL_SIGNAL_MSG_WELCOME) {
    self->ready = event->push_key != NULL;
    if (!event->resumed)
      g_hash_table_remove_all (self->asked);
  } else if (event->type == PL_SIGNAL_MSG_PUSHED || event->type == PL_SIGNAL_MSG_ERROR) {
    on_settled (self, event);
  }
  work (self);
  pl_pusher_look (self);
}

static void
forget_client (PlPusher *self)
{
  self->ready = FALSE;
  g_clear_pointer (&self->client, pl_signal_client_free);
  g_hash_table_remove_all (self->asked);
}

static void
on_closed (const GError *reason, gpointer user_data)
{
  PlPusher *self = user_data;

  pl_debug (self, "no push: %s", reason ? reason->message : "closed");
  forget_client (self);
  pl_deadline_set (self->retry, g_get_monotonic_time () + RETRY_US);
}

static void
connect_server (PlPusher *self)
{
  static const PlSignalClientOps ops = { .event = on_event, .closed = on_closed };
  const PlSignalClientConfig config = {
    .url = self->config.signaling_url,
    .agent = AGENT,
    .tls_database = self->config.tls_database,
  };
  g_autoptr (GError) error = NULL;

  self->client = pl_signal_client_new (&config, &ops, self, &error);
  if (self->client)
    pl_signal_client_start (self->client);
  else
    pl_warning (self, "no push: %s", error->message);
}

static void
on_retry (gpointer user_data)
{
  pl_pusher_look (user_data);
}

void
pl_pusher_look (PlPusher *self)
{
  g_autoptr (GPtrArray) list = pl_store_list_push (self->config.store, /* error = */ NULL);
  gboolean wanted = list && list->len > 0;

  if (wanted && self->client == NULL) {
    pl_deadline_set (self->retry, PL_NEVER);
    connect_server (self);
  } else if (!wanted && self->client && g_hash_table_size (self->asked) == 0) {
    forget_client (self);
  }
}

/* --- who is told --- */

static gboolean
is_for (PlPusher *self, const PlPushMessage *message, const char *identity)
{
  const PlAuthorized *who = self->config.find (identity, self->config.user_data);

  if (who == NULL) { /* taken out of the list while the box was off */
    pl_store_clear_push (self->config.store, identity, /* endpoint = */ NULL,
                         /* error = */ NULL);
    return FALSE;
  }
  return who->rights == PL_RIGHT_READ || (who->rights & message->needs);
}

static Errand *
errand_new (const PlPushMessage *message, const PlPushSubscription *to)
{
  char *payload = pl_push_message_seal (message, to->key);
  if (payload == NULL)
    return NULL;
  Errand *self = g_new0 (Errand, 1);
  self->client = g_strdup (to->client);
  self->endpoint = g_strdup (to->endpoint);
  self->useless_at_us = g_get_monotonic_time () + message->ttl_s * (int64_t) G_USEC_PER_SEC;
  self->request = pl_signal_msg_new (PL_SIGNAL_MSG_PUSH);
  self->request->endpoint = g_strdup (to->endpoint);
  self->request->p256dh = g_strdup (to->p256dh);
  self->request->auth = g_strdup (to->auth);
  self->request->payload = payload;
  self->request->ttl = message->ttl_s;
  self->request->urgency = g_strdup ("high");
  self->request->topic = pl_push_message_make_topic (message, to->key);
  return self;
}

static void
send_message (PlPusher *self, const PlPushMessage *message)
{
  g_autoptr (GPtrArray) list = pl_store_list_push (self->config.store, /* error = */ NULL);

  for (guint i = 0; list && i < list->len; i++) {
    const PlPushSubscription *to = g_ptr_array_index (list, i);
    Errand *errand = is_for (self, message, to->client) ? errand_new (message, to) : NULL;
    if (errand == NULL)
      continue;
    g_queue_push_tail (&self->waiting, errand);
    if (self->waiting.length > PL_MAX_PUSH_QUEUE)
      errand_free (g_queue_pop_head (&self->waiting));
  }
  work (self);
}

static guint
count_unread (PlPusher *self)
{
  guint texts = 0, mails = 0;

  pl_store_count_unread (self->config.store, &texts, /* error = */ NULL);
  pl_store_count_unheard (self->config.store, &mails, /* error = */ NULL);
  return texts + mails;
}

/* --- what happens --- */

static gboolean
is_ringing (const PlCallInfo *call)
{
  return (call->state == PL_CALL_INCOMING || call->state == PL_CALL_WAITING)
         && call->client == NULL;
}

/* A caller who gave up, or whom voicemail has. Who rejects knows of it, and of a number that
 * turns out to be blocked nobody wants to. */
static gboolean
is_missed (const PlCallInfo *call)
{
  return !call->answered && call->client == NULL
         && (call->voicemail
             || (call->end != PL_CALL_END_LOCAL && call->end != PL_CALL_END_BLOCKED));
}

static void
on_call_changed (PlCalls *calls G_GNUC_UNUSED, const PlCallInfo *call, PlPusher *self)
{
  g_auto (PlPushMessage) message = { NULL };
  gboolean told = g_hash_table_contains (self->ringing, call->id);

  if (call->outgoing || is_ringing (call) == told || call->state == PL_CALL_ENDING
      || (!told && pl_calls_get_dnd (self->config.calls)))
    return;
  if (told) {
    g_hash_table_remove (self->ringing, call->id);
    pl_push_message_end (&message, call, is_missed (call), count_unread (self));
  } else {
    g_hash_table_add (self->ringing, g_strdup (call->id));
    pl_push_message_ring (&message, call, count_unread (self));
  }
  send_message (self, &message);
}

/* A text is told of once, with the gaps that it may have then. */
static gboolean
is_new_text (PlPusher *self, const PlText *text)
{
  if (text->outgoing || text->read)
    return FALSE;
  for (guint i = 0; i < self->told_texts->len; i++)
    if (g_array_index (self->told_texts, int64_t, i) == text->row)
      return FALSE;
  if (self->told_texts->len == N_TOLD_TEXTS)
    g_array_remove_index (self->told_texts, 0);
  g_array_append_val (self->told_texts, text->row);
  return TRUE;
}

static void
on_text_changed (PlTexts *texts G_GNUC_UNUSED, const PlText *text, PlPusher *self)
{
  g_auto (PlPushMessage) message = { NULL };

  if (!is_new_text (self, text))
    return;
  pl_push_message_text (&message, text, count_unread (self));
  send_message (self, &message);
}

static void
on_mailbox_changed (PlMailbox *mailbox G_GNUC_UNUSED, gint64 id, PlPusher *self)
{
  g_auto (PlPushMessage) message = { NULL };

  if (id <= self->last_mail)
    return;
  self->last_mail = id;
  g_autoptr (PlVoicemail) mail = pl_store_get_voicemail (self->config.store, id, NULL);
  if (mail == NULL || mail->heard)
    return;
  pl_push_message_voicemail (&message, mail, count_unread (self));
  send_message (self, &message);
}

static int64_t
find_last_mail (PlStore *store)
{
  g_autoptr (GPtrArray) mails = pl_store_list_voicemails (store, /* error = */ NULL);
  return mails && mails->len > 0 ? ((PlVoicemail *) mails->pdata[0])->id : 0;
}

PlPusher *
pl_pusher_new (const PlPusherConfig *config)
{
  PlPusher *self = g_new0 (PlPusher, 1);

  self->config = *config;
  self->retry = pl_deadline_new ("push", on_retry, self);
  g_queue_init (&self->waiting);
  self->asked = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, errand_free);
  self->ringing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->told_texts = g_array_new (FALSE, FALSE, sizeof (int64_t));
  self->last_mail = find_last_mail (config->store);
  g_signal_connect (config->calls, "call-changed", G_CALLBACK (on_call_changed), self);
  g_signal_connect (config->texts, "text-changed", G_CALLBACK (on_text_changed), self);
  if (config->mailbox)
    g_signal_connect (config->mailbox, "changed", G_CALLBACK (on_mailbox_changed), self);
  pl_pusher_look (self);
  return self;
}

void
pl_pusher_free (PlPusher *self)
{
  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->config.calls, self);
  g_signal_handlers_disconnect_by_data (self->config.texts, self);
  if (self->config.mailbox)
    g_signal_handlers_disconnect_by_data (self->config.mailbox, self);
  g_clear_pointer (&self->client, pl_signal_client_free);
  pl_deadline_free (self->retry);
  g_queue_clear_full (&self->waiting, errand_free);
  g_hash_table_unref (self->asked);
  g_hash_table_unref (self->ringing);
  g_array_unref (self->told_texts);
  g_free (self);
}
