/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * PlCode: what two people share to find and to recognise each other (PROTOCOL.md, "Codes").
 *
 * Either a made code, "417-walnut-harbor-ember", of which the server sees only the nameplate
 * 417; or an identifier that the users chose, of which the server sees only an Argon2id hash.
 */
typedef struct _PlCode PlCode;

/** Longest code, and fewest letters and digits of a chosen identifier. */
#define PL_MAX_CODE       128
#define PL_MIN_IDENTIFIER 10
#define PL_CODE_WORDS     3

/** Reads what a user typed: white space around it does not count; in a made code neither does
 * case, and spaces do for dashes. PL_CONFIG_ERROR_INVALID says what is wrong with it, and the
 * most similar word where one is not in the list. Takes some 50 ms for an identifier
 * (Argon2id). */
PlCode *pl_code_parse (const char *text, GError **error);

/** Makes a code from @nameplate, which the server reserved, and random words. NULL with
 * PL_PROTO_ERROR_INVALID if it is not 1 to 9 digits. */
PlCode *pl_code_generate (const char *nameplate, GError **error);

/** What two paired devices have in the place of a code: made of the secret that they agree on
 * (pl_identity_agree()). Its text is never shown. */
PlCode *pl_code_new_paired (GBytes *secret);

void pl_code_free (PlCode *self);

/** The name of the room that the server sees. */
const char *pl_code_get_room (const PlCode *self);

/** The code as both ends spell it: to show, and the password of the key exchange. Secret. */
const char *pl_code_get_text (const PlCode *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlCode, pl_code_free)
