/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "simbox/mailbox.h"
#include "tests/lib/pcm-modem.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

/* The mailbox on a store and a folder of their own. Its callers speak ten times as fast as
 * anybody does: a modem's clock drives the answering machine. */

#define RATE     8000
#define FAST_PPM 9e6
/* Longer than the greeting takes to be loaded on a busy machine, at that pace. */
#define MESSAGE_SECONDS 40

typedef struct {
  char *folder, *mails, *db, *greeting;
  PlStore *store;
  PlMailbox *mailbox;
  PcmModem *modem;
  PlAudioPort *port;
  int16_t *speech;
  char *enough; /* the call that there is enough of */
  gboolean had_enough, changed;
  guint n_changed;
} Fixture;

static void
on_enough (const char *call, gpointer user_data)
{
  Fixture *f = user_data;
  g_free (f->enough);
  f->enough = g_strdup (call);
  f->had_enough = TRUE;
}

static void
on_changed (PlMailbox *mailbox G_GNUC_UNUSED, gint64 id, Fixture *f)
{
  g_assert_cmpint (id, >, 0);
  f->changed = TRUE;
  f->n_changed++;
}

static void
open_mailbox (Fixture *f)
{
  static const PlMailboxOps ops = { on_enough };
  const PlMailboxConfig config = { .store = f->store,
                                   .folder = f->mails,
                                   .greeting = { .file = f->greeting },
                                   .limits = pl_recorder_limits };
  g_autoptr (GError) error = NULL;

  f->mailbox = pl_mailbox_new (&config, &ops, f, &error);
  g_assert_no_error (error);
  g_signal_connect (f->mailbox, "changed", G_CALLBACK (on_changed), f);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree int16_t *tone = pl_sound_new_tone (RATE, RATE / 10, 1000);

  f->folder = g_dir_make_tmp ("pl-mailbox-XXXXXX", NULL);
  f->mails = g_build_filename (f->folder, "mails", NULL);
  f->db = g_build_filename (f->folder, "box.db", NULL);
  f->greeting = g_build_filename (f->folder, "greeting.wav", NULL);
  f->speech = pl_sound_new_speech (RATE, 60 * RATE, 5);
  pl_sound_write_wav (f->greeting, tone, RATE / 10, RATE);
  f->store = pl_store_open (f->db);
  open_mailbox (f);
}

static void
empty (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (folder);
}

static void
end_call (Fixture *f)
{
  g_clear_pointer (&f->port, pl_audio_port_free);
  g_clear_pointer (&f->modem, pcm_modem_free);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_object (&f->mailbox);
  end_call (f);
  pl_store_close (f->store);
  empty (f->mails);
  empty (f->folder);
  g_free (f->folder);
  g_free (f->mails);
  g_free (f->db);
  g_free (f->greeting);
  g_free (f->speech);
  g_free (f->enough);
}

/* Somebody calls and speaks for @seconds of his time. */
static void
call (Fixture *f, const char *number, guint seconds)
{
  const PlCallInfo info = { .id = "c1", .number = number };
  g_autoptr (GError) error = NULL;

  f->had_enough = f->changed = FALSE;
  f->modem = pcm_modem_new_on_socket (RATE, FAST_PPM, f->speech, (gsize) seconds * RATE);
  f->port = pl_audio_port_new_pcm (pcm_modem_steal_fd (f->modem), RATE, &error);
  g_assert_no_error (error);
  pl_mailbox_take (f->mailbox, &info, f->port);
  pcm_modem_start (f->modem);
}

/* He has said his words, and the box hangs up. */
static void
leave_message (Fixture *f, const char *number)
{
  call (f, number, MESSAGE_SECONDS);
  pl_test_run_until (NULL, &f->had_enough, 20000);
  g_assert_cmpstr (f->enough, ==, "c1");
  pl_mailbox_leave (f->mailbox, /* taken_over = */ FALSE);
  end_call (f);
}

static GPtrArray *
list (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *mails = pl_store_list_voicemails (f->store, &error);

  g_assert_no_error (error);
  return mails;
}

