/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-calls"

#include "simbox/calls.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#include <string.h>

/* Joins the call table with the modem, the log and the clients. */

struct _PlCalls {
  GObject parent;
  PlStore *store;
  PlModem *modem;
  const PlDialRules *rules;
  const PlCallsOps *ops;
  gpointer user_data;
  PlCallTable *table;
  PlDeadline *deadline;
  PlVoicemailRules voicemail;
  guint tones_of; /* the modem's call whose tones it is making; 0: none */
  GString *tones; /* that wait behind them */
  gboolean swaps; /* the modem is at it */
};

G_DEFINE_FINAL_TYPE (PlCalls, pl_calls, G_TYPE_OBJECT)

enum {
  CALL_CHANGED,
  CALL_LOGGED,
  LOG_DELETED,
  BLOCKED_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

const char *
pl_call_state_name (PlCallState state)
{
  switch (state) {
  case PL_CALL_DIALING:
    return "dialing";
  case PL_CALL_ALERTING:
    return "alerting";
  case PL_CALL_INCOMING:
  case PL_CALL_ANSWERING:
    return "incoming";
  case PL_CALL_WAITING:
  case PL_CALL_TAKING:
    return "waiting";
  case PL_CALL_ACTIVE:
    return "active";
  case PL_CALL_LOST:
    return "lost";
  case PL_CALL_HELD:
    return "held";
  case PL_CALL_GREETING:
  case PL_CALL_VOICEMAIL:
    return "voicemail";
  case PL_CALL_ENDING:
    return "ending";
  case PL_CALL_ENDED:
    break;
  }
  return "ended";
}

const char *
pl_call_end_name (PlCallEnd end)
{
  static const char *const names[]
      = { NULL,      "hung-up",    "remote",      "busy",   "no-answer",
          "refused", "modem-lost", "client-lost", "blocked" };
  return names[end];
}

static void
arm (PlCalls *self)
{
  pl_deadline_set (self->deadline, pl_call_table_get_deadline (self->table));
}

static void
on_deadline (gpointer user_data)
{
  PlCalls *self = user_data;
  pl_call_table_expire (self->table, g_get_monotonic_time ());
  arm (self);
}

/* What the modem is asked for. */

typedef struct {
  PlCalls *calls;
  guint modem_call;
  char *id; /* of a call that is dialled */
} Request;

static Request *
request_new (PlCalls *self, guint modem_call, const char *id)
{
  Request *request = g_new0 (Request, 1);
  request->calls = g_object_ref (self);
  request->modem_call = modem_call;
  request->id = g_strdup (id);
  return request;
}

static void
request_free (Request *request)
{
  g_object_unref (request->calls);
  g_free (request->id);
  g_free (request);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_free)

static void
on_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  PlCalls *self = request->calls;
  g_autoptr (GError) error = NULL;

  if (pl_modem_finish (PL_MODEM (source), result, &error))
    return;
  pl_debug (self, "call %u: %s", request->modem_call, error->message);
  pl_call_table_modem_refused (self->table, request->modem_call, g_get_monotonic_time ());
  arm (self);
}

/* For what is of no further use when the modem refuses: the table has a time for it. */
static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  g_autoptr (GError) error = NULL;

  if (!pl_modem_finish (PL_MODEM (source), result, &error))
    pl_debug (request->calls, "call %u: %s", request->modem_call, error->message);
}

static void
on_swapped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  request->calls->swaps = FALSE;
  on_taken (source, result, request);
}

static void
answer (guint modem_call, gpointer user_data)
{
  PlCalls *self = user_data;
  pl_modem_answer_async (self->modem, modem_call, /* cancellable = */ NULL, on_taken,
                         request_new (self, modem_call, /* id = */ NULL));
}

static void
hang_up (guint modem_call, gpointer user_data)
{
  PlCalls *self = user_data;
  pl_modem_hang_up_async (self->modem, modem_call, /* cancellable = */ NULL, on_asked,
                          request_new (self, modem_call, /* id = */ NULL));
}

