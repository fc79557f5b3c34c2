/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-session"

#include "proto/signal-session.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/signal-json.h"

#include <string.h>

/*                 .------------------ lost ------------------.
 *                 v                                          |
 *   offline --retry--> connecting --opened--> greeting --welcomed--> ready
 *
 * One deadline at a time:
 *   offline     the next try: 0.5 s doubling to 15 s, half of it random, or what `bye` said;
 *               to 1 s while a connection waits for it
 *   connecting  CONNECT_TIMEOUT
 *   greeting    WELCOME_TIMEOUT
 *   ready       SILENCE since anything was heard; the server pings three times in it */

enum {
  EV_RETRY = 1,
  EV_OPENED,
  EV_WELCOMED,
  EV_LOST,
  EV_CLOSE,
  N_EVENTS
};
#define N_STATES (PL_SESSION_CLOSED + 1)

#define FIRST_DELAY     (G_USEC_PER_SEC / 2)
#define LAST_DELAY      (15 * G_USEC_PER_SEC)
#define HURRY_DELAY     (G_USEC_PER_SEC)
#define CONNECT_TIMEOUT (15 * G_USEC_PER_SEC)
#define WELCOME_TIMEOUT (10 * G_USEC_PER_SEC)
#define DEFAULT_SILENCE (30 * G_USEC_PER_SEC)

struct _PlSignalSession {
  guint state;
  int64_t now; /* of the call that is being worked off */
  int64_t deadline;
  char *agent;
  GRand *jitter;
  guint failures;
  int64_t hurry_until;
  int64_t retry_after; /* what the server asked for, for the next try only */
  int64_t silence;

  char *token; /* NULL before the first welcome */
  int64_t last_seq;
  int64_t last_id;
  GQueue requests; /* of PlSignalMsg: not answered yet */
  GQueue frames;   /* of text */
  GQueue events;   /* of PlSignalMsg */
};

static void
queue_frame (PlSignalSession *self, const PlSignalMsg *msg)
{
  g_queue_push_tail (&self->frames, pl_signal_msg_print (msg));
}

static void
forget_frames (PlSignalSession *self)
{
  g_queue_clear_full (&self->frames, g_free);
  g_queue_init (&self->frames);
}

static void
enter_connecting (gpointer user_data)
{
  PlSignalSession *self = user_data;
  self->deadline = self->now + CONNECT_TIMEOUT;
}

static void
enter_greeting (gpointer user_data)
{
  PlSignalSession *self = user_data;
  g_autoptr (PlSignalMsg) hello = pl_signal_msg_new (PL_SIGNAL_MSG_HELLO);

  hello->agent = g_strdup (self->agent);
  if (self->token) {
    hello->token = g_strdup (self->token);
    hello->last_seq = self->last_seq;
  }
  queue_frame (self, hello);
  self->deadline = self->now + WELCOME_TIMEOUT;
}

static void
enter_ready (gpointer user_data)
{
  PlSignalSession *self = user_data;
  self->failures = 0;
  self->deadline = self->now + self->silence;
}

static void
enter_offline (gpointer user_data)
{
  PlSignalSession *self = user_data;
  int64_t delay = FIRST_DELAY << MIN (self->failures, 10u);

  delay = MIN (delay, self->now < self->hurry_until ? HURRY_DELAY : LAST_DELAY);
  delay = delay / 2 + (int64_t) (g_rand_double (self->jitter) * (delay / 2));
  self->failures++;
  self->deadline = self->now + self->retry_after + delay;
  self->retry_after = 0;
  forget_frames (self);
}

static void
enter_closed (gpointer user_data)
{
  PlSignalSession *self = user_data;
  self->deadline = PL_NEVER;
}

static void
enter_closed_politely (gpointer user_data)
{
  PlSignalSession *self = user_data;
  g_autoptr (PlSignalMsg) bye = pl_signal_msg_new (PL_SIGNAL_MSG_BYE);

  queue_frame (self, bye);
  enter_closed (self);
}

