/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "peer/peer-private.h"
#include "tests/lib/pl-test.h"

#include <string.h>

/* Two peers of one process over 127.0.0.1. Signaling is a queue: what one says reaches the
 * other in a later turn of the loop, as over a network. */

typedef struct _Pair Pair;

typedef struct {
  Pair *pair;
  PlPeer *peer;
  guint n_closed;
  GError *reason;
  guint n_paths;
  guint n_channels;
  PlChannel *channel; /* the last that the remote opened */
  GPtrArray *owned;   /* all of them */
  GPtrArray *got;     /* of GBytes: messages on channels that the remote opened */
  size_t got_bytes;
  gboolean deaf; /* connects no message handler */
  gboolean echo;
  guint close_in; /* close, or drop, when this state is reached */
  gboolean drop;
} End;

typedef struct {
  End *to;
  gboolean is_description;
  char *first, *second;
} Signal;

struct _Pair {
  GMainContext *context;
  End a, b;
  GQueue signals;
  guint n_delivered;
  guint drop_b_after; /* this many deliveries; 0: never */
};

static void
signal_free (Signal *signal)
{
  g_free (signal->first);
  g_free (signal->second);
  g_free (signal);
}

static void
drop (End *end)
{
  if (end->peer == NULL)
    return;
  g_signal_handlers_disconnect_by_data (end->peer, end);
  g_clear_object (&end->peer);
}

static gboolean
deliver (gpointer user_data)
{
  Pair *pair = user_data;
  Signal *signal = g_queue_pop_head (&pair->signals);

  if (signal == NULL)
    return G_SOURCE_REMOVE;
  g_autoptr (GError) error = NULL;
  if (signal->to->peer == NULL || pl_peer_get_state (signal->to->peer) >= PL_PEER_CLOSING)
    g_assert_true (TRUE);
  else if (signal->is_description)
    pl_peer_feed_description (signal->to->peer, signal->first, signal->second, &error);
  else
    pl_peer_feed_candidate (signal->to->peer, signal->first, signal->second, &error);
  g_assert_no_error (error);
  signal_free (signal);
  if (++pair->n_delivered == pair->drop_b_after)
    drop (&pair->b);
  return G_SOURCE_REMOVE;
}

static void
post (End *from, gboolean is_description, const char *first, const char *second)
{
  Pair *pair = from->pair;
  Signal signal = { from == &pair->a ? &pair->b : &pair->a, is_description, g_strdup (first),
                    g_strdup (second) };
  g_autoptr (GSource) source = g_idle_source_new ();

  g_queue_push_tail (&pair->signals, g_memdup2 (&signal, sizeof signal));
  g_source_set_callback (source, deliver, pair, /* notify = */ NULL);
  g_source_attach (source, pair->context);
}

static void
on_description (PlPeer *peer G_GNUC_UNUSED, const char *type, const char *sdp, End *end)
{
  post (end, TRUE, type, sdp);
}

static void
on_candidate (PlPeer *peer G_GNUC_UNUSED, const char *line, const char *mid, End *end)
{
  post (end, FALSE, line, mid);
}

static void
on_message (PlChannel *channel, GBytes *message, gboolean is_text, End *end)
{
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (end->got, g_bytes_ref (message));
  end->got_bytes += g_bytes_get_size (message);
  if (end->echo)
    pl_channel_send (channel, message, is_text, &error);
  g_assert_no_error (error);
}

static void
on_channel (PlPeer *peer G_GNUC_UNUSED, PlChannel *channel, End *end)
{
  end->n_channels++;
  end->channel = channel;
  g_ptr_array_add (end->owned, g_object_ref (channel));
  if (!end->deaf)
    g_signal_connect (channel, "message", G_CALLBACK (on_message), end);
}

static void
on_state (PlPeer *peer, guint state, End *end)
{
  g_assert_cmpuint (state, ==, pl_peer_get_state (peer));
  g_assert_cmpuint (end->n_closed, ==, 0);
  if (state != end->close_in)
    return;
  end->close_in = 0;
  if (end->drop)
    drop (end);
  else
    pl_peer_close (peer);
}

static void
on_path (PlPeer *peer, End *end)
{
  PlPath path;
  g_assert_true (pl_peer_get_path (peer, &path));
  g_assert_true (g_str_has_prefix (path.remote, "127.0.0.1:"));
  end->n_paths++;
}

