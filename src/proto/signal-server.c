/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-signal-server"

#include "proto/signal-server.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/signal-json.h"
#include "proto/signal-server-private.h"

#include <sodium.h>
#include <string.h>

/* Timers, all in PlTimers:
 *   link tick     hello_s after open while there is no session; then at the next ping or at the
 *                 end of the silence, whichever comes first
 *   session gone  resume_s after its link was lost
 *   room expiry   room-table.c
 *   address       address-book.c */

#define SECONDS(s)       ((int64_t) (s) *G_USEC_PER_SEC)
#define RESTART_SPREAD_S 30 /* so that not all come back at once */

static const PlRate message_rate = {
  .interval_us = G_USEC_PER_SEC / PL_MESSAGES_PER_S,
  .burst = PL_MESSAGES_BURST,
};

/* In units of 1 KiB, because less than a microsecond per byte is no interval. */
#define BYTES_UNIT 1024
static const PlRate byte_rate = {
  .interval_us = G_USEC_PER_SEC / (PL_BYTES_PER_S / BYTES_UNIT),
  .burst = PL_BYTES_BURST / BYTES_UNIT,
};

void
pl_signal_server_ask (PlSignalLink *link, int64_t now_us)
{
  PlSignalServer *self = link->server;
  g_autofree char *payload
      = g_strdup_printf ("%" G_GINT64_FORMAT, link->session ? link->session->last_seq : 0);
  link->pinged_at_us = now_us;
  link->bytes_since_ping = 0;
  self->ops->ping (link->socket, payload, self->user_data);
}

static void
send_text (const char *text, gpointer user_data)
{
  PlSignalLink *link = user_data;
  PlSignalServer *self = link->server;

  self->ops->send (link->socket, text, self->user_data);
  link->bytes_since_ping += strlen (text);
  if (link->bytes_since_ping > PL_SERVER_ASK_BYTES)
    pl_signal_server_ask (link, link->pinged_at_us);
}

void
pl_signal_server_tell (PlSignalServer *self, PlServerSession *session, PlSignalMsg *msg)
{
  g_autoptr (PlSignalMsg) owned = msg;

  if (session->ending)
    return;
  const char *text = pl_server_session_queue (session, owned);
  if (session->link)
    send_text (text, session->link);
  if (pl_server_session_is_overfull (session)) {
    session->ending = TRUE;
    g_queue_push_tail (&self->ending, session);
  }
}

void
pl_signal_server_tell_room (PlSignalServer *self, PlRoom *room, const PlMember *but,
                            PlSignalMsg *msg)
{
  for (guint i = 0; i < room->members->len; i++) {
    PlMember *member = room->members->pdata[i];
    if (member == but)
      continue;
    PlSignalMsg *copy = pl_signal_msg_new (msg->type);
    copy->room = g_strdup (msg->room);
    copy->member = g_strdup (msg->member);
    copy->name = g_strdup (msg->name);
    pl_signal_server_tell (self, member->session, copy);
  }
  pl_signal_msg_free (msg);
}

PlSignalMsg *
pl_signal_server_about (PlSignalType type, const PlMember *member)
{
  PlSignalMsg *msg = pl_signal_msg_new (type);
  msg->room = g_strdup (member->room->name);
  msg->member = g_strdup (member->id);
  if (type == PL_SIGNAL_MSG_CAME)
    msg->name = g_strdup (member->name);
  return msg;
}

static void
tell_others (PlSignalServer *self, PlServerSession *session, PlSignalType type)
{
  for (guint i = 0; i < session->members->len; i++) {
    PlMember *member = session->members->pdata[i];
    pl_signal_server_tell_room (self, member->room, member,
                                pl_signal_server_about (type, member));
  }
}

void
pl_signal_server_remove_member (PlSignalServer *self, PlMember *member, int64_t now_us)
{
  PlServerSession *session = member->session;
  PlRoom *room = member->room;

  g_ptr_array_remove (session->members, member);
  pl_room_remove (room, member);
  pl_room_table_report_change (self->rooms, room, now_us);
}

