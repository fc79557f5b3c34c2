/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "peer/meeting.h"
#include "peer/signal-client.h"
#include "proto/code.h"
#include "proto/handshake.h"
#include "tests/lib/pl-signald.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>
#include <string.h>

/* Meetings through the real signaling server, with real peers on the loopback interface. */

#define IDENTIFIER "correcthorsebattery"

typedef struct {
  PlMeeting *meeting;
  PlMeetingState state;
  PlPeer *peer;
  guint n_peers;
  char *code;
  GError *failure;
} End;

typedef struct {
  PlSignald *server;
  char *url;
  GTlsDatabase *trust; /* NULL: the system's */
  End a;
  End b;
} Fixture;

static void
on_state (PlMeeting *meeting G_GNUC_UNUSED, guint state, End *end)
{
  end->state = state;
}

static void
on_code (PlMeeting *meeting G_GNUC_UNUSED, const char *code, End *end)
{
  g_assert_null (end->code);
  end->code = g_strdup (code);
}

static void
on_peer (PlMeeting *meeting G_GNUC_UNUSED, PlPeer *peer, End *end)
{
  g_set_object (&end->peer, peer);
  end->n_peers++;
}

static void
on_failed (PlMeeting *meeting G_GNUC_UNUSED, const GError *reason, End *end)
{
  g_assert_null (end->failure);
  end->failure = g_error_copy (reason);
}

static void
open_end (Fixture *f, End *end, const char *code, guint timeout_s)
{
  char *loopback[] = { (char *) "127.0.0.1", NULL };
  PlMeetingConfig config = {
    .signaling_url = f->url,
    .code = code,
    .name = end == &f->a ? "anna" : "be\x1b[2Jrt",
    .local_addresses = loopback,
    .tls_database = f->trust,
    .connect_timeout_s = timeout_s,
  };
  g_autoptr (GError) error = NULL;

  end->meeting = pl_meeting_new (&config, &error);
  g_assert_no_error (error);
  g_signal_connect (end->meeting, "state-changed", G_CALLBACK (on_state), end);
  g_signal_connect (end->meeting, "code", G_CALLBACK (on_code), end);
  g_signal_connect (end->meeting, "peer", G_CALLBACK (on_peer), end);
  g_signal_connect (end->meeting, "failed", G_CALLBACK (on_failed), end);
  pl_meeting_start (end->meeting);
}

/* As a program that is killed: nobody is told. */
static void
kill_end (End *end)
{
  if (end->meeting)
    g_signal_handlers_disconnect_by_data (end->meeting, end);
  g_clear_object (&end->meeting);
  g_clear_object (&end->peer);
  g_clear_pointer (&end->code, g_free);
  g_clear_error (&end->failure);
  *end = (End){ 0 };
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->server = pl_signald_start (/* port = */ 0, /* options = */ NULL);
  f->url = g_strdup_printf ("ws://127.0.0.1:%u", pl_signald_get_port (f->server));
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  kill_end (&f->a);
  kill_end (&f->b);
  g_clear_pointer (&f->server, pl_signald_kill);
  g_clear_object (&f->trust);
  g_free (f->url);
}

/* Runs the main loop until @condition; the watchdog says if it never comes. */
#define run_until(condition)                                                                   \
  while (!(condition))                                                                         \
  g_main_context_iteration (NULL, /* may_block = */ TRUE)

static void
assert_failure (End *end, GQuark domain, int code, const char *says)
{
  run_until (end->failure);
  g_assert_error (end->failure, domain, code);
  g_assert_cmpint (pl_meeting_get_state (end->meeting), ==, PL_MEETING_FAILED);
  if (strstr (end->failure->message, says) == NULL)
    g_error ("'%s' does not say '%s'", end->failure->message, says);
}

static gboolean
are_connected (const Fixture *f)
{
  g_assert_no_error (f->a.failure);
  g_assert_no_error (f->b.failure);
  return f->a.state == PL_MEETING_CONNECTED && f->b.state == PL_MEETING_CONNECTED;
}

static void
connect_ends (Fixture *f)
{
  open_end (f, &f->a, IDENTIFIER, 0);
  run_until (f->a.state == PL_MEETING_WAITING);
  open_end (f, &f->b, IDENTIFIER, 0);
  run_until (are_connected (f));
}

