/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-call"

#include "proto/call-private.h"

#include "base/log.h"

/*   incoming --answer--> answering --active--> active <--> held
 *      |                     ^                 |   ^
 *      |                     |       client-lost   client-back, answer
 *      |                     |                 v   |
 *      |                  answer               lost --patience over--> ending
 *      '--patience over--> greeting --active--> voicemail --answer--> active
 *
 *   dialing --> alerting --> active;  every state --ended--> ended
 *
 * The state is what the box does with a call; what the modem says of it comes in as events. */

#define GRACE_TIME (30 * G_USEC_PER_SEC)
#define MODEM_TIME                                                                             \
  (15 * G_USEC_PER_SEC) /* for a modem that was told to answer or to hang up                   \
                         */

#define N_STATES (PL_CALL_ENDED + 1)

void
pl_call_free (PlCall *call)
{
  g_free (call->id);
  g_free (call->number);
  g_free (call->name);
  g_free (call->client);
  g_free (call);
}

PlCallInfo
pl_call_describe (const PlCall *call)
{
  return (PlCallInfo){
    .id = call->id,
    .modem_call = call->modem_call,
    .outgoing = call->outgoing,
    .state = call->state,
    .end = call->end,
    .number = call->number,
    .name = call->name,
    .withheld = call->withheld,
    .client = call->client,
    .answered = call->answered,
    .voicemail = call->voicemail,
    .hidden = call->hidden,
    .since_us = call->since,
    .began_us = call->began,
    .answered_us = call->answered_at,
  };
}

void
pl_call_set_client (PlCall *call, const char *client)
{
  char *copy = g_strdup (client);
  g_free (call->client);
  call->client = copy;
  call->client_gone = FALSE;
  call->news = TRUE;
}

static void
enter_silently (gpointer user_data)
{
  PlCall *call = user_data;
  call->deadline = PL_NEVER;
}

static void
enter_incoming (gpointer user_data)
{
  PlCall *call = user_data;
  int64_t patience = call->table->patience;

  pl_call_set_client (call, NULL);
  call->deadline = patience == PL_NEVER ? PL_NEVER : call->table->now + patience;
}

static void
enter_waiting (gpointer user_data)
{
  PlCall *call = user_data;
  pl_call_set_client (call, NULL);
  call->deadline = PL_NEVER;
}

static void
enter_answering (gpointer user_data)
{
  PlCall *call = user_data;
  call->deadline = call->table->now + MODEM_TIME;
  call->table->ops->answer (call->modem_call, call->table->user_data);
}

static void
enter_taking (gpointer user_data)
{
  PlCall *call = user_data;
  call->deadline = call->table->now + MODEM_TIME;
  call->table->ops->swap (call->modem_call, call->table->user_data);
}

static void
enter_greeting (gpointer user_data)
{
  PlCall *call = user_data;
  call->voicemail = TRUE;
  enter_answering (call);
}

/* A client was quicker than voicemail, after all: the modem answers already. */
static void
enter_joining (gpointer user_data)
{
  PlCall *call = user_data;
  call->voicemail = FALSE;
  call->deadline = call->table->now + MODEM_TIME;
}

static void
enter_active (gpointer user_data)
{
  PlCall *call = user_data;

  call->deadline = PL_NEVER;
  call->answered = TRUE;
  if (call->answered_at == 0)
    call->answered_at = call->table->now;
  if (call->client_gone)
    pl_call_step (call, PL_CALL_EV_CLIENT_LOST);
}

static void
enter_grace (gpointer user_data)
{
  PlCall *call = user_data;
  call->deadline = call->table->now + GRACE_TIME;
}

static void
enter_ending (gpointer user_data)
{
  PlCall *call = user_data;

  call->deadline = call->table->now + MODEM_TIME;
  if (call->modem_call)
    call->table->ops->hang_up (call->modem_call, call->table->user_data);
}

static void
enter_rejecting (gpointer user_data)
{
  PlCall *call = user_data;
  call->deadline = call->table->now + MODEM_TIME;
  call->table->ops->reject_waiting (call->modem_call, call->table->user_data);
}

