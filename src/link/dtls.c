/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-dtls"

#include "link/dtls.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "link/dtls-io.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string.h>

/*
 *  idle --start--> handshaking --finished--> connected --alert, error, close--> closed
 *                       \------- error, timeout, close ----------------------/
 *
 * Timers: `retransmit` repeats our flight while the handshake lasts (OpenSSL says when),
 * `give_up` ends a handshake that nobody answers. Both stop at connected and at closed.
 */
typedef enum {
  IDLE = 1,
  HANDSHAKING,
  CONNECTED,
  CLOSED
} State;

/* RFC 6347 section 4.2.4.1 proposes 1 s for the open internet. Ours starts when ICE has a pair,
 * so the path is known to work and a lost flight is the one reason to wait. OpenSSL gives up
 * after 12 timeouts, which with this bound is later than GIVE_UP_US. */
#define FIRST_TIMEOUT_US 200000
#define MAX_TIMEOUT_US   4000000
#define GIVE_UP_US       (30 * G_USEC_PER_SEC)

/* A certificate chain that anybody uses for WebRTC is one self-signed certificate. */
#define MAX_CHAIN (16 * 1024)

/* Datagrams of the handshake: what every path carries (RFC 8831 section 5). */
#define HANDSHAKE_MTU 1200

/* ECDSA before RSA and AES-128 first: hardware AES makes it the cheapest. RSA is for peers that
 * have such a certificate (GStreamer's webrtcbin). */
#define CIPHERS                                                                                \
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                                 \
  "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                                 \
  "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define GROUPS        "X25519:P-256:P-384"
#define SRTP_PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"

struct _PlDtls {
  State state;
  PlDtlsRole role;
  SSL *ssl;
  PlDtlsIo io;
  char *fingerprint;
  gboolean blocked; /* io.out holds what the path refused */
  gboolean feeding; /* answers to a received train leave as one train */
  const PlDtlsOps *ops;
  gpointer user_data;
  GThread *thread; /* everything happens here */
  PlDeadline *retransmit;
  PlDeadline *give_up;
  uint8_t plain[SSL3_RT_MAX_PLAIN_LENGTH];
};

static void
clear_dtls (gpointer data)
{
  PlDtls *self = data;
  SSL_free (self->ssl);
  pl_dtls_io_clear (&self->io);
  g_free (self->fingerprint);
}

static void
release (PlDtls *self)
{
  g_rc_box_release_full (self, clear_dtls);
}

typedef PlDtls Hold;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hold, release)

static void
stop (PlDtls *self)
{
  self->state = CLOSED;
  g_clear_pointer (&self->retransmit, pl_deadline_free);
  g_clear_pointer (&self->give_up, pl_deadline_free);
}

static void
fail (PlDtls *self, GError *reason)
{
  g_autoptr (GError) owned G_GNUC_UNUSED = reason;

  if (self->state == CLOSED)
    return;
  pl_debug (self, "closed: %s", reason->message);
  stop (self);
  self->ops->closed (reason, self->user_data);
}

static void
push (PlDtls *self)
{
  if (self->io.out.n == 0)
    return;
  guint taken = self->ops->train (&self->io.out, self->user_data);
  pl_train_drop_first (&self->io.out, taken);
  self->blocked = self->io.out.n > 0;
}

/* The alerts by which a remote says that it does not want our certificate. */
static gboolean
is_certificate_alert (int reason)
{
  switch (reason) {
  case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
  case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
  case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
  case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
    return TRUE;
  default:
    return FALSE;
  }
}

static GError *
take_openssl_error (PlDtls *self)
{
  GError *error = NULL;
  int reason = ERR_GET_REASON (ERR_peek_error ());

  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
    error = g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_AUTH,
                         "dtls: the remote's certificate is not the one it announced (%s)",
                         self->fingerprint);
  else if (is_certificate_alert (reason))
    error = g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_AUTH,
                         "dtls: the remote refused our certificate");
  else
    pl_openssl_set_error (&error, "dtls");
  ERR_clear_error ();
  return error;
}

/* What OpenSSL says after a call that brought nothing: nothing to do now, or the end. */
static void
handle_result (PlDtls *self, int result)
{
  switch (SSL_get_error (self->ssl, result)) {
  case SSL_ERROR_WANT_READ:
  case SSL_ERROR_WANT_WRITE:
    return;
  case SSL_ERROR_ZERO_RETURN:
    fail (self, g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_CLOSED, "the remote closed dtls"));
    return;
  default:
    push (self); /* the alert */
    fail (self, take_openssl_error (self));
  }
}