static void
test_made_code (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_end (f, &f->a, /* code = */ NULL, 0);
  run_until (f->a.state == PL_MEETING_WAITING);
  g_assert_nonnull (f->a.code);
  open_end (f, &f->b, f->a.code, 0);
  run_until (are_connected (f));
  g_assert_null (f->b.code);
  g_assert_cmpstr (pl_meeting_get_remote_name (f->b.meeting), ==, "anna");
  g_assert_cmpstr (pl_meeting_get_remote_name (f->a.meeting), ==, "be\xef\xbf\xbd[2Jrt");
  g_assert_cmpint (pl_peer_is_polite (f->a.peer), !=, pl_peer_is_polite (f->b.peer));
  g_assert_cmpint (pl_peer_get_state (f->a.peer), ==, PL_PEER_OPEN);
}

static void
test_identifier (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  connect_ends (f);
  g_assert_cmpuint (f->a.n_peers, ==, 1);

  /* Leaving the room does not touch the peers. */
  pl_meeting_close (f->b.meeting);
  run_until (f->b.state == PL_MEETING_CLOSED);
  g_assert_cmpint (pl_peer_get_state (f->b.peer), ==, PL_PEER_OPEN);
  g_assert_cmpint (pl_peer_get_state (f->a.peer), ==, PL_PEER_OPEN);
}

static void
test_both_at_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_end (f, &f->a, IDENTIFIER, 0);
  open_end (f, &f->b, IDENTIFIER, 0);
  run_until (are_connected (f));
}

static char *
with_last_word (const char *code, const char *word, const char *other)
{
  const char *last = strrchr (code, '-') + 1;
  return g_strdup_printf ("%.*s%s", (int) (last - code), code,
                          g_str_equal (last, word) ? other : word);
}

static void
test_wrong_code (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_end (f, &f->a, /* code = */ NULL, 0);
  run_until (f->a.state == PL_MEETING_WAITING);
  g_autofree char *wrong = with_last_word (f->a.code, "zebra", "abacus");
  open_end (f, &f->b, wrong, 0);
  assert_failure (&f->a, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_WRONG_CODE, "another code");
  assert_failure (&f->b, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_WRONG_CODE, "another code");
  g_assert_cmpuint (f->a.n_peers + f->b.n_peers, ==, 0);
}

/* Three times, and the server knows the number no more. */
static void
test_burned (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_end (f, &f->a, /* code = */ NULL, 0);
  run_until (f->a.state == PL_MEETING_WAITING);
  g_autofree char *code = g_strdup (f->a.code);
  g_autofree char *wrong = with_last_word (code, "zebra", "abacus");

  for (int i = 0; i < 3; i++) {
    open_end (f, &f->b, wrong, 0);
    run_until (f->a.failure && f->b.failure);
    kill_end (&f->a);
    kill_end (&f->b);
    open_end (f, &f->a, code, 0);
    run_until (f->a.failure || f->a.state == PL_MEETING_WAITING);
  }
  assert_failure (&f->a, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_BURNED, "not valid any more");
}

static void
test_nobody_there (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_end (f, &f->a, "999999-walnut-harbor-ember", 0);
  assert_failure (&f->a, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_CODE, "begins with 999999");
}

static void
test_only_a_code (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_end (f, &f->a, /* code = */ NULL, 0);
  run_until (f->a.code);
  g_autofree char *code = g_strdup (f->a.code);
  pl_meeting_close (f->a.meeting);
  run_until (f->a.state == PL_MEETING_CLOSED);
  kill_end (&f->a);

  open_end (f, &f->a, code, 0);
  run_until (f->a.state == PL_MEETING_WAITING);
  open_end (f, &f->b, code, 0);
  run_until (are_connected (f));
}

/* A member that does nothing, or as much of a handshake as the test lets it do. */
typedef struct {
  PlSignalClient *client;
  const char *room;
  char *other;
  PlHandshake *handshake; /* NULL: silent */
  const char *password;
  gboolean stays; /* after a wrong guess */
  gboolean refuted;
  gboolean joined;
  gboolean left_alone;
  guint n_bodies;
  guint n_answers; /* to refresh */
  gboolean closed;
} Stranger;

