/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "signaling/certificate.h"

#include "base/error.h"

#include <sys/socket.h>

/* A handshake of the certificate with ourselves. */
typedef struct {
  GCancellable *over; /* one end has failed, the other need not go on */
  guint pending;
  GError *error; /* the first */
} Rehearsal;

static gboolean
accept_any (GTlsConnection *connection G_GNUC_UNUSED,
            GTlsCertificate *certificate G_GNUC_UNUSED,
            GTlsCertificateFlags errors G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  return TRUE;
}

static void
on_handshake (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  Rehearsal *self = user_data;
  GError **error = self->error ? NULL : &self->error;

  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (connection), result, error))
    g_cancellable_cancel (self->over);
  self->pending--;
}

static GIOStream *
wrap (int fd, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  if (socket == NULL)
    return NULL;
  return G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
}

static gboolean
shake_hands (GIOStream *here, GIOStream *there, GTlsCertificate *certificate, GError **error)
{
  g_autoptr (GCancellable) over = g_cancellable_new ();
  Rehearsal self = { .over = over, .pending = 2 };
  g_autoptr (GIOStream) server = g_tls_server_connection_new (here, certificate, error);
  if (server == NULL)
    return FALSE;
  g_autoptr (GIOStream) client
      = g_tls_client_connection_new (there, /* server_identity = */ NULL, error);
  if (client == NULL)
    return FALSE;
  g_signal_connect (client, "accept-certificate", G_CALLBACK (accept_any), NULL);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (client), G_PRIORITY_DEFAULT, over,
                                    on_handshake, &self);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (server), G_PRIORITY_DEFAULT, over,
                                    on_handshake, &self);
  while (self.pending > 0)
    g_main_context_iteration (g_main_context_get_thread_default (), /* may_block = */ TRUE);
  if (self.error)
    g_propagate_error (error, self.error);
  return self.error == NULL;
}

/* GTlsCertificate takes any certificate with any key; that they do not belong together, as
 * halfway through a renewal, is noticed by whoever verifies a signature. */
static gboolean
rehearse (GTlsCertificate *certificate, GError **error)
{
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "socketpair");
    return FALSE;
  }
  g_autoptr (GIOStream) here = wrap (fds[0], error);
  g_autoptr (GIOStream) there = here ? wrap (fds[1], error) : NULL;
  if (there == NULL)
    return FALSE;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  gboolean ok = shake_hands (here, there, certificate, error);
  g_main_context_pop_thread_default (context);
  return ok;
}

GTlsCertificate *
pl_certificate_load (const char *cert_file, const char *key_file, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GTlsCertificate) certificate
      = g_tls_certificate_new_from_files (cert_file, key_file, &local);

  if (certificate && rehearse (certificate, &local))
    return g_steal_pointer (&certificate);
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
               "--tls-cert '%s', --tls-key '%s': %s%s", cert_file, key_file,
               certificate ? "they do not belong together: " : "", local->message);
  return NULL;
}
