/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/window.h"
#include "tests/lib/pl-test.h"

#define CHUNK 1160

/* A sender in slow start over one bottleneck, with a fake clock: SACKs for each second packet.
 */
typedef struct {
  PlWindow *window;
  uint64_t rate; /* bytes a second */
  int64_t rtt_us;
  int64_t now_us;
  int64_t link_free_us;
  uint64_t cwnd;
  uint64_t in_flight;
  uint32_t next_tsn;
  uint32_t acked_tsn;
  GQueue acks; /* of int64_t *: when the acknowledgement of the next packet arrives */
  int64_t max_queue_us;
} Path;

static void
path_init (Path *path, uint64_t bits_per_s, int64_t rtt_us)
{
  *path = (Path){ .window = pl_window_new (),
                  .rate = bits_per_s / 8,
                  .rtt_us = rtt_us,
                  .now_us = 1000000,
                  .cwnd = 10 * CHUNK,
                  .next_tsn = UINT32_MAX - 1000, /* wraps on the way */
                  .acked_tsn = UINT32_MAX - 1001 };
  g_queue_init (&path->acks);
}

static void
path_clear (Path *path)
{
  pl_window_free (path->window);
  g_queue_clear_full (&path->acks, g_free);
}

static void
path_send (Path *path)
{
  PlSctpData data = { .tsn = path->next_tsn++, .payload_len = CHUNK };
  pl_window_report_sent (path->window, &data, path->now_us);
  path->in_flight += CHUNK;
  path->link_free_us = MAX (path->link_free_us, path->now_us);
  path->max_queue_us = MAX (path->max_queue_us, path->link_free_us - path->now_us);
  path->link_free_us += CHUNK * G_USEC_PER_SEC / path->rate;
  int64_t *ack_us = g_new (int64_t, 1);
  *ack_us = path->link_free_us + path->rtt_us;
  g_queue_push_tail (&path->acks, ack_us);
}

/* Takes one acknowledgement off the wire and lets the window close around it. */
static void
path_step (Path *path)
{
  g_autofree int64_t *ack_us = g_queue_pop_head (&path->acks);
  path->now_us = MAX (path->now_us, *ack_us);
  path->acked_tsn++;
  path->in_flight -= CHUNK;
  path->cwnd += CHUNK;
  if (path->acked_tsn % 2 == 0 || g_queue_is_empty (&path->acks)) {
    PlSctpSack sack = { .cum_tsn = path->acked_tsn, .a_rwnd = 1 << 20 };
    pl_window_report_sack (path->window, &sack, path->now_us);
  }
  if (pl_window_get_limit (path->window) > 0)
    path->cwnd = MIN (path->cwnd, pl_window_get_limit (path->window));
}

/* Sends as much as it may for @us; returns bytes a second that were delivered. */
static uint64_t
path_run (Path *path, int64_t us)
{
  int64_t start_us = path->now_us;
  uint32_t start_tsn = path->acked_tsn;

  path->max_queue_us = 0;
  while (path->now_us < start_us + us) {
    while (path->in_flight + CHUNK <= path->cwnd)
      path_send (path);
    path_step (path);
  }
  return (uint64_t) (path->acked_tsn - start_tsn) * CHUNK * G_USEC_PER_SEC
         / (path->now_us - start_us);
}

static void
assert_settled (Path *path)
{
  double bdp = (double) path->rate * path->rtt_us / G_USEC_PER_SEC;
  uint64_t rate = path_run (path, 4 * G_USEC_PER_SEC);
  uint32_t limit = pl_window_get_limit (path->window);

  g_test_message ("rate %.2f, limit %.2f bdp, queue %.1f ms", (double) rate / path->rate,
                  limit / bdp, path->max_queue_us / 1e3);
  g_assert_cmpfloat (rate, >, 0.97 * path->rate);
  g_assert_cmpfloat (limit, >, 0.85 * bdp);
  g_assert_cmpfloat (limit, <, 1.7 * bdp);
  g_assert_cmpint (path->max_queue_us, <, 0.8 * path->rtt_us);
}

/* The queue is as deep as it likes to be, as in a home router: the window does not fill it. */
static void
test_deep_buffer (void)
{
  static const struct {
    uint64_t bits_per_s;
    int64_t rtt_us;
  } cases[] = {
    { 100000000, 20000 }, { 100000000, 50000 }, { 20000000, 150000 }, { 4000000, 40000 }
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Path path;
    path_init (&path, cases[i].bits_per_s, cases[i].rtt_us);
    path_run (&path, 40 * cases[i].rtt_us); /* startup */
    for (guint k = 0; k < 10; k++)          /* over several probes: nothing drifts */
      assert_settled (&path);
    path_clear (&path);
  }
}

