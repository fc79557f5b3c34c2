/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/dial-rules.h"
#include "simbox/store.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  char *folder, *path;
  PlStore *store;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  fixture->folder = g_dir_make_tmp ("pl-store-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "box.db", NULL);
  fixture->store = pl_store_open (fixture->path);
  g_assert_null (pl_store_get_problem (fixture->store));
}

static void
tear_down (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const names[] = { "box.db", "box.db-wal", "box.db-shm" };

  pl_store_close (fixture->store);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);
    g_unlink (path);
  }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
reopen (Fixture *fixture)
{
  pl_store_close (fixture->store);
  fixture->store = pl_store_open (fixture->path);
}

/* One of @text as the modem lists it, @copies times the same to the bit; @row and @waits are
 * what the last of them did. */
static void
sweep_copies (Fixture *fixture, const char *text, guint copies, gboolean complete, int64_t *row)
{
  g_autoptr (GBytes) raw = g_bytes_new (text, strlen (text));
  const PlSmsPart part = { .kind = PL_SMS_TEXT,
                           .number = (char *) "+491511234567",
                           .text = (char *) text,
                           .total = 1,
                           .seq = 1,
                           .raw = raw };
  int64_t waits;

  *row = 0;
  g_assert_true (pl_store_begin_sweep (fixture->store, NULL));
  for (guint i = 0; i < copies; i++)
    g_assert_true (pl_store_add_part (fixture->store, &part, 2000000, row, &waits, NULL));
  g_assert_true (pl_store_end_sweep (fixture->store, complete, NULL));
}

static void
delete_copy (Fixture *fixture, const char *text)
{
  g_autoptr (GBytes) raw = g_bytes_new (text, strlen (text));
  const PlSmsPart part = { .raw = raw };
  g_autoptr (GBytes) key = pl_store_make_key (&part);

  g_assert_true (pl_store_part_deleted (fixture->store, key, NULL));
}

static guint
count_texts (Fixture *fixture)
{
  const PlTextQuery all = { 0 };
  g_autoptr (GPtrArray) texts = pl_store_list_texts (fixture->store, &all, NULL);
  return texts->len;
}

static void
add_part (Fixture *fixture, const char *text, guint seq, guint total, int64_t *row,
          int64_t *waits)
{
  g_autofree char *pdu = g_strdup_printf ("%s/%u/%u", text, seq, total);
  g_autoptr (GBytes) raw = g_bytes_new (pdu, strlen (pdu));
  g_autoptr (GError) error = NULL;
  const PlSmsPart part = { .kind = PL_SMS_TEXT,
                           .number = (char *) "+491511234567",
                           .text = (char *) text,
                           .time_us = 1000000,
                           .ref = 77,
                           .total = total,
                           .seq = seq,
                           .raw = raw };

  g_assert_true (pl_store_begin_sweep (fixture->store, NULL));
  g_assert_true (pl_store_add_part (fixture->store, &part, 2000000, row, waits, &error));
  g_assert_no_error (error);
  g_assert_true (pl_store_end_sweep (fixture->store, /* complete = */ FALSE, NULL));
}

static void
assert_text (Fixture *fixture, int64_t row, const char *expected, guint missing, int64_t seq)
{
  g_autoptr (PlText) text = pl_store_get_text (fixture->store, row, NULL);

  g_assert_nonnull (text);
  g_assert_cmpstr (text->text, ==, expected);
  g_assert_cmpuint (text->missing, ==, missing);
  g_assert_cmpint (text->seq, ==, seq);
}

static void
test_once (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  int64_t row, again, waits;

  add_part (fixture, "hello", 1, 1, &row, &waits);
  g_assert_cmpint (row, >, 0);
  reopen (fixture);
  add_part (fixture, "hello", 1, 1, &again, &waits);
  g_assert_cmpint (again, ==, 0);
  assert_text (fixture, row, "hello", 0, 1);
}