static void
on_stranger_event (const PlSignalMsg *msg, gpointer user_data)
{
  Stranger *s = user_data;

  if (msg->type == PL_SIGNAL_MSG_WELCOME) {
    PlSignalMsg *join = pl_signal_msg_new (PL_SIGNAL_MSG_JOIN);
    join->room = g_strdup (s->room);
    join->name = g_strdup ("stranger");
    pl_signal_client_take_request (s->client, join);
  } else if (msg->type == PL_SIGNAL_MSG_JOINED) {
    const PlSignalMember *other = g_ptr_array_index (msg->members, 0);
    static const uint8_t instance[PL_HANDSHAKE_INSTANCE_LEN] = { 1 };
    PlHandshakeConfig config
        = { s->password, s->room, msg->member, other->member, "x", instance, NULL };
    s->joined = TRUE;
    if (s->password == NULL)
      return;
    s->handshake = pl_handshake_new (&config);
    PlSignalMsg *send = pl_signal_msg_new (PL_SIGNAL_MSG_SEND);
    send->room = g_strdup (s->room);
    send->member = g_strdup (other->member);
    send->body = pl_handshake_next_body (s->handshake);
    pl_signal_client_take_request (s->client, send);
  } else if (msg->type == PL_SIGNAL_MSG_LEFT) {
    s->left_alone = TRUE;
  } else if (msg->type == PL_SIGNAL_MSG_ICE) {
    s->n_answers++;
  } else if (msg->type == PL_SIGNAL_MSG_MESSAGE && s->handshake) {
    g_autofree char *message = NULL;
    s->n_bodies++;
    gboolean ok = pl_handshake_feed (s->handshake, msg->body, &message, NULL);
    /* Their tag has come: now the guess is known to be wrong. Ours is kept back. */
    s->refuted = !ok;
    if (!ok && !s->stays)
      pl_signal_client_close (s->client);
  }
}

static void
on_stranger_closed (const GError *reason, gpointer user_data)
{
  g_assert_no_error (reason);
  ((Stranger *) user_data)->closed = TRUE;
}

static const PlSignalClientOps stranger_ops
    = { .event = on_stranger_event, .closed = on_stranger_closed };

static void
stranger_join (Fixture *f, Stranger *s, const char *code)
{
  PlSignalClientConfig config = { .url = f->url, .agent = "stranger" };
  g_autoptr (PlCode) parsed = pl_code_parse (code, NULL);

  s->room = g_intern_string (pl_code_get_room (parsed));
  s->client = pl_signal_client_new (&config, &stranger_ops, s, NULL);
  pl_signal_client_start (s->client);
}

static void
stranger_leave (Stranger *s)
{
  if (!s->closed)
    pl_signal_client_close (s->client);
  run_until (s->closed);
  g_clear_pointer (&s->client, pl_signal_client_free);
  g_clear_pointer (&s->handshake, pl_handshake_free);
}

static void
test_waits_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Stranger stranger = { 0 };

  open_end (f, &f->a, /* code = */ NULL, 0);
  run_until (f->a.state == PL_MEETING_WAITING);
  stranger_join (f, &stranger, f->a.code);
  run_until (f->a.state == PL_MEETING_GREETING);
  stranger_leave (&stranger);
  run_until (f->a.state == PL_MEETING_WAITING);
  open_end (f, &f->b, f->a.code, 0);
  run_until (are_connected (f));
}

static void
test_silent_member (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Stranger stranger = { 0 };

  open_end (f, &f->a, /* code = */ NULL, /* timeout_s = */ 1);
  run_until (f->a.state == PL_MEETING_WAITING);
  stranger_join (f, &stranger, f->a.code);
  run_until (f->a.state == PL_MEETING_GREETING);
  run_until (f->a.state == PL_MEETING_WAITING);
  g_autofree char *code = g_strdup (f->a.code);
  kill_end (&f->a);

  open_end (f, &f->b, code, /* timeout_s = */ 1);
  assert_failure (&f->b, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_PEER, "does not answer");
  stranger_leave (&stranger);
}

/* Someone who looks at our tag and goes before showing one: counted, three times. */
static void
test_quiet_guesses (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_end (f, &f->a, /* code = */ NULL, 0);
  run_until (f->a.state == PL_MEETING_WAITING);
  for (int i = 0; i < 3; i++) {
    Stranger stranger = { .password = "417-wrong-wrong-wrong" };
    stranger_join (f, &stranger, f->a.code);
    run_until (stranger.closed || f->a.failure);
    stranger_leave (&stranger);
    run_until (f->a.state == PL_MEETING_WAITING || f->a.failure);
  }
  assert_failure (&f->a, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_BURNED, "make a new one");
}

/* The same, and the server forgets each of them by a new session. */
static void
test_guesses_of_server (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint port = pl_signald_get_port (f->server);

  open_end (f, &f->a, IDENTIFIER, 0);
  run_until (f->a.state == PL_MEETING_WAITING);
  for (int i = 0; i < 3; i++) {
    Stranger stranger = { .password = "wronghorsebattery", .stays = TRUE };
    stranger_join (f, &stranger, IDENTIFIER);
    run_until (stranger.refuted);
    g_clear_pointer (&stranger.client, pl_signal_client_free);
    g_clear_pointer (&stranger.handshake, pl_handshake_free);
    pl_signald_kill (f->server);
    f->server = pl_signald_start (port, /* options = */ NULL);
    run_until (f->a.state == PL_MEETING_WAITING || f->a.failure);
  }
  assert_failure (&f->a, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_BURNED, "make a new one");
}

