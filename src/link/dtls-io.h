/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/train.h"

#include <openssl/bio.h>

/**
 * PlDtlsIo: what stands where OpenSSL expects a socket: one received record that it may take,
 * and the train that its datagrams go to.
 *
 * BIO_s_mem() cannot do this: it loses the boundaries between datagrams, and
 * BIO_s_dgram_mem() needs OpenSSL 3.2.
 */
typedef struct {
  const uint8_t *record; /* NULL: taken */
  size_t record_len;
  PlTrain out;
  /* The datagrams since the last one that came in: our last flight while the handshake lasts.
   */
  PlTrain flight;
  gboolean keep_flight;
  gboolean flight_answered; /* the next datagram out begins a new flight */
  BIO_METHOD *method;
} PlDtlsIo;

void pl_dtls_io_init (PlDtlsIo *self);
void pl_dtls_io_clear (PlDtlsIo *self);

/** Gives @ssl this for both directions; @self must outlive it. */
gboolean pl_dtls_io_attach (PlDtlsIo *self, SSL *ssl);

/** The next read takes @record, borrowed until then. */
void pl_dtls_io_set_record (PlDtlsIo *self, const uint8_t *record, size_t len);

/** Length of the DTLS record at the start of @data (RFC 6347 section 4.1), or 0 where none is
 * whole there. */
size_t pl_dtls_record_len (const uint8_t *data, size_t len);

/** Length of the STUN message at the start of @data (RFC 8489 section 5), or 0. */
size_t pl_stun_message_len (const uint8_t *data, size_t len);
