/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "link/crc32c.h"

#include <string.h>

#ifdef __x86_64__
#include <nmmintrin.h>
#endif

/* Eight tables of 256, so that eight bytes take one step ("slicing by 8"). */
typedef struct {
  uint32_t by_byte[8][256];
} Tables;

#define POLYNOMIAL 0x82f63b78 /* reversed */

static gpointer
make_tables (gpointer data G_GNUC_UNUSED)
{
  Tables *tables = g_new (Tables, 1);

  for (guint i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; bit++)
      crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
    tables->by_byte[0][i] = crc;
  }
  for (guint k = 1; k < 8; k++)
    for (guint i = 0; i < 256; i++) {
      uint32_t crc = tables->by_byte[k - 1][i];
      tables->by_byte[k][i] = crc >> 8 ^ tables->by_byte[0][crc & 0xff];
    }
  return tables;
}

uint32_t
pl_crc32c_by_table (const uint8_t *data, size_t len)
{
  static GOnce once = G_ONCE_INIT;
  const Tables *t = g_once (&once, make_tables, NULL);
  uint32_t crc = 0xffffffff;

  for (; len >= 8; data += 8, len -= 8) {
    uint32_t low = crc ^ ((uint32_t) data[3] << 24 | data[2] << 16 | data[1] << 8 | data[0]);
    crc = t->by_byte[7][low & 0xff] ^ t->by_byte[6][low >> 8 & 0xff]
          ^ t->by_byte[5][low >> 16 & 0xff] ^ t->by_byte[4][low >> 24] ^ t->by_byte[3][data[4]]
          ^ t->by_byte[2][data[5]] ^ t->by_byte[1][data[6]] ^ t->by_byte[0][data[7]];
  }
  for (; len > 0; data++, len--)
    crc = crc >> 8 ^ t->by_byte[0][(crc ^ *data) & 0xff];
  return ~crc;
}

#ifdef __x86_64__
__attribute__ ((target ("sse4.2"))) static uint32_t
crc32c_by_processor (const uint8_t *data, size_t len)
{
  uint64_t crc = 0xffffffff;

  for (; len >= 8; data += 8, len -= 8) {
    uint64_t word;
    memcpy (&word, data, sizeof word);
    crc = _mm_crc32_u64 (crc, word);
  }
  for (; len > 0; data++, len--)
    crc = _mm_crc32_u8 (crc, *data);
  return ~(uint32_t) crc;
}
#endif

uint32_t
pl_crc32c (const uint8_t *data, size_t len)
{
#ifdef __x86_64__
  if (__builtin_cpu_supports ("sse4.2"))
    return crc32c_by_processor (data, len);
#endif
  return pl_crc32c_by_table (data, len);
}
