/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/safe-name.h"

#include <string.h>

#define MAX_TEXT 200 /* characters */
/* Bytes. NAME_MAX is 255; this leaves room for " (99)" and for a temporary suffix. */
#define MAX_BASENAME 200

/* Control characters can drive a terminal; formatting ones (U+202E and its like) show
 * "exe.gpj" where the name says "jpg.exe". */
static gboolean
is_safe (gunichar c)
{
  switch ((int) g_unichar_type (c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_FORMAT:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
  case G_UNICODE_SURROGATE:
  case G_UNICODE_UNASSIGNED:
  case G_UNICODE_PRIVATE_USE:
    return FALSE;
  default:
    return TRUE;
  }
}

char *
pl_safe_text (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *safe = g_string_new (NULL);
  guint n = 0;

  for (const char *p = valid; *p && n < MAX_TEXT; p = g_utf8_next_char (p), n++) {
    gunichar c = g_utf8_get_char (p);
    g_string_append_unichar (safe, is_safe (c) ? c : '?');
  }
  return g_string_free (safe, /* free_segment = */ FALSE);
}

static const char *
last_part (const char *name)
{
  const char *start = name;
  for (const char *p = name; *p; p++)
    if (*p == '/' || *p == '\\')
      start = p + 1;
  return start;
}

char *
pl_safe_basename (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (last_part (name), -1);
  GString *safe = g_string_new (NULL);

  for (const char *p = valid; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    gboolean bad_start = safe->len == 0 && (c == '.' || c == '-' || c == ' ');
    if (safe->len + g_unichar_to_utf8 (c, NULL) > MAX_BASENAME)
      break;
    g_string_append_unichar (safe, is_safe (c) && !bad_start ? c : '_');
  }
  if (safe->len == 0)
    g_string_append (safe, "file");
  return g_string_free (safe, /* free_segment = */ FALSE);
}
