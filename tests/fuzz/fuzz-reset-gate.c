/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/reset-gate.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

/* One packet for which nearly all data is missing: what passes is as long, what is kept comes
 * out once. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  g_autoptr (PlResetGate) gate = pl_reset_gate_new ();

  pl_reset_gate_report_acked (gate, 0);
  g_autoptr (GBytes) passed = pl_reset_gate_hold (gate, data, len);
  g_assert_null (pl_reset_gate_steal_due (gate));
  g_assert (passed == NULL || g_bytes_get_size (passed) == len);
  /* What is ahead of 0 is behind this. */
  pl_reset_gate_report_acked (gate, INT32_MAX);
  g_autoptr (GBytes) due = pl_reset_gate_steal_due (gate);
  g_assert ((passed != NULL) == (due != NULL));
  g_assert (due == NULL || g_bytes_get_size (due) <= len);
  return 0;
}
