/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "base/limits.h"
#include "base/log.h"
#include "simbox/modem-at-calls.h"

#include <string.h>

/* Calls. The list that +CLCC gives is the truth; a URC that tells of one call whole is taken as
 * it is, all others (RING, NO CARRIER, VOICE CALL: END) are a reason to ask for the list. Where
 * a modem has such URCs the list is asked for less often: for those that get lost, and because
 * a modem that does not answer in a call must be noticed before somebody talks to nobody.
 *
 * Times:
 *   poll     the list is asked for
 *   show_at  an incoming call is shown even if its number did not come
 *   end_at   a call is over even if nothing says why (BUSY comes behind the URC of the call)
 */
#define POLL_US        G_USEC_PER_SEC
#define POLL_SELDOM_US (2 * G_USEC_PER_SEC)
#define SHOW_US        G_USEC_PER_SEC
#define END_US         (150 * G_TIME_SPAN_MILLISECOND)
#define SOON_US        (200 * G_TIME_SPAN_MILLISECOND)
#define ASKED_LONG_US  G_USEC_PER_SEC

/* A call that was just dialled may not be listed yet. */
#define MAX_UNLISTED 15

static void
call_free (PlModemAtCall *call)
{
  g_free (call->pub.number);
  g_free (call->pub.name);
  g_free (call);
}

static PlModemAtCall *
nth (PlModemAt *self, guint i)
{
  return self->calls.list->pdata[i];
}

PlModemAtCall *
pl_modem_at_calls_by_id (PlModemAt *self, guint id)
{
  for (guint i = 0; i < self->calls.list->len; i++)
    if (nth (self, i)->pub.id == id)
      return nth (self, i);
  return NULL;
}

PlModemAtCall *
pl_modem_at_calls_in_state (PlModemAt *self, PlModemCallState state)
{
  for (guint i = 0; i < self->calls.list->len; i++)
    if (nth (self, i)->pub.state == state)
      return nth (self, i);
  return NULL;
}

static gboolean
is_new (PlModemCallState state)
{
  return state == PL_MODEM_CALL_INCOMING || state == PL_MODEM_CALL_WAITING;
}

static gboolean
is_calling (PlModemCallState state)
{
  return state == PL_MODEM_CALL_DIALING || state == PL_MODEM_CALL_ALERTING;
}

/* Times. */

static void
arm (PlModemAt *self)
{
  int64_t at_us = self->calls.list->len ? self->calls.poll_at_us : PL_NEVER;

  for (guint i = 0; i < self->calls.list->len; i++)
    at_us = MIN (at_us, MIN (nth (self, i)->show_at_us, nth (self, i)->end_at_us));
  pl_deadline_set (self->calls.timer, at_us);
}

static void
poll_in (PlModemAt *self, int64_t us)
{
  self->calls.poll_at_us = g_get_monotonic_time () + us;
  arm (self);
}

static int64_t
poll_interval (PlModemAt *self)
{
  return self->profile->call_urcs ? POLL_SELDOM_US : POLL_US;
}

/* Changes. Each may run code of others: what was found before is looked up again after. */

void
pl_modem_at_calls_show (PlModemAt *self, PlModemAtCall *call)
{
  g_autoptr (PlModemCall) copy = pl_modem_call_copy (&call->pub);

  call->shown = TRUE;
  call->show_at_us = PL_NEVER;
  pl_debug (self, "call %u, %s: state %d, end %d", copy->id, pl_private (copy->number),
            copy->state, copy->end);
  g_signal_emit_by_name (self, "call-changed", copy);
}

