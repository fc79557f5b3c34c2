/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/gsm7.h"

#define ESCAPE 0x1b

/* 3GPP TS 23.038 section 6.2.1. 0x1b is the escape. */
static const uint16_t default_table[128] = {
  '@',    0xa3,   '$',    0xa5,   0xe8,   0xe9,   0xf9,   0xec,   /* 00 */
  0xf2,   0xc7,   '\n',   0xd8,   0xf8,   '\r',   0xc5,   0xe5,   /* 08 */
  0x0394, '_',    0x03a6, 0x0393, 0x039b, 0x03a9, 0x03a0, 0x03a8, /* 10 */
  0x03a3, 0x0398, 0x039e, 0,      0xc6,   0xe6,   0xdf,   0xc9,   /* 18 */
  ' ',    '!',    '"',    '#',    0xa4,   '%',    '&',    '\'',   /* 20 */
  '(',    ')',    '*',    '+',    ',',    '-',    '.',    '/',    /* 28 */
  '0',    '1',    '2',    '3',    '4',    '5',    '6',    '7',    /* 30 */
  '8',    '9',    ':',    ';',    '<',    '=',    '>',    '?',    /* 38 */
  0xa1,   'A',    'B',    'C',    'D',    'E',    'F',    'G',    /* 40 */
  'H',    'I',    'J',    'K',    'L',    'M',    'N',    'O',    /* 48 */
  'P',    'Q',    'R',    'S',    'T',    'U',    'V',    'W',    /* 50 */
  'X',    'Y',    'Z',    0xc4,   0xd6,   0xd1,   0xdc,   0xa7,   /* 58 */
  0xbf,   'a',    'b',    'c',    'd',    'e',    'f',    'g',    /* 60 */
  'h',    'i',    'j',    'k',    'l',    'm',    'n',    'o',    /* 68 */
  'p',    'q',    'r',    's',    't',    'u',    'v',    'w',    /* 70 */
  'x',    'y',    'z',    0xe4,   0xf6,   0xf1,   0xfc,   0xe0,   /* 78 */
};

typedef struct {
  uint8_t septet;
  uint16_t c;
} Entry;

/* Section 6.2.1.1. All single shift tables hold these too. */
static const Entry extension[] = {
  { 0x0a, '\f' }, { 0x14, '^' }, { 0x28, '{' }, { 0x29, '}' },    { 0x2f, '\\' }, { 0x3c, '[' },
  { 0x3d, '~' },  { 0x3e, ']' }, { 0x40, '|' }, { 0x65, 0x20ac }, { 0 },
};

/* Annex A.2: what a language's single shift table has besides. */
static const Entry single_turkish[] = {
  { 0x47, 0x011e }, { 0x49, 0x0130 }, { 0x53, 0x015e }, { 0x63, 0xe7 },
  { 0x67, 0x011f }, { 0x69, 0x0131 }, { 0x73, 0x015f }, { 0 },
};
static const Entry single_spanish[] = {
  { 0x09, 0xe7 }, { 0x41, 0xc1 }, { 0x49, 0xcd }, { 0x4f, 0xd3 }, { 0x55, 0xda },
  { 0x61, 0xe1 }, { 0x69, 0xed }, { 0x6f, 0xf3 }, { 0x75, 0xfa }, { 0 },
};
static const Entry single_portuguese[] = {
  { 0x05, 0xea },   { 0x09, 0xe7 },   { 0x0b, 0xd4 },   { 0x0c, 0xf4 },
  { 0x0e, 0xc1 },   { 0x0f, 0xe1 },   { 0x12, 0x03a6 }, { 0x13, 0x0393 },
  { 0x15, 0x03a9 }, { 0x16, 0x03a0 }, { 0x17, 0x03a8 }, { 0x18, 0x03a3 },
  { 0x19, 0x0398 }, { 0x1f, 0xca },   { 0x41, 0xc0 },   { 0x49, 0xcd },
  { 0x4f, 0xd3 },   { 0x55, 0xda },   { 0x5b, 0xc3 },   { 0x5c, 0xd5 },
  { 0x61, 0xc2 },   { 0x69, 0xed },   { 0x6f, 0xf3 },   { 0x75, 0xfa },
  { 0x7b, 0xe3 },   { 0x7c, 0xf5 },   { 0x7f, 0xe2 },   { 0 },
};

