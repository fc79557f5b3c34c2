/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "link/dtls.h"
#include "tests/lib/pl-test.h"
#include "tests/pair/wire.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string.h>

/* Two DTLS ends joined by two wires. */
typedef struct {
  PlDtls *dtls;
  Wire *out;
  gboolean refuse; /* the path takes nothing */
  gboolean connected;
  gboolean closed;
  gboolean ready; /* connected or closed */
  GError *reason;
  GString *received;
  gboolean free_in_data;
} End;

typedef struct {
  PlCertificate *certificates[2];
  End ends[2];
} Pair;

enum {
  CLIENT,
  SERVER
};

static guint
on_train (const PlTrain *train, gpointer user_data)
{
  End *end = user_data;
  const uint8_t *data = train->bytes->data;

  if (end->refuse)
    return 0;
  for (guint i = 0; i < train->n; i++) {
    wire_send (end->out, data, train->lens[i]);
    data += train->lens[i];
  }
  return train->n;
}

static void
on_connected (gpointer user_data)
{
  End *end = user_data;
  g_assert_false (end->connected);
  end->connected = end->ready = TRUE;
}

static void
on_data (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  g_assert_true (end->connected);
  g_assert_false (end->closed);
  g_string_append_len (end->received, (const char *) data, len);
  if (end->free_in_data)
    g_clear_pointer (&end->dtls, pl_dtls_free);
}

static void
on_closed (const GError *reason, gpointer user_data)
{
  End *end = user_data;
  g_assert_false (end->closed);
  end->closed = end->ready = TRUE;
  end->reason = g_error_copy (reason);
}

static const PlDtlsOps ops = { on_train, on_connected, on_data, on_closed };

static void
on_deliver (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  if (end->dtls != NULL)
    pl_dtls_feed (end->dtls, data, len);
}

static void
pair_init (Pair *pair, const WireConfig *config)
{
  g_autoptr (GError) error = NULL;

  memset (pair, 0, sizeof *pair);
  for (int i = 0; i < 2; i++) {
    WireConfig own = *config;
    own.seed += i;
    pair->certificates[i] = pl_certificate_new (&error);
    g_assert_no_error (error);
    pair->ends[i].received = g_string_new (NULL);
    pair->ends[i].out = wire_new (&own, on_deliver, &pair->ends[1 - i]);
  }
  for (int i = 0; i < 2; i++) {
    pair->ends[i].dtls
        = pl_dtls_new (pair->certificates[i], i == CLIENT ? PL_DTLS_CLIENT : PL_DTLS_SERVER,
                       pl_certificate_get_fingerprint (pair->certificates[1 - i]), &ops,
                       &pair->ends[i], &error);
    g_assert_no_error (error);
  }
}

static void
pair_clear (Pair *pair)
{
  for (int i = 0; i < 2; i++) {
    pl_dtls_free (pair->ends[i].dtls);
    wire_free (pair->ends[i].out);
    g_string_free (pair->ends[i].received, TRUE);
    g_clear_error (&pair->ends[i].reason);
    pl_certificate_unref (pair->certificates[i]);
  }
}

static void
pair_wait (Pair *pair)
{
  for (int i = 0; i < 2; i++)
    pl_test_run_until (NULL, &pair->ends[i].ready, 20000);
  g_assert_true (pair->ends[CLIENT].connected && pair->ends[SERVER].connected);
}

static void
pair_connect (Pair *pair)
{
  pl_dtls_start (pair->ends[SERVER].dtls);
  pl_dtls_start (pair->ends[CLIENT].dtls);
  pair_wait (pair);
}

static gboolean
has_received (gpointer user_data)
{
  End *end = user_data;
  return end->received->len > 0 || end->closed;
}

