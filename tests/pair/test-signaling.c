/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/clock.h"
#include "base/error.h"
#include "proto/signal-json.h"
#include "proto/signal-server.h"
#include "proto/signal-session.h"
#include "tests/lib/pl-test.h"

#include <string.h>

/* Two client sessions and the real server, without sockets and with a clock of the test's own.
 * The wires between them are cut again and again, at any point: what was on its way in either
 * direction is lost, and only sometimes do both ends notice at once. Nothing may arrive twice,
 * nothing may be missing. */

#define N_MESSAGES 150
#define CUT_CHANCE 0.04
#define TICK_US    (30 * 1000) /* stays below the server's rate limit */

/* One WebSocket: what is on its way, each end's view of it. */
typedef struct {
  GQueue up;
  GQueue down;
  PlSignalLink *link; /* NULL: the server thinks it is gone */
  gboolean client_end;
  PlAddress *address;
} Socket;

typedef struct {
  PlSignalSession *session;
  Socket *socket; /* NULL: none */
  char *member;
  char *other; /* the other's member id */
  int sent;
  int received;
  int confirmed;
} Client;

typedef struct {
  PlSignalServer *server;
  GPtrArray *sockets;
  GInetAddress *address;
  GRand *random;
  int64_t now;
  Client clients[2];
  int cuts;
} World;

static void
socket_free (Socket *socket)
{
  g_queue_clear_full (&socket->up, g_free);
  g_queue_clear_full (&socket->down, g_free);
  g_free (socket);
}

static void
on_send (gpointer socket, const char *text, gpointer user_data G_GNUC_UNUSED)
{
  g_queue_push_tail (&((Socket *) socket)->down, g_strdup (text));
}

static void
on_ping (gpointer socket, const char *payload, gpointer user_data G_GNUC_UNUSED)
{
  g_queue_push_tail (&((Socket *) socket)->down, g_strconcat ("ping ", payload, NULL));
}

static void
on_close (gpointer data, guint16 code G_GNUC_UNUSED, gpointer user_data)
{
  World *w = user_data;
  Socket *socket = data;

  socket->link = NULL;
  g_queue_push_tail (&socket->down, g_strdup ("close"));
  pl_address_release (socket->address, PL_ADDRESS_CONNECTION, w->now);
}

static guint
on_fill_ice (GPtrArray *servers G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  return 3600;
}

static const PlSignalServerOps ops
    = { .send = on_send, .ping = on_ping, .close = on_close, .fill_ice = on_fill_ice };

static void
set_up (World *w, gconstpointer data G_GNUC_UNUSED)
{
  w->server = pl_signal_server_new (&ops, w);
  w->sockets = g_ptr_array_new_with_free_func ((GDestroyNotify) socket_free);
  w->address = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  w->random = g_rand_new_with_seed (pl_test_seed ());
  w->now = 1000 * G_USEC_PER_SEC;
  for (guint i = 0; i < 2; i++) {
    w->clients[i].session = pl_signal_session_new ("test", g_rand_int (w->random));
    pl_signal_session_start (w->clients[i].session, w->now);
  }
}

static void
tell_server (World *w, Socket *socket)
{
  if (socket->link == NULL)
    return;
  pl_signal_server_lost (w->server, socket->link, w->now);
  pl_address_release (socket->address, PL_ADDRESS_CONNECTION, w->now);
  socket->link = NULL;
}

static void
tear_down (World *w, gconstpointer data G_GNUC_UNUSED)
{
  for (guint i = 0; i < w->sockets->len; i++)
    tell_server (w, g_ptr_array_index (w->sockets, i));
  for (guint i = 0; i < 2; i++) {
    pl_signal_session_free (w->clients[i].session);
    g_free (w->clients[i].member);
    g_free (w->clients[i].other);
  }
  pl_signal_server_free (w->server);
  g_ptr_array_unref (w->sockets);
  g_object_unref (w->address);
  g_rand_free (w->random);
}

static void
connect_client (World *w, Client *client)
{
  Socket *socket = g_new0 (Socket, 1);
  PlAddressBook *book = pl_signal_server_get_addresses (w->server);

  g_queue_init (&socket->up);
  g_queue_init (&socket->down);
  g_ptr_array_add (w->sockets, socket);
  socket->address = pl_address_book_connect (book, w->address, w->now);
  if (socket->address == NULL) {
    pl_signal_session_report_lost (client->session, w->now);
    return;
  }
  socket->link = pl_signal_server_open (w->server, socket->address, socket, w->now);
  client->socket = socket;
  pl_signal_session_report_opened (client->session, w->now);
}

static void
lose (World *w, Client *client)
{
  client->socket = NULL;
  pl_signal_session_report_lost (client->session, w->now);
}

/* What is under way is gone, some of it already delivered before. */
static void
cut (World *w, Client *client)
{
  Socket *socket = client->socket;

  w->cuts++;
  g_queue_clear_full (&socket->up, g_free);
  g_queue_clear_full (&socket->down, g_free);
  if (g_rand_boolean (w->random))
    tell_server (w, socket);
  lose (w, client);
}

static void
ask (Client *client, PlSignalMsg *request)
{
  g_autoptr (GError) error = NULL;
  pl_signal_session_take_request (client->session, request, &error);
  g_assert_no_error (error);
}

static void
join (Client *client)
{
  PlSignalMsg *request = pl_signal_msg_new (PL_SIGNAL_MSG_JOIN);
  request->room = g_strdup ("xaaaaaaaaaaaaaaaaaaaaaaaaaa");
  request->name = g_strdup ("x");
  ask (client, request);
}

