/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-rpc"

#include "stream/rpc.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/bucket.h"

#include <gio/gio.h>
#include <string.h>

#define CALL_TIMEOUT_US (30 * G_USEC_PER_SEC)

G_DEFINE_QUARK (pl_rpc_failure_quark, pl_rpc_failure)

/* One request of ours that has no answer yet. All have the same time, so the list is in the
 * order of their deadlines. */
typedef struct {
  int64_t id;
  int64_t deadline_us;
  PlRpcAnswerFunc answer;
  gpointer user_data;
} Call;

struct _PlRpc {
  PlChannel *channel;  /* NULL: closed */
  const PlRpcOps *ops; /* NULL: freed */
  gpointer user_data;
  GQueue calls; /* of Call */
  int64_t last_id;
  GHashTable *open; /* ids (int64_t) of the remote's requests without an answer */
  PlBucket bucket;
  PlDeadline *timer;
};

static const PlRate message_rate = { G_USEC_PER_SEC / PL_RPC_MESSAGES_PER_S, PL_RPC_BURST };

static void
clear (gpointer data)
{
  PlRpc *self = data;
  g_queue_clear_full (&self->calls, g_free);
  g_hash_table_unref (self->open);
  pl_deadline_free (self->timer);
}

static void
release (PlRpc *self)
{
  g_rc_box_release_full (self, clear);
}
typedef PlRpc Hold;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hold, release)

static void
drop_channel (PlRpc *self)
{
  g_autoptr (PlChannel) channel = g_steal_pointer (&self->channel);

  if (channel == NULL)
    return;
  g_signal_handlers_disconnect_by_data (channel, self);
  pl_channel_close (channel);
}

static void
finish (PlRpc *self, const GError *reason)
{
  g_autoptr (GError) closed
      = g_error_new_literal (PL_LINK_ERROR, PL_LINK_ERROR_CLOSED, "the channel was closed");
  Call *call;

  drop_channel (self);
  pl_deadline_set (self->timer, PL_NEVER);
  while (self->ops && (call = g_queue_pop_head (&self->calls))) {
    call->answer (NULL, reason ? reason : closed, call->user_data);
    g_free (call);
  }
  if (self->ops)
    g_steal_pointer (&self->ops)->closed (reason, self->user_data);
}

static void
fail (PlRpc *self, const char *what)
{
  g_autoptr (GError) error = g_error_new_literal (PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT, what);
  finish (self, error);
}

/* Nobody is called from here: a caller in the middle of its own work would not expect it. What
 * does not go out because the remote does not read ends the channel. */
static void
send_text (PlRpc *self, char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));
  g_autoptr (GError) error = NULL;

  if (self->channel == NULL)
    return;
  if (pl_channel_get_buffered_amount (self->channel) > PL_MAX_RPC_BUFFERED) {
    pl_debug (self, "the remote does not read");
    pl_channel_close (self->channel);
  } else if (!pl_channel_send (self->channel, bytes, /* is_text = */ TRUE, &error)) {
    pl_debug (self, "%s", error->message);
  }
}

static Call *
take_call (PlRpc *self, int64_t id)
{
  for (GList *link = self->calls.head; link; link = link->next) {
    Call *call = link->data;
    if (call->id == id) {
      g_queue_delete_link (&self->calls, link);
      return call;
    }
  }
  return NULL;
}

static void
set_timer (PlRpc *self)
{
  const Call *first = g_queue_peek_head (&self->calls);
  pl_deadline_set (self->timer, first ? first->deadline_us : PL_NEVER);
}

static void
on_expired (gpointer user_data)
{
  g_autoptr (Hold) self = g_rc_box_acquire (user_data);
  g_autofree Call *call = g_queue_pop_head (&self->calls);
  g_autoptr (GError) error
      = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer in time");

  set_timer (self);
  if (call)
    call->answer (NULL, error, call->user_data);
}

static void
take_answer (PlRpc *self, const PlRpcMsg *msg)
{
  g_autofree Call *call = take_call (self, msg->id);
  g_autoptr (GError) error = NULL;

  if (call == NULL) {
    pl_debug (self, "an answer to nothing");
    return;
  }
  set_timer (self);
  if (msg->kind == PL_RPC_ERROR)
    error = g_error_new_literal (PL_RPC_FAILURE, msg->code, msg->text);
  call->answer (error ? NULL : msg->result, error, call->user_data);
}

