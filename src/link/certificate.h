/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <openssl/types.h>

/** PlCertificate: a self-signed ECDSA P-256 certificate and its key (RFC 8827 section 6.5), for
 * one process or one identity. Shared by reference. */
typedef struct _PlCertificate PlCertificate;

/** Takes about a millisecond. PL_LINK_ERROR_FAILED when OpenSSL refuses. */
PlCertificate *pl_certificate_new (GError **error);
PlCertificate *pl_certificate_ref (PlCertificate *self);
void pl_certificate_unref (PlCertificate *self);

/** "sha-256 AB:CD:..." as in a=fingerprint (RFC 8122). */
const char *pl_certificate_get_fingerprint (PlCertificate *self);

/** Makes @context present this certificate. */
gboolean pl_certificate_apply (PlCertificate *self, SSL_CTX *context, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlCertificate, pl_certificate_unref)

/** Whether @text is a fingerprint of a hash that we know (sha-256, sha-384, sha-512) and of its
 * length; else PL_PROTO_ERROR_UNSUPPORTED or PL_PROTO_ERROR_INVALID. */
gboolean pl_fingerprint_check (const char *text, GError **error);

/** Whether @certificate has the fingerprint @expected (valid by pl_fingerprint_check()). */
gboolean pl_fingerprint_matches (const char *expected, const X509 *certificate);

/** Empties OpenSSL's error queue into PL_LINK_ERROR_FAILED: "@what: reason". */
void pl_openssl_set_error (GError **error, const char *what);
