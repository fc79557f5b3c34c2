/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/sound.h"

#include <stdio.h>
#include <stdlib.h>

/* bench-sound SENT RATE AT HEARD RATE AT
 *
 * Finds one recording in another: raw s16le, the rate at which it was played (with the skew of
 * the clock), the monotonic second at which it began. Prints the delay in ms, the correlation
 * of the envelopes, and how many 20 ms of what was loud came as silence. */

#define SKIP_MS 1000

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
  PlSoundMatch match;

  if (argc != 7)
    return EXIT_FAILURE;
  g_autofree char *sent_bytes = load (argv + 1, &sent);
  g_autofree char *heard_bytes = load (argv + 4, &heard);
  pl_sound_match (&sent, &heard, SKIP_MS, &match);
  printf ("%.0f %.3f %u\n", match.delay_ms, match.correlation, match.n_gaps);
  return EXIT_SUCCESS;
}