PlModemAtCall *
pl_modem_at_calls_add (PlModemAt *self, gboolean outgoing, PlModemCallState state)
{
  PlModemAtCall *call = g_new0 (PlModemAtCall, 1);

  call->pub.id = ++self->calls.next_id;
  call->pub.outgoing = outgoing;
  call->pub.state = state;
  call->show_at_us = call->end_at_us = PL_NEVER;
  if (self->calls.list->len == 0)
    self->calls.poll_at_us = g_get_monotonic_time () + poll_interval (self);
  g_ptr_array_add (self->calls.list, call);
  pl_at_queue_set_hurry (self->queue, TRUE);
  return call;
}

PlModemEnd
pl_modem_at_call_reason (const PlModemAtCall *call)
{
  if (call->ending)
    return PL_MODEM_END_LOCAL;
  if (call->why != PL_MODEM_END_NONE)
    return call->why;
  return call->pub.state == PL_MODEM_CALL_DIALING ? PL_MODEM_END_REFUSED : PL_MODEM_END_REMOTE;
}

void
pl_modem_at_calls_end (PlModemAt *self, PlModemAtCall *call, PlModemEnd end)
{
  call->pub.end = end;
  call->pub.state = PL_MODEM_CALL_ENDED;
  g_ptr_array_remove (self->calls.list, call);
  if (self->calls.list->len == 0) {
    pl_at_queue_set_hurry (self->queue, FALSE);
    pl_modem_at_audio_end (self);
  }
  arm (self);
  pl_modem_at_calls_show (self, call);
  call_free (call);
  if (self->calls.list->len == 0)
    pl_modem_at_texts_waiting (self);
}

/* A call of ours that did not get through is over as soon as it is known why. */
static void
release (PlModemAt *self, PlModemAtCall *call)
{
  if (call->end_at_us != PL_NEVER)
    return;
  if (!is_calling (call->pub.state) || call->ending || call->why != PL_MODEM_END_NONE) {
    pl_modem_at_calls_end (self, call, pl_modem_at_call_reason (call));
    return;
  }
  call->end_at_us = g_get_monotonic_time () + END_US;
  arm (self);
}

static gboolean
give_caller (PlModemAt *self, PlModemAtCall *call)
{
  const PlAtCaller *caller = &self->calls.caller;

  if (!self->calls.caller_known)
    return FALSE;
  self->calls.caller_known = FALSE;
  gboolean news = call->pub.withheld != caller->withheld;
  call->pub.withheld = caller->withheld;
  if (*caller->number && call->pub.number == NULL) {
    call->pub.number = g_strdup (caller->number);
    news = TRUE;
  }
  if (*caller->name && call->pub.name == NULL) {
    call->pub.name = g_strdup (caller->name);
    news = TRUE;
  }
  return news;
}

/* Shows a call, or waits for the number of one that comes in. */
static void
show_or_wait (PlModemAt *self, PlModemAtCall *call, gboolean caller_known)
{
  if (call->shown || !is_new (call->pub.state) || call->pub.number || caller_known) {
    pl_modem_at_calls_show (self, call);
    return;
  }
  if (call->show_at_us == PL_NEVER)
    call->show_at_us = g_get_monotonic_time () + SHOW_US;
  arm (self);
}

static PlModemCallState
state_of (PlAtCallState state)
{
  switch (state) {
  case PL_AT_CALL_ACTIVE:
    return PL_MODEM_CALL_ACTIVE;
  case PL_AT_CALL_HELD:
    return PL_MODEM_CALL_HELD;
  case PL_AT_CALL_DIALING:
    return PL_MODEM_CALL_DIALING;
  case PL_AT_CALL_ALERTING:
    return PL_MODEM_CALL_ALERTING;
  case PL_AT_CALL_INCOMING:
    return PL_MODEM_CALL_INCOMING;
  case PL_AT_CALL_WAITING:
    return PL_MODEM_CALL_WAITING;
  case PL_AT_CALL_ENDED:
    return PL_MODEM_CALL_ENDED;
  }
  g_return_val_if_reached (PL_MODEM_CALL_ENDED);
}

