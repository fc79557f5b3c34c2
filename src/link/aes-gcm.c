/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "link/aes-gcm.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

typedef EVP_CIPHER_CTX Cipher;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cipher, EVP_CIPHER_CTX_free)

GBytes *
pl_aes_gcm_seal (const uint8_t key[PL_AES_GCM_KEY_LEN], const char *label, GBytes *plaintext)
{
  g_autoptr (Cipher) cipher = EVP_CIPHER_CTX_new ();
  gsize len;
  const uint8_t *data = g_bytes_get_data (plaintext, &len);
  g_autofree uint8_t *sealed = g_malloc (PL_AES_GCM_NONCE_LEN + len + PL_AES_GCM_TAG_LEN);
  uint8_t *body = sealed + PL_AES_GCM_NONCE_LEN;
  int n;

  if (RAND_bytes (sealed, PL_AES_GCM_NONCE_LEN) != 1
      || EVP_EncryptInit_ex (cipher, EVP_aes_256_gcm (), NULL, key, sealed) != 1
      || EVP_EncryptUpdate (cipher, NULL, &n, (const uint8_t *) label, (int) strlen (label))
             != 1
      || EVP_EncryptUpdate (cipher, body, &n, data, (int) len) != 1
      || EVP_EncryptFinal_ex (cipher, body + len, &n) != 1
      || EVP_CIPHER_CTX_ctrl (cipher, EVP_CTRL_GCM_GET_TAG, PL_AES_GCM_TAG_LEN, body + len)
             != 1)
    g_error ("OpenSSL has no AES-256-GCM");
  return g_bytes_new_take (g_steal_pointer (&sealed),
                           PL_AES_GCM_NONCE_LEN + len + PL_AES_GCM_TAG_LEN);
}
