/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/vcard.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A file of contacts: what is found can be shown and sent. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) cards = pl_vcard_parse ((const char *) data, size, &error);

  g_assert ((cards == NULL) == (error != NULL));
  for (guint i = 0; cards && i < cards->len; i++) {
    const PlVcard *card = g_ptr_array_index (cards, i);
    g_assert (*card->name != '\0' && g_utf8_validate (card->name, -1, NULL));
    g_assert_cmpuint (card->numbers->len, >, 0);
    for (guint n = 0; n < card->numbers->len; n++) {
      const char *number = g_ptr_array_index (card->numbers, n);
      g_assert (*number != '\0' && g_utf8_validate (number, -1, NULL));
    }
  }
  return 0;
}
