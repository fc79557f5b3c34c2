/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "link/turn-tls.h"
#include "tests/lib/pl-test.h"

/* The shim without TURN: who may use it, and how often. The "server" accepts and says nothing;
 * test-ice-turn has the real one. */

typedef struct {
  GMainContext *context;
  GSocketService *service;
  GPtrArray *accepted; /* of GSocketConnection, at the server */
  GPtrArray *opened;   /* of GSocketConnection, at the shim */
  PlTurnTls *tunnel;
  gboolean done;
  guint wanted;
} Fixture;

static gboolean
on_accepted (GSocketService *service G_GNUC_UNUSED, GSocketConnection *connection,
             GObject *source G_GNUC_UNUSED, gpointer user_data)
{
  Fixture *f = user_data;

  g_ptr_array_add (f->accepted, g_object_ref (connection));
  if (f->accepted->len >= f->wanted)
    f->done = TRUE;
  return TRUE;
}

static void
set_up (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  f->context = g_main_context_new ();
  g_main_context_push_thread_default (f->context);
  f->accepted = g_ptr_array_new_with_free_func (g_object_unref);
  f->opened = g_ptr_array_new_with_free_func (g_object_unref);
  f->service = g_socket_service_new ();
  g_signal_connect (f->service, "incoming", G_CALLBACK (on_accepted), f);
  PlIceServer server = { .kind = PL_ICE_TURN_TLS, .host = (char *) "127.0.0.1" };
  server.port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (f->service),
                                                     /* source_object = */ NULL, &error);
  g_assert_no_error (error);
  f->tunnel = pl_turn_tls_new (&server, G_SOCKET_FAMILY_IPV4, /* database = */ NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  pl_turn_tls_free (f->tunnel);
  g_ptr_array_unref (f->accepted);
  g_ptr_array_unref (f->opened);
  g_socket_service_stop (f->service);
  g_socket_listener_close (G_SOCKET_LISTENER (f->service));
  g_object_unref (f->service);
  pl_test_run_idle (f->context);
  g_main_context_pop_thread_default (f->context);
  g_main_context_unref (f->context);
}

static void
open_one (Fixture *f)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  GSocketConnection *connection = g_socket_client_connect (
      client, G_SOCKET_CONNECTABLE (pl_turn_tls_get_address (f->tunnel)),
      /* cancellable = */ NULL, &error);
  g_assert_no_error (error);
  g_ptr_array_add (f->opened, connection);
}

static void
on_child_exit (GObject *child, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;
  g_autoptr (GError) error = NULL;

  g_subprocess_wait_check_finish (G_SUBPROCESS (child), result, &error);
  g_assert_no_error (error);
  f->done = TRUE;
}

static void
test_other_process (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *script
      = g_strdup_printf ("exec 3<>/dev/tcp/127.0.0.1/%u; ! read -r -t 20 -u 3",
                         g_inet_socket_address_get_port (pl_turn_tls_get_address (f->tunnel)));
  g_autoptr (GSubprocess) child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error,
                                                    "bash", "-c", script, NULL);

  g_assert_no_error (error);
  g_subprocess_wait_check_async (child, /* cancellable = */ NULL, on_child_exit, f);
  pl_test_run_until (f->context, &f->done, 10000);
  g_assert_cmpuint (f->accepted->len, ==, 0);
}

static void
on_closed (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;
  g_autoptr (GBytes) bytes
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (stream), result, /* error = */ NULL);

  g_assert_true (bytes == NULL || g_bytes_get_size (bytes) == 0);
  f->done = TRUE;
}

static void
test_limit (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  f->wanted = PL_MAX_TURN_TUNNELS;
  for (guint i = 0; i < PL_MAX_TURN_TUNNELS; i++)
    open_one (f);
  pl_test_run_until (f->context, &f->done, 10000);
  f->done = FALSE;
  open_one (f);
  GSocketConnection *last = f->opened->pdata[PL_MAX_TURN_TUNNELS];
  g_input_stream_read_bytes_async (g_io_stream_get_input_stream (G_IO_STREAM (last)), 1,
                                   G_PRIORITY_DEFAULT, /* cancellable = */ NULL, on_closed, f);
  pl_test_run_until (f->context, &f->done, 10000);
  g_assert_cmpuint (f->accepted->len, ==, PL_MAX_TURN_TUNNELS);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add ("/turn-tls/other-process", Fixture, NULL, set_up, test_other_process, tear_down);
  g_test_add ("/turn-tls/limit", Fixture, NULL, set_up, test_limit, tear_down);
  return g_test_run ();
}