/* Two people say "yes" in the same second; and none of it twice, whatever was killed. */
static void
test_same (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  int64_t row;

  sweep_copies (fixture, "yes", 2, /* complete = */ TRUE, &row);
  g_assert_cmpuint (count_texts (fixture), ==, 2);
  reopen (fixture); /* killed before they were deleted */
  sweep_copies (fixture, "yes", 2, TRUE, &row);
  g_assert_cmpint (row, ==, 0);
  sweep_copies (fixture, "yes", 3, TRUE, &row);
  g_assert_cmpuint (count_texts (fixture), ==, 3);

  delete_copy (fixture, "yes");
  reopen (fixture);
  sweep_copies (fixture, "yes", 3, TRUE, &row); /* one more came meanwhile */
  g_assert_cmpuint (count_texts (fixture), ==, 4);
  for (guint i = 0; i < 3; i++)
    delete_copy (fixture, "yes");
  sweep_copies (fixture, "yes", 1, TRUE, &row);
  g_assert_cmpuint (count_texts (fixture), ==, 5);
}

/* Killed after the modem deleted it, and before that was written down. */
static void
test_deleted_unseen (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  int64_t row;

  sweep_copies (fixture, "yes", 1, TRUE, &row);
  sweep_copies (fixture, "yes", 0, /* complete = */ FALSE, &row); /* may be in another store */
  sweep_copies (fixture, "yes", 1, TRUE, &row);
  g_assert_cmpuint (count_texts (fixture), ==, 1);
  sweep_copies (fixture, "yes", 0, TRUE, &row);
  sweep_copies (fixture, "yes", 1, TRUE, &row);
  g_assert_cmpuint (count_texts (fixture), ==, 2);
}

static void
test_long (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  int64_t row, waits, first;

  add_part (fixture, "two ", 2, 3, &row, &first);
  g_assert_cmpint (row, ==, 0);
  add_part (fixture, "three", 3, 3, &row, &waits);
  g_assert_cmpint (waits, ==, first);
  add_part (fixture, "three", 3, 3, &row, &waits); /* twice */
  g_assert_cmpint (waits, ==, 0);
  add_part (fixture, "one ", 1, 3, &row, &waits);
  g_assert_cmpint (row, ==, first);
  assert_text (fixture, row, "one two three", 0, 1);
}

static void
test_gaps (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  int64_t row, waits;
  gboolean shown;
  const PlTextQuery all = { 0 };

  add_part (fixture, "two ", 2, 4, &row, &waits);
  g_autoptr (GPtrArray) none = pl_store_list_texts (fixture->store, &all, NULL);
  g_assert_cmpuint (none->len, ==, 0);
  reopen (fixture);
  g_autoptr (GArray) waiting = pl_store_list_waiting (fixture->store, NULL);
  g_assert_cmpuint (waiting->len, ==, 1);
  g_assert_true (pl_store_show_gaps (fixture->store, waits, &shown, NULL));
  g_assert_true (shown);
  assert_text (fixture, waits, "[...]two [...]", 3, 1);
  g_assert_true (pl_store_show_gaps (fixture->store, waits, &shown, NULL));
  g_assert_false (shown);

  add_part (fixture, "four", 4, 4, &row, &waits);
  assert_text (fixture, row, "[...]two [...]four", 2, 2);
  add_part (fixture, "one ", 1, 4, &row, &waits);
  add_part (fixture, "three ", 3, 4, &row, &waits);
  assert_text (fixture, row, "one two three four", 0, 4);
}

static void
test_strange (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) raw = g_bytes_new_static ("\x12\xab", 2);
  const PlSmsPart unknown = { .kind = PL_SMS_UNKNOWN, .raw = raw };
  const PlSmsPart liar = { .kind = PL_SMS_TEXT, .text = (char *) "x", .total = 3, .seq = 9 };
  const PlSmsPart silent = { .kind = PL_SMS_SILENT, .total = 1, .seq = 1 };
  int64_t row, waits;

  g_assert_true (pl_store_add_part (fixture->store, &unknown, 1, &row, &waits, NULL));
  assert_text (fixture, row, "[a message that could not be understood: 12AB]", 0, 1);
  g_assert_true (pl_store_add_part (fixture->store, &liar, 1, &row, &waits, NULL));
  assert_text (fixture, row, "x", 0, 2);
  g_assert_true (pl_store_add_part (fixture->store, &silent, 1, &row, &waits, NULL));
  g_assert_cmpint (row + waits, ==, 0);
}

