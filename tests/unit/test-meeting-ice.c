/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/clock.h"
#include "base/ice-server.h"
#include "peer/meeting-ice.h"
#include "tests/lib/pl-test.h"

#define NOW (INT64_C (1000) * G_USEC_PER_SEC)

static PlSignalMsg *
new_answer (const char *url, const char *username, guint ttl_s)
{
  const char *urls[] = { url, "turn:turn.example.org?transport=tcp", NULL };
  PlSignalMsg *msg = pl_signal_msg_new (PL_SIGNAL_MSG_ICE);

  g_ptr_array_add (msg->ice_servers, pl_signal_ice_server_new (urls, username, "secret"));
  msg->ice_ttl_s = ttl_s;
  return msg;
}

static void
test_update (void)
{
  g_autoptr (GPtrArray) configured
      = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_ice_server_free);
  g_ptr_array_add (configured, pl_ice_server_parse ("stun:stun.example.org", NULL, NULL, NULL));
  g_autoptr (PlMeetingIce) ice = pl_meeting_ice_new (configured);
  g_assert_cmpint (pl_meeting_ice_get_refresh_at (ice), ==, PL_NEVER);

  /* Nonsense among them is left out. */
  g_autoptr (PlSignalMsg) first = new_answer ("gopher://old", "1:a", 3600);
  pl_meeting_ice_update (ice, first, NOW);
  g_autoptr (GPtrArray) servers = pl_meeting_ice_list (ice);
  g_assert_cmpuint (servers->len, ==, 2);
  const PlIceServer *turn = servers->pdata[1];
  g_assert_cmpint (turn->kind, ==, PL_ICE_TURN_TCP);
  g_assert_cmpstr (turn->username, ==, "1:a");
  g_assert_cmpint (pl_meeting_ice_get_refresh_at (ice), ==,
                   NOW + INT64_C (1800) * G_USEC_PER_SEC);

  g_autoptr (PlSignalMsg) second = new_answer ("turn:turn.example.org", "2:a", 60);
  pl_meeting_ice_update (ice, second, NOW);
  g_autoptr (GPtrArray) fresh = pl_meeting_ice_list (ice);
  g_assert_cmpuint (fresh->len, ==, 3);
  g_assert_cmpstr (((PlIceServer *) fresh->pdata[1])->username, ==, "2:a");
  g_assert_cmpint (pl_meeting_ice_get_refresh_at (ice), ==, NOW + 30 * G_USEC_PER_SEC);
}

static void
test_none (void)
{
  g_autoptr (PlMeetingIce) ice = pl_meeting_ice_new (/* configured = */ NULL);
  g_autoptr (PlSignalMsg) msg = pl_signal_msg_new (PL_SIGNAL_MSG_ICE);

  msg->ice_ttl_s = 3600;
  pl_meeting_ice_update (ice, msg, NOW);
  g_autoptr (GPtrArray) servers = pl_meeting_ice_list (ice);
  g_assert_cmpuint (servers->len, ==, 0);
  g_assert_cmpint (pl_meeting_ice_get_refresh_at (ice), ==, PL_NEVER);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/meeting-ice/update", test_update);
  g_test_add_func ("/meeting-ice/none", test_none);
  return g_test_run ();
}
