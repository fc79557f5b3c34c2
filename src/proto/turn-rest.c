/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/turn-rest.h"

#include <string.h>

#define SHA1_BYTES 20

void
pl_turn_rest_mint (GBytes *secret, int64_t expiry, const char *name, char **username,
                   char **credential)
{
  guint8 digest[SHA1_BYTES];
  gsize len = sizeof digest;
  gsize key_len;
  const guint8 *key = g_bytes_get_data (secret, &key_len);
  char *user = g_strdup_printf ("%" G_GINT64_FORMAT ":%s", expiry, name);

  GHmac *hmac = g_hmac_new (G_CHECKSUM_SHA1, key, key_len);
  g_hmac_update (hmac, (const guint8 *) user, strlen (user));
  g_hmac_get_digest (hmac, digest, &len);
  g_hmac_unref (hmac);
  *username = user;
  *credential = g_base64_encode (digest, len);
}
