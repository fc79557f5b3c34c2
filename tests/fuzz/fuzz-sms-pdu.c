/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sms-collect.h"
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

/* What was understood can be joined, and written again: the same text comes back. */
static void
assert_round_trip (const PlSmsPart *part)
{
  const PlSmsSubmit submit = { .number = "1", .ref = part->ref };
  g_autoptr (PlSmsPlan) plan = pl_sms_plan_new (part->text, NULL);
  g_autoptr (GPtrArray) parts
      = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_sms_part_free);
  gboolean whole;
  guint length;

  if (plan == NULL)
    return;
  guint n = pl_sms_plan_get_n_parts (plan);
  for (guint i = 1; i <= n; i++) {
    g_autofree char *hex = pl_sms_plan_encode (plan, i, &submit, &length, NULL);
    g_ptr_array_add (parts, pl_sms_part_from_hex (hex));
  }
  g_autofree char *again = pl_sms_join (parts, n, &whole);
  g_assert (whole && strcmp (again, part->text) == 0);
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
  g_autofree char *key = pl_sms_key (part);
  g_assert ((key == NULL) == (part->total == 1));
  if (part->text)
    assert_round_trip (part);
  return 0;
}