static void
take_request (PlRpc *self, const PlRpcMsg *msg)
{
  if (g_hash_table_size (self->open) >= PL_MAX_RPC_CALLS) {
    pl_rpc_refuse (self, msg->id, PL_RPC_LIMIT, "too many requests at once", "limit");
    return;
  }
  if (!g_hash_table_add (self->open, g_memdup2 (&msg->id, sizeof msg->id))) {
    pl_rpc_refuse (self, msg->id, PL_RPC_INVALID_REQUEST, "this id is in use", NULL);
    return;
  }
  self->ops->request (msg->id, msg->method, msg->params, self->user_data);
}

static void
take_message (PlRpc *self, const PlRpcMsg *msg)
{
  switch (msg->kind) {
  case PL_RPC_REQUEST:
    take_request (self, msg);
    break;
  case PL_RPC_NOTIFICATION:
    if (self->ops->notified)
      self->ops->notified (msg->method, msg->params, self->user_data);
    break;
  case PL_RPC_RESULT:
  case PL_RPC_ERROR:
    take_answer (self, msg);
    break;
  }
}

/* Who asks to be told takes it as it comes: a box tells of a hundred texts at once. */
static gboolean
is_flood (PlRpc *self)
{
  if (self->ops->notified)
    return FALSE;
  return pl_bucket_take (&self->bucket, &message_rate, 1, g_get_monotonic_time ())
         == PL_BUCKET_FLOOD;
}

static void
on_message (PlChannel *channel G_GNUC_UNUSED, GBytes *bytes, gboolean is_text, gpointer data)
{
  g_autoptr (Hold) self = g_rc_box_acquire (data);
  gsize len;
  const char *text = g_bytes_get_data (bytes, &len);
  g_autoptr (GError) error = NULL;

  if (is_flood (self)) {
    pl_rpc_refuse (self, -1, PL_RPC_LIMIT, "too many messages", "limit");
    fail (self, "too many messages");
    return;
  }
  if (!is_text || len > PL_MAX_RPC_MESSAGE) {
    pl_rpc_refuse (self, -1, PL_RPC_INVALID_REQUEST, "not a text message of at most 64 KiB",
                   NULL);
    return;
  }
  g_autoptr (PlRpcMsg) msg = pl_rpc_msg_parse (text ? text : "", len, &error);
  if (msg)
    take_message (self, msg);
  else
    pl_rpc_refuse (self, -1, PL_RPC_PARSE_ERROR, error->message, NULL);
}

static void
on_closed (PlChannel *channel G_GNUC_UNUSED, const GError *reason, gpointer data)
{
  g_autoptr (Hold) self = g_rc_box_acquire (data);
  finish (self, reason);
}

PlRpc *
pl_rpc_new (PlChannel *channel, const PlRpcOps *ops, gpointer user_data)
{
  PlRpc *self = g_rc_box_new0 (PlRpc);

  self->channel = g_object_ref (channel);
  self->ops = ops;
  self->user_data = user_data;
  g_queue_init (&self->calls);
  self->open = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  pl_bucket_init (&self->bucket, &message_rate, g_get_monotonic_time ());
  self->timer = pl_deadline_new ("rpc", on_expired, self);
  g_signal_connect (channel, "message", G_CALLBACK (on_message), self);
  g_signal_connect (channel, "closed", G_CALLBACK (on_closed), self);
  return self;
}

void
pl_rpc_free (PlRpc *self)
{
  if (self == NULL)
    return;
  self->ops = NULL;
  drop_channel (self);
  pl_deadline_set (self->timer, PL_NEVER);
  release (self);
}

void
pl_rpc_call (PlRpc *self, const char *method, GVariant *params, PlRpcAnswerFunc answer,
             gpointer user_data)
{
  Call *call = g_new0 (Call, 1);

  call->id = ++self->last_id;
  call->deadline_us = g_get_monotonic_time () + CALL_TIMEOUT_US;
  call->answer = answer;
  call->user_data = user_data;
  g_queue_push_tail (&self->calls, call);
  set_timer (self);
  send_text (self, pl_rpc_print_request (call->id, method, params));
}

void
pl_rpc_notify (PlRpc *self, const char *method, GVariant *params)
{
  send_text (self, pl_rpc_print_notification (method, params));
}

void
pl_rpc_answer (PlRpc *self, int64_t id, GVariant *result)
{
  g_autofree char *text = pl_rpc_print_result (id, result);

  if (strlen (text) > PL_MAX_RPC_MESSAGE) {
    pl_rpc_refuse (self, id, PL_RPC_LIMIT, "the answer is too long", "limit");
    return;
  }
  g_hash_table_remove (self->open, &id);
  send_text (self, g_steal_pointer (&text));
}

void
pl_rpc_refuse (PlRpc *self, int64_t id, int code, const char *text, const char *reason)
{
  g_hash_table_remove (self->open, &id);
  send_text (self, pl_rpc_print_error (id, code, text, reason));
}