static void
swap (guint modem_call, gpointer user_data)
{
  PlCalls *self = user_data;
  self->swaps = TRUE;
  pl_modem_chld_async (self->modem, PL_MODEM_CHLD_HOLD_SWAP, /* cancellable = */ NULL,
                       on_swapped, request_new (self, modem_call, /* id = */ NULL));
}

static void
reject_waiting (guint modem_call, gpointer user_data)
{
  PlCalls *self = user_data;
  pl_modem_chld_async (self->modem, PL_MODEM_CHLD_REJECT_WAITING, /* cancellable = */ NULL,
                       on_asked, request_new (self, modem_call, /* id = */ NULL));
}

static PlCallEnd
end_of (PlModemEnd end)
{
  switch (end) {
  case PL_MODEM_END_NONE:
  case PL_MODEM_END_REMOTE:
    return PL_CALL_END_REMOTE;
  case PL_MODEM_END_LOCAL:
    return PL_CALL_END_LOCAL;
  case PL_MODEM_END_BUSY:
    return PL_CALL_END_BUSY;
  case PL_MODEM_END_NO_ANSWER:
    return PL_CALL_END_NO_ANSWER;
  case PL_MODEM_END_REFUSED:
    return PL_CALL_END_REFUSED;
  case PL_MODEM_END_LOST:
    break;
  }
  return PL_CALL_END_MODEM;
}

static void
on_dialed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  PlCalls *self = request->calls;
  g_autoptr (GError) error = NULL;
  guint modem_call = pl_modem_dial_finish (PL_MODEM (source), result, &error);
  int64_t now = g_get_monotonic_time ();

  if (error == NULL) {
    pl_call_table_dialed (self->table, request->id, modem_call, now);
  } else {
    pl_debug (self, "dial: %s", error->message);
    gboolean refused = g_error_matches (error, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED);
    pl_call_table_dial_failed (self->table, request->id,
                               refused ? PL_CALL_END_REFUSED : PL_CALL_END_MODEM, now);
  }
  arm (self);
}

/* What the modem tells. */

static PlCallState
state_of (PlModemCallState state)
{
  switch (state) {
  case PL_MODEM_CALL_DIALING:
    return PL_CALL_DIALING;
  case PL_MODEM_CALL_ALERTING:
    return PL_CALL_ALERTING;
  case PL_MODEM_CALL_INCOMING:
    return PL_CALL_INCOMING;
  case PL_MODEM_CALL_WAITING:
    return PL_CALL_WAITING;
  case PL_MODEM_CALL_ACTIVE:
    return PL_CALL_ACTIVE;
  case PL_MODEM_CALL_HELD:
    return PL_CALL_HELD;
  case PL_MODEM_CALL_ENDED:
    break;
  }
  return PL_CALL_ENDED;
}

static gboolean
is_blocked (PlCalls *self, const PlModemCall *call)
{
  return (call->state == PL_MODEM_CALL_INCOMING || call->state == PL_MODEM_CALL_WAITING)
         && pl_store_is_blocked (self->store, call->number);
}

static void
on_modem_call_changed (PlCalls *self, const PlModemCall *call)
{
  const PlCallFact fact = { .modem_call = call->id,
                            .outgoing = call->outgoing,
                            .state = state_of (call->state),
                            .end = end_of (call->end),
                            .number = call->number,
                            .name = call->name,
                            .withheld = call->withheld,
                            .blocked = is_blocked (self, call) };

  pl_call_table_modem_reported (self->table, &fact, g_get_monotonic_time ());
  arm (self);
}

/* What the table decides. */

static const char *
reason_of (const PlCallInfo *call)
{
  if (call->answered)
    return "answered";
  if (call->voicemail)
    return "voicemail";
  if (call->outgoing || call->end == PL_CALL_END_BLOCKED)
    return pl_call_end_name (call->end);
  return call->end == PL_CALL_END_LOCAL ? "rejected" : "missed";
}

