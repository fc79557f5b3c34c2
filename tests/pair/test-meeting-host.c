/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "peer/meeting.h"
#include "peer/signal-client.h"
#include "proto/code.h"
#include "proto/signal-json.h"
#include "tests/lib/pl-signald.h"
#include "tests/lib/pl-test.h"

#include <libsoup/soup.h>
#include <string.h>

/* One host and several guests in one room, through the real signaling server. */

#define N_GUESTS 3

typedef struct {
  PlMeeting *meeting;
  guint state;
  GPtrArray *peers; /* as they came */
  guint n_open;     /* of them, now */
  GError *failure;
} End;

typedef struct {
  PlSignald *server;
  char *url;
  GBytes *secret;
  End host;
  End guests[N_GUESTS];
} Fixture;

/* Runs the main loop until @condition; the watchdog says if it never comes. */
#define run_until(condition)                                                                   \
  while (!(condition))                                                                         \
  g_main_context_iteration (NULL, /* may_block = */ TRUE)

static void
on_state (PlMeeting *meeting G_GNUC_UNUSED, guint state, End *end)
{
  end->state = state;
}

static void
count_open (End *end)
{
  end->n_open = 0;
  for (guint i = 0; i < end->peers->len; i++)
    end->n_open += pl_peer_get_state (g_ptr_array_index (end->peers, i)) == PL_PEER_OPEN;
}

static void
on_peer_state (PlPeer *peer G_GNUC_UNUSED, guint state G_GNUC_UNUSED, End *end)
{
  count_open (end);
}

static void
on_peer (PlMeeting *meeting G_GNUC_UNUSED, PlPeer *peer, End *end)
{
  g_ptr_array_add (end->peers, g_object_ref (peer));
  g_signal_connect (peer, "state-changed", G_CALLBACK (on_peer_state), end);
}

static void
on_failed (PlMeeting *meeting G_GNUC_UNUSED, const GError *reason, End *end)
{
  end->failure = g_error_copy (reason);
}

static void
open_end (Fixture *f, End *end, PlHandshakeRole role)
{
  char *loopback[] = { (char *) "127.0.0.1", NULL };
  PlMeetingConfig config = {
    .signaling_url = f->url,
    .paired = f->secret,
    .role = role,
    .local_addresses = loopback,
  };
  g_autoptr (GError) error = NULL;

  end->peers = g_ptr_array_new_with_free_func (g_object_unref);
  end->meeting = pl_meeting_new (&config, &error);
  g_assert_no_error (error);
  g_signal_connect (end->meeting, "state-changed", G_CALLBACK (on_state), end);
  g_signal_connect (end->meeting, "peer", G_CALLBACK (on_peer), end);
  g_signal_connect (end->meeting, "failed", G_CALLBACK (on_failed), end);
  pl_meeting_start (end->meeting);
}

/* As a program that is killed: nobody is told. */
static void
kill_end (End *end)
{
  if (end->meeting == NULL)
    return;
  g_signal_handlers_disconnect_by_data (end->meeting, end);
  for (guint i = 0; i < end->peers->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (end->peers, i), end);
  g_clear_object (&end->meeting);
  g_clear_pointer (&end->peers, g_ptr_array_unref);
  g_clear_error (&end->failure);
  *end = (End){ 0 };
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->server = pl_signald_start (/* port = */ 0, /* options = */ NULL);
  f->url = g_strdup_printf ("ws://127.0.0.1:%u", pl_signald_get_port (f->server));
  f->secret = g_bytes_new_static ("a secret of two identities that\n", 32);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  kill_end (&f->host);
  for (guint i = 0; i < N_GUESTS; i++)
    kill_end (&f->guests[i]);
  g_clear_pointer (&f->server, pl_signald_kill);
  g_bytes_unref (f->secret);
  g_free (f->url);
}

static gboolean
is_alone_with_host (const End *guest)
{
  g_assert_no_error (guest->failure);
  return guest->state == PL_MEETING_CONNECTED && guest->peers->len == 1 && guest->n_open == 1;
}

static void
open_host (Fixture *f)
{
  open_end (f, &f->host, PL_HANDSHAKE_HOST);
  run_until (f->host.state == PL_MEETING_WAITING);
}

static void
open_guest (Fixture *f, guint i)
{
  open_end (f, &f->guests[i], PL_HANDSHAKE_GUEST);
}

