/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/dcep.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  g_auto (PlDcepOpen) open = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean ok = pl_dcep_parse_open (data, len, &open, &error);

  g_assert_true (ok == (error == NULL));
  g_assert_true (ok == (open.label != NULL));
  if (ok) {
    g_autoptr (GBytes) bytes = pl_dcep_print_open (&open);
    g_auto (PlDcepOpen) again = { 0 };
    g_assert_true (pl_dcep_parse_open (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                       &again, NULL));
    g_assert_cmpstr (open.label, ==, again.label);
  }
  pl_dcep_is_ack (data, len);
  return 0;
}