/* The one with the modem's number @index, or the one that still has none. */
static PlModemAtCall *
find (PlModemAt *self, const PlAtCall *news)
{
  for (guint i = 0; i < self->calls.list->len; i++)
    if (nth (self, i)->index == news->id)
      return nth (self, i);
  for (guint i = 0; i < self->calls.list->len; i++) {
    PlModemAtCall *call = nth (self, i);
    if (call->index == 0 && (news->brief || call->pub.outgoing == news->outgoing))
      return call;
  }
  return NULL;
}

static void
set_state (PlModemAt *self, PlModemAtCall *call, PlModemCallState state)
{
  gboolean news = call->pub.state != state;

  if (news)
    call->changed_at_us = g_get_monotonic_time ();
  call->pub.state = state;
  gboolean caller = is_new (state) && give_caller (self, call);
  if (news || caller || !call->shown)
    show_or_wait (self, call, caller);
  if (state == PL_MODEM_CALL_ACTIVE && news)
    pl_modem_at_audio_connected (self);
}

/* 3GPP TS 24.008, annex H */
static PlModemEnd
end_of_cause (int cause)
{
  switch (cause) {
  case 17:
    return PL_MODEM_END_BUSY;
  case 18:
  case 19:
    return PL_MODEM_END_NO_ANSWER;
  default:
    return PL_MODEM_END_NONE;
  }
}

static PlModemAtCall *
take_unknown (PlModemAt *self, const PlAtCall *news)
{
  if (news->brief || news->state == PL_AT_CALL_ENDED || self->calls.list->len >= PL_MAX_CALLS)
    return NULL;
  return pl_modem_at_calls_add (self, news->outgoing, state_of (news->state));
}

/* Modems give a call the number of one that has just ended, so that in the list a call that was
 * answered, or was ours, seems to ring. */
static gboolean
is_another (const PlModemAtCall *call, const PlAtCall *news)
{
  if (news->brief || call->index != news->id || news->state == PL_AT_CALL_ENDED)
    return FALSE;
  return call->pub.outgoing != news->outgoing
         || (is_new (state_of (news->state)) && !is_new (call->pub.state));
}

/* What the modem tells of one call. */
static void
take_call (PlModemAt *self, const PlAtCall *news)
{
  PlModemAtCall *call = find (self, news);

  if (!news->brief && !news->voice)
    return; /* the data connection of LTE is listed as well */
  if (call && is_another (call, news)) {
    if (call->changed_at_us >= self->calls.asked_at_us) {
      call->listed = TRUE; /* by a list from before it changed */
      pl_modem_at_calls_ask (self);
      return;
    }
    pl_modem_at_calls_end (self, call, pl_modem_at_call_reason (call));
    call = NULL;
  }
  if (call == NULL)
    call = take_unknown (self, news);
  if (call == NULL)
    return;
  call->index = news->id;
  call->listed = TRUE;
  call->unlisted = 0;
  if (is_calling (call->pub.state) && end_of_cause (news->cause) != PL_MODEM_END_NONE)
    call->why = end_of_cause (news->cause);
  if (*news->number && call->pub.number == NULL)
    call->pub.number = g_strdup (news->number);
  if (*news->name && call->pub.name == NULL)
    call->pub.name = g_strdup (news->name);
  if (news->state == PL_AT_CALL_ENDED)
    release (self, call);
  else if (call->end_at_us == PL_NEVER)
    set_state (self, call, state_of (news->state));
}

/* The list. */

static gboolean
is_missing (const PlModemAtCall *call, gboolean over_told)
{
  guint max = call->index == 0 && !over_told && !call->ending ? MAX_UNLISTED : 1;
  return !call->listed && call->unlisted >= max;
}

static PlModemAtCall *
next_missing (PlModemAt *self, gboolean over_told)
{
  for (guint i = 0; i < self->calls.list->len; i++)
    if (nth (self, i)->end_at_us == PL_NEVER && is_missing (nth (self, i), over_told))
      return nth (self, i);
  return NULL;
}

