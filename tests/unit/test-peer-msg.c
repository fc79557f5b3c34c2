/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/peer-msg.h"
#include "tests/lib/pl-test.h"

static const char *const good[] = {
  "{\"type\":\"description\",\"description\":{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n\"}}",
  "{\"type\":\"description\",\"description\":{\"type\":\"answer\",\"sdp\":\"\"}}",
  "{\"type\":\"candidate\",\"candidate\":{\"candidate\":\"candidate:1\",\"sdpMid\":\"0\"}}",
  "{\"type\":\"candidate\",\"candidate\":{\"candidate\":\"\"}}",
  "{\"type\":\"candidate\",\"candidate\":null}",
  "{\"type\":\"bye\"}",
};

static void
test_round_trip (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (PlPeerMsg) msg = pl_peer_msg_parse (good[i], &error);
    g_assert_no_error (error);
    g_autofree char *text = pl_peer_msg_print (msg);
    g_assert_cmpstr (text, ==, good[i]);
  }
}

static void
test_unknown (void)
{
  g_autoptr (PlPeerMsg) msg = pl_peer_msg_parse (
      "{\"type\":\"candidate\",\"more\":1,\"candidate\":{\"candidate\":\"c\","
      "\"sdpMLineIndex\":0,\"usernameFragment\":\"x\"}}",
      NULL);
  g_assert_cmpstr (msg->candidate, ==, "c");
  g_autoptr (PlPeerMsg) news = pl_peer_msg_parse ("{\"type\":\"news\"}", NULL);
  g_assert_cmpint (news->type, ==, PL_PEER_MSG_UNKNOWN);
}

static const char *const bad[] = {
  "",
  "[]",
  "{",
  "{}",
  "{\"type\":1}",
  "{\"type\":\"description\"}",
  "{\"type\":\"description\",\"description\":\"offer\"}",
  "{\"type\":\"description\",\"description\":{\"type\":\"offer\"}}",
  "{\"type\":\"description\",\"description\":{\"type\":\"pranswer\",\"sdp\":\"v=0\"}}",
  "{\"type\":\"description\",\"description\":{\"type\":\"offer\",\"sdp\":null}}",
  "{\"type\":\"candidate\"}",
  "{\"type\":\"candidate\",\"candidate\":{\"candidate\":\"\\777\"}}",
  "{\"type\":\"candidate\",\"candidate\":\"candidate:1\"}",
  "{\"type\":\"candidate\",\"candidate\":{\"sdpMid\":\"0\"}}",
  "{\"type\":\"candidate\",\"candidate\":{\"candidate\":\"c\",\"sdpMid\":0}}",
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (pl_peer_msg_parse (bad[i], &error));
    g_assert_cmpint (error->domain, ==, PL_PROTO_ERROR);
  }
}

static void
test_limits (void)
{
  g_autofree char *longest = g_strnfill (PL_MAX_SDP, 'v');
  g_autofree char *line = g_strnfill (PL_MAX_CANDIDATE_LINE + 1, 'c');
  g_autoptr (GError) error = NULL;
  PlPeerMsg fits
      = { .type = PL_PEER_MSG_DESCRIPTION, .kind = (char *) "offer", .sdp = longest };
  PlPeerMsg long_line = { .type = PL_PEER_MSG_CANDIDATE, .candidate = line };
  g_autofree char *text = pl_peer_msg_print (&fits);
  g_autofree char *more = g_strdup_printf ("%.*sv%s", 60, text, text + 60);
  g_autofree char *candidate = pl_peer_msg_print (&long_line);
  g_autoptr (PlPeerMsg) parsed = pl_peer_msg_parse (text, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (parsed->sdp, ==, longest);
  g_assert_null (pl_peer_msg_parse (more, NULL));
  g_assert_null (pl_peer_msg_parse (candidate, NULL));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/peer-msg/round-trip", test_round_trip);
  g_test_add_func ("/peer-msg/unknown", test_unknown);
  g_test_add_func ("/peer-msg/bad", test_bad);
  g_test_add_func ("/peer-msg/limits", test_limits);
  return g_test_run ();
}
