/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-turn-tls"

#include "link/turn-tls.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"

#include <gio/gnetworking.h>
#include <unistd.h>

#define CONNECT_TIMEOUT 10 /* seconds, for TCP and for TLS each */

/* One accepted connection. It lives until its last asynchronous call has come back. */
typedef struct {
  PlTurnTls *owner; /* NULL once that is freed */
  GSocketConnection *inside;
  GSocketConnection *outside;
  GSocketClient *client;
  GCancellable *cancellable;
  GTlsCertificateFlags flaws;
  guint pending;
} Tunnel;

struct _PlTurnTls {
  char *host;
  guint port;
  GTlsDatabase *database;
  GSocketService *service;
  GInetSocketAddress *address;
  GPtrArray *tunnels; /* of Tunnel */
  PlTurnTlsFailedFunc failed;
  gpointer user_data;
};

static void
tunnel_release (Tunnel *tunnel)
{
  if (--tunnel->pending > 0)
    return;
  if (tunnel->owner)
    g_ptr_array_remove_fast (tunnel->owner->tunnels, tunnel);
  g_io_stream_close_async (G_IO_STREAM (tunnel->inside), G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  if (tunnel->outside)
    g_io_stream_close_async (G_IO_STREAM (tunnel->outside), G_PRIORITY_DEFAULT, NULL, NULL,
                             NULL);
  g_clear_object (&tunnel->outside);
  g_object_unref (tunnel->inside);
  g_clear_object (&tunnel->client);
  g_object_unref (tunnel->cancellable);
  g_free (tunnel);
}

static void
on_spliced (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  Tunnel *tunnel = user_data;
  g_autoptr (GError) error = NULL;

  g_output_stream_splice_finish (G_OUTPUT_STREAM (stream), result, &error);
  pl_debug (tunnel, "one way ends: %s", error ? error->message : "end of stream");
  g_cancellable_cancel (tunnel->cancellable);
  tunnel_release (tunnel);
}

static void
splice (Tunnel *tunnel, GIOStream *from, GIOStream *to)
{
  tunnel->pending++;
  g_output_stream_splice_async (
      g_io_stream_get_output_stream (to), g_io_stream_get_input_stream (from),
      G_OUTPUT_STREAM_SPLICE_NONE, G_PRIORITY_DEFAULT, tunnel->cancellable, on_spliced, tunnel);
}

static const char *
describe_flaws (GTlsCertificateFlags flaws)
{
  static const struct {
    GTlsCertificateFlags flag;
    const char *text;
  } table[] = {
    { G_TLS_CERTIFICATE_UNKNOWN_CA, "its issuer is not trusted here" },
    { G_TLS_CERTIFICATE_BAD_IDENTITY, "it is for another name" },
    { G_TLS_CERTIFICATE_EXPIRED, "it has expired" },
    { G_TLS_CERTIFICATE_NOT_ACTIVATED, "it is not valid yet" },
    { G_TLS_CERTIFICATE_REVOKED, "it was revoked" },
    { G_TLS_CERTIFICATE_INSECURE, "its algorithms are not secure" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (flaws & table[i].flag)
      return table[i].text;
  return "it is not valid";
}

static void
report (Tunnel *tunnel, const GError *cause)
{
  PlTurnTls *self = tunnel->owner;
  g_autoptr (GError) reason = NULL;

  if (self == NULL || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (tunnel->flaws != 0)
    reason = g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_FAILED,
                          "TURN server %s: certificate not trusted: %s", self->host,
                          describe_flaws (tunnel->flaws));
  else
    reason = g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_FAILED, "TURN server %s: %s", self->host,
                          cause->message);
  pl_debug (self, "%s", reason->message);
  if (self->failed)
    self->failed (reason, self->user_data);
}

static void
set_no_delay (GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  g_socket_set_timeout (socket, 0);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
}

static void
on_connected (GObject *client, GAsyncResult *result, gpointer user_data)
{
  Tunnel *tunnel = user_data;
  g_autoptr (GError) error = NULL;

  tunnel->outside
      = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (client), result, &error);
  if (tunnel->outside == NULL) {
    report (tunnel, error);
  } else {
    set_no_delay (tunnel->outside);
    splice (tunnel, G_IO_STREAM (tunnel->inside), G_IO_STREAM (tunnel->outside));
    splice (tunnel, G_IO_STREAM (tunnel->outside), G_IO_STREAM (tunnel->inside));
  }
  tunnel_release (tunnel);
}

static gboolean
on_certificate (GTlsConnection *connection G_GNUC_UNUSED,
                GTlsCertificate *certificate G_GNUC_UNUSED, GTlsCertificateFlags flaws,
                gpointer user_data)
{
  Tunnel *tunnel = user_data;
  tunnel->flaws = flaws;
  return FALSE;
}

static void
on_event (GSocketClient *client G_GNUC_UNUSED, GSocketClientEvent event,
          GSocketConnectable *server G_GNUC_UNUSED, GIOStream *stream, gpointer user_data)
{
  Tunnel *tunnel = user_data;

  if (event != G_SOCKET_CLIENT_TLS_HANDSHAKING || tunnel->owner == NULL)
    return;
  if (tunnel->owner->database)
    g_tls_connection_set_database (G_TLS_CONNECTION (stream), tunnel->owner->database);
  g_signal_connect (stream, "accept-certificate", G_CALLBACK (on_certificate), tunnel);
}

static gboolean
same_address (int fd, int (*get) (int, struct sockaddr *, socklen_t *), GSocketAddress *other)
{
  struct sockaddr_storage mine = { 0 }, theirs = { 0 };
  socklen_t len = sizeof mine;

  if (get (fd, (struct sockaddr *) &mine, &len) < 0)
    return FALSE;
  g_autoptr (GSocketAddress) address = g_socket_address_new_from_native (&mine, len);
  if (address == NULL || !G_IS_INET_SOCKET_ADDRESS (address)
      || !g_socket_address_to_native (other, &theirs, sizeof theirs, NULL))
    return FALSE;
  GInetSocketAddress *a = G_INET_SOCKET_ADDRESS (address);
  GInetSocketAddress *b = G_INET_SOCKET_ADDRESS (other);
  return g_inet_socket_address_get_port (a) == g_inet_socket_address_get_port (b)
         && g_inet_address_equal (g_inet_socket_address_get_address (a),
                                  g_inet_socket_address_get_address (b));
}

/* Other users of this machine can reach the listener too, and must not use our way to the TURN
 * server: the far end of the connection has to be a socket of this process. */
static gboolean
is_from_here (GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) near = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) far = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (GDir) fds = g_dir_open ("/proc/self/fd", /* flags = */ 0, NULL);
  const char *name;

  if (near == NULL || far == NULL || fds == NULL)
    return FALSE;
  while ((name = g_dir_read_name (fds))) {
    int fd = g_ascii_strtoll (name, NULL, 10);
    if (same_address (fd, getsockname, far) && same_address (fd, getpeername, near))
      return TRUE;
  }
  return FALSE;
}

