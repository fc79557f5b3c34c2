/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-listener"

#include "signaling/listener.h"

#include "base/error.h"
#include "base/log.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#define BACKLOG          1024
#define ACCEPTS_PER_TURN 64
#define PAUSE_MS         100
/* A peer whose machine is gone is noticed after this, whatever is in flight. */
#define USER_TIMEOUT_MS 20000

struct _PlListener {
  GSocket *socket;
  GSource *source; /* of the socket, or of the pause */
  PlAcceptedFunc accepted;
  gpointer user_data;
};

static void watch (PlListener *self);

static gboolean
on_pause_over (gpointer user_data)
{
  watch (user_data);
  return G_SOURCE_REMOVE;
}

static void
replace_source (PlListener *self, GSource *source, GSourceFunc callback)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  if (self->source)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  self->source = source;
  g_source_set_callback (source, callback, self, /* notify = */ NULL);
  g_source_attach (source, context);
}

static void
pause_accepting (PlListener *self, const GError *error)
{
  pl_warning (self, "accept: %s; trying again in %d ms", error->message, PAUSE_MS);
  replace_source (self, g_timeout_source_new (PAUSE_MS), on_pause_over);
}

static void
set_options (GSocket *socket)
{
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS, NULL);
  g_socket_set_blocking (socket, FALSE);
}

static gboolean
on_readable (GSocket *listening, GIOCondition condition G_GNUC_UNUSED, gpointer user_data)
{
  PlListener *self = user_data;

  for (guint i = 0; i < ACCEPTS_PER_TURN; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocket) socket = g_socket_accept (listening, NULL, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      return G_SOURCE_CONTINUE;
    if (socket == NULL) {
      pause_accepting (self, error);
      return G_SOURCE_REMOVE;
    }
    set_options (socket);
    self->accepted (socket, self->user_data);
  }
  return G_SOURCE_CONTINUE;
}

static void
watch (PlListener *self)
{
  GSource *source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  replace_source (self, source, G_SOURCE_FUNC (on_readable));
}

GSocketAddress *
pl_listener_parse (const char *where, GError **error)
{
  g_autofree char *host = g_strdup (where);
  char *colon = strrchr (host, ':');
  guint64 port;

  if (colon)
    *colon = '\0';
  size_t len = strlen (host);
  gboolean bracketed = len > 2 && host[0] == '[' && host[len - 1] == ']';
  if (bracketed) {
    host[len - 1] = '\0';
    memmove (host, host + 1, len - 1);
  }
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
  if (colon == NULL || address == NULL || (strchr (host, ':') && !bracketed)
      || !g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &port, NULL)) {
    g_set_error (
        error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
        "--listen '%s': expected ADDRESS:PORT, for example 127.0.0.1:8080 or [::]:8443", where);
    return NULL;
  }
  return g_inet_socket_address_new (address, (guint16) port);
}

PlListener *
pl_listener_new (const char *where, PlAcceptedFunc accepted, gpointer user_data, GError **error)
{
  g_autoptr (GSocketAddress) address = pl_listener_parse (where, error);
  if (address == NULL)
    return NULL;
  g_autoptr (GSocket) socket
      = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                      G_SOCKET_PROTOCOL_TCP, error);
  if (socket == NULL)
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, /* allow_reuse = */ TRUE, error)
      || !g_socket_listen (socket, error)) {
    g_prefix_error (error, "--listen '%s': ", where);
    return NULL;
  }
  PlListener *self = g_new0 (PlListener, 1);
  self->socket = g_steal_pointer (&socket);
  self->accepted = accepted;
  self->user_data = user_data;
  watch (self);
  return self;
}

void
pl_listener_free (PlListener *self)
{
  if (self == NULL)
    return;
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_socket_close (self->socket, NULL);
  g_object_unref (self->socket);
  g_free (self);
}

char *
pl_listener_describe (const PlListener *self)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (self->socket, NULL);
  return address ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address))
                 : g_strdup ("?");
}
