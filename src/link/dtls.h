/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/train.h"

#include <gio/gio.h>
#include <stdint.h>

/** PlCertificate: a self-signed ECDSA P-256 certificate and its key, for one process or one
 * identity. Reference counted by its users through ref/unref. */
typedef struct _PlCertificate PlCertificate;

PlCertificate *pl_certificate_new (GError **error);
PlCertificate *pl_certificate_ref (PlCertificate *self);
void pl_certificate_unref (PlCertificate *self);

/** "sha-256 AB:CD:..." as in a=fingerprint (RFC 8122). */
const char *pl_certificate_get_fingerprint (PlCertificate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlCertificate, pl_certificate_unref)

/**
 * PlDtls: DTLS 1.2 over memory (RFC 6347, RFC 8827 section 6.5): datagrams in, trains of
 * datagrams out.
 *
 * The remote's certificate is checked against the fingerprint from its description before the
 * connected op; a mismatch is closed with PL_LINK_ERROR_AUTH.
 */
typedef struct _PlDtls PlDtls;

typedef enum { PL_DTLS_CLIENT, PL_DTLS_SERVER } PlDtlsRole;

typedef struct {
  /** Datagrams to send now. Returns how many were taken; the rest is kept and offered again at
   * pl_dtls_resume(). Handshake datagrams that are not taken are retransmitted by the timer and by pl_dtls_resume(). */
  guint (*train) (const PlTrain *train, gpointer user_data);
  void (*connected) (gpointer user_data);
  /** One decrypted record; borrowed for the call. */
  void (*data) (const uint8_t *data, size_t len, gpointer user_data);
  /** Exactly once, last. PL_LINK_ERROR_CLOSED when the remote said close_notify. */
  void (*closed) (const GError *reason, gpointer user_data);
} PlDtlsOps;

/** @fingerprint: "sha-256 AB:..." of the remote; sha-256, sha-384 and sha-512 are known. */
PlDtls *pl_dtls_new (PlCertificate *certificate, PlDtlsRole role, const char *fingerprint,
                     const PlDtlsOps *ops, gpointer user_data, GError **error);
void pl_dtls_free (PlDtls *self);

/** Starts the handshake (the client sends its first flight). */
void pl_dtls_start (PlDtls *self);

/** One received datagram or coalesced train. Garbage is dropped, never an error (RFC 6347
 * section 4.1.2.7). May run any op. */
void pl_dtls_feed (PlDtls *self, const uint8_t *data, size_t len);

/** Encrypts @data into the current train. Trains leave when full and at pl_dtls_flush().
 * FALSE when the path does not take more: wait for the path, then pl_dtls_resume(). */
gboolean pl_dtls_send (PlDtls *self, const uint8_t *data, size_t len);
void pl_dtls_flush (PlDtls *self);

/** The path is there or writable again: sends what was kept, and repeats the last flight of an unfinished handshake. */
void pl_dtls_resume (PlDtls *self);

/** Sends close_notify. */
void pl_dtls_close (PlDtls *self);

/** Keying material for SRTP (RFC 5764) and for channel binding; FALSE before connected. */
gboolean pl_dtls_export (PlDtls *self, const char *label, uint8_t *out, size_t len);
/** The negotiated SRTP profile's name or NULL. */
const char *pl_dtls_get_srtp_profile (PlDtls *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlDtls, pl_dtls_free)