static void
take_list (PlModemAt *self, const PlAtAnswer *answer)
{
  gboolean over_told = self->calls.over_told;
  PlAtCall news;
  PlModemAtCall *call;

  self->calls.over_told = FALSE;
  for (guint i = 0; i < self->calls.list->len; i++) {
    nth (self, i)->listed = FALSE;
    nth (self, i)->unlisted++;
  }
  for (guint i = 0; i < answer->n_lines; i++)
    if (pl_at_parse_call (answer->lines[i]->text, &news))
      take_call (self, &news);
  while ((call = next_missing (self, over_told)))
    release (self, call);
}

static void
on_list (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;

  self->calls.asking = FALSE;
  if (answer->error == NULL) {
    take_list (self, answer);
  } else if (answer->code < 0 && self->calls.over_told
             && g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED)) {
    /* It has no list: what it said last was of the only call. */
    self->calls.over_told = FALSE;
    if (self->calls.list->len > 0)
      release (self, nth (self, 0));
  }
  if (!self->calls.ask_again)
    self->calls.caller_known = FALSE; /* that call is over */
  gboolean unlisted = FALSE;
  for (guint i = 0; i < self->calls.list->len; i++)
    unlisted |= nth (self, i)->index == 0;
  poll_in (self, unlisted ? SOON_US : poll_interval (self));
  if (self->calls.ask_again) {
    self->calls.ask_again = FALSE;
    pl_modem_at_calls_ask (self);
  }
}

/* An answer that is on its way may be older than what just happened. */
void
pl_modem_at_calls_ask (PlModemAt *self)
{
  const PlAtCommand command = { .line = "AT+CLCC", .flags = PL_AT_ASKS | PL_AT_URGENT };

  if (self->calls.asking) {
    self->calls.ask_again = TRUE;
    return;
  }
  self->calls.asking = TRUE;
  self->calls.asked_at_us = g_get_monotonic_time ();
  pl_modem_at_ask (self, &command, on_list);
}

static PlModemAtCall *
next_due (PlModemAt *self, int64_t now)
{
  for (guint i = 0; i < self->calls.list->len; i++)
    if (nth (self, i)->end_at_us <= now || nth (self, i)->show_at_us <= now)
      return nth (self, i);
  return NULL;
}

static void
on_timer (gpointer user_data)
{
  PlModemAt *self = user_data;
  int64_t now = g_get_monotonic_time ();
  PlModemAtCall *call;

  while ((call = next_due (self, now))) {
    if (call->end_at_us <= now)
      pl_modem_at_calls_end (self, call, pl_modem_at_call_reason (call));
    else
      pl_modem_at_calls_show (self, call);
  }
  if (self->calls.poll_at_us <= now) {
    self->calls.poll_at_us = now + poll_interval (self);
    pl_modem_at_calls_ask (self);
  }
  arm (self);
}

/* URCs. */

static void
take_caller (PlModemAt *self, const PlAtCaller *caller)
{
  PlModemAtCall *call = pl_modem_at_calls_in_state (self, PL_MODEM_CALL_WAITING);

  if (call == NULL)
    call = pl_modem_at_calls_in_state (self, PL_MODEM_CALL_INCOMING);
  self->calls.caller = *caller;
  self->calls.caller_known = TRUE;
  if (call == NULL)
    pl_modem_at_calls_ask (self);
  else if (give_caller (self, call) || !call->shown)
    pl_modem_at_calls_show (self, call);
}

static void
take_name (PlModemAt *self, const char *name)
{
  PlModemAtCall *call = pl_modem_at_calls_in_state (self, PL_MODEM_CALL_INCOMING);

  if (call == NULL || call->pub.name || *name == '\0')
    return;
  call->pub.name = g_strdup (name);
  if (call->shown)
    pl_modem_at_calls_show (self, call);
}

