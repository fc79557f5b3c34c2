/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/printable.h"

#include <glib.h>

#define ZWNJ 0x200c
#define ZWJ  0x200d

/* The joiners are Unicode's format characters as its overrides are, but Persian, the scripts of
 * India and families of emoji are not the same without (Unicode Standard, section 23.2). */
static gboolean
is_printable (gunichar character)
{
  return g_unichar_isprint (character) || character == ZWNJ || character == ZWJ;
}

char *
pl_make_printable (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_new (NULL);

  for (const char *c = valid; *c; c = g_utf8_next_char (c)) {
    gunichar character = g_utf8_get_char (c);
    g_string_append_unichar (out, is_printable (character) ? character : 0xfffd);
  }
  return g_string_free (out, /* free_segment = */ FALSE);
}

char *
pl_make_printable_lines (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", /* max_tokens = */ -1);

  for (char **line = lines; *line; line++) {
    g_autofree char *raw = *line;
    *line = pl_make_printable (raw);
  }
  return g_strjoinv ("\n", lines);
}
