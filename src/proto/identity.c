/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-identity"

#include "proto/identity.h"

#include "base/error.h"
#include "proto/secret.h"

#include <sodium.h>
#include <string.h>

#define SIGN_PREFIX  "ed25519:"
#define AGREE_PREFIX "x25519:"
#define KEY_LEN      32
#define BASE64_LEN   44 /* of a key, with padding */

struct _PlIdentity {
  uint8_t sign_seed[KEY_LEN];
  uint8_t agree_secret[KEY_LEN];
  char *public_text;
};

G_STATIC_ASSERT (crypto_sign_SEEDBYTES == KEY_LEN && crypto_sign_PUBLICKEYBYTES == KEY_LEN);
G_STATIC_ASSERT (crypto_scalarmult_BYTES == KEY_LEN
                 && crypto_scalarmult_SCALARBYTES == KEY_LEN);

static char *
print_keys (const uint8_t *sign, const uint8_t *agree)
{
  char sign_text[BASE64_LEN + 1], agree_text[BASE64_LEN + 1];

  sodium_bin2base64 (sign_text, sizeof sign_text, sign, KEY_LEN,
                     sodium_base64_VARIANT_ORIGINAL);
  sodium_bin2base64 (agree_text, sizeof agree_text, agree, KEY_LEN,
                     sodium_base64_VARIANT_ORIGINAL);
  char *text = g_strconcat (SIGN_PREFIX, sign_text, " ", AGREE_PREFIX, agree_text, NULL);
  sodium_memzero (sign_text, sizeof sign_text);
  sodium_memzero (agree_text, sizeof agree_text);
  return text;
}

static gboolean
parse_key (const char **text, const char *prefix, uint8_t key[KEY_LEN])
{
  size_t len = 0;
  const char *end = NULL;

  if (!g_str_has_prefix (*text, prefix))
    return FALSE;
  const char *base64 = *text + strlen (prefix);
  if (strnlen (base64, BASE64_LEN) < BASE64_LEN
      || sodium_base642bin (key, KEY_LEN, base64, BASE64_LEN, /* ignore = */ NULL, &len, &end,
                            sodium_base64_VARIANT_ORIGINAL)
             != 0
      || len != KEY_LEN)
    return FALSE;
  *text = end;
  return TRUE;
}

static gboolean
parse_keys (const char *text, uint8_t sign[KEY_LEN], uint8_t agree[KEY_LEN])
{
  return parse_key (&text, SIGN_PREFIX, sign) && *text++ == ' '
         && parse_key (&text, AGREE_PREFIX, agree) && *text == '\0';
}

static void
complete (PlIdentity *self)
{
  uint8_t sign[KEY_LEN], agree[KEY_LEN], secret[crypto_sign_SECRETKEYBYTES];

  crypto_sign_seed_keypair (sign, secret, self->sign_seed);
  crypto_scalarmult_base (agree, self->agree_secret);
  sodium_memzero (secret, sizeof secret);
  self->public_text = print_keys (sign, agree);
}

PlIdentity *
pl_identity_new (void)
{
  g_return_val_if_fail (sodium_init () >= 0, NULL);
  PlIdentity *self = g_new0 (PlIdentity, 1);

  randombytes_buf (self->sign_seed, sizeof self->sign_seed);
  randombytes_buf (self->agree_secret, sizeof self->agree_secret);
  complete (self);
  return self;
}

void
pl_identity_free (PlIdentity *self)
{
  if (self == NULL)
    return;
  g_free (self->public_text);
  sodium_memzero (self, sizeof *self);
  g_free (self);
}

PlIdentity *
pl_identity_parse (const char *text, GError **error)
{
  g_return_val_if_fail (sodium_init () >= 0, NULL);
  g_autoptr (PlIdentity) self = g_new0 (PlIdentity, 1);

  if (!parse_keys (text, self->sign_seed, self->agree_secret)) {
    g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         "identity: expected 'ed25519:KEY x25519:KEY'");
    return NULL;
  }
  complete (self);
  return g_steal_pointer (&self);
}

char *
pl_identity_print (const PlIdentity *self)
{
  return print_keys (self->sign_seed, self->agree_secret);
}

const char *
pl_identity_get_public (const PlIdentity *self)
{
  return self->public_text;
}

gboolean
pl_identity_is_public (const char *text)
{
  uint8_t sign[KEY_LEN], agree[KEY_LEN];
  return parse_keys (text, sign, agree);
}

GBytes *
pl_identity_agree (const PlIdentity *self, const char *remote_public, GError **error)
{
  uint8_t sign[KEY_LEN], agree[KEY_LEN], secret[KEY_LEN];

  /* libsodium refuses points of small order: their product is zero. */
  if (!parse_keys (remote_public, sign, agree)
      || crypto_scalarmult (secret, self->agree_secret, agree) != 0) {
    g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         "public identity: expected 'ed25519:KEY x25519:KEY'");
    return NULL;
  }
  GBytes *bytes = pl_secret_bytes_new (secret, sizeof secret);
  sodium_memzero (secret, sizeof secret);
  return bytes;
}
