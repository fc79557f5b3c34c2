/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/candidate.h"
#include "proto/demux.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

/* A result or an error; what can be used is printed and read again to the same value. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  g_autofree char *line = g_strndup ((const char *) data, len);
  g_autoptr (GError) error = NULL;
  PlCandidate first, second;

  pl_datagram_is_rtcp (data, len);
  gboolean ok = pl_candidate_parse (line, &first, &error);
  g_assert (ok == (error == NULL));
  if (!ok || pl_candidate_get_flaw (&first) != NULL)
    return 0;
  g_autofree char *printed = pl_candidate_print (&first);
  g_assert (pl_candidate_parse (printed, &second, NULL));
  g_autofree char *again = pl_candidate_print (&second);
  g_assert (g_str_equal (printed, again));
  return 0;
}
