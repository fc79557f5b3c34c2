/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "link/sctp.h"
#include "peer/channel-private.h"
#include "tests/lib/pl-test.h"

/* One channel with a table that only counts. */
typedef struct {
  guint n_ready;
  size_t taken;
  guint n_closed;
  guint n_low;
  guint n_messages;
  GError *reason;
} Table;

static void
on_ready (PlChannel *channel G_GNUC_UNUSED, gpointer user_data)
{
  ((Table *) user_data)->n_ready++;
}

static size_t
on_get_max_message_size (gpointer user_data G_GNUC_UNUSED)
{
  return 100;
}

static void
on_taken (size_t size, gpointer user_data)
{
  ((Table *) user_data)->taken += size;
}

static const PlChannelOps ops
    = { .ready = on_ready, .get_max_message_size = on_get_max_message_size, .taken = on_taken };

static void
on_closed (PlChannel *channel G_GNUC_UNUSED, const GError *reason, Table *table)
{
  g_assert_cmpuint (table->n_closed++, ==, 0);
  table->reason = reason ? g_error_copy (reason) : NULL;
}

static void
on_message (PlChannel *channel G_GNUC_UNUSED, GBytes *bytes G_GNUC_UNUSED,
            gboolean is_text G_GNUC_UNUSED, Table *table)
{
  table->n_messages++;
}

static void
on_low (PlChannel *channel G_GNUC_UNUSED, Table *table)
{
  table->n_low++;
}

static PlChannel *
new_channel (Table *table)
{
  static const PlChannelOptions options = PL_CHANNEL_RELIABLE;
  PlChannel *channel = pl_channel_new ("label", "", &options, &ops, table);

  *table = (Table){ 0 };
  pl_channel_set_id (channel, 1);
  g_signal_connect (channel, "closed", G_CALLBACK (on_closed), table);
  g_signal_connect (channel, "buffered-low", G_CALLBACK (on_low), table);
  return channel;
}

static void
send_size (PlChannel *channel, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (size + 1), size);
  g_assert_true (pl_channel_send (channel, bytes, /* is_text = */ FALSE, NULL));
}

/* RFC 8831 section 6.7: the id is free when both sides are reset, whichever comes first. */
static void
test_both_resets (void)
{
  for (guint remote_first = 0; remote_first < 2; remote_first++) {
    Table table;
    g_autoptr (PlChannel) channel = new_channel (&table);
    pl_channel_arrived (channel);
    if (remote_first)
      pl_channel_remote_reset (channel);
    else
      pl_channel_close (channel);
    g_assert_true (pl_channel_take_reset (channel));
    g_assert_false (pl_channel_take_reset (channel));
    pl_channel_own_reset_done (channel);
    g_assert_cmpuint (table.n_closed, ==, remote_first);
    if (!remote_first)
      pl_channel_remote_reset (channel);
    g_assert_cmpuint (table.n_closed, ==, 1);
    g_assert_no_error (table.reason);
    pl_channel_finish (channel, NULL);
    g_assert_cmpuint (table.n_closed, ==, 1);
  }
}

/* What is buffered leaves before the reset; nothing is accepted behind it. */
static void
test_close_waits_for_queue (void)
{
  Table table;
  g_autoptr (PlChannel) channel = new_channel (&table);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) more = g_bytes_new_static ("x", 1);
  send_size (channel, 10);
  pl_channel_close (channel);
  g_assert_false (pl_channel_take_reset (channel));
  g_assert_false (pl_channel_send (channel, more, FALSE, &error));
  g_assert_error (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  pl_channel_handed_over (channel);
  g_assert_true (pl_channel_take_reset (channel));
}

static void
test_abort (void)
{
  Table table;
  g_autoptr (PlChannel) channel = new_channel (&table);
  g_autoptr (GError) reason
      = g_error_new_literal (PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "because");
  send_size (channel, 10);
  pl_channel_abort (channel, reason);
  g_assert_null (pl_channel_peek (channel));
  g_assert_true (pl_channel_take_reset (channel));
  pl_channel_remote_reset (channel);
  pl_channel_own_reset_done (channel);
  g_assert_error (table.reason, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  g_clear_error (&table.reason);
}

static void
test_buffered (void)
{
  Table table;
  g_autoptr (PlChannel) channel = new_channel (&table);
  pl_channel_set_buffered_low (channel, 100);
  for (guint i = 0; i < 3; i++)
    send_size (channel, 100);
  send_size (channel, 0);
  g_assert_cmpuint (pl_channel_get_buffered_amount (channel), ==, 300);
  g_assert_cmpuint (pl_channel_peek (channel)->ppid, ==, PL_PPID_BINARY);
  pl_channel_handed_over (channel);
  g_assert_cmpuint (table.n_low, ==, 0);
  pl_channel_handed_over (channel);
  g_assert_cmpuint (table.n_low, ==, 1);
  pl_channel_handed_over (channel);
  g_assert_cmpuint (table.n_low, ==, 1); /* from above the mark only */
  g_assert_cmpuint (pl_channel_peek (channel)->ppid, ==, PL_PPID_BINARY_EMPTY);
}

static void
test_waiting (void)
{
  Table table;
  g_autoptr (PlChannel) channel = new_channel (&table);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("abc", 3);
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);

  g_assert_cmpuint (pl_channel_receive (channel, 52, bytes), ==, 0); /* not ours to know */
  size_t waits = pl_channel_receive (channel, PL_PPID_BINARY, bytes);
  g_assert_cmpuint (waits, >, 3);
  g_assert_cmpint (pl_channel_get_state (channel), ==, PL_CHANNEL_OPEN); /* data is an ACK */
  /* Empty ones cost memory as well: a remote can send any number of them. */
  g_assert_cmpuint (pl_channel_receive (channel, PL_PPID_STRING_EMPTY, empty), ==, waits - 3);
  pl_test_run_idle (NULL);
  g_assert_cmpuint (table.taken, ==, 0);
  g_signal_connect (channel, "message", G_CALLBACK (on_message), &table);
  pl_test_run_idle (NULL);
  g_assert_cmpuint (table.n_messages, ==, 2);
  g_assert_cmpuint (table.taken, ==, 2 * waits - 3);
  g_assert_cmpuint (pl_channel_receive (channel, PL_PPID_BINARY, bytes), ==, 0);
  g_assert_cmpuint (table.n_messages, ==, 3);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/channel/both-resets", test_both_resets);
  g_test_add_func ("/channel/close-waits-for-queue", test_close_waits_for_queue);
  g_test_add_func ("/channel/abort", test_abort);
  g_test_add_func ("/channel/buffered", test_buffered);
  g_test_add_func ("/channel/waiting", test_waiting);
  return g_test_run ();
}
