/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "link/aes-gcm.h"
#include "tests/lib/pl-test.h"

#include <openssl/evp.h>
#include <string.h>

#define LABEL "punchline.test"

static const uint8_t key[PL_AES_GCM_KEY_LEN] = { 1, 2, 3 };

/* NULL where it does not open. */
static char *
unseal (GBytes *sealed, const char *label)
{
  gsize len;
  const uint8_t *data = g_bytes_get_data (sealed, &len);
  int n, text_len = (int) (len - PL_AES_GCM_NONCE_LEN - PL_AES_GCM_TAG_LEN);
  char *text = g_malloc0 ((gsize) text_len + 1);
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new ();

  EVP_DecryptInit_ex (cipher, EVP_aes_256_gcm (), NULL, key, data);
  EVP_DecryptUpdate (cipher, NULL, &n, (const uint8_t *) label, (int) strlen (label));
  EVP_DecryptUpdate (cipher, (uint8_t *) text, &n, data + PL_AES_GCM_NONCE_LEN, text_len);
  EVP_CIPHER_CTX_ctrl (cipher, EVP_CTRL_GCM_SET_TAG, PL_AES_GCM_TAG_LEN,
                       (uint8_t *) data + len - PL_AES_GCM_TAG_LEN);
  gboolean opened = EVP_DecryptFinal_ex (cipher, (uint8_t *) text + text_len, &n) == 1;
  EVP_CIPHER_CTX_free (cipher);
  if (opened)
    return text;
  g_free (text);
  return NULL;
}

static void
test_seal (void)
{
  g_autoptr (GBytes) plaintext = g_bytes_new_static ("a few words", 11);
  g_autoptr (GBytes) sealed = pl_aes_gcm_seal (key, LABEL, plaintext);
  g_autofree char *text = unseal (sealed, LABEL);
  g_autofree char *other = unseal (sealed, "punchline.other");

  g_assert_cmpuint (g_bytes_get_size (sealed), ==, 12 + 11 + 16);
  g_assert_cmpstr (text, ==, "a few words");
  g_assert_null (other);
}

static void
test_never_twice_the_same (void)
{
  g_autoptr (GBytes) plaintext = g_bytes_new_static ("a few words", 11);
  g_autoptr (GBytes) first = pl_aes_gcm_seal (key, LABEL, plaintext);
  g_autoptr (GBytes) second = pl_aes_gcm_seal (key, LABEL, plaintext);

  g_assert_false (g_bytes_equal (first, second));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/aes-gcm/seal", test_seal);
  g_test_add_func ("/aes-gcm/never-twice-the-same", test_never_twice_the_same);
  return g_test_run ();
}
