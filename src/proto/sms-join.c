/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sms-join.h"

/* Appends @text; @high is the half that the one before ended with (0: none), and becomes the
 * one that this ends with. Halves without their other half are replaced. */
static void
append_text (GString *all, const char *text, gunichar *high)
{
  for (const char *p = text; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    gunichar half = c >= PL_SMS_HALF ? c - PL_SMS_HALF + 0xd800 : 0;
    gboolean is_low = half >= 0xdc00;

    if (*high && is_low)
      g_string_append_unichar (all, 0x10000 + ((*high & 0x3ff) << 10 | (half & 0x3ff)));
    else if (*high || is_low)
      g_string_append_unichar (all, 0xfffd);
    if (half == 0 && c != 0)
      g_string_append_unichar (all, c);
    *high = half && !is_low ? half : 0;
  }
}

char *
pl_sms_join (const char *const *texts, guint total, guint *missing)
{
  GString *all = g_string_new (NULL);
  gunichar high = 0;

  *missing = 0;
  for (guint i = 0; i < total; i++) {
    if (texts[i]) {
      append_text (all, texts[i], &high);
      continue;
    }
    if (high)
      g_string_append_unichar (all, 0xfffd);
    high = 0;
    if (i == 0 || texts[i - 1])
      g_string_append (all, PL_SMS_GAP);
    (*missing)++;
  }
  if (high)
    g_string_append_unichar (all, 0xfffd);
  return g_string_free (all, FALSE);
}