/* Two are there before the host, and wait for it, not for each other. */
static void
test_several (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_guest (f, 0);
  open_guest (f, 1);
  run_until (f->guests[0].state == PL_MEETING_WAITING
             && f->guests[1].state == PL_MEETING_WAITING);
  open_host (f);
  open_guest (f, 2);
  for (guint i = 0; i < N_GUESTS; i++)
    run_until (is_alone_with_host (&f->guests[i]));
  run_until (f->host.n_open == N_GUESTS);
  g_assert_cmpuint (f->host.peers->len, ==, N_GUESTS);
  g_assert_cmpuint (f->host.state, ==, PL_MEETING_WAITING);

  /* One goes: the others do not notice. */
  pl_peer_close (g_ptr_array_index (f->guests[1].peers, 0));
  run_until (f->host.n_open == N_GUESTS - 1);
  g_assert_true (is_alone_with_host (&f->guests[0]));
  g_assert_true (is_alone_with_host (&f->guests[2]));
}

/* The server and the host still believe in the one that was killed. */
static void
test_killed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_host (f);
  open_guest (f, 0);
  open_guest (f, 1);
  run_until (f->host.n_open == 2);
  kill_end (&f->guests[0]);
  open_guest (f, 2);
  run_until (is_alone_with_host (&f->guests[2]));
  run_until (f->host.peers->len == 3);
  g_assert_true (is_alone_with_host (&f->guests[1]));
}

static gboolean
on_tick (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
wait_for_relayed (Fixture *f, guint64 n)
{
  while (pl_signald_get_metric (f->server, "relayed_total") < n) {
    gboolean ticked = FALSE;
    g_timeout_add (20, on_tick, &ticked);
    run_until (ticked);
  }
}

/* The conversations are new ones; the connections are not. */
static void
test_server_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_host (f);
  open_guest (f, 0);
  open_guest (f, 1);
  run_until (f->host.n_open == 2);
  guint port = pl_signald_get_port (f->server);
  pl_signald_kill (f->server);
  f->server = pl_signald_start (port, /* options = */ NULL);
  /* Two greetings and two tags for each guest. */
  wait_for_relayed (f, 8);
  pl_peer_restart_ice (g_ptr_array_index (f->guests[0].peers, 0));
  wait_for_relayed (f, 10);
  open_guest (f, 2);
  run_until (is_alone_with_host (&f->guests[2]));
  g_assert_true (is_alone_with_host (&f->guests[0]));
  g_assert_true (is_alone_with_host (&f->guests[1]));
  g_assert_cmpuint (f->host.peers->len, ==, 3);
}

/* The host is another one: nothing of before counts. */
static void
test_host_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_host (f);
  open_guest (f, 0);
  run_until (f->host.n_open == 1 && is_alone_with_host (&f->guests[0]));
  kill_end (&f->host);
  open_host (f);
  run_until (f->guests[0].peers->len == 2 && f->guests[0].n_open >= 1);
  run_until (f->host.n_open == 1);
}

/* Its connection is over at the host, and the guest has not seen that when the server comes
 * back. */
static void
test_half_lost (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_host (f);
  open_guest (f, 0);
  run_until (f->host.n_open == 1 && is_alone_with_host (&f->guests[0]));
  guint port = pl_signald_get_port (f->server);
  pl_signald_kill (f->server);
  /* As the meeting sees it, the connection ends; the peers are held up in the middle. */
  g_signal_emit_by_name (g_ptr_array_index (f->host.peers, 0), "closed", NULL);
  f->server = pl_signald_start (port, /* options = */ NULL);
  run_until (pl_peer_get_state (g_ptr_array_index (f->guests[0].peers, 0)) == PL_PEER_CLOSED);
  g_assert_cmpuint (f->host.peers->len, ==, 1);
}

/* Members that do not have the secret: silent ones, and ones that say something. */
typedef struct {
  Fixture *f;
  PlSignalClient *client;
  PlCode *code;
  const char *body; /* NULL: silent */
  gboolean joined, greeted;
  guint n_answers, n_errors; /* to refresh */
} Stranger;

static void
on_stranger_event (const PlSignalMsg *msg, gpointer user_data)
{
  Stranger *s = user_data;

  if (msg->type == PL_SIGNAL_MSG_WELCOME) {
    PlSignalMsg *join = pl_signal_msg_new (PL_SIGNAL_MSG_JOIN);
    join->room = g_strdup (pl_code_get_room (s->code));
    join->name = g_strdup ("stranger");
    join->max = PL_MAX_MEMBERS;
    pl_signal_client_take_request (s->client, join);
  } else if (msg->type == PL_SIGNAL_MSG_JOINED) {
    s->joined = TRUE;
  } else if (msg->type == PL_SIGNAL_MSG_ICE) {
    s->n_answers++;
  } else if (msg->type == PL_SIGNAL_MSG_ERROR) {
    s->n_errors++;
  } else if (msg->type == PL_SIGNAL_MSG_MESSAGE) {
    s->greeted = TRUE;
    if (s->body == NULL)
      return;
    PlSignalMsg *send = pl_signal_msg_new (PL_SIGNAL_MSG_SEND);
    send->room = g_strdup (pl_code_get_room (s->code));
    send->member = g_strdup (msg->member);
    send->body = g_strdup (s->body);
    pl_signal_client_take_request (s->client, send);
  }
}