static guint
count_files (Fixture *f)
{
  g_autoptr (GDir) dir = g_dir_open (f->mails, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static int64_t
add (Fixture *f, guint n, gboolean heard)
{
  g_autofree char *name = g_strdup_printf ("none-%u.ogg", n);
  const PlVoicemail mail = {
    .file = name, .time_us = n * G_USEC_PER_SEC, .duration_us = G_USEC_PER_SEC, .heard = heard
  };
  g_autoptr (GError) error = NULL;
  int64_t id;

  pl_store_add_voicemail (f->store, &mail, &id, &error);
  g_assert_no_error (error);
  return id;
}

static void
test_message (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  leave_message (f, "+49151");
  pl_test_run_until (NULL, &f->changed, 20000);
  g_autoptr (GPtrArray) mails = list (f);
  g_assert_cmpuint (mails->len, ==, 1);
  const PlVoicemail *mail = g_ptr_array_index (mails, 0);
  g_assert_cmpstr (mail->number, ==, "+49151");
  g_assert_false (mail->heard);
  g_assert_cmpint (mail->duration_us, >, 5 * G_USEC_PER_SEC);

  f->n_changed = 0;
  g_assert_true (pl_mailbox_set_heard (f->mailbox, mail->id, TRUE, &error));
  g_assert_true (pl_mailbox_set_heard (f->mailbox, mail->id, TRUE, &error));
  g_assert_cmpuint (f->n_changed, ==, 1);
  g_autofree char *path = pl_mailbox_get_path (f->mailbox, mail->id, &error);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  g_assert_true (pl_mailbox_delete (f->mailbox, mail->id, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (f->n_changed, ==, 2);
  g_assert_cmpuint (count_files (f), ==, 0);

  g_assert_false (pl_mailbox_delete (f->mailbox, mail->id, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (pl_mailbox_get_path (f->mailbox, mail->id, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (pl_mailbox_set_heard (f->mailbox, mail->id, TRUE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* Of a recording that goes on. */
static gsize
get_part_size (Fixture *f)
{
  g_autoptr (GDir) dir = g_dir_open (f->mails, 0, NULL);
  const char *name;
  GStatBuf status = { 0 };

  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (f->mails, name, NULL);
    if (g_str_has_suffix (name, ".part") && g_stat (path, &status) == 0)
      return status.st_size;
  }
  return 0;
}

static void
run_until_recorded (Fixture *f, gsize size)
{
  while (get_part_size (f) < size)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_taken_over (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  call (f, "+49151", 60);
  run_until_recorded (f, 10000);
  pl_mailbox_leave (f->mailbox, /* taken_over = */ TRUE);
  end_call (f); /* the port is not the mailbox's any more */
  pl_test_run_until (NULL, &f->changed, 20000);
  g_autoptr (GPtrArray) mails = list (f);
  g_assert_cmpuint (mails->len, ==, 1);
  g_assert_true (((PlVoicemail *) g_ptr_array_index (mails, 0))->heard);
  g_assert_false (f->had_enough);
}

/* What is heard makes room, what is not stays, and then a caller is not kept waiting. */
static void
test_full (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  const int64_t oldest = add (f, 1, /* heard = */ FALSE);
  const int64_t heard = add (f, 2, /* heard = */ TRUE);

  for (guint n = 2; n < PL_MAX_VOICEMAILS; n++)
    add (f, n + 1, /* heard = */ n == 7);
  for (guint n = 0; n < 2; n++) {
    leave_message (f, "+49151");
    while (f->n_changed < 2 * (n + 1))
      g_main_context_iteration (NULL, TRUE);
    g_autoptr (GPtrArray) mails = list (f);
    g_assert_cmpuint (mails->len, ==, PL_MAX_VOICEMAILS);
  }
  g_assert_null (pl_store_get_voicemail (f->store, heard, &error));
  g_autoptr (PlVoicemail) kept = pl_store_get_voicemail (f->store, oldest, &error);
  g_assert_nonnull (kept);

  call (f, "+49152", 6);
  g_assert_false (f->had_enough);
  pl_test_run_until (NULL, &f->had_enough, 2000);
  pl_mailbox_leave (f->mailbox, /* taken_over = */ FALSE);
  g_assert_cmpuint (count_files (f), ==, 2);
}

static void
put (Fixture *f, const char *name, gsize size)
{
  g_autofree char *path = g_build_filename (f->mails, name, NULL);
  g_autofree char *bytes = g_malloc0 (size);

  g_assert_true (g_file_set_contents (path, bytes, size, NULL));
}

/* After a kill: what was said is in the list once, with who said it; what is not ours stays. */
static void
test_killed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const PlVoicemail listed
      = { .file = (char *) "listed.ogg", .time_us = 1, .duration_us = G_USEC_PER_SEC };
  int64_t id;

  put (f, "cut.ogg.part", 9000);
  put (f, "short.ogg.part", 900);
  put (f, "whole.ogg", 12000);
  put (f, "listed.ogg", 9000);
  put (f, "notes.txt", 9000);
  g_assert_true (pl_store_add_voicemail (f->store, &listed, &id, NULL));
  g_assert_true (
      pl_store_set_setting (f->store, "voicemail-begun", "cut.ogg 7000000 +49151", NULL));
  for (guint n = 0; n < 2; n++) {
    g_clear_object (&f->mailbox);
    open_mailbox (f);
    g_autoptr (GPtrArray) mails = list (f);
    g_assert_cmpuint (mails->len, ==, 3);
    for (guint i = 0; i < mails->len; i++) {
      const PlVoicemail *mail = g_ptr_array_index (mails, i);
      const gboolean is_cut = g_str_equal (mail->file, "cut.ogg");
      g_assert_cmpstr (mail->number, ==, is_cut ? "+49151" : NULL);
      if (is_cut)
        g_assert_cmpint (mail->time_us, ==, 7000000);
    }
  }
  g_assert_cmpuint (count_files (f), ==, 4);
}

static void
limit_files (rlim_t size)
{
  struct rlimit limit;

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = size;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

/* The disk takes the recording and not the list: it is there when the disk takes that too. */
static void
test_full_disk (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *wal = g_strconcat (f->db, "-wal", NULL);
  GStatBuf status;

  for (guint n = 0; n < 100; n++)
    add (f, n, /* heard = */ FALSE);
  g_assert_cmpint (g_stat (wal, &status), ==, 0);
  g_assert_cmpint (status.st_size, >, 50000); /* a message has less */
  limit_files (status.st_size);
  leave_message (f, "+49151");
  while (count_files (f) != 1 || get_part_size (f) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_autoptr (GPtrArray) before = list (f);
  g_assert_cmpuint (before->len, ==, 100);
  limit_files (RLIM_INFINITY);
  leave_message (f, "+49152");
  while (f->n_changed < 2)
    g_main_context_iteration (NULL, TRUE);
  g_autoptr (GPtrArray) after = list (f);
  g_assert_cmpuint (after->len, ==, 102);
}

/* A store that is broken says so, and callers are not kept. */
static void
test_no_store (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *nowhere = g_build_filename (f->folder, "nowhere", "box.db", NULL);
  g_autoptr (GError) error = NULL;

  g_clear_object (&f->mailbox);
  pl_store_close (f->store);
  f->store = pl_store_open (nowhere);
  open_mailbox (f);
  put (f, "cut.ogg.part", 9000);
  call (f, "+49151", 6);
  pl_test_run_until (NULL, &f->had_enough, 2000);
  g_assert_false (pl_mailbox_delete (f->mailbox, 1, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == PL_STORE_ERROR);
  g_assert_cmpuint (count_files (f), ==, 1);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  /* A full disk and a full mailbox are worth a warning, and are what is tested. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
#define ADD(name, func) g_test_add ("/mailbox/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("message", test_message);
  ADD ("taken-over", test_taken_over);
  ADD ("full", test_full);
  ADD ("killed", test_killed);
  ADD ("full-disk", test_full_disk);
  ADD ("no-store", test_no_store);
#undef ADD
  return g_test_run ();
}
