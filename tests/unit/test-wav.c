/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "proto/wav.h"
#include "tests/lib/pl-test.h"

#include <string.h>

/* Two samples at 16 kHz. */
static const uint8_t plain[]
    = "RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0"
      "data\4\0\0\0\1\2\3\4";
#define LEN (sizeof plain - 1)

static void
test_plain (void)
{
  g_autoptr (GError) error = NULL;
  PlWav wav;

  pl_wav_parse (plain, LEN, &wav, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (wav.rate, ==, 16000);
  g_assert_cmpmem (wav.samples, wav.n_samples * 2, "\1\2\3\4", 4);
  g_autoptr (GBytes) file = pl_wav_print (&wav);
  g_assert_cmpmem (g_bytes_get_data (file, NULL), g_bytes_get_size (file), plain, LEN);
}

/* What recorders put between, and behind. */
static void
test_chunks (void)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  PlWav wav;

  g_byte_array_append (file, plain, 36);
  g_byte_array_append (file, (const guint8 *) "LIST\3\0\0\0abc\0", 12);
  g_byte_array_append (file, plain + 36, LEN - 36);
  g_byte_array_append (file, (const guint8 *) "junk", 4);
  g_assert_true (pl_wav_parse (file->data, file->len, &wav, NULL));
  g_assert_cmpuint (wav.n_samples, ==, 2);
}

static void
test_bad (void)
{
  static const struct {
    guint at;
    uint8_t value;
    const char *what;
  } cases[] = {
    { 0, 'X', "no WAV" },    { 8, 'X', "no WAV" },       { 12, 'X', "without a format" },
    { 20, 3, "PCM" },        { 22, 2, "one channel" },   { 34, 8, "16 bits" },
    { 25, 0, "a second" },   { 16, 4, "ends too soon" }, { 19, 0x80, "ends too soon" },
    { 40, 5, "too soon" },   { 43, 0xff, "too soon" },   { 40, 3, "half of one" },
    { 40, 0, "no samples" },
  };
  const PlWav before = { .rate = 7 };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    uint8_t file[LEN];
    PlWav wav = before;
    memcpy (file, plain, LEN);
    file[cases[i].at] = cases[i].value;
    g_assert_false (pl_wav_parse (file, LEN, &wav, &error));
    g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
    g_test_message ("%s", error->message);
    g_assert_nonnull (strstr (error->message, cases[i].what));
    g_assert_cmpuint (wav.rate, ==, 7);
  }
  for (size_t len = 0; len < LEN; len++) {
    PlWav wav;
    g_assert_false (pl_wav_parse (plain, len, &wav, NULL));
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/wav/plain", test_plain);
  g_test_add_func ("/wav/chunks", test_chunks);
  g_test_add_func ("/wav/bad", test_bad);
  return g_test_run ();
}
