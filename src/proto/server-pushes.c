/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-server-pushes"

#include "base/limits.h"
#include "base/log.h"
#include "proto/signal-server-private.h"

/* Push messages that clients have asked for and that are not answered yet. */

typedef struct {
  PlServerSession *session; /* NULL: it is gone, the message is still under way */
  PlAddress *address;       /* counted as PL_ADDRESS_PUSH */
  int64_t id;               /* of the request */
} Push;

static const PlRate session_rate = {
  .interval_us = 60 * (int64_t) G_USEC_PER_SEC / PL_PUSHES_PER_MINUTE,
  .burst = PL_PUSHES_BURST,
};
static const PlRate total_rate = {
  .interval_us = G_USEC_PER_SEC / PL_ALL_PUSHES_PER_S,
  .burst = PL_ALL_PUSHES_BURST,
};

void
pl_server_pushes_init (PlSignalServer *self)
{
  self->pushes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
}

void
pl_server_pushes_free (PlSignalServer *self, int64_t now_us)
{
  GHashTableIter iter;
  gpointer push;

  g_hash_table_iter_init (&iter, self->pushes);
  while (g_hash_table_iter_next (&iter, NULL, &push))
    pl_address_release (((Push *) push)->address, PL_ADDRESS_PUSH, now_us);
  g_hash_table_unref (self->pushes);
}

void
pl_server_pushes_start (PlServerSession *session, int64_t now_us)
{
  pl_bucket_init (&session->pushes, &session_rate, now_us);
}

void
pl_server_pushes_forget (PlSignalServer *self, PlServerSession *session)
{
  GHashTableIter iter;
  gpointer value;

  if (session->n_pushes == 0)
    return;
  g_hash_table_iter_init (&iter, self->pushes);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Push *push = value;
    if (push->session == session)
      push->session = NULL;
  }
}

/* The bucket of all begins to count with the first push: there is no time before. What is of
 * all is enough for several addresses, each of which may have many sessions. Of the address it
 * is where the link is now: the session may have come from another. */
static gboolean
has_allowance (PlSignalLink *link, int64_t now_us)
{
  PlSignalServer *self = link->server;
  PlServerSession *session = link->session;

  if (self->push_rate.filled_at_us == 0)
    pl_bucket_init (&self->push_rate, &total_rate, now_us);
  if (session->n_pushes >= PL_MAX_PUSHES_PER_CLIENT
      || g_hash_table_size (self->pushes) >= PL_MAX_PUSHES
      || !pl_bucket_has (&session->pushes, &session_rate, now_us)
      || !pl_bucket_has (&self->push_rate, &total_rate, now_us)
      || !pl_address_may_push (link->address, now_us)
      || !pl_address_use (link->address, PL_ADDRESS_PUSH))
    return FALSE;
  pl_address_report_push (link->address, now_us);
  pl_bucket_take (&session->pushes, &session_rate, 1, now_us);
  pl_bucket_take (&self->push_rate, &total_rate, 1, now_us);
  return TRUE;
}

void
pl_server_pushes_request (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us)
{
  PlSignalServer *self = link->server;
  PlServerSession *session = link->session;

  if (pl_signal_server_get_push_key (self) == NULL) {
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_UNKNOWN_TYPE,
                               "this server has no push", 0);
    return;
  }
  if (!has_allowance (link, now_us)) {
    pl_server_requests_refuse (link, msg->id, PL_SIGNAL_CODE_RATE, "too many push messages", 1);
    return;
  }
  Push *push = g_new0 (Push, 1);
  push->session = session;
  push->address = link->address;
  push->id = msg->id;
  session->n_pushes++;
  int64_t ticket = ++self->last_ticket;
  g_hash_table_insert (self->pushes, g_memdup2 (&ticket, sizeof ticket), push);
  self->stats.pushes++;
  self->ops->push (msg, ticket, self->user_data);
}

void
pl_signal_server_report_pushed (PlSignalServer *self, int64_t ticket, PlPushStatus status,
                                int64_t now_us)
{
  const Push *push = g_hash_table_lookup (self->pushes, &ticket);

  self->stats.pushed[status]++;
  g_return_if_fail (push != NULL);
  PlServerSession *session = push->session;
  int64_t id = push->id;
  pl_address_release (push->address, PL_ADDRESS_PUSH, now_us);
  g_hash_table_remove (self->pushes, &ticket);
  if (session == NULL)
    return;
  PlSignalMsg *msg = pl_signal_msg_new (PL_SIGNAL_MSG_PUSHED);
  msg->id = id;
  msg->status = status;
  session->n_pushes--;
  pl_signal_server_tell (self, session, msg);
  pl_signal_server_settle (self, now_us);
}
