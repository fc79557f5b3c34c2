/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/gsm7.h"
#include "tests/lib/pl-test.h"

/* All 127 characters and the ten of the extension: to septets and back. */
static void
test_alphabet (void)
{
  guint n_single = 0, n_double = 0;

  for (gunichar c = 1; c < 0x3000; c++) {
    uint8_t septets[2];
    guint n = pl_gsm7_from_char (c, septets);
    if (n == 0)
      continue;
    g_autofree char *text = pl_gsm7_decode (septets, n, PL_GSM7_DEFAULT, PL_GSM7_DEFAULT);
    g_assert_cmpuint (g_utf8_get_char (text), ==, c);
    g_assert_cmpint (g_utf8_strlen (text, -1), ==, 1);
    n_single += n == 1;
    n_double += n == 2;
  }
  g_assert_cmpuint (n_single, ==, 127);
  g_assert_cmpuint (n_double, ==, 10);
}

static void
test_not_in_it (void)
{
  static const gunichar out[] = { 0, 0xe7 /* small c cedilla */, '`', 0xe1, 0x1f600, 0xa0 };
  uint8_t septets[2];

  for (guint i = 0; i < G_N_ELEMENTS (out); i++)
    g_assert_cmpuint (pl_gsm7_from_char (out[i], septets), ==, 0);
}

static void
test_decode (void)
{
  static const struct {
    const char *septets;
    size_t n;
    PlGsm7Language locking, single;
    const char *text;
  } cases[] = {
    { "\x1b\x65", 2, 0, 0, "\xe2\x82\xac" },
    { "a\x1b", 2, 0, 0, "a" },    /* cut off */
    { "\x1b\x1b", 2, 0, 0, " " }, /* reserved */
    { "\x1b"
      "a",
      2, 0, 0, "a" }, /* not in the extension */
    { "\x1b"
      "c",
      2, 0, PL_GSM7_TURKISH, "\xc3\xa7" },
    { "\x1b\x65", 2, 0, PL_GSM7_TURKISH, "\xe2\x82\xac" },
    { "\x1b"
      "a",
      2, 0, PL_GSM7_SPANISH, "\xc3\xa1" },
    { "\x1b\x1f", 2, 0, PL_GSM7_PORTUGUESE, "\xc3\x8a" },
    { "\x40\x1c\x04", 3, PL_GSM7_TURKISH, 0, "\xc4\xb0\xc5\x9e\xe2\x82\xac" },
    { "\x7b\x7c\x18", 3, PL_GSM7_PORTUGUESE, 0, "\xc3\xa3\xc3\xb5\xe2\x82\xac" },
    { "\x7b", 1, PL_GSM7_SPANISH, 0, "\xc3\xa4" }, /* there is no Spanish locking table */
    { "\x7b", 1, 200, 200, "\xc3\xa4" },           /* no such language */
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = pl_gsm7_decode ((const uint8_t *) cases[i].septets, cases[i].n,
                                            cases[i].locking, cases[i].single);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

/* Every length and every fill: packed and unpacked it is the same. */
static void
test_pack (void)
{
  uint8_t septets[160];

  for (guint i = 0; i < sizeof septets; i++)
    septets[i] = (uint8_t) (i * 37 + 11) & 0x7f;
  for (guint fill = 0; fill < 7; fill++)
    for (guint n = 1; n <= sizeof septets; n++) {
      g_autoptr (GByteArray) packed = g_byte_array_new ();
      uint8_t again[sizeof septets + 1];
      pl_gsm7_pack (packed, septets, n, fill);
      g_assert_cmpuint (packed->len, ==, (n * 7 + fill + 7) / 8);
      g_assert_cmpuint (pl_gsm7_unpack (packed->data, packed->len, fill, again, n), ==, n);
      g_assert_cmpmem (again, n, septets, n);
    }
}

/* Asked for more than there is. */
static void
test_unpack_short (void)
{
  uint8_t septets[16];

  g_assert_cmpuint (pl_gsm7_unpack ((const uint8_t *) "\xe8\x32", 2, 0, septets, 16), ==, 2);
  g_assert_cmpuint (pl_gsm7_unpack ((const uint8_t *) "\xe8\x32", 2, 40, septets, 16), ==, 0);
  g_assert_cmpuint (pl_gsm7_unpack (NULL, 0, 0, septets, 16), ==, 0);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/gsm7/alphabet", test_alphabet);
  g_test_add_func ("/gsm7/not-in-it", test_not_in_it);
  g_test_add_func ("/gsm7/decode", test_decode);
  g_test_add_func ("/gsm7/pack", test_pack);
  g_test_add_func ("/gsm7/unpack-short", test_unpack_short);
  return g_test_run ();
}
