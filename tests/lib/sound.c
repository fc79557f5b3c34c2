/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/sound.h"

#include <math.h>

#define MAX_DELAY_MS 800
#define GAP_MS       20
#define PITCH_MS     10
#define WINDOW_MS    50

/* As in pl_box.py: the leak in lsan.supp is known by its whole stack. */
const char *__asan_default_options (void);

__attribute__ ((visibility ("default"))) const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0:malloc_context_size=12";
}

int16_t *
pl_sound_new_speech (guint rate, gsize n, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  int16_t *samples = g_new (int16_t, n);
  double left = 0, length = 1, loudness = 0, pitch = 120, phase = 0;

  for (gsize i = 0; i < n; i++) {
    if (left <= 0) {
      /* A syllable of 80 to 250 ms, every fifth one a pause. */
      length = left = g_rand_double_range (random, 0.08, 0.25);
      loudness = g_rand_int_range (random, 0, 5) ? g_rand_double_range (random, 0.3, 1) : 0;
      pitch = g_rand_double_range (random, 90, 220);
    }
    const double envelope = loudness * sin (G_PI * (1 - left / length));
    double voice = 0;
    for (guint k = 1; k <= 12; k++)
      voice += sin (k * phase) / (1 + fabs (k * pitch - 700) / 400);
    samples[i] = 3000 * envelope * voice + g_rand_double_range (random, -8, 8);
    phase += 2 * G_PI * pitch / rate;
    left -= 1.0 / rate;
  }
  return samples;
}

int16_t *
pl_sound_new_tone (guint rate, gsize n, double hertz)
{
  int16_t *samples = g_new (int16_t, n);

  for (gsize i = 0; i < n; i++)
    samples[i] = 16000 * sin (2 * G_PI * hertz * i / rate);
  return samples;
}

void
pl_sound_write_wav (const char *path, const int16_t *samples, gsize n, guint rate)
{
  const guint32 n_bytes = n * sizeof *samples;
  const struct {
    char riff[4];
    guint32 size;
    char wave[4], format[4];
    guint32 format_size;
    guint16 pcm, channels;
    guint32 rate, bytes_per_s;
    guint16 block, bits;
    char data[4];
    guint32 n_bytes;
  } header = { { 'R', 'I', 'F', 'F' },
               n_bytes + 36,
               { 'W', 'A', 'V', 'E' },
               { 'f', 'm', 't', ' ' },
               16,
               1,
               1,
               rate,
               rate * 2,
               2,
               16,
               { 'd', 'a', 't', 'a' },
               n_bytes };
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  g_byte_array_append (file, (const guint8 *) &header, sizeof header);
  g_byte_array_append (file, (const guint8 *) samples, n_bytes);
  g_file_set_contents (path, (const char *) file->data, file->len, &error);
  g_assert_no_error (error);
}

/* Loudness at each millisecond of our time, over about a period of the voice's pitch: a codec
 * keeps the pitch but not where in a millisecond its pulses are. */
static double *
measure_envelope (const PlSoundTrack *track, int64_t from_us, gsize n_ms)
{
  double *envelope = g_new0 (double, n_ms);
  g_autofree guint *counts = g_new0 (guint, n_ms);

  for (gsize i = 0; i < track->n; i++) {
    const double at_ms = (track->start_us - from_us) / 1000.0 + i * 1000.0 / track->rate;
    if (at_ms < 0 || at_ms >= n_ms)
      continue;
    const gsize k = at_ms;
    envelope[k] += (double) track->samples[i] * track->samples[i];
    counts[k]++;
  }
  for (gsize k = 0; k < n_ms; k++) {
    double power = 0;
    for (gsize j = k; j < MIN (k + PITCH_MS, n_ms); j++)
      power += counts[j] ? envelope[j] / counts[j] / PITCH_MS : 0;
    envelope[k] = sqrt (power);
  }
  return envelope;
}

static double
correlate (const double *a, const double *b, gsize n)
{
  double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;

  for (gsize i = 0; i < n; i++) {
    sa += a[i];
    sb += b[i];
    saa += a[i] * a[i];
    sbb += b[i] * b[i];
    sab += a[i] * b[i];
  }
  const double variance = (saa - sa * sa / n) * (sbb - sb * sb / n);
  return variance > 0 ? (sab - sa * sb / n) / sqrt (variance) : 0;
}

/* Half as loud as the mean was sent, and nothing of it came. */
static guint
count_gaps (const double *sent, const double *heard, gsize n)
{
  double mean = 0;
  guint n_gaps = 0;

  for (gsize i = 0; i < n; i++)
    mean += sent[i] / n;
  for (gsize i = 0; i + GAP_MS <= n; i += GAP_MS) {
    double a = 0, b = 0;
    for (gsize k = i; k < i + GAP_MS; k++) {
      a += sent[k] / GAP_MS;
      b += heard[k] / GAP_MS;
    }
    n_gaps += a > mean / 2 && b < a / 20;
  }
  return n_gaps;
}

void
pl_sound_match (const PlSoundTrack *sent, const PlSoundTrack *heard, guint skip_ms,
                PlSoundMatch *match)
{
  const int64_t from_us = sent->start_us;
  const double sent_ms = sent->n * 1000 / sent->rate;
  const double heard_ms = (heard->start_us - from_us) / 1000.0 + heard->n * 1000 / heard->rate;
  const gsize n = MAX (0, MIN (sent_ms, heard_ms - MAX_DELAY_MS) - skip_ms);
  g_autofree double *a = measure_envelope (sent, from_us, skip_ms + n);
  g_autofree double *b = measure_envelope (heard, from_us, skip_ms + n + MAX_DELAY_MS);

  *match = (PlSoundMatch){ 0 };
  for (guint delay = 0; delay < MAX_DELAY_MS; delay++) {
    const double correlation = correlate (a + skip_ms, b + skip_ms + delay, n);
    if (correlation <= match->correlation)
      continue;
    match->correlation = correlation;
    match->delay_ms = delay;
  }
  match->n_gaps = count_gaps (a + skip_ms, b + skip_ms + (gsize) match->delay_ms, n);
}

static gboolean
is_tone (const int16_t *samples, gsize n, guint rate, double hertz)
{
  double in_phase = 0, quadrature = 0, power = 0;

  for (gsize i = 0; i < n; i++) {
    const double angle = 2 * G_PI * hertz * i / rate;
    in_phase += samples[i] * cos (angle);
    quadrature += samples[i] * sin (angle);
    power += (double) samples[i] * samples[i];
  }
  return power > 0 && 2 * (in_phase * in_phase + quadrature * quadrature) / n / power > 0.9;
}

double
pl_sound_get_purity (const int16_t *samples, gsize n, guint rate, double hertz)
{
  const gsize window = rate * WINDOW_MS / 1000;
  guint n_windows = 0, n_pure = 0;

  for (gsize i = 0; i + window <= n; i += window, n_windows++)
    n_pure += is_tone (samples + i, window, rate, hertz);
  return n_windows ? (double) n_pure / n_windows : 0;
}