static void
enter_forsaken (gpointer user_data)
{
  PlCall *call = user_data;
  call->end = PL_CALL_END_CLIENT;
  enter_ending (call);
}

static void
enter_stuck (gpointer user_data)
{
  PlCall *call = user_data;
  call->end = PL_CALL_END_MODEM;
  enter_ending (call);
}

/* The modem never told that the call is over: it is, for us. */
static void
enter_unended (gpointer user_data)
{
  PlCall *call = user_data;
  if (call->end == PL_CALL_END_NONE)
    call->end = PL_CALL_END_MODEM;
  enter_silently (call);
}

static const PlStep steps[N_STATES][PL_CALL_N_EVENTS] = {
  [PL_CALL_DIALING][PL_CALL_EV_ALERTING] = { PL_CALL_ALERTING, /* enter = */ NULL },
  [PL_CALL_DIALING][PL_CALL_EV_ACTIVE] = { PL_CALL_ACTIVE, enter_active },
  [PL_CALL_DIALING][PL_CALL_EV_CLIENT_LOST] = { PL_CALL_DIALING, enter_grace },
  [PL_CALL_DIALING][PL_CALL_EV_CLIENT_BACK] = { PL_CALL_DIALING, enter_silently },
  [PL_CALL_DIALING][PL_CALL_EV_PATIENCE] = { PL_CALL_ENDING, enter_forsaken },
  [PL_CALL_DIALING][PL_CALL_EV_END] = { PL_CALL_ENDING, enter_ending },
  [PL_CALL_DIALING][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
  [PL_CALL_ALERTING][PL_CALL_EV_ACTIVE] = { PL_CALL_ACTIVE, enter_active },
  [PL_CALL_ALERTING][PL_CALL_EV_CLIENT_LOST] = { PL_CALL_ALERTING, enter_grace },
  [PL_CALL_ALERTING][PL_CALL_EV_CLIENT_BACK] = { PL_CALL_ALERTING, enter_silently },
  [PL_CALL_ALERTING][PL_CALL_EV_PATIENCE] = { PL_CALL_ENDING, enter_forsaken },
  [PL_CALL_ALERTING][PL_CALL_EV_END] = { PL_CALL_ENDING, enter_ending },
  [PL_CALL_ALERTING][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
  [PL_CALL_INCOMING][PL_CALL_EV_ANSWER] = { PL_CALL_ANSWERING, enter_answering },
  [PL_CALL_INCOMING][PL_CALL_EV_PATIENCE] = { PL_CALL_GREETING, enter_greeting },
  [PL_CALL_INCOMING][PL_CALL_EV_END] = { PL_CALL_ENDING, enter_ending },
  [PL_CALL_INCOMING][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
  [PL_CALL_WAITING][PL_CALL_EV_RINGS] = { PL_CALL_INCOMING, enter_incoming },
  [PL_CALL_WAITING][PL_CALL_EV_ANSWER] = { PL_CALL_TAKING, enter_taking },
  [PL_CALL_WAITING][PL_CALL_EV_END] = { PL_CALL_ENDING, enter_rejecting },
  [PL_CALL_WAITING][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
  [PL_CALL_ANSWERING][PL_CALL_EV_ACTIVE] = { PL_CALL_ACTIVE, enter_active },
  [PL_CALL_ANSWERING][PL_CALL_EV_REFUSED] = { PL_CALL_INCOMING, enter_incoming },
  [PL_CALL_ANSWERING][PL_CALL_EV_PATIENCE] = { PL_CALL_ENDING, enter_stuck },
  [PL_CALL_ANSWERING][PL_CALL_EV_END] = { PL_CALL_ENDING, enter_ending },
  [PL_CALL_ANSWERING][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
  [PL_CALL_TAKING][PL_CALL_EV_ACTIVE] = { PL_CALL_ACTIVE, enter_active },
  [PL_CALL_TAKING][PL_CALL_EV_REFUSED] = { PL_CALL_WAITING, enter_waiting },
  [PL_CALL_TAKING][PL_CALL_EV_PATIENCE] = { PL_CALL_WAITING, enter_waiting },
  [PL_CALL_TAKING][PL_CALL_EV_END] = { PL_CALL_ENDING, enter_rejecting },
  [PL_CALL_TAKING][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
  [PL_CALL_ACTIVE][PL_CALL_EV_HELD] = { PL_CALL_HELD, enter_silently },
  [PL_CALL_ACTIVE][PL_CALL_EV_CLIENT_LOST] = { PL_CALL_LOST, enter_grace },
  [PL_CALL_ACTIVE][PL_CALL_EV_END] = { PL_CALL_ENDING, enter_ending },
  [PL_CALL_ACTIVE][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
  [PL_CALL_HELD][PL_CALL_EV_ACTIVE] = { PL_CALL_ACTIVE, enter_active },
  [PL_CALL_HELD][PL_CALL_EV_CLIENT_LOST] = { PL_CALL_HELD, enter_grace },
  [PL_CALL_HELD][PL_CALL_EV_CLIENT_BACK] = { PL_CALL_HELD, enter_silently },
  [PL_CALL_HELD][PL_CALL_EV_PATIENCE] = { PL_CALL_ENDING, enter_forsaken },
  [PL_CALL_HELD][PL_CALL_EV_END] = { PL_CALL_ENDING, enter_ending },
  [PL_CALL_HELD][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
  [PL_CALL_LOST][PL_CALL_EV_CLIENT_BACK] = { PL_CALL_ACTIVE, enter_active },
  [PL_CALL_LOST][PL_CALL_EV_ANSWER] = { PL_CALL_ACTIVE, enter_active },
  [PL_CALL_LOST][PL_CALL_EV_PATIENCE] = { PL_CALL_ENDING, enter_forsaken },
  [PL_CALL_LOST][PL_CALL_EV_END] = { PL_CALL_ENDING, enter_ending },
  [PL_CALL_LOST][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
  [PL_CALL_GREETING][PL_CALL_EV_ACTIVE] = { PL_CALL_VOICEMAIL, enter_silently },
  [PL_CALL_GREETING][PL_CALL_EV_ANSWER] = { PL_CALL_ANSWERING, enter_joining },
  [PL_CALL_GREETING][PL_CALL_EV_REFUSED] = { PL_CALL_ENDING, enter_stuck },
  [PL_CALL_GREETING][PL_CALL_EV_PATIENCE] = { PL_CALL_ENDING, enter_stuck },
  [PL_CALL_GREETING][PL_CALL_EV_END] = { PL_CALL_ENDING, enter_ending },
  [PL_CALL_GREETING][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
  [PL_CALL_VOICEMAIL][PL_CALL_EV_ANSWER] = { PL_CALL_ACTIVE, enter_active },
  [PL_CALL_VOICEMAIL][PL_CALL_EV_RECORDED] = { PL_CALL_ENDING, enter_ending },
  [PL_CALL_VOICEMAIL][PL_CALL_EV_END] = { PL_CALL_ENDING, enter_ending },
  [PL_CALL_VOICEMAIL][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
  [PL_CALL_ENDING][PL_CALL_EV_PATIENCE] = { PL_CALL_ENDED, enter_unended },
  [PL_CALL_ENDING][PL_CALL_EV_ENDED] = { PL_CALL_ENDED, enter_silently },
};
static const char *const states[]
    = { NULL,     "dialing", "alerting", "incoming", "waiting",   "answering", "taking",
        "active", "held",    "lost",     "greeting", "voicemail", "ending",    "ended" };
static const char *const events[]
    = { NULL,     "alerting", "active",      "held",        "rings",    "ended",   "refused",
        "answer", "end",      "client-lost", "client-back", "patience", "recorded" };
const PlMachine pl_call_machine
    = { "call", states, events, N_STATES, PL_CALL_N_EVENTS, &steps[0][0] };

void
pl_call_step (PlCall *call, guint event)
{
  guint before = call->state;

  if (!pl_machine_step (&pl_call_machine, &call->state, event, call) || call->state == before)
    return;
  call->since = call->table->now;
  call->news = TRUE;
}

void
pl_call_ring (PlCall *call)
{
  enter_incoming (call);
}
