/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "media/pcm-ring.h"

#include <math.h>
#include <string.h>

#define CAPACITY_MS   500
#define MIN_TARGET_MS 30
#define MAX_TARGET_MS 120
/* Held beside the jitter that was seen: the block that is read at once, and some for the jitter
 * that will be seen. */
#define MARGIN_MS (PL_PCM_BLOCK_MS + 5)

/* A writer that was late by more than this has paused. */
#define PAUSE_US (500 * G_TIME_SPAN_MILLISECOND)
/* The earliest arrival that others are compared with ages by more than MAX_STEER, so that a
 * slow clock does not look like growing jitter. */
#define FLOOR_SLOPE 0.006
/* Of the highest jitter, per block: half of it is forgotten in about fifteen seconds, so that a
 * machine or a network that was held up once does not cost delay for minutes. */
#define JITTER_DECAY 0.001
/* Of the mean fill, per block: about a second. */
#define MEAN_WEIGHT 0.02
/* More above the target than this would take long to go away by resampling: a jump is the
 * lesser evil. */
#define MAX_EXCESS_MS 100
/* Half a percent is not heard; the whole of it from 8 ms beside the target on. */
#define MAX_STEER 0.005
#define STEER_MS  8.0

struct _PlPcmRing {
  guint rate;
  int16_t *samples;
  gsize capacity, head, fill;
  gboolean primed; /* enough was held once since it was empty */
  double phase;    /* between head and the sample behind it, 0 to 1 */

  int64_t base_us;   /* when the writer's first sample came; 0: none did */
  int64_t pushed_us; /* when the last came */
  guint64 n_pushed;
  double floor_us;  /* lateness of the most punctual block */
  double jitter_us; /* of the latest, slowly forgotten */
  double mean_ms;   /* of what is held, over time */
  PlPcmRingStats stats;
};

PlPcmRing *
pl_pcm_ring_new (guint rate)
{
  PlPcmRing *self = g_new0 (PlPcmRing, 1);

  self->rate = rate;
  self->capacity = (gsize) rate * CAPACITY_MS / 1000;
  self->samples = g_new0 (int16_t, self->capacity);
  return self;
}

void
pl_pcm_ring_free (PlPcmRing *self)
{
  if (self == NULL)
    return;
  g_free (self->samples);
  g_free (self);
}

void
pl_pcm_ring_reset (PlPcmRing *self)
{
  self->fill = 0;
  self->primed = FALSE;
  self->phase = 0;
  self->base_us = 0;
  self->jitter_us = 0;
}

static double
get_target_ms (const PlPcmRing *self)
{
  return CLAMP (self->jitter_us / 1000 + MARGIN_MS, MIN_TARGET_MS, MAX_TARGET_MS);
}

static void
drop (PlPcmRing *self, gsize n)
{
  self->head = (self->head + n) % self->capacity;
  self->fill -= n;
}

/* Delay must not grow: the oldest goes. */
static void
drop_to_target (PlPcmRing *self)
{
  const gsize target = get_target_ms (self) * self->rate / 1000;
  const gsize excess = self->fill - MIN (self->fill, target);

  self->stats.n_dropped += excess;
  drop (self, excess);
  self->mean_ms = get_target_ms (self);
}

/* How late a block comes, compared with the most punctual one. */
static void
measure_jitter (PlPcmRing *self, gsize n, int64_t now_us)
{
  const double block_us = n * 1e6 / self->rate;
  const double late_us
      = self->base_us ? now_us - self->base_us - self->n_pushed * 1e6 / self->rate : 0;

  if (self->base_us == 0 || late_us - self->floor_us > PAUSE_US) {
    self->base_us = now_us;
    self->n_pushed = 0;
    self->floor_us = 0;
  } else {
    self->floor_us = MIN (late_us, self->floor_us + block_us * FLOOR_SLOPE);
    self->jitter_us = MAX (late_us - self->floor_us, self->jitter_us * (1 - JITTER_DECAY));
  }
  self->n_pushed += n;
}

void
pl_pcm_ring_push (PlPcmRing *self, const int16_t *samples, gsize n, int64_t now_us)
{
  if (n == 0 || n > self->capacity)
    return;
  measure_jitter (self, n, now_us);
  if (self->fill + n > self->capacity)
    drop_to_target (self);
  const gsize tail = (self->head + self->fill) % self->capacity;
  const gsize first = MIN (n, self->capacity - tail);
  memcpy (self->samples + tail, samples, first * sizeof *samples);
  memcpy (self->samples, samples + first, (n - first) * sizeof *samples);
  self->fill += n;
  self->pushed_us = now_us;
}

static double
at (const PlPcmRing *self, gsize i)
{
  return self->samples[(self->head + MIN (i, self->fill - 1)) % self->capacity];
}

/* Catmull and Rom's spline through four samples: flat enough for a voice band that ends well
 * below half of the rate, and exact where the phase is zero. */
static int16_t
interpolate (const PlPcmRing *self, gsize i, double t)
{
  const double a = at (self, i ? i - 1 : 0), b = at (self, i);
  const double c = at (self, i + 1), d = at (self, i + 2);
  const double value
      = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  return CLAMP (lrint (value), G_MININT16, G_MAXINT16);
}

static double
get_step (const PlPcmRing *self)
{
  const double excess_ms = self->mean_ms - get_target_ms (self);
  return 1 + CLAMP (excess_ms / STEER_MS, -1, 1) * MAX_STEER;
}

/* What is held, on average over the time until the next read: the writer goes on between its
 * blocks, and the block that is read now is gone then. So it is the same delay whether the two
 * ends tick together or in turn. */
static double
get_held_ms (const PlPcmRing *self, int64_t now_us)
{
  const double since_ms = MIN ((now_us - self->pushed_us) / 1000.0, 2.0 * PL_PCM_BLOCK_MS);
  return self->fill * 1000.0 / self->rate + since_ms - PL_PCM_BLOCK_MS;
}

static gboolean
is_ready (PlPcmRing *self, gsize needed, double held_ms)
{
  if (!self->primed && self->fill >= needed && held_ms >= get_target_ms (self)) {
    self->primed = TRUE;
    self->mean_ms = held_ms;
  }
  if (!self->primed)
    return FALSE;
  if (self->fill >= needed)
    return TRUE;
  self->stats.n_dropouts++;
  self->primed = FALSE;
  self->phase = 0;
  return FALSE;
}

void
pl_pcm_ring_pop (PlPcmRing *self, int16_t *samples, gsize n, int64_t now_us)
{
  const double held_ms = get_held_ms (self, now_us);
  const double step = get_step (self);
  /* The first of the spline's four samples lies before the position: it stays in the ring. */
  const gsize needed = (gsize) ceil (self->phase + n * step) + 3;

  if (!is_ready (self, needed, held_ms)) {
    memset (samples, 0, n * sizeof *samples);
    return;
  }
  self->mean_ms += (held_ms - self->mean_ms) * MEAN_WEIGHT;
  if (self->mean_ms > get_target_ms (self) + MAX_EXCESS_MS)
    drop_to_target (self);
  for (gsize i = 0; i < n; i++) {
    const double position = self->phase + i * step;
    samples[i] = interpolate (self, 1 + (gsize) position, position - floor (position));
  }
  const double end = self->phase + n * step;
  drop (self, (gsize) end);
  self->phase = end - floor (end);
}

void
pl_pcm_ring_get_stats (const PlPcmRing *self, PlPcmRingStats *stats)
{
  *stats = self->stats;
  stats->delay_ms = self->primed ? self->mean_ms : 0;
  stats->target_ms = get_target_ms (self);
}
