/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/signal-json.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A message or an error, never both, never neither; what was parsed can be printed, and that be
 * parsed and printed to the same again. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PlSignalMsg) msg
      = pl_signal_msg_parse ((const char *) data, size, /* id = */ NULL, &error);

  g_assert ((msg == NULL) == (error != NULL));
  if (msg == NULL || msg->type == PL_SIGNAL_MSG_UNKNOWN)
    return 0;
  g_autofree char *text = pl_signal_msg_print (msg);
  g_autoptr (PlSignalMsg) again = pl_signal_msg_parse (text, strlen (text), NULL, &error);
  /* Printing may escape what came bare, and so pass the limit on the size. */
  if (again == NULL)
    return 0;
  g_autofree char *text_again = pl_signal_msg_print (again);
  g_assert_cmpstr (text, ==, text_again);
  return 0;
}
