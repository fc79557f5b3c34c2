/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "tests/lib/pl-test.h"
#include "tests/pair/peer-pair.h"

#include <string.h>

/* What remotes do wrong, how connections are lost and found again, and how they end. */

/* --- a remote that breaks the rules --- */

static void
send_raw (PlPairEnd *end, uint16_t stream, uint32_t ppid, const void *data, size_t len)
{
  const PlSctpSendInfo info
      = { .stream = stream, .ppid = ppid, .max_retransmits = -1, .max_lifetime_ms = -1 };
  g_autoptr (GBytes) bytes = g_bytes_new (data, len);
  g_autoptr (GError) error = NULL;
  pl_association_send (end->peer->association, &info, bytes, &error);
  g_assert_no_error (error);
}

static void
on_channel_closed (PlChannel *channel G_GNUC_UNUSED, const GError *reason, GError **out)
{
  g_assert_null (*out);
  *out
      = reason ? g_error_copy (reason) : g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_CLOSED, "-");
}

static void
test_bad_remote (void)
{
  PlPair *pair = pl_pair_new_open ();
  g_autoptr (PlChannel) good = pl_pair_open_channel (&pair->a, "good");
  g_autoptr (PlChannel) bad = pl_pair_open_channel (&pair->a, "bad");
  g_autoptr (GError) reason = NULL;
  pl_pair_send (bad, "1");
  pl_pair_send (good, "2");
  pl_pair_run_until (pair, pair->b.got->len == 2);
  const guint id = pl_channel_get_id (bad);
  PlChannel *other = NULL;
  for (guint i = 0; i < pair->b.owned->len; i++)
    if (pl_channel_get_id (pair->b.owned->pdata[i]) == id)
      other = pair->b.owned->pdata[i];
  g_signal_connect (other, "closed", G_CALLBACK (on_channel_closed), &reason);

  send_raw (&pair->a, id, 4711, "?", 1);             /* a PPID of nobody */
  send_raw (&pair->a, 400, PL_PPID_BINARY, "?", 1);  /* a stream without a channel */
  send_raw (&pair->a, 402, PL_PPID_DCEP, "\x03", 1); /* an OPEN with an id of ours, malformed */
  send_raw (&pair->a, 403, PL_PPID_DCEP, "\x03\x00\x00", 3);
  send_raw (&pair->a, id, PL_PPID_STRING, "\xc3\x28", 2);
  pl_pair_run_until (pair, reason != NULL);
  g_assert_error (reason, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  pl_pair_send (good, "3");
  pl_pair_run_until (pair, pair->b.got->len == 3);
  g_assert_cmpuint (pair->b.n_channels, ==, 2);
  pl_pair_free (pair);
}

static void
feed_nonsense (PlPeer *peer)
{
  static const char *const texts[]
      = { "", "v=0\r\n", "nonsense",
          "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" };
  g_autofree char *large = g_strnfill (PL_MAX_SDP + 1, 'x');
  g_autofree char *line = g_strnfill (PL_MAX_CANDIDATE_LINE + 1, 'x');

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_assert_false (pl_peer_feed_description (peer, "offer", texts[i], NULL));
    g_assert_false (pl_peer_feed_description (peer, "answer", texts[i], NULL));
  }
  g_assert_false (pl_peer_feed_description (peer, "offer", large, NULL));
  g_assert_false (pl_peer_feed_description (peer, "rollback", "", NULL));
  g_assert_false (pl_peer_feed_candidate (peer, "candidate:", "0", NULL));
  g_assert_false (pl_peer_feed_candidate (peer, "nonsense", NULL, NULL));
  g_assert_false (pl_peer_feed_candidate (peer, line, "0", NULL));
  g_assert_true (pl_peer_feed_candidate (peer, "candidate:1 1 udp 1 4f4f7cf5.local 9 typ host",
                                         "0", NULL));
}

static void
on_state_feed_nonsense (PlPeer *peer, guint state, gpointer user_data G_GNUC_UNUSED)
{
  if (state < PL_PEER_CLOSING)
    feed_nonsense (peer);
}

