/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/ice-server.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A URL as the signaling server names it, with its credentials and without. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *uri = g_strndup ((const char *) data, size);

  for (guint with = 0; with < 2; with++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (PlIceServer) server
        = pl_ice_server_parse (uri, with ? "user" : NULL, with ? "secret" : NULL, &error);
    g_assert ((server == NULL) == (error != NULL));
    if (server == NULL)
      continue;
    g_assert_cmpuint (server->port, >, 0);
    g_assert_cmpuint (server->port, <=, G_MAXUINT16);
    g_assert (*server->host != '\0');
  }
  return 0;
}