static void
save (Fixture *fixture, int64_t text, guint number, PlPartState state, const char *handle)
{
  gboolean changed;
  const PlOutPart part = { .text = text,
                           .number = number,
                           .total = 2,
                           .state = state,
                           .handle = (char *) handle,
                           .mr = 5 };
  g_assert_true (pl_store_save_out_part (fixture->store, &part, &changed, NULL));
}

static void
assert_state (Fixture *fixture, int64_t row, PlTextState state)
{
  g_autoptr (PlText) text = pl_store_get_text (fixture->store, row, NULL);
  g_assert_cmpint (text->state, ==, state);
}

static void
collect (const PlOutPart *part, gpointer user_data)
{
  g_string_append_printf (user_data, "%u:%u:%s ", part->number, part->state,
                          part->handle ? part->handle : "-");
}

static void
test_outgoing (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GString) parts = g_string_new (NULL);
  g_autoptr (PlText) text
      = pl_store_add_outgoing (fixture->store, "uuid", "+4930", "long", 2, 1000, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (text->state, ==, PL_TEXT_QUEUED);
  g_assert_null (pl_store_add_outgoing (fixture->store, "uuid", "+4930", "x", 1, 1000, &error));
  g_assert_error (error, PL_STORE_ERROR, PL_STORE_ERROR_FAILED);
  g_assert_null (pl_store_get_problem (fixture->store));

  save (fixture, text->row, 1, PL_PART_SENDING, "ME:3");
  assert_state (fixture, text->row, PL_TEXT_HANDED_OVER);
  save (fixture, text->row, 1, PL_PART_SENT, "ME:3");
  save (fixture, text->row, 2, PL_PART_SENDING, "ME:3");
  reopen (fixture);
  g_assert_true (pl_store_foreach_out_part (fixture->store, 0, collect, parts, NULL));
  g_assert_cmpstr (parts->str, ==, "1:6:- 2:4:ME:3 ");
  save (fixture, text->row, 2, PL_PART_SENT, NULL);
  assert_state (fixture, text->row, PL_TEXT_SENT);
  save (fixture, text->row, 1, PL_PART_DELIVERED, NULL);
  assert_state (fixture, text->row, PL_TEXT_SENT);
  save (fixture, text->row, 2, PL_PART_DELIVERED, NULL);
  assert_state (fixture, text->row, PL_TEXT_DELIVERED);

  g_autoptr (PlText) found = pl_store_find_text (fixture->store, "uuid", NULL);
  g_assert_cmpint (found->row, ==, text->row);
  g_assert_null (pl_store_find_text (fixture->store, "other", NULL));
}

/* A client catches up by its cursor: what changed since, in order, once. */
static void
test_cursor (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  int64_t row, waits;
  g_autoptr (PlText) out
      = pl_store_add_outgoing (fixture->store, "a", "+4930", "out", 1, 1000, NULL);
  for (guint i = 0; i < 5; i++) {
    g_autofree char *body = g_strdup_printf ("text %u", i);
    add_part (fixture, body, 1, 1, &row, &waits);
  }
  save (fixture, out->row, 1, PL_PART_SENT, NULL);

  const PlTextQuery since = { .after_seq = 4, .limit = 10 };
  g_autoptr (GPtrArray) news = pl_store_list_texts (fixture->store, &since, NULL);
  g_assert_cmpuint (news->len, ==, 3);
  const PlText *last = g_ptr_array_index (news, 2);
  g_assert_cmpstr (last->text, ==, "out");
  g_assert_cmpint (last->seq, ==, 7);

  const PlTextQuery before = { .before_seq = 6, .limit = 2, .number = "01511234567" };
  g_autoptr (GPtrArray) page = pl_store_list_texts (fixture->store, &before, NULL);
  g_assert_cmpuint (page->len, ==, 2);
  g_assert_cmpint (((PlText *) g_ptr_array_index (page, 0))->seq, ==, 4);
}

