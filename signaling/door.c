/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-door"

#include "signaling/door.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/forwarded.h"

#include <string.h>
#include <sys/socket.h>

#define UPGRADE_US (10 * (int64_t) G_USEC_PER_SEC) /* from accept to a finished upgrade */
#define PAGE_US    (30 * (int64_t) G_USEC_PER_SEC) /* to take one page, on a slow line too */
#define IDLE_US    (3 * (int64_t) G_USEC_PER_SEC)  /* from one page to asking for the next */
#define VISIT_KEY  "pl-visit"

struct _PlDoor {
  PlDoorConfig config;
  GTlsCertificate *certificate;
  GCancellable *cancellable;
  PlDeadline *deadline;
  GQueue waiting; /* of PlVisit, by deadline */
  GHashTable *visits;
  guint64 refused;
};

/* Lives as long as its connection: on finalization it gives its place back. */
struct _PlVisit {
  PlDoor *door;                  /* NULL when that is gone */
  GSocketConnection *connection; /* borrowed */
  GIOStream *stream;             /* the connection, or TLS on it; borrowed */
  GSocketAddress *remote;
  PlAddress *address; /* NULL while the client behind a proxy is not known */
  PlAddressUse use;   /* of it */
  int64_t deadline_us;
  GList *place; /* in waiting; NULL when settled */
  guint n_pages;
};

static void
arm (PlDoor *self)
{
  const PlVisit *first = g_queue_peek_head (&self->waiting);
  pl_deadline_set (self->deadline, first ? first->deadline_us : PL_NEVER);
}

static void
stop_waiting (PlVisit *visit)
{
  if (visit->place == NULL)
    return;
  g_queue_delete_link (&visit->door->waiting, g_steal_pointer (&visit->place));
  arm (visit->door);
}

static void
wait_until (PlVisit *visit, int64_t deadline_us)
{
  GQueue *waiting = &visit->door->waiting;
  GList *before = waiting->tail;

  visit->deadline_us = deadline_us;
  while (before && ((const PlVisit *) before->data)->deadline_us > deadline_us)
    before = before->prev;
  g_queue_insert_after (waiting, before, visit);
  visit->place = before ? before->next : waiting->head;
  arm (visit->door);
}

static void
visit_free (gpointer data)
{
  PlVisit *visit = data;
  if (visit->door) {
    stop_waiting (visit);
    if (visit->address)
      pl_address_release (visit->address, visit->use, g_get_monotonic_time ());
    g_hash_table_remove (visit->door->visits, visit);
  }
  g_object_set_data (G_OBJECT (visit->remote), VISIT_KEY, NULL);
  g_object_unref (visit->remote);
  g_free (visit);
}

static void
on_deadline (gpointer user_data)
{
  PlDoor *self = user_data;
  int64_t now = g_get_monotonic_time ();

  for (PlVisit *v; (v = g_queue_peek_head (&self->waiting)) != NULL && v->deadline_us <= now;) {
    pl_debug (v, "no upgrade in time");
    v->place = NULL;
    g_queue_pop_head (&self->waiting);
    /* Whoever reads or writes it, TLS or libsoup, sees the end and lets go. */
    shutdown (pl_visit_get_fd (v), SHUT_RDWR);
  }
  arm (self);
}

PlDoor *
pl_door_new (const PlDoorConfig *config)
{
  PlDoor *self = g_new0 (PlDoor, 1);
  self->config = *config;
  self->cancellable = g_cancellable_new ();
  self->deadline = pl_deadline_new ("pl-door", on_deadline, self);
  self->visits = g_hash_table_new (NULL, NULL);
  g_queue_init (&self->waiting);
  return self;
}

void
pl_door_free (PlDoor *self)
{
  GHashTableIter iter;
  gpointer key;

  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_hash_table_iter_init (&iter, self->visits);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    PlVisit *visit = key;
    if (visit->address)
      pl_address_release (visit->address, visit->use, g_get_monotonic_time ());
    visit->door = NULL;
  }
  g_queue_clear (&self->waiting);
  g_hash_table_unref (self->visits);
  pl_deadline_free (self->deadline);
  g_clear_object (&self->certificate);
  g_object_unref (self->cancellable);
  g_free (self);
}

void
pl_door_set_certificate (PlDoor *self, GTlsCertificate *certificate)
{
  g_set_object (&self->certificate, certificate);
}

gboolean
pl_door_has_certificate (const PlDoor *self)
{
  return self->certificate != NULL;
}

guint
pl_door_get_waiting (const PlDoor *self)
{
  return self->waiting.length;
}

guint64
pl_door_get_refused (const PlDoor *self)
{
  return self->refused;
}

static void
turn_away (PlDoor *self, GSocket *socket)
{
  static const char text[] = "HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\n"
                             "Retry-After: 10\r\nContent-Length: 0\r\n\r\n";
  self->refused++;
  if (self->certificate == NULL)
    g_socket_send_with_blocking (socket, text, strlen (text), /* blocking = */ FALSE, NULL,
                                 NULL);
  g_socket_shutdown (socket, /* read = */ FALSE, /* write = */ TRUE, NULL);
}

static void
on_handshake (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GSocketConnection) connection = user_data;
  g_autoptr (GIOStream) stream = G_IO_STREAM (source); /* the reference of start_tls() */
  g_autoptr (GError) error = NULL;
  PlVisit *visit = g_object_get_data (G_OBJECT (connection), VISIT_KEY);

  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error)) {
    pl_debug (visit, "handshake: %s", error->message);
    /* Here, in our thread: that of the handshake may be the last to let the connection go. */
    g_object_set_data (G_OBJECT (connection), VISIT_KEY, NULL);
    return;
  }
  if (visit->door)
    visit->door->config.ready (visit, stream, visit->door->config.user_data);
}

