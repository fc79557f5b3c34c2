/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sms-join.h"
#include "proto/sms-pdu.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

static void
assert_part (const PlSmsPart *part)
{
  g_assert (part->total >= 1 && part->seq >= 1 && part->seq <= part->total);
  g_assert (part->raw != NULL);
  g_assert (part->text == NULL || g_utf8_validate (part->text, -1, NULL));
  g_assert (part->number == NULL || g_utf8_validate (part->number, -1, NULL));
  g_assert (part->kind != PL_SMS_TEXT || part->text != NULL);
}

/* What was understood can be written again, and joined: the same text comes back. */
static void
assert_round_trip (const char *text)
{
  const PlSmsSubmit submit = { .number = "1" };
  g_autoptr (PlSmsPlan) plan = pl_sms_plan_new (text, NULL);
  guint length, missing;

  if (plan == NULL)
    return;
  guint n = pl_sms_plan_get_n_parts (plan);
  g_auto (GStrv) texts = g_new0 (char *, n + 1);
  for (guint i = 1; i <= n; i++) {
    g_autofree char *hex = pl_sms_plan_encode (plan, i, &submit, &length, NULL);
    g_autoptr (PlSmsPart) part = pl_sms_part_from_hex (hex);
    texts[i - 1] = g_steal_pointer (&part->text);
  }
  g_autofree char *again = pl_sms_join ((const char *const *) texts, n, &missing);
  g_assert (missing == 0 && strcmp (again, text) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  g_autofree char *hex = g_strndup ((const char *) data, len);
  g_autoptr (PlSmsPart) listed = pl_sms_part_from_hex (hex);
  g_autoptr (GError) error = NULL;
  g_autoptr (PlSmsPart) part = pl_sms_pdu_parse (data, len, &error);

  assert_part (listed);
  g_assert ((part == NULL) == (error != NULL));
  if (part == NULL)
    return 0;
  assert_part (part);
  if (part->text) {
    const char *const texts[] = { part->text };
    guint missing;
    g_autofree char *text = pl_sms_join (texts, 1, &missing);
    assert_round_trip (text);
  }
  return 0;
}