static void
set_contact (Fixture *fixture, const char *number, const char *name, const char *import)
{
  const PlContact contact = { (char *) number, (char *) name };
  g_assert_true (pl_store_set_contact (fixture->store, &contact, import, NULL));
}

static void
test_log (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  const PlCallRecord call = { .id = (char *) "c1",
                              .number = (char *) "+4930123456",
                              .reason = (char *) "missed",
                              .began_us = 5 };
  const PlVoicemail mail = { .file = (char *) "1.ogg", .number = (char *) "030123456" };
  guint n;
  int64_t id;

  set_contact (fixture, "+49 30 123456", "Anna", NULL);
  set_contact (fixture, "+4930123456", "Anna B.", NULL);
  g_assert_true (pl_store_add_call (fixture->store, &call, NULL));
  g_autoptr (GPtrArray) calls = pl_store_list_calls (fixture->store, 0, 10, NULL);
  g_assert_cmpuint (calls->len, ==, 1);
  g_assert_cmpstr (((PlCallRecord *) g_ptr_array_index (calls, 0))->name, ==, "Anna B.");

  g_assert_true (pl_store_add_voicemail (fixture->store, &mail, &id, NULL));
  g_assert_true (pl_store_count_unheard (fixture->store, &n, NULL));
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (pl_store_set_heard (fixture->store, id, TRUE, NULL));
  reopen (fixture);
  g_autoptr (PlVoicemail) kept = pl_store_get_voicemail (fixture->store, id, NULL);
  g_assert_true (kept->heard);
  g_assert_cmpstr (kept->name, ==, "Anna B.");
  g_assert_true (pl_store_delete_voicemail (fixture->store, id, NULL));
  g_assert_null (pl_store_get_voicemail (fixture->store, id, NULL));

  g_assert_null (pl_store_get_setting (fixture->store, "dnd"));
  g_assert_true (pl_store_set_setting (fixture->store, "dnd", "on", NULL));
  g_assert_true (pl_store_count (fixture->store, "texts", "2026-11-20", 3, NULL));
  g_assert_true (pl_store_count (fixture->store, "texts", "2026-11-20", 2, NULL));
  g_assert_true (pl_store_get_count (fixture->store, "texts", "2026-11-20", &n, NULL));
  g_assert_cmpuint (n, ==, 5);
  g_autofree char *dnd = pl_store_get_setting (fixture->store, "dnd");
  g_assert_cmpstr (dnd, ==, "on");
}

static void
test_many_contacts (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  const PlContact one_more = { (char *) "+48123", (char *) "x" };
  g_autoptr (GError) error = NULL;

  g_assert_true (pl_store_begin (fixture->store, NULL));
  for (guint i = 0; i < PL_MAX_CONTACTS; i++) {
    g_autofree char *number = g_strdup_printf ("+49%u", 1000000 + i);
    set_contact (fixture, number, "x", NULL);
  }
  g_assert_false (pl_store_set_contact (fixture->store, &one_more, NULL, &error));
  g_assert_error (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT);
  set_contact (fixture, "+491000000", "still to be renamed", NULL);
  g_assert_true (pl_store_commit (fixture->store, NULL));
}

static void
assert_name (Fixture *fixture, const char *number, const char *expected)
{
  g_autofree char *name = pl_store_find_name (fixture->store, number);
  g_assert_cmpstr (name, ==, expected);
}

static void
test_names (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  set_contact (fixture, "030 1234567", "Berlin", NULL);
  set_contact (fixture, "+43301234567", "Vienna", NULL);
  set_contact (fixture, "+48 22 7654321", " War\x1b[31msaw\n ", NULL);
  assert_name (fixture, "+43301234567", "Vienna");
  assert_name (fixture, "+41301234567", "Berlin"); /* who knows */
  pl_store_set_country (fixture->store, "49");
  assert_name (fixture, "+49301234567", "Berlin");
  assert_name (fixture, "+41301234567", NULL);
  assert_name (fixture, "Vodafone", NULL);
  assert_name (fixture, "+48227654321", "War\xef\xbf\xbd[31msaw");
  assert_name (fixture, NULL, NULL);
}

