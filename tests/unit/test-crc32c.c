/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "link/crc32c.h"
#include "tests/lib/pl-test.h"

#include <string.h>

/* RFC 3720 appendix B.4, and the check value of the algorithm. */
static void
test_vectors (void)
{
  uint8_t bytes[32];

  g_assert_cmphex (pl_crc32c (NULL, 0), ==, 0);
  g_assert_cmphex (pl_crc32c ((const uint8_t *) "123456789", 9), ==, 0xe3069283);
  memset (bytes, 0, sizeof bytes);
  g_assert_cmphex (pl_crc32c (bytes, sizeof bytes), ==, 0x8a9136aa);
  memset (bytes, 0xff, sizeof bytes);
  g_assert_cmphex (pl_crc32c (bytes, sizeof bytes), ==, 0x62a8ab43);
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = i;
  g_assert_cmphex (pl_crc32c (bytes, sizeof bytes), ==, 0x46dd794e);
}

static void
test_table_agrees (void)
{
  uint8_t bytes[300];
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = i * 37;
  g_assert_cmphex (pl_crc32c_by_table ((const uint8_t *) "123456789", 9), ==, 0xe3069283);
  for (guint from = 0; from < 8; from++)
    for (guint len = 0; len + from <= sizeof bytes; len++)
      g_assert_cmphex (pl_crc32c (bytes + from, len), ==,
                       pl_crc32c_by_table (bytes + from, len));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/crc32c/vectors", test_vectors);
  g_test_add_func ("/crc32c/table-agrees", test_table_agrees);
  return g_test_run ();
}