static void
arm_retransmit (PlDtls *self)
{
  struct timeval left;
  int64_t at = PL_NEVER;

  if (DTLSv1_get_timeout (self->ssl, &left))
    at = g_get_monotonic_time () + left.tv_sec * G_USEC_PER_SEC + left.tv_usec;
  pl_deadline_set (self->retransmit, at);
}

static void
finish_handshake (PlDtls *self)
{
  self->state = CONNECTED;
  self->io.keep_flight = FALSE;
  pl_train_reset (&self->io.flight);
  pl_deadline_set (self->retransmit, PL_NEVER);
  pl_deadline_set (self->give_up, PL_NEVER);
  pl_debug (self, "connected, %s", SSL_get_cipher_name (self->ssl));
  self->ops->connected (self->user_data);
}

static void
step_handshake (PlDtls *self)
{
  ERR_clear_error ();
  int result = SSL_do_handshake (self->ssl);
  if (result != 1)
    handle_result (self, result);
  if (self->state != HANDSHAKING)
    return;
  push (self);
  if (result == 1)
    finish_handshake (self);
  else
    arm_retransmit (self);
}

static void
read_records (PlDtls *self)
{
  while (self->state == CONNECTED) {
    ERR_clear_error ();
    int n = SSL_read (self->ssl, self->plain, sizeof self->plain);
    if (n <= 0) {
      handle_result (self, n);
      return;
    }
    self->ops->data (self->plain, n, self->user_data);
  }
}

static void
on_retransmit (gpointer user_data)
{
  g_autoptr (Hold) self = g_rc_box_acquire ((PlDtls *) user_data);

  /* OpenSSL makes the flight anew, so what the path refused of it before has no use. */
  pl_train_reset (&self->io.out);
  self->io.flight_answered = TRUE;
  ERR_clear_error ();
  int result = DTLSv1_handle_timeout (self->ssl);
  if (result < 0) {
    handle_result (self, result);
    return;
  }
  push (self);
  if (self->state == HANDSHAKING)
    arm_retransmit (self);
}

static void
on_give_up (gpointer user_data)
{
  g_autoptr (Hold) self = g_rc_box_acquire ((PlDtls *) user_data);
  fail (self, g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE,
                           "dtls: the remote did not finish the handshake in %d s",
                           (int) (GIVE_UP_US / G_USEC_PER_SEC)));
}

static unsigned int
on_next_timeout (SSL *ssl G_GNUC_UNUSED, unsigned int last_us)
{
  return last_us == 0 ? FIRST_TIMEOUT_US : MIN (last_us * 2, MAX_TIMEOUT_US);
}

/* Takes the place of OpenSSL's chain building: the fingerprint that came through the sealed
 * signaling is all that counts (RFC 8122 section 6). That the remote holds the key is proven by
 * the signatures later in the handshake. */
