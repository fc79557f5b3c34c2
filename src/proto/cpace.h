/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlCpace: one run of CPACE-RISTR255-SHA512 (draft-irtf-cfrg-cpace-21) without roles: both ends
 * do the same, and transcripts are concatenated in order ("oc").
 */
typedef struct _PlCpace PlCpace;

#define PL_CPACE_SHARE_LEN 32
#define PL_CPACE_ISK_LEN   64
#define PL_CPACE_TAG_LEN   64

/** What both ends put in; @sid may be NULL where no session identifier is agreed on. */
typedef struct {
  const char *password; /* PRS */
  GBytes *ci;           /* channel identifier */
  GBytes *sid;
} PlCpaceInput;

/** What one end sends: its share and the associated data beside it. Borrowed. */
typedef struct {
  const uint8_t *share; /* PL_CPACE_SHARE_LEN */
  GBytes *ad;
} PlCpaceMessage;

#define PL_CPACE_SCALAR_LEN 32

/** A run with @scalar, which is to be fresh and random in the group's range. */
PlCpace *pl_cpace_new (const PlCpaceInput *input, const uint8_t scalar[PL_CPACE_SCALAR_LEN]);

/** Wipes the scalar and everything made of it. */
void pl_cpace_free (PlCpace *self);

/** PL_CPACE_SHARE_LEN bytes, valid as long as @self. */
const uint8_t *pl_cpace_get_share (const PlCpace *self);

/** Computes the key from the other end's message; @own_ad is what was sent beside our share.
 * The scalar is wiped: a run finishes once. PL_PROTO_ERROR_INVALID for a share that is not a
 * group element, is the identity, or is our own (reflected). */
gboolean pl_cpace_finish (PlCpace *self, GBytes *own_ad, const PlCpaceMessage *remote,
                          GError **error);

/** The intermediate session key, PL_CPACE_ISK_LEN bytes; only after pl_cpace_finish(). */
const uint8_t *pl_cpace_get_isk (const PlCpace *self);

/** The key confirmation tag (draft, "Key confirmation") for a message that one of us sent. */
void pl_cpace_make_tag (const PlCpace *self, const PlCpaceMessage *message,
                        uint8_t tag[PL_CPACE_TAG_LEN]);

/** Appends @len bytes with their length before them, as the draft's lv_cat() does (LEB128). */
void pl_cpace_append_lv (GByteArray *out, const void *data, size_t len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlCpace, pl_cpace_free)