static void
send_next (Client *client)
{
  PlSignalMsg *request = pl_signal_msg_new (PL_SIGNAL_MSG_SEND);
  g_autofree char *number = g_strdup_printf ("%03d", client->sent++);

  request->room = g_strdup ("xaaaaaaaaaaaaaaaaaaaaaaaaaa");
  request->member = g_strdup (client->other);
  request->body = g_base64_encode ((const guchar *) number, 3);
  ask (client, request);
}

static void
take_message (Client *client, const PlSignalMsg *event)
{
  gsize len;
  g_autofree guchar *bytes = g_base64_decode (event->body, &len);
  g_autofree char *number = g_strndup ((const char *) bytes, len);
  g_assert_cmpint (atoi (number), ==, client->received++);
}

static void
take_event (Client *client, const PlSignalMsg *event)
{
  if (event->type == PL_SIGNAL_MSG_WELCOME && !event->resumed) {
    g_assert_null (client->member);
    join (client);
  } else if (event->type == PL_SIGNAL_MSG_JOINED) {
    g_assert_null (client->member);
    client->member = g_strdup (event->member);
    if (event->members->len) {
      PlSignalMember *member = g_ptr_array_index (event->members, 0);
      client->other = g_strdup (member->member);
    }
  } else if (event->type == PL_SIGNAL_MSG_CAME) {
    g_assert_null (client->other);
    client->other = g_strdup (event->member);
  } else if (event->type == PL_SIGNAL_MSG_MESSAGE) {
    take_message (client, event);
  } else if (event->type == PL_SIGNAL_MSG_SENT) {
    client->confirmed++;
  } else if (event->type != PL_SIGNAL_MSG_WELCOME) {
    g_error ("unexpected '%s'", pl_signal_type_name (event->type));
  }
}

/* One frame from the server to the client. */
static void
deliver_down (World *w, Client *client)
{
  g_autofree char *text = g_queue_pop_head (&client->socket->down);
  g_autoptr (GError) error = NULL;

  if (text == NULL)
    return;
  if (g_str_equal (text, "close")) {
    lose (w, client);
  } else if (g_str_has_prefix (text, "ping ")) {
    pl_signal_session_report_alive (client->session, w->now);
    g_queue_push_tail (&client->socket->up, g_strconcat ("pong ", text + 5, NULL));
  } else {
    pl_signal_session_feed (client->session, text, strlen (text), w->now, &error);
    g_assert_no_error (error);
  }
}

/* One frame from the client to the server. */
static void
deliver_up (World *w, Client *client)
{
  Socket *socket = client->socket;
  g_autofree char *text = g_queue_pop_head (&socket->up);

  if (text == NULL || socket->link == NULL)
    return;
  pl_signal_server_heard (w->server, socket->link, strlen (text), w->now);
  if (socket->link == NULL)
    return;
  if (g_str_has_prefix (text, "pong "))
    pl_signal_server_pong (w->server, socket->link, text + 5, strlen (text + 5), w->now);
  else
    pl_signal_server_receive (w->server, socket->link, text, strlen (text), w->now);
}

static void
move (World *w, Client *client)
{
  if (client->socket && !pl_signal_session_wants_socket (client->session))
    client->socket = NULL;
  if (client->socket == NULL
      && pl_signal_session_get_state (client->session) == PL_SESSION_CONNECTING)
    connect_client (w, client);
  for (char *frame; (frame = pl_signal_session_next_frame (client->session)) != NULL;)
    g_queue_push_tail (&client->socket->up, frame);
  if (client->socket && g_rand_boolean (w->random))
    deliver_up (w, client);
  if (client->socket && g_rand_boolean (w->random))
    deliver_down (w, client);
  for (PlSignalMsg *event; (event = pl_signal_session_next_event (client->session)) != NULL;) {
    take_event (client, event);
    pl_signal_msg_free (event);
  }
}

static gboolean
is_done (const World *w)
{
  for (guint i = 0; i < 2; i++)
    if (w->clients[i].received < N_MESSAGES || w->clients[i].confirmed < N_MESSAGES)
      return FALSE;
  return TRUE;
}

static void
tick (World *w, double cut_chance)
{
  w->now += TICK_US;
  if (pl_signal_server_get_deadline (w->server) <= w->now)
    pl_signal_server_expire (w->server, w->now);
  for (guint i = 0; i < 2; i++) {
    Client *client = &w->clients[i];
    pl_signal_session_expire (client->session, w->now);
    move (w, client);
    if (client->other && client->sent < N_MESSAGES)
      send_next (client);
    if (client->socket && g_rand_double (w->random) < cut_chance)
      cut (w, client);
  }
}

static void
test_random_cuts (World *w, gconstpointer data G_GNUC_UNUSED)
{
  for (int i = 0; i < 20000 && !is_done (w); i++)
    tick (w, CUT_CHANCE);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpint (w->clients[i].received, ==, N_MESSAGES);
    g_assert_cmpint (w->clients[i].confirmed, ==, N_MESSAGES);
  }
  g_test_message ("%d cuts", w->cuts);
  g_assert_cmpint (w->cuts, >, 20);
}

static void
test_pings_keep_it_alive (World *w, gconstpointer data G_GNUC_UNUSED)
{
  for (int i = 0; i < 10000; i++)
    tick (w, /* cut_chance = */ 0);
  g_assert_cmpuint (w->sockets->len, ==, 2);
  g_assert_true (is_done (w));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add ("/signaling/random-cuts", World, NULL, set_up, test_random_cuts, tear_down);
  g_test_add ("/signaling/pings-keep-it-alive", World, NULL, set_up, test_pings_keep_it_alive,
              tear_down);
  return g_test_run ();
}
