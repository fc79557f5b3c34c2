/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** National language tables by their identifier (3GPP TS 23.038 section 6.2.1.2.4). Texts are
 * written with the default table only; others write with these too. */
typedef enum {
  PL_GSM7_DEFAULT = 0,
  PL_GSM7_TURKISH = 1,
  PL_GSM7_SPANISH = 2,
  PL_GSM7_PORTUGUESE = 3,
} PlGsm7Language;

/** The septets of one character in the default alphabet and its extension table: their number
 * (1, or 2 with the escape first), 0 if it is in neither. Only exact matches count. */
guint pl_gsm7_from_char (gunichar c, uint8_t septets[2]);

/** UTF-8 of @n septets (one in each byte). @locking replaces the default table, @single the
 * extension table; what a language does not define is the default's. An escape that leads
 * nowhere gives what TS 23.038 section 6.2.1.1 wants: the character of the main table. Free
 * with g_free(); never NULL. */
char *pl_gsm7_decode (const uint8_t *septets, size_t n, PlGsm7Language locking,
                      PlGsm7Language single);

/** Unpacks at most @n septets into @septets, beginning @skip_bits into @data; returns how many
 * @data really had. */
size_t pl_gsm7_unpack (const uint8_t *data, size_t len, guint skip_bits, uint8_t *septets,
                       size_t n);

/** Appends @n septets, packed, after @fill_bits (0 to 6) zero bits. */
void pl_gsm7_pack (GByteArray *out, const uint8_t *septets, size_t n, guint fill_bits);
