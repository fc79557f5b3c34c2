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
  PlDeadline *retry;      /* to connect, or to ask */
  gboolean ready;         /* connected, with a server that pushes */
  int64_t ask_after_us;   /* the server wants no more before */
  int64_t last_number;
  GQueue waiting;      /* of Errand: not asked for yet, oldest first */
  GHashTable *asked;   /* id -> Errand */
  GHashTable *ringing; /* set of ids of calls that clients were told of */
  GArray *told_texts;  /* rows (int64_t), oldest first */
  int64_t last_mail;   /* id of the newest voicemail that is known */
};

/* One message to one subscription. It is kept until the server has answered: one that starts
 * anew knows nothing of what it was asked for. */
typedef struct {
  int64_t number; /* later ones have higher numbers */
  int64_t id;     /* of the request, once it is asked for */
  char *client, *endpoint, *p256dh, *auth;
  char *payload, *topic;
  PlRights needs;
  int64_t useless_at_us;
} Errand;

static void
errand_free (gpointer data)
{
  Errand *self = data;
  g_free (self->client);
  g_free (self->endpoint);
  g_free (self->p256dh);
  g_free (self->auth);
  g_free (self->payload);
  g_free (self->topic);
  g_free (self);
}

/* What has waited is to be kept by the push service for less. */
static PlSignalMsg *
errand_make_request (const Errand *self, int64_t now_us)
{
  PlSignalMsg *request = pl_signal_msg_new (PL_SIGNAL_MSG_PUSH);
  int64_t left_us = self->useless_at_us - now_us;

  request->endpoint = g_strdup (self->endpoint);
  request->p256dh = g_strdup (self->p256dh);
  request->auth = g_strdup (self->auth);
  request->payload = g_strdup (self->payload);
  request->ttl = (guint) ((left_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
  request->urgency = g_strdup ("high");
  request->topic = g_strdup (self->topic);
  return request;
}

static int
compare_errands (gconstpointer a, gconstpointer b, gpointer user_data G_GNUC_UNUSED)
{
  const Errand *x = a, *y = b;
  return (x->number > y->number) - (x->number < y->number);
}

/* Of two with one topic, a push service keeps the one that comes last. */
static gboolean
is_same_topic (const Errand *a, const Errand *b)
{
  return a->topic && b->topic && g_str_equal (a->topic, b->topic)
         && g_str_equal (a->endpoint, b->endpoint);
}

static GList *
find_waiting (PlPusher *self, const Errand *like)
{
  GList *link = self->waiting.head;

  while (link && !is_same_topic (link->data, like))
    link = link->next;
  return link;
}

/* In its place; the newest of a topic is the only one that waits. */
static void
take_errand (PlPusher *self, Errand *errand)
{
  GList *other = find_waiting (self, errand);

  if (other && ((const Errand *) other->data)->number > errand->number) {
    errand_free (errand);
    return;
  }
  if (other) {
    errand_free (other->data);
    g_queue_delete_link (&self->waiting, other);
  }
  g_queue_insert_sorted (&self->waiting, errand, compare_errands, NULL);
  if (self->waiting.length > PL_MAX_PUSH_QUEUE)
    errand_free (g_queue_pop_head (&self->waiting));
}

/* Rather twice than never: some may have been sent, and the answer is lost. */
static void
take_back_all (PlPusher *self)
{
  GHashTableIter iter;
  gpointer errand;

  g_hash_table_iter_init (&iter, self->asked);
  while (g_hash_table_iter_next (&iter, NULL, &errand)) {
    g_hash_table_iter_steal (&iter);
    take_errand (self, errand);
  }
}

static gboolean
is_for (PlPusher *self, PlRights needs, const char *identity)
{
  const PlAuthorized *who = self->config.find (identity, self->config.user_data);
  return who && (who->rights == PL_RIGHT_READ || (who->rights & needs));
}

/* --- the server --- */

static void
try_later (PlPusher *self, Errand *errand, guint seconds)
{
  self->ask_after_us = g_get_monotonic_time () + MAX (seconds, 1) * (int64_t) G_USEC_PER_SEC;
  pl_deadline_set (self->retry, self->ask_after_us);
  take_errand (self, errand);
}

static void
on_settled (PlPusher *self, const PlSignalMsg *msg)
{
  Errand *errand = g_hash_table_lookup (self->asked, &msg->id);

  if (errand == NULL)
    return;
  pl_debug (self, "a push message: %s",
            msg->type == PL_SIGNAL_MSG_PUSHED ? pl_push_status_name (msg->status)
                                              : pl_signal_code_name (msg->code));
  if (msg->type == PL_SIGNAL_MSG_PUSHED && msg->status == PL_PUSH_STATUS_GONE)
    pl_store_clear_push (self->config.store, errand->client, errand->endpoint,
                         /* error = */ NULL);
  g_hash_table_steal (self->asked, &msg->id);
  if (msg->type == PL_SIGNAL_MSG_ERROR && msg->code == PL_SIGNAL_CODE_RATE)
    try_later (self, errand, msg->retry_s);
  else
    errand_free (errand);
}

/* A client that takes no request is about to end: on_closed() follows. */
static void
ask (PlPusher *self, Errand *errand, int64_t now_us)
{
  errand->id
      = pl_signal_client_take_request (self->client, errand_make_request (errand, now_us));
  if (errand->id == 0) {
    self->ready = FALSE;
    take_errand (self, errand);
  } else {
    g_hash_table_insert (self->asked, &errand->id, errand);
  }
}

static gboolean
is_asked (PlPusher *self, const Errand *like)
{
  GHashTableIter iter;
  gpointer errand;

  g_hash_table_iter_init (&iter, self->asked);
  while (g_hash_table_iter_next (&iter, NULL, &errand))
    if (is_same_topic (errand, like))
      return TRUE;
  return FALSE;
}

/* The server has a connection for each, so that of two the later one may be there first: it
 * waits until the other is settled. */
static Errand *
next_errand (PlPusher *self)
{
  GList *link = self->waiting.head;

  while (link && is_asked (self, link->data))
    link = link->next;
  if (link == NULL)
    return NULL;
  Errand *errand = link->data;
  g_queue_delete_link (&self->waiting, link);
  return errand;
}

/* No more at a time than the server takes of a session; and nothing to those who have lost
 * their rights while it waited. */
static void
work (PlPusher *self)
{
  int64_t now = g_get_monotonic_time ();
  Errand *errand;

  while (self->ready && self->ask_after_us <= now
         && g_hash_table_size (self->asked) < PL_MAX_PUSHES_PER_CLIENT
         && (errand = next_errand (self)) != NULL) {
    if (errand->useless_at_us <= now || !is_for (self, errand->needs, errand->client))
      errand_free (errand);
    else
      ask (self, errand, now);
  }
}

static void
on_event (const PlSignalMsg *event, gpointer user_data)
{
  PlPusher *self = user_data;

  if (event->type == PL_SIGNAL_MSG_WELCOME) {
    self->ready = event->push_key != NULL;
    if (!event->resumed)
      take_back_all (self);
  } else if (event->type == PL_SIGNAL_MSG_PUSHED || event->type == PL_SIGNAL_MSG_ERROR) {
    on_settled (self, event);
  }
  work (self);
  pl_pusher_look (self);
}

static void
on_offline (gpointer user_data)
{
  PlPusher *self = user_data;
  self->ready = FALSE;
}

static void
forget_client (PlPusher *self)
{
  self->ready = FALSE;
  self->ask_after_us = 0;
  g_clear_pointer (&self->client, pl_signal_client_free);
  take_back_all (self);
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
  static const PlSignalClientOps ops
      = { .event = on_event, .offline = on_offline, .closed = on_closed };
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
  work (user_data);
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

static Errand *
errand_new (const PlPushMessage *message, const PlPushSubscription *to)
{
  char *payload = pl_push_message_seal (message, to->key);
  if (payload == NULL)
    return NULL;
  Errand *self = g_new0 (Errand, 1);
  self->client = g_strdup (to->client);
  self->endpoint = g_strdup (to->endpoint);
  self->p256dh = g_strdup (to->p256dh);
  self->auth = g_strdup (to->auth);
  self->payload = payload;
  self->topic = pl_push_message_make_topic (message, to->key);
  self->needs = message->needs;
  self->useless_at_us = g_get_monotonic_time () + message->ttl_s * (int64_t) G_USEC_PER_SEC;
  return self;
}

static void
send_message (PlPusher *self, const PlPushMessage *message)
{
  g_autoptr (GPtrArray) list = pl_store_list_push (self->config.store, /* error = */ NULL);

  for (guint i = 0; list && i < list->len; i++) {
    const PlPushSubscription *to = g_ptr_array_index (list, i);
    Errand *errand
        = is_for (self, message->needs, to->client) ? errand_new (message, to) : NULL;
    if (errand == NULL)
      continue;
    errand->number = ++self->last_number;
    take_errand (self, errand);
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
  self->asked = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, errand_free);
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
