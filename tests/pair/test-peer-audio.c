/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "tests/lib/pl-test.h"
#include "tests/pair/peer-pair.h"

#include <string.h>

/* RTP between two peers: what is agreed, the keys, and packets beside the channels. */

#define RTP_LEN  80
#define TICK_MS  20
#define N_TICKS  100
#define LATE_US  (100 * G_TIME_SPAN_MILLISECOND)
#define BULK_LEN 65536

/* Packets that came, by their first byte after the header. */
typedef struct {
  guint n;
  guint n_late;
  guint8 last;
  guint64 last_len;
} Heard;

static void
make_rtp (guint8 packet[RTP_LEN])
{
  const gint64 now = g_get_monotonic_time ();

  memset (packet, 0, RTP_LEN);
  packet[0] = 0x80;
  packet[1] = 111;
  memcpy (packet + 12, &now, sizeof now);
}

static void
on_rtp (PlPeer *peer G_GNUC_UNUSED, const uint8_t *data, size_t len, gpointer user_data)
{
  Heard *heard = user_data;
  gint64 sent;

  heard->n++;
  heard->last = data[1];
  heard->last_len = len;
  if (len < 12 + sizeof sent)
    return;
  memcpy (&sent, data + 12, sizeof sent);
  heard->n_late += g_get_monotonic_time () - sent > LATE_US;
}

static PlPair *
open_pair (gboolean a, gboolean b)
{
  PlPair *pair = pl_pair_new_with_audio (a, b);
  pl_peer_start (pair->a.peer);
  pl_pair_run_until (pair, pl_pair_is_open (&pair->a) && pl_pair_is_open (&pair->b));
  return pair;
}

static void
test_agreed (void)
{
  PlPair *pair = pl_pair_new_with_audio (TRUE, TRUE);
  PlPeerAudio a, b;

  g_assert_false (pl_peer_get_audio (pair->a.peer, &a));
  pl_peer_start (pair->a.peer);
  pl_pair_run_until (pair, pl_pair_is_open (&pair->a) && pl_pair_is_open (&pair->b));
  g_assert_true (pl_peer_get_audio (pair->a.peer, &a));
  g_assert_true (pl_peer_get_audio (pair->b.peer, &b));
  g_assert_cmpint (a.codec, ==, PL_CODEC_OPUS);
  g_assert_cmpuint (a.payload_type, ==, 111);
  g_assert_cmpuint (a.payload_type, ==, b.payload_type);
  g_assert_cmpuint (a.ssrc, !=, b.ssrc);
  g_assert_cmpstr (a.cname, !=, b.cname);
  g_assert_cmpstr (a.srtp_profile, ==, "SRTP_AEAD_AES_128_GCM");
  g_assert_cmpuint (a.key_len, ==, 16 + 12);
  g_assert_cmpmem (a.send_key, a.key_len, b.receive_key, b.key_len);
  g_assert_cmpmem (a.receive_key, a.key_len, b.send_key, b.key_len);
  g_assert_cmpint (memcmp (a.send_key, a.receive_key, 16), !=, 0);
  g_assert_cmpint (memcmp (a.send_key + 16, a.receive_key + 16, 12), !=, 0);
  pl_pair_free (pair);
}

static void
test_one_end_only (void)
{
  for (guint i = 0; i < 2; i++) {
    PlPair *pair = open_pair (i == 0, i == 1);
    PlPeerAudio audio;
    g_assert_false (pl_peer_get_audio (pair->a.peer, &audio));
    g_assert_false (pl_peer_get_audio (pair->b.peer, &audio));
    pl_pair_free (pair);
  }
}

