/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "media/answerer.h"
#include "tests/lib/pcm-modem.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* An answering machine on the PCM of a modem: what the caller hears, and what is kept. */

#define RATE 8000

typedef struct {
  char *folder, *greeting, *path;
  int16_t *speech;
  PcmModem *modem;
  PlAudioPort *port;
  PlAnswerer *answerer;
  gboolean enough, finished, greeting_failed;
  int64_t duration_us;
  GError *error;
  GBytes *loaded;
  gboolean load_ended;
} Fixture;

static void
on_enough (gpointer user_data)
{
  Fixture *f = user_data;
  g_assert_false (f->enough);
  f->enough = TRUE;
}

static void
on_finished (int64_t duration_us, const GError *error, gpointer user_data)
{
  Fixture *f = user_data;
  g_assert_false (f->finished);
  f->finished = TRUE;
  f->duration_us = duration_us;
  f->error = error ? g_error_copy (error) : NULL;
}

static void
on_greeting_failed (const GError *reason, gpointer user_data)
{
  Fixture *f = user_data;
  g_assert_nonnull (reason);
  f->greeting_failed = TRUE;
}

static const PlAnswererOps ops
    = { .greeting_failed = on_greeting_failed, .enough = on_enough, .finished = on_finished };

/* 0.4 s of 1000 Hz. */
static void
write_greeting (const char *path)
{
  const gsize n = RATE * 4 / 10;
  g_autofree int16_t *tone = pl_sound_new_tone (RATE, n, 1000);

  pl_sound_write_wav (path, tone, n, RATE);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("pl-answerer-XXXXXX", &error);
  g_assert_no_error (error);
  f->greeting = g_build_filename (f->folder, "greeting.wav", NULL);
  f->path = g_build_filename (f->folder, "1.ogg", NULL);
  write_greeting (f->greeting);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  pl_answerer_free (f->answerer);
  pl_audio_port_free (f->port);
  g_clear_pointer (&f->modem, pcm_modem_free);
  g_unlink (f->greeting);
  g_unlink (f->path);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_clear_error (&f->error);
  g_clear_pointer (&f->loaded, g_bytes_unref);
  g_free (f->speech);
  g_free (f->greeting);
  g_free (f->path);
  g_free (f->folder);
}

/* A caller who speaks for @seconds from the first moment on. */
static void
call (Fixture *f, double seconds, const PlRecorderLimits *limits)
{
  const gsize n = RATE * seconds;
  const PlAnswererConfig config
      = { .greeting = { .file = f->greeting }, .limits = *limits, .file = f->path };
  g_autoptr (GError) error = NULL;

  f->speech = pl_sound_new_speech (RATE, n, 3);
  f->modem = pcm_modem_new (RATE, /* ppm = */ 0, f->speech, n);
  f->port = pl_audio_port_new_pcm (pcm_modem_steal_fd (f->modem), RATE, &error);
  g_assert_no_error (error);
  f->answerer = pl_answerer_new (f->port, &config, &ops, f);
  pcm_modem_start (f->modem);
}

static void
hang_up (Fixture *f)
{
  pl_answerer_stop (f->answerer);
  g_assert_false (f->finished);
  pl_test_run_until (NULL, &f->finished, 20000);
  pcm_modem_stop (f->modem);
}

/* The part of the power that is at @hertz, 0 to 1. */
static double
measure_purity (const int16_t *samples, gsize n, double hertz)
{
  double in_phase = 0, quadrature = 0, power = 0;

  for (gsize i = 0; i < n; i++) {
    const double angle = 2 * G_PI * hertz * i / RATE;
    in_phase += samples[i] * cos (angle);
    quadrature += samples[i] * sin (angle);
    power += (double) samples[i] * samples[i];
  }
  return power > 0 ? 2 * (in_phase * in_phase + quadrature * quadrature) / n / power : 0;
}

/* The first sample from which on 25 ms are this tone, so few because the ring of the port may
 * make it half a percent higher or lower; -1: nowhere. */
