/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-wav"

#include "proto/wav.h"

#include "base/bytes.h"
#include "base/error.h"

#include <string.h>

/* RIFF ("Multimedia Programming Interface and Data Specifications 1.0"): chunks of a name, a
 * length and so many bytes, and one more where the length is odd. */

#define FORMAT_PCM  1
#define FORMAT_SIZE 16
#define HEADER_SIZE 44

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "wav: %s", what);
  return FALSE;
}

/* The macros may look at their argument twice. */
static uint32_t
read_u32 (PlReader *reader)
{
  const uint32_t value = pl_reader_u32 (reader);
  return GUINT32_SWAP_LE_BE (value);
}

static uint16_t
read_u16 (PlReader *reader)
{
  const uint16_t value = pl_reader_u16 (reader);
  return GUINT16_SWAP_LE_BE (value);
}

static gboolean
is_name (const uint8_t *bytes, const char *name)
{
  return bytes && memcmp (bytes, name, strlen (name)) == 0;
}

static gboolean
read_format (const uint8_t *bytes, size_t len, guint *rate, GError **error)
{
  PlReader reader = PL_READER_INIT (bytes, len);
  const uint16_t format = read_u16 (&reader);
  const uint16_t channels = read_u16 (&reader);
  const uint32_t found = read_u32 (&reader);
  read_u32 (&reader); /* bytes a second, */
  read_u16 (&reader); /* and of a sample: both follow from the others */
  const uint16_t bits = read_u16 (&reader);

  if (reader.failed)
    return refuse (error, "it ends too soon");
  if (format != FORMAT_PCM || channels != 1 || bits != 16)
    return refuse (error, "expected one channel of PCM with 16 bits");
  if (found != 8000 && found != 16000 && found != 48000)
    return refuse (error, "expected 8000, 16000 or 48000 samples a second");
  *rate = found;
  return TRUE;
}

static gboolean
take_samples (const uint8_t *bytes, size_t len, PlWav *wav, GError **error)
{
  if (wav->rate == 0)
    return refuse (error, "samples without a format");
  if (len < 2 || len % 2)
    return refuse (error, "there are no samples in it, or half of one");
  wav->samples = bytes;
  wav->n_samples = len / 2;
  return TRUE;
}

gboolean
pl_wav_parse (const uint8_t *data, size_t len, PlWav *wav, GError **error)
{
  PlReader reader = PL_READER_INIT (data, len);
  const uint8_t *riff = pl_reader_bytes (&reader, 4);
  PlWav found = { 0 };

  read_u32 (&reader);
  if (!is_name (riff, "RIFF") || !is_name (pl_reader_bytes (&reader, 4), "WAVE"))
    return refuse (error, "it is no WAV file");
  while (found.samples == NULL) {
    const uint8_t *name = pl_reader_bytes (&reader, 4);
    const uint32_t size = read_u32 (&reader);
    const uint8_t *chunk = pl_reader_bytes (&reader, size);
    if (reader.failed)
      return refuse (error, "it ends too soon");
    if (is_name (name, "fmt ") && !read_format (chunk, size, &found.rate, error))
      return FALSE;
    if (is_name (name, "data") && !take_samples (chunk, size, &found, error))
      return FALSE;
    if (size % 2)
      pl_reader_u8 (&reader);
  }
  *wav = found;
  return TRUE;
}

static void
write_u32 (GByteArray *out, uint32_t value)
{
  pl_write_u32 (out, GUINT32_SWAP_LE_BE (value));
}

static void
write_u16 (GByteArray *out, uint16_t value)
{
  pl_write_u16 (out, GUINT16_SWAP_LE_BE (value));
}

GBytes *
pl_wav_print (const PlWav *wav)
{
  const uint32_t size = (uint32_t) (wav->n_samples * 2);
  GByteArray *out = g_byte_array_sized_new (HEADER_SIZE + size);

  g_byte_array_append (out, (const guint8 *) "RIFF", 4);
  write_u32 (out, HEADER_SIZE - 8 + size);
  g_byte_array_append (out, (const guint8 *) "WAVEfmt ", 8);
  write_u32 (out, FORMAT_SIZE);
  write_u16 (out, FORMAT_PCM);
  write_u16 (out, 1);
  write_u32 (out, wav->rate);
  write_u32 (out, wav->rate * 2);
  write_u16 (out, 2);
  write_u16 (out, 16);
  g_byte_array_append (out, (const guint8 *) "data", 4);
  write_u32 (out, size);
  g_byte_array_append (out, wav->samples, size);
  return g_byte_array_free_to_bytes (out);
}
