/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/cpace.h"

/** The draft's generator_string(), for test vectors; it holds the password. */
GByteArray *pl_cpace_generator_string (const PlCpaceInput *input);

/** The draft's scalar_mult_vfy(): FALSE where it returns the neutral element. */
gboolean pl_cpace_scalar_mult_vfy (uint8_t k[PL_CPACE_SHARE_LEN],
                                   const uint8_t scalar[PL_CPACE_SCALAR_LEN],
                                   const uint8_t share[PL_CPACE_SHARE_LEN]);

/** The draft's transcript_oc(). */
GByteArray *pl_cpace_transcript (const PlCpaceMessage *a, const PlCpaceMessage *b);
