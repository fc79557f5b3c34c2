/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "media/pcm-ring.h"
#include "tests/lib/pl-test.h"

#include <math.h>
#include <string.h>

#define RATE     8000
#define BLOCK    160
#define BLOCK_US 20000

/* A writer and a reader in a time of their own: the writer's clock runs by @ppm faster, its
 * blocks come up to @jitter_us late. A slow sine tells whether samples are missing. */
typedef struct {
  PlPcmRing *ring;
  GRand *random;
  double ppm;
  int jitter_us;
  double next_push_us; /* when it is made */
  double due_us;       /* when it comes */
  double next_pop_us;
  guint64 n_pushed;
  double max_step; /* largest between two samples that were read */
  int16_t last;
  double delay_sum;
  guint n_pops;
} Clocks;

static void
clocks_init (Clocks *clocks, double ppm, int jitter_us)
{
  *clocks = (Clocks){ .ring = pl_pcm_ring_new (RATE),
                      .random = g_rand_new_with_seed (pl_test_seed ()),
                      .ppm = ppm,
                      .jitter_us = jitter_us,
                      .next_push_us = 1e6,
                      .due_us = 1e6,
                      .next_pop_us = 1e6 + 7000 };
}

static void
clocks_clear (Clocks *clocks)
{
  pl_pcm_ring_free (clocks->ring);
  g_rand_free (clocks->random);
}

static void
push (Clocks *clocks)
{
  int16_t samples[BLOCK];

  for (guint i = 0; i < BLOCK; i++)
    samples[i] = 10000 * sin (2 * G_PI * 50 * (clocks->n_pushed + i) / RATE);
  clocks->n_pushed += BLOCK;
  pl_pcm_ring_push (clocks->ring, samples, BLOCK, clocks->due_us);
  clocks->next_push_us += BLOCK_US / (1 + clocks->ppm * 1e-6);
  const double late_us
      = clocks->jitter_us ? g_rand_double_range (clocks->random, 0, clocks->jitter_us) : 0;
  clocks->due_us = MAX (clocks->due_us, clocks->next_push_us + late_us);
}

static void
pop (Clocks *clocks)
{
  int16_t samples[BLOCK];

  pl_pcm_ring_pop (clocks->ring, samples, BLOCK, clocks->next_pop_us);
  for (guint i = 0; i < BLOCK; i++) {
    clocks->max_step = MAX (clocks->max_step, abs (samples[i] - clocks->last));
    clocks->last = samples[i];
  }
  clocks->next_pop_us += BLOCK_US;
}

static void
run_until (Clocks *clocks, double seconds)
{
  while (MIN (clocks->due_us, clocks->next_pop_us) < 1e6 + seconds * 1e6)
    if (clocks->due_us <= clocks->next_pop_us)
      push (clocks);
    else
      pop (clocks);
}

static void
test_skew (void)
{
  static const double all[] = { 0, 100, -100, 1000, -1000, 3000, -3000 };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    /* Until the clocks are much farther apart than what is held. */
    const double seconds = fabs (all[i]) < 1000 ? 600 : 120;
    Clocks clocks;
    PlPcmRingStats stats;
    clocks_init (&clocks, all[i], /* jitter_us = */ 0);
    run_until (&clocks, 2);
    clocks.max_step = 0;
    run_until (&clocks, seconds);
    pl_pcm_ring_get_stats (clocks.ring, &stats);
    g_test_message ("%g ppm: %.1f ms of %.1f ms", all[i], stats.delay_ms, stats.target_ms);
    g_assert_cmpuint (stats.n_dropouts, ==, 0);
    g_assert_cmpuint (stats.n_dropped, ==, 0);
    /* A sine of 50 Hz moves by 393 at most between two samples; a gap or a jump by more. */
    g_assert_cmpfloat (clocks.max_step, <, 450);
    g_assert_cmpfloat (fabs (stats.delay_ms - stats.target_ms), <, 20);
    g_assert_cmpfloat (stats.target_ms, <=, 35);
    clocks_clear (&clocks);
  }
}