static const PlStep steps[N_STATES][N_EVENTS] = {
  [PL_SESSION_OFFLINE][EV_RETRY] = { PL_SESSION_CONNECTING, enter_connecting },
  [PL_SESSION_OFFLINE][EV_CLOSE] = { PL_SESSION_CLOSED, enter_closed },
  [PL_SESSION_CONNECTING][EV_OPENED] = { PL_SESSION_GREETING, enter_greeting },
  [PL_SESSION_CONNECTING][EV_LOST] = { PL_SESSION_OFFLINE, enter_offline },
  [PL_SESSION_CONNECTING][EV_CLOSE] = { PL_SESSION_CLOSED, enter_closed },
  [PL_SESSION_GREETING][EV_WELCOMED] = { PL_SESSION_READY, enter_ready },
  [PL_SESSION_GREETING][EV_LOST] = { PL_SESSION_OFFLINE, enter_offline },
  [PL_SESSION_GREETING][EV_CLOSE] = { PL_SESSION_CLOSED, enter_closed_politely },
  [PL_SESSION_READY][EV_LOST] = { PL_SESSION_OFFLINE, enter_offline },
  [PL_SESSION_READY][EV_CLOSE] = { PL_SESSION_CLOSED, enter_closed_politely },
};
static const char *const states[]
    = { NULL, "offline", "connecting", "greeting", "ready", "closed" };
static const char *const events[] = { NULL, "retry", "opened", "welcomed", "lost", "close" };
const PlMachine pl_signal_session_machine
    = { "signal-session", states, events, N_STATES, N_EVENTS, &steps[0][0] };

static void
step (PlSignalSession *self, guint event, int64_t now_us)
{
  self->now = now_us;
  pl_machine_step (&pl_signal_session_machine, &self->state, event, self);
}

PlSignalSession *
pl_signal_session_new (const char *agent, guint32 seed)
{
  PlSignalSession *self = g_new0 (PlSignalSession, 1);

  self->state = PL_SESSION_OFFLINE;
  self->deadline = PL_NEVER;
  self->agent = g_strdup (agent);
  self->jitter = g_rand_new_with_seed (seed);
  self->silence = DEFAULT_SILENCE;
  g_queue_init (&self->requests);
  g_queue_init (&self->frames);
  g_queue_init (&self->events);
  return self;
}

void
pl_signal_session_free (PlSignalSession *self)
{
  if (self == NULL)
    return;
  g_queue_clear_full (&self->requests, (GDestroyNotify) pl_signal_msg_free);
  g_queue_clear_full (&self->frames, g_free);
  g_queue_clear_full (&self->events, (GDestroyNotify) pl_signal_msg_free);
  g_rand_free (self->jitter);
  g_free (self->agent);
  g_free (self->token);
  g_free (self);
}

void
pl_signal_session_start (PlSignalSession *self, int64_t now_us)
{
  step (self, EV_RETRY, now_us);
}

void
pl_signal_session_close (PlSignalSession *self, int64_t now_us)
{
  step (self, EV_CLOSE, now_us);
}

gboolean
pl_signal_session_wants_socket (const PlSignalSession *self)
{
  return self->state == PL_SESSION_CONNECTING || self->state == PL_SESSION_GREETING
         || self->state == PL_SESSION_READY;
}

void
pl_signal_session_report_opened (PlSignalSession *self, int64_t now_us)
{
  step (self, EV_OPENED, now_us);
}

void
pl_signal_session_report_lost (PlSignalSession *self, int64_t now_us)
{
  step (self, EV_LOST, now_us);
}

void
pl_signal_session_report_alive (PlSignalSession *self, int64_t now_us)
{
  if (self->state == PL_SESSION_READY)
    self->deadline = now_us + self->silence;
}

static void
drop_request (PlSignalSession *self, GList *link)
{
  pl_signal_msg_free (link->data);
  g_queue_delete_link (&self->requests, link);
}

/* Drops what an answer to @id settles: the request itself, and those before it to which there
 * is never an answer; the server works them off in order. */
static void
settle_requests (PlSignalSession *self, int64_t id)
{
  GList *next;
  for (GList *link = self->requests.head; link; link = next) {
    const PlSignalMsg *request = link->data;
    next = link->next;
    if (request->id > id)
      return;
    if (request->id == id || request->type == PL_SIGNAL_MSG_LEAVE
        || request->type == PL_SIGNAL_MSG_WRONG)
      drop_request (self, link);
  }
}

static void
repeat_requests (PlSignalSession *self, int64_t last_id)
{
  for (GList *link = self->requests.head; link; link = link->next) {
    const PlSignalMsg *request = link->data;
    if (request->id > last_id)
      queue_frame (self, request);
  }
}

static void
start_over (PlSignalSession *self)
{
  self->last_seq = 0;
  g_queue_clear_full (&self->requests, (GDestroyNotify) pl_signal_msg_free);
  g_queue_init (&self->requests);
}