static void
guess_when_connected (Fixture *f, Stranger *s)
{
  s->password = "wronghorsebattery";
  stranger_join (f, s, IDENTIFIER);
  run_until (s->joined);
  for (guint i = 1; i <= 3 && !s->closed; i++) {
    pl_signal_client_take_request (s->client, pl_signal_msg_new (PL_SIGNAL_MSG_REFRESH));
    run_until (s->n_answers == i || s->closed);
  }
}

/* A connection that stands is no place to guess at, either. */
static void
test_guesses_when_connected (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Stranger last = { 0 };

  connect_ends (f);
  pl_meeting_close (f->b.meeting);
  run_until (f->b.state == PL_MEETING_CLOSED);
  for (int i = 0; i < 3; i++) {
    Stranger stranger = { .password = "wronghorsebattery" };
    stranger_join (f, &stranger, IDENTIFIER);
    run_until (stranger.closed);
    stranger_leave (&stranger);
  }
  guess_when_connected (f, &last);
  pl_meeting_close (f->a.meeting);
  run_until (last.left_alone || last.closed);
  g_assert_cmpuint (last.n_bodies, ==, 0);
  g_assert_cmpint (pl_peer_get_state (f->a.peer), ==, PL_PEER_OPEN);
  stranger_leave (&last);
}

static void
test_third_one (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  End c = { 0 };

  connect_ends (f);
  open_end (f, &c, IDENTIFIER, 0);
  assert_failure (&c, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED, "two others");
  kill_end (&c);
  g_assert_true (are_connected (f));
}

/* b is killed and started again with the same code. */
static void
test_replacement (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  connect_ends (f);
  kill_end (&f->b);
  open_end (f, &f->b, IDENTIFIER, 0);
  run_until (f->a.n_peers == 2 && are_connected (f));
  g_assert_cmpint (pl_peer_get_state (f->a.peer), ==, PL_PEER_OPEN);
}

/* a is killed while it waits, and then both come: the server still has a place for a, which b
 * finds taken until the third one gets it. */
static void
test_killed_before (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_end (f, &f->a, IDENTIFIER, 0);
  run_until (f->a.state == PL_MEETING_WAITING);
  kill_end (&f->a);
  open_end (f, &f->b, IDENTIFIER, 0);
  run_until (f->b.state == PL_MEETING_GREETING);
  open_end (f, &f->a, IDENTIFIER, 0);
  run_until (are_connected (f));
}

static gboolean
on_tick (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Looks from time to time: the server limits connections a second. */
static void
wait_for_relayed (Fixture *f, guint64 n)
{
  while (pl_signald_get_metric (f->server, "relayed_total") < n) {
    gboolean ticked = FALSE;
    g_timeout_add (100, on_tick, &ticked);
    run_until (ticked);
  }
}

/* The server dies and forgets everything; the connection of the two does not care, and what
 * they say through the new one goes on: two greetings, two tags, then an offer and its answer.
 */
static void
test_server_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  connect_ends (f);
  guint port = pl_signald_get_port (f->server);
  pl_signald_kill (f->server);
  f->server = pl_signald_start (port, /* options = */ NULL);
  wait_for_relayed (f, 4);
  pl_peer_restart_ice (f->a.peer);
  wait_for_relayed (f, 6);
  g_assert_cmpuint (f->a.n_peers, ==, 1);
  g_assert_cmpuint (f->b.n_peers, ==, 1);
  g_assert_true (are_connected (f));
  g_assert_cmpint (pl_peer_get_state (f->a.peer), ==, PL_PEER_OPEN);
  g_assert_cmpint (pl_peer_get_state (f->b.peer), ==, PL_PEER_OPEN);
}

/* While one waits: the others could think that it still does. */
static void
test_server_restart_alone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  open_end (f, &f->a, IDENTIFIER, 0);
  open_end (f, &f->b, /* code = */ NULL, 0);
  run_until (f->a.state == PL_MEETING_WAITING && f->b.state == PL_MEETING_WAITING);
  guint port = pl_signald_get_port (f->server);
  pl_signald_kill (f->server);
  run_until (f->a.state == PL_MEETING_SIGNALING && f->b.state == PL_MEETING_SIGNALING);
  f->server = pl_signald_start (port, /* options = */ NULL);
  run_until (f->a.state == PL_MEETING_WAITING);
  assert_failure (&f->b, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_CODE, "forgotten");
}