static int
on_verify (X509_STORE_CTX *store, void *user_data)
{
  PlDtls *self = user_data;
  if (pl_fingerprint_matches (self->fingerprint, X509_STORE_CTX_get0_cert (store)))
    return 1;
  X509_STORE_CTX_set_error (store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

static gboolean
configure (PlDtls *self, SSL_CTX *context)
{
  SSL_CTX_set_options (context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET
                                    | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify (context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  SSL_CTX_set_cert_verify_callback (context, on_verify, self);
  SSL_CTX_set_max_cert_list (context, MAX_CHAIN);
  return SSL_CTX_set_min_proto_version (context, DTLS1_2_VERSION)
         && SSL_CTX_set_cipher_list (context, CIPHERS)
         && SSL_CTX_set1_groups_list (context, GROUPS)
         && SSL_CTX_set_tlsext_use_srtp (context, SRTP_PROFILES) == 0;
}

static gboolean
make_ssl (PlDtls *self, PlCertificate *certificate, GError **error)
{
  SSL_CTX *context = SSL_CTX_new (DTLS_method ());
  gboolean ok = context != NULL && configure (self, context);

  if (!ok)
    pl_openssl_set_error (error, "dtls");
  ok = ok && pl_certificate_apply (certificate, context, error);
  if (ok && (self->ssl = SSL_new (context)) == NULL)
    pl_openssl_set_error (error, "dtls");
  SSL_CTX_free (context);
  if (self->ssl == NULL)
    return FALSE;
  if (self->role == PL_DTLS_CLIENT)
    SSL_set_connect_state (self->ssl);
  else
    SSL_set_accept_state (self->ssl);
  DTLS_set_timer_cb (self->ssl, on_next_timeout);
  DTLS_set_link_mtu (self->ssl, HANDSHAKE_MTU);
  return pl_dtls_io_attach (&self->io, self->ssl);
}

PlDtls *
pl_dtls_new (PlCertificate *certificate, PlDtlsRole role, const char *fingerprint,
             const PlDtlsOps *ops, gpointer user_data, GError **error)
{
  if (!pl_fingerprint_check (fingerprint, error))
    return NULL;
  g_autoptr (PlDtls) self = g_rc_box_new0 (PlDtls);
  self->state = IDLE;
  self->role = role;
  self->fingerprint = g_strdup (fingerprint);
  self->ops = ops;
  self->user_data = user_data;
  self->thread = g_thread_self ();
  self->retransmit = pl_deadline_new ("dtls retransmit", on_retransmit, self);
  self->give_up = pl_deadline_new ("dtls give up", on_give_up, self);
  pl_dtls_io_init (&self->io);
  if (!make_ssl (self, certificate, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
pl_dtls_free (PlDtls *self)
{
  if (self == NULL)
    return;
  stop (self);
  release (self);
}

void
pl_dtls_start (PlDtls *self)
{
  g_assert (self->thread == g_thread_self ());
  g_return_if_fail (self->state == IDLE || self->state == CLOSED);

  if (self->state == CLOSED)
    return;
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);
  self->state = HANDSHAKING;
  self->io.keep_flight = TRUE;
  pl_deadline_set (self->give_up, g_get_monotonic_time () + GIVE_UP_US);
  step_handshake (self);
}

static void
feed_record (PlDtls *self, const uint8_t *record, size_t len)
{
  pl_dtls_io_set_record (&self->io, record, len);
  if (self->state == HANDSHAKING)
    step_handshake (self);
  if (self->state == CONNECTED)
    read_records (self);
  self->io.record = NULL;
}

void
pl_dtls_feed (PlDtls *self, const uint8_t *data, size_t len)
{
  g_assert (self->thread == g_thread_self ());
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);

  if (self->state == IDLE)
    return;
  self->feeding = TRUE;
  while (len > 0 && self->state != CLOSED) {
    size_t n = pl_dtls_record_len (data, len);
    if (n > 0)
      feed_record (self, data, n);
    else
      n = pl_stun_message_len (data, len);
    if (n == 0)
      break;
    data += n;
    len -= n;
  }
  self->feeding = FALSE;
  /* Also what OpenSSL answered by itself: the repetition of a last flight that was lost. */
  if (self->state == CONNECTED && !self->blocked)
    push (self);
}

gboolean
pl_dtls_send (PlDtls *self, const uint8_t *data, size_t len)
{
  g_assert (self->thread == g_thread_self ());
  g_return_val_if_fail (len > 0 && len <= PL_MAX_DATAGRAM, FALSE);

  if (!pl_dtls_is_writable (self))
    return FALSE;
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);
  ERR_clear_error ();
  int result = SSL_write (self->ssl, data, len);
  if (result <= 0) {
    handle_result (self, result);
    return FALSE;
  }
  if (self->io.out.n == PL_TRAIN_MAX)
    push (self);
  return TRUE;
}

void
pl_dtls_flush (PlDtls *self)
{
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);
  if (self->state != CLOSED && !self->blocked && !self->feeding)
    push (self);
}

gboolean
pl_dtls_is_writable (PlDtls *self)
{
  return self->state == CONNECTED && !self->blocked;
}

void
pl_dtls_resume (PlDtls *self)
{
  g_assert (self->thread == g_thread_self ());
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);

  if (self->state == CLOSED)
    return;
  self->blocked = FALSE;
  if (self->state == HANDSHAKING && self->io.flight.n > 0) {
    pl_train_reset (&self->io.out);
    g_byte_array_append (self->io.out.bytes, self->io.flight.bytes->data,
                         self->io.flight.bytes->len);
    memcpy (self->io.out.lens, self->io.flight.lens, sizeof self->io.out.lens);
    self->io.out.n = self->io.flight.n;
  }
  push (self);
}

void
pl_dtls_close (PlDtls *self)
{
  g_assert (self->thread == g_thread_self ());
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);

  if (self->state == CONNECTED) {
    ERR_clear_error ();
    SSL_shutdown (self->ssl);
    push (self);
  }
  stop (self);
}

gboolean
pl_dtls_export (PlDtls *self, const char *label, uint8_t *out, size_t len)
{
  if (self->state != CONNECTED)
    return FALSE;
  return SSL_export_keying_material (self->ssl, out, len, label, strlen (label),
                                     /* context = */ NULL, 0, /* use_context = */ FALSE)
         == 1;
}

const char *
pl_dtls_get_srtp_profile (PlDtls *self)
{
  const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile (self->ssl);
  return profile ? profile->name : NULL;
}
