/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** What a WAV file of speech holds: one channel of 16-bit samples. */
typedef struct {
  guint rate;             /* 8000, 16000 or 48000 */
  const uint8_t *samples; /* little-endian, borrowed from the file */
  size_t n_samples;       /* at least one */
} PlWav;

/** FALSE with PL_PROTO_ERROR_INVALID for any other sound, and for what is no WAV file. */
gboolean pl_wav_parse (const uint8_t *data, size_t len, PlWav *wav, GError **error);

/** A file of these and nothing else. */
GBytes *pl_wav_print (const PlWav *wav);
