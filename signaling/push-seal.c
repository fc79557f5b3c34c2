/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "signaling/push-seal-private.h"

#include "base/error.h"
#include "base/limits.h"
#include "signaling/base64url.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

#define POINT_LEN   65 /* uncompressed */
#define SECRET_LEN  32 /* of the key agreement */
#define AUTH_LEN    16
#define KEY_LEN     16
#define NONCE_LEN   12
#define TAG_LEN     16
#define RECORD_SIZE 4096
#define LAST_RECORD 0x02 /* RFC 8188 section 2 */
/* Salt, record size, length of the key's name, and the key as its name: RFC 8188 2.1. */
#define HEADER_LEN (PL_PUSH_SALT_LEN + 4 + 1 + POINT_LEN)

typedef EVP_PKEY Key;
typedef EVP_PKEY_CTX KeyContext;
typedef EVP_CIPHER_CTX Cipher;
typedef EVP_KDF Kdf;
typedef EVP_KDF_CTX KdfContext;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Key, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeyContext, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cipher, EVP_CIPHER_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Kdf, EVP_KDF_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdfContext, EVP_KDF_CTX_free)

/* The browser that it is for. */
typedef struct {
  GBytes *point;
  GBytes *auth;
  EVP_PKEY *key;
} Recipient;

static void
recipient_clear (Recipient *self)
{
  g_clear_pointer (&self->point, g_bytes_unref);
  g_clear_pointer (&self->auth, g_bytes_unref);
  g_clear_pointer (&self->key, EVP_PKEY_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Recipient, recipient_clear)

static gboolean
invalid (const char *what, GError **error)
{
  ERR_clear_error ();
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "push subscription: %s", what);
  return FALSE;
}

static EVP_PKEY *
read_point (GBytes *point)
{
  static char group[] = "P-256";
  g_autoptr (KeyContext) context = EVP_PKEY_CTX_new_from_name (NULL, "EC", NULL);
  OSSL_PARAM params[] = {
    OSSL_PARAM_construct_utf8_string (OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
    OSSL_PARAM_construct_octet_string (OSSL_PKEY_PARAM_PUB_KEY,
                                       (void *) g_bytes_get_data (point, NULL),
                                       g_bytes_get_size (point)),
    OSSL_PARAM_construct_end (),
  };
  g_autoptr (Key) key = NULL;

  if (EVP_PKEY_fromdata_init (context) != 1
      || EVP_PKEY_fromdata (context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
    return NULL;
  /* A point that is not on the curve would tell something of our key. */
  g_autoptr (KeyContext) check = EVP_PKEY_CTX_new (key, NULL);
  return EVP_PKEY_public_check (check) == 1 ? g_steal_pointer (&key) : NULL;
}

static gboolean
read_recipient (Recipient *self, const char *p256dh, const char *auth, GError **error)
{
  self->point = pl_base64url_decode (p256dh);
  if (self->point == NULL || g_bytes_get_size (self->point) != POINT_LEN)
    return invalid ("'p256dh' is no key", error);
  self->auth = pl_base64url_decode (auth);
  if (self->auth == NULL || g_bytes_get_size (self->auth) != AUTH_LEN)
    return invalid ("'auth' is no secret", error);
  self->key = read_point (self->point);
  return self->key != NULL || invalid ("'p256dh' is not on the curve", error);
}

static gboolean
agree (EVP_PKEY *ours, EVP_PKEY *theirs, uint8_t secret[SECRET_LEN])
{
  g_autoptr (KeyContext) context = EVP_PKEY_CTX_new (ours, NULL);
  size_t len = SECRET_LEN;

  return EVP_PKEY_derive_init (context) == 1 && EVP_PKEY_derive_set_peer (context, theirs) == 1
         && EVP_PKEY_derive (context, secret, &len) == 1 && len == SECRET_LEN;
}

typedef struct {
  const void *data;
  size_t len;
} Span;

static gboolean
hkdf (Span salt, Span key, Span info, uint8_t *out, size_t len)
{
  static char sha256[] = "SHA256";
  g_autoptr (Kdf) kdf = EVP_KDF_fetch (NULL, "HKDF", NULL);
  g_autoptr (KdfContext) context = EVP_KDF_CTX_new (kdf);
  const OSSL_PARAM params[] = {
    OSSL_PARAM_construct_utf8_string (OSSL_KDF_PARAM_DIGEST, sha256, 0),
    OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_SALT, (void *) salt.data, salt.len),
    OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_KEY, (void *) key.data, key.len),
    OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_INFO, (void *) info.data, info.len),
    OSSL_PARAM_construct_end (),
  };
  return EVP_KDF_derive (context, out, len, params) == 1;
}

typedef struct {
  uint8_t key[KEY_LEN];
  uint8_t nonce[NONCE_LEN];
} RecordKeys;

