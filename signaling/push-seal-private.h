/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signaling/push-seal.h"

#include <openssl/evp.h>
#include <stdint.h>

#define PL_PUSH_SALT_LEN 16

typedef struct {
  EVP_PKEY *key; /* ours, for this message alone */
  uint8_t salt[PL_PUSH_SALT_LEN];
} PlPushSender;

/** pl_push_seal() with what is random in it given, for the vectors of RFC 8291. */
GBytes *pl_push_seal_as (const PlPushSender *sender, const char *p256dh, const char *auth,
                         GBytes *payload, GError **error);
