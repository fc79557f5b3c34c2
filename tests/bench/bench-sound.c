/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/sound.h"

#include <stdio.h>
#include <stdlib.h>

/* bench-sound SENT RATE AT HEARD RATE AT
 *
 * Finds one recording in another: raw s16le, the rate at which it was played (with the skew of
 * the clock), the monotonic second at which it began. Each five seconds by themselves, as the
 * delay may change meanwhile. Prints the mean delay in ms, the mean correlation of the
 * envelopes, how many 20 ms of what was loud came as silence, and the largest delay. */

#define PART_S 5

static char *
load (char **argv, PlSoundTrack *track)
{
  char *bytes;
  gsize len;

  if (!g_file_get_contents (argv[0], &bytes, &len, NULL))
    exit (EXIT_FAILURE);
  *track = (PlSoundTrack){ (const int16_t *) bytes, len / 2, g_ascii_strtod (argv[1], NULL),
                           (int64_t) (g_ascii_strtod (argv[2], NULL) * G_USEC_PER_SEC) };
  return bytes;
}

int
main (int argc, char **argv)
{
  PlSoundTrack sent, heard;
  double delay = 0, correlation = 0, largest = 0;
  guint n_gaps = 0, n = 0;

  if (argc != 7)
    return EXIT_FAILURE;
  g_autofree char *sent_bytes = load (argv + 1, &sent);
  g_autofree char *heard_bytes = load (argv + 4, &heard);
  const gsize size = PART_S * sent.rate;
  const int64_t heard_until_us
      = heard.start_us + (int64_t) (heard.n / heard.rate * G_USEC_PER_SEC);

  for (; (n + 1) * size <= sent.n; n++) {
    const PlSoundTrack part
        = { sent.samples + n * size, size, sent.rate,
            sent.start_us + (int64_t) (n * size / sent.rate * G_USEC_PER_SEC) };
    PlSoundMatch match;
    /* A call may be shorter than what there was to say. */
    if (part.start_us + (PART_S + 1) * G_USEC_PER_SEC > heard_until_us)
      break;
    pl_sound_match (&part, &heard, /* skip_ms = */ 0, &match);
    delay += match.delay_ms;
    correlation += match.correlation;
    largest = MAX (largest, match.delay_ms);
    n_gaps += match.n_gaps;
  }
  if (n == 0)
    return EXIT_FAILURE;
  printf ("%.0f %.3f %u %.0f\n", delay / n, correlation / n, n_gaps, largest);
  return EXIT_SUCCESS;
}
