/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "link/dtls.h"
#include "link/sctp.h"
#include "tests/lib/pl-test.h"
#include "tests/pair/wire.h"

#include <string.h>

/* SCTP over DTLS over two wires, put together as the peer does it. */
typedef struct {
  PlDtls *dtls;
  PlSctp *sctp;
  Wire *out;
  GQueue waiting; /* packets that the path does not take yet */
  guint room;     /* datagrams that the path takes before it is full; G_MAXUINT: all */
  guint n_full;
  gboolean connected;
  gboolean closed;
  guint64 to_send;
  guint64 sent;
  guint64 received;
  guint8 seed;
} End;

typedef struct {
  PlCertificate *certificates[2];
  End ends[2];
} Pair;

static guint
on_train (const PlTrain *train, gpointer user_data)
{
  End *end = user_data;
  const uint8_t *data = train->bytes->data;
  guint n = MIN (train->n, end->room);

  for (guint i = 0; i < n; i++) {
    wire_send (end->out, data, train->lens[i]);
    data += train->lens[i];
  }
  if (end->room != G_MAXUINT)
    end->room -= n;
  end->n_full += n < train->n;
  return n;
}

static void
on_secured (gpointer user_data)
{
  End *end = user_data;
  g_assert_true (pl_sctp_connect (end->sctp, NULL));
}

static void
on_data (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  pl_sctp_feed (end->sctp, data, len);
}

static void
on_dtls_closed (const GError *reason G_GNUC_UNUSED, gpointer user_data)
{
  End *end = user_data;
  end->closed = TRUE;
}

static void
on_packet (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  if (!g_queue_is_empty (&end->waiting) || !pl_dtls_send (end->dtls, data, len))
    g_queue_push_tail (&end->waiting, g_bytes_new (data, len));
}

static void
on_flush (gpointer user_data)
{
  End *end = user_data;
  pl_dtls_flush (end->dtls);
}

static void
on_connected (gpointer user_data)
{
  End *end = user_data;
  end->connected = TRUE;
}

static void
send_all (End *end)
{
  PlSctpSendInfo info = { 1, PL_PPID_BINARY, FALSE, -1, -1 };
  g_autofree uint8_t *message = g_malloc (65536);

  while (end->sent < end->to_send) {
    guint len = MIN (65536, end->to_send - end->sent);
    for (guint i = 0; i < len; i++)
      message[i] = end->seed + ((end->sent + i) >> 4);
    if (!pl_sctp_send (end->sctp, &info, message, len, NULL))
      return;
    end->sent += len;
  }
}

static void
on_writable (gpointer user_data)
{
  send_all (user_data);
}

static void
on_message (uint16_t stream G_GNUC_UNUSED, uint32_t ppid G_GNUC_UNUSED, GBytes *data,
            gpointer user_data)
{
  End *end = user_data;
  size_t len;
  const uint8_t *bytes = g_bytes_get_data (data, &len);
  uint8_t seed = !end->seed; /* of the other end */

  for (size_t i = 0; i < len; i += 13)
    if (bytes[i] != (uint8_t) (seed + ((end->received + i) >> 4)))
      g_error ("byte %" G_GUINT64_FORMAT " is wrong", end->received + i);
  end->received += len;
}

static void
on_reset (const uint16_t *streams G_GNUC_UNUSED, guint n G_GNUC_UNUSED,
          gpointer user_data G_GNUC_UNUSED)
{
}

