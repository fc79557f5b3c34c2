/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/pcm-modem.h"
#include "tests/lib/voice-pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* bench-voice [SECONDS [PPM [LOSS_PERCENT [RATE [socket]]]]]
 *
 * A call between two simulated modems, whose clocks are PPM apart: PCM on a pty (or a socket),
 * Opus and SRTP, and a path in memory. The delay is from the moment when one modem gives a
 * block until the other one hears it, without the 20 ms that a block takes to be spoken. */

#define SKIP_MS 2000

static double
cpu_seconds (void)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
         + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double
get_argument (int argc, char **argv, int i, double otherwise)
{
  return argc > i ? g_ascii_strtod (argv[i], NULL) : otherwise;
}

static void
report (guint end, PcmModem *from, PcmModem *to, const PlAudioPortStats *stats)
{
  PlSoundTrack sent, heard;
  PlSoundMatch match;

  pcm_modem_get_given (from, &sent);
  pcm_modem_get_heard (to, &heard);
  pl_sound_match (&sent, &heard, SKIP_MS, &match);
  printf ("to %u: one way %.0f ms, envelope correlation %.3f, gaps %u; the ring holds %.0f ms, "
          "ran dry %" G_GUINT64_FORMAT " times; the modem missed %u blocks\n",
          end, match.delay_ms, match.correlation, match.n_gaps, stats->delay_ms,
          stats->n_dropouts, pcm_modem_get_n_missed (to));
}

int
main (int argc, char **argv)
{
  const guint seconds = get_argument (argc, argv, 1, 60);
  const double ppm = get_argument (argc, argv, 2, 1000);
  const guint rate = get_argument (argc, argv, 4, 8000);
  const VoicePairConfig config = { .loss_percent = get_argument (argc, argv, 3, 0), .seed = 1 };
  const gboolean on_socket = argc > 5;
  g_autoptr (VoicePair) pair = voice_pair_new (&config);
  const gsize n = (gsize) (seconds + 1) * rate;
  PcmModem *modems[2];
  PlAudioPort *ports[2];
  int16_t *speech[2];
  double loads[3];

  for (guint i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    speech[i] = pl_sound_new_speech (rate, n, i + 1);
    modems[i] = (on_socket ? pcm_modem_new_on_socket
                           : pcm_modem_new) (rate, i ? -ppm / 2 : ppm / 2, speech[i], n);
    ports[i] = pl_audio_port_new_pcm (pcm_modem_steal_fd (modems[i]), rate, &error);
    g_assert_no_error (error);
    pl_voice_set_port (voice_pair_get (pair, i), ports[i]);
  }
  for (guint i = 0; i < 2; i++)
    pcm_modem_start (modems[i]);
  const double cpu = cpu_seconds ();
  voice_pair_run (pair, seconds * 1000);
  const double used = cpu_seconds () - cpu;
  PlAudioPortStats stats[2];
  for (guint i = 0; i < 2; i++) {
    g_assert_no_error (voice_pair_get_failure (pair, i));
    pl_audio_port_get_stats (ports[i], &stats[i]);
    pl_voice_set_port (voice_pair_get (pair, i), NULL);
  }
  for (guint i = 0; i < 2; i++)
    pcm_modem_stop (modems[i]);
  for (guint i = 0; i < 2; i++)
    report (i, modems[1 - i], modems[i], &stats[i]);
  if (getloadavg (loads, 1) < 1)
    loads[0] = -1;
  printf ("%u s, %g ppm, %u %% loss, %u Hz: %.1f %% of a core for an end with its modem; load "
          "of the machine %.1f\n",
          seconds, ppm, config.loss_percent, rate, used * 100 / seconds / 2, loads[0]);
  for (guint i = 0; i < 2; i++) {
    pl_audio_port_free (ports[i]);
    pcm_modem_free (modems[i]);
    g_free (speech[i]);
  }
  return 0;
}
