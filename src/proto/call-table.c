/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-call-table"

#include "proto/call-private.h"

#include "base/limits.h"

#include <string.h>

G_DEFINE_QUARK (pl_calls_error_quark, pl_calls_error)

#define PAST_CALLS 32

PlCallTable *
pl_call_table_new (const PlCallTableOps *ops, gpointer user_data)
{
  PlCallTable *self = g_new0 (PlCallTable, 1);

  self->ops = ops;
  self->user_data = user_data;
  self->patience = PL_NEVER;
  self->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_call_free);
  g_queue_init (&self->past);
  return self;
}

void
pl_call_table_free (PlCallTable *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->calls);
  g_queue_clear_full (&self->past, g_free);
  g_free (self->voice_call);
  g_free (self->voice_client);
  g_free (self);
}

void
pl_call_table_set_patience (PlCallTable *self, int64_t patience_us)
{
  self->patience = patience_us;
}

/* The one call that is heard: an active one before one that is only beginning. */
static PlCall *
find_voice (PlCallTable *self, PlCallVoice *to)
{
  PlCall *found = NULL;

  *to = PL_CALL_VOICE_OFF;
  for (guint i = 0; i < self->calls->len; i++) {
    PlCall *call = g_ptr_array_index (self->calls, i);
    gboolean begins = call->state == PL_CALL_DIALING || call->state == PL_CALL_ALERTING;
    gboolean talks = call->state == PL_CALL_ACTIVE || call->state == PL_CALL_VOICEMAIL;
    if (!talks && !(begins && found == NULL && !call->client_gone))
      continue;
    found = call;
    *to = call->state == PL_CALL_VOICEMAIL ? PL_CALL_VOICE_MAIL : PL_CALL_VOICE_CLIENT;
  }
  return found;
}

static void
direct_voice (PlCallTable *self)
{
  PlCallVoice to;
  PlCall *call = find_voice (self, &to);
  const char *id = call ? call->id : NULL;
  const char *client = call ? call->client : NULL;

  if (to == self->voice && g_strcmp0 (id, self->voice_call) == 0
      && g_strcmp0 (client, self->voice_client) == 0)
    return;
  self->voice = to;
  g_free (self->voice_call);
  self->voice_call = g_strdup (id);
  g_free (self->voice_client);
  self->voice_client = g_strdup (client);
  PlCallInfo info = call ? pl_call_describe (call) : (PlCallInfo){ 0 };
  self->ops->voice (to, call ? &info : NULL, self->user_data);
}

static PlCall *
find_news (PlCallTable *self)
{
  for (guint i = 0; i < self->calls->len; i++) {
    PlCall *call = g_ptr_array_index (self->calls, i);
    if (call->news)
      return call;
  }
  return NULL;
}

static void
forget (PlCallTable *self, guint i)
{
  const PlCall *call = g_ptr_array_index (self->calls, i);

  if (call->outgoing) {
    g_queue_push_tail (&self->past, g_strdup (call->id));
    if (self->past.length > PAST_CALLS)
      g_free (g_queue_pop_head (&self->past));
  }
  g_ptr_array_remove_index (self->calls, i);
}

static void
remove_ended (PlCallTable *self)
{
  for (guint i = self->calls->len; i > 0; i--) {
    const PlCall *call = g_ptr_array_index (self->calls, i - 1);
    if (call->state == PL_CALL_ENDED)
      forget (self, i - 1);
  }
  if (self->calls->len != 1)
    return;
  PlCall *last = g_ptr_array_index (self->calls, 0);
  if (last->state == PL_CALL_WAITING)
    pl_call_step (last, PL_CALL_EV_RINGS);
}

/* Tells what has changed. Observers may act on the table meanwhile: what that changes is told
 * by the outermost of these. */
static void
settle (PlCallTable *self)
{
  PlCall *call;

  if (self->settling)
    return;
  self->settling = TRUE;
  do {
    direct_voice (self);
    while ((call = find_news (self))) {
      call->news = FALSE;
      PlCallInfo info = pl_call_describe (call);
      self->ops->changed (&info, self->user_data);
    }
    remove_ended (self);
  } while (find_news (self));
  self->settling = FALSE;
}

static PlCall *
call_new (PlCallTable *self, guint state)
{
  PlCall *call = g_new0 (PlCall, 1);

  call->table = self;
  call->state = state;
  call->began = call->since = self->now;
  call->deadline = PL_NEVER;
  call->news = TRUE;
  g_ptr_array_add (self->calls, call);
  return call;
}

static PlCall *
find_modem_call (PlCallTable *self, guint modem_call)
{
  for (guint i = 0; i < self->calls->len; i++) {
    PlCall *call = g_ptr_array_index (self->calls, i);
    if (call->modem_call == modem_call && call->state != PL_CALL_ENDED)
      return call;
  }
  return NULL;
}