static void
on_closed (PlPeer *peer, const GError *reason, End *end)
{
  g_assert_cmpint (pl_peer_get_state (peer), ==, PL_PEER_CLOSED);
  g_assert_cmpuint (end->n_closed++, ==, 0);
  end->reason = reason ? g_error_copy (reason) : NULL;
}

static void
end_init (End *end, Pair *pair, gboolean polite)
{
  const char *const addresses[] = { "127.0.0.1", NULL };
  const PlPeerConfig config
      = { .polite = polite, .local_addresses = (GStrv) addresses, .no_tcp = TRUE };
  g_autoptr (GError) error = NULL;

  end->pair = pair;
  end->owned = g_ptr_array_new_with_free_func (g_object_unref);
  end->got = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  end->peer = pl_peer_new (&config, &error);
  g_assert_no_error (error);
  g_signal_connect (end->peer, "description", G_CALLBACK (on_description), end);
  g_signal_connect (end->peer, "candidate", G_CALLBACK (on_candidate), end);
  g_signal_connect (end->peer, "channel", G_CALLBACK (on_channel), end);
  g_signal_connect (end->peer, "state-changed", G_CALLBACK (on_state), end);
  g_signal_connect (end->peer, "path-changed", G_CALLBACK (on_path), end);
  g_signal_connect (end->peer, "closed", G_CALLBACK (on_closed), end);
}

static Pair *
pair_new (void)
{
  Pair *pair = g_new0 (Pair, 1);
  pair->context = g_main_context_new ();
  g_main_context_push_thread_default (pair->context);
  g_queue_init (&pair->signals);
  end_init (&pair->a, pair, /* polite = */ FALSE);
  end_init (&pair->b, pair, /* polite = */ TRUE);
  return pair;
}

static void
end_clear (End *end)
{
  for (guint i = 0; i < end->owned->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (end->owned, i), end);
  if (end->peer) {
    g_signal_handlers_disconnect_by_data (end->peer, end);
    g_assert_finalize_object (end->peer);
  }
  g_ptr_array_unref (end->owned);
  g_ptr_array_unref (end->got);
  g_clear_error (&end->reason);
}

static void
pair_free (Pair *pair)
{
  end_clear (&pair->a);
  end_clear (&pair->b);
  while (g_main_context_iteration (pair->context, /* may_block = */ FALSE))
    ;
  g_queue_clear_full (&pair->signals, (GDestroyNotify) signal_free);
  g_main_context_pop_thread_default (pair->context);
  g_main_context_unref (pair->context);
  g_free (pair);
}

static gboolean
on_late (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

#define run_until(pair, condition)                                                             \
  G_STMT_START                                                                                 \
  {                                                                                            \
    gboolean late_ = FALSE;                                                                    \
    GSource *source_ = g_timeout_source_new_seconds (20);                                      \
    g_source_set_callback (source_, on_late, &late_, NULL);                                    \
    g_source_attach (source_, (pair)->context);                                                \
    while (!(condition) && !late_)                                                             \
      g_main_context_iteration ((pair)->context, TRUE);                                        \
    g_source_destroy (source_);                                                                \
    g_source_unref (source_);                                                                  \
    g_assert_true (condition);                                                                 \
  }                                                                                            \
  G_STMT_END

static gboolean
is_open (const End *end)
{
  return end->peer && pl_peer_get_state (end->peer) == PL_PEER_OPEN;
}

static Pair *
pair_new_open (void)
{
  Pair *pair = pair_new ();
  pl_peer_start (pair->a.peer);
  run_until (pair, is_open (&pair->a) && is_open (&pair->b));
  return pair;
}

static PlChannel *
open_channel (End *end, const char *label)
{
  g_autoptr (GError) error = NULL;
  PlChannel *channel = pl_peer_open_channel (end->peer, label, NULL, NULL, &error);
  g_assert_no_error (error);
  return channel;
}

static void
send (PlChannel *channel, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  pl_channel_send (channel, bytes, /* is_text = */ TRUE, &error);
  g_assert_no_error (error);
}

static void
send_size (PlChannel *channel, size_t size, guint8 fill)
{
  guint8 *data = g_malloc (size + 1);
  memset (data, fill, size);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, size);
  g_autoptr (GError) error = NULL;
  pl_channel_send (channel, bytes, /* is_text = */ FALSE, &error);
  g_assert_no_error (error);
}

static void
count (guint *n)
{
  (*n)++;
}

/* --- the connection --- */

