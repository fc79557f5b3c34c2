/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "simbox/texts-private.h"
#include "tests/lib/fake-modem.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

typedef struct {
  char *folder, *path;
  FakeModem *modem;
  PlStore *store;
  PlTexts *texts;
  PlDialRules rules;
  GString *events;
} Box;

static void
on_text_changed (Box *box, const PlText *text)
{
  g_string_append_printf (box->events, "%s:%s ", pl_text_state_name (text->state), text->text);
}

static void
on_operator_mail (Box *box, int n)
{
  g_string_append_printf (box->events, "mail:%d ", n);
}

static void
box_start (Box *box)
{
  box->store = pl_store_open (box->path);
  box->texts = pl_texts_new (box->store, PL_MODEM (box->modem), &box->rules);
  g_signal_connect_swapped (box->texts, "text-changed", G_CALLBACK (on_text_changed), box);
  g_signal_connect_swapped (box->texts, "operator-mail", G_CALLBACK (on_operator_mail), box);
  pl_texts_start (box->texts);
}

static void
box_stop (Box *box)
{
  pl_texts_stop (box->texts);
  pl_test_run_idle (NULL);
  g_clear_object (&box->texts);
  g_clear_pointer (&box->store, pl_store_close);
}

static void
set_up (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  box->folder = g_dir_make_tmp ("pl-texts-XXXXXX", NULL);
  box->path = g_build_filename (box->folder, "box.db", NULL);
  box->modem = fake_modem_new ();
  box->events = g_string_new (NULL);
  box_start (box);
  pl_test_run_idle (NULL);
}

static void
tear_down (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  box_stop (box);
  g_unlink (box->path);
  g_rmdir (box->folder);
  g_free (box->folder);
  g_free (box->path);
  g_object_unref (box->modem);
  g_string_free (box->events, TRUE);
}

static void
assert_events (Box *box, const char *expected)
{
  pl_test_run_idle (NULL);
  g_strchomp (box->events->str);
  g_assert_cmpstr (box->events->str, ==, expected);
  g_string_truncate (box->events, 0);
}

static PlSmsPart *
part_new (PlSmsKind kind, const char *text, guint seq, guint total)
{
  PlSmsPart *part = g_new0 (PlSmsPart, 1);
  g_autofree char *pdu = g_strdup_printf ("%d %s %u %u", kind, text, seq, total);

  part->kind = kind;
  part->number = g_strdup ("+491511234567");
  part->text = g_strdup (text);
  part->time_us = G_USEC_PER_SEC;
  part->seq = seq;
  part->total = total;
  part->raw = g_bytes_new (pdu, strlen (pdu));
  return part;
}

static void
come (Box *box, const char *text, guint seq, guint total)
{
  fake_modem_take_text (box->modem, part_new (PL_SMS_TEXT, text, seq, total), FALSE);
}

static void
test_in (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  come (box, "hello", 1, 1);
  come (box, "B", 2, 2);
  assert_events (box, "received:hello");
  come (box, "A", 1, 2);
  assert_events (box, "received:AB");
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 0);
}

/* What cannot be deleted comes again in each sweep, and is shown once. */
static void
test_in_once (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  fake_modem_fail (box->modem, "delete", 1, PL_MODEM_ERROR_TIMEOUT, FALSE);
  come (box, "hello", 1, 1);
  assert_events (box, "received:hello");
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 1);
  box_stop (box);
  box_start (box);
  assert_events (box, "");
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 0);
}

/* Two that are the same to the bit are two, whether they come together or one by one. */
static void
test_in_same (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  fake_modem_take_text (box->modem, part_new (PL_SMS_TEXT, "yes", 1, 1), /* quiet = */ TRUE);
  come (box, "yes", 1, 1);
  assert_events (box, "received:yes received:yes");
  come (box, "yes", 1, 1);
  assert_events (box, "received:yes");
  box_stop (box);
  box_start (box);
  come (box, "yes", 1, 1);
  assert_events (box, "received:yes");
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 0);
}

/* The answer to a deletion that was carried out gets lost; then one that is the same comes. */
static void
test_in_same_unsure (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  fake_modem_fail (box->modem, "delete", 1, PL_MODEM_ERROR_TIMEOUT, /* done = */ TRUE);
  come (box, "yes", 1, 1);
  assert_events (box, "received:yes");
  pl_texts_sweep (box->texts);
  pl_test_run_idle (NULL);
  come (box, "yes", 1, 1);
  assert_events (box, "received:yes");
}

static void
on_problem_changed (Box *box)
{
  const char *problem = pl_store_get_problem (box->store);
  g_string_append (box->events, problem ? "problem " : "well ");
}

/* Texts stay in the modem while there is no room, the owner is told, and all of them come when
 * there is. */
