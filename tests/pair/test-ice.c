/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "tests/lib/pl-test.h"
#include "tests/pair/ice-pair.h"

#include <string.h>

/* The first byte of each text makes it DTLS for the demultiplexer (20 to 63: '!' to '?'). */

static const char *const ipv4[] = { "127.0.0.1", NULL };
static const char *const ipv6[] = { "::1", NULL };
static const char *const both[] = { "127.0.0.1", "::1", NULL };

static PlIceConfig
config_for (const char *const *addresses)
{
  return (PlIceConfig){ .local_addresses = (GStrv) addresses };
}

static IcePair *
connect_pair (PlIceConfig config)
{
  IcePair *pair = ice_pair_new (&config, &config);
  ice_pair_start (pair);
  ice_pair_run (pair, ice_pair_is_connected, 10000);
  return pair;
}

static void
exchange (IcePair *pair)
{
  for (guint i = 0; i < 2; i++) {
    g_string_truncate (pair->ends[i].received, 0);
    pair->ends[i].n_received = 0;
  }
  ice_end_send (&pair->ends[0], "!one");
  ice_end_send (&pair->ends[1], "!two");
  ice_pair_run (pair, ice_pair_is_heard, 5000);
  g_assert_cmpstr (pair->ends[0].received->str, ==, "!two\n");
  g_assert_cmpstr (pair->ends[1].received->str, ==, "!one\n");
}

static void
test_connects (gconstpointer addresses)
{
  IcePair *pair = connect_pair (config_for (addresses));
  PlPath path;

  g_assert_true (pl_ice_get_path (pair->ends[0].ice, &path));
  g_assert_cmpint (path.local_type, ==, PL_CANDIDATE_HOST);
  g_assert_cmpint (path.protocol, ==, PL_PROTOCOL_UDP);
  g_assert_false (pl_path_is_relayed (&path));
  g_assert_cmpstr (path.local, ==, pair->ends[1].path.remote);
  g_assert_cmpstr (path.remote, ==, pair->ends[1].path.local);
  exchange (pair);
  ice_pair_free (pair);
}

static void
test_tcp_only (void)
{
  PlIceConfig config = config_for (ipv4);
  config.tcp = TRUE;
  IcePair *pair = ice_pair_new (&config, &config);

  pair->only = " TCP ";
  ice_pair_start (pair);
  ice_pair_run (pair, ice_pair_is_connected, 15000);
  g_assert_cmpint (pair->ends[0].path.protocol, ==, PL_PROTOCOL_TCP);
  exchange (pair);
  ice_pair_free (pair);
}

static gboolean
has_whole_train (IcePair *pair)
{
  return pair->ends[1].n_received == PL_TRAIN_MAX;
}

static void
test_train (void)
{
  IcePair *pair = connect_pair (config_for (both));
  g_autoptr (GString) expected = g_string_new (NULL);
  PlTrain train;

  pl_train_init (&train);
  for (guint i = 0; i < PL_TRAIN_MAX; i++) {
    g_autofree char *text = g_strdup_printf ("!record %u", i);
    g_assert_true (pl_train_append (&train, (const uint8_t *) text, strlen (text)));
    g_string_append_printf (expected, "%s\n", text);
  }
  g_assert_cmpuint (pl_ice_send (pair->ends[0].ice, &train, /* first = */ 0), ==, PL_TRAIN_MAX);
  ice_pair_run (pair, has_whole_train, 5000);
  g_assert_cmpstr (pair->ends[1].received->str, ==, expected->str);
  pl_train_clear (&train);
  ice_pair_free (pair);
}

static void
test_holds_what_comes_early (void)
{
  PlIceConfig config = config_for (ipv4);
  IcePair *pair = ice_pair_new (&config, &config);

  ice_end_send (&pair->ends[0], "!early 1");
  ice_end_send (&pair->ends[0], "!early 2");
  ice_end_send (&pair->ends[1], "!early 3");
  ice_pair_start (pair);
  ice_pair_run (pair, ice_pair_is_heard, 10000);
  g_assert_true (g_str_has_prefix (pair->ends[1].received->str, "!early 1\n"));
  g_assert_cmpstr (pair->ends[0].received->str, ==, "!early 3\n");
  ice_pair_free (pair);
}

static gboolean
is_writable (IcePair *pair)
{
  return pair->ends[0].writable;
}

static void
test_holds_only_so_much (void)
{
  PlIceConfig config = config_for (ipv4);
  IcePair *pair = ice_pair_new (&config, &config);
  uint8_t datagram[1024] = { '!' };
  guint taken = 0, now;

  do {
    PlTrain train;
    pl_train_init (&train);
    pl_train_append (&train, datagram, sizeof datagram);
    now = pl_ice_send (pair->ends[0].ice, &train, /* first = */ 0);
    pl_train_clear (&train);
    taken += now;
  } while (now > 0);
  g_assert_cmpuint (taken, ==, PL_MAX_HELD_BYTES / sizeof datagram);
  g_assert_false (pair->ends[0].writable);
  ice_pair_start (pair);
  ice_pair_run (pair, is_writable, 10000);
  ice_pair_free (pair);
}