static void
test_packets (void)
{
  static const guint8 sender_report[] = { 0x80, 200, 0, 6, 1, 2, 3, 4 };
  static const guint8 dtls[] = { 23, 0xfe, 0xfd, 0, 0 };
  guint8 rtp[RTP_LEN];
  Heard heard = { 0 };
  PlPair *pair = open_pair (TRUE, TRUE);

  make_rtp (rtp);
  pl_peer_set_rtp_handler (pair->b.peer, on_rtp, &heard);
  g_assert_true (pl_peer_send_rtp (pair->a.peer, rtp, sizeof rtp));
  pl_pair_run_until (pair, heard.n == 1);
  g_assert_cmpuint (heard.last, ==, 111);
  g_assert_cmpuint (heard.last_len, ==, sizeof rtp);
  g_assert_true (pl_peer_send_rtp (pair->a.peer, sender_report, sizeof sender_report));
  pl_pair_run_until (pair, heard.n == 2);
  g_assert_cmpuint (heard.last, ==, 200);
  g_assert_false (pl_peer_send_rtp (pair->a.peer, dtls, sizeof dtls));

  /* Nobody listens: dropped, and the channels do not mind. */
  pl_peer_set_rtp_handler (pair->b.peer, NULL, NULL);
  g_assert_true (pl_peer_send_rtp (pair->a.peer, rtp, sizeof rtp));
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "after");
  pl_pair_send (channel, "x");
  pl_pair_run_until (pair, pair->b.got->len == 1);
  g_assert_cmpuint (heard.n, ==, 2);
  pl_peer_close (pair->a.peer);
  pl_pair_run_until (pair, pair->a.n_closed == 1);
  g_assert_false (pl_peer_send_rtp (pair->a.peer, rtp, sizeof rtp));
  pl_pair_free (pair);
}

static void
test_restart (void)
{
  PlPair *pair = open_pair (TRUE, TRUE);
  PlPeerAudio before, after;
  Heard heard = { 0 };
  guint8 rtp[RTP_LEN];
  guint n_delivered = pair->n_delivered;

  g_assert_true (pl_peer_get_audio (pair->a.peer, &before));
  pl_peer_set_rtp_handler (pair->b.peer, on_rtp, &heard);
  pl_peer_restart_ice (pair->a.peer);
  pl_pair_run_until (pair, pair->n_delivered > n_delivered + 2
                               && pl_negotiation_is_stable (pair->a.peer->negotiation));
  g_assert_true (pl_peer_get_audio (pair->a.peer, &after));
  g_assert_cmpmem (&before, sizeof before, &after, sizeof after);
  make_rtp (rtp);
  g_assert_true (pl_peer_send_rtp (pair->a.peer, rtp, sizeof rtp));
  pl_pair_run_until (pair, heard.n == 1);
  pl_pair_free (pair);
}

typedef struct {
  PlPair *pair;
  PlChannel *channel;
  guint n_sent;
} Talker;

static gboolean
on_tick (gpointer user_data)
{
  Talker *talker = user_data;
  guint8 rtp[RTP_LEN];

  make_rtp (rtp);
  g_assert_true (pl_peer_send_rtp (talker->pair->a.peer, rtp, sizeof rtp));
  while (pl_channel_get_buffered_amount (talker->channel) < 32 * BULK_LEN)
    pl_pair_send_size (talker->channel, BULK_LEN, 0);
  return ++talker->n_sent < N_TICKS;
}

/* A bulk transfer keeps all buffers full; voice is neither lost nor late. */
static void
test_beside_bulk (void)
{
  PlPair *pair = open_pair (TRUE, TRUE);
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "bulk");
  Talker talker = { .pair = pair, .channel = channel };
  Heard heard = { 0 };
  g_autoptr (GSource) source = g_timeout_source_new (TICK_MS);

  pl_peer_set_rtp_handler (pair->b.peer, on_rtp, &heard);
  g_source_set_callback (source, on_tick, &talker, /* notify = */ NULL);
  g_source_attach (source, pair->context);
  pl_pair_run_until (pair, talker.n_sent == N_TICKS && heard.n == N_TICKS);
  g_test_message ("%u of %u late beside %zu MB", heard.n_late, N_TICKS,
                  pair->b.got_bytes / 1000000);
  g_assert_cmpuint (heard.n_late, <, N_TICKS / 10);
  g_assert_cmpuint (pair->b.got_bytes, >, 1000000);
  g_source_destroy (source);
  pl_pair_free (pair);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/peer-audio/agreed", test_agreed);
  g_test_add_func ("/peer-audio/one-end-only", test_one_end_only);
  g_test_add_func ("/peer-audio/packets", test_packets);
  g_test_add_func ("/peer-audio/restart", test_restart);
  g_test_add_func ("/peer-audio/beside-bulk", test_beside_bulk);
  return g_test_run ();
}
