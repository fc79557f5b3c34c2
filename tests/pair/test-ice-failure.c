/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "tests/lib/pl-test.h"
#include "tests/pair/ice-pair.h"

#include <string.h>

static const char *const loopback[] = { "127.0.0.1", NULL };

static IcePair *
make_pair (void)
{
  PlIceConfig config = { .local_addresses = (GStrv) loopback };
  return ice_pair_new_apart (&config, &config);
}

static void
test_too_many_candidates (void)
{
  IcePair *pair = make_pair ();

  /* Nobody is there: the last is tried only if the limit does not hold. */
  for (guint i = 0; i < PL_MAX_CANDIDATES; i++) {
    g_autofree char *line
        = g_strdup_printf ("candidate:%u 1 UDP %u 127.0.0.1 1 typ host", i, 1000 - i);
    g_autofree char *fresh
        = g_strdup_printf ("candidate:%u 1 UDP %u 127.0.0.%u 1 typ host", i, 1000 - i, i + 2);
    g_assert_true (pl_ice_add_remote_candidate (pair->ends[0].ice, line, NULL));
    g_assert_true (pl_ice_add_remote_candidate (pair->ends[0].ice, fresh, NULL));
  }
  pl_ice_end_of_remote_candidates (pair->ends[0].ice);
  pair->trickle = FALSE;
  ice_pair_start (pair);
  ice_pair_run (pair, ice_pair_has_failed, 35000);
  g_assert_error (pair->ends[0].failure, PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (pair->ends[0].failure->message, " 64 remote candidates"));
  ice_pair_free (pair);
}

static void
test_unreachable (void)
{
  IcePair *pair = make_pair ();

  pair->trickle = FALSE;
  pl_ice_add_remote_candidate (pair->ends[0].ice, "candidate:1 1 UDP 1000 127.0.0.1 1 typ host",
                               NULL);
  pl_ice_end_of_remote_candidates (pair->ends[0].ice);
  ice_pair_start (pair);
  ice_pair_run (pair, ice_pair_has_failed, 25000);
  g_assert_error (pair->ends[0].failure, PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE);
  g_assert_cmpstr (pair->ends[0].failure->message, ==,
                   "no path to the peer: 1 local and 1 remote candidates tried, "
                   "no relay is configured");
  ice_pair_free (pair);
}

static void
test_remote_vanishes (void)
{
  IcePair *pair = make_pair ();

  ice_pair_start (pair);
  ice_pair_run (pair, ice_pair_is_connected, 10000);
  g_clear_pointer (&pair->ends[1].ice, pl_ice_free);
  ice_pair_run (pair, ice_pair_has_failed, 30000);
  g_assert_error (pair->ends[0].failure, PL_LINK_ERROR, PL_LINK_ERROR_LOST);
  ice_pair_free (pair);
}

/* The remote is silent for so long that libnice gives it up for good, and comes back. */
static void
test_remote_comes_back (void)
{
  IcePair *pair = make_pair ();

  ice_pair_start (pair);
  ice_pair_run (pair, ice_pair_is_connected, 10000);
  pair->asleep = TRUE;
  ice_pair_run (pair, ice_pair_has_failed, 30000);
  g_assert_error (pair->ends[0].failure, PL_LINK_ERROR, PL_LINK_ERROR_LOST);
  g_assert_cmpuint (pair->ends[0].n_selected, ==, 1);

  pair->asleep = FALSE;
  ice_end_send (&pair->ends[0], "!still there");
  ice_end_send (&pair->ends[1], "!yes");
  ice_pair_run (pair, ice_pair_is_heard, 10000);
  g_assert_cmpstr (pair->ends[0].received->str, ==, "!yes\n");
  g_assert_cmpstr (pair->ends[1].received->str, ==, "!still there\n");
  g_assert_cmpuint (pair->ends[0].n_selected, ==, 2);
  ice_pair_free (pair);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/ice-failure/too-many-candidates", test_too_many_candidates);
  g_test_add_func ("/ice-failure/unreachable", test_unreachable);
  g_test_add_func ("/ice-failure/remote-vanishes", test_remote_vanishes);
  g_test_add_func ("/ice-failure/remote-comes-back", test_remote_comes_back);
  return g_test_run ();
}
