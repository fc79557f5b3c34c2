/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sms-join.h"
#include "proto/sms-pdu.h"
#include "tests/lib/pl-test.h"

#define EMOJI       "\xf0\x9f\x98\x80"
#define HIGH        "\xf4\x8f\xa0\xbd" /* U+D83D as pl_sms_join() knows it */
#define LOW         "\xf4\x8f\xb8\x80" /* U+DE00 */
#define REPLACEMENT "\xef\xbf\xbd"

static void
test_join (void)
{
  static const struct {
    const char *texts[3];
    const char *text;
    guint missing;
  } cases[] = {
    { { "one ", "two ", "three" }, "one two three", 0 },
    { { "one ", NULL, "three" }, "one " PL_SMS_GAP "three", 1 },
    { { NULL, "two ", NULL }, PL_SMS_GAP "two " PL_SMS_GAP, 2 },
    { { NULL, NULL, "three" }, PL_SMS_GAP "three", 2 },
    { { NULL, NULL, NULL }, PL_SMS_GAP, 3 },
    { { "a", "", "b" }, "ab", 0 },
    { { "a" HIGH, LOW "b", "c" }, "a" EMOJI "bc", 0 },
    { { "a" HIGH, NULL, LOW "c" }, "a" REPLACEMENT PL_SMS_GAP REPLACEMENT "c", 1 },
    { { "a" HIGH, "b", LOW "c" }, "a" REPLACEMENT "b" REPLACEMENT "c", 0 },
    { { HIGH, HIGH, LOW }, REPLACEMENT EMOJI, 0 },
    { { "a", "b", "c" HIGH }, "abc" REPLACEMENT, 0 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint missing;
    g_autofree char *text = pl_sms_join (cases[i].texts, 3, &missing);
    g_assert_cmpstr (text, ==, cases[i].text);
    g_assert_cmpuint (missing, ==, cases[i].missing);
  }
}

/* Two parts of a sender that cut an emoji in two; and what is no part keeps no half. */
static void
test_cut_pair (void)
{
#define TO_LENGTH(first) first "0D91945111325476F8000862110201112140"
  g_autoptr (PlSmsPart) one = pl_sms_part_from_hex (TO_LENGTH ("0044") "0A05000342020100"
                                                                       "41D83D");
  g_autoptr (PlSmsPart) two = pl_sms_part_from_hex (TO_LENGTH ("0044") "0A05000342020"
                                                                       "2DE000042");
  g_autoptr (PlSmsPart) alone = pl_sms_part_from_hex (TO_LENGTH ("0004") "040041D83D");
  const char *const texts[] = { one->text, two->text };
  guint missing;
  g_autofree char *text = pl_sms_join (texts, 2, &missing);

  g_assert_cmpstr (one->text, ==, "A" HIGH);
  g_assert_cmpstr (two->text, ==, LOW "B");
  g_assert_cmpstr (text, ==, "A" EMOJI "B");
  g_assert_cmpstr (alone->text, ==, "A" REPLACEMENT);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/sms-join/join", test_join);
  g_test_add_func ("/sms-join/cut-pair", test_cut_pair);
  return g_test_run ();
}
