/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "signaling/base64url.h"

#include <string.h>

char *
pl_base64url_encode (const void *data, size_t len)
{
  char *text = g_base64_encode (data, len);

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

static gboolean
is_base64url (const char *text)
{
  size_t n = 0;

  while (g_ascii_isalnum (text[n]) || text[n] == '-' || text[n] == '_')
    n++;
  return n > 0 && n % 4 != 1 && strspn (text + n, "=") == strlen (text + n)
         && strlen (text + n) <= 2;
}

GBytes *
pl_base64url_decode (const char *text)
{
  static const char padding[] = "====";
  gsize len;

  if (!is_base64url (text))
    return NULL;
  size_t n = strcspn (text, "=");
  g_autofree char *padded
      = g_strdup_printf ("%.*s%.*s", (int) n, text, (int) ((4 - n % 4) % 4), padding);
  g_strdelimit (padded, "-", '+');
  g_strdelimit (padded, "_", '/');
  guchar *bytes = g_base64_decode (padded, &len);
  return g_bytes_new_take (bytes, len);
}
