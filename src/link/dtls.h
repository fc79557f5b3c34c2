/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/train.h"
#include "link/certificate.h"

#include <glib.h>
#include <stdint.h>

/**
 * PlDtls: DTLS 1.2 over memory (RFC 6347, RFC 8827 section 6.5): datagrams in, trains of
 * datagrams out.
 *
 * The remote's certificate is checked against the fingerprint from its description before the
 * connected op; a mismatch is told to the remote by an alert and closed with
 * PL_LINK_ERROR_AUTH.
 *
 * Lives in the context that is the thread's default when it is made. Ops may run inside any
 * call but pl_dtls_new() and pl_dtls_free(), and may free it.
 */
typedef struct _PlDtls PlDtls;

typedef enum {
  PL_DTLS_CLIENT,
  PL_DTLS_SERVER
} PlDtlsRole;

typedef struct {
  /** Datagrams to send now. Returns how many were taken; the rest is kept and offered again at
   * pl_dtls_resume(). */
  guint (*train) (const PlTrain *train, gpointer user_data);
  void (*connected) (gpointer user_data);
  /** One decrypted record; borrowed for the call. */
  void (*data) (const uint8_t *data, size_t len, gpointer user_data);
  /** Exactly once, last, but not after pl_dtls_close(), which the owner knows of.
   * PL_LINK_ERROR_CLOSED when the remote said close_notify, PL_LINK_ERROR_AUTH when one of the
   * two certificates was refused, PL_LINK_ERROR_UNREACHABLE when the handshake got no answer
   * for 30 s, PL_LINK_ERROR_FAILED for anything else. */
  void (*closed) (const GError *reason, gpointer user_data);
} PlDtlsOps;

/** @fingerprint: "sha-256 AB:..." of the remote; sha-256, sha-384 and sha-512 are known.
 * @ops must outlive the object. */
PlDtls *pl_dtls_new (PlCertificate *certificate, PlDtlsRole role, const char *fingerprint,
                     const PlDtlsOps *ops, gpointer user_data, GError **error);

/** Nothing is sent and no op runs any more. */
void pl_dtls_free (PlDtls *self);

/** Starts the handshake: the client sends its first flight, the server answers one. */
void pl_dtls_start (PlDtls *self);

/** One received datagram or coalesced train. What is no record and no STUN message is dropped
 * with what follows it, a record that does not authenticate is dropped alone (RFC 6347 section
 * 4.1.2.7). Nothing is taken before pl_dtls_start(). */
void pl_dtls_feed (PlDtls *self, const uint8_t *data, size_t len);

/** Encrypts @data (1 to PL_MAX_DATAGRAM bytes) into the current train. Trains leave when full,
 * at pl_dtls_flush(), and at the end of pl_dtls_feed(), inside of which a flush waits for that.
 * FALSE when the path does not take more: wait for the path, then pl_dtls_resume(); also FALSE
 * before connected. */
gboolean pl_dtls_send (PlDtls *self, const uint8_t *data, size_t len);
void pl_dtls_flush (PlDtls *self);

/** The path is there or writable again: sends what was kept, and repeats the last flight of an
 * unfinished handshake. */
void pl_dtls_resume (PlDtls *self);

/** Whether pl_dtls_send() would take something now. */
gboolean pl_dtls_is_writable (PlDtls *self);

/** Sends what the current train holds and close_notify. No op but train runs, and none after.
 */
void pl_dtls_close (PlDtls *self);

/** Keying material (RFC 5705) without context, for SRTP (RFC 5764) and for channel binding;
 * FALSE before connected. */
gboolean pl_dtls_export (PlDtls *self, const char *label, uint8_t *out, size_t len);

/** The negotiated SRTP profile's name (of OpenSSL, "SRTP_AEAD_AES_128_GCM") or NULL. */
const char *pl_dtls_get_srtp_profile (PlDtls *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlDtls, pl_dtls_free)
