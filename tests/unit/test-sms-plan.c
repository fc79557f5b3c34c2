/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "proto/sms-join.h"
#include "proto/sms-pdu.h"
#include "tests/lib/pl-test.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define EMOJI "\xf0\x9f\x98\x80"

static const PlSmsSubmit plain = { .number = "+46708251358", .ref = 0x1234 };

static void
test_known (void)
{
  static const struct {
    const char *text;
    PlSmsSubmit submit;
    const char *hex;
  } cases[] = {
    { "hellohello",
      { "+46708251358", .validity_s = 4 * 86400 },
      "0011000B916407281553F80000AA0AE8329BFD4697D9EC37" },
    { "hellohello", { "+46708251358" }, "0001000B916407281553F800000AE8329BFD4697D9EC37" },
    { "Hi", { "*100#", .want_report = TRUE }, "00210005811A00FB000002C834" },
    { "\xc3\xa4" EMOJI,
      { "112" },
      "000100038111F2000806"
      "00E4D83DDE00" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (PlSmsPlan) plan = pl_sms_plan_new (cases[i].text, &error);
    guint length = 0;
    g_assert_no_error (error);
    g_assert_cmpuint (pl_sms_plan_get_n_parts (plan), ==, 1);
    g_autofree char *hex = pl_sms_plan_encode (plan, 1, &cases[i].submit, &length, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (hex, ==, cases[i].hex);
    g_assert_cmpuint (length, ==, strlen (hex) / 2 - 1);
  }
}

static void
test_validity (void)
{
  static const struct {
    guint seconds;
    guint octet; /* 3GPP TS 23.040 section 9.2.3.12.1 */
  } cases[] = { { 1, 0 },
                { 300, 0 },
                { 301, 1 },
                { 43200, 143 },
                { 43201, 144 },
                { 86400, 167 },
                { 86401, 168 },
                { 30 * 86400, 196 },
                { 31 * 86400, 197 },
                { 63 * 604800, 255 },
                { G_MAXUINT, 255 } };
  g_autoptr (PlSmsPlan) plan = pl_sms_plan_new ("Hi", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlSmsSubmit submit = { "1", .validity_s = cases[i].seconds };
    guint length = 0;
    g_autofree char *hex = pl_sms_plan_encode (plan, 1, &submit, &length, NULL);
    g_autofree char *is = g_strdup_printf ("0011000181F10000%02X02C834", cases[i].octet);
    g_assert_cmpstr (hex, ==, is);
  }
}

/* Encodes all parts, decodes them, joins them: the text again, and no part above the limit. */
static void
assert_round_trip (const char *text, guint n_parts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PlSmsPlan) plan = pl_sms_plan_new (text, &error);
  g_auto (GStrv) texts = g_new0 (char *, n_parts + 1);
  guint missing;

  g_assert_no_error (error);
  g_assert_cmpuint (pl_sms_plan_get_n_parts (plan), ==, n_parts);
  for (guint i = 1; i <= n_parts; i++) {
    guint length = 0;
    g_autofree char *hex = pl_sms_plan_encode (plan, i, &plain, &length, &error);
    g_assert_no_error (error);
    g_autoptr (PlSmsPart) part = pl_sms_part_from_hex (hex);
    g_assert_cmpint (part->kind, ==, PL_SMS_OURS);
    g_assert_cmpuint (part->total, ==, n_parts);
    g_assert_cmpuint (part->seq, ==, i);
    g_assert_cmpuint (part->ref, ==, n_parts > 1 ? 0x34 : 0);
    for (const char *p = part->text; *p; p = g_utf8_next_char (p))
      g_assert_cmpuint (g_utf8_get_char (p), <, PL_SMS_HALF);
    texts[i - 1] = g_steal_pointer (&part->text);
  }
  g_autofree char *again = pl_sms_join ((const char *const *) texts, n_parts, &missing);
  g_assert_cmpuint (missing, ==, 0);
  g_assert_cmpstr (again, ==, text);
}

static char *
repeat (const char *before, const char *what, guint n)
{
  GString *text = g_string_new (before);
  while (n-- > 0)
    g_string_append (text, what);
  return g_string_free (text, FALSE);
}

static void
check_split (JsonArray *array G_GNUC_UNUSED, guint i G_GNUC_UNUSED, JsonNode *node,
             gpointer user_data G_GNUC_UNUSED)
{
  JsonObject *entry = json_node_get_object (node);
  g_autofree char *text = repeat (json_object_get_string_member (entry, "before"),
                                  json_object_get_string_member (entry, "what"),
                                  json_object_get_int_member (entry, "n"));

  assert_round_trip (text, json_object_get_int_member (entry, "parts"));
}

/* tests/data/sms-parts.json, which the web phone's counter is checked against too. Neither an
 * escape pair nor a surrogate pair is split: 76 of the one fit into a part, 33 of the other. */
static void
test_split (void)
{
  g_autofree char *cases = pl_test_read_data ("sms-parts.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, cases, -1, &error);
  g_assert_no_error (error);
  json_array_foreach_element (json_node_get_array (json_parser_get_root (parser)), check_split,
                              NULL);
}

static void
test_bad (void)
{
  static const char *const numbers[]
      = { "", "+", "abc", "1;2", "+49 151", "1+2", "123456789012345678901" };
  g_autofree char *long_text = repeat ("", "a", 255 * 153 + 1);
  const struct {
    const char *text;
    int code;
  } texts[] = { { "", PL_PROTO_ERROR_INVALID },
                { "\xff", PL_PROTO_ERROR_INVALID },
                { long_text, PL_PROTO_ERROR_LIMIT } };
  g_autoptr (PlSmsPlan) plan = pl_sms_plan_new ("Hi", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (pl_sms_plan_new (texts[i].text, &error));
    g_assert_error (error, PL_PROTO_ERROR, texts[i].code);
  }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_autoptr (GError) error = NULL;
    guint length;
    PlSmsSubmit submit = { numbers[i] };
    g_assert_null (pl_sms_plan_encode (plan, 1, &submit, &length, &error));
    g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/sms-plan/known", test_known);
  g_test_add_func ("/sms-plan/validity", test_validity);
  g_test_add_func ("/sms-plan/split", test_split);
  g_test_add_func ("/sms-plan/bad", test_bad);
  return g_test_run ();
}
