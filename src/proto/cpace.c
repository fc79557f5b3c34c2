/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-cpace"

#include "proto/cpace-private.h"

#include "base/error.h"

#include <sodium.h>
#include <string.h>

/* Names follow the draft's sections: DSI, PRS, CI, sid, K, ISK. */
#define DSI          "CPaceRistretto255"
#define DSI_ISK      "CPaceRistretto255_ISK"
#define MAC_DSI      "CPaceMac"
#define SHA512_BLOCK 128

struct _PlCpace {
  GBytes *sid; /* NULL: empty */
  uint8_t scalar[PL_CPACE_SCALAR_LEN];
  uint8_t share[PL_CPACE_SHARE_LEN];
  uint8_t isk[PL_CPACE_ISK_LEN];
  gboolean finished;
};

static void
append_bytes_lv (GByteArray *out, GBytes *bytes)
{
  gsize len = 0;
  gconstpointer data = bytes ? g_bytes_get_data (bytes, &len) : NULL;
  pl_cpace_append_lv (out, data, len);
}

static void
wipe_array (GByteArray *array)
{
  sodium_memzero (array->data, array->len);
  g_byte_array_unref (array);
}

static size_t
lv_len (size_t len)
{
  size_t n = len + 1;
  for (size_t rest = len >> 7; rest; rest >>= 7)
    n++;
  return n;
}

void
pl_cpace_append_lv (GByteArray *out, const void *data, size_t len)
{
  size_t rest = len;
  do {
    uint8_t byte = (rest & 0x7f) | (rest > 0x7f ? 0x80 : 0);
    g_byte_array_append (out, &byte, 1);
    rest >>= 7;
  } while (rest);
  if (len)
    g_byte_array_append (out, data, len);
}

GByteArray *
pl_cpace_generator_string (const PlCpaceInput *input)
{
  static const uint8_t zeros[SHA512_BLOCK];
  size_t password_len = strlen (input->password);
  size_t used = 1 + lv_len (password_len) + lv_len (strlen (DSI));
  GByteArray *out = g_byte_array_sized_new (4 * SHA512_BLOCK + password_len);

  pl_cpace_append_lv (out, DSI, strlen (DSI));
  pl_cpace_append_lv (out, input->password, password_len);
  /* The padding fills the first block, so that the time to hash does not tell of the password.
   */
  pl_cpace_append_lv (out, zeros, used < SHA512_BLOCK ? SHA512_BLOCK - used : 0);
  append_bytes_lv (out, input->ci);
  append_bytes_lv (out, input->sid);
  return out;
}

static void
make_share (PlCpace *self, const PlCpaceInput *input)
{
  GByteArray *string = pl_cpace_generator_string (input);
  uint8_t hash[crypto_hash_sha512_BYTES];
  uint8_t generator[PL_CPACE_SHARE_LEN];

  crypto_hash_sha512 (hash, string->data, string->len);
  crypto_core_ristretto255_from_hash (generator, hash);
  /* Fails only for the identity, that is with probability 2^-252. */
  if (crypto_scalarmult_ristretto255 (self->share, self->scalar, generator) != 0)
    g_error ("ristretto255: the generator is the identity");
  sodium_memzero (hash, sizeof hash);
  sodium_memzero (generator, sizeof generator);
  wipe_array (string);
}

PlCpace *
pl_cpace_new (const PlCpaceInput *input, const uint8_t scalar[PL_CPACE_SCALAR_LEN])
{
  g_return_val_if_fail (sodium_init () >= 0, NULL);
  PlCpace *self = g_new0 (PlCpace, 1);

  self->sid = input->sid ? g_bytes_ref (input->sid) : NULL;
  memcpy (self->scalar, scalar, sizeof self->scalar);
  make_share (self, input);
  return self;
}

void
pl_cpace_free (PlCpace *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->sid, g_bytes_unref);
  sodium_memzero (self, sizeof *self);
  g_free (self);
}

const uint8_t *
pl_cpace_get_share (const PlCpace *self)
{
  return self->share;
}

gboolean
pl_cpace_scalar_mult_vfy (uint8_t k[PL_CPACE_SHARE_LEN],
                          const uint8_t scalar[PL_CPACE_SCALAR_LEN],
                          const uint8_t share[PL_CPACE_SHARE_LEN])
{
  /* libsodium refuses what does not decode (also non-canonical encodings) and a product that is
   * the identity. */
  return crypto_scalarmult_ristretto255 (k, scalar, share) == 0;
}