static void
test_in_full (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  struct rlimit before, none;

  g_signal_connect_swapped (box->texts, "problem-changed", G_CALLBACK (on_problem_changed),
                            box);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  none = (struct rlimit){ .rlim_cur = 0, .rlim_max = before.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &none), ==, 0);
  come (box, "one", 1, 1);
  come (box, "two", 1, 1);
  pl_test_run_idle (NULL);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  assert_events (box, "problem");
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 2);
  pl_texts_sweep (box->texts);
  assert_events (box, "well received:one received:two");
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 0);
}

/* Nothing is deleted that the database does not have. */
static void
test_in_no_database (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  box_stop (box);
  g_assert_true (g_file_set_contents (box->path, "this is not a database at all", -1, NULL));
  box_start (box);
  come (box, "hello", 1, 1);
  assert_events (box, "");
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 1);
  box_stop (box);
  g_unlink (box->path);
  box_start (box);
  assert_events (box, "received:hello");
}

/* A store that has reached its limit: the text stays where it is, and comes when there is room.
 */
static void
test_at_limit (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *big = g_strnfill (100000, 'x');
  g_autoptr (GArray) seqs = g_array_new (FALSE, FALSE, sizeof (int64_t));
  gboolean full = FALSE;

  pl_store_set_max_size (box->store, 1);
  for (guint i = 0; i < 10 && !full; i++) {
    g_autofree char *id = g_strdup_printf ("%u", i);
    const PlSmsPart part = { .kind = PL_SMS_TEXT, .text = big, .total = 1, .seq = 1 };
    int64_t row, waits;
    g_assert_true (pl_store_begin (box->store, NULL));
    if (pl_store_add_part (box->store, &part, i + 1, &row, &waits, NULL)
        && pl_store_commit (box->store, NULL)) {
      g_autoptr (PlText) text = pl_store_get_text (box->store, row, NULL);
      g_array_append_val (seqs, text->seq);
    } else {
      pl_store_roll_back (box->store);
      full = TRUE;
    }
  }
  g_assert_true (full && seqs->len > 0);
  come (box, big, 1, 1);
  assert_events (box, "");
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 1);
  g_assert_nonnull (strstr (pl_store_get_problem (box->store), "max-store"));
  g_assert_true (pl_texts_delete (box->texts, seqs, NULL));
  pl_test_run_idle (NULL);
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 0);
  g_assert_true (g_str_has_prefix (box->events->str, "received:xxx"));
  g_assert_null (pl_store_get_problem (box->store));
}

static void
test_lost_urc (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  fake_modem_take_text (box->modem, part_new (PL_SMS_TEXT, "quiet", 1, 1), /* quiet = */ TRUE);
  assert_events (box, "");
  fake_modem_ring (box->modem, 1, "1");
  fake_modem_change_call (box->modem, 1, PL_MODEM_CALL_ENDED, PL_MODEM_END_REMOTE);
  assert_events (box, "received:quiet");
}

static void
test_gaps (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  come (box, "one ", 1, 3);
  come (box, "three", 3, 3);
  assert_events (box, "");
  pl_texts_set_gap_time (box->texts, 0);
  while (box->events->len == 0)
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
  assert_events (box, "received:one [...]three");
  come (box, "two ", 2, 3);
  assert_events (box, "received:one two three");
}

static void
test_indications (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  PlSmsPart *waiting = part_new (PL_SMS_WAITING, NULL, 1, 1);

  waiting->waiting = 3;
  fake_modem_take_text (box->modem, waiting, FALSE);
  fake_modem_take_text (box->modem, part_new (PL_SMS_SILENT, NULL, 1, 1), FALSE);
  assert_events (box, "mail:3");
  fake_modem_take_text (box->modem, part_new (PL_SMS_WAP_PUSH, NULL, 1, 1), FALSE);
  assert_events (box, "received:[an MMS waits at the operator]");
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 0);
}

static void
send (Box *box, const char *id, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PlText) sent = pl_texts_send (box->texts, id, "+49 151 7654321", text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (sent->id, ==, id);
}

static void
report (Box *box, guint mr, guint status)
{
  PlSmsPart *part = part_new (PL_SMS_REPORT, NULL, mr, 1);

  g_free (part->number);
  part->number = g_strdup ("01517654321");
  part->report_mr = mr;
  part->report_status = status;
  fake_modem_take_text (box->modem, part, FALSE);
}

static void
test_out (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  GPtrArray *sent = fake_modem_get_sent (box->modem);

  send (box, "u1", "hi");
  send (box, "u1", "hi");
  assert_events (box, "queued:hi handed-over:hi sent:hi");
  send (box, "u1", "hi");
  send (box, "u2", "a text that takes two parts");
  assert_events (box, "queued:a text that takes two parts handed-over:a text that takes two "
                      "parts sent:a text that takes two parts");
  g_assert_cmpuint (sent->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (sent, 0), ==, "+491517654321 1/hi");
  g_assert_cmpstr (g_ptr_array_index (sent, 2), ==, "+491517654321 2/o parts");
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 0);

  report (box, 1, 0);
  assert_events (box, "delivered:hi");
  report (box, 3, 0x46);
  assert_events (box, "failed:a text that takes two parts");
}

