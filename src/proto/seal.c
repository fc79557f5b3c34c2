/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-seal"

#include "proto/seal.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"

#include <sodium.h>
#include <string.h>

#define KEY_LEN     crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE_LEN   crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN     crypto_aead_xchacha20poly1305_ietf_ABYTES
#define COUNTER_LEN 8
#define CONTEXT     "punchline.v1 seal"

/* One way: the key, and the share of who sends. */
typedef struct {
  uint8_t key[KEY_LEN];
  uint8_t share[PL_CPACE_SHARE_LEN];
  uint64_t counter; /* of the last envelope */
} Direction;

struct _PlSeal {
  char *room;
  Direction out;
  Direction in;
  gboolean broken;
};

static void
hmac (uint8_t out[crypto_auth_hmacsha512_BYTES], const uint8_t *key, size_t key_len,
      const GByteArray *message)
{
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init (&state, key, key_len);
  crypto_auth_hmacsha512_update (&state, message->data, message->len);
  crypto_auth_hmacsha512_final (&state, out);
  sodium_memzero (&state, sizeof state);
}

/* HKDF-SHA-512 (RFC 5869) without salt, one block: libsodium 1.0.18 has no HKDF of its own. */
static void
derive_key (Direction *direction, const uint8_t *isk)
{
  uint8_t prk[crypto_auth_hmacsha512_BYTES];
  uint8_t block[crypto_auth_hmacsha512_BYTES];
  static const uint8_t first = 1;
  static const uint8_t no_salt[crypto_hash_sha512_BYTES];
  g_autoptr (GByteArray) info = g_byte_array_new ();
  GByteArray secret = { .data = (uint8_t *) isk, .len = PL_CPACE_ISK_LEN };

  hmac (prk, no_salt, sizeof no_salt, &secret);
  g_byte_array_append (info, (const uint8_t *) CONTEXT, strlen (CONTEXT));
  g_byte_array_append (info, direction->share, sizeof direction->share);
  g_byte_array_append (info, &first, 1);
  hmac (block, prk, sizeof prk, info);
  memcpy (direction->key, block, sizeof direction->key);
  sodium_memzero (prk, sizeof prk);
  sodium_memzero (block, sizeof block);
}

PlSeal *
pl_seal_new (const PlSealConfig *config)
{
  PlSeal *self = g_new0 (PlSeal, 1);

  self->room = g_strdup (config->room);
  memcpy (self->out.share, config->own_share, sizeof self->out.share);
  memcpy (self->in.share, config->remote_share, sizeof self->in.share);
  derive_key (&self->out, config->isk);
  derive_key (&self->in, config->isk);
  return self;
}

void
pl_seal_free (PlSeal *self)
{
  if (self == NULL)
    return;
  g_free (self->room);
  sodium_memzero (self, sizeof *self);
  g_free (self);
}

static void
write_counter (uint8_t out[COUNTER_LEN], uint64_t counter)
{
  uint64_t network = GUINT64_TO_BE (counter);
  memcpy (out, &network, COUNTER_LEN);
}

/* A key lives for one conversation, so the counter alone makes the nonce unique. */
static void
make_nonce (uint8_t nonce[NONCE_LEN], uint64_t counter)
{
  memset (nonce, 0, NONCE_LEN - COUNTER_LEN);
  write_counter (nonce + NONCE_LEN - COUNTER_LEN, counter);
}

static GByteArray *
make_ad (const PlSeal *self, const Direction *direction, uint64_t counter)
{
  uint8_t encoded[COUNTER_LEN];
  GByteArray *ad = g_byte_array_new ();

  write_counter (encoded, counter);
  pl_cpace_append_lv (ad, CONTEXT, strlen (CONTEXT));
  pl_cpace_append_lv (ad, self->room, strlen (self->room));
  pl_cpace_append_lv (ad, direction->share, sizeof direction->share);
  pl_cpace_append_lv (ad, encoded, sizeof encoded);
  return ad;
}

GBytes *
pl_seal_close (PlSeal *self, const char *text, GError **error)
{
  size_t len = strlen (text);
  size_t padded = (len / PL_SEAL_STEP + 1) * PL_SEAL_STEP;
  /* The kind's byte before an envelope counts as well (PROTOCOL.md, "Bodies"). */
  size_t base64 = (1 + COUNTER_LEN + padded + TAG_LEN + 2) / 3 * 4;

  if (base64 > PL_MAX_ENVELOPE) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "message of %" G_GSIZE_FORMAT " bytes does not fit into an envelope", len);
    return NULL;
  }
  uint64_t counter = ++self->out.counter;
  uint8_t nonce[NONCE_LEN];
  g_autoptr (GByteArray) ad = make_ad (self, &self->out, counter);
  g_autofree uint8_t *plain = g_malloc (padded);
  uint8_t *envelope = g_malloc (COUNTER_LEN + padded + TAG_LEN);

  memcpy (plain, text, len);
  sodium_pad (/* padded_buflen_p = */ NULL, plain, len, PL_SEAL_STEP, padded);
  make_nonce (nonce, counter);
  write_counter (envelope, counter);
  crypto_aead_xchacha20poly1305_ietf_encrypt (envelope + COUNTER_LEN, /* clen_p = */ NULL,
                                              plain, padded, ad->data, ad->len,
                                              /* nsec = */ NULL, nonce, self->out.key);
  sodium_memzero (plain, padded);
  return g_bytes_new_take (envelope, COUNTER_LEN + padded + TAG_LEN);
}

static PlSealResult
broken (PlSeal *self, GError **error, const char *what)
{
  self->broken = TRUE;
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "sealed message: %s", what);
  return PL_SEAL_BROKEN;
}

static char *
decrypt (PlSeal *self, uint64_t counter, const uint8_t *cipher, size_t len)
{
  uint8_t nonce[NONCE_LEN];
  g_autoptr (GByteArray) ad = make_ad (self, &self->in, counter);
  g_autofree char *plain = g_malloc (len - TAG_LEN + 1);
  size_t text_len;

  make_nonce (nonce, counter);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt ((uint8_t *) plain, /* mlen_p = */ NULL,
                                                  /* nsec = */ NULL, cipher, len, ad->data,
                                                  ad->len, nonce, self->in.key)
      != 0)
    return NULL;
  if (sodium_unpad (&text_len, (const uint8_t *) plain, len - TAG_LEN, PL_SEAL_STEP) != 0
      || !g_utf8_validate_len (plain, text_len, /* end = */ NULL))
    return NULL;
  plain[text_len] = '\0';
  return g_steal_pointer (&plain);
}

PlSealResult
pl_seal_open (PlSeal *self, const uint8_t *data, size_t len, char **text, GError **error)
{
  PlReader reader = PL_READER_INIT (data, len);
  uint64_t counter = (uint64_t) pl_reader_u32 (&reader) << 32;

  counter |= pl_reader_u32 (&reader);
  size_t left = pl_reader_left (&reader);
  if (self->broken)
    return broken (self, error, "the conversation broke before");
  if (reader.failed || left <= TAG_LEN || (left - TAG_LEN) % PL_SEAL_STEP != 0)
    return broken (self, error, "the envelope has a wrong size");
  if (counter <= self->in.counter)
    return PL_SEAL_DUPLICATE;
  if (counter != self->in.counter + 1)
    return broken (self, error, "one before it is missing");
  g_autofree char *plain = decrypt (self, counter, pl_reader_bytes (&reader, left), left);
  if (plain == NULL)
    return broken (self, error, "it was changed on the way");
  self->in.counter = counter;
  *text = g_steal_pointer (&plain);
  return PL_SEAL_OPENED;
}
