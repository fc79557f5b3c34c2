/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-certificate"

#include "link/certificate.h"

#include "base/error.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string.h>

/* Peers compare fingerprints and look at no date; the dates only have to make sense to a stack
 * that looks nevertheless, and to one whose clock is late. */
#define VALID_BEFORE_S (24 * 3600)
#define VALID_AFTER_S  (365 * 24 * 3600)

struct _PlCertificate {
  X509 *x509;
  EVP_PKEY *key;
  char *fingerprint;
};

typedef struct {
  const char *name; /* RFC 8122 section 5 */
  const char *openssl;
  guint len;
} Hash;

static const Hash hashes[] = {
  { "sha-256", "SHA256", 32 },
  { "sha-384", "SHA384", 48 },
  { "sha-512", "SHA512", 64 },
};

void
pl_openssl_set_error (GError **error, const char *what)
{
  const char *reason = ERR_reason_error_string (ERR_get_error ());
  g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED, "%s: %s", what,
               reason ? reason : "no reason given");
  ERR_clear_error ();
}

static char *
print_fingerprint (const Hash *hash, const X509 *certificate)
{
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned int len = 0;

  if (!X509_digest (certificate, EVP_get_digestbyname (hash->openssl), digest, &len)) {
    ERR_clear_error ();
    return NULL;
  }
  GString *text = g_string_new (hash->name);
  for (guint i = 0; i < len; i++)
    g_string_append_printf (text, "%c%02X", i == 0 ? ' ' : ':', digest[i]);
  return g_string_free (text, FALSE);
}

static const Hash *
find_hash (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++)
    if (g_ascii_strncasecmp (text, hashes[i].name, strlen (hashes[i].name)) == 0
        && text[strlen (hashes[i].name)] == ' ')
      return &hashes[i];
  return NULL;
}

gboolean
pl_fingerprint_check (const char *text, GError **error)
{
  const Hash *hash = find_hash (text);
  if (hash == NULL) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_UNSUPPORTED,
                 "fingerprint '%.16s...': not sha-256, sha-384 or sha-512", text);
    return FALSE;
  }
  const char *digits = text + strlen (hash->name) + 1;
  gboolean valid = strlen (digits) == hash->len * 3 - 1;
  for (guint i = 0; valid && digits[i] != '\0'; i++)
    valid = i % 3 == 2 ? digits[i] == ':' : g_ascii_isxdigit (digits[i]);
  if (!valid)
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "fingerprint '%.16s...': not %u hexadecimal bytes with colons", text,
                 hash->len);
  return valid;
}

gboolean
pl_fingerprint_matches (const char *expected, const X509 *certificate)
{
  g_autofree char *actual = print_fingerprint (find_hash (expected), certificate);
  return actual != NULL && g_ascii_strcasecmp (actual, expected) == 0;
}

static gboolean
fill_certificate (X509 *x509, EVP_PKEY *key)
{
  uint64_t serial = 0;
  uint8_t name[8];
  X509_NAME *subject = X509_get_subject_name (x509);
  if (RAND_bytes ((uint8_t *) &serial, sizeof serial) != 1 || RAND_bytes (name, 8) != 1)
    return FALSE;
  /* RFC 8827 section 6.5: nothing in it may tell who we are. */
  g_autofree char *hex
      = g_strdup_printf ("%02x%02x%02x%02x", name[0], name[1], name[2], name[3]);
  return X509_set_version (x509, X509_VERSION_3)
         && ASN1_INTEGER_set_uint64 (X509_get_serialNumber (x509), serial >> 1)
         && X509_gmtime_adj (X509_getm_notBefore (x509), -VALID_BEFORE_S)
         && X509_gmtime_adj (X509_getm_notAfter (x509), VALID_AFTER_S)
         && X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_ASC, (uint8_t *) hex, -1, -1, 0)
         && X509_set_issuer_name (x509, subject) && X509_set_pubkey (x509, key)
         && X509_sign (x509, key, EVP_sha256 ()) > 0;
}

static void
clear_certificate (gpointer data)
{
  PlCertificate *self = data;
  X509_free (self->x509);
  EVP_PKEY_free (self->key);
  g_free (self->fingerprint);
}

PlCertificate *
pl_certificate_new (GError **error)
{
  g_autoptr (PlCertificate) self = g_rc_box_new0 (PlCertificate);

  self->x509 = X509_new ();
  self->key = EVP_EC_gen ("P-256");
  if (self->x509 == NULL || self->key == NULL || !fill_certificate (self->x509, self->key)) {
    pl_openssl_set_error (error, "making a certificate");
    return NULL;
  }
  self->fingerprint = print_fingerprint (&hashes[0], self->x509);
  return g_steal_pointer (&self);
}

PlCertificate *
pl_certificate_ref (PlCertificate *self)
{
  return g_rc_box_acquire (self);
}

void
pl_certificate_unref (PlCertificate *self)
{
  if (self != NULL)
    g_rc_box_release_full (self, clear_certificate);
}

const char *
pl_certificate_get_fingerprint (PlCertificate *self)
{
  return self->fingerprint;
}

gboolean
pl_certificate_apply (PlCertificate *self, SSL_CTX *context, GError **error)
{
  if (SSL_CTX_use_certificate (context, self->x509) == 1
      && SSL_CTX_use_PrivateKey (context, self->key) == 1)
    return TRUE;
  pl_openssl_set_error (error, "using our certificate");
  return FALSE;
}
