/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/sms-pdu.h"
#include "tests/lib/pl-test.h"

#include <string.h>

#define S(date) (G_GINT64_CONSTANT (date) * G_USEC_PER_SEC)

typedef struct {
  const char *name;
  const char *hex;
  PlSmsPart is;
} Case;

/* Service centre absent, deliver from +4915112345678, 2026-11-20 10:11:12 +01:00. */
#define FROM         "0004" TO_TIME ("00")
#define TO_TIME(pid) "0D91945111325476F8" pid
#define TIME         "62110201112140"
#define NUMBER       "+4915112345678"
#define TIME_US      S (1795165872)

static const Case cases[] = {
  { "plain",
    "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07",
    { PL_SMS_TEXT, .number = (char *) "+31641600986", .text = (char *) "How are you?",
      .time_us = S (1030390661) } },
  { "summer time, another plan",
    "07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37",
    { PL_SMS_TEXT, .number = (char *) "27838890001", .text = (char *) "hellohello",
      .time_us = S (922713419) } },
  { "west of Greenwich",
    "00040B911346610089F60000208062917314690CC8F71D14969741F977FD07",
    { PL_SMS_TEXT, .number = (char *) "+31641600986", .text = (char *) "How are you?",
      .time_us = S (1030390661 + 16 * 900) } },
  { "time that is none",
    "00040B911346610089F60000FFFFFFFFFFFFFF0CC8F71D14969741F977FD07",
    { PL_SMS_TEXT, .number = (char *) "+31641600986", .text = (char *) "How are you?" } },
  { "alphanumeric sender",
    "00040CD0C7F7FBCC2E0300"
    "00" TIME "02C834",
    { PL_SMS_TEXT, .number = (char *) "Google", .text = (char *) "Hi", .time_us = TIME_US } },
  { "extension table: euro",
    FROM "00" TIME "039B3219",
    { PL_SMS_TEXT, .number = (char *) NUMBER,
      .text = (char *) "\xe2\x82\xac"
                       "d",
      .time_us = TIME_US } },
  { "UTF-16 with a pair",
    FROM "08" TIME "0600E4D83DDE00",
    { PL_SMS_TEXT, .number = (char *) NUMBER, .text = (char *) "\xc3\xa4\xf0\x9f\x98\x80",
      .time_us = TIME_US } },
  { "UTF-16 with half a pair, NUL, escape and an odd octet",
    FROM "08" TIME "0BD83D00410000001BDE000042"
         "00",
    { PL_SMS_TEXT, .number = (char *) NUMBER,
      .text = (char *) "\xef\xbf\xbd"
                       "A\xef\xbf\xbd\xef\xbf\xbd",
      .time_us = TIME_US } },
  { "flash, general coding",
    FROM "10" TIME "02C834",
    { PL_SMS_TEXT, .flash = TRUE, .number = (char *) NUMBER, .text = (char *) "Hi",
      .time_us = TIME_US } },
  { "flash, class coding",
    FROM "F0" TIME "02C834",
    { PL_SMS_TEXT, .flash = TRUE, .number = (char *) NUMBER, .text = (char *) "Hi",
      .time_us = TIME_US } },
  { "class 1 is no flash",
    FROM "F1" TIME "02C834",
    { PL_SMS_TEXT, .number = (char *) NUMBER, .text = (char *) "Hi", .time_us = TIME_US } },
  { "octets that are text",
    FROM "04" TIME "024869",
    { PL_SMS_TEXT, .number = (char *) NUMBER, .text = (char *) "Hi", .time_us = TIME_US } },
  { "octets that are none",
    FROM "F5" TIME "0201FF",
    { PL_SMS_UNKNOWN, .number = (char *) NUMBER, .time_us = TIME_US } },
  { "type 0",
    "0004" TO_TIME ("40") "00" TIME "02C834",
    { PL_SMS_SILENT, .number = (char *) NUMBER, .text = (char *) "Hi", .time_us = TIME_US } },
  { "for the card",
    "0004" TO_TIME ("7F") "F6" TIME "020102",
    { PL_SMS_SILENT, .number = (char *) NUMBER, .time_us = TIME_US } },
  { "voicemail waits",
    FROM "C8" TIME "00",
    { PL_SMS_WAITING, .number = (char *) NUMBER, .text = (char *) "", .time_us = TIME_US,
      .waiting = -1 } },
  { "no voicemail waits",
    FROM "C0" TIME "00",
    { PL_SMS_WAITING, .number = (char *) NUMBER, .text = (char *) "", .time_us = TIME_US } },
  { "voicemail waits, with text",
    FROM "D8" TIME "02C834",
    { PL_SMS_WAITING, .number = (char *) NUMBER, .text = (char *) "Hi", .time_us = TIME_US,
      .waiting = -1 } },
  { "a fax waits",
    FROM "C9" TIME "00",
    { PL_SMS_SILENT, .number = (char *) NUMBER, .text = (char *) "", .time_us = TIME_US,
      .waiting = -1 } },
  { "3 voicemails, by header",
    "0044" TO_TIME ("00") "08" TIME "0504010200"
                          "03",
    { PL_SMS_WAITING, .number = (char *) NUMBER, .text = (char *) "", .time_us = TIME_US,
      .waiting = 3 } },
  { "WAP push, 16 bit ports",
    "0044" TO_TIME ("00") "04" TIME "0906"
                          "05040B8423F0"
                          "AA55",
    { PL_SMS_WAP_PUSH, .number = (char *) NUMBER, .time_us = TIME_US } },
  { "8 bit reference, GSM7 with fill bit",
    "0044" TO_TIME ("00") "00" TIME "09"
                          "050003CC0302"
                          "9069",
    { PL_SMS_TEXT, .number = (char *) NUMBER, .text = (char *) "Hi", .time_us = TIME_US,
      .ref = 0xcc, .total = 3, .seq = 2 } },
  { "16 bit reference after an unknown element",
    "0044" TO_TIME ("00") "08" TIME "0C"
                          "09"
                          "7F01FF"
                          "080412340201"
                          "0048",
    { PL_SMS_TEXT, .number = (char *) NUMBER, .text = (char *) "H", .time_us = TIME_US,
      .ref = 0x1234, .total = 2, .seq = 1 } },
  { "part 3 of 2 is not concatenated",
    "0044" TO_TIME ("00") "08" TIME "08"
                          "05"
                          "0003CC0203"
                          "0048",
    { PL_SMS_TEXT, .number = (char *) NUMBER, .text = (char *) "H", .time_us = TIME_US } },
  { "element longer than the header",
    "0044" TO_TIME ("00") "08" TIME "08"
                          "05"
                          "0009CC0203"
                          "0048",
    { PL_SMS_TEXT, .number = (char *) NUMBER, .text = (char *) "H", .time_us = TIME_US } },
  { "report: delivered",
    "0006"
    "2A"
    "0D91945111325476F8" TIME TIME "00",
    { PL_SMS_REPORT, .number = (char *) NUMBER, .time_us = TIME_US, .report_mr = 42 } },
  { "report: failed, with optional parameters",
    "0006"
    "2A"
    "0D91945111325476F8" TIME TIME "41"
    "010203",
    { PL_SMS_REPORT, .number = (char *) NUMBER, .time_us = TIME_US, .report_mr = 42,
      .report_status = 0x41 } },
  { "one of ours",
    "0011000B916407281553F80000AA0AE8329BFD4697D9EC37",
    { PL_SMS_OURS, .number = (char *) "+46708251358", .text = (char *) "hellohello" } },
  { "one of ours, absolute validity",
    "0019000B916407281553F80000" TIME "0AE8329BFD4697D9EC37",
    { PL_SMS_OURS, .number = (char *) "+46708251358", .text = (char *) "hellohello" } },
};