static void
test_bad_contacts (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  static const PlContact bad[] = { { (char *) "x", (char *) "x" },
                                   { (char *) "", (char *) "x" },
                                   { (char *) "123", (char *) " \n" },
                                   { (char *) "123", (char *) "\xff" } };
  g_autofree char *long_name = g_strnfill (PL_MAX_CONTACT - 1, 'a');
  g_autofree char *too_long = g_strconcat (long_name, "\xc3\xa4", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (pl_store_set_contact (fixture->store, &bad[i], NULL, NULL));
  set_contact (fixture, "123", too_long, NULL);
  assert_name (fixture, "123", long_name);
}

static void
test_import (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  gboolean found;
  guint n;

  set_contact (fixture, "111", "stays", NULL);
  set_contact (fixture, "222", "goes", "first");
  set_contact (fixture, "333", "is renamed", "first");
  set_contact (fixture, "333", "new", "second");
  set_contact (fixture, "111", "stays", "second");
  g_assert_true (pl_store_prune_contacts (fixture->store, "second", &n, NULL));
  g_assert_cmpuint (n, ==, 1);
  g_autoptr (GPtrArray) page = pl_store_list_contacts (fixture->store, "111", 1, NULL);
  g_assert_cmpuint (page->len, ==, 1);
  g_assert_cmpstr (((PlContact *) g_ptr_array_index (page, 0))->name, ==, "new");
  g_assert_true (pl_store_delete_contact (fixture->store, "33-3", &found, NULL));
  g_assert_true (found);
  g_assert_true (pl_store_delete_contact (fixture->store, "333", &found, NULL));
  g_assert_false (found);
}

/* A process that is killed in the middle: what it had acknowledged is there. */
static void
test_killed (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  int ends[2];
  char c;
  guint n = 0;
  const PlTextQuery all = { 0 };

  pl_store_close (g_steal_pointer (&fixture->store));
  g_assert_cmpint (pipe (ends), ==, 0);
  pid_t child = fork ();
  if (child == 0) {
    PlStore *store = pl_store_open (fixture->path);
    for (guint i = 0;; i++) {
      g_autofree char *id = g_strdup_printf ("%u", i);
      g_autoptr (PlText) text = pl_store_add_outgoing (store, id, "1", "x", 1, 1, NULL);
      if (text == NULL || write (ends[1], "+", 1) != 1)
        _exit (1);
    }
  }
  while (n < 20 && read (ends[0], &c, 1) == 1)
    n++;
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  close (ends[1]);
  while (read (ends[0], &c, 1) == 1)
    n++;
  close (ends[0]);
  fixture->store = pl_store_open (fixture->path);
  g_assert_null (pl_store_get_problem (fixture->store));
  g_autoptr (GPtrArray) texts = pl_store_list_texts (fixture->store, &all, NULL);
  g_assert_cmpuint (texts->len, >=, n);
  g_assert_cmpuint (texts->len, <=, n + 1);
}

static void
test_corrupt (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *junk = g_strnfill (8192, 'x');
  const PlTextQuery all = { 0 };

  pl_store_close (g_steal_pointer (&fixture->store));
  g_assert_true (g_file_set_contents (fixture->path, junk, -1, NULL));
  fixture->store = pl_store_open (fixture->path);
  g_assert_nonnull (pl_store_get_problem (fixture->store));
  g_assert_null (pl_store_list_texts (fixture->store, &all, &error));
  g_assert_error (error, PL_STORE_ERROR, PL_STORE_ERROR_CORRUPT);
  g_assert_false (pl_store_begin (fixture->store, NULL));
  g_assert_null (pl_store_get_setting (fixture->store, "dnd"));
}

/* The disk is full: what was there can be read, and writing works again when there is room. */
static void
test_full (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *big = g_strnfill (200000, 'x');
  g_autoptr (GError) error = NULL;
  struct rlimit before, small = { 150000, RLIM_INFINITY };

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  small.rlim_max = before.rlim_max;
  g_assert_true (pl_store_set_setting (fixture->store, "a", "1", NULL));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_autoptr (PlText) lost = pl_store_add_outgoing (fixture->store, "u", "1", big, 1, 1, &error);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  g_assert_null (lost);
  g_assert_error (error, PL_STORE_ERROR, PL_STORE_ERROR_FULL);
  g_assert_nonnull (strstr (pl_store_get_problem (fixture->store), "full"));
  g_autofree char *value = pl_store_get_setting (fixture->store, "a");
  g_assert_cmpstr (value, ==, "1");

  g_autoptr (PlText) kept = pl_store_add_outgoing (fixture->store, "u", "1", big, 1, 1, NULL);
  g_assert_nonnull (kept);
  g_assert_null (pl_store_get_problem (fixture->store));
}

static void
take_from (Fixture *fixture, const char *number)
{
  const PlSmsPart part = {
    .kind = PL_SMS_TEXT, .number = (char *) number, .text = (char *) "x", .total = 1, .seq = 1
  };
  int64_t row, waits;

  g_assert_true (pl_store_add_part (fixture->store, &part, 2000000, &row, &waits, NULL));
}

/* One thread for what pl_dial_same_number() says is one number. */
static void
test_short_threads (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const numbers[] = { "0301234", "+49301234", "0110", "110",   "+49110",
                                         "22333",   "+4922333",  "1110", "Lotto", "4you" };
  static const char *const threads[]
      = { "4you", "Lotto", "1110", "+4922333", "+49110", "+49301234" };

  pl_store_set_country (fixture->store, "49");
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    take_from (fixture, numbers[i]);
  g_autoptr (GPtrArray) list = pl_store_list_threads (fixture->store, 0, 100, NULL);
  g_assert_cmpuint (list->len, ==, G_N_ELEMENTS (threads));
  for (guint i = 0; i < list->len; i++)
    g_assert_cmpstr (((const PlThread *) list->pdata[i])->number, ==, threads[i]);
}

/* A store of the version before threads: its texts are read, and found. */
static void
test_migrated (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  static const char before[]
      = "DROP INDEX texts_unread; ALTER TABLE texts DROP COLUMN read;"
        "ALTER TABLE texts DROP COLUMN folded; ALTER TABLE sequence DROP COLUMN text_row;"
        "DROP TABLE deleted; DROP TABLE blocked; DROP TABLE push; PRAGMA user_version = 2;";
  const PlTextQuery query = { .containing = "ARGER" };
  int64_t row, waits;
  sqlite3 *db;
  guint n;

  add_part (fixture, "\xc3\x84rger", 1, 1, &row, &waits);
  add_part (fixture, "other", 1, 1, &row, &waits);
  pl_store_close (g_steal_pointer (&fixture->store));
  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, before, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  fixture->store = pl_store_open (fixture->path);
  g_assert_null (pl_store_get_problem (fixture->store));
  g_assert_true (pl_store_count_unread (fixture->store, &n, NULL));
  g_assert_cmpuint (n, ==, 0);
  g_autoptr (GPtrArray) none = pl_store_list_texts (fixture->store, &query, NULL);
  g_assert_cmpuint (none->len, ==, 0);
  const PlTextQuery umlaut = { .containing = "\xc3\xa4RGER" };
  g_autoptr (GPtrArray) found = pl_store_list_texts (fixture->store, &umlaut, NULL);
  g_assert_cmpuint (found->len, ==, 1);
  add_part (fixture, "new", 1, 1, &row, &waits);
  assert_text (fixture, row, "new", 0, 3);
  g_assert_true (pl_store_count_unread (fixture->store, &n, NULL));
  g_assert_cmpuint (n, ==, 1);
}

/* The outbox and what waits to be told know texts by their rows. */
static void
test_rows (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (int64_t));
  int64_t first, second, waits;

  add_part (fixture, "one", 1, 1, &first, &waits);
  g_array_append_val (rows, first);
  g_assert_true (pl_store_delete_texts (fixture->store, rows, NULL));
  add_part (fixture, "two", 1, 1, &second, &waits);
  g_assert_cmpint (second, >, first);
}