/* Annex A.3: where a language's locking shift table differs. Spanish has none. */
static const Entry locking_turkish[] = {
  { 0x04, 0x20ac }, { 0x07, 0x0131 }, { 0x0b, 0x011e },
  { 0x0c, 0x011f }, { 0x1c, 0x015e }, { 0x1d, 0x015f },
  { 0x40, 0x0130 }, { 0x60, 0xe7 },   { 0 },
};
static const Entry locking_portuguese[] = {
  { 0x04, 0xea },   { 0x06, 0xfa }, { 0x07, 0xed }, { 0x08, 0xf3 },
  { 0x09, 0xe7 },   { 0x0b, 0xd4 }, { 0x0c, 0xf4 }, { 0x0e, 0xc1 },
  { 0x0f, 0xe1 },   { 0x12, 0xaa }, { 0x13, 0xc7 }, { 0x14, 0xc0 },
  { 0x15, 0x221e }, { 0x16, '^' },  { 0x17, '\\' }, { 0x18, 0x20ac },
  { 0x19, 0xd3 },   { 0x1a, '|' },  { 0x1c, 0xc2 }, { 0x1d, 0xe2 },
  { 0x1e, 0xca },   { 0x24, 0xba }, { 0x40, 0xcd }, { 0x5b, 0xc3 },
  { 0x5c, 0xd5 },   { 0x5d, 0xda }, { 0x60, '~' },  { 0x7b, 0xe3 },
  { 0x7c, 0xf5 },   { 0x7d, '`' },  { 0 },
};

static const Entry *const single_tables[] = {
  [PL_GSM7_TURKISH] = single_turkish,
  [PL_GSM7_SPANISH] = single_spanish,
  [PL_GSM7_PORTUGUESE] = single_portuguese,
};
static const Entry *const locking_tables[] = {
  [PL_GSM7_TURKISH] = locking_turkish,
  [PL_GSM7_PORTUGUESE] = locking_portuguese,
  [PL_GSM7_SPANISH] = NULL,
};

static gunichar
find (const Entry *table, uint8_t septet)
{
  for (; table && table->c; table++)
    if (table->septet == septet)
      return table->c;
  return 0;
}

static gunichar
main_char (uint8_t septet, PlGsm7Language locking)
{
  gunichar c
      = locking < G_N_ELEMENTS (locking_tables) ? find (locking_tables[locking], septet) : 0;
  return c ? c : default_table[septet & 0x7f];
}

static gunichar
extension_char (uint8_t septet, PlGsm7Language single)
{
  gunichar c = single < G_N_ELEMENTS (single_tables) ? find (single_tables[single], septet) : 0;
  return c ? c : find (extension, septet);
}

guint
pl_gsm7_from_char (gunichar c, uint8_t septets[2])
{
  for (guint i = 0; i < G_N_ELEMENTS (default_table); i++)
    if (default_table[i] == c && i != ESCAPE) {
      septets[0] = (uint8_t) i;
      return 1;
    }
  for (const Entry *e = extension; e->c; e++)
    if (e->c == c) {
      septets[0] = ESCAPE;
      septets[1] = e->septet;
      return 2;
    }
  return 0;
}

char *
pl_gsm7_decode (const uint8_t *septets, size_t n, PlGsm7Language locking, PlGsm7Language single)
{
  GString *text = g_string_sized_new (n + 1);

  for (size_t i = 0; i < n; i++) {
    gunichar c;
    if (septets[i] != ESCAPE) {
      g_string_append_unichar (text, main_char (septets[i], locking));
      continue;
    }
    if (i + 1 == n) /* cut off: nothing follows */
      break;
    i++;
    c = extension_char (septets[i], single);
    if (c == 0) /* an escape after an escape is reserved: a space, says section 6.2.1.1 */
      c = septets[i] == ESCAPE ? ' ' : main_char (septets[i], locking);
    g_string_append_unichar (text, c);
  }
  return g_string_free (text, FALSE);
}

size_t
pl_gsm7_unpack (const uint8_t *data, size_t len, guint skip_bits, uint8_t *septets, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    size_t bit = skip_bits + 7 * i;
    size_t at = bit / 8;
    guint shift = bit % 8;
    if (bit + 7 > len * 8)
      return i;
    guint value = data[at] >> shift;
    if (shift > 1)
      value |= (guint) data[at + 1] << (8 - shift);
    septets[i] = value & 0x7f;
  }
  return n;
}

void
pl_gsm7_pack (GByteArray *out, const uint8_t *septets, size_t n, guint fill_bits)
{
  guint held = 0;
  guint n_held = fill_bits;

  for (size_t i = 0; i < n; i++) {
    held |= (guint) (septets[i] & 0x7f) << n_held;
    n_held += 7;
    while (n_held >= 8) {
      uint8_t octet = held & 0xff;
      g_byte_array_append (out, &octet, 1);
      held >>= 8;
      n_held -= 8;
    }
  }
  if (n_held > 0 && n > 0) {
    uint8_t octet = held & 0xff;
    g_byte_array_append (out, &octet, 1);
  }
}