static void
assert_part (const PlSmsPart *part, const PlSmsPart *is)
{
  g_assert_cmpint (part->kind, ==, is->kind);
  g_assert_cmpint (part->flash, ==, is->flash);
  g_assert_cmpstr (part->number, ==, is->number);
  g_assert_cmpstr (part->text, ==, is->text);
  g_assert_cmpint (part->time_us, ==, is->time_us);
  g_assert_cmpuint (part->ref, ==, is->ref);
  g_assert_cmpuint (part->total, ==, MAX (is->total, 1));
  g_assert_cmpuint (part->seq, ==, MAX (is->seq, 1));
  g_assert_cmpuint (part->report_mr, ==, is->report_mr);
  g_assert_cmpuint (part->report_status, ==, is->report_status);
  g_assert_cmpint (part->waiting, ==, is->waiting);
  g_assert_nonnull (part->raw);
}

static void
test_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (PlSmsPart) part = pl_sms_part_from_hex (cases[i].hex);
    g_test_message ("%s", cases[i].name);
    assert_part (part, &cases[i].is);
    g_assert_cmpuint (g_bytes_get_size (part->raw), ==, strlen (cases[i].hex) / 2);
  }
}

static void
test_bad (void)
{
  static const char *const bad[] = {
    "",
    "0",
    "xyz0",
    "07",
    "0791132604000",
    "0004FF91",                 /* address of 255 digits */
    "00040D91945111325476F800", /* ends in the middle */
    FROM "00" TIME "0CC8F7",    /* less text than said */
    FROM "00" TIME "A1C8F71D",  /* 161 septets */
    FROM "08" TIME "FF0041",    /* 255 octets */
    "0044" TO_TIME ("00") "08" TIME "02"
                          "050003",       /* header longer than the data */
    "0044" TO_TIME ("00") "08" TIME "00", /* header in nothing */
    "0006"
    "2A"
    "0D91945111325476F8" TIME "62110201",               /* report without status */
    "FF11000B916407281553F80000AA0AE8329BFD4697D9EC37", /* service centre of 255 octets */
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (PlSmsPart) part = pl_sms_part_from_hex (bad[i]);
    g_test_message ("%s", bad[i]);
    g_assert_cmpint (part->kind, ==, PL_SMS_UNKNOWN);
    g_assert_null (part->text);
    g_assert_nonnull (part->raw);
  }
}

/* What is no PDU at all is kept as characters, and not without end. */
static void
test_raw (void)
{
  g_autofree char *garbage = g_strnfill (100000, '?');
  g_autoptr (PlSmsPart) part = pl_sms_part_from_hex ("?!");
  g_autoptr (PlSmsPart) big = pl_sms_part_from_hex (garbage);

  g_assert_cmpmem (g_bytes_get_data (part->raw, NULL), g_bytes_get_size (part->raw), "?!", 2);
  g_assert_cmpuint (g_bytes_get_size (big->raw), <=, 2 * PL_MAX_SMS_RAW);
}

/* Every beginning of every good one is understood or not, and nothing else. */
static void
test_truncated (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (size_t len = 0; len < strlen (cases[i].hex); len++) {
      g_autofree char *hex = g_strndup (cases[i].hex, len);
      g_autoptr (PlSmsPart) part = pl_sms_part_from_hex (hex);
      g_assert_nonnull (part->raw);
    }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/sms-pdu/good", test_good);
  g_test_add_func ("/sms-pdu/bad", test_bad);
  g_test_add_func ("/sms-pdu/raw", test_raw);
  g_test_add_func ("/sms-pdu/truncated", test_truncated);
  return g_test_run ();
}
