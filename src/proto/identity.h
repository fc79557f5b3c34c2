/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * PlIdentity: who a device is, for as long as it lives: an Ed25519 key to sign with and an
 * X25519 key to agree with (PROTOCOL.md, "Identities"). Its text form is what the state folder
 * keeps.
 */
typedef struct _PlIdentity PlIdentity;

PlIdentity *pl_identity_new (void);
void pl_identity_free (PlIdentity *self);

/** Reads what pl_identity_print() wrote; PL_CONFIG_ERROR_INVALID. */
PlIdentity *pl_identity_parse (const char *text, GError **error);

/** Both secret keys: for a file that only the owner reads. Free with pl_secret_free(). */
char *pl_identity_print (const PlIdentity *self);

/** What others may know, "ed25519:BASE64 x25519:BASE64"; lives as long as @self. */
const char *pl_identity_get_public (const PlIdentity *self);

/** TRUE if @text is a public identity as above. */
gboolean pl_identity_is_public (const char *text);

/** The static Diffie-Hellman secret of us and @remote_public, 32 bytes that are wiped when the
 * last reference goes: what a paired meeting is made of (pl_code_new_paired()).
 * PL_CONFIG_ERROR_INVALID for a public identity that is malformed or of small order. */
GBytes *pl_identity_agree (const PlIdentity *self, const char *remote_public, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlIdentity, pl_identity_free)
