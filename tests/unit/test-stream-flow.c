/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/stream-flow.h"
#include "tests/lib/pl-test.h"

#include <string.h>

static gboolean
feed_text (PlStreamFlow *flow, const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  return pl_stream_flow_feed (flow, bytes, /* is_text = */ TRUE, error);
}

static gboolean
feed_zeros (PlStreamFlow *flow, size_t len, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (len), len);
  return pl_stream_flow_feed (flow, bytes, /* is_text = */ FALSE, error);
}

/* "bytes" for data, else the text; "-" when nothing waits. */
static char *
next_as_text (PlStreamFlow *flow)
{
  gboolean is_text;
  g_autoptr (GBytes) bytes = pl_stream_flow_next_message (flow, &is_text);
  if (bytes == NULL)
    return g_strdup ("-");
  if (!is_text)
    return g_strdup ("bytes");
  GString *text = g_string_new (NULL);
  g_string_append_len (text, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return g_string_free (text, /* free_segment = */ FALSE);
}

static void
assert_next (PlStreamFlow *flow, const char *expected)
{
  g_autofree char *text = next_as_text (flow);
  g_assert_cmpstr (text, ==, expected);
}

static void
take_all (PlStreamFlow *flow)
{
  GBytes *bytes;
  while ((bytes = pl_stream_flow_next_bytes (flow))) {
    pl_stream_flow_report_taken (flow, g_bytes_get_size (bytes));
    g_bytes_unref (bytes);
  }
}

static void
test_credit_follows_the_consumer (void)
{
  g_autoptr (PlStreamFlow) flow = pl_stream_flow_new (/* credits = */ TRUE);
  g_autoptr (GError) error = NULL;

  for (size_t n = 0; n < PL_STREAM_WINDOW; n += PL_STREAM_MESSAGE)
    feed_zeros (flow, PL_STREAM_MESSAGE, &error);
  g_assert_no_error (error);
  assert_next (flow, "-");
  take_all (flow);
  assert_next (flow, "credit 1310720");
  assert_next (flow, "credit 1572864");
  assert_next (flow, "credit 1835008");
  assert_next (flow, "credit 2097152");
  assert_next (flow, "-");
}

static void
test_window_is_never_exceeded (void)
{
  g_autoptr (PlStreamFlow) flow = pl_stream_flow_new (/* credits = */ TRUE);
  g_autoptr (GError) error = NULL;

  for (size_t n = 0; n < PL_STREAM_WINDOW; n += PL_STREAM_MESSAGE)
    g_assert_true (feed_zeros (flow, PL_STREAM_MESSAGE, NULL));
  g_assert_false (feed_zeros (flow, 1, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  g_assert_null (pl_stream_flow_next_bytes (flow));
}

static void
test_sender_stops_without_credit (void)
{
  g_autoptr (PlStreamFlow) flow = pl_stream_flow_new (/* credits = */ TRUE);
  g_autoptr (GError) error = NULL;
  size_t room, sent = 0;

  while ((room = pl_stream_flow_get_room (flow))) {
    g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (room), room);
    pl_stream_flow_send (flow, bytes);
    sent += room;
  }
  g_assert_cmpuint (sent, ==, PL_STREAM_WINDOW);
  feed_text (flow, "credit 1048577", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (pl_stream_flow_get_room (flow), ==, 1);
}

static void
test_half_close (void)
{
  g_autoptr (PlStreamFlow) flow = pl_stream_flow_new (/* credits = */ TRUE);
  g_autoptr (GError) error = NULL;

  pl_stream_flow_end (flow);
  assert_next (flow, "");
  g_assert_cmpuint (pl_stream_flow_get_room (flow), ==, 0);
  feed_zeros (flow, 10, &error);
  feed_text (flow, "done", &error);
  feed_text (flow, "", &error);
  g_assert_no_error (error);
  g_assert_false (pl_stream_flow_needs_delivery (flow));
  take_all (flow);
  g_assert_true (pl_stream_flow_needs_delivery (flow));
  g_assert_false (pl_stream_flow_is_finished (flow));
  pl_stream_flow_report_delivered (flow);
  assert_next (flow, "done");
  g_assert_true (pl_stream_flow_is_finished (flow));
}

static void
test_reset (void)
{
  g_autoptr (PlStreamFlow) a = pl_stream_flow_new (/* credits = */ TRUE);
  g_autoptr (PlStreamFlow) b = pl_stream_flow_new (/* credits = */ TRUE);
  g_autoptr (GError) error = NULL;
  gboolean is_text;

  feed_zeros (a, 10, NULL);
  pl_stream_flow_reset (a, "the reader went\033[2J away");
  g_autoptr (GBytes) message = pl_stream_flow_next_message (a, &is_text);
  g_assert_null (pl_stream_flow_next_bytes (a));
  g_assert_false (pl_stream_flow_feed (b, message, is_text, &error));
  g_assert_error (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  g_assert_cmpstr (error->message, ==, "the other side broke off: the reader went?[2J away");
  assert_next (b, "-");
}

static void
test_nonsense_fails (void)
{
  static const char *const texts[] = {
    "credit",   "credit ", "credit -1", "credit +2000000",        "credit 99999999999999999999",
    "credit 1", "done",    "hello",     "credit 2000000 ",        "credit 0x200000",
    "\xff\xfe", "RESET x", "reset",     "credit 9007199254740993"
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (PlStreamFlow) flow = pl_stream_flow_new (/* credits = */ TRUE);
    g_autoptr (GError) error = NULL;
    g_test_message ("%s", texts[i]);
    g_assert_false (feed_text (flow, texts[i], &error));
    g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
    g_autofree char *told = next_as_text (flow);
    g_assert_true (g_str_has_prefix (told, "reset "));
    /* It is dead, and takes whatever still arrives. */
    g_assert_true (feed_zeros (flow, 1, NULL));
    g_assert_null (pl_stream_flow_next_bytes (flow));
  }
}

static void
test_after_the_end (void)
{
  g_autoptr (PlStreamFlow) flow = pl_stream_flow_new (/* credits = */ TRUE);
  g_autoptr (PlStreamFlow) twice = pl_stream_flow_new (/* credits = */ TRUE);

  g_assert_true (feed_text (flow, "", NULL));
  g_assert_false (feed_zeros (flow, 1, NULL));
  g_assert_true (feed_text (twice, "", NULL));
  g_assert_false (feed_text (twice, "", NULL));
}

/* A browser's page: bytes, strings, and the empty string. */
static void
test_plain_remote (void)
{
  g_autoptr (PlStreamFlow) flow = pl_stream_flow_new (/* credits = */ FALSE);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (pl_stream_flow_get_room (flow), ==, PL_STREAM_MESSAGE);
  feed_zeros (flow, 200 * 1024, &error);
  feed_text (flow, "credit where credit is due", &error);
  feed_text (flow, "", &error);
  g_assert_no_error (error);
  take_all (flow);
  assert_next (flow, "-");
  g_assert_cmpuint (pl_stream_flow_get_received (flow), ==, 200 * 1024 + 26);
  pl_stream_flow_report_delivered (flow);
  pl_stream_flow_end (flow);
  assert_next (flow, "");
  assert_next (flow, "-");
  g_assert_true (pl_stream_flow_is_finished (flow));
}

static void
test_plain_remote_is_bounded (void)
{
  g_autoptr (PlStreamFlow) flow = pl_stream_flow_new (/* credits = */ FALSE);
  g_autoptr (GError) error = NULL;

  for (size_t n = 0; n < PL_STREAM_PLAIN_BUFFER; n += PL_STREAM_MESSAGE)
    g_assert_true (feed_zeros (flow, PL_STREAM_MESSAGE, NULL));
  g_assert_false (feed_zeros (flow, 1, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  assert_next (flow, "-");
}

/* One end of the random run: sends a counted pattern, checks the other's. */
typedef struct {
  PlStreamFlow *flow;
  uint64_t to_send, sent, checked;
  size_t held; /* bytes handed out and not yet reported taken */
} End;

static uint8_t
pattern (uint64_t position)
{
  return (uint8_t) (position * 31 + (position >> 8));
}

static void
send_some (End *end, GRand *rand)
{
  size_t room = MIN (pl_stream_flow_get_room (end->flow), end->to_send - end->sent);
  if (room == 0) {
    if (end->sent == end->to_send)
      pl_stream_flow_end (end->flow);
    return;
  }
  size_t len
      = g_rand_boolean (rand) ? room : (size_t) g_rand_int_range (rand, 1, (gint) room + 1);
  uint8_t *data = g_malloc (len);
  for (size_t i = 0; i < len; i++)
    data[i] = pattern (end->sent + i);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, len);
  pl_stream_flow_send (end->flow, bytes);
  end->sent += len;
}

static void
carry_some (End *from, End *to)
{
  g_autoptr (GError) error = NULL;
  gboolean is_text;
  g_autoptr (GBytes) message = pl_stream_flow_next_message (from->flow, &is_text);
  if (message)
    pl_stream_flow_feed (to->flow, message, is_text, &error);
  g_assert_no_error (error);
}

static void
take_some (End *end, GRand *rand)
{
  if (end->held && g_rand_boolean (rand)) {
    pl_stream_flow_report_taken (end->flow, end->held);
    end->held = 0;
    return;
  }
  size_t len;
  g_autoptr (GBytes) bytes = pl_stream_flow_next_bytes (end->flow);
  if (bytes == NULL) {
    if (pl_stream_flow_needs_delivery (end->flow))
      pl_stream_flow_report_delivered (end->flow);
    return;
  }
  const uint8_t *data = g_bytes_get_data (bytes, &len);
  g_assert_cmpuint (len, <=, PL_STREAM_MESSAGE);
  for (size_t i = 0; i < len; i++)
    g_assert_cmpuint (data[i], ==, pattern (end->checked + i));
  end->checked += len;
  end->held += len;
}

static void
test_random_schedules (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (pl_test_seed ());

  for (int round = 0; round < 20; round++) {
    g_autoptr (PlStreamFlow) a = pl_stream_flow_new (/* credits = */ TRUE);
    g_autoptr (PlStreamFlow) b = pl_stream_flow_new (/* credits = */ TRUE);
    End ends[2] = { { .flow = a, .to_send = (uint64_t) g_rand_int_range (rand, 0, 4000000) },
                    { .flow = b, .to_send = (uint64_t) g_rand_int_range (rand, 0, 100000) } };
    while (!pl_stream_flow_is_finished (a) || !pl_stream_flow_is_finished (b)) {
      gboolean i = g_rand_boolean (rand);
      send_some (&ends[i], rand);
      carry_some (&ends[i], &ends[!i]);
      take_some (&ends[i], rand);
      uint64_t buffered = pl_stream_flow_get_received (ends[i].flow) - ends[i].checked;
      g_assert_cmpuint (buffered + ends[i].held, <=, PL_STREAM_WINDOW);
    }
    g_assert_cmpuint (ends[0].checked, ==, ends[1].to_send);
    g_assert_cmpuint (ends[1].checked, ==, ends[0].to_send);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/stream-flow/credit", test_credit_follows_the_consumer);
  g_test_add_func ("/stream-flow/window", test_window_is_never_exceeded);
  g_test_add_func ("/stream-flow/no-credit", test_sender_stops_without_credit);
  g_test_add_func ("/stream-flow/half-close", test_half_close);
  g_test_add_func ("/stream-flow/reset", test_reset);
  g_test_add_func ("/stream-flow/nonsense", test_nonsense_fails);
  g_test_add_func ("/stream-flow/after-the-end", test_after_the_end);
  g_test_add_func ("/stream-flow/plain", test_plain_remote);
  g_test_add_func ("/stream-flow/plain-bound", test_plain_remote_is_bounded);
  g_test_add_func ("/stream-flow/random", test_random_schedules);
  return g_test_run ();
}
