/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/dial-rules.h"
#include "tests/lib/pl-test.h"

#include <string.h>

static void
test_normalise (void)
{
  static const struct {
    const char *in, *out; /* out NULL: not a number */
  } cases[] = {
    { "+49 30 / 1234-567", "+49301234567" },
    { "0049301234567", "+49301234567" },
    { "+49 (0)30 1234567", "+49301234567" },
    { "(030) 1234567", "0301234567" },
    { "000", "000" },
    { "*100#", "*100#" },
    { "", NULL },
    { "+", NULL },
    { "12+3", NULL },
    { "+49;+CFUN=0", NULL },
    { "030\r\nAT", NULL },
    { "anna", NULL },
    { "123456789012345678901234567890123", NULL },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *out = pl_dial_normalise (cases[i].in, &error);
    g_assert_cmpstr (out, ==, cases[i].out);
    if (cases[i].out == NULL)
      g_assert_error (error, PL_RULES_ERROR, PL_RULES_ERROR_NUMBER);
  }
}

/* Only what the owner allows, and nothing that is no code. */
static void
test_codes (void)
{
  static const char *const allow[] = { "*100#", "*1", "**9", NULL };
  static const char *const deny[] = { "*13", NULL };
  const PlDialRules rules = { .country = "49", .allow = allow, .deny = deny };
  const PlDialRules none = { 0 };
  static const struct {
    const char *code;
    int error; /* -1: it may be sent */
  } cases[] = {
    { "*100#", -1 },
    { "*123*4#", -1 },
    { "*13#", PL_RULES_ERROR_FORBIDDEN },
    { "#100#", PL_RULES_ERROR_FORBIDDEN },
    { "**21*0900#", PL_RULES_ERROR_FORBIDDEN },
    { "##002#", PL_RULES_ERROR_FORBIDDEN },
    { "*100", PL_RULES_ERROR_NUMBER },
    { "100#", PL_RULES_ERROR_NUMBER },
    { "*#", PL_RULES_ERROR_NUMBER },
    { "", PL_RULES_ERROR_NUMBER },
    { "*1\",15;+CFUN=0#", PL_RULES_ERROR_NUMBER },
    { "*10000000000000000000000000000000000000#", PL_RULES_ERROR_NUMBER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    gboolean ok = pl_dial_rules_check_code (&rules, cases[i].code, &error);
    g_assert_cmpint (ok, ==, cases[i].error < 0);
    if (!ok)
      g_assert_error (error, PL_RULES_ERROR, cases[i].error);
    g_assert_false (pl_dial_rules_check_code (&none, cases[i].code, NULL));
  }
}

/* -1: allowed */
static void
assert_verdict (const PlDialRules *rules, const char *number, int code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *out = pl_dial_rules_check (rules, number, &error);

  if (code == -1) {
    g_assert_no_error (error);
    g_assert_nonnull (out);
  } else {
    g_assert_error (error, PL_RULES_ERROR, code);
    g_assert_null (out);
  }
}

static void
test_emergency (void)
{
  const PlDialRules refusing = { 0 };
  const PlDialRules knowing = { .emergency = TRUE };
  static const char *const numbers[]
      = { "112", "911", "999", "110", "118", "000", "08", "119", "1 1 2" };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    assert_verdict (&refusing, numbers[i], PL_RULES_ERROR_EMERGENCY);
  assert_verdict (&refusing, "1120", -1);
  assert_verdict (&knowing, "112", -1);
  g_assert_null (pl_dial_rules_check (&refusing, "112", &error));
  g_assert_nonnull (strstr (error->message, "locate the box"));
}

static void
test_prefixes (void)
{
  static const char *const allow[] = { "+49 900 1", "*100#", NULL };
  static const char *const deny[] = { "0160", "+33", NULL };
  const PlDialRules open = { 0 };
  const PlDialRules home = { .country = "49", .allow = allow, .deny = deny };
  const PlDialRules world = { .country = "49", .international = TRUE, .deny = deny };

  assert_verdict (&open, "+4915112345678", -1);
  assert_verdict (&open, "+88216123456", PL_RULES_ERROR_FORBIDDEN);
  assert_verdict (&open, "0900123456", PL_RULES_ERROR_FORBIDDEN);
  assert_verdict (&open, "**21*015112345678#", PL_RULES_ERROR_FORBIDDEN);

  assert_verdict (&home, "0900 2 12345", PL_RULES_ERROR_FORBIDDEN);
  assert_verdict (&home, "0900 1 12345", -1);
  assert_verdict (&home, "+49900112345", -1);
  assert_verdict (&home, "*100#", -1);
  assert_verdict (&home, "0160 1234567", PL_RULES_ERROR_FORBIDDEN);
  assert_verdict (&home, "+49 160 1234567", PL_RULES_ERROR_FORBIDDEN);
  assert_verdict (&home, "+43 1 1234567", PL_RULES_ERROR_FORBIDDEN);
  assert_verdict (&home, "+49 151 1234567", -1);
  assert_verdict (&world, "+43 1 1234567", -1);
  assert_verdict (&world, "+33 1 1234567", PL_RULES_ERROR_FORBIDDEN);
}

static void
test_limits (void)
{
  const PlDialRules rules = { .max_calls_per_day = 2, .max_texts_per_day = 10 };
  const PlDialRules none = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (pl_dial_rules_check_calls (&rules, 1, NULL));
  g_assert_false (pl_dial_rules_check_calls (&rules, 2, &error));
  g_assert_error (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT);
  g_assert_true (pl_dial_rules_check_texts (&rules, 7, 3, NULL));
  g_assert_false (pl_dial_rules_check_texts (&rules, 8, 3, NULL));
  g_assert_false (pl_dial_rules_check_texts (&rules, 11, 1, NULL));
  g_assert_true (pl_dial_rules_check_calls (&none, 1000, NULL));
}

static void
test_same_number (void)
{
  static const struct {
    const char *country, *a, *b;
    gboolean same;
  } cases[] = {
    { NULL, "+4915112345678", "015112345678", TRUE },
    { NULL, "1234", "1234", TRUE },
    { NULL, "+4915112345678", "+4315112345678", FALSE },
    { NULL, "1234", "561234", FALSE },
    { NULL, NULL, "1234", FALSE },
    { "49", "+4930123", "030123", TRUE },              /* short, but all of it */
    { "49", "+4315112345678", "015112345678", FALSE }, /* that is Austria's */
    { "39", "+390612345678", "0612345678", TRUE },     /* Italy keeps the zero */
    { "1", "+12025550123", "2025550123", TRUE },
    { "1", "+12025550123", "12025550123", TRUE },
    { "49", "Vodafone", "Vodafone", TRUE },
    { "49", "Vodafone", "Vodafon", FALSE },
    { "49", "22333", "+4922333", TRUE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (pl_dial_same_number (cases[i].country, cases[i].a, cases[i].b), ==,
                     cases[i].same);
}

static void
test_guess_country (void)
{
  char buffer[PL_DIAL_COUNTRY_SIZE];

  g_assert_cmpstr (pl_dial_guess_country ("+4915112345678", buffer), ==, "49");
  g_assert_cmpstr (pl_dial_guess_country ("+12025550123", buffer), ==, "1");
  g_assert_cmpstr (pl_dial_guess_country ("+358401234567", buffer), ==, "358");
  g_assert_null (pl_dial_guess_country ("015112345678", buffer));
  g_assert_null (pl_dial_guess_country ("+49", buffer));
  g_assert_null (pl_dial_guess_country (NULL, buffer));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/dial-rules/codes", test_codes);
  g_test_add_func ("/dial-rules/normalise", test_normalise);
  g_test_add_func ("/dial-rules/emergency", test_emergency);
  g_test_add_func ("/dial-rules/prefixes", test_prefixes);
  g_test_add_func ("/dial-rules/limits", test_limits);
  g_test_add_func ("/dial-rules/same-number", test_same_number);
  g_test_add_func ("/dial-rules/guess-country", test_guess_country);
  return g_test_run ();
}