static void
assert_blocked (Fixture *fixture, const char *number, gboolean expected)
{
  g_test_message ("%s", number);
  g_assert_cmpint (pl_store_is_blocked (fixture->store, number), ==, expected);
}

static void
test_blocked (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *many = g_strnfill (PL_MAX_NUMBER + 1, '1');
  const char *const bad[] = { "", "12x", "x\n", "\xff", "a name too long", many };
  g_autoptr (GError) error = NULL;
  gboolean found;

  pl_store_set_country (fixture->store, "49");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (pl_store_block (fixture->store, bad[i], NULL));
  g_assert_true (pl_store_block (fixture->store, "030 / 123-4567", NULL));
  g_assert_true (pl_store_block (fixture->store, "Lotto 24", NULL));
  assert_blocked (fixture, "+49301234567", TRUE);
  assert_blocked (fixture, "+41301234567", FALSE);
  assert_blocked (fixture, "Lotto 24", TRUE);
  assert_blocked (fixture, "Lotto", FALSE);
  assert_blocked (fixture, NULL, FALSE);
  g_assert_true (pl_store_block (fixture->store, "+49 30 1234567", NULL)); /* is already */
  g_autoptr (GPtrArray) all = pl_store_list_blocked (fixture->store, NULL, 10, NULL);
  g_assert_cmpuint (all->len, ==, 2);
  g_autoptr (GPtrArray) page = pl_store_list_blocked (fixture->store, "0301234567", 10, NULL);
  g_assert_cmpstr (page->pdata[0], ==, "Lotto 24");
  g_assert_true (pl_store_unblock (fixture->store, "+49301234567", &found, NULL));
  g_assert_true (found);
  assert_blocked (fixture, "0301234567", FALSE);
  g_assert_true (pl_store_unblock (fixture->store, "0301234567", &found, NULL));
  g_assert_false (found);

  /* The name of a service, as a text came from it. */
  g_assert_false (pl_store_block (fixture->store, "1und1", NULL));
  take_from (fixture, "1und1");
  g_assert_false (pl_store_block (fixture->store, "1und2", NULL));
  g_assert_true (pl_store_block (fixture->store, "1und1", NULL));
  assert_blocked (fixture, "1und1", TRUE);
  assert_blocked (fixture, "11", FALSE);
  g_assert_true (pl_store_unblock (fixture->store, "1und1", &found, NULL));
  g_assert_true (found);

  g_assert_true (pl_store_begin (fixture->store, NULL));
  for (guint i = 0; i < PL_MAX_BLOCKED - 1; i++) {
    g_autofree char *number = g_strdup_printf ("+48%u", 1000000 + i);
    g_assert_true (pl_store_block (fixture->store, number, NULL));
  }
  g_assert_true (pl_store_commit (fixture->store, NULL));
  g_assert_false (pl_store_block (fixture->store, "+4712345678", &error));
  g_assert_error (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT);
}