static void
on_stranger_closed (const GError *reason, gpointer user_data G_GNUC_UNUSED)
{
  g_assert_no_error (reason);
}

static void
stranger_join (Fixture *f, Stranger *s)
{
  static const PlSignalClientOps ops
      = { .event = on_stranger_event, .closed = on_stranger_closed };
  PlSignalClientConfig config = { .url = f->url, .agent = "stranger" };

  s->code = pl_code_new_paired (f->secret);
  s->client = pl_signal_client_new (&config, &ops, s, NULL);
  pl_signal_client_start (s->client);
}

static void
stranger_clear (Stranger *s)
{
  pl_signal_client_free (s->client);
  pl_code_free (s->code);
}

/* Far more than PL_MAX_WRONG_GUESSES of them; they keep all places but two. */
static void
test_strangers (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const bodies[] = { NULL, "", "AAAA", "AgAA", "not base64", "/w==" };
  Stranger strangers[PL_MAX_MEMBERS - 2] = { 0 };

  open_host (f);
  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++) {
    strangers[i].body = bodies[i % G_N_ELEMENTS (bodies)];
    stranger_join (f, &strangers[i]);
    run_until (strangers[i].greeted);
  }
  open_guest (f, 0);
  run_until (is_alone_with_host (&f->guests[0]));
  run_until (f->host.n_open == 1);
  g_assert_cmpuint (f->host.peers->len, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++)
    stranger_clear (&strangers[i]);
}

/* A full room of members that are alive: told, and not for ever. */
static void
test_full (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Stranger strangers[PL_MAX_MEMBERS - 1] = { 0 };

  open_host (f);
  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++) {
    stranger_join (f, &strangers[i]);
    run_until (strangers[i].joined);
  }
  open_guest (f, 0);
  run_until (f->guests[0].failure);
  g_assert_error (f->guests[0].failure, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED);
  g_assert_cmpuint (f->host.state, ==, PL_MEETING_WAITING);

  stranger_clear (&strangers[0]);
  open_guest (f, 1);
  run_until (is_alone_with_host (&f->guests[1]));
  for (guint i = 1; i < G_N_ELEMENTS (strangers); i++)
    stranger_clear (&strangers[i]);
}

/* More at once than the server takes of anybody: it goes out as fast as it may. */
static void
test_pace (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const guint n = PL_MESSAGES_BURST + 40;
  Stranger stranger = { 0 };

  stranger_join (f, &stranger);
  run_until (stranger.joined);
  for (guint i = 0; i < n; i++)
    pl_signal_client_take_request (stranger.client, pl_signal_msg_new (PL_SIGNAL_MSG_REFRESH));
  run_until (stranger.n_answers + stranger.n_errors == n);
  g_assert_cmpuint (stranger.n_errors, ==, 0);
  stranger_clear (&stranger);
}

/* --- a server that makes members up --- */

#define N_MADE_UP 100

typedef struct {
  SoupServer *server;
  SoupWebsocketConnection *socket;
  char *url;
  PlCode *code;
  guint seq;
  PlHandshake *ends[N_MADE_UP + 1]; /* each has the secret; NULL: not greeted yet */
  guint n_greeted;
} Liar;

static void
say (Liar *liar, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *keys = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *text = g_strdup_printf ("{\"seq\":%u,%s}", ++liar->seq, keys);
  soup_websocket_connection_send_text (liar->socket, text);
}

/* The one that was greeted knows the greeting now, and says nothing yet. */
static void
take_body (Liar *liar, const PlSignalMsg *msg)
{
  static const uint8_t instance[PL_HANDSHAKE_INSTANCE_LEN] = { 1 };
  const guint i = (guint) g_ascii_strtoull (msg->member, NULL, 10);
  g_autofree char *message = NULL;

  g_assert_cmpuint (i, >=, 1);
  g_assert_cmpuint (i, <=, N_MADE_UP);
  if (liar->ends[i] == NULL) {
    const PlHandshakeConfig config = {
      .password = pl_code_get_text (liar->code),
      .room = pl_code_get_room (liar->code),
      .own_id = msg->member,
      .remote_id = "host",
      .name = "made up",
      .instance = instance,
      .role = PL_HANDSHAKE_GUEST,
    };
    liar->ends[i] = pl_handshake_new (&config);
    liar->n_greeted++;
  }
  g_assert_true (pl_handshake_feed (liar->ends[i], msg->body, &message, NULL));
}

