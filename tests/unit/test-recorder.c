/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "media/greeting.h"
#include "media/recorder.h"
#include "tests/lib/pl-test.h"
#include "tests/lib/sound.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

/* What is recorded, fed much faster than anybody speaks. */

#define RATE         8000
#define BLOCK        (RATE / 50)
#define BLOCKS_PER_S 50

typedef struct {
  char *folder, *path;
  PlRecorder *recorder;
  gboolean enough, finished;
  guint n_fed;
  int64_t duration_us;
  GError *error;
  GBytes *decoded;
  gboolean loaded;
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

static const PlRecorderOps ops = { .enough = on_enough, .finished = on_finished };

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("pl-recorder-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "1.ogg", NULL);
  f->recorder = pl_recorder_new (f->path, RATE, &pl_recorder_limits, &ops, f, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  pl_recorder_free (f->recorder);
  g_unlink (f->path);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0); /* nothing else is left in it */
  g_clear_error (&f->error);
  g_clear_pointer (&f->decoded, g_bytes_unref);
  g_free (f->path);
  g_free (f->folder);
}

/* As long as it is taken, at most @seconds. */
static void
feed (Fixture *f, const int16_t *samples, double seconds)
{
  for (guint i = 0; i < seconds * BLOCKS_PER_S && !f->enough; i++, f->n_fed++)
    pl_recorder_feed (f->recorder, samples ? samples + i * BLOCK : (const int16_t[BLOCK]){ 0 },
                      BLOCK);
}

static void
feed_speech (Fixture *f, double seconds)
{
  g_autofree int16_t *speech = pl_sound_new_speech (RATE, RATE * seconds + BLOCK, 7);
  feed (f, speech, seconds);
}

static void
finish (Fixture *f)
{
  pl_recorder_finish (f->recorder);
  g_assert_false (f->finished);
  pl_test_run_until (NULL, &f->finished, 20000);
}

static void
on_loaded (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;
  g_autoptr (GError) error = NULL;
  f->decoded = pl_greeting_load_finish (result, &error);
  g_assert_no_error (error);
  f->loaded = TRUE;
}

/* Seconds of sound that are in the file; the loader appends the tone, and takes a minute. */
static double
measure_file (Fixture *f)
{
  g_autoptr (GBytes) tone = pl_greeting_new_tone (RATE);
  const PlGreetingConfig config = { .file = f->path };

  pl_greeting_load_async (&config, RATE, /* cancellable = */ NULL, on_loaded, f);
  pl_test_run_until (NULL, &f->loaded, 20000);
  return (g_bytes_get_size (f->decoded) - g_bytes_get_size (tone)) / 2.0 / RATE;
}

static void
test_message (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree int16_t *sent = pl_sound_new_speech (RATE, RATE * 6, 7);

  feed (f, sent, 4);
  finish (f);
  g_assert_no_error (f->error);
  g_assert_false (f->enough);
  g_assert_cmpint (f->duration_us, ==, 4 * G_USEC_PER_SEC);
  g_assert_cmpfloat (fabs (measure_file (f) - 4), <=, 0.05);

  PlSoundMatch match;
  const PlSoundTrack from = { sent, 4 * RATE, RATE, 0 };
  const PlSoundTrack to
      = { g_bytes_get_data (f->decoded, NULL), g_bytes_get_size (f->decoded) / 2, RATE, 0 };
  pl_sound_match (&from, &to, 0, &match);
  g_assert_cmpfloat (match.correlation, >, 0.9);
}

static void
test_silence_after_speech (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  feed_speech (f, 3);
  feed (f, NULL, 60);
  g_assert_true (f->enough);
  g_assert_cmpint (f->n_fed, >, 7 * BLOCKS_PER_S);
  g_assert_cmpint (f->n_fed, <=, 8 * BLOCKS_PER_S);
  finish (f);
  g_assert_cmpint (f->duration_us, >, 7 * G_USEC_PER_SEC);
}

static void
test_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  feed (f, NULL, 60);
  g_assert_true (f->enough);
  g_assert_cmpint (f->n_fed, ==, 10 * BLOCKS_PER_S);
  finish (f);
  g_assert_no_error (f->error);
  g_assert_cmpint (f->duration_us, ==, 0);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

static void
test_too_short (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree int16_t *tone = pl_sound_new_tone (RATE, RATE, 300);

  feed (f, tone, 0.8);
  feed (f, NULL, 2);
  finish (f);
  g_assert_no_error (f->error);
  g_assert_cmpint (f->duration_us, ==, 0);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

static void
test_limit (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  feed_speech (f, 200);
  g_assert_true (f->enough);
  g_assert_cmpint (f->n_fed, ==, 180 * BLOCKS_PER_S);
  finish (f);
  g_assert_cmpint (f->duration_us, ==, 180 * G_USEC_PER_SEC);
}

/* Nobody waits for what is not finished: a call that the box itself ends with. */
static void
test_dropped (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  feed_speech (f, 2);
  g_clear_pointer (&f->recorder, pl_recorder_free);
  g_assert_false (f->finished);
}

static void
limit_files (rlim_t size)
{
  struct rlimit limit;
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = size;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
test_full_disk (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  signal (SIGXFSZ, SIG_IGN);
  limit_files (16384);
  g_autofree int16_t *speech = pl_sound_new_speech (RATE, RATE * 21, 7);
  feed (f, speech, 20);
  pl_test_run_until (NULL, &f->enough, 20000);
  finish (f);
  limit_files (RLIM_INFINITY);
  g_assert_nonnull (f->error);
  g_assert_cmpint (f->duration_us, >, 2 * G_USEC_PER_SEC);
  g_assert_cmpint (f->duration_us, <, 10 * G_USEC_PER_SEC);
  g_assert_cmpfloat (fabs (measure_file (f) - f->duration_us / 1e6), <=, 1);
}

static void
test_no_folder (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (f->folder, "gone", "1.ogg", NULL);

  g_assert_null (pl_recorder_new (path, RATE, &pl_recorder_limits, &ops, f, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
#define ADD(name, func) g_test_add ("/recorder/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("message", test_message);
  ADD ("silence-after-speech", test_silence_after_speech);
  ADD ("nothing", test_nothing);
  ADD ("too-short", test_too_short);
  ADD ("limit", test_limit);
  ADD ("dropped", test_dropped);
  ADD ("full-disk", test_full_disk);
  ADD ("no-folder", test_no_folder);
#undef ADD
  return g_test_run ();
}
