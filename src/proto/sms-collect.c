/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sms-collect.h"

char *
pl_sms_key (const PlSmsPart *part)
{
  if (part->total < 2)
    return NULL;
  return g_strdup_printf ("%u/%u/%s", part->ref, part->total, part->number ? part->number : "");
}

gboolean
pl_sms_belongs (const GPtrArray *parts, const PlSmsPart *part)
{
  for (guint i = 0; i < parts->len; i++) {
    const PlSmsPart *other = g_ptr_array_index (parts, i);
    gboolean timed = other->time_us != 0 && part->time_us != 0;
    if (timed && ABS (other->time_us - part->time_us) > PL_SMS_SPREAD_US)
      return FALSE;
    if (other->seq == part->seq && g_strcmp0 (other->text, part->text) != 0)
      return FALSE;
  }
  return TRUE;
}

char *
pl_sms_join (const GPtrArray *parts, guint total, gboolean *whole)
{
  const char *texts[256] = { NULL };
  GString *text = g_string_new (NULL);
  gboolean gap = FALSE;

  *whole = TRUE;
  for (guint i = 0; i < parts->len; i++) {
    const PlSmsPart *part = g_ptr_array_index (parts, i);
    if (part->seq >= 1 && part->seq <= total && texts[part->seq] == NULL)
      texts[part->seq] = part->text ? part->text : "";
  }
  for (guint seq = 1; seq <= MIN (total, 255); seq++) {
    if (texts[seq] == NULL && !gap)
      g_string_append (text, PL_SMS_GAP);
    gap = texts[seq] == NULL;
    if (gap)
      *whole = FALSE;
    else
      g_string_append (text, texts[seq]);
  }
  return g_string_free (text, FALSE);
}

int64_t
pl_sms_show_at (int64_t first_us)
{
  return first_us + PL_SMS_PATIENCE_US;
}
