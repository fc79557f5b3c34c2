/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "peer/channel-private.h"
#include "tests/lib/pl-test.h"
#include "tests/pair/peer-pair.h"

#include <string.h>

/* Connections, messages and channels as they should be; test-peer-end.c has the rest. */

/* --- the connection --- */

static void
test_connect (void)
{
  PlPair *pair = pl_pair_new_open ();

  g_assert_cmpuint (pair->a.n_paths, ==, 1);
  g_assert_cmpuint (pair->b.n_paths, ==, 1);
  pair->b.echo = TRUE;
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "hello");
  g_signal_connect (channel, "message", G_CALLBACK (pl_pair_on_message), &pair->a);
  pl_pair_send (channel, "ping"); /* right behind the OPEN */
  pl_pair_run_until (pair, pair->a.got->len == 1);
  g_assert_cmpmem (g_bytes_get_data (pair->a.got->pdata[0], NULL), 4, "ping", 4);
  g_assert_cmpstr (pl_channel_get_label (pair->b.channel), ==, "hello");
  g_assert_cmpint (pl_channel_get_state (channel), ==, PL_CHANNEL_OPEN);
  g_assert_cmpuint (pl_channel_get_id (channel), ==, pl_channel_get_id (pair->b.channel));
  PlPath path;
  g_assert_true (pl_peer_get_path (pair->a.peer, &path));
  g_assert_cmpint (path.rtt_ms, >=, 0);
  g_signal_handlers_disconnect_by_data (channel, &pair->a);
  pl_pair_free (pair);
}

/* Channels and messages from before the connection leave once it stands, on either side. */
static void
test_early_channels (void)
{
  PlPair *pair = pl_pair_new ();
  g_autoptr (PlChannel) one = pl_pair_open_channel (&pair->a, "one");
  g_autoptr (PlChannel) two = pl_pair_open_channel (&pair->b, "two");
  pl_pair_send (one, "1");
  pl_pair_send (two, "2");
  pl_peer_start (pair->a.peer);
  pl_pair_run_until (pair, pair->a.got->len == 1 && pair->b.got->len == 1);
  /* RFC 8832 section 6: the answerer is the DTLS client and has the even ids. */
  g_assert_cmpuint (pl_channel_get_id (one), ==, 1);
  g_assert_cmpuint (pl_channel_get_id (two), ==, 0);
  pl_pair_free (pair);
}

static void
test_glare (void)
{
  PlPair *pair = pl_pair_new ();
  pl_peer_start (pair->a.peer);
  pl_peer_start (pair->b.peer);
  pl_pair_run_until (pair, pl_pair_is_open (&pair->a) && pl_pair_is_open (&pair->b));
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->b, "x");
  pl_pair_send (channel, "y");
  pl_pair_run_until (pair, pair->a.got->len == 1);
  pl_pair_free (pair);
}

/* --- messages --- */

static void
test_sizes (void)
{
  static const size_t sizes[]
      = { 0, 1, 2, 1171, 1172, 1200, 4096, 65535, 65536, 200000, PL_MAX_MESSAGE_SIZE };
  PlPair *pair = pl_pair_new_open ();
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "sizes");
  pair->b.echo = TRUE;
  g_signal_connect (channel, "message", G_CALLBACK (pl_pair_on_message), &pair->a);

  for (guint text = 0; text < 2; text++) {
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
      g_autofree char *data = g_strnfill (sizes[i], 'a' + i);
      g_autoptr (GBytes) bytes = g_bytes_new (data, sizes[i]);
      g_assert_true (pl_channel_send (channel, bytes, text, NULL));
    }
  }
  const guint n = 2 * G_N_ELEMENTS (sizes);
  pl_pair_run_until (pair, pair->a.got->len == n);
  for (guint i = 0; i < n; i++) {
    const size_t size = sizes[i % G_N_ELEMENTS (sizes)];
    g_autofree char *data = g_strnfill (size, 'a' + i % G_N_ELEMENTS (sizes));
    gsize len;
    const void *got = g_bytes_get_data (pair->a.got->pdata[i], &len);
    g_assert_cmpmem (got, len, data, size);
  }
  g_signal_handlers_disconnect_by_data (channel, &pair->a);
  pl_pair_free (pair);
}

