/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sdp-parse.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

/* A description or an error, never both, never neither; what is printed is parsed again. The
 * first byte chooses offer or answer. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  if (len == 0)
    return 0;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strndup ((const char *) data + 1, len - 1);
  const PlSdpType type = data[0] == 'o' ? PL_SDP_OFFER : PL_SDP_ANSWER;
  g_autoptr (PlDescription) description = pl_description_parse (type, text, &error);
  g_assert_true ((description != NULL) == (error == NULL));
  if (description == NULL || pl_description_find_data (description) == NULL)
    return 0;
  g_autofree char *printed = pl_description_print (description);
  g_autoptr (PlDescription) again G_GNUC_UNUSED = pl_description_parse (type, printed, NULL);
  return 0;
}