static void
run_until (GSourceFunc done, gpointer user_data)
{
  while (!done (user_data)) /* the watchdog bounds it */
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_talk (Pair *pair)
{
  for (int i = 0; i < 2; i++) {
    g_assert_true (pl_dtls_send (pair->ends[i].dtls, (const uint8_t *) "hello", 5));
    pl_dtls_flush (pair->ends[i].dtls);
  }
  for (int i = 0; i < 2; i++) {
    run_until (has_received, &pair->ends[i]);
    g_assert_cmpstr (pair->ends[i].received->str, ==, "hello");
  }
}

static void
test_handshake (void)
{
  Pair pair;
  uint8_t keys[2][32];

  pair_init (&pair, &(WireConfig){ .delay_us = 1000 });
  g_assert_false (pl_dtls_send (pair.ends[0].dtls, (const uint8_t *) "early", 5));
  g_assert_false (pl_dtls_export (pair.ends[0].dtls, "EXPORTER-test", keys[0], 32));
  pair_connect (&pair);
  for (int i = 0; i < 2; i++) {
    g_assert_true (pl_dtls_export (pair.ends[i].dtls, "EXPORTER-test", keys[i], 32));
    g_assert_cmpstr (pl_dtls_get_srtp_profile (pair.ends[i].dtls), ==, "SRTP_AEAD_AES_128_GCM");
  }
  g_assert_cmpmem (keys[0], 32, keys[1], 32);
  assert_talk (&pair);
  pair_clear (&pair);
}

/* The first datagrams of one end are lost, each once. */
static gboolean
drop_nth (guint index, const uint8_t *data G_GNUC_UNUSED, size_t len G_GNUC_UNUSED,
          gpointer user_data)
{
  return index != GPOINTER_TO_UINT (user_data);
}

static void
test_loss_of_each (void)
{
  for (int end = 0; end < 2; end++)
    for (guint n = 0; n < 6; n++) {
      Pair pair;
      pair_init (&pair, &(WireConfig){ .delay_us = 1000 });
      wire_set_filter (pair.ends[end].out, drop_nth, GUINT_TO_POINTER (n));
      int64_t start = g_get_monotonic_time ();
      pair_connect (&pair);
      /* One timeout at most, and none of the customary second. */
      g_assert_cmpint (g_get_monotonic_time () - start, <, 900000);
      wire_set_filter (pair.ends[end].out, NULL, NULL);
      assert_talk (&pair);
      pair_clear (&pair);
    }
}

static void
test_bad_path (void)
{
  guint32 seed = pl_test_seed ();
  for (guint i = 0; i < 5; i++) {
    Pair pair;
    pair_init (&pair, &(WireConfig){ .seed = seed + i * 2,
                                     .delay_us = 3000,
                                     .loss_permille = 150,
                                     .reorder_permille = 200,
                                     .duplicate_permille = 100 });
    pair_connect (&pair);
    pair_clear (&pair);
  }
}

static void
test_wrong_fingerprint (void)
{
  for (int liar = 0; liar < 2; liar++) {
    g_autoptr (PlCertificate) other = pl_certificate_new (NULL);
    Pair pair;
    pair_init (&pair, &(WireConfig){ 0 });
    /* The end `1 - liar` expects a certificate that `liar` does not have. */
    End *honest = &pair.ends[1 - liar];
    pl_dtls_free (honest->dtls);
    honest->dtls = pl_dtls_new (pair.certificates[1 - liar],
                                liar == CLIENT ? PL_DTLS_SERVER : PL_DTLS_CLIENT,
                                pl_certificate_get_fingerprint (other), &ops, honest, NULL);
    pl_dtls_start (pair.ends[SERVER].dtls);
    pl_dtls_start (pair.ends[CLIENT].dtls);
    for (int i = 0; i < 2; i++)
      pl_test_run_until (NULL, &pair.ends[i].closed, 5000);
    g_assert_false (honest->connected);
    g_assert_error (honest->reason, PL_LINK_ERROR, PL_LINK_ERROR_AUTH);
    g_assert_error (pair.ends[liar].reason, PL_LINK_ERROR, PL_LINK_ERROR_AUTH);
    pair_clear (&pair);
  }
}

static void
test_bad_fingerprints (void)
{
  static const struct {
    const char *text;
    int code;
  } cases[] = {
    { "sha-1 AA:BB", PL_PROTO_ERROR_UNSUPPORTED },
    { "", PL_PROTO_ERROR_UNSUPPORTED },
    { "sha-256", PL_PROTO_ERROR_UNSUPPORTED },
    { "sha-256 ", PL_PROTO_ERROR_INVALID },
    { "sha-256 AA:BB", PL_PROTO_ERROR_INVALID },
    { "sha-256 "
      "AA:BB:AA:BB:AA:BB:AA:BB:AA:BB:AA:BB:AA:BB:AA:BB:AA:BB:AA:BB:AA:BB:AA:BB:AA:BB:AA:BB:AA:"
      "BB"
      ":AA:BG",
      PL_PROTO_ERROR_INVALID },
  };
  g_autoptr (PlCertificate) certificate = pl_certificate_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (
        pl_dtls_new (certificate, PL_DTLS_CLIENT, cases[i].text, &ops, NULL, &error));
    g_assert_error (error, PL_PROTO_ERROR, cases[i].code);
  }
}