static void
test_candidates_before_credentials (void)
{
  PlIceConfig config = config_for (ipv4);
  IcePair *pair = ice_pair_new (&config, &config);
  g_autoptr (GError) error = NULL;

  pl_ice_gather (pair->ends[0].ice);
  pl_ice_gather (pair->ends[1].ice);
  while (!pair->ends[0].complete || !pair->ends[1].complete)
    g_main_context_iteration (pair->context, /* may_block = */ TRUE);
  ice_pair_start (pair);
  ice_pair_run (pair, ice_pair_is_connected, 10000);
  g_assert_false (pl_ice_set_remote_credentials (pair->ends[0].ice, "abcd",
                                                 "0123456789012345678901", &error));
  g_assert_error (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED);
  ice_pair_free (pair);
}

/* From a stranger to the port in @line, a local candidate: STUN that is none, STUN that nobody
 * asked for, records, noise. */
static void
send_garbage (GSocket *stranger, const char *line, GRand *random)
{
  /* A binding request, response and error without integrity, by their types. */
  static const guint8 types[][2]
      = { { 0, 1 }, { 1, 1 }, { 1, 0x11 }, { 0, 0x17 }, { 0x3f, 0xff } };
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  guint16 port = g_ascii_strtoull (words[5], NULL, 10);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (words[4], port);

  for (guint i = 0; i < 200; i++) {
    guint8 bytes[120] = { 0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42 };
    gsize len = g_rand_int_range (random, 1, sizeof bytes);
    for (guint k = 8; k < sizeof bytes; k++)
      bytes[k] = g_rand_int (random);
    memcpy (bytes, types[i % G_N_ELEMENTS (types)], 2);
    bytes[3] = i % 3 ? (len > 20 ? len - 20 : 0) : (guint8) g_rand_int (random);
    if (i % 4 == 0)
      bytes[0] = g_rand_int_range (random, 20, 192);
    g_socket_send_to (stranger, address, (const char *) bytes, len, NULL, NULL);
  }
  g_socket_send_to (stranger, address, "!stranger", 9, NULL, NULL);
}

static void
test_garbage (void)
{
  PlIceConfig config = config_for (ipv4);
  IcePair *pair = ice_pair_new (&config, &config);
  g_autoptr (GRand) random = g_rand_new_with_seed (pl_test_seed ());
  g_autoptr (GSocket) stranger = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
                                               G_SOCKET_PROTOCOL_UDP, NULL);

  pl_ice_gather (pair->ends[0].ice);
  pl_ice_gather (pair->ends[1].ice);
  while (!pair->ends[0].complete || !pair->ends[1].complete)
    g_main_context_iteration (pair->context, /* may_block = */ TRUE);
  for (guint i = 0; i < 2; i++)
    send_garbage (stranger, pair->ends[i].lines->pdata[0], random);
  ice_pair_start (pair);
  for (guint i = 0; i < 2; i++)
    send_garbage (stranger, pair->ends[i].lines->pdata[0], random);
  ice_pair_run (pair, ice_pair_is_connected, 10000);
  for (guint i = 0; i < 2; i++)
    send_garbage (stranger, pair->ends[i].lines->pdata[0], random);
  exchange (pair); /* and nothing else is heard */
  g_assert_cmpuint (pair->ends[0].n_selected, ==, 1);
  g_assert_cmpuint (pair->ends[1].n_selected, ==, 1);
  ice_pair_free (pair);
}