/* RFC 8291 3.4. */
static gboolean
derive (const PlPushSender *sender, const Recipient *to, const uint8_t our_point[POINT_LEN],
        RecordKeys *keys)
{
  static const char key_label[] = "WebPush: info";
  static const char cek_label[] = "Content-Encoding: aes128gcm";
  static const char nonce_label[] = "Content-Encoding: nonce";
  uint8_t secret[SECRET_LEN], ikm[SECRET_LEN];
  uint8_t info[sizeof key_label + 2 * POINT_LEN];
  const Span salt = { sender->salt, sizeof sender->salt };
  const Span ikm_span = { ikm, sizeof ikm };
  const Span auth = { g_bytes_get_data (to->auth, NULL), AUTH_LEN };

  memcpy (info, key_label, sizeof key_label); /* with its 0 */
  memcpy (info + sizeof key_label, g_bytes_get_data (to->point, NULL), POINT_LEN);
  memcpy (info + sizeof key_label + POINT_LEN, our_point, POINT_LEN);
  gboolean done
      = agree (sender->key, to->key, secret)
        && hkdf (auth, (Span){ secret, sizeof secret }, (Span){ info, sizeof info }, ikm,
                 sizeof ikm)
        && hkdf (salt, ikm_span, (Span){ cek_label, sizeof cek_label }, keys->key, KEY_LEN)
        && hkdf (salt, ikm_span, (Span){ nonce_label, sizeof nonce_label }, keys->nonce,
                 NONCE_LEN);
  OPENSSL_cleanse (secret, sizeof secret);
  OPENSSL_cleanse (ikm, sizeof ikm);
  return done;
}

static gboolean
encrypt (const RecordKeys *keys, Span payload, uint8_t *out)
{
  static const uint8_t delimiter = LAST_RECORD;
  g_autoptr (Cipher) cipher = EVP_CIPHER_CTX_new ();
  int n, len = (int) payload.len;

  return EVP_EncryptInit_ex (cipher, EVP_aes_128_gcm (), NULL, keys->key, keys->nonce) == 1
         && EVP_EncryptUpdate (cipher, out, &n, payload.data, len) == 1
         && EVP_EncryptUpdate (cipher, out + len, &n, &delimiter, 1) == 1
         && EVP_EncryptFinal_ex (cipher, out + len + 1, &n) == 1
         && EVP_CIPHER_CTX_ctrl (cipher, EVP_CTRL_GCM_GET_TAG, TAG_LEN, out + len + 1) == 1;
}

static gboolean
get_point (EVP_PKEY *key, uint8_t point[POINT_LEN])
{
  size_t len;
  return EVP_PKEY_get_octet_string_param (key, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_LEN, &len)
         && len == POINT_LEN;
}

GBytes *
pl_push_seal_as (const PlPushSender *sender, const char *p256dh, const char *auth,
                 GBytes *payload, GError **error)
{
  g_auto (Recipient) to = { NULL };
  gsize len;
  const void *data = g_bytes_get_data (payload, &len);
  uint8_t point[POINT_LEN];
  RecordKeys keys;

  if (len > PL_MAX_PUSH_BYTES) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "push payload: %" G_GSIZE_FORMAT " bytes, limit is %d", len,
                 PL_MAX_PUSH_BYTES);
    return NULL;
  }
  if (!read_recipient (&to, p256dh, auth, error))
    return NULL;
  g_autofree uint8_t *body = g_malloc (HEADER_LEN + len + 1 + TAG_LEN);
  uint8_t *at = body;
  const uint32_t record_size = GUINT32_TO_BE (RECORD_SIZE);
  memcpy (at, sender->salt, PL_PUSH_SALT_LEN);
  at += PL_PUSH_SALT_LEN;
  memcpy (at, &record_size, sizeof record_size);
  at += sizeof record_size;
  *at++ = POINT_LEN;
  gboolean done = get_point (sender->key, point) && derive (sender, &to, point, &keys);
  memcpy (at, point, POINT_LEN);
  done = done && encrypt (&keys, (Span){ data, len }, at + POINT_LEN);
  OPENSSL_cleanse (&keys, sizeof keys);
  if (!done) {
    invalid ("no message can be sealed for it", error);
    return NULL;
  }
  return g_bytes_new_take (g_steal_pointer (&body), HEADER_LEN + len + 1 + TAG_LEN);
}

GBytes *
pl_push_seal (const char *p256dh, const char *auth, GBytes *payload, GError **error)
{
  g_autoptr (Key) key = EVP_EC_gen ("P-256");
  PlPushSender sender = { .key = key };

  if (key == NULL || RAND_bytes (sender.salt, sizeof sender.salt) != 1)
    g_error ("OpenSSL finds no random numbers");
  return pl_push_seal_as (&sender, p256dh, auth, payload, error);
}