static GByteArray *
message_lv (const PlCpaceMessage *message)
{
  GByteArray *out = g_byte_array_new ();
  pl_cpace_append_lv (out, message->share, PL_CPACE_SHARE_LEN);
  append_bytes_lv (out, message->ad);
  return out;
}

static int
compare_arrays (const GByteArray *a, const GByteArray *b)
{
  int order = memcmp (a->data, b->data, MIN (a->len, b->len));
  return order ? order : (a->len > b->len) - (a->len < b->len);
}

GByteArray *
pl_cpace_transcript (const PlCpaceMessage *a, const PlCpaceMessage *b)
{
  g_autoptr (GByteArray) lv_a = message_lv (a);
  g_autoptr (GByteArray) lv_b = message_lv (b);
  gboolean a_first = compare_arrays (lv_a, lv_b) > 0;
  const GByteArray *first = a_first ? lv_a : lv_b;
  const GByteArray *second = a_first ? lv_b : lv_a;
  GByteArray *out = g_byte_array_new ();

  g_byte_array_append (out, (const uint8_t *) "oc", 2);
  g_byte_array_append (out, first->data, first->len);
  g_byte_array_append (out, second->data, second->len);
  return out;
}

static void
make_isk (PlCpace *self, const uint8_t k[PL_CPACE_SHARE_LEN], const GByteArray *transcript)
{
  GByteArray *string = g_byte_array_sized_new (256 + transcript->len);

  pl_cpace_append_lv (string, DSI_ISK, strlen (DSI_ISK));
  append_bytes_lv (string, self->sid);
  pl_cpace_append_lv (string, k, PL_CPACE_SHARE_LEN);
  g_byte_array_append (string, transcript->data, transcript->len);
  crypto_hash_sha512 (self->isk, string->data, string->len);
  wipe_array (string);
}

gboolean
pl_cpace_finish (PlCpace *self, GBytes *own_ad, const PlCpaceMessage *remote, GError **error)
{
  g_return_val_if_fail (!self->finished, FALSE);
  uint8_t k[PL_CPACE_SHARE_LEN];

  if (memcmp (remote->share, self->share, sizeof self->share) == 0) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "key exchange: our own share came back");
    return FALSE;
  }
  if (!pl_cpace_scalar_mult_vfy (k, self->scalar, remote->share)) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "key exchange: the share is not a valid group element");
    return FALSE;
  }
  PlCpaceMessage own = { .share = self->share, .ad = own_ad };
  g_autoptr (GByteArray) transcript = pl_cpace_transcript (&own, remote);
  make_isk (self, k, transcript);
  sodium_memzero (k, sizeof k);
  sodium_memzero (self->scalar, sizeof self->scalar);
  self->finished = TRUE;
  return TRUE;
}

const uint8_t *
pl_cpace_get_isk (const PlCpace *self)
{
  g_return_val_if_fail (self->finished, NULL);
  return self->isk;
}

void
pl_cpace_make_tag (const PlCpace *self, const PlCpaceMessage *message,
                   uint8_t tag[PL_CPACE_TAG_LEN])
{
  g_return_if_fail (self->finished);
  gsize sid_len = 0;
  const uint8_t *sid = self->sid ? g_bytes_get_data (self->sid, &sid_len) : NULL;
  g_autoptr (GByteArray) signed_bytes = message_lv (message);
  uint8_t key[crypto_hash_sha512_BYTES];
  crypto_hash_sha512_state hash;
  crypto_auth_hmacsha512_state mac;

  crypto_hash_sha512_init (&hash);
  crypto_hash_sha512_update (&hash, (const uint8_t *) MAC_DSI, strlen (MAC_DSI));
  crypto_hash_sha512_update (&hash, sid, sid_len);
  crypto_hash_sha512_update (&hash, self->isk, sizeof self->isk);
  crypto_hash_sha512_final (&hash, key);

  crypto_auth_hmacsha512_init (&mac, key, sizeof key);
  crypto_auth_hmacsha512_update (&mac, signed_bytes->data, signed_bytes->len);
  crypto_auth_hmacsha512_final (&mac, tag);
  sodium_memzero (key, sizeof key);
  sodium_memzero (&hash, sizeof hash);
  sodium_memzero (&mac, sizeof mac);
}
