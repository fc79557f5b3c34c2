/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-session"

#include "simbox/session-private.h"

#include "base/limits.h"
#include "base/log.h"
#include "simbox/box-json.h"

#include <string.h>

#define CONTROL_PROTOCOL "punchline.control.1"
#define SMS_PROTOCOL     "punchline.sms.1"
#define STREAM_PROTOCOL  "punchline.stream.1"

/* --- what methods need --- */

gboolean
pl_box_session_get (GVariant *params, const char *key, const char *type, gpointer value,
                    GError **error)
{
  if (g_variant_lookup (params, key, type, value))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "'%s' is missing, or of another type", key);
  return FALSE;
}

guint
pl_box_session_get_limit (GVariant *params, guint most)
{
  gint64 limit = most;
  g_variant_lookup (params, "limit", "x", &limit);
  return (guint) CLAMP (limit, 1, most);
}

GVariant *
pl_box_session_nothing (void)
{
  return g_variant_new ("a{sv}", /* builder = */ NULL);
}

/* --- who it is --- */

/* Calls that it has under another name wait for that one to come back. */
static void
set_key (PlBoxSession *self, const char *program)
{
  g_autofree char *old = g_steal_pointer (&self->key);

  self->key = g_strdup_printf ("%s %s", self->who->name, program);
  if (old && !g_str_equal (old, self->key))
    pl_calls_client_lost (self->box->calls, old);
}

/* Until it says who it is, and if it never does, it is a program of its own. */
static void
make_key (PlBoxSession *self)
{
  g_autofree char *program = g_uuid_string_random ();
  set_key (self, program);
}

static gboolean
is_program (const char *text)
{
  size_t len = strlen (text);

  for (const char *c = text; *c; c++)
    if (!g_ascii_isgraph (*c))
      return FALSE;
  return len > 0 && len <= PL_MAX_TEXT_ID;
}

gboolean
pl_box_session_greet (PlBoxSession *self, const char *program, GError **error)
{
  if (program && !is_program (program)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         "'program' has 1 to 64 printable characters");
    return FALSE;
  }
  if (self->greeted)
    return TRUE;
  if (program)
    set_key (self, program);
  self->ops->greeted (self, self->user_data);
  pl_calls_client_back (self->box->calls, self->key);
  self->greeted = TRUE;
  return TRUE;
}

const char *
pl_box_session_get_key (const PlBoxSession *self)
{
  return self->key;
}

/* --- errors --- */

typedef struct {
  int code;
  const char *reason;
} Refusal;

static Refusal
from_rules_error (int code)
{
  switch ((PlRulesError) code) {
  case PL_RULES_ERROR_NUMBER:
    return (Refusal){ PL_RPC_BAD_NUMBER, "bad-number" };
  case PL_RULES_ERROR_EMERGENCY:
    return (Refusal){ PL_RPC_EMERGENCY, "emergency" };
  case PL_RULES_ERROR_FORBIDDEN:
    return (Refusal){ PL_RPC_RULE, "rule" };
  case PL_RULES_ERROR_LIMIT:
    return (Refusal){ PL_RPC_LIMIT, "limit" };
  }
  return (Refusal){ PL_RPC_INTERNAL, NULL };
}

static Refusal
from_calls_error (int code)
{
  switch ((PlCallsError) code) {
  case PL_CALLS_ERROR_UNKNOWN:
    return (Refusal){ PL_RPC_NOT_FOUND, "not-found" };
  case PL_CALLS_ERROR_TAKEN:
    return (Refusal){ PL_RPC_CONFLICT, "taken" };
  case PL_CALLS_ERROR_STATE:
    return (Refusal){ PL_RPC_CONFLICT, "state" };
  }
  return (Refusal){ PL_RPC_INTERNAL, NULL };
}

static Refusal
from_error (const GError *error)
{
  if (error->domain == PL_RULES_ERROR)
    return from_rules_error (error->code);
  if (error->domain == PL_CALLS_ERROR)
    return from_calls_error (error->code);
  if (error->domain == PL_MODEM_ERROR)
    return (Refusal){ PL_RPC_MODEM, "modem" };
  if (error->domain == PL_STORE_ERROR)
    return (Refusal){ PL_RPC_STORE, "store" };
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    return (Refusal){ PL_RPC_INVALID_PARAMS, "invalid" };
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return (Refusal){ PL_RPC_NOT_ALLOWED, "not-allowed" };
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    return (Refusal){ PL_RPC_CONFLICT, "state" };
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return (Refusal){ PL_RPC_NOT_FOUND, "not-found" };
  return (Refusal){ PL_RPC_INTERNAL, NULL };
}