static void
test_connect (void)
{
  Pair *pair = pair_new_open ();

  g_assert_cmpuint (pair->a.n_paths, ==, 1);
  g_assert_cmpuint (pair->b.n_paths, ==, 1);
  pair->b.echo = TRUE;
  g_autoptr (PlChannel) channel = open_channel (&pair->a, "hello");
  g_signal_connect (channel, "message", G_CALLBACK (on_message), &pair->a);
  send (channel, "ping"); /* right behind the OPEN */
  run_until (pair, pair->a.got->len == 1);
  g_assert_cmpmem (g_bytes_get_data (pair->a.got->pdata[0], NULL), 4, "ping", 4);
  g_assert_cmpstr (pl_channel_get_label (pair->b.channel), ==, "hello");
  g_assert_cmpint (pl_channel_get_state (channel), ==, PL_CHANNEL_OPEN);
  g_assert_cmpuint (pl_channel_get_id (channel), ==, pl_channel_get_id (pair->b.channel));
  PlPath path;
  g_assert_true (pl_peer_get_path (pair->a.peer, &path));
  g_assert_cmpint (path.rtt_ms, >=, 0);
  g_signal_handlers_disconnect_by_data (channel, &pair->a);
  pair_free (pair);
}

/* Channels and messages from before the connection leave once it stands, on either side. */
static void
test_early_channels (void)
{
  Pair *pair = pair_new ();
  g_autoptr (PlChannel) one = open_channel (&pair->a, "one");
  g_autoptr (PlChannel) two = open_channel (&pair->b, "two");
  send (one, "1");
  send (two, "2");
  pl_peer_start (pair->a.peer);
  run_until (pair, pair->a.got->len == 1 && pair->b.got->len == 1);
  /* RFC 8832 section 6: the answerer is the DTLS client and has the even ids. */
  g_assert_cmpuint (pl_channel_get_id (one), ==, 1);
  g_assert_cmpuint (pl_channel_get_id (two), ==, 0);
  pair_free (pair);
}

static void
test_glare (void)
{
  Pair *pair = pair_new ();
  pl_peer_start (pair->a.peer);
  pl_peer_start (pair->b.peer);
  run_until (pair, is_open (&pair->a) && is_open (&pair->b));
  g_autoptr (PlChannel) channel = open_channel (&pair->b, "x");
  send (channel, "y");
  run_until (pair, pair->a.got->len == 1);
  pair_free (pair);
}

/* --- messages --- */

static void
test_sizes (void)
{
  static const size_t sizes[]
      = { 0, 1, 2, 1171, 1172, 1200, 4096, 65535, 65536, 200000, PL_MAX_MESSAGE_SIZE };
  Pair *pair = pair_new_open ();
  g_autoptr (PlChannel) channel = open_channel (&pair->a, "sizes");
  pair->b.echo = TRUE;
  g_signal_connect (channel, "message", G_CALLBACK (on_message), &pair->a);

  for (guint text = 0; text < 2; text++) {
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
      g_autofree char *data = g_strnfill (sizes[i], 'a' + i);
      g_autoptr (GBytes) bytes = g_bytes_new (data, sizes[i]);
      g_assert_true (pl_channel_send (channel, bytes, text, NULL));
    }
  }
  const guint n = 2 * G_N_ELEMENTS (sizes);
  run_until (pair, pair->a.got->len == n);
  for (guint i = 0; i < n; i++) {
    const size_t size = sizes[i % G_N_ELEMENTS (sizes)];
    g_autofree char *data = g_strnfill (size, 'a' + i % G_N_ELEMENTS (sizes));
    gsize len;
    const void *got = g_bytes_get_data (pair->a.got->pdata[i], &len);
    g_assert_cmpmem (got, len, data, size);
  }
  g_signal_handlers_disconnect_by_data (channel, &pair->a);
  pair_free (pair);
}

static void
test_refused_messages (void)
{
  Pair *pair = pair_new_open ();
  g_autoptr (PlChannel) channel = open_channel (&pair->a, "limits");
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
  pair_free (pair);
}

static void
test_back_pressure (void)
{
  Pair *pair = pair_new_open ();
  g_autoptr (PlChannel) channel = open_channel (&pair->a, "bulk");
  guint n_low = 0;
  const guint n = 256;

  g_signal_connect_swapped (channel, "buffered-low", G_CALLBACK (count), &n_low);
  pl_channel_set_buffered_low (channel, 1024 * 1024);
  for (guint i = 0; i < n; i++)
    send_size (channel, 65536, i);
  g_assert_cmpuint (pl_channel_get_buffered_amount (channel), ==, n * 65536);
  run_until (pair, pair->b.got->len == n);
  g_assert_cmpuint (n_low, ==, 1);
  g_assert_cmpuint (pl_channel_get_buffered_amount (channel), ==, 0);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (((guint8 *) g_bytes_get_data (pair->b.got->pdata[i], NULL))[65535], ==,
                      i & 0xff);
  pair_free (pair);
}