static void
test_nonsense_in_each_state (void)
{
  PlPair *pair = pl_pair_new ();
  feed_nonsense (pair->a.peer);
  feed_nonsense (pair->b.peer);
  g_signal_connect (pair->a.peer, "state-changed", G_CALLBACK (on_state_feed_nonsense), NULL);
  g_signal_connect (pair->b.peer, "state-changed", G_CALLBACK (on_state_feed_nonsense), NULL);
  pl_peer_start (pair->a.peer);
  pl_pair_run_until (pair, pl_pair_is_open (&pair->a) && pl_pair_is_open (&pair->b));
  feed_nonsense (pair->a.peer);
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "x");
  pl_pair_send (channel, "fine");
  pl_pair_run_until (pair, pair->b.got->len == 1);
  pl_pair_free (pair);
}

/* --- the end --- */

static void
test_close_delivers (void)
{
  PlPair *pair = pl_pair_new_open ();
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "last");
  g_autoptr (GError) reason = NULL;
  g_signal_connect (channel, "closed", G_CALLBACK (on_channel_closed), &reason);
  for (guint i = 0; i < 64; i++)
    pl_pair_send_size (channel, 65536, i);
  pl_peer_close (pair->a.peer);
  g_assert_cmpuint (pair->a.n_closed, ==, 0);
  g_assert_cmpint (pl_peer_get_state (pair->a.peer), ==, PL_PEER_CLOSING);
  pl_pair_run_until (pair, pair->a.n_closed && pair->b.n_closed);
  g_assert_cmpuint (pair->b.got->len, ==, 64);
  g_assert_no_error (pair->a.reason);
  g_assert_error (pair->b.reason, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  g_assert_nonnull (reason);
  g_assert_cmpint (pl_channel_get_state (channel), ==, PL_CHANNEL_CLOSED);
  pl_pair_free (pair);
}

static void
test_close_both (void)
{
  PlPair *pair = pl_pair_new_open ();
  pl_peer_close (pair->a.peer);
  pl_peer_close (pair->b.peer);
  pl_pair_run_until (pair, pair->a.n_closed && pair->b.n_closed);
  g_assert_no_error (pair->a.reason);
  g_assert_no_error (pair->b.reason);
  g_assert_null (pl_peer_open_channel (pair->a.peer, "x", NULL, NULL, NULL));
  pl_pair_free (pair);
}

static void
test_close_in_each_state (void)
{
  for (guint state = PL_PEER_NEW; state <= PL_PEER_OPEN; state++) {
    for (guint drops = 0; drops < 2; drops++) {
      PlPair *pair = pl_pair_new ();
      g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "x");
      guint n_closed = 0;
      g_signal_connect_swapped (channel, "closed", G_CALLBACK (pl_pair_count), &n_closed);
      pair->a.close_in = state;
      pair->a.drop = drops;
      g_autoptr (PlPeer) peer = g_object_ref (pair->a.peer);
      if (state == PL_PEER_NEW)
        pl_pair_on_state (peer, state, &pair->a);
      pl_peer_start (peer);
      g_clear_object (&peer);
      pl_pair_run_until (pair, pair->a.peer == NULL || pair->a.n_closed == 1);
      g_assert_cmpuint (n_closed, ==, 1);
      g_assert_no_error (pair->a.reason);
      pl_pair_free (pair);
    }
  }
}

/* One end is gone for good after each step of the signaling. */
static void
test_vanish_at_each_step (void)
{
  for (guint step = 1; step < 8; step++) {
    PlPair *pair = pl_pair_new ();
    pair->drop_b_after = step;
    pl_peer_start (pair->a.peer);
    pl_pair_run_until (pair, pair->b.peer == NULL
                                 || (pl_pair_is_open (&pair->a) && pl_pair_is_open (&pair->b)));
    pl_peer_close (pair->a.peer);
    pl_pair_run_until (pair, pair->a.n_closed == 1);
    pl_pair_free (pair);
  }
}

/* --- restart --- */