static void
test_bad_credentials (void)
{
  PlIceConfig config = config_for (ipv4);
  IcePair *pair = ice_pair_new (&config, &config);
  g_autoptr (GError) error = NULL;

  g_assert_false (
      pl_ice_set_remote_credentials (pair->ends[0].ice, "", "0123456789012345678901", &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (pl_ice_set_remote_credentials (pair->ends[0].ice, "abcd", "short", &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  ice_pair_free (pair);
}

/* What cannot be used harms nothing, and what is too much is not kept. */
static void
test_bad_candidates (void)
{
  static const char *const ignored[] = {
    "candidate:1 1 UDP 1 9b36eaac-bb2e-49bb-bb78-21c41c499900.local 4000 typ host",
    "candidate:1 1 UDP 0 127.0.0.1 4000 typ host",
    "candidate:1 2 UDP 1 127.0.0.1 4000 typ host",
    "candidate:1 1 SCTP 1 127.0.0.1 4000 typ host",
    "candidate:1 1 UDP 1 0.0.0.0 4000 typ host",
    "candidate:1 1 UDP 1 224.0.0.1 4000 typ host",
    "candidate:1 1 TCP 1 127.0.0.1 4000 typ host",
  };
  PlIceConfig config = config_for (ipv4);
  IcePair *pair = ice_pair_new (&config, &config);
  PlIce *ice = pair->ends[0].ice;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (ignored); i++) {
    g_assert_true (pl_ice_add_remote_candidate (ice, ignored[i], &error));
    g_assert_no_error (error);
  }
  g_assert_false (pl_ice_add_remote_candidate (ice, "candidate:garbage", &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  g_clear_error (&error);
  ice_pair_start (pair);
  ice_pair_run (pair, ice_pair_is_connected, 10000);
  exchange (pair);
  ice_pair_free (pair);
}

static void
test_relay_only_without_relay (void)
{
  PlIceConfig config = config_for (ipv4);
  config.policy = PL_ICE_POLICY_RELAY_ONLY;
  IcePair *pair = ice_pair_new (&config, &config);

  ice_pair_start (pair);
  ice_pair_run (pair, ice_pair_has_failed, 5000);
  g_assert_error (pair->ends[0].failure, PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE);
  g_assert_cmpuint (pair->ends[0].lines->len, ==, 0);
  ice_pair_free (pair);
}

static gboolean
is_selected_again (IcePair *pair)
{
  return pair->ends[0].n_selected > 0 && pair->ends[1].n_selected > 0;
}

static void
test_restart (void)
{
  IcePair *pair = connect_pair (config_for (both));
  g_autofree char *ufrag = g_strdup (pl_ice_get_ufrag (pair->ends[0].ice));
  PlPath before = pair->ends[0].path;

  for (guint i = 0; i < 2; i++) {
    pl_ice_restart (pair->ends[i].ice);
    pair->ends[i].n_selected = 0;
  }
  g_assert_cmpstr (pl_ice_get_ufrag (pair->ends[0].ice), !=, ufrag);
  exchange (pair);
  ice_pair_start (pair);
  ice_pair_run (pair, is_selected_again, 10000);
  g_assert_cmpstr (pair->ends[0].path.local, !=, before.local);
  exchange (pair);
  ice_pair_free (pair);
}

/* A restart that finds nothing leaves the old path alone, silently. */
static void
test_restart_in_vain (void)
{
  IcePair *pair = connect_pair (config_for (ipv4));

  pair->trickle = FALSE;
  pl_ice_restart (pair->ends[0].ice);
  pl_ice_restart (pair->ends[0].ice);
  exchange (pair);
  g_assert_no_error (pair->ends[0].failure);
  ice_pair_free (pair);
}

static gboolean
is_first_gone (IcePair *pair)
{
  return pair->ends[0].ice == NULL;
}

static void
test_freed_inside_an_op (void)
{
  PlIceConfig config = config_for (both);
  IcePair *pair = ice_pair_new (&config, &config);

  pair->ends[0].free_when_selected = TRUE;
  ice_pair_start (pair);
  ice_pair_run (pair, is_first_gone, 10000);
  g_assert_cmpuint (pair->ends[0].n_selected, ==, 1);
  ice_pair_free (pair);
}

static void
test_freed_at_once (void)
{
  PlIceConfig config = config_for (both);
  IcePair *pair = ice_pair_new (&config, &config);

  pl_ice_gather (pair->ends[0].ice);
  ice_pair_free (pair);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_data_func ("/ice/connects/ipv4", ipv4, test_connects);
  g_test_add_data_func ("/ice/connects/ipv6", ipv6, test_connects);
  g_test_add_data_func ("/ice/connects/both", both, test_connects);
  g_test_add_func ("/ice/tcp-only", test_tcp_only);
  g_test_add_func ("/ice/train", test_train);
  g_test_add_func ("/ice/early/sent", test_holds_what_comes_early);
  g_test_add_func ("/ice/early/limit", test_holds_only_so_much);
  g_test_add_func ("/ice/candidates-before-credentials", test_candidates_before_credentials);
  g_test_add_func ("/ice/garbage", test_garbage);
  g_test_add_func ("/ice/bad-credentials", test_bad_credentials);
  g_test_add_func ("/ice/bad-candidates", test_bad_candidates);
  g_test_add_func ("/ice/relay-only-without-relay", test_relay_only_without_relay);
  g_test_add_func ("/ice/restart", test_restart);
  g_test_add_func ("/ice/restart-in-vain", test_restart_in_vain);
  g_test_add_func ("/ice/freed-inside-op", test_freed_inside_an_op);
  g_test_add_func ("/ice/freed-at-once", test_freed_at_once);
  return g_test_run ();
}
