/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/rpc-msg.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PlRpcMsg) msg = pl_rpc_msg_parse ((const char *) data, len, &error);

  g_assert ((msg == NULL) != (error == NULL));
  if (msg && msg->params)
    g_free (pl_rpc_print_value (msg->params));
  return 0;
}
