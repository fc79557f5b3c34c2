/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "tests/lib/pl-test.h"
#include "tests/pair/ice-pair.h"
#include "tests/pair/turn-server.h"

#include <string.h>

/* Relayed paths through the real coturn on loopback. The first end may use nothing but its
 * relay, the second has none. */

static const char *const loopback[] = { "127.0.0.1", NULL };

typedef struct {
  TurnServer *server;
  PlIceConfig first;
  PlIceConfig second;
  IcePair *pair;
} Fixture;

static void
set_up (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  f->server = turn_server_start ();
  f->first = (PlIceConfig){ .local_addresses = (GStrv) loopback,
                            .policy = PL_ICE_POLICY_RELAY_ONLY };
  f->second = (PlIceConfig){ .local_addresses = (GStrv) loopback };
  if (f->server == NULL)
    g_test_skip ("turnserver and openssl are needed");
}

static void
tear_down (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  g_clear_pointer (&f->pair, ice_pair_free);
  g_clear_pointer (&f->first.servers, g_ptr_array_unref);
  turn_server_stop (f->server);
}

static void
start (Fixture *f)
{
  f->pair = ice_pair_new (&f->first, &f->second);
  ice_pair_start (f->pair);
}

static void
connect_pair (Fixture *f)
{
  start (f);
  ice_pair_run (f->pair, ice_pair_is_connected, 15000);
}

static void
exchange (IcePair *pair)
{
  ice_end_send (&pair->ends[0], "!one");
  ice_end_send (&pair->ends[1], "!two");
  ice_pair_run (pair, ice_pair_is_heard, 5000);
  g_assert_cmpstr (pair->ends[0].received->str, ==, "!two\n");
  g_assert_cmpstr (pair->ends[1].received->str, ==, "!one\n");
}

static const struct {
  PlIceServerKind kind;
  PlProtocol protocol;
  const char *description;
} relays[] = {
  { PL_ICE_TURN_UDP, PL_PROTOCOL_UDP, "relay (TURN/UDP)" },
  { PL_ICE_TURN_TCP, PL_PROTOCOL_TCP, "relay (TURN/TCP)" },
  { PL_ICE_TURN_TLS, PL_PROTOCOL_TLS, "relay (TURN/TLS)" },
};

static void
test_relay (Fixture *f, gconstpointer user_data)
{
  gsize i = GPOINTER_TO_SIZE (user_data);

  if (f->server == NULL)
    return;
  f->first.servers = turn_server_list (f->server, relays[i].kind, "localhost", TURN_PASSWORD);
  f->first.tls_database = f->server->trusted;
  connect_pair (f);

  IceEnd *end = &f->pair->ends[0];
  g_autofree char *description = pl_path_describe (&end->path);
  g_assert_cmpint (end->path.local_type, ==, PL_CANDIDATE_RELAY);
  g_assert_cmpint (end->path.relay_protocol, ==, relays[i].protocol);
  g_assert_cmpint (end->path.protocol, ==, PL_PROTOCOL_UDP);
  g_assert_cmpstr (description, ==, relays[i].description);
  g_assert_true (pl_path_is_relayed (&f->pair->ends[1].path));
  for (guint line = 0; line < end->lines->len; line++) {
    g_assert_nonnull (strstr (end->lines->pdata[line], " typ relay raddr 0.0.0.0 rport 0"));
  }
  exchange (f->pair);
}

static void
test_relay_with_ice_tcp (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  if (f->server == NULL)
    return;
  f->first.servers = turn_server_list (f->server, PL_ICE_TURN_TLS, "localhost", TURN_PASSWORD);
  f->first.tls_database = f->server->trusted;
  f->first.tcp = f->second.tcp = TRUE;
  connect_pair (f);
  g_assert_cmpint (f->pair->ends[0].path.relay_protocol, ==, PL_PROTOCOL_TLS);
  exchange (f->pair);
}

static gboolean
is_gathered (IcePair *pair)
{
  return pair->ends[0].complete;
}

static gint64 flood_ends_at;

static gboolean
is_flood_over (IcePair *pair G_GNUC_UNUSED)
{
  return g_get_monotonic_time () > flood_ends_at;
}

static gboolean
on_idle_send (gpointer user_data)
{
  IceEnd *end = user_data;

  for (guint i = 0; i < 8; i++)
    ice_end_send (end, "!late");
  end->pair->done = is_flood_over (end->pair);
  return G_SOURCE_CONTINUE;
}

/* The remote does not know yet: its datagrams come together with the server's last word, in one
 * turn of libnice. What is freed too early is seen by ASan alone. */