/* Full by its own limit: what is there can be read and deleted, and then there is room. */
static void
test_limit (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *big = g_strnfill (100000, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (int64_t));
  guint n = 0;

  pl_store_set_max_size (fixture->store, 2);
  for (; error == NULL; n++) {
    g_autofree char *id = g_strdup_printf ("%u", n);
    g_autoptr (PlText) text
        = pl_store_add_outgoing (fixture->store, id, "1", big, 1, 1, &error);
    if (text && n < 3)
      g_array_append_val (rows, text->row);
  }
  g_assert_error (error, PL_STORE_ERROR, PL_STORE_ERROR_FULL);
  g_assert_cmpuint (n, >, 4);
  g_assert_nonnull (strstr (pl_store_get_problem (fixture->store), "max-store"));
  reopen (fixture);
  pl_store_set_max_size (fixture->store, 2);
  g_assert_cmpuint (count_texts (fixture), ==, n - 1);
  g_assert_null (pl_store_add_outgoing (fixture->store, "x", "1", big, 1, 1, NULL));
  g_assert_true (pl_store_delete_texts (fixture->store, rows, NULL));
  g_assert_null (pl_store_get_problem (fixture->store));
  g_autoptr (PlText) text = pl_store_add_outgoing (fixture->store, "x", "1", big, 1, 1, NULL);
  g_assert_nonnull (text);
}