/* The list says more than RING, but where it is long in coming, because a text is being sent,
 * the next RING is taken for what it says. */
static void
take_ring (PlModemAt *self)
{
  if (pl_modem_at_calls_in_state (self, PL_MODEM_CALL_INCOMING))
    return;
  if (self->calls.asking && self->calls.list->len == 0
      && g_get_monotonic_time () - self->calls.asked_at_us > ASKED_LONG_US) {
    PlModemAtCall *call
        = pl_modem_at_calls_add (self, /* outgoing = */ FALSE, PL_MODEM_CALL_INCOMING);
    show_or_wait (self, call, give_caller (self, call));
    return;
  }
  pl_modem_at_calls_ask (self);
}

static const struct {
  const char *line;
  PlModemEnd why;
} endings[] = {
  { "NO CARRIER", PL_MODEM_END_NONE },      { "BUSY", PL_MODEM_END_BUSY },
  { "NO ANSWER", PL_MODEM_END_NO_ANSWER },  { "NO DIALTONE", PL_MODEM_END_REFUSED },
  { "NO DIAL TONE", PL_MODEM_END_REFUSED },
};

/* -1: not such a line. */
static int
ending_of (const char *line)
{
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_equal (endings[i].line, line))
      return (int) endings[i].why;
  return -1;
}

static void
take_ending (PlModemAt *self, PlModemEnd why)
{
  for (guint i = 0; why != PL_MODEM_END_NONE && i < self->calls.list->len; i++) {
    PlModemAtCall *call = nth (self, i);
    if (!is_calling (call->pub.state))
      continue;
    call->why = why;
    if (call->end_at_us != PL_NEVER) {
      pl_modem_at_calls_end (self, call, pl_modem_at_call_reason (call));
      return;
    }
  }
  if (self->calls.list->len == 0)
    return;
  self->calls.over_told = TRUE;
  pl_modem_at_calls_ask (self);
}

static void
take_tone (PlModemAt *self, char tone)
{
  const char digit[] = { tone, '\0' };
  PlModemAtCall *call = pl_modem_at_calls_in_state (self, PL_MODEM_CALL_ACTIVE);

  if (call)
    g_signal_emit_by_name (self, "dtmf", call->pub.id, digit);
}

gboolean
pl_modem_at_calls_urc (PlModemAt *self, const char *line)
{
  PlAtCaller caller;
  PlAtNumber number;
  PlAtVoice voice;
  PlAtName name;
  PlAtCall news;
  int why = ending_of (line);
  char tone = pl_at_parse_dtmf (line);

  if (why >= 0)
    take_ending (self, (PlModemEnd) why);
  else if (tone)
    take_tone (self, tone);
  else if (pl_at_is_ring (line))
    take_ring (self);
  else if (pl_at_parse_caller (line, &caller))
    take_caller (self, &caller);
  else if (pl_at_parse_cnap (line, &name))
    take_name (self, name);
  else if (pl_at_parse_call (line, &news))
    take_call (self, &news);
  else if (pl_at_parse_voice (line, &voice, &number))
    pl_modem_at_calls_ask (self);
  else
    return FALSE;
  return TRUE;
}

void
pl_modem_at_calls_lost (PlModemAt *self)
{
  self->calls.asking = self->calls.ask_again = FALSE;
  self->calls.over_told = self->calls.caller_known = FALSE;
  while (self->calls.list->len > 0)
    pl_modem_at_calls_end (self, nth (self, 0), PL_MODEM_END_LOST);
}

void
pl_modem_at_calls_init (PlModemAt *self)
{
  self->calls.list = g_ptr_array_new ();
  self->calls.timer = pl_deadline_new ("modem-at calls", on_timer, self);
}

/* They have ended when the modem was stopped. */
void
pl_modem_at_calls_clear (PlModemAt *self)
{
  pl_deadline_free (self->calls.timer);
  g_ptr_array_unref (self->calls.list);
}
