/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/peer-msg.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A message or an error; what was parsed prints to something that parses the same. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (PlPeerMsg) msg = pl_peer_msg_parse (text, &error);

  g_assert ((msg == NULL) == (error != NULL));
  if (msg == NULL)
    return 0;
  g_autofree char *printed = pl_peer_msg_print (msg);
  g_autoptr (PlPeerMsg) again = pl_peer_msg_parse (printed, NULL);
  g_autofree char *printed_again = pl_peer_msg_print (again);
  g_assert_cmpstr (printed, ==, printed_again);
  return 0;
}