static void
test_path_changes (void)
{
  Path path;
  path_init (&path, 50000000, 30000);
  path_run (&path, 2 * G_USEC_PER_SEC);
  assert_settled (&path);
  path.rate /= 5;
  path_run (&path, 3 * G_USEC_PER_SEC);
  assert_settled (&path);
  path.rate *= 8;
  path_run (&path, 3 * G_USEC_PER_SEC);
  assert_settled (&path);
  path.rtt_us *= 3; /* seen at the next probe */
  path_run (&path, 15 * G_USEC_PER_SEC);
  assert_settled (&path);
  path.rtt_us /= 4;
  path_run (&path, 15 * G_USEC_PER_SEC);
  assert_settled (&path);
  path_clear (&path);
}

/* Little to send for a minute: that the rate was low then is not held against the path. */
static void
test_idle_sender (void)
{
  Path path;
  path_init (&path, 50000000, 30000);
  path_run (&path, 3 * G_USEC_PER_SEC);
  uint64_t rate = pl_window_get_rate (path.window);
  while (!g_queue_is_empty (&path.acks))
    path_step (&path);
  for (guint i = 0; i < 600; i++) {
    path.now_us += 100000;
    path_send (&path);
    path_step (&path);
  }
  g_assert_cmpuint (pl_window_get_rate (path.window), >=, rate * 9 / 10);
  path_run (&path, G_USEC_PER_SEC); /* the burst of an unpaced sender after a pause */
  assert_settled (&path);
  path_clear (&path);
}

static void
test_new_path (void)
{
  Path path;
  path_init (&path, 50000000, 30000);
  path_run (&path, G_USEC_PER_SEC);
  g_assert_cmpint (pl_window_get_min_rtt (path.window), >=, 30000);
  while (!g_queue_is_empty (&path.acks))
    path_step (&path);
  pl_window_report_new_path (path.window);
  g_assert_cmpuint (pl_window_get_limit (path.window), ==, 0);
  g_assert_cmpuint (pl_window_get_rate (path.window), ==, 0);
  path_run (&path, 2 * G_USEC_PER_SEC);
  assert_settled (&path);
  path_clear (&path);
}

static void
report_sent (PlWindow *window, uint32_t tsn, uint16_t len, int64_t now_us)
{
  PlSctpData data = { .tsn = tsn, .payload_len = len };
  pl_window_report_sent (window, &data, now_us);
}

static size_t
report_sack (PlWindow *window, uint32_t cum_tsn, const uint8_t *gaps, size_t len,
             int64_t now_us)
{
  PlSctpSack sack
      = { .cum_tsn = cum_tsn, .n_gaps = len / 4, .gaps = PL_READER_INIT (gaps, len) };
  return pl_window_report_sack (window, &sack, now_us);
}

static void
test_acknowledged_bytes (void)
{
  static const uint8_t gap[] = { 0, 2, 0, 3 };
  g_autoptr (PlWindow) window = pl_window_new ();

  g_assert_cmpuint (report_sack (window, 5, NULL, 0, 1), ==, 0);
  for (uint32_t tsn = 10; tsn < 16; tsn++)
    report_sent (window, tsn, 100, 1000);
  report_sent (window, 17, 100, 1000); /* 16 was given up before it left */
  report_sent (window, 11, 100, 2000); /* again */
  g_assert_cmpuint (report_sack (window, 9, NULL, 0, 3000), ==, 0);
  g_assert_cmpuint (report_sack (window, 18, NULL, 0, 3000), ==, 0); /* never left */
  g_assert_cmpuint (report_sack (window, 10, gap, sizeof gap, 31000), ==, 100);
  g_assert_cmpint (pl_window_get_min_rtt (window), ==, 30000);
  g_assert_cmpuint (report_sack (window, 13, NULL, 0, 41000), ==, 300);
  g_assert_cmpint (pl_window_get_min_rtt (window), ==, 30000);
  g_assert_cmpuint (report_sack (window, 12, NULL, 0, 42000), ==, 0); /* late */
  g_assert_cmpuint (report_sack (window, 17, NULL, 0, 43000), ==, 300);
  g_assert_cmpuint (report_sack (window, 17, NULL, 0, 44000), ==, 0);
}

/* What leaves and is never acknowledged does not pile up. */
static void
test_bounded (void)
{
  g_autoptr (PlWindow) window = pl_window_new ();
  for (uint32_t tsn = 0; tsn < 100000; tsn++)
    report_sent (window, tsn, 100, 1000);
  g_assert_cmpuint (report_sack (window, 99, NULL, 0, 2000), ==, 10000);
  report_sent (window, 5000000, 100, 1000);
  g_assert_cmpuint (report_sack (window, 5000000, NULL, 0, 2000), ==, 0);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/window/deep-buffer", test_deep_buffer);
  g_test_add_func ("/window/path-changes", test_path_changes);
  g_test_add_func ("/window/idle-sender", test_idle_sender);
  g_test_add_func ("/window/new-path", test_new_path);
  g_test_add_func ("/window/acknowledged-bytes", test_acknowledged_bytes);
  g_test_add_func ("/window/bounded", test_bounded);
  return g_test_run ();
}