static void
refuse (PlRpc *rpc, int64_t id, const GError *error)
{
  Refusal refusal = from_error (error);
  pl_rpc_refuse (rpc, id, refusal.code, error->message, refusal.reason);
}

/* --- requests --- */

/* An answer that the modem gives later: to this channel, if it is still the one. */
typedef struct {
  PlBoxSession *session;
  PlRpc *rpc;
  int64_t id;
} Later;

static void
on_started (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autofree Later *later = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_task_propagate_pointer (G_TASK (result), &error);

  /* Cancelled: the session is gone. */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  later->session->n_started--;
  if (later->rpc != later->session->control && later->rpc != later->session->sms)
    return;
  if (answer)
    pl_rpc_answer (later->rpc, later->id, answer);
  else
    refuse (later->rpc, later->id, error);
}

static void
start (PlBoxSession *self, PlRpc *rpc, int64_t id, const PlBoxMethod *method, GVariant *params)
{
  if (self->n_started >= PL_MAX_MODEM_REQUESTS) {
    pl_rpc_refuse (rpc, id, PL_RPC_LIMIT, "the modem is still busy with other requests",
                   "limit");
    return;
  }
  Later *later = g_new0 (Later, 1);
  *later = (Later){ self, rpc, id };
  self->n_started++;
  g_autoptr (GTask) task
      = g_task_new (/* source = */ NULL, self->cancellable, on_started, later);
  g_task_set_check_cancellable (task, FALSE);
  method->start (self, params, task);
}

static gboolean
is_allowed (const PlBoxSession *self, const PlBoxMethod *method)
{
  if (method->needs == 0)
    return TRUE;
  if (self->who->rights == PL_RIGHT_READ)
    return method->reads;
  return (self->who->rights & method->needs) != 0;
}

static void
call (PlBoxSession *self, PlRpc *rpc, int64_t id, const PlBoxMethod *method, GVariant *params)
{
  g_autoptr (GError) error = NULL;

  if (method->start) {
    start (self, rpc, id, method, params);
    return;
  }
  GVariant *result = method->run (self, params, &error);
  if (result)
    pl_rpc_answer (rpc, id, result);
  else
    refuse (rpc, id, error);
}

static void
handle (PlBoxSession *self, PlRpc *rpc, const PlBoxMethod *methods, int64_t id,
        const char *name, GVariant *params)
{
  for (const PlBoxMethod *method = methods; method->name; method++) {
    if (!g_str_equal (method->name, name))
      continue;
    if (is_allowed (self, method))
      call (self, rpc, id, method, params);
    else
      pl_rpc_refuse (rpc, id, PL_RPC_NOT_ALLOWED,
                     "the box does not allow this client to do that", "not-allowed");
    return;
  }
  pl_rpc_refuse (rpc, id, PL_RPC_NO_METHOD, "no such method", NULL);
}

static void
on_control_request (int64_t id, const char *method, GVariant *params, gpointer user_data)
{
  PlBoxSession *self = user_data;
  handle (self, self->control, pl_box_control_methods, id, method, params);
}

static void
on_sms_request (int64_t id, const char *method, GVariant *params, gpointer user_data)
{
  PlBoxSession *self = user_data;
  handle (self, self->sms, pl_box_sms_methods, id, method, params);
}

static void
on_control_closed (const GError *reason G_GNUC_UNUSED, gpointer user_data)
{
  PlBoxSession *self = user_data;
  self->greeted = FALSE;
  g_clear_pointer (&self->control, pl_rpc_free);
}

static void
on_sms_closed (const GError *reason G_GNUC_UNUSED, gpointer user_data)
{
  PlBoxSession *self = user_data;
  self->watching = FALSE;
  g_clear_pointer (&self->sms, pl_rpc_free);
}

/* --- channels --- */

static gboolean
is_channel (PlChannel *channel, const char *label, const char *protocol)
{
  return g_str_equal (pl_channel_get_label (channel), label)
         && g_str_equal (pl_channel_get_protocol (channel), protocol);
}

static void
on_channel (PlPeer *peer G_GNUC_UNUSED, PlChannel *channel, PlBoxSession *self)
{
  static const PlRpcOps control = { on_control_request, NULL, on_control_closed };
  static const PlRpcOps sms = { on_sms_request, NULL, on_sms_closed };

  if (self->control == NULL && is_channel (channel, "control", CONTROL_PROTOCOL)) {
    self->control = pl_rpc_new (channel, &control, self);
  } else if (self->sms == NULL && is_channel (channel, "sms", SMS_PROTOCOL)) {
    self->sms = pl_rpc_new (channel, &sms, self);
  } else if (!is_channel (channel, "greeting", STREAM_PROTOCOL)
             || !pl_box_session_take_greeting (self, channel)) {
    pl_debug (self, "a channel '%s' refused", pl_channel_get_label (channel));
    pl_channel_close (channel);
  }
}