static void
start_tls (PlDoor *self, PlVisit *visit)
{
  static const char *const protocols[] = { "http/1.1", NULL };
  g_autoptr (GError) error = NULL;
  GType type = g_tls_backend_get_server_connection_type (g_tls_backend_get_default ());
  /* Without an explicit database each connection would copy the system's CA store. A missing
   * close-notify does no harm to messages that have a length. */
  GIOStream *stream
      = g_initable_new (type, self->cancellable, &error, "base-io-stream", visit->connection,
                        "certificate", self->certificate, "database", NULL,
                        "require-close-notify", FALSE, "advertised-protocols", protocols, NULL);

  if (stream == NULL) {
    pl_warning (self, "tls: %s", error->message);
    return;
  }
  visit->stream = stream;
  g_tls_connection_handshake_async (G_TLS_CONNECTION (stream), G_PRIORITY_DEFAULT,
                                    self->cancellable, on_handshake,
                                    g_object_ref (visit->connection));
}

static PlVisit *
visit_new (PlDoor *self, GSocketConnection *connection, GSocketAddress *remote)
{
  PlVisit *visit = g_new0 (PlVisit, 1);
  visit->door = self;
  visit->connection = connection;
  visit->stream = G_IO_STREAM (connection);
  visit->remote = g_object_ref (remote);
  g_hash_table_add (self->visits, visit);
  g_object_set_data (G_OBJECT (remote), VISIT_KEY, visit);
  g_object_set_data_full (G_OBJECT (connection), VISIT_KEY, visit, visit_free);
  wait_until (visit, g_get_monotonic_time () + UPGRADE_US);
  return visit;
}

void
pl_door_admit (PlDoor *self, GSocket *socket)
{
  g_autoptr (GSocketAddress) remote = g_socket_get_remote_address (socket, NULL);
  if (!G_IS_INET_SOCKET_ADDRESS (remote))
    return; /* gone already */
  GInetAddress *peer = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote));
  gboolean is_proxy = pl_forwarded_is_trusted (peer, self->config.trusted);
  PlAddress *address = NULL;

  if (self->waiting.length >= PL_MAX_HALF_OPEN) {
    turn_away (self, socket);
    return;
  }
  if (!is_proxy) {
    address = pl_address_book_connect (self->config.addresses, peer, g_get_monotonic_time ());
    if (address == NULL) {
      turn_away (self, socket);
      return;
    }
  }
  g_autoptr (GSocketConnection) connection
      = g_socket_connection_factory_create_connection (socket);
  PlVisit *visit = visit_new (self, connection, remote);
  visit->address = address;
  if (self->certificate)
    start_tls (self, visit);
  else
    self->config.ready (visit, G_IO_STREAM (connection), self->config.user_data);
}

GInetAddress *
pl_visit_get_peer (const PlVisit *visit)
{
  return g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (visit->remote));
}

GSocketAddress *
pl_visit_get_remote (const PlVisit *visit)
{
  return visit->remote;
}

PlVisit *
pl_visit_from_address (GSocketAddress *remote)
{
  return g_object_get_data (G_OBJECT (remote), VISIT_KEY);
}

/* From now on it is counted among the WebSockets, so that these and pages do not crowd each
 * other out. */
static gboolean
count_websocket (PlVisit *visit)
{
  if (visit->address == NULL || !pl_address_use (visit->address, PL_ADDRESS_WEBSOCKET))
    return FALSE;
  pl_address_release (visit->address, visit->use, g_get_monotonic_time ());
  visit->use = PL_ADDRESS_WEBSOCKET;
  return TRUE;
}

gboolean
pl_visit_count_for (PlVisit *visit, GInetAddress *client)
{
  if (visit->address == NULL)
    visit->address = pl_address_book_connect (visit->door->config.addresses, client,
                                              g_get_monotonic_time ());
  if (count_websocket (visit))
    return TRUE;
  visit->door->refused++;
  return FALSE;
}

PlAddress *
pl_visit_get_address (const PlVisit *visit)
{
  return visit->address;
}

/* Not of one whose time is over. */
static void
give_time (PlVisit *visit, int64_t time_us)
{
  if (visit->door == NULL || visit->place == NULL)
    return;
  stop_waiting (visit);
  wait_until (visit, g_get_monotonic_time () + time_us);
}

gboolean
pl_visit_begin_page (PlVisit *visit)
{
  give_time (visit, PAGE_US);
  return ++visit->n_pages < PL_MAX_REQUESTS;
}

void
pl_visit_end_page (PlVisit *visit)
{
  give_time (visit, IDLE_US);
}

void
pl_visit_settle (PlVisit *visit)
{
  stop_waiting (visit);
}

void
pl_visit_refuse (PlVisit *visit, const char *response)
{
  GOutputStream *out = g_io_stream_get_output_stream (visit->stream);
  g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (out), response,
                                              strlen (response), NULL, NULL);
  shutdown (pl_visit_get_fd (visit), SHUT_RDWR);
}

gboolean
pl_visit_is_secure (const PlVisit *visit)
{
  return G_IS_TLS_CONNECTION (visit->stream);
}

int
pl_visit_get_fd (const PlVisit *visit)
{
  return g_socket_get_fd (g_socket_connection_get_socket (visit->connection));
}
