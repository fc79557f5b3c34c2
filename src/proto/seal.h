/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/cpace.h"

#include <glib.h>
#include <stdint.h>

/**
 * PlSeal: envelopes between two ends that share a key (PROTOCOL.md, "Envelopes"):
 * XChaCha20-Poly1305, a key for each direction, bound to room, direction and counter.
 *
 * An envelope is counter (8 bytes, network order) and ciphertext; the text is padded to 1 KiB
 * steps, so that its length tells little.
 */
typedef struct _PlSeal PlSeal;

#define PL_SEAL_STEP 1024

typedef struct {
  const uint8_t *isk; /* PL_CPACE_ISK_LEN */
  const char *room;
  const uint8_t *own_share; /* PL_CPACE_SHARE_LEN: names the direction */
  const uint8_t *remote_share;
} PlSealConfig;

typedef enum {
  PL_SEAL_OPENED,
  PL_SEAL_DUPLICATE, /* seen before: nothing happened */
  PL_SEAL_BROKEN,    /* a gap, or forged: the conversation is not to be trusted any more */
} PlSealResult;

PlSeal *pl_seal_new (const PlSealConfig *config);
void pl_seal_free (PlSeal *self);

/** The envelope of @text; PL_PROTO_ERROR_LIMIT if its base64 would be above PL_MAX_ENVELOPE. */
GBytes *pl_seal_close (PlSeal *self, const char *text, GError **error);

/** Opens @len bytes; on PL_SEAL_OPENED *@text is UTF-8 (free with g_free()), on PL_SEAL_BROKEN
 * @error says why (PL_PROTO_ERROR_INVALID), and every later call is broken too. */
PlSealResult pl_seal_open (PlSeal *self, const uint8_t *data, size_t len, char **text,
                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSeal, pl_seal_free)