static void
on_request (SoupWebsocketConnection *socket G_GNUC_UNUSED, int type G_GNUC_UNUSED,
            GBytes *message, Liar *liar)
{
  gsize len;
  const char *text = g_bytes_get_data (message, &len);
  g_autoptr (PlSignalMsg) msg = pl_signal_msg_parse (text, len, /* id = */ NULL, NULL);
  const char *room = pl_code_get_room (liar->code);

  if (msg->type == PL_SIGNAL_MSG_HELLO)
    soup_websocket_connection_send_text (
        liar->socket,
        "{\"type\":\"welcome\",\"session\":\"s\",\"token\":\"t\",\"resumed\":false,"
        "\"last_id\":0,\"ping_s\":10,\"silence_s\":30,\"resume_s\":60,"
        "\"ice_servers\":[],\"ice_ttl_s\":0}");
  else if (msg->type == PL_SIGNAL_MSG_JOIN)
    say (liar,
         "\"type\":\"joined\",\"id\":%" G_GINT64_FORMAT ",\"room\":\"%s\",\"member\":\"host\","
         "\"members\":[]",
         msg->id, room);
  else if (msg->type == PL_SIGNAL_MSG_SEND)
    take_body (liar, msg);
  if (msg->type == PL_SIGNAL_MSG_SEND)
    say (liar, "\"type\":\"sent\",\"id\":%" G_GINT64_FORMAT, msg->id);
}

static void
on_socket (SoupServer *server G_GNUC_UNUSED, SoupServerMessage *msg G_GNUC_UNUSED,
           const char *path G_GNUC_UNUSED, SoupWebsocketConnection *socket, gpointer user_data)
{
  Liar *liar = user_data;
  g_set_object (&liar->socket, socket);
  g_signal_connect (socket, "message", G_CALLBACK (on_request), liar);
}

static void
liar_start (Liar *liar, Fixture *f)
{
  static char protocol[] = "punchline.v1";
  char *protocols[] = { protocol, NULL };
  g_autoptr (GError) error = NULL;

  liar->code = pl_code_new_paired (f->secret);
  liar->server = soup_server_new (NULL, NULL);
  soup_server_add_websocket_handler (liar->server, "/signal", /* origin = */ NULL, protocols,
                                     on_socket, liar, /* destroy = */ NULL);
  soup_server_listen_local (liar->server, /* port = */ 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  GSList *uris = soup_server_get_uris (liar->server);
  g_free (f->url);
  f->url = g_strdup_printf ("ws://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static void
liar_clear (Liar *liar)
{
  for (guint i = 0; i <= N_MADE_UP; i++)
    pl_handshake_free (liar->ends[i]);
  g_clear_object (&liar->socket);
  soup_server_disconnect (liar->server);
  g_object_unref (liar->server);
  pl_code_free (liar->code);
}

static void
greet_host (Liar *liar, guint i)
{
  g_autofree char *body = pl_handshake_next_body (liar->ends[i]);
  say (liar, "\"type\":\"message\",\"room\":\"%s\",\"from\":\"%u\",\"body\":\"%s\"",
       pl_code_get_room (liar->code), i, body);
}

/* Of all that come and say nothing the last are remembered, not each: the first one's greeting
 * comes too late. */
static void
test_made_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Liar liar = { 0 };

  liar_start (&liar, f);
  open_host (f);
  for (guint i = 1; i <= N_MADE_UP; i++)
    say (&liar, "\"type\":\"came\",\"room\":\"%s\",\"member\":\"%u\",\"name\":\"x\"",
         pl_code_get_room (liar.code), i);
  run_until (liar.n_greeted == N_MADE_UP);
  /* One of them does not read: the others are not to suffer for it. */
  say (&liar, "\"type\":\"error\",\"id\":99,\"code\":\"rate\",\"text\":\"it does not read\"");
  const guint first_kept = N_MADE_UP - PL_MAX_MEMBERS + 1;
  greet_host (&liar, first_kept - 1);
  greet_host (&liar, first_kept);
  run_until (pl_handshake_get_state (liar.ends[first_kept]) == PL_HANDSHAKE_SEALED);
  g_assert_cmpint (pl_handshake_get_state (liar.ends[first_kept - 1]), ==,
                   PL_HANDSHAKE_CONFIRMING);
  kill_end (&f->host);
  liar_clear (&liar);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  add ("/meeting-host/several", test_several);
  add ("/meeting-host/killed", test_killed);
  add ("/meeting-host/server-restart", test_server_restart);
  add ("/meeting-host/host-restart", test_host_restart);
  add ("/meeting-host/half-lost", test_half_lost);
  add ("/meeting-host/strangers", test_strangers);
  add ("/meeting-host/full", test_full);
  add ("/meeting-host/pace", test_pace);
  add ("/meeting-host/made-up", test_made_up);
  return g_test_run ();
}
