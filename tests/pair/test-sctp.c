/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "link/sctp-socket.h"
#include "link/sctp.h"
#include "tests/lib/pl-test.h"
#include "tests/pair/wire.h"

#include <string.h>

/* Two associations joined by two wires. */
typedef struct {
  PlSctp *sctp;
  Wire *out;
  guint n_connected;
  guint n_closed;
  GError *reason;
  GPtrArray *messages; /* of GBytes */
  GArray *streams;     /* of uint16_t, of each message */
  GArray *ppids;       /* of uint32_t */
  guint n_writable;
  guint n_flushed;
  guint n_unflushed; /* packets since the last flush */
  GArray *remote_resets;
  GArray *own_resets;
  gboolean free_in_message;

  /* Bulk: a stream of bytes that both ends can compute. */
  guint64 to_send;
  guint64 sent;
  guint64 received;
  gboolean bulk;
  guint message_size;
} End;

typedef struct {
  End ends[2];
} Pair;

static void
on_packet (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  g_assert_cmpuint (len, <=, PL_MTU);
  end->n_unflushed++;
  wire_send (end->out, data, len);
}

static void
on_flush (gpointer user_data)
{
  End *end = user_data;
  end->n_flushed++;
  end->n_unflushed = 0;
}

static void
on_connected (gpointer user_data)
{
  End *end = user_data;
  end->n_connected++;
}

static uint8_t
bulk_byte (guint64 at)
{
  return at ^ at >> 8 ^ at >> 17;
}

static void
check_bulk (End *end, const uint8_t *data, size_t len)
{
  /* All of the first and last bytes, a sample between them: 100 MB shall take a second. */
  for (size_t i = 0; i < len; i += i < 64 || i + 64 > len ? 1 : 61)
    if (data[i] != bulk_byte (end->received + i))
      g_error ("byte %" G_GUINT64_FORMAT " is wrong", end->received + i);
  end->received += len;
}

static void
on_message (uint16_t stream, uint32_t ppid, GBytes *data, gpointer user_data)
{
  End *end = user_data;
  size_t len;
  const uint8_t *bytes = g_bytes_get_data (data, &len);

  g_assert_cmpuint (end->n_connected, ==, 1);
  g_assert_cmpuint (end->n_closed, ==, 0);
  if (end->bulk) {
    check_bulk (end, bytes, len);
    return;
  }
  g_ptr_array_add (end->messages, g_bytes_ref (data));
  g_array_append_val (end->streams, stream);
  g_array_append_val (end->ppids, ppid);
  if (end->free_in_message)
    g_clear_pointer (&end->sctp, pl_sctp_free);
}

static void
send_bulk (End *end)
{
  g_autofree uint8_t *message = g_malloc (end->message_size);
  PlSctpSendInfo info = { 1, PL_PPID_BINARY, FALSE, -1, -1 };

  while (end->sent < end->to_send) {
    guint len = MIN (end->message_size, end->to_send - end->sent);
    g_autoptr (GError) error = NULL;
    for (guint i = 0; i < len; i++)
      message[i] = bulk_byte (end->sent + i);
    if (!pl_sctp_send (end->sctp, &info, message, len, &error)) {
      g_assert_error (error, PL_LINK_ERROR, PL_LINK_ERROR_WOULD_BLOCK);
      return;
    }
    end->sent += len;
  }
}

static void
on_writable (gpointer user_data)
{
  End *end = user_data;
  end->n_writable++;
  send_bulk (end);
}

static void
on_streams_reset (const uint16_t *streams, guint n, gpointer user_data)
{
  End *end = user_data;
  g_array_append_vals (end->remote_resets, streams, n);
}

static void
on_reset_done (const uint16_t *streams, guint n, gpointer user_data)
{
  End *end = user_data;
  g_array_append_vals (end->own_resets, streams, n);
}

