/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/stream-resets.h"
#include "tests/lib/pl-test.h"

static void
assert_due (PlStreamResets *resets, int64_t now_us, guint n, uint16_t first)
{
  g_autoptr (GArray) due = pl_stream_resets_steal_due (resets, now_us);
  g_assert_cmpuint (due->len, ==, n);
  if (n > 0)
    g_assert_cmpuint (g_array_index (due, uint16_t, 0), ==, first);
}

static void
test_done (void)
{
  g_autoptr (PlStreamResets) resets = pl_stream_resets_new ();

  assert_due (resets, 0, 0, 0);
  g_assert_true (pl_stream_resets_add (resets, 7));
  g_assert_true (pl_stream_resets_add (resets, 0));
  g_assert_false (pl_stream_resets_add (resets, 7));
  g_assert_true (pl_stream_resets_contains (resets, 7));
  assert_due (resets, 1000, 2, 7);
  assert_due (resets, G_USEC_PER_SEC, 0, 0);
  g_assert_true (pl_stream_resets_report_done (resets, 7));
  g_assert_false (pl_stream_resets_report_done (resets, 7));
  g_assert_false (pl_stream_resets_contains (resets, 7));
  g_assert_true (pl_stream_resets_add (resets, 7)); /* the id serves again */
  assert_due (resets, 2000, 1, 7);
}

static void
test_refused (void)
{
  g_autoptr (PlStreamResets) resets = pl_stream_resets_new ();
  int64_t now_us = 1000;
  guint n = 1;

  g_assert_false (pl_stream_resets_report_refused (resets, 3, now_us));
  pl_stream_resets_add (resets, 3);
  assert_due (resets, now_us, 1, 3);
  for (; !pl_stream_resets_report_refused (resets, 3, now_us); n++) {
    assert_due (resets, now_us + 50000, 0, 0);
    now_us += 100000;
    assert_due (resets, now_us, 1, 3);
  }
  g_assert_cmpuint (n, ==, 10);
  g_assert_false (pl_stream_resets_contains (resets, 3));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/stream-resets/done", test_done);
  g_test_add_func ("/stream-resets/refused", test_refused);
  return g_test_run ();
}