static void
take_welcome (PlSignalSession *self, PlSignalMsg *welcome, int64_t now_us)
{
  g_free (self->token);
  self->token = g_strdup (welcome->token);
  if (welcome->silence_s)
    self->silence = welcome->silence_s * G_USEC_PER_SEC;
  if (!welcome->resumed)
    start_over (self);
  step (self, EV_WELCOMED, now_us);
  if (welcome->resumed)
    repeat_requests (self, welcome->last_id);
  g_queue_push_tail (&self->events, welcome);
}

static void
take_bye (PlSignalSession *self, const PlSignalMsg *bye, int64_t now_us)
{
  pl_debug (self, "the server closes: %s", pl_signal_code_name (bye->code));
  self->retry_after = bye->retry_s * G_USEC_PER_SEC;
  step (self, EV_LOST, now_us);
}

static gboolean
refuse (PlSignalSession *self, int64_t now_us, GError **error, const char *what)
{
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "signaling server: %s", what);
  step (self, EV_LOST, now_us);
  return FALSE;
}

static gboolean
take_numbered (PlSignalSession *self, PlSignalMsg **msg, int64_t now_us, GError **error)
{
  int64_t seq = (*msg)->seq;

  if (seq && seq <= self->last_seq)
    return TRUE;
  if (seq > self->last_seq + 1)
    return refuse (self, now_us, error, "a message is missing");
  if (seq)
    self->last_seq = seq;
  if ((*msg)->id)
    settle_requests (self, (*msg)->id);
  if ((*msg)->type != PL_SIGNAL_MSG_UNKNOWN)
    g_queue_push_tail (&self->events, g_steal_pointer (msg));
  return TRUE;
}

gboolean
pl_signal_session_feed (PlSignalSession *self, const char *text, size_t len, int64_t now_us,
                        GError **error)
{
  if (self->state != PL_SESSION_GREETING && self->state != PL_SESSION_READY)
    return TRUE;
  g_autoptr (PlSignalMsg) msg = pl_signal_msg_parse (text, len, /* id = */ NULL, error);
  if (msg == NULL) {
    g_prefix_error (error, "signaling server: ");
    step (self, EV_LOST, now_us);
    return FALSE;
  }
  pl_signal_session_report_alive (self, now_us);
  if (msg->type == PL_SIGNAL_MSG_BYE) {
    take_bye (self, msg, now_us);
    return TRUE;
  }
  if (self->state == PL_SESSION_READY) {
    if (msg->type == PL_SIGNAL_MSG_WELCOME)
      return refuse (self, now_us, error, "a second welcome");
    return take_numbered (self, &msg, now_us, error);
  }
  if (msg->type == PL_SIGNAL_MSG_WELCOME)
    take_welcome (self, g_steal_pointer (&msg), now_us);
  else if (msg->type == PL_SIGNAL_MSG_ERROR)
    g_queue_push_tail (&self->events, g_steal_pointer (&msg));
  else if (msg->type != PL_SIGNAL_MSG_UNKNOWN)
    return refuse (self, now_us, error, "no welcome");
  return TRUE;
}

char *
pl_signal_session_next_frame (PlSignalSession *self)
{
  return g_queue_pop_head (&self->frames);
}

PlSignalMsg *
pl_signal_session_next_event (PlSignalSession *self)
{
  return g_queue_pop_head (&self->events);
}

int64_t
pl_signal_session_take_request (PlSignalSession *self, PlSignalMsg *request, GError **error)
{
  g_return_val_if_fail (self->token != NULL, 0);

  if (self->requests.length >= PL_MAX_PENDING_REQUESTS) {
    pl_signal_msg_free (request);
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "signaling server: %u requests are not answered", self->requests.length);
    return 0;
  }
  request->id = ++self->last_id;
  g_queue_push_tail (&self->requests, request);
  if (self->state == PL_SESSION_READY)
    queue_frame (self, request);
  return request->id;
}

int64_t
pl_signal_session_get_deadline (const PlSignalSession *self)
{
  return self->deadline;
}

void
pl_signal_session_expire (PlSignalSession *self, int64_t now_us)
{
  if (now_us < self->deadline)
    return;
  step (self, self->state == PL_SESSION_OFFLINE ? EV_RETRY : EV_LOST, now_us);
}

PlSignalSessionState
pl_signal_session_get_state (const PlSignalSession *self)
{
  return self->state;
}

void
pl_signal_session_hurry (PlSignalSession *self, int64_t until_us)
{
  self->hurry_until = until_us;
}

guint
pl_signal_session_get_failures (const PlSignalSession *self)
{
  return self->failures;
}