static void
on_sctp_closed (const GError *reason, gpointer user_data)
{
  End *end = user_data;
  g_assert_error (reason, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  pl_dtls_close (end->dtls);
  end->closed = TRUE;
}

static const PlDtlsOps dtls_ops = { on_train, on_secured, on_data, on_dtls_closed };
static const PlSctpOps sctp_ops = { on_packet,   on_flush, on_connected, on_message,
                                    on_writable, on_reset, on_reset,     on_sctp_closed };

static void
on_deliver (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  pl_dtls_feed (end->dtls, data, len);
}

static void
path_writable (End *end)
{
  end->room = 30;
  pl_dtls_resume (end->dtls);
  for (GBytes *packet; (packet = g_queue_peek_head (&end->waiting)) != NULL;) {
    if (!pl_dtls_send (end->dtls, g_bytes_get_data (packet, NULL), g_bytes_get_size (packet)))
      break;
    g_bytes_unref (g_queue_pop_head (&end->waiting));
  }
  pl_dtls_flush (end->dtls);
}

static void
pair_init (Pair *pair, const WireConfig *config)
{
  memset (pair, 0, sizeof *pair);
  for (int i = 0; i < 2; i++)
    pair->certificates[i] = pl_certificate_new (NULL);
  for (int i = 0; i < 2; i++) {
    End *end = &pair->ends[i];
    WireConfig own = *config;
    PlSctpConfig sctp = { 5000, 5000, PL_MAX_MESSAGE_SIZE };

    own.seed += i;
    end->seed = i;
    end->room = G_MAXUINT;
    g_queue_init (&end->waiting);
    end->out = wire_new (&own, on_deliver, &pair->ends[1 - i]);
    end->dtls = pl_dtls_new (pair->certificates[i], i == 0 ? PL_DTLS_CLIENT : PL_DTLS_SERVER,
                             pl_certificate_get_fingerprint (pair->certificates[1 - i]),
                             &dtls_ops, end, NULL);
    end->sctp = pl_sctp_new (&sctp, &sctp_ops, end, NULL);
  }
}

static void
pair_clear (Pair *pair)
{
  for (int i = 0; i < 2; i++) {
    pl_sctp_free (pair->ends[i].sctp);
    pl_dtls_free (pair->ends[i].dtls);
    g_queue_clear_full (&pair->ends[i].waiting, (GDestroyNotify) g_bytes_unref);
    wire_free (pair->ends[i].out);
    pl_certificate_unref (pair->certificates[i]);
  }
}

#define RUN_UNTIL(condition)                                                                   \
  G_STMT_START                                                                                 \
  {                                                                                            \
    while (!(condition)) /* the watchdog bounds it */                                          \
      g_main_context_iteration (NULL, TRUE);                                                   \
  }                                                                                            \
  G_STMT_END

static int64_t
pair_connect (Pair *pair)
{
  int64_t start = g_get_monotonic_time ();
  pl_dtls_start (pair->ends[1].dtls);
  pl_dtls_start (pair->ends[0].dtls);
  RUN_UNTIL (pair->ends[0].connected && pair->ends[1].connected);
  return g_get_monotonic_time () - start;
}

static void
exchange (Pair *pair, guint64 n_bytes)
{
  for (int i = 0; i < 2; i++) {
    pair->ends[i].to_send += n_bytes;
    send_all (&pair->ends[i]);
  }
  RUN_UNTIL (pair->ends[0].received == pair->ends[1].to_send
             && pair->ends[1].received == pair->ends[0].to_send);
}

static void
close_both (Pair *pair)
{
  pl_sctp_close (pair->ends[0].sctp);
  RUN_UNTIL (pair->ends[0].closed && pair->ends[1].closed);
}

/* Two round trips for DTLS and one for SCTP, since both ends send INIT at once; nobody waits
 * for a timer. */
static void
test_setup_time (void)
{
  for (guint i = 0; i < 10; i++) {
    Pair pair;
    pair_init (&pair, &(WireConfig){ .delay_us = 10000 });
    int64_t took_us = pair_connect (&pair);
    g_assert_cmpint (took_us, >=, 60000);
    g_assert_cmpint (took_us, <, 160000);
    exchange (&pair, 1000);
    close_both (&pair);
    pair_clear (&pair);
  }
}

static void
test_bad_path (void)
{
  Pair pair;
  pair_init (&pair, &(WireConfig){ .seed = pl_test_seed (),
                                   .delay_us = 2000,
                                   .loss_permille = 20,
                                   .reorder_permille = 30,
                                   .duplicate_permille = 20 });
  pair_connect (&pair);
  exchange (&pair, 300000);
  pair_clear (&pair);
}

static gboolean
on_path_timer (gpointer user_data)
{
  Pair *pair = user_data;
  for (int i = 0; i < 2; i++)
    path_writable (&pair->ends[i]);
  return G_SOURCE_CONTINUE;
}

/* The path takes 30 datagrams at a time and refuses the rest, which waits in the two ends. */
static void
test_full_path (void)
{
  Pair pair;
  pair_init (&pair, &(WireConfig){ .delay_us = 300 });
  pair_connect (&pair);
  guint timer = g_timeout_add (1, on_path_timer, &pair);
  pair.ends[0].room = pair.ends[1].room = 0;
  exchange (&pair, 5000000);
  g_assert_cmpuint (pair.ends[0].n_full, >, 10);
  g_source_remove (timer);
  pair_clear (&pair);
}

static void
test_bulk (void)
{
  Pair pair;
  pair_init (&pair, &(WireConfig){ .delay_us = 100 });
  pair_connect (&pair);
  int64_t start = g_get_monotonic_time ();
  exchange (&pair, 30000000);
  g_test_message ("30 MB each way in %" G_GINT64_FORMAT " ms",
                  (g_get_monotonic_time () - start) / 1000);
  close_both (&pair);
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/stack/setup-time", test_setup_time);
  g_test_add_func ("/stack/bad-path", test_bad_path);
  g_test_add_func ("/stack/full-path", test_full_path);
  g_test_add_func ("/stack/bulk", test_bulk);
  return g_test_run ();
}
