/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-hub"

#include "signaling/hub.h"

#include "base/clock.h"
#include "base/log.h"
#include "signaling/socket.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_PER_TURN 64
/* What is queued at the end must be read within this. */
#define LINGER_US (2 * (int64_t) G_USEC_PER_SEC)

typedef struct {
  PlHub *hub;
  PlSocket *socket;
  PlSignalLink *link; /* NULL once the server has let go of it */
  gboolean wants_out; /* epoll waits for EPOLLOUT */
  gboolean in_more;
  gboolean in_dirty;
  int64_t linger_until_us;
  GList *linger; /* in hub->lingering */
} Client;

struct _PlHub {
  const PlIceList *ice;
  PlPush *push; /* NULL: there is none */
  PlSignalServer *server;
  PlDeadline *deadline;
  GSource *source;
  int epoll;
  GHashTable *clients;
  GQueue more;      /* have unread input that epoll may not know of */
  GQueue dirty;     /* have output, or an end, to look after */
  GQueue lingering; /* closing, by deadline */
  void (*stopped) (gpointer user_data);
  gpointer stopped_data;
};

static void
mark (Client *client)
{
  if (client->in_dirty)
    return;
  client->in_dirty = TRUE;
  g_queue_push_tail (&client->hub->dirty, client);
}

static void
client_free (Client *client)
{
  PlHub *self = client->hub;

  epoll_ctl (self->epoll, EPOLL_CTL_DEL, pl_socket_get_fd (client->socket), NULL);
  if (client->in_more)
    g_queue_remove (&self->more, client);
  if (client->linger)
    g_queue_delete_link (&self->lingering, client->linger);
  g_hash_table_remove (self->clients, client);
  pl_socket_free (client->socket);
  g_free (client);
}

static void
linger (Client *client)
{
  PlHub *self = client->hub;

  if (client->linger)
    return;
  client->linger_until_us = g_get_monotonic_time () + LINGER_US;
  g_queue_push_tail (&self->lingering, client);
  client->linger = self->lingering.tail;
}

static void
want_out (Client *client, gboolean wanted)
{
  if (client->wants_out == wanted)
    return;
  client->wants_out = wanted;
  struct epoll_event event = {
    .events = EPOLLIN | (wanted ? EPOLLOUT : 0),
    .data.ptr = client,
  };
  epoll_ctl (client->hub->epoll, EPOLL_CTL_MOD, pl_socket_get_fd (client->socket), &event);
}

static void
arm (PlHub *self)
{
  const Client *first = g_queue_peek_head (&self->lingering);
  int64_t at = pl_signal_server_get_deadline (self->server);
  pl_deadline_set (self->deadline, first ? MIN (at, first->linger_until_us) : at);
}

/* Writes what this turn has queued, and lets go of whoever is done. Writing may end clients,
 * and that queue more. */
static void
finish_turn (PlHub *self)
{
  for (Client *client; (client = g_queue_pop_head (&self->dirty)) != NULL;) {
    client->in_dirty = FALSE;
    want_out (client, pl_socket_write (client->socket));
    if (pl_socket_is_dead (client->socket)) {
      if (client->in_dirty)
        g_queue_remove (&self->dirty, client);
      client_free (client);
    } else if (pl_socket_is_closing (client->socket)) {
      linger (client);
    }
  }
  g_source_set_ready_time (self->source, self->more.length > 0 ? 0 : -1);
  arm (self);
  if (self->stopped && g_hash_table_size (self->clients) == 0) {
    void (*stopped) (gpointer) = g_steal_pointer (&self->stopped);
    stopped (self->stopped_data);
  }
}

static void
read_client (Client *client)
{
  PlHub *self = client->hub;

  if (pl_socket_read (client->socket) == PL_SOCKET_MORE && !client->in_more) {
    client->in_more = TRUE;
    g_queue_push_tail (&self->more, client);
  }
  mark (client);
}

/* Those that had more in the last turn, once each, then what epoll has. */
static gboolean
on_turn (GSource *source G_GNUC_UNUSED, GSourceFunc callback G_GNUC_UNUSED, gpointer user_data)
{
  PlHub *self = user_data;
  struct epoll_event events[EVENTS_PER_TURN];

  for (guint n = MIN (self->more.length, EVENTS_PER_TURN); n > 0; n--) {
    Client *client = g_queue_pop_head (&self->more);
    client->in_more = FALSE;
    read_client (client);
  }
  int n = epoll_wait (self->epoll, events, EVENTS_PER_TURN, /* timeout = */ 0);
  for (int i = 0; i < n; i++) {
    Client *client = events[i].data.ptr;
    mark (client);
    if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !client->in_more)
      read_client (client);
  }
  finish_turn (self);
  return G_SOURCE_CONTINUE;
}

static void
on_deadline (gpointer user_data)
{
  PlHub *self = user_data;
  int64_t now = g_get_monotonic_time ();

  pl_signal_server_expire (self->server, now);
  for (Client *c; (c = g_queue_peek_head (&self->lingering)) && c->linger_until_us <= now;) {
    if (c->in_dirty)
      g_queue_remove (&self->dirty, c);
    client_free (c);
  }
  finish_turn (self);
}

