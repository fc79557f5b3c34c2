/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "signaling/push-rules.h"
#include "signaling/push-seal.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_host (GUri *uri)
{
  static const char *const known[]
      = { ".googleapis.com", ".mozilla.com", ".apple.com", ".windows.com" };
  gboolean is_known = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    is_known |= g_str_has_suffix (g_uri_get_host (uri), known[i]);
  g_assert_true (is_known);
  g_assert_cmpstr (g_uri_get_scheme (uri), ==, "https");
}

/* Three lines: endpoint, p256dh, auth. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 3);
  g_autoptr (PlPushRules) rules = pl_push_rules_new (NULL, NULL, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_static ("text", 4);
  g_autoptr (GError) refused = NULL;
  g_autoptr (GError) unsealed = NULL;

  if (g_strv_length (lines) < 3)
    return 0;
  g_autoptr (GUri) uri = pl_push_rules_parse (rules, lines[0], &refused);
  g_assert_true ((uri == NULL) == (refused != NULL));
  if (uri)
    check_host (uri);
  g_autoptr (GBytes) body = pl_push_seal (lines[1], lines[2], payload, &unsealed);
  g_assert_true ((body == NULL) == (unsealed != NULL));
  return 0;
}
