/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-dtls"

#include "link/dtls-io.h"

#include "base/bytes.h"

#include <openssl/ssl.h>

#include <string.h>

static int
on_write (BIO *bio, const char *data, size_t len, size_t *written)
{
  PlDtlsIo *self = BIO_get_data (bio);

  BIO_clear_retry_flags (bio);
  if (self->flight_answered) {
    pl_train_reset (&self->flight);
    self->flight_answered = FALSE;
  }
  if (self->keep_flight)
    pl_train_append (&self->flight, (const uint8_t *) data, len);
  /* A full train that the path does not take loses the datagram, as a full socket would. */
  pl_train_append (&self->out, (const uint8_t *) data, len);
  *written = len;
  return 1;
}

static int
on_read (BIO *bio, char *data, size_t len, size_t *n_read)
{
  PlDtlsIo *self = BIO_get_data (bio);

  BIO_clear_retry_flags (bio);
  if (self->record == NULL) {
    BIO_set_retry_read (bio);
    return -1;
  }
  *n_read = MIN (len, self->record_len);
  memcpy (data, self->record, *n_read);
  self->record = NULL;
  return 1;
}

static long
on_ctrl (BIO *bio G_GNUC_UNUSED, int command, long number G_GNUC_UNUSED,
         void *pointer G_GNUC_UNUSED)
{
  /* OpenSSL flushes after each flight; the other questions (MTU, timeouts) have no answer here.
   */
  return command == BIO_CTRL_FLUSH;
}

void
pl_dtls_io_init (PlDtlsIo *self)
{
  pl_train_init (&self->out);
  pl_train_init (&self->flight);
  self->method = BIO_meth_new (BIO_TYPE_SOURCE_SINK, "punchline");
  BIO_meth_set_write_ex (self->method, on_write);
  BIO_meth_set_read_ex (self->method, on_read);
  BIO_meth_set_ctrl (self->method, on_ctrl);
}

void
pl_dtls_io_clear (PlDtlsIo *self)
{
  pl_train_clear (&self->out);
  pl_train_clear (&self->flight);
  g_clear_pointer (&self->method, BIO_meth_free);
}

gboolean
pl_dtls_io_attach (PlDtlsIo *self, SSL *ssl)
{
  BIO *bio = BIO_new (self->method);
  if (bio == NULL)
    return FALSE;
  BIO_set_data (bio, self);
  BIO_set_init (bio, 1);
  SSL_set_bio (ssl, bio, bio);
  return TRUE;
}

void
pl_dtls_io_set_record (PlDtlsIo *self, const uint8_t *record, size_t len)
{
  self->record = record;
  self->record_len = len;
  self->flight_answered = TRUE;
}

size_t
pl_dtls_record_len (const uint8_t *data, size_t len)
{
  PlReader r = PL_READER_INIT (data, len);
  uint8_t type = pl_reader_u8 (&r);
  uint16_t version = pl_reader_u16 (&r);

  pl_reader_bytes (&r, 8); /* epoch, sequence number */
  uint16_t n = pl_reader_u16 (&r);
  /* RFC 7983 section 7 gives 20 to 63 to DTLS; the first flight may say DTLS 1.0. */
  if (type < 20 || type > 63 || (version != 0xfefd && version != 0xfeff) || n == 0)
    return 0;
  return pl_reader_bytes (&r, n) ? r.pos : 0;
}

size_t
pl_stun_message_len (const uint8_t *data, size_t len)
{
  PlReader r = PL_READER_INIT (data, len);
  uint16_t type = pl_reader_u16 (&r);
  uint16_t n = pl_reader_u16 (&r);
  uint32_t cookie = pl_reader_u32 (&r);

  pl_reader_bytes (&r, 12); /* transaction */
  if (type > 0x3fff || n % 4 != 0 || cookie != 0x2112a442)
    return 0;
  return pl_reader_bytes (&r, n) ? r.pos : 0;
}
