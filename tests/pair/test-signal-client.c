/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "peer/signal-client.h"
#include "tests/lib/pl-test.h"

#include <libsoup/soup.h>
#include <string.h>

/* The client against a server that talks nonsense to its first sockets: each is given up, and
 * the next one works. */

#define WELCOME                                                                                \
  "{\"type\":\"welcome\",\"session\":\"s\",\"token\":\"t\",\"resumed\":false,\"last_id\":0,"   \
  "\"ping_s\":10,\"silence_s\":30,\"resume_s\":60,\"ice_servers\":[],\"ice_ttl_s\":0}"

typedef enum {
  SEND_TEXT,
  SEND_BINARY,
  SEND_LONG,
  CLOSE,
  VANISH
} Deed;

typedef struct {
  const char *name;
  Deed deed;
  const char *text;
  gboolean welcomes; /* the first socket too, before that */
} Case;

static const Case cases[] = {
  { "second-welcome", SEND_TEXT, WELCOME, TRUE },
  { "not-json", SEND_TEXT, "{\"type\":", TRUE },
  { "array", SEND_TEXT, "[]", TRUE },
  { "missing-message", SEND_TEXT, "{\"type\":\"sent\",\"id\":1,\"seq\":7}", TRUE },
  { "bye", SEND_TEXT, "{\"type\":\"bye\",\"code\":\"restart\"}", TRUE },
  { "before-welcome", SEND_TEXT, "{\"type\":\"sent\",\"id\":1,\"seq\":1}", FALSE },
  { "binary", SEND_BINARY, "x", TRUE },
  { "too-long", SEND_LONG, NULL, TRUE },
  { "close", CLOSE, NULL, FALSE },
  { "vanish", VANISH, NULL, TRUE },
};

typedef struct {
  const Case *c;
  SoupServer *server;
  char *url;
  GPtrArray *sockets;
  PlSignalClient *client;
  guint n_welcomes;
  gboolean free_at_event; /* the owner goes away in the middle of an event */
} Fixture;

static void
misbehave (const Case *c, SoupWebsocketConnection *socket)
{
  g_autofree char *text = g_strnfill (PL_MAX_SIGNAL_MESSAGE + 1, ' ');

  if (c->welcomes)
    soup_websocket_connection_send_text (socket, WELCOME);
  switch (c->deed) {
  case SEND_TEXT:
    soup_websocket_connection_send_text (socket, c->text);
    /* What follows on a socket that is given up is not looked at. */
    soup_websocket_connection_send_text (socket, WELCOME);
    break;
  case SEND_BINARY:
    soup_websocket_connection_send_binary (socket, c->text, strlen (c->text));
    break;
  case SEND_LONG:
    soup_websocket_connection_send_text (socket, text);
    break;
  case CLOSE:
    soup_websocket_connection_close (socket, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
    break;
  case VANISH:
    g_io_stream_close (soup_websocket_connection_get_io_stream (socket), NULL, NULL);
    break;
  }
}

static void
on_socket (SoupServer *server G_GNUC_UNUSED, SoupServerMessage *msg G_GNUC_UNUSED,
           const char *path G_GNUC_UNUSED, SoupWebsocketConnection *socket, gpointer user_data)
{
  Fixture *f = user_data;

  g_ptr_array_add (f->sockets, g_object_ref (socket));
  if (f->sockets->len == 1)
    misbehave (f->c, socket);
  else
    soup_websocket_connection_send_text (socket, WELCOME);
}

static void
on_event (const PlSignalMsg *msg, gpointer user_data)
{
  Fixture *f = user_data;

  f->n_welcomes += msg->type == PL_SIGNAL_MSG_WELCOME;
  if (f->free_at_event)
    g_clear_pointer (&f->client, pl_signal_client_free);
}

G_NORETURN static void
on_closed (const GError *reason, gpointer user_data G_GNUC_UNUSED)
{
  g_error ("the client gave up: %s", reason ? reason->message : "in good order");
}

static const PlSignalClientOps ops = { .event = on_event, .closed = on_closed };

static void
set_up (Fixture *f, gconstpointer data)
{
  static char protocol[] = "punchline.v1";
  char *protocols[] = { protocol, NULL };
  g_autoptr (GError) error = NULL;

  f->c = data;
  f->sockets = g_ptr_array_new_with_free_func (g_object_unref);
  f->server = soup_server_new (NULL, NULL);
  soup_server_add_websocket_handler (f->server, "/signal", /* origin = */ NULL, protocols,
                                     on_socket, f, /* destroy = */ NULL);
  soup_server_listen_local (f->server, /* port = */ 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  GSList *uris = soup_server_get_uris (f->server);
  f->url = g_strdup_printf ("ws://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  PlSignalClientConfig config = { .url = f->url, .agent = "test" };
  f->client = pl_signal_client_new (&config, &ops, f, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  pl_signal_client_free (f->client);
  g_ptr_array_unref (f->sockets);
  soup_server_disconnect (f->server);
  g_object_unref (f->server);
  g_free (f->url);
  pl_test_run_idle (NULL);
}

static void
test_nonsense (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint n = f->c->welcomes ? 2 : 1;

  pl_signal_client_start (f->client);
  while (f->sockets->len < 2 || f->n_welcomes < n)
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
  g_assert_cmpuint (f->n_welcomes, ==, n);
}

static void
test_freed_in_event (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->free_at_event = TRUE;
  pl_signal_client_start (f->client);
  while (f->client != NULL)
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/signal-client/", cases[i].name, NULL);
    g_test_add (path, Fixture, &cases[i], set_up, test_nonsense, tear_down);
  }
  g_test_add ("/signal-client/freed-in-event", Fixture, &cases[0], set_up, test_freed_in_event,
              tear_down);
  return g_test_run ();
}