static void
test_restart_with_data (void)
{
  PlPair *pair = pl_pair_new_open ();
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "bulk");
  const guint n = 320;

  for (guint i = 0; i < n; i++)
    pl_pair_send_size (channel, 65536, i);
  pl_pair_run_until (pair, pair->b.got->len > 8);
  pl_peer_restart_ice (pair->a.peer);
  pl_pair_run_until (pair, pair->a.n_paths >= 2 && pair->b.n_paths >= 2);
  pl_peer_restart_ice (pair->a.peer); /* both at once */
  pl_peer_restart_ice (pair->b.peer);
  pl_pair_run_until (pair, pair->a.n_paths >= 3 && pair->b.n_paths >= 3);
  pl_pair_run_until (pair, pair->b.got->len == n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (((guint8 *) g_bytes_get_data (pair->b.got->pdata[i], NULL))[9], ==,
                      i & 0xff);
  g_assert_true (pl_pair_is_open (&pair->a) && pl_pair_is_open (&pair->b));
  pl_pair_free (pair);
}

static void
test_lost_and_found (void)
{
  PlPair *pair = pl_pair_new_open ();
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "x");
  for (guint by = 0; by < 3; by++) {
    const guint n_paths = pair->a.n_paths;
    if (by != 1)
      pl_peer_step (pair->a.peer, PL_PEER_EV_LOST);
    if (by != 0)
      pl_peer_step (pair->b.peer, PL_PEER_EV_LOST);
    g_assert_false (pl_pair_is_open (&pair->a) && pl_pair_is_open (&pair->b));
    pl_pair_send (channel, "still here");
    pl_pair_run_until (pair, pl_pair_is_open (&pair->a) && pl_pair_is_open (&pair->b)
                                 && pair->b.got->len == by + 1);
    g_assert_cmpuint (pair->a.n_paths, >, n_paths);
  }
  pl_pair_free (pair);
}

static void
test_lost (void)
{
  PlPair *pair = pl_pair_new_open ();
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "x");
  g_autoptr (GError) reason = NULL;
  g_signal_connect (channel, "closed", G_CALLBACK (on_channel_closed), &reason);
  pl_pair_drop (&pair->b);
  pl_peer_step (pair->a.peer, PL_PEER_EV_LOST);
  pl_deadline_set (pair->a.peer->timer, 0); /* the 30 s of grace are over */
  pl_pair_run_until (pair, pair->a.n_closed == 1);
  g_assert_error (pair->a.reason, PL_LINK_ERROR, PL_LINK_ERROR_LOST);
  g_assert_error (reason, PL_LINK_ERROR, PL_LINK_ERROR_LOST);
  pl_pair_free (pair);
}

static void
test_no_handshake (void)
{
  PlPair *pair = pl_pair_new ();
  pair->b.close_in = PL_PEER_SECURING;
  pair->b.drop = TRUE;
  pl_peer_start (pair->a.peer);
  pl_pair_run_until (pair, pl_peer_get_state (pair->a.peer) == PL_PEER_SECURING);
  pl_deadline_set (pair->a.peer->timer, 0);
  pl_pair_run_until (pair, pair->a.n_closed == 1);
  g_assert_error (pair->a.reason, PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE);
  pl_pair_free (pair);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/peer-end/bad-remote", test_bad_remote);
  g_test_add_func ("/peer-end/nonsense-in-each-state", test_nonsense_in_each_state);
  g_test_add_func ("/peer-end/close-delivers", test_close_delivers);
  g_test_add_func ("/peer-end/close-both", test_close_both);
  g_test_add_func ("/peer-end/close-in-each-state", test_close_in_each_state);
  g_test_add_func ("/peer-end/vanish-at-each-step", test_vanish_at_each_step);
  g_test_add_func ("/peer-end/restart-with-data", test_restart_with_data);
  g_test_add_func ("/peer-end/lost-and-found", test_lost_and_found);
  g_test_add_func ("/peer-end/lost", test_lost);
  g_test_add_func ("/peer-end/no-handshake", test_no_handshake);
  return g_test_run ();
}
