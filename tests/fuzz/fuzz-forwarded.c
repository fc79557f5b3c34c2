/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/forwarded.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Always an address, whatever the header says. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *header = g_strndup ((const char *) data, size);
  g_autoptr (GInetAddress) peer = g_inet_address_new_from_string ("127.0.0.1");
  g_autoptr (GPtrArray) trusted = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (trusted, g_inet_address_mask_new_from_string ("127.0.0.0/8", NULL));
  g_autoptr (GInetAddress) picked = pl_forwarded_pick (peer, header, trusted);
  g_assert_true (G_IS_INET_ADDRESS (picked));
  return 0;
}