static gssize
find_tone (const int16_t *samples, gsize n, double hertz)
{
  const gsize window = RATE / 40;
  for (gsize i = 0; i + window <= n; i += window / 4)
    if (measure_purity (samples + i, window, hertz) > 0.9)
      return i;
  return -1;
}

static void
on_loaded (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;
  g_autoptr (GError) error = NULL;
  f->loaded = pl_greeting_load_finish (result, &error);
  g_assert_no_error (error);
  f->load_ended = TRUE;
}

/* Seconds, without the tone. */
static double
load (Fixture *f, const PlGreetingConfig *config, guint rate)
{
  g_autoptr (GBytes) tone = pl_greeting_new_tone (rate);

  f->load_ended = FALSE;
  g_clear_pointer (&f->loaded, g_bytes_unref);
  pl_greeting_load_async (config, rate, /* cancellable = */ NULL, on_loaded, f);
  pl_test_run_until (NULL, &f->load_ended, 20000);
  return (g_bytes_get_size (f->loaded) - g_bytes_get_size (tone)) / 2.0 / rate;
}

static void
test_message (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const PlRecorderLimits limits = { 60 * G_USEC_PER_SEC, G_USEC_PER_SEC, 2 * G_USEC_PER_SEC };
  PlSoundTrack heard;

  call (f, 5, &limits);
  pl_test_run_until (NULL, &f->enough, 20000);
  hang_up (f);
  g_assert_no_error (f->error);
  g_assert_cmpint (f->duration_us, >, 2 * G_USEC_PER_SEC);
  const double seconds = load (f, &(PlGreetingConfig){ .file = f->path }, RATE);
  g_assert_cmpfloat (fabs (seconds - f->duration_us / 1e6), <=, 0.1);

  pcm_modem_get_heard (f->modem, &heard);
  const gssize words = find_tone (heard.samples, heard.n, 1000);
  const gssize tone = find_tone (heard.samples, heard.n, 440);
  g_assert_cmpint (words, >=, 0);
  g_assert_cmpint (tone - words, >=, RATE * 35 / 100);
  g_assert_cmpint (tone - words, <=, RATE * 45 / 100);
}

static void
test_limit (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const PlRecorderLimits limits
      = { 3 * G_USEC_PER_SEC / 2, 10 * G_USEC_PER_SEC, 10 * G_USEC_PER_SEC };

  call (f, 10, &limits);
  pl_test_run_until (NULL, &f->enough, 20000);
  hang_up (f);
  g_assert_cmpint (f->duration_us, ==, 3 * G_USEC_PER_SEC / 2);
}

/* Before the tone nothing is recorded. */
static void
test_hang_up_in_the_greeting (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  call (f, 5, &pl_recorder_limits);
  hang_up (f);
  g_assert_no_error (f->error);
  g_assert_cmpint (f->duration_us, ==, 0);
  g_assert_false (f->enough);
}

static void
test_modem_vanishes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  call (f, 10, &pl_recorder_limits);
  pcm_modem_stop (f->modem);
  pl_test_run_until (NULL, &f->enough, 20000);
  hang_up (f);
  g_assert_nonnull (f->error);
}

/* What cannot be played is no reason to stay silent. */
static void
test_broken_greeting (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const PlRecorderLimits limits = { G_USEC_PER_SEC, G_USEC_PER_SEC, G_USEC_PER_SEC };
  PlSoundTrack heard;

  g_assert_cmpint (truncate (f->greeting, 30), ==, 0);
  call (f, 20, &limits);
  pl_test_run_until (NULL, &f->enough, 30000);
  hang_up (f);
  g_assert_true (f->greeting_failed);
  pcm_modem_get_heard (f->modem, &heard);
  g_assert_cmpint (find_tone (heard.samples, heard.n, 440), >, 3 * RATE);
}

static const struct {
  const char *name;
  guint16 format, channels, bits;
  guint32 rate;
  guint32 lie; /* told of the length; 0: the truth */
} formats[] = {
  { "stereo of a CD", 1, 2, 16, 44100, 0 },
  { "8 bits", 1, 1, 8, 8000, 0 },
  { "24 bits", 1, 1, 24, 48000, 0 },
  { "float", 3, 2, 32, 48000, 0 },
  { "low rate", 1, 1, 16, 6000, 0 },
  { "from a pipe", 1, 1, 16, 16000, 0xffffffff },
  { "longer than it is", 1, 1, 16, 16000, 1000000 },
};