static void
log_call (PlCalls *self, const PlCallInfo *call)
{
  int64_t now = g_get_real_time ();
  int64_t offset = now - g_get_monotonic_time ();
  g_autofree char *client = pl_call_client_name (call->client);
  const PlCallRecord record
      = { .id = (char *) call->id,
          .outgoing = call->outgoing,
          .number = (char *) call->number,
          .withheld = call->withheld,
          .client = client,
          .reason = (char *) reason_of (call),
          .voicemail = call->voicemail,
          .began_us = call->began_us + offset,
          .answered_us = call->answered_us ? call->answered_us + offset : 0,
          .ended_us = now };
  g_autoptr (GError) error = NULL;

  if (pl_store_add_call (self->store, &record, &error))
    g_signal_emit (self, signals[CALL_LOGGED], 0, call->id);
  else
    pl_debug (self, "a call is not in the log: %s", error->message);
}

static void
on_changed (const PlCallInfo *call, gpointer user_data)
{
  PlCalls *self = user_data;
  PlCallInfo named = *call;
  g_autofree char *name = pl_store_find_name (self->store, call->number);

  /* The owner's name for it before the network's. */
  if (name)
    named.name = name;
  if (!call->hidden)
    g_signal_emit (self, signals[CALL_CHANGED], 0, &named);
  if (call->state == PL_CALL_ENDED)
    log_call (self, call);
}

static void
on_voice (PlCallVoice to, const PlCallInfo *call, gpointer user_data)
{
  PlCalls *self = user_data;

  switch (to) {
  case PL_CALL_VOICE_CLIENT:
    self->ops->connect_voice (call, self->user_data);
    return;
  case PL_CALL_VOICE_MAIL:
    self->ops->connect_voicemail (call, self->user_data);
    return;
  case PL_CALL_VOICE_OFF:
    self->ops->disconnect_voice (self->user_data);
    return;
  }
}

static const PlCallTableOps table_ops = {
  .answer = answer,
  .hang_up = hang_up,
  .swap = swap,
  .reject_waiting = reject_waiting,
  .changed = on_changed,
  .voice = on_voice,
};

/* What clients ask for. */

static gboolean
is_id (const char *id, GError **error)
{
  size_t len = strlen (id);

  for (size_t i = 0; i < len && len <= PL_MAX_TEXT_ID; i++)
    if (!g_ascii_isgraph (id[i]))
      len = 0;
  if (len >= 1 && len <= PL_MAX_TEXT_ID)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       "the id of a call has 1 to 64 printable characters");
  return FALSE;
}

static gboolean
check_today (PlCalls *self, const char *day, GError **error)
{
  guint today = 0;

  if (self->rules->max_calls_per_day == 0)
    return TRUE;
  return pl_store_get_count (self->store, "calls", day, &today, error)
         && pl_dial_rules_check_calls (self->rules, today, error);
}

static gboolean
is_ready (PlCalls *self, GError **error)
{
  const PlModemStatus *status = pl_modem_get_status (self->modem);

  if (status->state == PL_MODEM_READY)
    return TRUE;
  g_set_error_literal (error, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY,
                       status->problem ? status->problem
                                       : "the modem is not connected to the network");
  return FALSE;
}

gboolean
pl_calls_dial (PlCalls *self, const char *client, const char *id, const char *number,
               gboolean hide_number, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *day = g_date_time_format (now, "%F");

  g_return_val_if_fail (PL_IS_CALLS (self), FALSE);
  if (!is_id (id, error))
    return FALSE;
  if (pl_call_table_knows (self->table, id))
    return TRUE;
  g_autofree char *normal = pl_dial_rules_check (self->rules, number, error);
  if (normal == NULL || !check_today (self, day, error) || !is_ready (self, error))
    return FALSE;
  if (!pl_call_table_dial (self->table, id, normal, client, g_get_monotonic_time (), error))
    return FALSE;
  g_autoptr (GError) count_error = NULL;
  if (!pl_store_count (self->store, "calls", day, 1, &count_error))
    pl_debug (self, "%s", count_error->message);
  pl_modem_dial_async (self->modem, normal, hide_number, /* cancellable = */ NULL, on_dialed,
                       request_new (self, /* modem_call = */ 0, id));
  arm (self);
  return TRUE;
}