static void
on_closed (const GError *reason, gpointer user_data)
{
  End *end = user_data;
  g_assert_cmpuint (end->n_closed++, ==, 0);
  end->reason = g_error_copy (reason);
}

static const PlSctpOps ops = { on_packet,   on_flush,         on_connected,  on_message,
                               on_writable, on_streams_reset, on_reset_done, on_closed };

static void
on_deliver (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  if (end->sctp != NULL)
    pl_sctp_feed (end->sctp, data, len);
}

static void
pair_init (Pair *pair, const WireConfig *config)
{
  memset (pair, 0, sizeof *pair);
  for (int i = 0; i < 2; i++) {
    End *end = &pair->ends[i];
    WireConfig own = *config;
    g_autoptr (GError) error = NULL;
    PlSctpConfig sctp = { 5000, 5000, PL_MAX_MESSAGE_SIZE };

    own.seed += i;
    end->out = wire_new (&own, on_deliver, &pair->ends[1 - i]);
    end->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
    end->streams = g_array_new (FALSE, FALSE, sizeof (uint16_t));
    end->ppids = g_array_new (FALSE, FALSE, sizeof (uint32_t));
    end->remote_resets = g_array_new (FALSE, FALSE, sizeof (uint16_t));
    end->own_resets = g_array_new (FALSE, FALSE, sizeof (uint16_t));
    end->sctp = pl_sctp_new (&sctp, &ops, end, &error);
    g_assert_no_error (error);
  }
}

static void
pair_clear (Pair *pair)
{
  for (int i = 0; i < 2; i++) {
    End *end = &pair->ends[i];
    pl_sctp_free (end->sctp);
    wire_free (end->out);
    g_ptr_array_unref (end->messages);
    g_array_unref (end->streams);
    g_array_unref (end->ppids);
    g_array_unref (end->remote_resets);
    g_array_unref (end->own_resets);
    g_clear_error (&end->reason);
  }
}

#define RUN_UNTIL(condition)                                                                   \
  G_STMT_START                                                                                 \
  {                                                                                            \
    while (!(condition)) /* the watchdog bounds it */                                          \
      g_main_context_iteration (NULL, TRUE);                                                   \
  }                                                                                            \
  G_STMT_END

static void
pair_connect (Pair *pair)
{
  for (int i = 0; i < 2; i++)
    g_assert_true (pl_sctp_connect (pair->ends[i].sctp, NULL));
  RUN_UNTIL (pair->ends[0].n_connected && pair->ends[1].n_connected);
  g_assert_cmpuint (pl_sctp_get_n_streams (pair->ends[0].sctp), ==, PL_MAX_CHANNELS);
}

static void
send_message (End *end, uint16_t stream, uint32_t ppid, size_t len)
{
  PlSctpSendInfo info = { stream, ppid, FALSE, -1, -1 };
  g_autofree uint8_t *message = g_malloc (len + 1);
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < len; i++)
    message[i] = bulk_byte (i + len);
  pl_sctp_send (end->sctp, &info, message, len, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (end->n_unflushed, ==, 0);
}

static void
assert_message (End *end, guint index, uint16_t stream, uint32_t ppid, size_t len)
{
  GBytes *message = g_ptr_array_index (end->messages, index);
  const uint8_t *data = g_bytes_get_data (message, NULL);

  g_assert_cmpuint (g_array_index (end->streams, uint16_t, index), ==, stream);
  g_assert_cmpuint (g_array_index (end->ppids, uint32_t, index), ==, ppid);
  g_assert_cmpuint (g_bytes_get_size (message), ==, len);
  for (size_t i = 0; i < len; i++)
    g_assert_true (data[i] == bulk_byte (i + len));
}