static void
append_sample (GByteArray *file, guint row, double value)
{
  const guint8 byte = 128 + value * 127;
  const gint32 whole = GINT32_TO_LE ((gint32) (value * G_MAXINT32));
  const float floating = value;

  if (formats[row].format == 3)
    g_byte_array_append (file, (const guint8 *) &floating, sizeof floating);
  else if (formats[row].bits == 8)
    g_byte_array_append (file, &byte, 1);
  else
    g_byte_array_append (file, (const guint8 *) &whole + 4 - formats[row].bits / 8,
                         formats[row].bits / 8);
}

/* Half a second of 1000 Hz. */
static void
write_format (const char *path, guint row)
{
  const guint32 rate = formats[row].rate, frame = formats[row].channels * formats[row].bits / 8;
  const guint32 n = rate / 2, n_bytes = formats[row].lie ? formats[row].lie : n * frame;
  const struct {
    char riff[4];
    guint32 size;
    char wave[4], format[4];
    guint32 format_size;
    guint16 kind, channels;
    guint32 rate, bytes_per_s;
    guint16 frame, bits;
    char data[4];
    guint32 n_bytes;
  } header = { "RIFF",
               formats[row].lie ? n_bytes : n_bytes + 36,
               "WAVE",
               "fmt ",
               16,
               formats[row].format,
               formats[row].channels,
               rate,
               rate * frame,
               frame,
               formats[row].bits,
               "data",
               n_bytes };
  g_autoptr (GByteArray) file = g_byte_array_new ();

  g_byte_array_append (file, (const guint8 *) &header, sizeof header);
  for (guint i = 0; i < n; i++)
    for (guint k = 0; k < formats[row].channels; k++)
      append_sample (file, row, 0.5 * sin (2 * G_PI * 1000 * i / rate));
  g_assert_true (g_file_set_contents (path, (const char *) file->data, file->len, NULL));
}

/* Whatever the owner's program makes of a WAV file. */
static void
test_formats (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    write_format (f->greeting, i);
    const double seconds = load (f, &(PlGreetingConfig){ .file = f->greeting }, RATE);
    const int16_t *samples = g_bytes_get_data (f->loaded, NULL);
    const double purity = measure_purity (samples + RATE / 10, RATE / 4, 1000);
    g_test_message ("%s: %.3f s, purity %.3f", formats[i].name, seconds, purity);
    g_assert_cmpfloat (fabs (seconds - 0.5), <, 0.03);
    g_assert_cmpfloat (purity, >, 0.95);
  }
}

static void
test_spoken (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const PlGreetingConfig german = { .language = "de" }, english = { .language = "en" };
  gsize size;

  const double seconds = load (f, &english, RATE);
  g_assert_cmpfloat (seconds, >, 3);
  g_assert_cmpfloat (seconds, <, 15);
  g_autoptr (GBytes) in_english = g_bytes_ref (f->loaded);
  g_assert_cmpfloat (load (f, &german, 16000), >, 3);
  g_assert_false (g_bytes_equal (in_english, f->loaded));
  const int16_t *samples = g_bytes_get_data (f->loaded, &size);
  const gsize tone = size / 2 - 16000 * 6 / 10;
  g_assert_cmpfloat (pl_sound_get_purity (samples + tone, 8000, 16000, 440), >, 0.95);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
#define ADD(name, func) g_test_add ("/answerer/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("message", test_message);
  ADD ("limit", test_limit);
  ADD ("hang-up-in-the-greeting", test_hang_up_in_the_greeting);
  ADD ("modem-vanishes", test_modem_vanishes);
  ADD ("broken-greeting", test_broken_greeting);
  ADD ("formats", test_formats);
  ADD ("spoken", test_spoken);
#undef ADD
  return g_test_run ();
}