static void
forget_tokens (PlSignalServer *self, PlServerSession *session)
{
  if (session->token)
    g_hash_table_remove (self->sessions, session->token);
  if (session->older_token)
    g_hash_table_remove (self->sessions, session->older_token);
}

void
pl_signal_server_end_session (PlSignalServer *self, PlServerSession *session,
                              PlSignalType farewell, int64_t now_us)
{
  /* Whoever knows that it has vanished need not hear it twice. */
  if (farewell != PL_SIGNAL_MSG_VANISHED || !session->vanished)
    tell_others (self, session, farewell);
  while (session->members->len > 0)
    pl_signal_server_remove_member (self, session->members->pdata[0], now_us);

  pl_debug (session, "session ended");
  pl_server_pushes_forget (self, session);
  forget_tokens (self, session);
  pl_timers_set (self->timers, &session->gone, PL_NEVER);
  if (session->link)
    ((PlSignalLink *) session->link)->session = NULL;
  if (session->ending)
    g_queue_remove (&self->ending, session);
  pl_address_release (session->address, PL_ADDRESS_SESSION, now_us);
  self->stats.sessions--;
  pl_server_session_free (session);
}

static void
free_link (PlSignalServer *self, PlSignalLink *link)
{
  pl_timers_set (self->timers, &link->tick, PL_NEVER);
  g_hash_table_remove (self->links, link);
  g_free (link);
}

/* The link is gone; its session waits for another. */
static void
detach (PlSignalServer *self, PlSignalLink *link, int64_t now_us)
{
  PlServerSession *session = link->session;

  if (session) {
    session->link = NULL;
    pl_timers_set (self->timers, &session->gone, now_us + SECONDS (PL_SERVER_RESUME_S));
  }
  free_link (self, link);
}

void
pl_signal_server_drop (PlSignalServer *self, PlSignalLink *link, guint16 code, int64_t now_us)
{
  gpointer socket = link->socket;

  pl_debug (link, "dropped with %u", code);
  detach (self, link, now_us);
  self->ops->close (socket, code, self->user_data);
}

void
pl_signal_server_say_bye (PlSignalLink *link, PlSignalCode code, guint retry_s)
{
  PlSignalServer *self = link->server;
  g_autoptr (PlSignalMsg) bye = pl_signal_msg_new (PL_SIGNAL_MSG_BYE);
  bye->code = code;
  bye->retry_s = retry_s;
  g_autofree char *text = pl_signal_msg_print (bye);
  self->ops->send (link->socket, text, self->user_data);
}

/* Ends those that did not read. Telling the others about it may add more. */
void
pl_signal_server_settle (PlSignalServer *self, int64_t now_us)
{
  for (PlServerSession *session; (session = g_queue_peek_head (&self->ending)) != NULL;) {
    PlSignalLink *link = session->link;
    self->stats.slow++;
    pl_signal_server_end_session (self, session, PL_SIGNAL_MSG_VANISHED, now_us);
    if (link == NULL)
      continue;
    pl_signal_server_say_bye (link, PL_SIGNAL_CODE_SLOW, /* retry_s = */ 1);
    pl_signal_server_drop (self, link, PL_CLOSE_TRY_LATER, now_us);
  }
}

static void
give_up_silent (PlSignalServer *self, PlSignalLink *link, int64_t now_us)
{
  PlServerSession *session = link->session;

  pl_signal_server_drop (self, link, PL_CLOSE_GOING_AWAY, now_us);
  if (session == NULL)
    return;
  session->vanished = TRUE;
  tell_others (self, session, PL_SIGNAL_MSG_VANISHED);
}