static void
test_no_server (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_pointer (&f->server, pl_signald_kill);
  open_end (f, &f->a, IDENTIFIER, 0);
  assert_failure (&f->a, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_UNREACHABLE, "refused");
}

static void
test_not_signaling (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  char *url = g_strconcat (f->url, "/healthz", NULL);

  g_free (f->url);
  f->url = url;
  open_end (f, &f->a, IDENTIFIER, 0);
  assert_failure (&f->a, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED, "no signaling server");
}

/* A certificate for 127.0.0.1 and the server that has it; FALSE without openssl. */
static gboolean
start_tls_server (Fixture *f, const char *cert, const char *key)
{
  g_autofree char *command = g_strdup_printf (
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -out %s -keyout %s",
      cert, key);
  g_autofree char *cert_option = g_strconcat ("--tls-cert=", cert, NULL);
  g_autofree char *key_option = g_strconcat ("--tls-key=", key, NULL);
  const char *options[] = { cert_option, key_option, NULL };
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;

  if (!g_spawn_command_line_sync (command, &out, &err, NULL, NULL))
    return FALSE;
  pl_signald_kill (f->server);
  f->server = pl_signald_start (/* port = */ 0, options);
  g_free (f->url);
  f->url = g_strdup_printf ("wss://127.0.0.1:%u", pl_signald_get_port (f->server));
  return TRUE;
}

static void
test_tls (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *folder = g_dir_make_tmp ("pl-meeting-XXXXXX", NULL);
  g_autofree char *cert = g_build_filename (folder, "cert.pem", NULL);
  g_autofree char *key = g_build_filename (folder, "key.pem", NULL);
  g_autoptr (GError) error = NULL;

  if (!start_tls_server (f, cert, key)) {
    g_test_skip ("openssl is needed");
    return;
  }
  open_end (f, &f->a, IDENTIFIER, 0);
  assert_failure (&f->a, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED, "--tls-ca FILE");
  kill_end (&f->a);

  f->trust = g_tls_file_database_new (cert, &error);
  g_assert_no_error (error);
  open_end (f, &f->a, IDENTIFIER, 0);
  open_end (f, &f->b, IDENTIFIER, 0);
  run_until (are_connected (f));
  kill_end (&f->a);

  g_free (f->url);
  f->url = g_strdup_printf ("wss://localhost:%u", pl_signald_get_port (f->server));
  open_end (f, &f->a, IDENTIFIER, 0);
  assert_failure (&f->a, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED, "another name");
  g_unlink (cert);
  g_unlink (key);
  g_rmdir (folder);
}

static void
test_urls (void)
{
  static const struct {
    const char *given;
    const char *made;
  } cases[] = {
    { "wss://a.example", "wss://a.example/signal" },
    { "https://a.example/", "wss://a.example/signal" },
    { "http://127.0.0.1:8080", "ws://127.0.0.1:8080/signal" },
    { "ws://[::1]:8080/other", "ws://[::1]:8080/other" },
    { "a.example", NULL },
    { "ftp://a.example", NULL },
    { "wss://", NULL },
    { "wss://user:password@a.example", NULL },
    { "", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *url = pl_signal_client_make_url (cases[i].given, &error);
    g_assert_cmpstr (url, ==, cases[i].made);
    if (cases[i].made == NULL)
      g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
  }
}

#define ADD(name, func) g_test_add ("/meeting/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  ADD ("made-code", test_made_code);
  ADD ("identifier", test_identifier);
  ADD ("both-at-once", test_both_at_once);
  ADD ("wrong-code", test_wrong_code);
  ADD ("burned", test_burned);
  ADD ("nobody-there", test_nobody_there);
  ADD ("only-a-code", test_only_a_code);
  ADD ("waits-again", test_waits_again);
  ADD ("silent-member", test_silent_member);
  ADD ("quiet-guesses", test_quiet_guesses);
  ADD ("guesses-of-server", test_guesses_of_server);
  ADD ("guesses-when-connected", test_guesses_when_connected);
  ADD ("third-one", test_third_one);
  ADD ("replacement", test_replacement);
  ADD ("killed-before", test_killed_before);
  ADD ("server-restart", test_server_restart);
  ADD ("server-restart-alone", test_server_restart_alone);
  ADD ("no-server", test_no_server);
  ADD ("not-signaling", test_not_signaling);
  ADD ("tls", test_tls);
  g_test_add_func ("/meeting/urls", test_urls);
  return g_test_run ();
}
