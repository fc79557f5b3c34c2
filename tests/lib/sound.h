/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/* Sound to send and ways to recognise it. Codecs for speech change waveforms beyond
 * recognition; how loudness goes up and down stays. */

/** @n samples that rise and fall as syllables do, from @seed; free with g_free(). */
int16_t *pl_sound_new_speech (guint rate, gsize n, guint32 seed);

/** A sine at half of full scale. */
int16_t *pl_sound_new_tone (guint rate, gsize n, double hertz);

/** A WAV file of one channel. */
void pl_sound_write_wav (const char *path, const int16_t *samples, gsize n, guint rate);

/** A track of a device whose clock runs at @rate samples a second of ours (not rounded), and
 * which began at @start_us. */
typedef struct {
  const int16_t *samples;
  gsize n;
  double rate;
  int64_t start_us;
} PlSoundTrack;

typedef struct {
  double correlation; /* of the energy in each millisecond, at the best delay */
  double delay_ms;
  guint n_gaps; /* 20 ms of silence where speech was sent */
} PlSoundMatch;

/** Finds what was sent in what was heard, between 0 and 800 ms later, and judges the time from
 * @skip_ms on. */
void pl_sound_match (const PlSoundTrack *sent, const PlSoundTrack *heard, guint skip_ms,
                     PlSoundMatch *match);

/** The part of the time, 0 to 1, in which nine tenths of the power are at @hertz. */
double pl_sound_get_purity (const int16_t *samples, gsize n, guint rate, double hertz);