static void
on_tick (gpointer user_data, int64_t now_us)
{
  PlSignalLink *link = user_data;
  PlSignalServer *self = link->server;
  int64_t hello_end = link->opened_at_us + SECONDS (PL_SERVER_HELLO_S);

  if (link->session == NULL && now_us >= hello_end) {
    pl_signal_server_drop (self, link, PL_CLOSE_POLICY, now_us);
    return;
  }
  if (now_us - link->heard_at_us >= SECONDS (PL_SERVER_SILENCE_S)) {
    give_up_silent (self, link, now_us);
    return;
  }
  if (now_us - link->pinged_at_us >= SECONDS (PL_SERVER_PING_S))
    pl_signal_server_ask (link, now_us);
  int64_t next = MIN (link->pinged_at_us + SECONDS (PL_SERVER_PING_S),
                      link->heard_at_us + SECONDS (PL_SERVER_SILENCE_S));
  if (link->session == NULL)
    next = MIN (next, hello_end);
  pl_timers_set (self->timers, &link->tick, next);
}

PlSignalLink *
pl_signal_server_open (PlSignalServer *self, PlAddress *address, gpointer socket,
                       int64_t now_us)
{
  PlSignalLink *link = g_new0 (PlSignalLink, 1);
  link->server = self;
  link->socket = socket;
  link->address = address;
  link->opened_at_us = link->heard_at_us = link->pinged_at_us = now_us;
  link->tick.expired = on_tick;
  link->tick.user_data = link;
  pl_bucket_init (&link->messages, &message_rate, now_us);
  pl_bucket_init (&link->bytes, &byte_rate, now_us);
  pl_timers_set (self->timers, &link->tick, now_us + SECONDS (PL_SERVER_HELLO_S));
  g_hash_table_add (self->links, link);
  return link;
}

static void
drop_flooder (PlSignalServer *self, PlSignalLink *link, int64_t now_us)
{
  self->stats.flooded++;
  pl_signal_server_drop (self, link, PL_CLOSE_POLICY, now_us);
}

void
pl_signal_server_heard (PlSignalServer *self, PlSignalLink *link, size_t n_bytes,
                        int64_t now_us)
{
  int64_t units = ((int64_t) n_bytes + BYTES_UNIT - 1) / BYTES_UNIT;
  PlBucketResult result = pl_bucket_take (&link->bytes, &byte_rate, units, now_us);

  link->heard_at_us = now_us;
  link->in_debt = result != PL_BUCKET_OK;
  if (result == PL_BUCKET_FLOOD)
    drop_flooder (self, link, now_us);
}

/* A request that is refused has been acted on as well. */
static gboolean
take_id (PlSignalLink *link, int64_t id)
{
  PlServerSession *session = link->session;
  if (id == 0 || session == NULL)
    return TRUE;
  if (id <= session->last_id)
    return FALSE;
  session->last_id = id;
  return TRUE;
}

static void
act_on (PlSignalLink *link, const char *text, size_t len, gboolean over, int64_t now_us)
{
  g_autoptr (GError) error = NULL;
  int64_t id;
  g_autoptr (PlSignalMsg) msg = pl_signal_msg_parse (text, len, &id, &error);

  if (!take_id (link, id))
    pl_server_requests_refuse (link, id, PL_SIGNAL_CODE_MALFORMED, "'id' must grow", 0);
  else if (msg == NULL)
    pl_server_requests_refuse (link, id, PL_SIGNAL_CODE_MALFORMED, error->message, 0);
  else if (over)
    pl_server_requests_refuse (link, id, PL_SIGNAL_CODE_RATE, "slow down", 1);
  else
    pl_server_requests_act (link, msg, now_us);
}

void
pl_signal_server_receive (PlSignalServer *self, PlSignalLink *link, const char *text,
                          size_t len, int64_t now_us)
{
  PlBucketResult result = pl_bucket_take (&link->messages, &message_rate, 1, now_us);

  self->stats.messages++;
  if (result == PL_BUCKET_FLOOD)
    drop_flooder (self, link, now_us);
  else
    act_on (link, text, len, result == PL_BUCKET_OVER || link->in_debt, now_us);
  pl_signal_server_settle (self, now_us);
}

