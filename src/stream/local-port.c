/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-local-port"

#include "stream/local-port.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* GSocketService is not used: it cancels its accept whenever it is stopped or gets an address,
 * and a connection that arrives at that moment is lost (GLib 2.74). */

#define BACKLOG 128
/* Out of descriptors, most likely: the socket stays readable, so look away for a while. */
#define PAUSE_US (G_USEC_PER_SEC / 5)

typedef struct {
  GSocket *socket; /* NULL: no such address on this machine */
  GSource *source; /* while accepting */
} Listener;

struct _PlLocalPort {
  Listener listeners[2]; /* IPv4, IPv6 */
  uint16_t number;
  gboolean accepting;
  PlDeadline *pause;
  PlLocalPortFunc accepted;
  gpointer user_data;
};

static void
stop (PlLocalPort *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->listeners); i++) {
    Listener *listener = &self->listeners[i];
    if (listener->source)
      g_source_destroy (listener->source);
    g_clear_pointer (&listener->source, g_source_unref);
  }
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition G_GNUC_UNUSED, gpointer user_data)
{
  PlLocalPort *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) accepted = g_socket_accept (socket, /* cancellable = */ NULL, &error);

  if (accepted) {
    g_autoptr (GSocketConnection) connection
        = g_socket_connection_factory_create_connection (accepted);
    g_socket_set_blocking (accepted, FALSE);
    self->accepted (connection, self->user_data);
  } else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
    pl_debug (self, "accept: %s", error->message);
    stop (self);
    pl_deadline_set (self->pause, g_get_monotonic_time () + PAUSE_US);
  }
  return G_SOURCE_CONTINUE;
}

static void
start (gpointer user_data)
{
  PlLocalPort *self = user_data;
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  for (gsize i = 0; i < G_N_ELEMENTS (self->listeners); i++) {
    Listener *listener = &self->listeners[i];
    if (!self->accepting || listener->socket == NULL || listener->source)
      continue;
    listener->source = g_socket_create_source (listener->socket, G_IO_IN,
                                               /* cancellable = */ NULL);
    g_source_set_static_name (listener->source, "local port");
    g_source_set_callback (listener->source, G_SOURCE_FUNC (on_readable), self,
                           /* notify = */ NULL);
    g_source_attach (listener->source, context);
  }
}

/* *@port 0 becomes the port taken. */
static GSocket *
listen_on (GSocketFamily family, uint16_t *port, GError **error)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (family);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (loopback, *port);
  g_autoptr (GSocket) socket
      = g_socket_new (family, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL)
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, wanted, /* allow_reuse = */ TRUE, error)
      || !g_socket_listen (socket, error))
    return NULL;
  g_autoptr (GSocketAddress) taken = g_socket_get_local_address (socket, error);
  if (taken == NULL)
    return NULL;
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (taken));
  return g_steal_pointer (&socket);
}

static gboolean
listen_on_both (PlLocalPort *self, uint16_t port, GError **error)
{
  g_autoptr (GError) local = NULL;

  self->listeners[0].socket = listen_on (G_SOCKET_FAMILY_IPV4, &port, error);
  if (self->listeners[0].socket == NULL) {
    g_prefix_error (error, "port %u of 127.0.0.1: ", port);
    return FALSE;
  }
  self->number = port;
  self->listeners[1].socket = listen_on (G_SOCKET_FAMILY_IPV6, &port, &local);
  if (self->listeners[1].socket)
    return TRUE;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)) {
    g_propagate_prefixed_error (error, g_steal_pointer (&local), "port %u of ::1: ", port);
    return FALSE;
  }
  pl_debug (self, "no IPv6 here: %s", local->message);
  return TRUE;
}

PlLocalPort *
pl_local_port_new (uint16_t port, PlLocalPortFunc accepted, gpointer user_data, GError **error)
{
  g_autoptr (PlLocalPort) self = g_new0 (PlLocalPort, 1);

  self->accepted = accepted;
  self->user_data = user_data;
  self->pause = pl_deadline_new ("local port", start, self);
  if (!listen_on_both (self, port, error))
    return NULL;
  pl_local_port_set_accepting (self, TRUE);
  return g_steal_pointer (&self);
}

void
pl_local_port_free (PlLocalPort *self)
{
  if (self == NULL)
    return;
  stop (self);
  pl_deadline_free (self->pause);
  for (gsize i = 0; i < G_N_ELEMENTS (self->listeners); i++)
    g_clear_object (&self->listeners[i].socket);
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
  self->accepting = accepting;
  if (accepting)
    start (self);
  else
    stop (self);
}

/* "0100007F:2774": the words of the address as this machine has them. */
static char *
print_kernel_address (GSocketAddress *address)
{
  GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS (address);
  GInetAddress *host = g_inet_socket_address_get_address (inet);
  const guint32 *words = (const guint32 *) (const void *) g_inet_address_to_bytes (host);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < g_inet_address_get_native_size (host) / sizeof *words; i++)
    g_string_append_printf (text, "%08X", words[i]);
  g_string_append_printf (text, ":%04X", g_inet_socket_address_get_port (inet));
  return g_string_free (text, /* free_segment = */ FALSE);
}

gboolean
pl_local_port_is_held (GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) near = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) far = g_socket_connection_get_remote_address (connection, NULL);
  g_autofree char *table = NULL;

  if (near == NULL || far == NULL)
    return FALSE;
  gboolean ipv6 = g_socket_address_get_family (far) == G_SOCKET_FAMILY_IPV6;
  g_autofree char *from = print_kernel_address (far);
  g_autofree char *to = print_kernel_address (near);
  g_autofree char *pair = g_strdup_printf (": %s %s ", from, to);
  if (!g_file_get_contents (ipv6 ? "/proc/self/net/tcp6" : "/proc/self/net/tcp", &table,
                            /* length = */ NULL, /* error = */ NULL))
    return FALSE;
  const char *line = strstr (table, pair);
  unsigned long inode = 0;
  /* state, queues, timer, retransmissions, user, timeout, inode */
  return line && sscanf (line + strlen (pair), "%*s %*s %*s %*s %*s %*s %lu", &inode) == 1
         && inode != 0;
}

void
pl_local_port_abort (GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  struct linger now = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (g_socket_get_fd (socket), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  g_socket_close (socket, /* error = */ NULL);
}