static void
on_heard (PlSocket *socket G_GNUC_UNUSED, size_t n, gpointer user_data)
{
  Client *client = user_data;
  pl_signal_server_heard (client->hub->server, client->link, n, g_get_monotonic_time ());
}

static void
on_message (PlSocket *socket G_GNUC_UNUSED, const char *text, size_t len, gpointer user_data)
{
  Client *client = user_data;
  pl_signal_server_receive (client->hub->server, client->link, text, len,
                            g_get_monotonic_time ());
}

static void
on_pong (PlSocket *socket G_GNUC_UNUSED, const char *payload, size_t len, gpointer user_data)
{
  Client *client = user_data;
  pl_signal_server_pong (client->hub->server, client->link, payload, len,
                         g_get_monotonic_time ());
}

static void
on_ended (PlSocket *socket G_GNUC_UNUSED, gpointer user_data)
{
  Client *client = user_data;
  pl_signal_server_lost (client->hub->server, g_steal_pointer (&client->link),
                         g_get_monotonic_time ());
  mark (client);
}

static const PlSocketOps socket_ops = {
  .heard = on_heard,
  .message = on_message,
  .pong = on_pong,
  .ended = on_ended,
};

static void
send_text (gpointer socket, const char *text, gpointer user_data G_GNUC_UNUSED)
{
  Client *client = socket;
  pl_socket_queue_text (client->socket, text);
  mark (client);
}

static void
send_ping (gpointer socket, const char *payload, gpointer user_data G_GNUC_UNUSED)
{
  Client *client = socket;
  pl_socket_queue_ping (client->socket, payload);
  mark (client);
}

static void
close_socket (gpointer socket, guint16 code, gpointer user_data G_GNUC_UNUSED)
{
  Client *client = socket;
  client->link = NULL;
  pl_socket_close (client->socket, code);
  mark (client);
}

static guint
fill_ice (GPtrArray *servers, gpointer user_data)
{
  PlHub *self = user_data;
  return pl_ice_list_fill (self->ice, servers);
}

static const char *
get_push_key (gpointer user_data)
{
  PlHub *self = user_data;
  return self->push ? pl_push_get_key (self->push) : NULL;
}

static void
send_push (const PlSignalMsg *msg, int64_t ticket, gpointer user_data)
{
  PlHub *self = user_data;
  pl_push_send (self->push, msg, ticket);
}

static void
on_pushed (int64_t ticket, PlPushStatus status, gpointer user_data)
{
  PlHub *self = user_data;
  pl_signal_server_report_pushed (self->server, ticket, status, g_get_monotonic_time ());
  finish_turn (self);
}

static const PlSignalServerOps server_ops = {
  .send = send_text,
  .ping = send_ping,
  .close = close_socket,
  .fill_ice = fill_ice,
  .get_push_key = get_push_key,
  .push = send_push,
};

static GSourceFuncs source_funcs = { .dispatch = on_turn };

PlHub *
pl_hub_new (const PlIceList *ice, PlPush *push)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  PlHub *self = g_new0 (PlHub, 1);
  self->ice = ice;
  self->push = push;
  if (push)
    pl_push_set_func (push, on_pushed, self);
  self->server = pl_signal_server_new (&server_ops, self);
  self->deadline = pl_deadline_new ("pl-hub-deadline", on_deadline, self);
  self->clients = g_hash_table_new (NULL, NULL);
  self->epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll < 0)
    g_error ("epoll: %s", g_strerror (errno));
  self->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "pl-hub");
  g_source_set_callback (self->source, NULL, self, /* notify = */ NULL);
  g_source_add_unix_fd (self->source, self->epoll, G_IO_IN);
  g_source_attach (self->source, context);
  return self;
}

void
pl_hub_free (PlHub *self)
{
  if (self == NULL)
    return;
  g_autofree gpointer *clients = g_hash_table_get_keys_as_array (self->clients, NULL);
  pl_deadline_free (self->deadline);
  g_queue_clear (&self->dirty);
  for (gpointer *client = clients; *client; client++)
    client_free (*client);
  pl_signal_server_free (self->server);
  g_hash_table_unref (self->clients);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  close (self->epoll);
  g_free (self);
}

PlSignalServer *
pl_hub_get_server (PlHub *self)
{
  return self->server;
}

guint
pl_hub_get_size (const PlHub *self)
{
  return g_hash_table_size (self->clients);
}

void
pl_hub_add (PlHub *self, GIOStream *stream, int fd, PlAddress *address)
{
  Client *client = g_new0 (Client, 1);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

  client->hub = self;
  client->socket = pl_socket_new (stream, fd, &socket_ops, client);
  g_hash_table_add (self->clients, client);
  client->link = pl_signal_server_open (self->server, address, client, g_get_monotonic_time ());
  if (epoll_ctl (self->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    pl_warning (self, "epoll: %s", g_strerror (errno));
  /* Frames may have come with the request already; epoll does not see those. */
  client->in_more = TRUE;
  g_queue_push_tail (&self->more, client);
  g_source_set_ready_time (self->source, 0);
  arm (self);
}

void
pl_hub_stop (PlHub *self, void (*stopped) (gpointer user_data), gpointer user_data)
{
  self->stopped = stopped;
  self->stopped_data = user_data;
  pl_signal_server_stop (self->server, g_get_monotonic_time ());
  finish_turn (self);
}
