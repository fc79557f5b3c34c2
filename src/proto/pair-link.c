/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/pair-link.h"

#include "proto/secret.h"

#include <string.h>

#define KEY "pair="

/* The page and the WebSocket are of one server, and differ by the scheme. */
static const struct {
  const char *scheme, *page;
} schemes[]
    = { { "wss", "https" }, { "https", "https" }, { "ws", "http" }, { "http", "http" } };

static const char *
page_scheme (const char *scheme)
{
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_strcmp0 (scheme, schemes[i].scheme) == 0)
      return schemes[i].page;
  return NULL;
}

static char *
print_page (GUri *uri, const char *fragment)
{
  const char *scheme = page_scheme (g_uri_get_scheme (uri));

  if (scheme == NULL || g_uri_get_host (uri) == NULL)
    return NULL;
  return g_uri_join (G_URI_FLAGS_NONE, scheme, /* userinfo = */ NULL, g_uri_get_host (uri),
                     g_uri_get_port (uri), "/", /* query = */ NULL, fragment);
}

char *
pl_pair_link_print (const char *signaling, const char *code)
{
  g_autoptr (GUri) uri = g_uri_parse (signaling, G_URI_FLAGS_NONE, /* error = */ NULL);
  g_autoptr (PlSecret) fragment = g_strconcat (KEY, code, NULL);

  return uri ? print_page (uri, fragment) : NULL;
}

gboolean
pl_pair_link_parse (const char *text, char **signaling, char **code)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, /* error = */ NULL);
  const char *fragment = uri ? g_uri_get_fragment (uri) : NULL;

  if (fragment == NULL || !g_str_has_prefix (fragment, KEY))
    return FALSE;
  char *server = print_page (uri, /* fragment = */ NULL);
  if (server == NULL)
    return FALSE;
  *signaling = server;
  *code = g_strdup (fragment + strlen (KEY));
  return TRUE;
}