/* Its owner lowers the limit below what is there: it can still be deleted. */
static void
test_limit_lowered (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *big = g_strnfill (1000000, 'x');
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (int64_t));

  for (guint i = 0; i < 6; i++) {
    g_autofree char *id = g_strdup_printf ("%u", i);
    g_autoptr (PlText) text = pl_store_add_outgoing (fixture->store, id, "1", big, 1, 1, NULL);
    g_array_append_val (rows, text->row);
  }
  pl_store_set_max_size (fixture->store, 2);
  g_assert_null (pl_store_add_outgoing (fixture->store, "x", "1", big, 1, 1, NULL));
  g_assert_true (pl_store_delete_texts (fixture->store, rows, NULL));
  g_assert_true (pl_store_was_deleted (fixture->store, "0", NULL));
  g_assert_false (pl_store_was_deleted (fixture->store, "x", NULL));
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

static void
set_push (Fixture *fixture, const char *client, guint n, const char *key)
{
  g_autofree char *endpoint = g_strdup_printf ("https://push.example/%u", n);
  const PlPushSubscription subscription
      = { (char *) client, endpoint, (char *) "p", (char *) "a", (char *) key };
  g_assert_true (pl_store_set_push (fixture->store, &subscription, NULL));
}

/* "client/number:key" of each, oldest first. */
static char *
list_push (Fixture *fixture)
{
  g_autoptr (GPtrArray) list = pl_store_list_push (fixture->store, NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++) {
    const PlPushSubscription *s = g_ptr_array_index (list, i);
    g_string_append_printf (text, "%s%s%s:%s", i ? " " : "", s->client,
                            strrchr (s->endpoint, '/'), s->key);
  }
  return g_string_free (g_steal_pointer (&text), /* free_segment = */ FALSE);
}

static void
assert_push (Fixture *fixture, const char *expected)
{
  g_autofree char *text = list_push (fixture);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_push (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  set_push (fixture, "a", 1, "k");
  set_push (fixture, "b", 1, "k");
  set_push (fixture, "a", 2, "k");
  set_push (fixture, "a", 1, "new");
  assert_push (fixture, "b/1:k a/2:k a/1:new");
  g_assert_true (pl_store_clear_push (fixture->store, "b", "https://push.example/2", NULL));
  g_assert_true (pl_store_clear_push (fixture->store, "a", "https://push.example/2", NULL));
  assert_push (fixture, "b/1:k a/1:new");
  for (guint n = 2; n <= PL_MAX_PUSH_SUBSCRIPTIONS + 2; n++)
    set_push (fixture, "a", n, "k");
  g_autoptr (GPtrArray) list = pl_store_list_push (fixture->store, NULL);
  g_assert_cmpuint (list->len, ==, 1 + PL_MAX_PUSH_SUBSCRIPTIONS);
  g_assert_true (pl_store_clear_push (fixture->store, "a", /* endpoint = */ NULL, NULL));
  assert_push (fixture, "b/1:k");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  add ("/store/once", test_once);
  add ("/store/same", test_same);
  add ("/store/deleted-unseen", test_deleted_unseen);
  add ("/store/long", test_long);
  add ("/store/gaps", test_gaps);
  add ("/store/strange", test_strange);
  add ("/store/outgoing", test_outgoing);
  add ("/store/cursor", test_cursor);
  add ("/store/log", test_log);
  add ("/store/many-contacts", test_many_contacts);
  add ("/store/names", test_names);
  add ("/store/bad-contacts", test_bad_contacts);
  add ("/store/import", test_import);
  add ("/store/migrated", test_migrated);
  add ("/store/rows", test_rows);
  add ("/store/short-threads", test_short_threads);
  add ("/store/blocked", test_blocked);
  add ("/store/push", test_push);
  add ("/store/killed", test_killed);
  add ("/store/corrupt", test_corrupt);
  add ("/store/full", test_full);
  add ("/store/limit", test_limit);
  add ("/store/limit-lowered", test_limit_lowered);
  return g_test_run ();
}
