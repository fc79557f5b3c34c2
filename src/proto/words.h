/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/** How many words a code's word is one of: 11 bits each. */
#define PL_N_WORDS 2048

/** The words of codes, in alphabetical order, lower case. Part of the protocol: a change is a
 * new version of it. */
extern const char *const pl_words[PL_N_WORDS];
