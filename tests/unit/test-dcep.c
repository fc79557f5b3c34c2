/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/dcep.h"
#include "tests/lib/pl-test.h"

#include <string.h>

static void
test_round_trip (void)
{
  static const struct {
    PlDcepOpen open;
    const char *bytes;
    size_t len;
  } cases[] = {
    { { (char *) "chat", (char *) "", 0, FALSE, -1, -1 },
      "\x03\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00"
      "chat",
      16 },
    { { (char *) "", (char *) "p", 256, TRUE, 0, -1 },
      "\x03\x81\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01p",
      13 },
    { { (char *) "\xc3\xa4", (char *) "xy", 1, TRUE, -1, 500 },
      "\x03\x82\x00\x01\x00\x00\x01\xf4\x00\x02\x00\x02\xc3\xa4xy",
      16 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) bytes = pl_dcep_print_open (&cases[i].open);
    g_auto (PlDcepOpen) open = { 0 };
    g_autoptr (GError) error = NULL;

    g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), cases[i].bytes,
                     cases[i].len);
    pl_dcep_parse_open ((const uint8_t *) cases[i].bytes, cases[i].len, &open, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (open.label, ==, cases[i].open.label);
    g_assert_cmpstr (open.protocol, ==, cases[i].open.protocol);
    g_assert_cmpuint (open.priority, ==, cases[i].open.priority);
    g_assert_cmpint (open.unordered, ==, cases[i].open.unordered);
    g_assert_cmpint (open.max_retransmits, ==, cases[i].open.max_retransmits);
    g_assert_cmpint (open.max_lifetime_ms, ==, cases[i].open.max_lifetime_ms);
  }
}

static void
test_bad (void)
{
  static const struct {
    const char *bytes;
    size_t len;
    int code;
  } cases[] = {
    { "", 0, PL_PROTO_ERROR_INVALID },
    { "\x03", 1, PL_PROTO_ERROR_INVALID },
    { "\x02", 1, PL_PROTO_ERROR_UNSUPPORTED },
    { "\x03\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00"
      "cha",
      15, PL_PROTO_ERROR_INVALID },
    { "\x03\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00"
      "chats",
      17, PL_PROTO_ERROR_INVALID },
    { "\x03\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\xc3x", 14, PL_PROTO_ERROR_INVALID },
    { "\x03\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00", 13, PL_PROTO_ERROR_INVALID },
    { "\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 12, PL_PROTO_ERROR_UNSUPPORTED },
    { "\x03\x00\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00", 12, PL_PROTO_ERROR_LIMIT },
    { "\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff", 12, PL_PROTO_ERROR_LIMIT },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (PlDcepOpen) open = { 0 };
    g_autoptr (GError) error = NULL;
    g_assert_false (
        pl_dcep_parse_open ((const uint8_t *) cases[i].bytes, cases[i].len, &open, &error));
    g_assert_error (error, PL_PROTO_ERROR, cases[i].code);
    g_assert_null (open.label);
  }
}

static void
test_longest (void)
{
  g_autofree char *label = g_strnfill (PL_MAX_LABEL, 'x');
  PlDcepOpen open = { label, label, 0, FALSE, -1, -1 };
  g_autoptr (GBytes) bytes = pl_dcep_print_open (&open);
  g_auto (PlDcepOpen) read = { 0 };
  g_assert_true (pl_dcep_parse_open (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                     &read, NULL));
  g_assert_cmpstr (read.label, ==, label);
}

static void
test_ack (void)
{
  g_autoptr (GBytes) bytes = pl_dcep_print_ack ();
  g_assert_true (pl_dcep_is_ack (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)));
  g_assert_false (pl_dcep_is_ack ((const uint8_t *) "\x03", 1));
  g_assert_false (pl_dcep_is_ack ((const uint8_t *) "\x02\x02", 2));
  g_assert_false (pl_dcep_is_ack (NULL, 0));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/dcep/round-trip", test_round_trip);
  g_test_add_func ("/dcep/bad", test_bad);
  g_test_add_func ("/dcep/longest", test_longest);
  g_test_add_func ("/dcep/ack", test_ack);
  return g_test_run ();
}