static void
test_datagrams_at_the_end (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  if (f->server == NULL)
    return;
  f->first.servers = turn_server_list (f->server, PL_ICE_TURN_UDP, "127.0.0.1", TURN_PASSWORD);
  f->first.policy = PL_ICE_POLICY_ALL;
  connect_pair (f);
  ice_pair_run (f->pair, is_gathered, 5000);
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_callback (source, on_idle_send, &f->pair->ends[1], /* notify = */ NULL);
  g_source_attach (source, f->pair->context);
  g_clear_pointer (&f->pair->ends[0].ice, pl_ice_free);
  flood_ends_at = g_get_monotonic_time () + 200 * G_TIME_SPAN_MILLISECOND;
  ice_pair_run (f->pair, is_flood_over, 5000);
  g_source_destroy (source);
}

static void
expect_failure (Fixture *f, const char *text)
{
  start (f);
  ice_pair_run (f->pair, ice_pair_has_failed, 25000);
  g_assert_error (f->pair->ends[0].failure, PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (f->pair->ends[0].failure->message, text));
  g_assert_cmpuint (f->pair->ends[0].lines->len, ==, 0);
}

static void
test_foreign_certificate (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  if (f->server == NULL)
    return;
  f->first.servers = turn_server_list (f->server, PL_ICE_TURN_TLS, "localhost", TURN_PASSWORD);
  f->first.tls_database = f->server->foreign;
  expect_failure (f, "no relay answered: TURN server localhost: certificate not trusted: its "
                     "issuer is not trusted here");
}

static void
test_other_name (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  if (f->server == NULL)
    return;
  f->first.servers = turn_server_list (f->server, PL_ICE_TURN_TLS, "127.0.0.1", TURN_PASSWORD);
  f->first.tls_database = f->server->trusted;
  expect_failure (f, "TURN server 127.0.0.1: certificate not trusted: it is for another name");
}

static void
test_wrong_password (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  if (f->server == NULL)
    return;
  f->first.servers = turn_server_list (f->server, PL_ICE_TURN_UDP, "127.0.0.1", "guessed");
  expect_failure (f, "no relay answered");
}

/* The remote has nothing but its relay, and we do not want one. */
static void
test_direct_only (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  if (f->server == NULL)
    return;
  f->first.servers = turn_server_list (f->server, PL_ICE_TURN_UDP, "127.0.0.1", TURN_PASSWORD);
  f->first.policy = PL_ICE_POLICY_DIRECT_ONLY;
  f->second.servers = f->first.servers;
  f->second.policy = PL_ICE_POLICY_RELAY_ONLY;
  start (f);
  ice_pair_run (f->pair, ice_pair_has_failed, 40000);
  g_assert_error (f->pair->ends[0].failure, PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE);
  g_assert_cmpuint (f->pair->ends[0].n_selected, ==, 0);
  for (guint line = 0; line < f->pair->ends[0].lines->len; line++)
    g_assert_null (strstr (f->pair->ends[0].lines->pdata[line], "relay"));
}

static gboolean
is_writable (IcePair *pair)
{
  return pair->ends[0].writable;
}

/* Much more than the way takes at once: it says so, and goes on later. */
static void
test_back_pressure (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  uint8_t datagram[1200] = { '!' };
  PlTrain train;
  guint trains = 0;

  if (f->server == NULL)
    return;
  f->first.servers = turn_server_list (f->server, PL_ICE_TURN_TLS, "localhost", TURN_PASSWORD);
  f->first.tls_database = f->server->trusted;
  connect_pair (f);
  pl_train_init (&train);
  while (pl_train_append (&train, datagram, sizeof datagram))
    continue;
  while (pl_ice_send (f->pair->ends[0].ice, &train, /* first = */ 0) == train.n)
    g_assert_cmpuint (trains++, <, 2000);
  g_assert_false (f->pair->ends[0].writable);
  ice_pair_run (f->pair, is_writable, 20000);
  g_assert_no_error (f->pair->ends[0].failure);
  pl_train_clear (&train);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add ("/ice-turn/udp", Fixture, GSIZE_TO_POINTER (0), set_up, test_relay, tear_down);
  g_test_add ("/ice-turn/tcp", Fixture, GSIZE_TO_POINTER (1), set_up, test_relay, tear_down);
  g_test_add ("/ice-turn/tls", Fixture, GSIZE_TO_POINTER (2), set_up, test_relay, tear_down);
  g_test_add ("/ice-turn/datagrams-at-the-end", Fixture, NULL, set_up,
              test_datagrams_at_the_end, tear_down);
  g_test_add ("/ice-turn/with-ice-tcp", Fixture, NULL, set_up, test_relay_with_ice_tcp,
              tear_down);
  g_test_add ("/ice-turn/foreign-certificate", Fixture, NULL, set_up, test_foreign_certificate,
              tear_down);
  g_test_add ("/ice-turn/other-name", Fixture, NULL, set_up, test_other_name, tear_down);
  g_test_add ("/ice-turn/wrong-password", Fixture, NULL, set_up, test_wrong_password,
              tear_down);
  g_test_add ("/ice-turn/direct-only", Fixture, NULL, set_up, test_direct_only, tear_down);
  g_test_add ("/ice-turn/back-pressure", Fixture, NULL, set_up, test_back_pressure, tear_down);
  return g_test_run ();
}