static PlCall *
find_id (PlCallTable *self, const char *id)
{
  for (guint i = 0; i < self->calls->len; i++) {
    PlCall *call = g_ptr_array_index (self->calls, i);
    if (strcmp (call->id, id) == 0)
      return call;
  }
  return NULL;
}

static void
take_string (PlCall *call, char **where, const char *value)
{
  if (value == NULL || g_strcmp0 (*where, value) == 0)
    return;
  g_free (*where);
  *where = g_strdup (value);
  call->news = TRUE;
}

/* Its number may come after its ring. */
static void
end_blocked (PlCall *call)
{
  if (call->state != PL_CALL_INCOMING && call->state != PL_CALL_WAITING
      && call->state != PL_CALL_GREETING)
    return;
  call->voicemail = FALSE;
  call->end = PL_CALL_END_BLOCKED;
  pl_call_step (call, PL_CALL_EV_END);
}

static PlCall *
begin_incoming (PlCallTable *self, const PlCallFact *fact)
{
  gboolean waits = fact->state == PL_CALL_WAITING || self->calls->len > 0;

  if (self->calls->len >= PL_MAX_CALLS)
    return NULL;
  PlCall *call = call_new (self, waits ? PL_CALL_WAITING : PL_CALL_INCOMING);
  call->id = g_uuid_string_random ();
  call->modem_call = fact->modem_call;
  call->hidden = fact->blocked;
  if (waits || fact->blocked)
    return call;
  pl_call_ring (call);
  /* do not disturb: nobody hears of it before voicemail has it */
  if (self->patience == 0)
    pl_call_step (call, PL_CALL_EV_PATIENCE);
  return call;
}

/* What the modem has and we do not know: a call that comes in, the one that is being dialled,
 * or one that nobody has any more, left from before a restart. */
static PlCall *
meet (PlCallTable *self, const PlCallFact *fact)
{
  if (fact->state == PL_CALL_ENDED)
    return NULL;
  if (!fact->outgoing && (fact->state == PL_CALL_INCOMING || fact->state == PL_CALL_WAITING))
    return begin_incoming (self, fact);
  PlCall *dialled = fact->outgoing ? find_modem_call (self, /* modem_call = */ 0) : NULL;
  if (dialled)
    pl_call_table_dialed (self, dialled->id, fact->modem_call, self->now);
  else
    self->ops->hang_up (fact->modem_call, self->user_data);
  return dialled;
}

static guint
event_of (PlCallState state)
{
  switch (state) {
  case PL_CALL_ALERTING:
    return PL_CALL_EV_ALERTING;
  case PL_CALL_INCOMING:
    return PL_CALL_EV_RINGS;
  case PL_CALL_ACTIVE:
    return PL_CALL_EV_ACTIVE;
  case PL_CALL_HELD:
    return PL_CALL_EV_HELD;
  case PL_CALL_ENDED:
    return PL_CALL_EV_ENDED;
  case PL_CALL_DIALING:
  case PL_CALL_WAITING:
  case PL_CALL_ANSWERING:
  case PL_CALL_TAKING:
  case PL_CALL_LOST:
  case PL_CALL_GREETING:
  case PL_CALL_VOICEMAIL:
  case PL_CALL_ENDING:
    break;
  }
  return 0;
}

void
pl_call_table_modem_reported (PlCallTable *self, const PlCallFact *fact, int64_t now_us)
{
  guint event = event_of (fact->state);

  self->now = now_us;
  PlCall *call = find_modem_call (self, fact->modem_call);
  if (call == NULL)
    call = meet (self, fact);
  if (call == NULL)
    return;
  take_string (call, &call->number, fact->number);
  take_string (call, &call->name, fact->name);
  call->withheld = fact->withheld;
  if (fact->blocked)
    end_blocked (call);
  if (event == PL_CALL_EV_ENDED && call->end == PL_CALL_END_NONE)
    call->end = fact->end;
  if (event)
    pl_call_step (call, event);
  settle (self);
}

void
pl_call_table_modem_refused (PlCallTable *self, guint modem_call, int64_t now_us)
{
  PlCall *call = find_modem_call (self, modem_call);

  self->now = now_us;
  if (call)
    pl_call_step (call, PL_CALL_EV_REFUSED);
  settle (self);
}

static gboolean
refuse (GError **error, PlCallsError code, const char *what)
{
  g_set_error_literal (error, PL_CALLS_ERROR, code, what);
  return FALSE;
}

gboolean
pl_call_table_knows (PlCallTable *self, const char *id)
{
  return find_id (self, id)
         || g_queue_find_custom (&self->past, id, (GCompareFunc) strcmp) != NULL;
}