/* --- what the client is told --- */

gboolean
pl_box_session_may_see (const PlBoxSession *self, PlRights rights)
{
  return self->who->rights == PL_RIGHT_READ || (self->who->rights & rights) != 0;
}

static void
on_call_changed (PlCalls *calls G_GNUC_UNUSED, const PlCallInfo *info, PlBoxSession *self)
{
  if (self->control && self->greeted && pl_box_session_may_see (self, PL_RIGHT_CALL))
    pl_rpc_notify (self->control, "call", pl_box_json_call (self->box, info, self->key));
}

static void
on_status_changed (GObject *modem_or_texts G_GNUC_UNUSED, PlBoxSession *self)
{
  pl_box_session_tell_status (self);
}

void
pl_box_session_tell_status (PlBoxSession *self)
{
  if (self->control && self->greeted)
    pl_rpc_notify (self->control, "status", pl_box_json_status (self->box));
}

/* Its calls wait for it as long as its connection does. */
static void
on_peer_state (PlPeer *peer G_GNUC_UNUSED, guint state, PlBoxSession *self)
{
  if (state == PL_PEER_DISCONNECTED)
    pl_calls_client_lost (self->box->calls, self->key);
  else if (state == PL_PEER_OPEN)
    pl_calls_client_back (self->box->calls, self->key);
}

static void
on_voice_failed (const GError *reason, gpointer user_data)
{
  pl_warning (user_data, "voice: %s", reason->message);
}

PlPeerVoice *
pl_box_session_get_voice (PlBoxSession *self)
{
  return self->voice;
}

PlBoxSession *
pl_box_session_new (const PlBox *box, const PlAuthorized *who, PlPeer *peer,
                    const PlBoxSessionOps *ops, gpointer user_data)
{
  static const PlPeerVoiceOps voice_ops = { .failed = on_voice_failed };
  PlBoxSession *self = g_new0 (PlBoxSession, 1);

  self->box = box;
  self->who = who;
  self->peer = g_object_ref (peer);
  make_key (self);
  self->ops = ops;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  self->mails = g_ptr_array_new_with_free_func (pl_box_session_free_mail);
  self->voice = pl_peer_voice_new (peer, &voice_ops, self);
  g_signal_connect (peer, "channel", G_CALLBACK (on_channel), self);
  g_signal_connect (peer, "state-changed", G_CALLBACK (on_peer_state), self);
  g_signal_connect (box->texts, "text-changed", G_CALLBACK (pl_box_session_on_text), self);
  g_signal_connect (box->texts, "texts-read", G_CALLBACK (pl_box_session_on_read), self);
  g_signal_connect (box->texts, "texts-deleted", G_CALLBACK (pl_box_session_on_deleted), self);
  g_signal_connect (box->texts, "problem-changed", G_CALLBACK (on_status_changed), self);
  g_signal_connect (box->calls, "call-changed", G_CALLBACK (on_call_changed), self);
  g_signal_connect (box->calls, "log-deleted", G_CALLBACK (pl_box_session_on_log_deleted),
                    self);
  g_signal_connect (box->calls, "blocked-changed", G_CALLBACK (pl_box_session_on_blocked),
                    self);
  g_signal_connect (box->modem, "status-changed", G_CALLBACK (on_status_changed), self);
  if (box->mailbox) {
    g_signal_connect (box->mailbox, "changed", G_CALLBACK (pl_box_session_on_voicemail), self);
    g_signal_connect (pl_mailbox_get_greeting (box->mailbox), "changed",
                      G_CALLBACK (pl_box_session_on_greeting), self);
  }
  return self;
}

void
pl_box_session_free (PlBoxSession *self)
{
  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->peer, self);
  g_signal_handlers_disconnect_by_data (self->box->texts, self);
  g_signal_handlers_disconnect_by_data (self->box->calls, self);
  g_signal_handlers_disconnect_by_data (self->box->modem, self);
  pl_box_session_drop_greeting (self);
  if (self->box->mailbox) {
    g_signal_handlers_disconnect_by_data (self->box->mailbox, self);
    g_signal_handlers_disconnect_by_data (pl_mailbox_get_greeting (self->box->mailbox), self);
  }
  pl_voice_path_forget (self->box->voice, self->voice);
  pl_peer_voice_free (self->voice);
  pl_calls_client_lost (self->box->calls, self->key);
  g_ptr_array_unref (self->mails);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  pl_rpc_free (self->control);
  pl_rpc_free (self->sms);
  g_object_unref (self->peer);
  g_free (self->key);
  g_free (self);
}