static void
connect_outside (PlTurnTls *self, GSocketConnection *inside)
{
  Tunnel *tunnel = g_new0 (Tunnel, 1);

  tunnel->owner = self;
  tunnel->inside = g_object_ref (inside);
  tunnel->cancellable = g_cancellable_new ();
  tunnel->client = g_socket_client_new ();
  tunnel->pending = 1;
  g_ptr_array_add (self->tunnels, tunnel);
  set_no_delay (inside);
  g_socket_client_set_timeout (tunnel->client, CONNECT_TIMEOUT);
  g_socket_client_set_tls (tunnel->client, TRUE);
  g_signal_connect (tunnel->client, "event", G_CALLBACK (on_event), tunnel);
  g_socket_client_connect_to_host_async (tunnel->client, self->host, self->port,
                                         tunnel->cancellable, on_connected, tunnel);
}

static gboolean
on_incoming (GSocketService *service G_GNUC_UNUSED, GSocketConnection *connection,
             GObject *source G_GNUC_UNUSED, gpointer user_data)
{
  PlTurnTls *self = user_data;

  if (self->tunnels->len >= PL_MAX_TURN_TUNNELS)
    pl_debug (self, "refused: %u connections are the limit", PL_MAX_TURN_TUNNELS);
  else if (!is_from_here (connection))
    pl_debug (self, "refused: not from this process");
  else
    connect_outside (self, connection);
  return TRUE;
}

static gboolean
start_listening (PlTurnTls *self, GSocketFamily family, GError **error)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (family);
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new (loopback, /* port = */ 0);
  GSocketAddress *effective = NULL;

  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), any_port,
                                      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                      /* source_object = */ NULL, &effective, error))
    return FALSE;
  self->address = G_INET_SOCKET_ADDRESS (effective);
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
  return TRUE;
}

PlTurnTls *
pl_turn_tls_new (const PlIceServer *server, GSocketFamily family, GTlsDatabase *database,
                 GError **error)
{
  g_autoptr (PlTurnTls) self = g_new0 (PlTurnTls, 1);

  g_return_val_if_fail (server->kind == PL_ICE_TURN_TLS, NULL);
  self->host = g_strdup (server->host);
  self->port = server->port;
  self->database = database ? g_object_ref (database) : NULL;
  self->tunnels = g_ptr_array_new ();
  self->service = g_socket_service_new ();
  g_socket_listener_set_backlog (G_SOCKET_LISTENER (self->service), PL_MAX_TURN_TUNNELS);
  if (!start_listening (self, family, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
pl_turn_tls_free (PlTurnTls *self)
{
  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
  for (guint i = 0; i < self->tunnels->len; i++) {
    Tunnel *tunnel = self->tunnels->pdata[i];
    tunnel->owner = NULL;
    g_cancellable_cancel (tunnel->cancellable);
  }
  g_ptr_array_unref (self->tunnels);
  g_clear_object (&self->address);
  g_clear_object (&self->database);
  g_free (self->host);
  g_free (self);
}

void
pl_turn_tls_set_failed_func (PlTurnTls *self, PlTurnTlsFailedFunc failed, gpointer user_data)
{
  self->failed = failed;
  self->user_data = user_data;
}

GInetSocketAddress *
pl_turn_tls_get_address (PlTurnTls *self)
{
  return self->address;
}