gboolean
pl_call_table_dial (PlCallTable *self, const char *id, const char *number, const char *client,
                    int64_t now_us, GError **error)
{
  self->now = now_us;
  if (pl_call_table_knows (self, id))
    return TRUE;
  for (guint i = 0; i < self->calls->len; i++) {
    const PlCall *other = g_ptr_array_index (self->calls, i);
    if (other->state != PL_CALL_HELD || g_strcmp0 (other->client, client) != 0)
      return refuse (error, PL_CALLS_ERROR_STATE, "the line is busy");
  }
  PlCall *call = call_new (self, PL_CALL_DIALING);
  call->id = g_strdup (id);
  call->outgoing = TRUE;
  call->number = g_strdup (number);
  pl_call_set_client (call, client);
  settle (self);
  return TRUE;
}

void
pl_call_table_dialed (PlCallTable *self, const char *id, guint modem_call, int64_t now_us)
{
  PlCall *call = find_id (self, id);

  self->now = now_us;
  if (call == NULL || call->modem_call)
    return;
  call->modem_call = modem_call;
  /* hung up before the modem had given it a number */
  if (call->state == PL_CALL_ENDING)
    self->ops->hang_up (modem_call, self->user_data);
}

void
pl_call_table_dial_failed (PlCallTable *self, const char *id, PlCallEnd end, int64_t now_us)
{
  PlCall *call = find_id (self, id);

  self->now = now_us;
  if (call == NULL)
    return;
  if (call->end == PL_CALL_END_NONE)
    call->end = end;
  pl_call_step (call, PL_CALL_EV_ENDED);
  settle (self);
}

/* NULL: there is none that is not over. */
static PlCall *
find_live (PlCallTable *self, const char *id, int64_t now_us, GError **error)
{
  PlCall *call = find_id (self, id);

  self->now = now_us;
  if (call && call->state != PL_CALL_ENDING && call->state != PL_CALL_ENDED)
    return call;
  refuse (error, PL_CALLS_ERROR_UNKNOWN, "there is no such call, or it is over");
  return NULL;
}

char *
pl_call_client_name (const char *client)
{
  return client ? g_strndup (client, strcspn (client, " ")) : NULL;
}

static gboolean
refuse_taken (GError **error, const PlCall *call)
{
  g_autofree char *name = pl_call_client_name (call->client);
  g_set_error (error, PL_CALLS_ERROR, PL_CALLS_ERROR_TAKEN, "'%s' has this call", name);
  return FALSE;
}

static gboolean
is_other (const PlCall *call, const char *client)
{
  return call->client && strcmp (call->client, client) != 0;
}

static gboolean
is_other_name (const PlCall *call, const char *client)
{
  g_autofree char *name = pl_call_client_name (call->client);
  g_autofree char *other = pl_call_client_name (client);
  return name && strcmp (name, other) != 0;
}

/* There is one voice path: whoever swaps calls must have all of them. */
static gboolean
check_others (PlCallTable *self, const PlCall *call, const char *client, GError **error)
{
  for (guint i = 0; i < self->calls->len; i++) {
    const PlCall *other = g_ptr_array_index (self->calls, i);
    if (other != call && g_strcmp0 (other->client, client) != 0
        && other->state != PL_CALL_WAITING)
      return refuse (error, PL_CALLS_ERROR_STATE, "the line is in use by another client");
  }
  return TRUE;
}

gboolean
pl_call_table_answer (PlCallTable *self, const char *id, const char *client, int64_t now_us,
                      GError **error)
{
  PlCall *call = find_live (self, id, now_us, error);

  if (call == NULL)
    return FALSE;
  if (is_other (call, client) && call->state != PL_CALL_LOST)
    return refuse_taken (error, call);
  if (call->client && call->state != PL_CALL_LOST)
    return TRUE;
  if (call->state == PL_CALL_WAITING && !check_others (self, call, client, error))
    return FALSE;
  pl_call_set_client (call, client);
  pl_call_step (call, PL_CALL_EV_ANSWER);
  settle (self);
  return TRUE;
}

gboolean
pl_call_table_pick_up (PlCallTable *self, const char *id, const char *client, int64_t now_us,
                       GError **error)
{
  PlCall *call = find_live (self, id, now_us, error);

  if (call == NULL)
    return FALSE;
  if (call->state != PL_CALL_ACTIVE && call->state != PL_CALL_HELD)
    return pl_call_table_answer (self, id, client, now_us, error);
  if (!is_other (call, client))
    return TRUE;
  pl_call_set_client (call, client);
  pl_call_step (call, PL_CALL_EV_CLIENT_BACK);
  settle (self);
  return TRUE;
}