gboolean
pl_calls_answer (PlCalls *self, const char *client, const char *call, GError **error)
{
  gboolean ok
      = pl_call_table_answer (self->table, call, client, g_get_monotonic_time (), error);
  arm (self);
  return ok;
}

gboolean
pl_calls_pick_up (PlCalls *self, const char *client, const char *call, GError **error)
{
  gboolean ok
      = pl_call_table_pick_up (self->table, call, client, g_get_monotonic_time (), error);
  arm (self);
  return ok;
}

gboolean
pl_calls_reject (PlCalls *self, const char *client, const char *call, GError **error)
{
  gboolean ok
      = pl_call_table_reject (self->table, call, client, g_get_monotonic_time (), error);
  arm (self);
  return ok;
}

gboolean
pl_calls_hang_up (PlCalls *self, const char *client, const char *call, GError **error)
{
  gboolean ok
      = pl_call_table_hang_up (self->table, call, client, g_get_monotonic_time (), error);
  arm (self);
  return ok;
}

static void send_tones (PlCalls *self, const char *digits);

static void
on_tones_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  PlCalls *self = request->calls;
  g_autoptr (GError) error = NULL;
  g_autofree char *next = g_strdup (self->tones->str);
  gboolean made = pl_modem_finish (PL_MODEM (source), result, &error);

  g_string_truncate (self->tones, 0);
  /* The rest of those that failed would be another number. */
  if (*next && (made || request->modem_call != self->tones_of)) {
    send_tones (self, next);
    return;
  }
  self->tones_of = 0;
  if (error)
    pl_debug (self, "call %u: %s", request->modem_call, error->message);
}

static void
send_tones (PlCalls *self, const char *digits)
{
  pl_modem_send_dtmf_async (self->modem, self->tones_of, digits, /* cancellable = */ NULL,
                            on_tones_made, request_new (self, self->tones_of, /* id = */ NULL));
}

/* One after the other, and not more of them than can be taken back by hanging up: the modem
 * makes a few in a second, and what else it is asked for waits behind them. */
static gboolean
queue_tones (PlCalls *self, guint modem_call, const char *digits, GError **error)
{
  gboolean idle = self->tones_of == 0;

  if (self->tones_of != modem_call)
    g_string_truncate (self->tones, 0);
  self->tones_of = modem_call;
  if (idle) {
    send_tones (self, digits);
    return TRUE;
  }
  if (self->tones->len + strlen (digits) <= PL_MAX_TONES) {
    g_string_append (self->tones, digits);
    return TRUE;
  }
  g_set_error_literal (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT,
                       "the modem is still busy with the tones before these");
  return FALSE;
}

gboolean
pl_calls_dtmf (PlCalls *self, const char *client, const char *call, const char *digits,
               GError **error)
{
  size_t len = strlen (digits);

  if (len < 1 || len > PL_MAX_TONES || strspn (digits, "0123456789*#ABCD") != len) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "tones are 1 to %d of 0 to 9, *, #, A to D", PL_MAX_TONES);
    return FALSE;
  }
  guint modem_call = pl_call_table_find_active (self->table, call, client, error);
  return modem_call && queue_tones (self, modem_call, digits, error);
}

gboolean
pl_calls_hold (PlCalls *self, const char *client, const char *call, GError **error)
{
  if (self->swaps) {
    g_set_error_literal (error, PL_CALLS_ERROR, PL_CALLS_ERROR_STATE,
                         "the modem is already changing between calls");
    return FALSE;
  }
  return pl_call_table_hold (self->table, call, client, g_get_monotonic_time (), error);
}

void
pl_calls_client_lost (PlCalls *self, const char *client)
{
  pl_call_table_client_lost (self->table, client, g_get_monotonic_time ());
  arm (self);
}

void
pl_calls_client_back (PlCalls *self, const char *client)
{
  pl_call_table_client_back (self->table, client, g_get_monotonic_time ());
  arm (self);
}

void
pl_calls_voicemail_done (PlCalls *self, const char *call)
{
  pl_call_table_voicemail_done (self->table, call, g_get_monotonic_time ());
  arm (self);
}