/* A small message on a second channel does not wait for all of the first. */
static void
test_fairness (void)
{
  Pair *pair = pair_new_open ();
  g_autoptr (PlChannel) bulk = open_channel (&pair->a, "bulk");
  g_autoptr (PlChannel) control = open_channel (&pair->a, "control");
  for (guint i = 0; i < 256; i++)
    send_size (bulk, 65536, 0);
  send (control, "now");
  run_until (pair, pair->b.got_bytes % 65536 == 3);
  g_assert_cmpuint (pair->b.got->len, <, 128);
  pair_free (pair);
}

/* What nobody listens to is kept up to a bound, and delivered when somebody does. */
static void
test_late_listener (void)
{
  Pair *pair = pair_new_open ();
  g_autoptr (PlChannel) channel = open_channel (&pair->a, "late");
  const guint n = 96;

  pair->b.deaf = TRUE;
  for (guint i = 0; i < n; i++)
    send_size (channel, 65536, i);
  run_until (pair, pl_channel_get_buffered_amount (channel) < (n - 30) * 65536);
  /* Time enough for all of it, had the other end not stopped reading. */
  g_autoptr (PlChannel) back = open_channel (&pair->b, "back");
  for (guint i = 0; i < n; i++)
    send_size (back, 65536, i);
  run_until (pair, pair->a.got->len == n);
  g_assert_cmpuint (pl_channel_get_buffered_amount (channel), >, PL_MAX_PENDING_INPUT);
  g_assert_cmpuint (pair->b.got->len, ==, 0);
  g_signal_connect (pair->b.channel, "message", G_CALLBACK (on_message), &pair->b);
  run_until (pair, pair->b.got->len == n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (((guint8 *) g_bytes_get_data (pair->b.got->pdata[i], NULL))[0], ==, i);
  pair_free (pair);
}

/* --- channels --- */

static void
test_close_channel (void)
{
  Pair *pair = pair_new_open ();
  guint n_closed = 0;

  for (guint by_b = 0; by_b < 2; by_b++) {
    g_autoptr (PlChannel) channel = open_channel (&pair->a, "x");
    g_signal_connect_swapped (channel, "closed", G_CALLBACK (count), &n_closed);
    send (channel, "last words");
    pair->b.channel = NULL;
    run_until (pair, pair->b.channel && pl_channel_get_state (channel) == PL_CHANNEL_OPEN);
    PlChannel *other = pair->b.channel;
    g_signal_connect_swapped (other, "closed", G_CALLBACK (count), &n_closed);
    pl_channel_close (by_b ? other : channel);
    run_until (pair, n_closed == 2 * (by_b + 1));
    g_assert_cmpuint (pl_channel_get_id (channel), ==, 1); /* free again */
  }
  g_assert_cmpuint (pair->b.got->len, ==, 2);
  pair_free (pair);
}

static void
test_many_channels (void)
{
  Pair *pair = pair_new_open ();
  g_autoptr (GPtrArray) channels = g_ptr_array_new_with_free_func (g_object_unref);
  guint n_closed = 0;
  const guint n = 500;

  for (guint i = 0; i < 2 * n; i++) {
    PlChannel *channel = open_channel (i % 2 ? &pair->a : &pair->b, "many");
    g_signal_connect_swapped (channel, "closed", G_CALLBACK (count), &n_closed);
    g_ptr_array_add (channels, channel);
    send (channel, "x");
  }
  run_until (pair, pair->a.got->len == n && pair->b.got->len == n);
  for (guint i = 0; i < 2 * n; i++)
    pl_channel_close (channels->pdata[i]);
  run_until (pair, n_closed == 2 * n);
  g_autoptr (PlChannel) again = open_channel (&pair->a, "again");
  send (again, "y");
  run_until (pair, pair->b.got->len == n + 1);
  g_assert_cmpuint (pl_channel_get_id (again), ==, 1);
  pair_free (pair);
}

static void
test_too_many_channels (void)
{
  Pair *pair = pair_new ();
  g_autoptr (GPtrArray) channels = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < PL_MAX_CHANNELS; i++)
    g_ptr_array_add (channels, open_channel (&pair->a, "x"));
  g_assert_null (pl_peer_open_channel (pair->a.peer, "x", NULL, NULL, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  pair_free (pair);
}

/* --- a remote that breaks the rules --- */

static void
send_raw (End *end, uint16_t stream, uint32_t ppid, const void *data, size_t len)
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
  Pair *pair = pair_new_open ();
  g_autoptr (PlChannel) good = open_channel (&pair->a, "good");
  g_autoptr (PlChannel) bad = open_channel (&pair->a, "bad");
  g_autoptr (GError) reason = NULL;
  send (bad, "1");
  send (good, "2");
  run_until (pair, pair->b.got->len == 2);
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
  run_until (pair, reason != NULL);
  g_assert_error (reason, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  send (good, "3");
  run_until (pair, pair->b.got->len == 3);
  g_assert_cmpuint (pair->b.n_channels, ==, 2);
  pair_free (pair);
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
  Pair *pair = pair_new ();
  feed_nonsense (pair->a.peer);
  feed_nonsense (pair->b.peer);
  g_signal_connect (pair->a.peer, "state-changed", G_CALLBACK (on_state_feed_nonsense), NULL);
  g_signal_connect (pair->b.peer, "state-changed", G_CALLBACK (on_state_feed_nonsense), NULL);
  pl_peer_start (pair->a.peer);
  run_until (pair, is_open (&pair->a) && is_open (&pair->b));
  feed_nonsense (pair->a.peer);
  g_autoptr (PlChannel) channel = open_channel (&pair->a, "x");
  send (channel, "fine");
  run_until (pair, pair->b.got->len == 1);
  pair_free (pair);
}

/* --- the end --- */

static void
test_close_delivers (void)
{
  Pair *pair = pair_new_open ();
  g_autoptr (PlChannel) channel = open_channel (&pair->a, "last");
  g_autoptr (GError) reason = NULL;
  g_signal_connect (channel, "closed", G_CALLBACK (on_channel_closed), &reason);
  for (guint i = 0; i < 64; i++)
    send_size (channel, 65536, i);
  pl_peer_close (pair->a.peer);
  g_assert_cmpuint (pair->a.n_closed, ==, 0);
  g_assert_cmpint (pl_peer_get_state (pair->a.peer), ==, PL_PEER_CLOSING);
  run_until (pair, pair->a.n_closed && pair->b.n_closed);
  g_assert_cmpuint (pair->b.got->len, ==, 64);
  g_assert_no_error (pair->a.reason);
  g_assert_error (pair->b.reason, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  g_assert_nonnull (reason);
  g_assert_cmpint (pl_channel_get_state (channel), ==, PL_CHANNEL_CLOSED);
  pair_free (pair);
}

static void
test_close_both (void)
{
  Pair *pair = pair_new_open ();
  pl_peer_close (pair->a.peer);
  pl_peer_close (pair->b.peer);
  run_until (pair, pair->a.n_closed && pair->b.n_closed);
  g_assert_no_error (pair->a.reason);
  g_assert_no_error (pair->b.reason);
  g_assert_null (pl_peer_open_channel (pair->a.peer, "x", NULL, NULL, NULL));
  pair_free (pair);
}

static void
test_close_in_each_state (void)
{
  for (guint state = PL_PEER_NEW; state <= PL_PEER_OPEN; state++) {
    for (guint drops = 0; drops < 2; drops++) {
      Pair *pair = pair_new ();
      g_autoptr (PlChannel) channel = open_channel (&pair->a, "x");
      guint n_closed = 0;
      g_signal_connect_swapped (channel, "closed", G_CALLBACK (count), &n_closed);
      pair->a.close_in = state;
      pair->a.drop = drops;
      g_autoptr (PlPeer) peer = g_object_ref (pair->a.peer);
      if (state == PL_PEER_NEW)
        on_state (peer, state, &pair->a);
      pl_peer_start (peer);
      g_clear_object (&peer);
      run_until (pair, pair->a.peer == NULL || pair->a.n_closed == 1);
      g_assert_cmpuint (n_closed, ==, 1);
      g_assert_no_error (pair->a.reason);
      pair_free (pair);
    }
  }
}

/* One end is gone for good after each step of the signaling. */
static void
test_vanish_at_each_step (void)
{
  for (guint step = 1; step < 8; step++) {
    Pair *pair = pair_new ();
    pair->drop_b_after = step;
    pl_peer_start (pair->a.peer);
    run_until (pair, pair->b.peer == NULL || (is_open (&pair->a) && is_open (&pair->b)));
    pl_peer_close (pair->a.peer);
    run_until (pair, pair->a.n_closed == 1);
    pair_free (pair);
  }
}

/* --- restart --- */

static void
test_restart_with_data (void)
{
  Pair *pair = pair_new_open ();
  g_autoptr (PlChannel) channel = open_channel (&pair->a, "bulk");
  const guint n = 320;

  for (guint i = 0; i < n; i++)
    send_size (channel, 65536, i);
  run_until (pair, pair->b.got->len > 8);
  pl_peer_restart_ice (pair->a.peer);
  run_until (pair, pair->a.n_paths >= 2 && pair->b.n_paths >= 2);
  pl_peer_restart_ice (pair->a.peer); /* both at once */
  pl_peer_restart_ice (pair->b.peer);
  run_until (pair, pair->a.n_paths >= 3 && pair->b.n_paths >= 3);
  run_until (pair, pair->b.got->len == n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (((guint8 *) g_bytes_get_data (pair->b.got->pdata[i], NULL))[9], ==,
                      i & 0xff);
  g_assert_true (is_open (&pair->a) && is_open (&pair->b));
  pair_free (pair);
}

static void
test_lost_and_found (void)
{
  Pair *pair = pair_new_open ();
  g_autoptr (PlChannel) channel = open_channel (&pair->a, "x");
  for (guint by = 0; by < 3; by++) {
    const guint n_paths = pair->a.n_paths;
    if (by != 1)
      pl_peer_step (pair->a.peer, PL_PEER_EV_LOST);
    if (by != 0)
      pl_peer_step (pair->b.peer, PL_PEER_EV_LOST);
    g_assert_false (is_open (&pair->a) && is_open (&pair->b));
    send (channel, "still here");
    run_until (pair, is_open (&pair->a) && is_open (&pair->b) && pair->b.got->len == by + 1);
    g_assert_cmpuint (pair->a.n_paths, >, n_paths);
  }
  pair_free (pair);
}

static void
test_lost (void)
{
  Pair *pair = pair_new_open ();
  g_autoptr (PlChannel) channel = open_channel (&pair->a, "x");
  g_autoptr (GError) reason = NULL;
  g_signal_connect (channel, "closed", G_CALLBACK (on_channel_closed), &reason);
  drop (&pair->b);
  pl_peer_step (pair->a.peer, PL_PEER_EV_LOST);
  pl_deadline_set (pair->a.peer->timer, 0); /* the 30 s of grace are over */
  run_until (pair, pair->a.n_closed == 1);
  g_assert_error (pair->a.reason, PL_LINK_ERROR, PL_LINK_ERROR_LOST);
  g_assert_error (reason, PL_LINK_ERROR, PL_LINK_ERROR_LOST);
  pair_free (pair);
}

static void
test_no_handshake (void)
{
  Pair *pair = pair_new ();
  pair->b.close_in = PL_PEER_SECURING;
  pair->b.drop = TRUE;
  pl_peer_start (pair->a.peer);
  run_until (pair, pl_peer_get_state (pair->a.peer) == PL_PEER_SECURING);
  pl_deadline_set (pair->a.peer->timer, 0);
  run_until (pair, pair->a.n_closed == 1);
  g_assert_error (pair->a.reason, PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE);
  pair_free (pair);
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
  g_test_add_func ("/peer/many-channels", test_many_channels);
  g_test_add_func ("/peer/too-many-channels", test_too_many_channels);
  g_test_add_func ("/peer/bad-remote", test_bad_remote);
  g_test_add_func ("/peer/nonsense-in-each-state", test_nonsense_in_each_state);
  g_test_add_func ("/peer/close-delivers", test_close_delivers);
  g_test_add_func ("/peer/close-both", test_close_both);
  g_test_add_func ("/peer/close-in-each-state", test_close_in_each_state);
  g_test_add_func ("/peer/vanish-at-each-step", test_vanish_at_each_step);
  g_test_add_func ("/peer/restart-with-data", test_restart_with_data);
  g_test_add_func ("/peer/lost-and-found", test_lost_and_found);
  g_test_add_func ("/peer/lost", test_lost);
  g_test_add_func ("/peer/no-handshake", test_no_handshake);
  return g_test_run ();
}
