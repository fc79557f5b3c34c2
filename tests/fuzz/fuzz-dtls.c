/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "link/dtls.h"

#include <string.h>

/* Two ends in one process; the input, cut into datagrams by a length byte before each, reaches
 * them before, during and after the handshake. Never may an end read data that the other did
 * not send, and none that was connected may be closed. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

typedef struct {
  PlDtls *dtls;
  GQueue inbox; /* of GBytes */
  GQueue *outbox;
  gboolean connected;
  gboolean closed;
  guint n_received;
} End;

static guint
on_train (const PlTrain *train, gpointer user_data)
{
  End *end = user_data;
  g_queue_push_tail (end->outbox, g_bytes_new (train->bytes->data, train->bytes->len));
  return train->n;
}

static void
on_connected (gpointer user_data)
{
  End *end = user_data;
  end->connected = TRUE;
}

static void
on_data (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  g_assert_true (len == 4 && memcmp (data, "true", 4) == 0);
  end->n_received++;
}

static void
on_closed (const GError *reason, gpointer user_data)
{
  End *end = user_data;
  g_assert_nonnull (reason);
  g_assert_false (end->closed);
  g_assert_false (end->connected);
  end->closed = TRUE;
}

static const PlDtlsOps ops = { on_train, on_connected, on_data, on_closed };

static void
feed_pieces (PlDtls *dtls, const uint8_t *data, size_t len)
{
  while (len > 0) {
    size_t n = MIN (data[0], len - 1);
    pl_dtls_feed (dtls, data + 1, n);
    data += 1 + n;
    len -= 1 + n;
  }
}

static void
exchange (End *ends)
{
  for (guint i = 0; i < 20; i++)
    for (GBytes *bytes; (bytes = g_queue_pop_head (&ends[i % 2].inbox)) != NULL;) {
      pl_dtls_feed (ends[i % 2].dtls, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      g_bytes_unref (bytes);
    }
}

static gpointer
make_certificate (gpointer data G_GNUC_UNUSED)
{
  return pl_certificate_new (NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  static GOnce once = G_ONCE_INIT;
  PlCertificate *certificate = g_once (&once, make_certificate, NULL);
  End ends[2] = { 0 };

  for (guint i = 0; i < 2; i++) {
    g_queue_init (&ends[i].inbox);
    ends[i].outbox = &ends[1 - i].inbox;
    ends[i].dtls
        = pl_dtls_new (certificate, i == 0 ? PL_DTLS_CLIENT : PL_DTLS_SERVER,
                       pl_certificate_get_fingerprint (certificate), &ops, &ends[i], NULL);
  }
  /* The first byte says when. */
  for (guint i = 0; len > 0 && data[0] % 3 == 0 && i < 2; i++)
    feed_pieces (ends[i].dtls, data + 1, len - 1);
  pl_dtls_start (ends[1].dtls);
  pl_dtls_start (ends[0].dtls);
  for (guint i = 0; len > 0 && data[0] % 3 == 1 && i < 2; i++)
    feed_pieces (ends[i].dtls, data + 1, len - 1);
  exchange (ends);
  for (guint i = 0; len > 0 && data[0] % 3 == 2 && i < 2; i++)
    feed_pieces (ends[i].dtls, data + 1, len - 1);
  g_assert_cmpint (ends[0].connected, ==, ends[1].connected);
  if (ends[0].connected) {
    pl_dtls_send (ends[0].dtls, (const uint8_t *) "true", 4);
    pl_dtls_flush (ends[0].dtls);
    exchange (ends);
    g_assert_cmpuint (ends[1].n_received, ==, 1);
  }
  for (guint i = 0; i < 2; i++) {
    pl_dtls_free (ends[i].dtls);
    g_queue_clear_full (&ends[i].inbox, (GDestroyNotify) g_bytes_unref);
  }
  return 0;
}