static void
test_out_refused (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *endless = g_strnfill (10000, 'x');
  const struct {
    const char *id, *to, *text;
    GQuark domain;
    int code;
  } cases[] = {
    { "u", "112", "x", PL_RULES_ERROR, PL_RULES_ERROR_EMERGENCY },
    { "u", "anna", "x", PL_RULES_ERROR, PL_RULES_ERROR_NUMBER },
    { "u", "0900123", "x", PL_RULES_ERROR, PL_RULES_ERROR_FORBIDDEN },
    { "u", "1234", endless, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT },
    { "u", "1234", "", G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT },
    { "u", "1234", "\xff", G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT },
    { "", "1234", "x", G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT },
    { "a b", "1234", "x", G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (pl_texts_send (box->texts, cases[i].id, cases[i].to, cases[i].text, &error));
    g_assert_error (error, cases[i].domain, cases[i].code);
  }
  box->rules.max_texts_per_day = 3;
  for (guint i = 0; i < 4; i++) {
    g_autofree char *id = g_strdup_printf ("n%u", i);
    g_autoptr (PlText) text = pl_texts_send (box->texts, id, "1234", "x", NULL);
    g_assert_cmpint (text != NULL, ==, i < 3);
  }
}

/* Clients cannot fill the box with texts that do not get away. */
static void
test_out_limit (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *longest = g_strnfill (PL_MAX_TEXT_PARTS * 20, 'x');
  g_autoptr (GError) error = NULL;

  fake_modem_set_state (box->modem, PL_MODEM_SEARCHING);
  for (guint i = 0; i < PL_MAX_QUEUED_OUT / PL_MAX_TEXT_PARTS; i++) {
    g_autofree char *id = g_strdup_printf ("n%u", i);
    g_autoptr (PlText) text = pl_texts_send (box->texts, id, "1234", longest, NULL);
    g_assert_nonnull (text);
  }
  g_assert_null (pl_texts_send (box->texts, "more", "1234", "x", &error));
  g_assert_error (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT);
}

/* The box is stopped at the answer to each command in turn, which the modem has carried out or
 * not: the network gets the text once. */
static void
test_out_restart (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const commands[] = { "prepare", "send", "delete" };
  GPtrArray *sent = fake_modem_get_sent (box->modem);

  for (guint i = 0; i < 6; i++) {
    g_autofree char *id = g_strdup_printf ("r%u", i);
    fake_modem_fail (box->modem, commands[i / 2], 1, PL_MODEM_ERROR_GONE, i % 2);
    send (box, id, id);
    pl_test_run_idle (NULL);
    box_stop (box);
    box_start (box);
    pl_test_run_idle (NULL);
    g_autoptr (PlText) text = pl_store_find_text (box->store, id, NULL);
    g_assert_cmpstr (pl_text_state_name (text->state), ==, "sent");
    g_assert_cmpuint (sent->len, ==, i + 1);
    g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 0);
  }
}

static void
test_out_no_network (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  fake_modem_set_state (box->modem, PL_MODEM_SEARCHING);
  send (box, "u", "hi");
  assert_events (box, "queued:hi");
  fake_modem_set_state (box->modem, PL_MODEM_READY);
  assert_events (box, "handed-over:hi sent:hi");
}

/* A draft of the owner on the SIM stays there. */
static void
test_draft (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  fake_modem_add_draft (box->modem);
  send (box, "u", "hi");
  pl_test_run_idle (NULL);
  box_stop (box);
  box_start (box);
  pl_test_run_idle (NULL);
  g_assert_cmpuint (fake_modem_count_texts (box->modem), ==, 1);
}

static void
add (const char *path, void (*test) (Box *, gconstpointer))
{
  g_test_add (path, Box, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  add ("/texts/in", test_in);
  add ("/texts/in-once", test_in_once);
  add ("/texts/in-same", test_in_same);
  add ("/texts/in-same-unsure", test_in_same_unsure);
  add ("/texts/in-full", test_in_full);
  add ("/texts/in-no-database", test_in_no_database);
  add ("/texts/at-limit", test_at_limit);
  add ("/texts/lost-urc", test_lost_urc);
  add ("/texts/gaps", test_gaps);
  add ("/texts/indications", test_indications);
  add ("/texts/out", test_out);
  add ("/texts/out-refused", test_out_refused);
  add ("/texts/out-limit", test_out_limit);
  add ("/texts/out-restart", test_out_restart);
  add ("/texts/out-no-network", test_out_no_network);
  add ("/texts/draft", test_draft);
  return g_test_run ();
}
