/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-local-port"

#include "stream/local-port.h"

#include "base/log.h"

#include <sys/socket.h>

#define BACKLOG 128

struct _PlLocalPort {
  GSocketService *service;
  uint16_t number;
  PlLocalPortFunc accepted;
  gpointer user_data;
};

static gboolean
on_incoming (GSocketService *service G_GNUC_UNUSED, GSocketConnection *connection,
             GObject *source G_GNUC_UNUSED, PlLocalPort *self)
{
  self->accepted (connection, self->user_data);
  return TRUE;
}

/* Adds one address; *@port 0 becomes the port taken. */
static gboolean
listen_on (PlLocalPort *self, GSocketFamily family, uint16_t *port, GError **error)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (family);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (loopback, *port);
  g_autoptr (GSocketAddress) taken = NULL;

  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), wanted,
                                      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                      /* source = */ NULL, &taken, error))
    return FALSE;
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (taken));
  return TRUE;
}

static gboolean
listen_on_both (PlLocalPort *self, uint16_t port, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!listen_on (self, G_SOCKET_FAMILY_IPV4, &port, error)) {
    g_prefix_error (error, "port %u of 127.0.0.1: ", port);
    return FALSE;
  }
  if (!listen_on (self, G_SOCKET_FAMILY_IPV6, &port, &local)) {
    if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)) {
      g_propagate_prefixed_error (error, g_steal_pointer (&local), "port %u of ::1: ", port);
      return FALSE;
    }
    pl_debug (self, "no IPv6 here: %s", local->message);
  }
  self->number = port;
  return TRUE;
}

PlLocalPort *
pl_local_port_new (uint16_t port, PlLocalPortFunc accepted, gpointer user_data, GError **error)
{
  g_autoptr (PlLocalPort) self = g_new0 (PlLocalPort, 1);

  self->accepted = accepted;
  self->user_data = user_data;
  self->service = g_socket_service_new ();
  g_socket_listener_set_backlog (G_SOCKET_LISTENER (self->service), BACKLOG);
  if (!listen_on_both (self, port, error))
    return NULL;
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
  return g_steal_pointer (&self);
}

void
pl_local_port_free (PlLocalPort *self)
{
  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
  g_free (self);
}

uint16_t
pl_local_port_get_number (const PlLocalPort *self)
{
  return self->number;
}

void
pl_local_port_set_accepting (PlLocalPort *self, gboolean accepting)
{
  if (accepting)
    g_socket_service_start (self->service);
  else
    g_socket_service_stop (self->service);
}

void
pl_local_port_abort (GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  struct linger now = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (g_socket_get_fd (socket), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  g_socket_close (socket, /* error = */ NULL);
}
