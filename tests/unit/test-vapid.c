/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "signaling/base64url.h"
#include "signaling/vapid.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>

static char *
make_path (void)
{
  g_autofree char *folder = g_dir_make_tmp ("pl-vapid-XXXXXX", NULL);
  return g_build_filename (folder, "key", NULL);
}

static void
remove_path (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_unlink (path);
  g_rmdir (folder);
}

static EVP_PKEY *
read_public (const char *text)
{
  g_autoptr (GBytes) point = pl_base64url_decode (text);
  g_assert_cmpuint (g_bytes_get_size (point), ==, 65);
  static char group[] = "P-256";
  OSSL_PARAM params[] = {
    OSSL_PARAM_construct_utf8_string (OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
    OSSL_PARAM_construct_octet_string (OSSL_PKEY_PARAM_PUB_KEY,
                                       (void *) g_bytes_get_data (point, NULL), 65),
    OSSL_PARAM_construct_end (),
  };
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name (NULL, "EC", NULL);
  EVP_PKEY *key = NULL;
  EVP_PKEY_fromdata_init (context);
  g_assert_cmpint (EVP_PKEY_fromdata (context, &key, EVP_PKEY_PUBLIC_KEY, params), ==, 1);
  EVP_PKEY_CTX_free (context);
  return key;
}

/* RFC 7518 3.4 back to what OpenSSL verifies. */
static gboolean
verify (const char *key_text, const char *text, const char *signature_text)
{
  g_autoptr (GBytes) raw = pl_base64url_decode (signature_text);
  g_assert_cmpuint (g_bytes_get_size (raw), ==, 64);
  const uint8_t *numbers = g_bytes_get_data (raw, NULL);
  ECDSA_SIG *signature = ECDSA_SIG_new ();
  ECDSA_SIG_set0 (signature, BN_bin2bn (numbers, 32, NULL), BN_bin2bn (numbers + 32, 32, NULL));
  uint8_t *der = NULL;
  int len = i2d_ECDSA_SIG (signature, &der);
  EVP_PKEY *key = read_public (key_text);
  EVP_MD_CTX *digest = EVP_MD_CTX_new ();
  EVP_DigestVerifyInit (digest, NULL, EVP_sha256 (), NULL, key);
  gboolean good
      = EVP_DigestVerify (digest, der, (size_t) len, (const uint8_t *) text, strlen (text))
        == 1;
  EVP_MD_CTX_free (digest);
  EVP_PKEY_free (key);
  OPENSSL_free (der);
  ECDSA_SIG_free (signature);
  return good;
}

static char *
decode (const char *text)
{
  g_autoptr (GBytes) bytes = pl_base64url_decode (text);
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
test_token (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = make_path ();
  g_assert_true (pl_vapid_make (path, &error));
  g_autoptr (PlVapid) vapid = pl_vapid_load (path, &error);
  g_assert_no_error (error);

  for (guint i = 0; i < 64; i++) { /* numbers with zeros in front among them */
    g_autofree char *value
        = pl_vapid_authorize (vapid, "https://push.example", "mailto:a@b.example", 1700000000);
    g_autofree char *expected_end = g_strdup_printf (", k=%s", pl_vapid_get_public (vapid));
    g_assert_true (g_str_has_prefix (value, "vapid t="));
    g_assert_true (g_str_has_suffix (value, expected_end));
    value[strlen (value) - strlen (expected_end)] = '\0';
    g_auto (GStrv) parts = g_strsplit (value + strlen ("vapid t="), ".", -1);
    g_assert_cmpuint (g_strv_length (parts), ==, 3);
    g_autofree char *header = decode (parts[0]);
    g_autofree char *claims = decode (parts[1]);
    g_assert_cmpstr (header, ==, "{\"typ\":\"JWT\",\"alg\":\"ES256\"}");
    g_assert_cmpstr (claims, ==,
                     "{\"aud\":\"https://push.example\",\"exp\":1700000000,"
                     "\"sub\":\"mailto:a@b.example\"}");
    g_autofree char *text = g_strdup_printf ("%s.%s", parts[0], parts[1]);
    g_assert_true (verify (pl_vapid_get_public (vapid), text, parts[2]));
    text[0] ^= 1;
    g_assert_false (verify (pl_vapid_get_public (vapid), text, parts[2]));
  }
  remove_path (path);
}

static void
test_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = make_path ();
  struct stat info;

  g_assert_true (pl_vapid_make (path, &error));
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_autoptr (PlVapid) first = pl_vapid_load (path, &error);
  g_autoptr (PlVapid) again = pl_vapid_load (path, &error);
  g_assert_cmpstr (pl_vapid_get_public (first), ==, pl_vapid_get_public (again));
  /* Never over one that is there. */
  g_assert_false (pl_vapid_make (path, &error));
  g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
  remove_path (path);
}

static void
test_other_files (void)
{
  static const char *const contents[] = {
    "",
    "no key\n",
    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    /* Ed25519 */
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n",
  };
  g_autofree char *path = make_path ();

  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (path, contents[i], -1, NULL));
    g_assert_null (pl_vapid_load (path, &error));
    g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
  }
  remove_path (path);
}

static void
test_base64url (void)
{
  static const char *const bad[] = { "", "A", "AAAAA", "A+A", "A/AA", "AA AA", "AA===", "=" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (pl_base64url_decode (bad[i]));
  for (gsize n = 1; n < 20; n++) {
    g_autofree char *data = g_strnfill (n, '\xfb');
    g_autofree char *text = pl_base64url_encode (data, n);
    g_autoptr (GBytes) back = pl_base64url_decode (text);
    g_assert_null (strpbrk (text, "+/="));
    g_assert_cmpmem (g_bytes_get_data (back, NULL), g_bytes_get_size (back), data, n);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/vapid/token", test_token);
  g_test_add_func ("/vapid/file", test_file);
  g_test_add_func ("/vapid/other-files", test_other_files);
  g_test_add_func ("/vapid/base64url", test_base64url);
  return g_test_run ();
}
