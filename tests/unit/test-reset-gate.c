/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/reset-gate.h"
#include "tests/lib/pl-test.h"

#include <string.h>

#define HEADER 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
/* A heartbeat of five bytes with its padding. */
#define HEARTBEAT 4, 0, 0, 5, 77, 0, 0, 0
/* An outgoing reset of stream 2 after TSN 1000. */
#define RESET_1000 130, 0, 0, 22, 0, 13, 0, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 3, 232, 0, 2, 0, 0
/* The answer to one. */
#define ANSWER 130, 0, 0, 16, 0, 16, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1

static const uint8_t request[] = { HEADER, HEARTBEAT, RESET_1000, HEARTBEAT };

static gboolean
is_held (PlResetGate *gate)
{
  g_autoptr (GBytes) passed = pl_reset_gate_hold (gate, request, sizeof request);
  return passed != NULL;
}

static gboolean
is_due (PlResetGate *gate)
{
  g_autoptr (GBytes) due = pl_reset_gate_steal_due (gate);
  return due != NULL;
}

static void
test_in_order (void)
{
  g_autoptr (PlResetGate) gate = pl_reset_gate_new ();

  g_assert_false (is_held (gate)); /* nothing is known yet */
  pl_reset_gate_report_acked (gate, 998);
  pl_reset_gate_report_data (gate, 999);
  pl_reset_gate_report_data (gate, 1000);
  g_assert_false (is_held (gate));
  pl_reset_gate_report_acked (gate, 1001);
  g_assert_false (is_held (gate));
  g_assert_false (is_due (gate));
}

static void
test_early (void)
{
  static const uint8_t rest[] = { HEADER, HEARTBEAT, RESET_1000, HEARTBEAT };
  static const uint8_t alone[] = { HEADER, RESET_1000 };
  g_autoptr (PlResetGate) gate = pl_reset_gate_new ();

  pl_reset_gate_report_acked (gate, 998);
  pl_reset_gate_report_data (gate, 1000);
  g_autoptr (GBytes) passed = pl_reset_gate_hold (gate, request, sizeof request);
  g_assert_nonnull (passed);
  g_autofree uint8_t *expected = g_memdup2 (rest, sizeof rest);
  expected[20] = 191;
  g_assert_cmpmem (g_bytes_get_data (passed, NULL), g_bytes_get_size (passed), expected,
                   sizeof rest);
  g_assert_false (is_due (gate));
  g_assert_true (is_held (gate)); /* the sender repeats it */
  pl_reset_gate_report_data (gate, 999);
  g_assert_false (is_due (gate)); /* 1000 came before, which only the stack knows */
  pl_reset_gate_report_acked (gate, 1000);
  g_autoptr (GBytes) due = pl_reset_gate_steal_due (gate);
  g_assert_nonnull (due);
  g_assert_cmpmem (g_bytes_get_data (due, NULL), g_bytes_get_size (due), alone, sizeof alone);
  g_assert_false (is_due (gate));
}

static void
test_other_packets (void)
{
  static const uint8_t answer[] = { HEADER, ANSWER };
  static const uint8_t cut[] = { HEADER, 130, 0, 0, 22, 0, 13, 0, 18, 0, 0, 0, 1 };
  static const uint8_t empty[] = { HEADER, 130, 0, 0, 4 };
  static const uint8_t short_parameter[] = { HEADER, 130, 0, 0, 8, 0, 13, 0, 3 };
  g_autoptr (PlResetGate) gate = pl_reset_gate_new ();

  pl_reset_gate_report_acked (gate, 5);
  g_assert_null (pl_reset_gate_hold (gate, answer, sizeof answer));
  g_assert_null (pl_reset_gate_hold (gate, cut, sizeof cut));
  g_assert_null (pl_reset_gate_hold (gate, empty, sizeof empty));
  g_assert_null (pl_reset_gate_hold (gate, short_parameter, sizeof short_parameter));
  for (gsize len = 0; len < 20; len++)
    g_assert_null (pl_reset_gate_hold (gate, request, len));
}

/* TSNs begin again at 0. */
static void
test_wrap (void)
{
  g_autoptr (PlResetGate) gate = pl_reset_gate_new ();

  pl_reset_gate_report_acked (gate, UINT32_MAX - 5);
  g_assert_true (is_held (gate));
  pl_reset_gate_report_acked (gate, 1000);
  g_assert_true (is_due (gate));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/reset-gate/in-order", test_in_order);
  g_test_add_func ("/reset-gate/early", test_early);
  g_test_add_func ("/reset-gate/other-packets", test_other_packets);
  g_test_add_func ("/reset-gate/wrap", test_wrap);
  return g_test_run ();
}
