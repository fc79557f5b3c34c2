/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlPcmRing: samples between two clocks. The writer's comes over a network, the reader's is
 * that of a device; how much is held follows the jitter of the writer, and what the clocks
 * differ is taken out by resampling by at most half a percent.
 *
 * No thread, no clock: time is an argument.
 */
typedef struct _PlPcmRing PlPcmRing;

/** One block in milliseconds: what devices read and write at a time. */
#define PL_PCM_BLOCK_MS 20

typedef struct {
  double delay_ms;    /* how long a sample waits, on average */
  double target_ms;   /* what it is steered to */
  guint64 n_dropouts; /* times that it ran empty */
  guint64 n_dropped;  /* samples, because it was full */
} PlPcmRingStats;

/** @rate of both ends, in Hz. */
PlPcmRing *pl_pcm_ring_new (guint rate);
void pl_pcm_ring_free (PlPcmRing *self);

/** Forgets what is held and learned, not the statistics. */
void pl_pcm_ring_reset (PlPcmRing *self);

/** From the network; what is too much pushes out the oldest. */
void pl_pcm_ring_push (PlPcmRing *self, const int16_t *samples, gsize n, int64_t now_us);

/** Always @n samples: silence while nothing is there, or too little to begin with. */
void pl_pcm_ring_pop (PlPcmRing *self, int16_t *samples, gsize n, int64_t now_us);

/** Since construction. */
void pl_pcm_ring_get_stats (const PlPcmRing *self, PlPcmRingStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPcmRing, pl_pcm_ring_free)
