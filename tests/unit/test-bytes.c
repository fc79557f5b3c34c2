/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/bytes.h"
#include "base/error.h"
#include "tests/lib/pl-test.h"

static void
test_reads_in_network_order (void)
{
  static const uint8_t in[] = { 1, 2, 3, 4, 5, 6, 7, 'h', 'i' };
  PlReader r = PL_READER_INIT (in, sizeof in);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (pl_reader_u8 (&r), ==, 1);
  g_assert_cmphex (pl_reader_u16 (&r), ==, 0x0203);
  g_assert_cmphex (pl_reader_u32 (&r), ==, 0x04050607);
  g_autofree char *text = pl_reader_utf8 (&r, 2);
  g_assert_cmpstr (text, ==, "hi");
  g_assert_true (pl_reader_done (&r, &error));
  g_assert_no_error (error);
}

static void
test_reading_past_the_end_is_sticky (void)
{
  static const uint8_t in[] = { 9, 9, 9 };
  PlReader r = PL_READER_INIT (in, sizeof in);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (pl_reader_u32 (&r), ==, 0);
  g_assert_cmpuint (pl_reader_u8 (&r), ==, 0);
  g_assert_null (pl_reader_bytes (&r, 1));
  g_assert_false (pl_reader_done (&r, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
}

static void
test_bytes_too_many (void)
{
  static const uint8_t in[] = { 9, 9 };
  PlReader r = PL_READER_INIT (in, sizeof in);
  g_autoptr (GError) error = NULL;

  pl_reader_u8 (&r);
  g_assert_false (pl_reader_done (&r, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
}

static void
test_refuses_bad_utf8 (void)
{
  static const uint8_t bad[] = { 0xff, 0xfe }, nul[] = { 'a', 0 };
  PlReader r = PL_READER_INIT (bad, sizeof bad);
  PlReader s = PL_READER_INIT (nul, sizeof nul);

  g_assert_null (pl_reader_utf8 (&r, 2));
  g_assert_true (r.failed);
  g_assert_null (pl_reader_utf8 (&s, 2));
  g_assert_true (s.failed);
}

static void
test_writes_what_it_reads (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  pl_write_u8 (out, 0x01);
  pl_write_u16 (out, 0x0203);
  pl_write_u32 (out, 0x04050607);
  static const uint8_t expected[] = { 1, 2, 3, 4, 5, 6, 7 };
  g_assert_cmpmem (out->data, out->len, expected, sizeof expected);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/bytes/network-order", test_reads_in_network_order);
  g_test_add_func ("/bytes/sticky", test_reading_past_the_end_is_sticky);
  g_test_add_func ("/bytes/too-many", test_bytes_too_many);
  g_test_add_func ("/bytes/utf8", test_refuses_bad_utf8);
  g_test_add_func ("/bytes/write", test_writes_what_it_reads);
  return g_test_run ();
}