/* Both ends' first flights are refused by the path, which then becomes writable. */
static void
test_resume (void)
{
  Pair pair;
  pair_init (&pair, &(WireConfig){ 0 });
  pair.ends[CLIENT].refuse = pair.ends[SERVER].refuse = TRUE;
  pl_dtls_start (pair.ends[SERVER].dtls);
  pl_dtls_start (pair.ends[CLIENT].dtls);
  pair.ends[CLIENT].refuse = FALSE;
  int64_t start = g_get_monotonic_time ();
  pl_dtls_resume (pair.ends[CLIENT].dtls);
  while (!pair.ends[SERVER].ready && wire_get_n_sent (pair.ends[CLIENT].out) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_main_context_iteration (NULL, TRUE);
  pair.ends[SERVER].refuse = FALSE;
  pl_dtls_resume (pair.ends[SERVER].dtls);
  for (int i = 0; i < 2; i++)
    pl_test_run_until (NULL, &pair.ends[i].ready, 5000);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 150000); /* no timer had to fire */

  /* And after the handshake: what is refused is kept, what comes then is not taken. */
  pair.ends[CLIENT].refuse = TRUE;
  g_assert_true (pl_dtls_send (pair.ends[CLIENT].dtls, (const uint8_t *) "kept", 4));
  pl_dtls_flush (pair.ends[CLIENT].dtls);
  g_assert_false (pl_dtls_is_writable (pair.ends[CLIENT].dtls));
  g_assert_false (pl_dtls_send (pair.ends[CLIENT].dtls, (const uint8_t *) "not", 3));
  pair.ends[CLIENT].refuse = FALSE;
  pl_dtls_resume (pair.ends[CLIENT].dtls);
  g_assert_true (pl_dtls_send (pair.ends[CLIENT].dtls, (const uint8_t *) "!", 1));
  pl_dtls_flush (pair.ends[CLIENT].dtls);
  while (pair.ends[SERVER].received->len < 5)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (pair.ends[SERVER].received->str, ==, "kept!");
  pair_clear (&pair);
}

