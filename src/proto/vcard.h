/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * Contacts out of vCards, versions 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), as phones and
 * address books export them: names and phone numbers, nothing else is looked at.
 */
typedef struct {
  char *name;         /* UTF-8, one line, not empty */
  GPtrArray *numbers; /* of char *, as they are written there; at least one */
} PlVcard;
void pl_vcard_free (PlVcard *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlVcard, pl_vcard_free)

/** All of a file that have a name and a number: GPtrArray of PlVcard, maybe empty.
 * PL_PROTO_ERROR_INVALID: there is no vCard in it; PL_PROTO_ERROR_LIMIT: more than
 * PL_MAX_CONTACTS. */
GPtrArray *pl_vcard_parse (const char *data, size_t len, GError **error);