static void
test_sizes (void)
{
  static const size_t sizes[] = { 0, 1, 2, 1160, 65535, 65536, 65537, PL_MAX_MESSAGE_SIZE };
  Pair pair;

  pair_init (&pair, &(WireConfig){ .delay_us = 500 });
  pair_connect (&pair);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (int end = 0; end < 2; end++)
      send_message (&pair.ends[end], i, sizes[i] ? PL_PPID_BINARY : PL_PPID_STRING_EMPTY,
                    sizes[i]);
  for (int end = 0; end < 2; end++) {
    RUN_UNTIL (pair.ends[end].messages->len == G_N_ELEMENTS (sizes));
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      assert_message (&pair.ends[end], i, i, sizes[i] ? PL_PPID_BINARY : PL_PPID_STRING_EMPTY,
                      sizes[i]);
    RUN_UNTIL (pl_sctp_get_buffered (pair.ends[end].sctp) == 0);
    g_assert_cmpint (pl_sctp_get_rtt_ms (pair.ends[end].sctp), >=, 0);
    g_assert_cmpint (pl_sctp_get_rtt_ms (pair.ends[end].sctp), <, 1000);
  }
  pair_clear (&pair);
}

static void
test_refused_sends (void)
{
  Pair pair;
  PlSctpSendInfo info = { 0, PL_PPID_BINARY, FALSE, -1, -1 };
  g_autoptr (GError) early = NULL;
  g_autoptr (GError) long_one = NULL;
  g_autoptr (GError) stream = NULL;
  g_autofree uint8_t *message = g_malloc0 (PL_MAX_MESSAGE_SIZE + 1);

  pair_init (&pair, &(WireConfig){ 0 });
  g_assert_false (pl_sctp_send (pair.ends[0].sctp, &info, message, 1, &early));
  g_assert_error (early, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  g_assert_cmpint (pl_sctp_get_rtt_ms (pair.ends[0].sctp), ==, -1);
  pair_connect (&pair);
  g_assert_false (
      pl_sctp_send (pair.ends[0].sctp, &info, message, PL_MAX_MESSAGE_SIZE + 1, &long_one));
  g_assert_error (long_one, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  info.stream = PL_MAX_CHANNELS;
  g_assert_false (pl_sctp_send (pair.ends[0].sctp, &info, message, 1, &stream));
  g_assert_error (stream, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  send_message (&pair.ends[0], 3, PL_PPID_STRING, 10);
  RUN_UNTIL (pair.ends[1].messages->len == 1);
  pair_clear (&pair);
}

static void
test_bad_path (void)
{
  Pair pair;
  pair_init (&pair, &(WireConfig){ .seed = pl_test_seed (),
                                   .delay_us = 2000,
                                   .loss_permille = 30,
                                   .reorder_permille = 50,
                                   .duplicate_permille = 20 });
  pair_connect (&pair);
  for (guint i = 0; i < 40; i++)
    for (int end = 0; end < 2; end++)
      send_message (&pair.ends[end], i % 3, PL_PPID_BINARY, 1 + i * 300);
  for (int end = 0; end < 2; end++) {
    guint next[3] = { 0, 1, 2 }; /* ordered within each stream */
    RUN_UNTIL (pair.ends[end].messages->len == 40);
    for (guint i = 0; i < 40; i++) {
      uint16_t stream = g_array_index (pair.ends[end].streams, uint16_t, i);
      assert_message (&pair.ends[end], i, stream, PL_PPID_BINARY, 1 + next[stream] * 300);
      next[stream] += 3;
    }
  }
  pair_clear (&pair);
}

/* Partial reliability: what is lost stays lost, what comes is whole, and nothing stays behind.
 */
static void
test_partial_reliability (void)
{
  g_autofree uint8_t *message = g_malloc0 (3000);
  Pair pair;

  pair_init (&pair, &(WireConfig){ .seed = 5, .delay_us = 1000, .loss_permille = 200 });
  pair_connect (&pair);
  for (guint i = 0; i < 100; i++) {
    PlSctpSendInfo info = { 1, PL_PPID_BINARY, TRUE, i % 2 ? 0 : -1, i % 2 ? -1 : 30 };
    g_assert_true (pl_sctp_send (pair.ends[0].sctp, &info, message, 1 + i * 30, NULL));
  }
  send_message (&pair.ends[0], 2, PL_PPID_STRING, 5); /* reliable, behind them */
  guint n_reliable = 0;
  while (n_reliable == 0 || pl_sctp_get_buffered (pair.ends[0].sctp) > 0) {
    g_main_context_iteration (NULL, TRUE);
    for (guint i = n_reliable = 0; i < pair.ends[1].messages->len; i++)
      n_reliable += g_array_index (pair.ends[1].streams, uint16_t, i) == 2;
  }
  g_assert_cmpuint (n_reliable, ==, 1);
  g_assert_cmpuint (pair.ends[1].messages->len, <, 101);
  g_assert_cmpuint (pair.ends[1].messages->len, >, 20);
  for (guint i = 0; i + 1 < pair.ends[1].messages->len; i++) {
    size_t len = g_bytes_get_size (g_ptr_array_index (pair.ends[1].messages, i));
    g_assert_true (len == 5 || len % 30 == 1);
  }
  pair_clear (&pair);
}

/* The reader pauses: the sender is blocked with bounded memory on both sides, then all goes on.
 */
static void
test_back_pressure (void)
{
  Pair pair;
  End *sender = &pair.ends[0], *reader = &pair.ends[1];

  pair_init (&pair, &(WireConfig){ .delay_us = 200 });
  pair_connect (&pair);
  reader->bulk = TRUE;
  pl_sctp_set_reading (reader->sctp, FALSE);
  sender->message_size = 16384;
  sender->to_send = 20000000;
  send_bulk (sender);
  for (guint64 before = G_MAXUINT64, since = g_get_monotonic_time ();
       sender->sent != before || g_get_monotonic_time () - since < 300000;) {
    if (sender->sent != before)
      since = g_get_monotonic_time ();
    before = sender->sent;
    g_main_context_iteration (NULL, TRUE);
  }
  g_assert_cmpuint (reader->received, ==, 0);
  g_assert_cmpuint (sender->sent, <=, PL_SCTP_BUFFER + PL_MAX_PENDING_INPUT);
  g_assert_cmpuint (pl_sctp_get_buffered (sender->sctp), <=, PL_SCTP_BUFFER);
  g_assert_cmpuint (pl_sctp_get_buffered (sender->sctp), >, PL_SCTP_BUFFER / 2);
  pl_sctp_set_reading (reader->sctp, TRUE);
  RUN_UNTIL (reader->received == sender->to_send);
  g_assert_cmpuint (sender->n_writable, >, 0);
  pair_clear (&pair);
}

static gboolean
has_stream (GArray *streams, uint16_t stream)
{
  for (guint i = 0; i < streams->len; i++)
    if (g_array_index (streams, uint16_t, i) == stream)
      return TRUE;
  return FALSE;
}

/* Each end resets its side when its messages are out; then the id serves again. */
static void
test_reset (void)
{
  static const uint16_t ids[] = { 4, 6 };
  Pair pair;

  pair_init (&pair, &(WireConfig){ .seed = 3, .delay_us = 1000, .loss_permille = 20 });
  pair_connect (&pair);
  for (guint round = 1; round <= 3; round++) {
    for (int end = 0; end < 2; end++) {
      g_autoptr (GError) error = NULL;
      PlSctpSendInfo info = { 4, PL_PPID_BINARY, FALSE, -1, -1 };
      send_message (&pair.ends[end], 4, PL_PPID_BINARY, 20000 + round);
      send_message (&pair.ends[end], 6, PL_PPID_STRING, round);
      pl_sctp_reset_streams (pair.ends[end].sctp, ids, 1);
      pl_sctp_reset_streams (pair.ends[end].sctp, ids, 2);
      g_assert_false (
          pl_sctp_send (pair.ends[end].sctp, &info, (const uint8_t *) "x", 1, &error));
      g_assert_error (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
    }
    for (int end = 0; end < 2; end++) {
      RUN_UNTIL (pair.ends[end].own_resets->len == 2 && pair.ends[end].remote_resets->len == 2);
      for (guint i = 0; i < 2; i++) {
        g_assert_true (has_stream (pair.ends[end].own_resets, ids[i]));
        g_assert_true (has_stream (pair.ends[end].remote_resets, ids[i]));
      }
      g_assert_cmpuint (pair.ends[end].messages->len, ==,
                        2 * round); /* data before the reset */
      g_array_set_size (pair.ends[end].own_resets, 0);
      g_array_set_size (pair.ends[end].remote_resets, 0);
    }
  }
  pair_clear (&pair);
}

/* Many at once, asked for one by one. */
static void
test_many_resets (void)
{
  Pair pair;
  pair_init (&pair, &(WireConfig){ .delay_us = 300 });
  pair_connect (&pair);
  for (uint16_t stream = 0; stream < PL_MAX_CHANNELS; stream++) {
    send_message (&pair.ends[0], stream, PL_PPID_STRING, 1);
    pl_sctp_reset_streams (pair.ends[0].sctp, &stream, 1);
  }
  RUN_UNTIL (pair.ends[0].own_resets->len == PL_MAX_CHANNELS
             && pair.ends[1].remote_resets->len == PL_MAX_CHANNELS);
  g_assert_cmpuint (pair.ends[1].messages->len, ==, PL_MAX_CHANNELS);
  pair_clear (&pair);
}

/* The remote may send what it likes: a message above the announced size ends the association.
 */
static void
test_oversized (void)
{
  PlSctpConfig small = { 5000, 5000, 70000 };
  Pair pair;

  pair_init (&pair, &(WireConfig){ .delay_us = 300 });
  pl_sctp_free (pair.ends[1].sctp);
  pair.ends[1].sctp = pl_sctp_new (&small, &ops, &pair.ends[1], NULL);
  pair_connect (&pair);
  send_message (&pair.ends[0], 1, PL_PPID_BINARY, 70000);
  RUN_UNTIL (pair.ends[1].messages->len == 1);
  send_message (&pair.ends[0], 1, PL_PPID_BINARY, 70001);
  RUN_UNTIL (pair.ends[0].n_closed && pair.ends[1].n_closed);
  g_assert_error (pair.ends[1].reason, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  g_assert_error (pair.ends[0].reason, PL_LINK_ERROR, PL_LINK_ERROR_LOST);
  g_assert_cmpuint (pair.ends[1].messages->len, ==, 1);
  pair_clear (&pair);
}

/* The round-trip time is known without any data, of a new path too. */
static void
test_rtt (void)
{
  Pair pair;

  pair_init (&pair, &(WireConfig){ .delay_us = 10000 });
  pair_connect (&pair);
  RUN_UNTIL (pl_sctp_get_rtt_ms (pair.ends[0].sctp) >= 20);
  RUN_UNTIL (pl_sctp_get_rtt_ms (pair.ends[1].sctp) >= 20);
  pl_sctp_report_new_path (pair.ends[0].sctp);
  g_assert_cmpint (pl_sctp_get_rtt_ms (pair.ends[0].sctp), ==, -1);
  RUN_UNTIL (pl_sctp_get_rtt_ms (pair.ends[0].sctp) >= 20);
  pair_clear (&pair);
}

static void
test_shutdown (void)
{
  Pair pair;
  pair_init (&pair, &(WireConfig){ .delay_us = 500 });
  pair_connect (&pair);
  send_message (&pair.ends[0], 1, PL_PPID_BINARY, PL_MAX_MESSAGE_SIZE);
  pl_sctp_close (pair.ends[0].sctp);
  RUN_UNTIL (pair.ends[0].n_closed && pair.ends[1].n_closed);
  for (int end = 0; end < 2; end++)
    g_assert_error (pair.ends[end].reason, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  g_assert_cmpuint (pair.ends[1].messages->len, ==, 1);
  pair_clear (&pair);

  pair_init (&pair, &(WireConfig){ 0 }); /* before anything answers */
  pl_sctp_connect (pair.ends[0].sctp, NULL);
  pl_sctp_close (pair.ends[0].sctp);
  RUN_UNTIL (pair.ends[0].n_closed);
  g_assert_error (pair.ends[0].reason, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  pair_clear (&pair);
}

/* The remote is gone at each step, without a word: nothing crashes, memory is bounded, freeing
 * works; a path that comes back within a second loses nothing. */
static void
test_vanish (void)
{
  Pair pair;

  pair_init (&pair, &(WireConfig){ 0 });
  pl_sctp_connect (pair.ends[0].sctp, NULL);
  for (guint i = 0; i < 5; i++)
    g_main_context_iteration (NULL, TRUE);
  pair_clear (&pair);

  pair_init (&pair, &(WireConfig){ .delay_us = 300 });
  pair_connect (&pair);
  pair.ends[0].message_size = 65536;
  pair.ends[0].to_send = 50000000;
  wire_cut (pair.ends[1].out);
  g_clear_pointer (&pair.ends[1].sctp, pl_sctp_free);
  send_bulk (&pair.ends[0]);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (pair.ends[0].sent, <=, PL_SCTP_BUFFER);
  g_assert_cmpuint (pair.ends[0].n_closed, ==, 0);
  pl_sctp_close (pair.ends[0].sctp);
  pair_clear (&pair);
}

static gboolean
drop_all (guint index G_GNUC_UNUSED, const uint8_t *data G_GNUC_UNUSED,
          size_t len G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  return FALSE;
}

static void
test_outage (void)
{
  Pair pair;
  gboolean never = FALSE;
  int64_t start = g_get_monotonic_time ();

  pair_init (&pair, &(WireConfig){ .delay_us = 300 });
  pair_connect (&pair);
  for (int end = 0; end < 2; end++)
    wire_set_filter (pair.ends[end].out, drop_all, NULL);
  send_message (&pair.ends[0], 1, PL_PPID_BINARY, 100000);
  while (!never && g_get_monotonic_time () - start < 1500000)
    g_main_context_iteration (NULL, TRUE);
  for (int end = 0; end < 2; end++)
    wire_set_filter (pair.ends[end].out, NULL, NULL);
  pl_sctp_report_new_path (pair.ends[0].sctp);
  RUN_UNTIL (pair.ends[1].messages->len == 1);
  pair_clear (&pair);
}

static void
test_free_in_op (void)
{
  Pair pair;
  pair_init (&pair, &(WireConfig){ .delay_us = 300 });
  pair_connect (&pair);
  pair.ends[1].free_in_message = TRUE;
  for (guint i = 0; i < 10; i++)
    send_message (&pair.ends[0], 1, PL_PPID_BINARY, 100);
  RUN_UNTIL (pair.ends[1].sctp == NULL);
  g_assert_cmpuint (pair.ends[1].messages->len, ==, 1);
  pair_clear (&pair);
}

static void
test_side_by_side (void)
{
  Pair pairs[3];
  for (guint i = 0; i < 3; i++) {
    pair_init (&pairs[i], &(WireConfig){ .seed = i, .delay_us = 500, .loss_permille = 10 });
    pair_connect (&pairs[i]);
  }
  for (guint i = 0; i < 3; i++)
    for (int end = 0; end < 2; end++)
      send_message (&pairs[i].ends[end], i, PL_PPID_BINARY, 50000 + i);
  g_clear_pointer (&pairs[1].ends[0].sctp, pl_sctp_free); /* one dies, the others do not care */
  for (guint i = 0; i < 3; i += 2)
    for (int end = 0; end < 2; end++) {
      RUN_UNTIL (pairs[i].ends[end].messages->len == 1);
      assert_message (&pairs[i].ends[end], 0, i, PL_PPID_BINARY, 50000 + i);
    }
  for (guint i = 0; i < 3; i++)
    pair_clear (&pairs[i]);
}

static void
test_bulk (void)
{
  Pair pair;
  End *sender = &pair.ends[0], *reader = &pair.ends[1];

  pair_init (&pair, &(WireConfig){ .delay_us = 100 });
  pair_connect (&pair);
  reader->bulk = TRUE;
  sender->message_size = 65536;
  sender->to_send = 100000000;
  int64_t start = g_get_monotonic_time ();
  send_bulk (sender);
  RUN_UNTIL (reader->received == sender->to_send);
  g_test_message ("100 MB in %" G_GINT64_FORMAT " ms",
                  (g_get_monotonic_time () - start) / 1000);
  pair_clear (&pair);
}

/* A deep queue at a slow bottleneck: SCTP alone would fill it; the window bound keeps it short.
 */
static void
test_short_queue (void)
{
  Pair pair;
  End *sender = &pair.ends[0], *reader = &pair.ends[1];
  guint64 longest = 0;

  pair_init (&pair, &(WireConfig){
                        .delay_us = 10000, .bits_per_s = 40000000, .queue_bytes = 1000000 });
  pair_connect (&pair);
  reader->bulk = TRUE;
  sender->message_size = 65536;
  sender->to_send = 10000000;
  send_bulk (sender);
  RUN_UNTIL (reader->received > 4000000);
  int64_t start = g_get_monotonic_time ();
  while (reader->received < sender->to_send) {
    g_main_context_iteration (NULL, TRUE);
    longest = MAX (longest, wire_get_queued (sender->out));
  }
  double mbit = 6e6 * 8 / (g_get_monotonic_time () - start);
  g_test_message ("%.1f of 40 Mbit/s, longest queue %" G_GUINT64_FORMAT " bytes", mbit,
                  longest);
  g_assert_cmpuint (longest, <, 250000); /* the path holds 100,000 */
  g_assert_cmpfloat (mbit, >, 20);
  pair_clear (&pair);
}

static void
test_garbage (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (pl_test_seed ());
  Pair pair;

  pair_init (&pair, &(WireConfig){ .delay_us = 300 });
  pair_connect (&pair);
  for (guint n = 0; n < 3000; n++) {
    uint8_t junk[200];
    for (guint i = 0; i < sizeof junk; i++)
      junk[i] = g_rand_int (rand);
    if (n % 2)
      memcpy (junk, "\x13\x88\x13\x88", 4);
    pl_sctp_feed (pair.ends[n % 4 / 2].sctp, junk, g_rand_int_range (rand, 0, sizeof junk + 1));
  }
  send_message (&pair.ends[0], 1, PL_PPID_STRING, 10);
  RUN_UNTIL (pair.ends[1].messages->len == 1);
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/sctp/sizes", test_sizes);
  g_test_add_func ("/sctp/refused-sends", test_refused_sends);
  g_test_add_func ("/sctp/bad-path", test_bad_path);
  g_test_add_func ("/sctp/partial-reliability", test_partial_reliability);
  g_test_add_func ("/sctp/back-pressure", test_back_pressure);
  g_test_add_func ("/sctp/reset", test_reset);
  g_test_add_func ("/sctp/many-resets", test_many_resets);
  g_test_add_func ("/sctp/oversized", test_oversized);
  g_test_add_func ("/sctp/rtt", test_rtt);
  g_test_add_func ("/sctp/shutdown", test_shutdown);
  g_test_add_func ("/sctp/vanish", test_vanish);
  g_test_add_func ("/sctp/outage", test_outage);
  g_test_add_func ("/sctp/free-in-op", test_free_in_op);
  g_test_add_func ("/sctp/side-by-side", test_side_by_side);
  g_test_add_func ("/sctp/garbage", test_garbage);
  g_test_add_func ("/sctp/short-queue", test_short_queue);
  g_test_add_func ("/sctp/bulk", test_bulk);
  return g_test_run ();
}