static gboolean
end (PlCallTable *self, PlCall *call)
{
  call->end = PL_CALL_END_LOCAL;
  pl_call_step (call, PL_CALL_EV_END);
  settle (self);
  return TRUE;
}

gboolean
pl_call_table_reject (PlCallTable *self, const char *id, const char *client, int64_t now_us,
                      GError **error)
{
  PlCall *call = find_live (self, id, now_us, error);

  if (call == NULL)
    return FALSE;
  if (is_other_name (call, client))
    return refuse_taken (error, call);
  if (call->state != PL_CALL_INCOMING && call->state != PL_CALL_WAITING)
    return refuse (error, PL_CALLS_ERROR_STATE, "the call does not ring any more");
  return end (self, call);
}

gboolean
pl_call_table_hang_up (PlCallTable *self, const char *id, const char *client, int64_t now_us,
                       GError **error)
{
  PlCall *call = find_live (self, id, now_us, error);

  if (call == NULL)
    return FALSE;
  /* one whose client is lost may be ended from any other device of the owner */
  if (is_other_name (call, client) && call->state != PL_CALL_LOST)
    return refuse_taken (error, call);
  return end (self, call);
}

gboolean
pl_call_table_hold (PlCallTable *self, const char *id, const char *client, int64_t now_us,
                    GError **error)
{
  PlCall *call = find_live (self, id, now_us, error);

  if (call == NULL || !check_others (self, call, client, error))
    return FALSE;
  if (is_other (call, client))
    return refuse_taken (error, call);
  if (call->state != PL_CALL_ACTIVE && call->state != PL_CALL_HELD)
    return refuse (error, PL_CALLS_ERROR_STATE, "the call is not active");
  self->ops->swap (call->modem_call, self->user_data);
  return TRUE;
}

guint
pl_call_table_find_active (PlCallTable *self, const char *id, const char *client,
                           GError **error)
{
  PlCall *call = find_live (self, id, self->now, error);

  if (call == NULL)
    return 0;
  if (is_other_name (call, client)) {
    refuse_taken (error, call);
    return 0;
  }
  if (call->state == PL_CALL_ACTIVE)
    return call->modem_call;
  refuse (error, PL_CALLS_ERROR_STATE, "the call is not active");
  return 0;
}

static void
report_client (PlCallTable *self, const char *client, gboolean gone)
{
  for (guint i = 0; i < self->calls->len; i++) {
    PlCall *call = g_ptr_array_index (self->calls, i);
    if (g_strcmp0 (call->client, client) != 0 || call->client_gone == gone)
      continue;
    call->client_gone = gone;
    pl_call_step (call, gone ? PL_CALL_EV_CLIENT_LOST : PL_CALL_EV_CLIENT_BACK);
  }
  settle (self);
}

void
pl_call_table_client_lost (PlCallTable *self, const char *client, int64_t now_us)
{
  self->now = now_us;
  report_client (self, client, /* gone = */ TRUE);
}

void
pl_call_table_client_back (PlCallTable *self, const char *client, int64_t now_us)
{
  self->now = now_us;
  report_client (self, client, /* gone = */ FALSE);
}

void
pl_call_table_voicemail_done (PlCallTable *self, const char *id, int64_t now_us)
{
  PlCall *call = find_id (self, id);

  self->now = now_us;
  if (call == NULL || call->state != PL_CALL_VOICEMAIL)
    return;
  call->end = PL_CALL_END_LOCAL;
  pl_call_step (call, PL_CALL_EV_RECORDED);
  settle (self);
}

void
pl_call_table_foreach (PlCallTable *self, GFunc func, gpointer user_data)
{
  for (guint i = 0; i < self->calls->len; i++) {
    const PlCall *call = g_ptr_array_index (self->calls, i);
    PlCallInfo info = pl_call_describe (call);
    if (call->state != PL_CALL_ENDED && !call->hidden)
      func (&info, user_data);
  }
}

int64_t
pl_call_table_get_deadline (const PlCallTable *self)
{
  int64_t deadline = PL_NEVER;
  for (guint i = 0; i < self->calls->len; i++) {
    const PlCall *call = g_ptr_array_index (self->calls, i);
    deadline = MIN (deadline, call->deadline);
  }
  return deadline;
}

void
pl_call_table_expire (PlCallTable *self, int64_t now_us)
{
  self->now = now_us;
  for (guint i = 0; i < self->calls->len; i++) {
    PlCall *call = g_ptr_array_index (self->calls, i);
    if (call->deadline > now_us)
      continue;
    call->deadline = PL_NEVER;
    pl_call_step (call, PL_CALL_EV_PATIENCE);
  }
  settle (self);
}
