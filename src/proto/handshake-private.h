/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/cpace.h"
#include "proto/handshake.h"

#define PL_HANDSHAKE_NONCE_LEN 16

/** What a handshake draws from the random generator. */
typedef struct {
  uint8_t scalar[PL_CPACE_SCALAR_LEN];
  uint8_t nonce[PL_HANDSHAKE_NONCE_LEN];
} PlHandshakeRandom;

/** A handshake that can be repeated, for test vectors. */
PlHandshake *pl_handshake_new_with_random (const PlHandshakeConfig *config,
                                           const PlHandshakeRandom *random);