/* The target follows the jitter, up and slowly down. */
static void
test_jitter (void)
{
  Clocks clocks;
  PlPcmRingStats before, after;

  clocks_init (&clocks, /* ppm = */ 50, /* jitter_us = */ 60000);
  run_until (&clocks, 20);
  pl_pcm_ring_get_stats (clocks.ring, &before);
  g_assert_cmpfloat (before.target_ms, >, 60);
  g_assert_cmpfloat (before.target_ms, <, 100);
  run_until (&clocks, 120);
  pl_pcm_ring_get_stats (clocks.ring, &after);
  g_assert_cmpuint (after.n_dropouts, ==, before.n_dropouts);
  clocks.jitter_us = 0;
  run_until (&clocks, 400);
  pl_pcm_ring_get_stats (clocks.ring, &after);
  g_assert_cmpfloat (after.target_ms, <, 35);
  g_assert_cmpfloat (after.delay_ms, <, 40);
  g_assert_cmpuint (after.n_dropouts, ==, before.n_dropouts);
  clocks_clear (&clocks);
}

/* Nothing comes: silence, one dropout, and it begins again with enough. */
static void
test_pause (void)
{
  Clocks clocks;
  PlPcmRingStats stats;
  int16_t samples[BLOCK];

  clocks_init (&clocks, 0, 0);
  run_until (&clocks, 2);
  for (guint i = 0; i < 10; i++)
    pl_pcm_ring_pop (clocks.ring, samples, BLOCK, clocks.next_pop_us += BLOCK_US);
  for (guint i = 0; i < BLOCK; i++)
    g_assert_cmpint (samples[i], ==, 0);
  pl_pcm_ring_get_stats (clocks.ring, &stats);
  g_assert_cmpuint (stats.n_dropouts, ==, 1);
  g_assert_cmpfloat (stats.delay_ms, ==, 0);
  clocks.next_push_us = clocks.due_us = clocks.next_pop_us + 2e6;
  clocks.next_pop_us = clocks.next_push_us + 5000;
  run_until (&clocks, 10);
  pl_pcm_ring_get_stats (clocks.ring, &stats);
  g_assert_cmpuint (stats.n_dropouts, ==, 1);
  g_assert_cmpfloat (stats.target_ms, <, 35); /* a pause is no jitter */
  clocks_clear (&clocks);
}

/* A burst after a stall: delay stays bounded, the newest is kept. */
static void
test_burst (void)
{
  g_autoptr (PlPcmRing) ring = pl_pcm_ring_new (RATE);
  int16_t samples[BLOCK];
  PlPcmRingStats stats;

  for (guint i = 0; i < 200; i++) {
    for (guint k = 0; k < BLOCK; k++)
      samples[k] = i;
    pl_pcm_ring_push (ring, samples, BLOCK, 1000000 + i);
  }
  pl_pcm_ring_get_stats (ring, &stats);
  g_assert_cmpuint (stats.n_dropped, >, 100 * BLOCK);
  guint n = 0;
  for (int16_t last = -1; last != 199; n++) {
    pl_pcm_ring_pop (ring, samples, BLOCK, 1000200 + n * BLOCK_US);
    g_assert_cmpint (samples[BLOCK - 1], >=, last);
    last = samples[BLOCK - 1];
    g_assert_cmpuint (n, <, 26); /* 500 ms and one */
  }
}

static void
test_nothing (void)
{
  g_autoptr (PlPcmRing) ring = pl_pcm_ring_new (RATE);
  int16_t samples[BLOCK];
  PlPcmRingStats stats;

  memset (samples, 1, sizeof samples);
  pl_pcm_ring_pop (ring, samples, BLOCK, 1);
  g_assert_cmpint (samples[0], ==, 0);
  pl_pcm_ring_push (ring, samples, 0, 1);
  pl_pcm_ring_get_stats (ring, &stats);
  g_assert_cmpuint (stats.n_dropouts, ==, 0);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/pcm-ring/skew", test_skew);
  g_test_add_func ("/pcm-ring/jitter", test_jitter);
  g_test_add_func ("/pcm-ring/pause", test_pause);
  g_test_add_func ("/pcm-ring/burst", test_burst);
  g_test_add_func ("/pcm-ring/nothing", test_nothing);
  return g_test_run ();
}