gboolean
pl_calls_delete (PlCalls *self, int64_t seq, GError **error)
{
  guint n;

  if (!pl_store_delete_calls (self->store, seq, &n, error))
    return FALSE;
  if (n > 0) {
    g_signal_emit (self, signals[LOG_DELETED], 0, (gint64) seq);
    return TRUE;
  }
  if (seq == 0)
    return TRUE;
  g_set_error_literal (error, PL_CALLS_ERROR, PL_CALLS_ERROR_UNKNOWN,
                       "there is no such call in the log");
  return FALSE;
}

gboolean
pl_calls_block (PlCalls *self, const char *number, GError **error)
{
  if (!pl_store_block (self->store, number, error))
    return FALSE;
  g_signal_emit (self, signals[BLOCKED_CHANGED], 0);
  return TRUE;
}

gboolean
pl_calls_unblock (PlCalls *self, const char *number, GError **error)
{
  gboolean found;

  if (!pl_store_unblock (self->store, number, &found, error))
    return FALSE;
  if (found) {
    g_signal_emit (self, signals[BLOCKED_CHANGED], 0);
    return TRUE;
  }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "'%s' is not blocked", number);
  return FALSE;
}

void
pl_calls_foreach (PlCalls *self, GFunc func, gpointer user_data)
{
  pl_call_table_foreach (self->table, func, user_data);
}

void
pl_calls_set_voicemail (PlCalls *self, const PlVoicemailRules *rules)
{
  gboolean dnd = self->voicemail.dnd;

  self->voicemail = *rules;
  self->voicemail.dnd = dnd;
  pl_call_table_set_patience (self->table, pl_voicemail_patience (&self->voicemail));
}

gboolean
pl_calls_get_dnd (PlCalls *self)
{
  return self->voicemail.dnd;
}

gboolean
pl_calls_set_dnd (PlCalls *self, gboolean on, GError **error)
{
  if (!pl_store_set_setting (self->store, "dnd", on ? "on" : "off", error))
    return FALSE;
  self->voicemail.dnd = on;
  pl_call_table_set_patience (self->table, pl_voicemail_patience (&self->voicemail));
  return TRUE;
}

PlCalls *
pl_calls_new (PlStore *store, PlModem *modem, const PlDialRules *rules, const PlCallsOps *ops,
              gpointer user_data)
{
  PlCalls *self = g_object_new (PL_TYPE_CALLS, NULL);
  g_autofree char *dnd = pl_store_get_setting (store, "dnd");
  const PlVoicemailRules voicemail = { .ring_seconds = PL_RING_SECONDS };

  self->store = store;
  self->modem = g_object_ref (modem);
  self->rules = rules;
  self->ops = ops;
  self->user_data = user_data;
  self->voicemail.dnd = g_strcmp0 (dnd, "on") == 0;
  pl_calls_set_voicemail (self, &voicemail);
  g_signal_connect_object (modem, "call-changed", G_CALLBACK (on_modem_call_changed), self,
                           G_CONNECT_SWAPPED);
  return self;
}

static void
pl_calls_finalize (GObject *object)
{
  PlCalls *self = PL_CALLS (object);

  pl_deadline_free (self->deadline);
  pl_call_table_free (self->table);
  g_string_free (self->tones, /* free_segment = */ TRUE);
  g_clear_object (&self->modem);
  G_OBJECT_CLASS (pl_calls_parent_class)->finalize (object);
}

static void
pl_calls_class_init (PlCallsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = pl_calls_finalize;
  signals[CALL_CHANGED] = g_signal_new ("call-changed", PL_TYPE_CALLS, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[CALL_LOGGED] = g_signal_new ("call-logged", PL_TYPE_CALLS, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[LOG_DELETED] = g_signal_new ("log-deleted", PL_TYPE_CALLS, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
  signals[BLOCKED_CHANGED] = g_signal_new ("blocked-changed", PL_TYPE_CALLS, G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
pl_calls_init (PlCalls *self)
{
  self->table = pl_call_table_new (&table_ops, self);
  self->tones = g_string_new (NULL);
  self->deadline = pl_deadline_new ("pl-calls", on_deadline, self);
}