static void
test_refused_messages (void)
{
  PlPair *pair = pl_pair_new_open ();
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "limits");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) large
      = g_bytes_new_take (g_malloc0 (PL_MAX_MESSAGE_SIZE + 1), PL_MAX_MESSAGE_SIZE + 1);
  g_autoptr (GBytes) bad = g_bytes_new_static ("\xff", 1);

  g_assert_false (pl_channel_send (channel, large, FALSE, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (pl_channel_send (channel, bad, TRUE, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  g_clear_error (&error);
  pl_channel_close (channel);
  g_assert_false (pl_channel_send (channel, bad, FALSE, &error));
  g_assert_error (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  g_clear_error (&error);
  g_autofree char *label = g_strnfill (PL_MAX_LABEL + 1, 'x');
  g_assert_null (pl_peer_open_channel (pair->a.peer, label, NULL, NULL, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  pl_pair_free (pair);
}

static void
test_back_pressure (void)
{
  PlPair *pair = pl_pair_new_open ();
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "bulk");
  guint n_low = 0;
  const guint n = 256;

  g_signal_connect_swapped (channel, "buffered-low", G_CALLBACK (pl_pair_count), &n_low);
  pl_channel_set_buffered_low (channel, 1024 * 1024);
  for (guint i = 0; i < n; i++)
    pl_pair_send_size (channel, 65536, i);
  g_assert_cmpuint (pl_channel_get_buffered_amount (channel), ==, n * 65536);
  pl_pair_run_until (pair, pair->b.got->len == n);
  g_assert_cmpuint (n_low, ==, 1);
  g_assert_cmpuint (pl_channel_get_buffered_amount (channel), ==, 0);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (((guint8 *) g_bytes_get_data (pair->b.got->pdata[i], NULL))[65535], ==,
                      i & 0xff);
  pl_pair_free (pair);
}

/* A small message on a second channel does not wait for all of the first. */
static void
test_fairness (void)
{
  PlPair *pair = pl_pair_new_open ();
  g_autoptr (PlChannel) bulk = pl_pair_open_channel (&pair->a, "bulk");
  g_autoptr (PlChannel) control = pl_pair_open_channel (&pair->a, "control");
  for (guint i = 0; i < 256; i++)
    pl_pair_send_size (bulk, 65536, 0);
  pl_pair_send (control, "now");
  pl_pair_run_until (pair, pair->b.got_bytes % 65536 == 3);
  g_assert_cmpuint (pair->b.got->len, <, 128);
  pl_pair_free (pair);
}

/* What nobody listens to is kept up to a bound, and delivered when somebody does. */
static void
test_late_listener (void)
{
  PlPair *pair = pl_pair_new_open ();
  g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "late");
  const guint n = 96;

  pair->b.deaf = TRUE;
  for (guint i = 0; i < n; i++)
    pl_pair_send_size (channel, 65536, i);
  pl_pair_run_until (pair, pl_channel_get_buffered_amount (channel) < (n - 30) * 65536);
  /* Time enough for all of it, had the other end not stopped reading. */
  g_autoptr (PlChannel) back = pl_pair_open_channel (&pair->b, "back");
  for (guint i = 0; i < n; i++)
    pl_pair_send_size (back, 65536, i);
  pl_pair_run_until (pair, pair->a.got->len == n);
  g_assert_cmpuint (pl_channel_get_buffered_amount (channel), >, PL_MAX_PENDING_INPUT);
  g_assert_cmpuint (pair->b.got->len, ==, 0);
  g_signal_connect (pair->b.channel, "message", G_CALLBACK (pl_pair_on_message), &pair->b);
  pl_pair_run_until (pair, pair->b.got->len == n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (((guint8 *) g_bytes_get_data (pair->b.got->pdata[i], NULL))[0], ==, i);
  pl_pair_free (pair);
}

/* --- channels --- */

static void
test_close_channel (void)
{
  PlPair *pair = pl_pair_new_open ();
  guint n_closed = 0;

  for (guint by_b = 0; by_b < 2; by_b++) {
    g_autoptr (PlChannel) channel = pl_pair_open_channel (&pair->a, "x");
    g_signal_connect_swapped (channel, "closed", G_CALLBACK (pl_pair_count), &n_closed);
    pl_pair_send (channel, "last words");
    pair->b.channel = NULL;
    pl_pair_run_until (pair,
                       pair->b.channel && pl_channel_get_state (channel) == PL_CHANNEL_OPEN);
    PlChannel *other = pair->b.channel;
    g_signal_connect_swapped (other, "closed", G_CALLBACK (pl_pair_count), &n_closed);
    pl_channel_close (by_b ? other : channel);
    pl_pair_run_until (pair, n_closed == 2 * (by_b + 1));
    g_assert_cmpuint (pl_channel_get_id (channel), ==, 1); /* free again */
  }
  g_assert_cmpuint (pair->b.got->len, ==, 2);
  pl_pair_free (pair);
}

/* What was asked for is what the other end sees. */
static void
test_options (void)
{
  static const PlChannelOptions all[] = {
    { .unordered = TRUE, .max_retransmits = -1, .max_lifetime_ms = -1 },
    { .unordered = FALSE, .max_retransmits = 3, .max_lifetime_ms = -1 },
    { .unordered = TRUE, .max_retransmits = -1, .max_lifetime_ms = 500 },
  };
  PlPair *pair = pl_pair_new_open ();

  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (PlChannel) channel
        = pl_peer_open_channel (pair->a.peer, "x", "proto", &all[i], &error);
    g_assert_no_error (error);
    pl_pair_send (channel, "before the ACK");
    pl_pair_run_until (pair, pl_channel_get_state (channel) == PL_CHANNEL_OPEN);
    pl_pair_send (channel, "after it");
    pl_pair_run_until (pair, pair->b.got->len == 2 * (i + 1));
    const PlChannelOptions *got = pl_channel_get_options (pair->b.channel);
    g_assert_cmpint (got->unordered, ==, all[i].unordered);
    g_assert_cmpint (got->max_retransmits, ==, all[i].max_retransmits);
    g_assert_cmpint (got->max_lifetime_ms, ==, all[i].max_lifetime_ms);
    g_assert_cmpstr (pl_channel_get_protocol (pair->b.channel), ==, "proto");
  }
  pl_pair_free (pair);
}

static void
test_many_channels (void)
{
  PlPair *pair = pl_pair_new_open ();
  g_autoptr (GPtrArray) channels = g_ptr_array_new_with_free_func (g_object_unref);
  guint n_closed = 0;
  const guint n = 500;

  for (guint i = 0; i < 2 * n; i++) {
    PlChannel *channel = pl_pair_open_channel (i % 2 ? &pair->a : &pair->b, "many");
    g_signal_connect_swapped (channel, "closed", G_CALLBACK (pl_pair_count), &n_closed);
    g_ptr_array_add (channels, channel);
    pl_pair_send (channel, "x");
  }
  pl_pair_run_until (pair, pair->a.got->len == n && pair->b.got->len == n);
  for (guint i = 0; i < 2 * n; i++)
    pl_channel_close (channels->pdata[i]);
  pl_pair_run_until (pair, n_closed == 2 * n);
  g_autoptr (PlChannel) again = pl_pair_open_channel (&pair->a, "again");
  pl_pair_send (again, "y");
  pl_pair_run_until (pair, pair->b.got->len == n + 1);
  g_assert_cmpuint (pl_channel_get_id (again), ==, 1);
  pl_pair_free (pair);
}

static void
test_too_many_channels (void)
{
  PlPair *pair = pl_pair_new ();
  g_autoptr (GPtrArray) channels = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < PL_MAX_CHANNELS; i++)
    g_ptr_array_add (channels, pl_pair_open_channel (&pair->a, "x"));
  g_assert_null (pl_peer_open_channel (pair->a.peer, "x", NULL, NULL, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  pl_pair_free (pair);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/peer/connect", test_connect);
  g_test_add_func ("/peer/early-channels", test_early_channels);
  g_test_add_func ("/peer/glare", test_glare);
  g_test_add_func ("/peer/sizes", test_sizes);
  g_test_add_func ("/peer/refused-messages", test_refused_messages);
  g_test_add_func ("/peer/back-pressure", test_back_pressure);
  g_test_add_func ("/peer/fairness", test_fairness);
  g_test_add_func ("/peer/late-listener", test_late_listener);
  g_test_add_func ("/peer/close-channel", test_close_channel);
  g_test_add_func ("/peer/options", test_options);
  g_test_add_func ("/peer/many-channels", test_many_channels);
  g_test_add_func ("/peer/too-many-channels", test_too_many_channels);
  return g_test_run ();
}