void
pl_signal_server_pong (PlSignalServer *self, PlSignalLink *link, const char *payload,
                       size_t len, int64_t now_us G_GNUC_UNUSED)
{
  PlServerSession *session = link->session;
  g_autofree char *text = g_strndup (payload, len);
  guint64 seq;

  /* Any pong after welcome came behind it on the same stream: its token has arrived. */
  if (session == NULL
      || !g_ascii_string_to_unsigned (text, 10, 0, (guint64) session->last_seq, &seq, NULL))
    return;
  if (session->older_token) {
    g_hash_table_remove (self->sessions, session->older_token);
    pl_server_session_confirm_token (session);
  }
  pl_server_session_report_read (session, (int64_t) seq);
}

void
pl_signal_server_lost (PlSignalServer *self, PlSignalLink *link, int64_t now_us)
{
  pl_debug (link, "lost");
  detach (self, link, now_us);
}

int64_t
pl_signal_server_get_deadline (const PlSignalServer *self)
{
  return pl_timers_get_deadline (self->timers);
}

void
pl_signal_server_expire (PlSignalServer *self, int64_t now_us)
{
  pl_timers_expire (self->timers, now_us);
  pl_signal_server_settle (self, now_us);
}

void
pl_signal_server_stop (PlSignalServer *self, int64_t now_us)
{
  g_autofree gpointer *links = g_hash_table_get_keys_as_array (self->links, NULL);

  for (gpointer *link = links; *link; link++) {
    pl_signal_server_say_bye (*link, PL_SIGNAL_CODE_RESTART,
                              1 + randombytes_uniform (RESTART_SPREAD_S));
    pl_signal_server_drop (self, *link, PL_CLOSE_RESTART, now_us);
  }
}

const char *
pl_signal_server_get_push_key (const PlSignalServer *self)
{
  return self->ops->get_push_key ? self->ops->get_push_key (self->user_data) : NULL;
}

PlAddressBook *
pl_signal_server_get_addresses (PlSignalServer *self)
{
  return self->addresses;
}

void
pl_signal_server_get_stats (const PlSignalServer *self, PlSignalServerStats *stats)
{
  *stats = self->stats;
  stats->links = g_hash_table_size (self->links);
  stats->rooms = pl_room_table_get_size (self->rooms);
  stats->addresses = pl_address_book_get_size (self->addresses);
}

PlSignalServer *
pl_signal_server_new (const PlSignalServerOps *ops, gpointer user_data)
{
  PlSignalServer *self = g_new0 (PlSignalServer, 1);

  if (sodium_init () < 0)
    g_error ("libsodium finds no random numbers");
  self->ops = ops;
  self->user_data = user_data;
  self->timers = pl_timers_new ();
  self->addresses = pl_address_book_new (self->timers);
  self->rooms = pl_room_table_new (self->timers);
  self->links = g_hash_table_new (NULL, NULL);
  self->sessions = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&self->ending);
  pl_server_pushes_init (self);
  return self;
}

void
pl_signal_server_free (PlSignalServer *self)
{
  if (self == NULL)
    return;
  g_autofree gpointer *links = g_hash_table_get_keys_as_array (self->links, NULL);
  for (gpointer *link = links; *link; link++)
    detach (self, *link, /* now_us = */ 0);
  for (GHashTableIter iter; g_hash_table_size (self->sessions) > 0;) {
    gpointer session;
    g_hash_table_iter_init (&iter, self->sessions);
    g_hash_table_iter_next (&iter, NULL, &session);
    pl_signal_server_end_session (self, session, PL_SIGNAL_MSG_VANISHED, /* now_us = */ 0);
  }
  pl_server_pushes_free (self, /* now_us = */ 0);
  g_hash_table_unref (self->links);
  g_hash_table_unref (self->sessions);
  pl_room_table_free (self->rooms);
  pl_address_book_free (self->addresses);
  pl_timers_free (self->timers);
  g_free (self);
}
