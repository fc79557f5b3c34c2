/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/wav.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A greeting that a client brings: what is taken lies in it, and is written as it was. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  PlWav wav, again;

  if (!pl_wav_parse (data, size, &wav, &error)) {
    g_assert (error != NULL);
    return 0;
  }
  g_assert (wav.n_samples > 0 && wav.samples > data
            && wav.samples + 2 * wav.n_samples <= data + size);
  g_autoptr (GBytes) file = pl_wav_print (&wav);
  g_assert (
      pl_wav_parse (g_bytes_get_data (file, NULL), g_bytes_get_size (file), &again, NULL));
  g_assert_cmpuint (again.rate, ==, wav.rate);
  g_assert_cmpmem (again.samples, again.n_samples * 2, wav.samples, wav.n_samples * 2);
  return 0;
}
