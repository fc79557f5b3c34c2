/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "signaling/vapid.h"

#include "base/error.h"
#include "signaling/base64url.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#define POINT_LEN  65 /* uncompressed */
#define SCALAR_LEN 32

typedef EVP_PKEY Key;
typedef EVP_MD_CTX Digest;
typedef ECDSA_SIG Signature;
typedef BIO Bio;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Key, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Digest, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Signature, ECDSA_SIG_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bio, BIO_free)

struct _PlVapid {
  EVP_PKEY *key;
  char *public_text;
};

static gboolean
invalid (const char *file, const char *why, GError **error)
{
  ERR_clear_error ();
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, "'%s': %s", file, why);
  return FALSE;
}

/* Never over one that is there: it may be the one that all subscriptions hang on. */
static FILE *
create (const char *file, GError **error)
{
  int fd = open (file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    int number = errno;
    invalid (file, g_strerror (number), error);
    return NULL;
  }
  return fdopen (fd, "w");
}

gboolean
pl_vapid_make (const char *file, GError **error)
{
  g_autoptr (Key) key = EVP_EC_gen ("P-256");
  if (key == NULL)
    return invalid (file, "no key could be made", error);
  FILE *out = create (file, error);
  if (out == NULL)
    return FALSE;
  gboolean written = PEM_write_PrivateKey (out, key, NULL, NULL, 0, NULL, NULL) == 1;
  if (fclose (out) != 0 || !written) {
    unlink (file);
    return invalid (file, "the key could not be written", error);
  }
  return TRUE;
}

static gboolean
is_p256 (EVP_PKEY *key)
{
  char group[64];
  return EVP_PKEY_is_a (key, "EC")
         && EVP_PKEY_get_utf8_string_param (key, OSSL_PKEY_PARAM_GROUP_NAME, group,
                                            sizeof group, NULL)
         && g_str_equal (group, "prime256v1");
}

PlVapid *
pl_vapid_load (const char *file, GError **error)
{
  g_autofree char *pem = NULL;
  uint8_t point[POINT_LEN];
  gsize len;

  if (!g_file_get_contents (file, &pem, &len, error))
    return NULL;
  g_autoptr (Bio) bio = BIO_new_mem_buf (pem, (int) len);
  static char no_password[] = "";
  g_autoptr (Key) key = PEM_read_bio_PrivateKey (bio, NULL, NULL, no_password);
  OPENSSL_cleanse (pem, len);
  if (key == NULL || !is_p256 (key)) {
    invalid (file, "expected a private key of the curve P-256 (PEM)", error);
    return NULL;
  }
  EVP_PKEY_set_utf8_string_param (key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                  OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED);
  if (!EVP_PKEY_get_octet_string_param (key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &len)
      || len != POINT_LEN) {
    invalid (file, "the key has no public part", error);
    return NULL;
  }
  PlVapid *self = g_new0 (PlVapid, 1);
  self->key = g_steal_pointer (&key);
  self->public_text = pl_base64url_encode (point, sizeof point);
  return self;
}

void
pl_vapid_free (PlVapid *self)
{
  if (self == NULL)
    return;
  EVP_PKEY_free (self->key);
  g_free (self->public_text);
  g_free (self);
}

const char *
pl_vapid_get_public (const PlVapid *self)
{
  return self->public_text;
}

/* ES256 (RFC 7518 3.4) wants the two numbers, OpenSSL gives them as DER. */
static char *
sign (const PlVapid *self, const char *text)
{
  g_autoptr (Digest) digest = EVP_MD_CTX_new ();
  uint8_t der[128], raw[2 * SCALAR_LEN];
  size_t len = sizeof der;

  if (EVP_DigestSignInit (digest, NULL, EVP_sha256 (), NULL, self->key) != 1
      || EVP_DigestSign (digest, der, &len, (const uint8_t *) text, strlen (text)) != 1)
    g_error ("no signature by a key that was checked");
  const uint8_t *at = der;
  g_autoptr (Signature) signature = d2i_ECDSA_SIG (NULL, &at, (long) len);
  BN_bn2binpad (ECDSA_SIG_get0_r (signature), raw, SCALAR_LEN);
  BN_bn2binpad (ECDSA_SIG_get0_s (signature), raw + SCALAR_LEN, SCALAR_LEN);
  return pl_base64url_encode (raw, sizeof raw);
}

char *
pl_vapid_authorize (const PlVapid *self, const char *origin, const char *subject,
                    int64_t expires_s)
{
  static const char header[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\"}";
  /* Neither has a character that JSON would have to escape: both were checked. */
  g_autofree char *claims
      = g_strdup_printf ("{\"aud\":\"%s\",\"exp\":%" G_GINT64_FORMAT ",\"sub\":\"%s\"}", origin,
                         expires_s, subject);
  g_autofree char *first = pl_base64url_encode (header, strlen (header));
  g_autofree char *second = pl_base64url_encode (claims, strlen (claims));
  g_autofree char *text = g_strdup_printf ("%s.%s", first, second);
  g_autofree char *signature = sign (self, text);
  return g_strdup_printf ("vapid t=%s.%s, k=%s", text, signature, self->public_text);
}
