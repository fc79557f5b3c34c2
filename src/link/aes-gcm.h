/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/* AES-256-GCM, which every browser's WebCrypto opens. */
#define PL_AES_GCM_KEY_LEN   32
#define PL_AES_GCM_NONCE_LEN 12
#define PL_AES_GCM_TAG_LEN   16

/** A random nonce, the ciphertext of @plaintext, and its tag. @label is authenticated with it.
 * Of one key at most 2^32 messages, as NIST SP 800-38D wants of random nonces. */
GBytes *pl_aes_gcm_seal (const uint8_t key[PL_AES_GCM_KEY_LEN], const char *label,
                         GBytes *plaintext);
