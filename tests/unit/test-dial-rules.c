/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/dial-rules.h"
#include "tests/lib/pl-test.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* An array of tests/data/numbers.json, which the web phone checks itself against, too. */
static void
for_each (const char *name, JsonArrayForeach check)
{
  g_autofree char *text = pl_test_read_data ("numbers.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  json_array_foreach_element (json_object_get_array_member (root, name), check, NULL);
}

static const char *
get (JsonNode *node, const char *name)
{
  const char *text
      = json_object_get_string_member_with_default (json_node_get_object (node), name, NULL);
  return text && *text ? text : NULL;
}

static void
check_normalised (JsonArray *array G_GNUC_UNUSED, guint i G_GNUC_UNUSED, JsonNode *node,
                  gpointer user_data G_GNUC_UNUSED)
{
  const char *typed = json_object_get_string_member (json_node_get_object (node), "typed");
  const char *number = get (node, "number"); /* NULL: not a number */
  g_autoptr (GError) error = NULL;
  g_autofree char *out = pl_dial_normalise (typed, &error);

  g_assert_cmpstr (out, ==, number);
  if (number == NULL)
    g_assert_error (error, PL_RULES_ERROR, PL_RULES_ERROR_NUMBER);
}

static void
test_normalise (void)
{
  for_each ("normalised", check_normalised);
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
check_same (JsonArray *array G_GNUC_UNUSED, guint i G_GNUC_UNUSED, JsonNode *node,
            gpointer user_data G_GNUC_UNUSED)
{
  gboolean same = json_object_get_boolean_member (json_node_get_object (node), "same");
  const char *country = get (node, "country"), *a = get (node, "a"), *b = get (node, "b");

  g_test_message ("%s %s", a, b);
  g_assert_cmpint (pl_dial_same_number (country, a, b), ==, same);
  g_assert_cmpint (pl_dial_same_number (country, b, a), ==, same);
}

static void
test_same_number (void)
{
  for_each ("same", check_same);
  g_assert_false (pl_dial_same_number (NULL, NULL, "1234"));
}

static void
check_country (JsonArray *array G_GNUC_UNUSED, guint i G_GNUC_UNUSED, JsonNode *node,
               gpointer user_data G_GNUC_UNUSED)
{
  char buffer[PL_DIAL_COUNTRY_SIZE];
  g_assert_cmpstr (pl_dial_guess_country (get (node, "number"), buffer), ==,
                   get (node, "country"));
}

static void
test_guess_country (void)
{
  for_each ("countries", check_country);
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