static void
test_close (void)
{
  Pair pair;
  pair_init (&pair, &(WireConfig){ .delay_us = 500 });
  pair_connect (&pair);
  pl_dtls_send (pair.ends[SERVER].dtls, (const uint8_t *) "last", 4);
  pl_dtls_close (pair.ends[SERVER].dtls);
  pl_test_run_until (NULL, &pair.ends[CLIENT].closed, 5000);
  g_assert_error (pair.ends[CLIENT].reason, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  g_assert_cmpstr (pair.ends[CLIENT].received->str, ==, "last");
  g_assert_false (pair.ends[SERVER].closed);
  g_assert_false (pl_dtls_send (pair.ends[CLIENT].dtls, (const uint8_t *) "x", 1));
  pair_clear (&pair);
}

/* Every second datagram looks like a record of epoch 1. */
static void
feed_garbage (GRand *rand, PlDtls *dtls)
{
  static const uint8_t header[13] = { 23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 0, 51 };

  for (guint n = 0; n < 1000; n++) {
    uint8_t junk[64];
    for (guint i = 0; i < sizeof junk; i++)
      junk[i] = g_rand_int (rand);
    if (n % 2) {
      memcpy (junk, header, sizeof header);
      junk[0] = 20 + n % 4;
      junk[10] = n;
    }
    pl_dtls_feed (dtls, junk, g_rand_int_range (rand, 0, sizeof junk + 1));
  }
}

/* Garbage before, during and after the handshake changes nothing. */
static void
test_garbage (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (pl_test_seed ());
  Pair pair;

  pair_init (&pair, &(WireConfig){ .delay_us = 500 });
  feed_garbage (rand, pair.ends[SERVER].dtls);
  pl_dtls_start (pair.ends[SERVER].dtls);
  feed_garbage (rand, pair.ends[SERVER].dtls);
  pl_dtls_start (pair.ends[CLIENT].dtls);
  feed_garbage (rand, pair.ends[CLIENT].dtls);
  pair_wait (&pair);
  for (int i = 0; i < 2; i++)
    feed_garbage (rand, pair.ends[i].dtls);
  assert_talk (&pair);
  pair_clear (&pair);
}

/* One buffer as the kernel's GRO makes it: records, a STUN message between them, junk behind.
 */
static gboolean
collect (guint index G_GNUC_UNUSED, const uint8_t *data, size_t len, gpointer user_data)
{
  static const uint8_t stun[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
  GByteArray *bytes = user_data;
  g_byte_array_append (bytes, data, len);
  g_byte_array_append (bytes, stun, sizeof stun);
  return FALSE;
}

static void
test_coalesced (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Pair pair;

  pair_init (&pair, &(WireConfig){ 0 });
  pair_connect (&pair);
  wire_set_filter (pair.ends[CLIENT].out, collect, bytes);
  for (char c = '0'; c <= '9'; c++)
    pl_dtls_send (pair.ends[CLIENT].dtls, (const uint8_t *) &c, 1);
  pl_dtls_flush (pair.ends[CLIENT].dtls);
  g_byte_array_append (bytes, (const uint8_t *) "\x80junk", 5);
  pl_dtls_feed (pair.ends[SERVER].dtls, bytes->data, bytes->len);
  g_assert_cmpstr (pair.ends[SERVER].received->str, ==, "0123456789");
  /* All of it once more: a replay brings nothing. */
  pl_dtls_feed (pair.ends[SERVER].dtls, bytes->data, bytes->len);
  g_assert_cmpstr (pair.ends[SERVER].received->str, ==, "0123456789");

  /* Freed by the owner in the middle of a train. */
  g_byte_array_set_size (bytes, 0);
  pair.ends[SERVER].free_in_data = TRUE;
  for (char c = 'a'; c <= 'c'; c++)
    pl_dtls_send (pair.ends[CLIENT].dtls, (const uint8_t *) &c, 1);
  pl_dtls_flush (pair.ends[CLIENT].dtls);
  pl_dtls_feed (pair.ends[SERVER].dtls, bytes->data, bytes->len);
  g_assert_cmpstr (pair.ends[SERVER].received->str, ==, "0123456789a");
  pair_clear (&pair);
}

/* The last flight of the server is lost, and it has been connected for long: it repeats it. */
static gboolean
drop_after_first (guint index, const uint8_t *data G_GNUC_UNUSED, size_t len G_GNUC_UNUSED,
                  gpointer user_data)
{
  guint *n_first_flight = user_data;
  if (*n_first_flight == 0 && data[0] == 20) /* ChangeCipherSpec begins the last flight */
    *n_first_flight = index;
  return *n_first_flight == 0;
}

static void
test_last_flight (void)
{
  guint n_first_flight = 0;
  Pair pair;

  pair_init (&pair, &(WireConfig){ .delay_us = 500 });
  wire_set_filter (pair.ends[SERVER].out, drop_after_first, &n_first_flight);
  pl_dtls_start (pair.ends[SERVER].dtls);
  pl_dtls_start (pair.ends[CLIENT].dtls);
  pl_test_run_until (NULL, &pair.ends[SERVER].connected, 5000);
  g_assert_false (pair.ends[CLIENT].connected);
  wire_set_filter (pair.ends[SERVER].out, NULL, NULL);
  pl_test_run_until (NULL, &pair.ends[CLIENT].connected, 5000);
  assert_talk (&pair);
  pair_clear (&pair);
}

/* A plain OpenSSL end with an RSA certificate, as GStreamer's webrtcbin has. */
typedef struct {
  SSL_CTX *context;
  SSL *ssl;
  char *fingerprint;
} RsaEnd;

static void
rsa_init (RsaEnd *rsa, gboolean server)
{
  EVP_PKEY *key = EVP_RSA_gen (2048);
  X509 *x509 = X509_new ();
  uint8_t digest[32];

  ASN1_INTEGER_set (X509_get_serialNumber (x509), 1);
  X509_gmtime_adj (X509_getm_notBefore (x509), 0);
  X509_gmtime_adj (X509_getm_notAfter (x509), 3600);
  X509_set_pubkey (x509, key);
  g_assert_cmpint (X509_sign (x509, key, EVP_sha256 ()), >, 0);
  X509_digest (x509, EVP_sha256 (), digest, NULL);
  GString *text = g_string_new ("SHA-256");
  for (guint i = 0; i < sizeof digest; i++)
    g_string_append_printf (text, "%c%02x", i ? ':' : ' ', digest[i]);
  rsa->fingerprint = g_string_free (text, FALSE);
  rsa->context = SSL_CTX_new (DTLS_method ());
  SSL_CTX_use_certificate (rsa->context, x509);
  SSL_CTX_use_PrivateKey (rsa->context, key);
  rsa->ssl = SSL_new (rsa->context);
  SSL_set_options (rsa->ssl, SSL_OP_NO_QUERY_MTU);
  DTLS_set_link_mtu (rsa->ssl, 1200);
  SSL_set_bio (rsa->ssl, BIO_new (BIO_s_mem ()), BIO_new (BIO_s_mem ()));
  if (server)
    SSL_set_accept_state (rsa->ssl);
  else
    SSL_set_connect_state (rsa->ssl);
  X509_free (x509);
  EVP_PKEY_free (key);
}

static void
test_rsa_peer (void)
{
  for (int role = 0; role < 2; role++) {
    g_autoptr (PlCertificate) certificate = pl_certificate_new (NULL);
    End end = { .received = g_string_new (NULL) };
    RsaEnd rsa;
    uint8_t buffer[8192];

    rsa_init (&rsa, /* server = */ role == 0);
    end.out = wire_new (&(WireConfig){ 0 }, NULL, NULL);
    end.dtls = pl_dtls_new (certificate, role == 0 ? PL_DTLS_CLIENT : PL_DTLS_SERVER,
                            rsa.fingerprint, &ops, &end, NULL);
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    pl_dtls_start (end.dtls);
    for (guint round = 0; round < 10 && !SSL_is_init_finished (rsa.ssl); round++) {
      /* What our end sends goes over a filter that takes it off the wire. */
      SSL_do_handshake (rsa.ssl);
      int n = BIO_read (SSL_get_wbio (rsa.ssl), buffer, sizeof buffer);
      g_byte_array_set_size (bytes, 0);
      wire_free (end.out);
      end.out = wire_new (&(WireConfig){ 0 }, NULL, NULL);
      wire_set_filter (end.out, collect, bytes);
      if (n > 0)
        pl_dtls_feed (end.dtls, buffer, n);
      else
        pl_dtls_resume (end.dtls);
      for (guint at = 0; at < bytes->len;) {
        guint len = 13 + (bytes->data[at + 11] << 8 | bytes->data[at + 12]);
        if (bytes->data[at] >= 20) {
          BIO_write (SSL_get_rbio (rsa.ssl), bytes->data + at, len);
          SSL_do_handshake (rsa.ssl);
        }
        at += bytes->data[at] >= 20 ? len : 20;
      }
    }
    int n = BIO_read (SSL_get_wbio (rsa.ssl), buffer, sizeof buffer);
    if (n > 0)
      pl_dtls_feed (end.dtls, buffer, n);
    g_assert_true (end.connected);
    g_assert_true (SSL_is_init_finished (rsa.ssl));
    pl_dtls_free (end.dtls);
    wire_free (end.out);
    g_string_free (end.received, TRUE);
    SSL_free (rsa.ssl);
    SSL_CTX_free (rsa.context);
    g_free (rsa.fingerprint);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/dtls/handshake", test_handshake);
  g_test_add_func ("/dtls/loss-of-each", test_loss_of_each);
  g_test_add_func ("/dtls/last-flight", test_last_flight);
  g_test_add_func ("/dtls/bad-path", test_bad_path);
  g_test_add_func ("/dtls/wrong-fingerprint", test_wrong_fingerprint);
  g_test_add_func ("/dtls/bad-fingerprints", test_bad_fingerprints);
  g_test_add_func ("/dtls/resume", test_resume);
  g_test_add_func ("/dtls/close", test_close);
  g_test_add_func ("/dtls/garbage", test_garbage);
  g_test_add_func ("/dtls/coalesced", test_coalesced);
  g_test_add_func ("/dtls/rsa-peer", test_rsa_peer);
  return g_test_run ();
}
