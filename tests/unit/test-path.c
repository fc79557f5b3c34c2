/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/path.h"
#include "tests/lib/pl-test.h"

static void
test_descriptions (void)
{
  static const struct {
    PlPath path;
    const char *text;
  } cases[] = {
    { { .local = "192.0.2.1:1", .remote = "192.0.2.2:1" }, "direct (no NAT between)" },
    { { .local = "[2001:db8::1]:1", .remote = "[2001:db8::2]:1" }, "direct (IPv6)" },
    { { .local_type = PL_CANDIDATE_SRFLX, .local = "203.0.113.1:1" }, "direct (hole punched)" },
    { { .remote_type = PL_CANDIDATE_PRFLX, .local = "192.0.2.1:1" }, "direct (hole punched)" },
    { { .protocol = PL_PROTOCOL_TCP, .local = "[2001:db8::1]:1" }, "direct (TCP)" },
    { { .local_type = PL_CANDIDATE_RELAY, .local = "198.51.100.1:1" }, "relay (TURN/UDP)" },
    { { .local_type = PL_CANDIDATE_RELAY, .relay_protocol = PL_PROTOCOL_TCP },
      "relay (TURN/TCP)" },
    { { .local_type = PL_CANDIDATE_RELAY,
        .remote_type = PL_CANDIDATE_RELAY,
        .relay_protocol = PL_PROTOCOL_TLS },
      "relay (TURN/TLS)" },
    { { .remote_type = PL_CANDIDATE_RELAY, .local = "[2001:db8::1]:1" },
      "relay (the peer's TURN)" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = pl_path_describe (&cases[i].path);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

static void
test_relayed (void)
{
  for (PlCandidateType local = PL_CANDIDATE_HOST; local <= PL_CANDIDATE_RELAY; local++) {
    for (PlCandidateType remote = PL_CANDIDATE_HOST; remote <= PL_CANDIDATE_RELAY; remote++) {
      PlPath path = { .local_type = local, .remote_type = remote };
      gboolean expected = local == PL_CANDIDATE_RELAY || remote == PL_CANDIDATE_RELAY;
      g_assert_cmpint (pl_path_is_relayed (&path), ==, expected);
    }
  }
}

static void
test_names (void)
{
  g_assert_cmpstr (pl_candidate_type_name (PL_CANDIDATE_HOST), ==, "host");
  g_assert_cmpstr (pl_candidate_type_name (PL_CANDIDATE_SRFLX), ==, "srflx");
  g_assert_cmpstr (pl_candidate_type_name (PL_CANDIDATE_PRFLX), ==, "prflx");
  g_assert_cmpstr (pl_candidate_type_name (PL_CANDIDATE_RELAY), ==, "relay");
  g_assert_cmpstr (pl_protocol_name (PL_PROTOCOL_UDP), ==, "udp");
  g_assert_cmpstr (pl_protocol_name (PL_PROTOCOL_TCP), ==, "tcp");
  g_assert_cmpstr (pl_protocol_name (PL_PROTOCOL_TLS), ==, "tls");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/path/descriptions", test_descriptions);
  g_test_add_func ("/path/relayed", test_relayed);
  g_test_add_func ("/path/names", test_names);
  return g_test_run ();
}
