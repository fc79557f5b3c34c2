/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "simbox/calls.h"
#include "tests/lib/fake-modem.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *folder, *path;
  FakeModem *modem;
  PlStore *store;
  PlCalls *calls;
  PlDialRules rules;
  GString *events;
  char *call; /* id of the last one that changed */
} Box;

static void
on_call_changed (Box *box, const PlCallInfo *call)
{
  g_string_append_printf (box->events, "%s%s%s ", pl_call_state_name (call->state),
                          call->client ? "/" : "", call->client ? call->client : "");
  g_free (box->call);
  box->call = g_strdup (call->id);
}

static void
connect_voice (const PlCallInfo *call, gpointer user_data)
{
  g_string_append_printf (((Box *) user_data)->events, "voice/%s ", call->client);
}

static void
connect_voicemail (const PlCallInfo *call G_GNUC_UNUSED, gpointer user_data)
{
  g_string_append (((Box *) user_data)->events, "voice/mail ");
}

static void
disconnect_voice (gpointer user_data)
{
  g_string_append (((Box *) user_data)->events, "voice/off ");
}

static const PlCallsOps ops = { .connect_voice = connect_voice,
                                .connect_voicemail = connect_voicemail,
                                .disconnect_voice = disconnect_voice };

static void
set_up (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  box->folder = g_dir_make_tmp ("pl-calls-XXXXXX", NULL);
  box->path = g_build_filename (box->folder, "box.db", NULL);
  box->store = pl_store_open (box->path);
  box->modem = fake_modem_new ();
  box->events = g_string_new (NULL);
  box->calls = pl_calls_new (box->store, PL_MODEM (box->modem), &box->rules, &ops, box);
  g_signal_connect_swapped (box->calls, "call-changed", G_CALLBACK (on_call_changed), box);
}

static void
tear_down (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  pl_test_run_idle (NULL);
  g_object_unref (box->calls);
  g_object_unref (box->modem);
  pl_store_close (box->store);
  g_unlink (box->path);
  g_rmdir (box->folder);
  g_free (box->folder);
  g_free (box->path);
  g_free (box->call);
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

static void
assert_log (Box *box, const char *reason, const char *client)
{
  g_autoptr (GPtrArray) calls = pl_store_list_calls (box->store, 0, 1, NULL);
  const PlCallRecord *record = g_ptr_array_index (calls, 0);

  g_assert_cmpstr (record->reason, ==, reason);
  g_assert_cmpstr (record->client, ==, client);
  g_assert_cmpint (record->ended_us, >=, record->began_us);
}

static void
test_answer (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  fake_modem_ring (box->modem, 1, "+4930123");
  assert_events (box, "incoming");
  g_assert_true (pl_calls_answer (box->calls, "anna", box->call, NULL));
  g_assert_false (pl_calls_answer (box->calls, "bert", box->call, &error));
  g_assert_error (error, PL_CALLS_ERROR, PL_CALLS_ERROR_TAKEN);
  assert_events (box, "incoming/anna voice/anna active/anna");
  g_assert_true (pl_calls_dtmf (box->calls, "anna", box->call, "12#", NULL));
  g_assert_false (pl_calls_dtmf (box->calls, "anna", box->call, "1;2", NULL));
  g_assert_false (pl_calls_dtmf (box->calls, "bert", box->call, "1", NULL));
  fake_modem_change_call (box->modem, 1, PL_MODEM_CALL_ENDED, PL_MODEM_END_REMOTE);
  assert_events (box, "voice/off ended/anna");
  assert_log (box, "answered", "anna");
  g_assert_cmpstr (fake_modem_get_commands (box->modem), ==, "answer:1 dtmf:1:12# ");
}

/* In their order, whoever pressed them when; and not without end. */
static void
test_tones (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *many = g_strnfill (PL_MAX_TONES - 2, '9');
  g_autofree char *expected = g_strdup_printf ("answer:1 dtmf:1:123 dtmf:1:45%s ", many);
  g_autoptr (GError) error = NULL;

  fake_modem_ring (box->modem, 1, "+4930123");
  g_assert_true (pl_calls_answer (box->calls, "anna", box->call, NULL));
  pl_test_run_idle (NULL);
  fake_modem_set_silent (box->modem, TRUE);
  g_assert_true (pl_calls_dtmf (box->calls, "anna", box->call, "123", NULL));
  g_assert_true (pl_calls_dtmf (box->calls, "anna", box->call, "45", NULL));
  g_assert_true (pl_calls_dtmf (box->calls, "anna", box->call, many, NULL));
  g_assert_false (pl_calls_dtmf (box->calls, "anna", box->call, "6", &error));
  g_assert_error (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT);
  g_assert_cmpstr (fake_modem_get_commands (box->modem), ==, "answer:1 dtmf:1:123 ");
  fake_modem_set_silent (box->modem, FALSE);
  pl_test_run_idle (NULL);
  g_assert_cmpstr (fake_modem_get_commands (box->modem), ==, expected);
  g_assert_true (pl_calls_dtmf (box->calls, "anna", box->call, "7", NULL));
  g_assert_true (pl_calls_hang_up (box->calls, "anna", box->call, NULL));
  pl_test_run_idle (NULL);
}

/* Who asks again and again does not fill the modem's queue. */
static void
test_swaps (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  fake_modem_ring (box->modem, 1, "+4930123");
  g_autofree char *call = g_strdup (box->call);
  g_assert_true (pl_calls_answer (box->calls, "anna", call, NULL));
  pl_test_run_idle (NULL);
  fake_modem_set_silent (box->modem, TRUE);
  g_assert_true (pl_calls_hold (box->calls, "anna", call, NULL));
  g_assert_false (pl_calls_hold (box->calls, "anna", call, &error));
  g_assert_error (error, PL_CALLS_ERROR, PL_CALLS_ERROR_STATE);
  fake_modem_set_silent (box->modem, FALSE);
  pl_test_run_idle (NULL);
  g_assert_cmpstr (fake_modem_get_commands (box->modem), ==, "answer:1 chld:0 ");
  g_assert_true (pl_calls_hold (box->calls, "anna", call, NULL));
  pl_test_run_idle (NULL);
}

static void
test_missed (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  fake_modem_ring (box->modem, 1, "+4930123");
  fake_modem_change_call (box->modem, 1, PL_MODEM_CALL_ENDED, PL_MODEM_END_REMOTE);
  assert_log (box, "missed", NULL);
  fake_modem_ring (box->modem, 2, NULL);
  g_assert_true (pl_calls_reject (box->calls, "anna", box->call, NULL));
  pl_test_run_idle (NULL);
  assert_log (box, "rejected", NULL);
}

static void
test_dial (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  box->rules.max_calls_per_day = 2;
  g_assert_true (pl_calls_dial (box->calls, "anna", "d1", "030 / 123", TRUE, NULL));
  g_assert_true (pl_calls_dial (box->calls, "anna", "d1", "030 / 123", TRUE, NULL));
  fake_modem_change_call (box->modem, 1, PL_MODEM_CALL_ALERTING, PL_MODEM_END_NONE);
  assert_events (box, "voice/anna dialing/anna alerting/anna");
  g_assert_true (pl_calls_hang_up (box->calls, "anna", "d1", NULL));
  assert_events (box, "voice/off ending/anna ended/anna");
  assert_log (box, "hung-up", "anna");

  fake_modem_fail (box->modem, "dial", 1, PL_MODEM_ERROR_FAILED, FALSE);
  g_assert_true (pl_calls_dial (box->calls, "anna", "d2", "030123", FALSE, NULL));
  pl_test_run_idle (NULL);
  assert_log (box, "refused", "anna");
  g_assert_false (pl_calls_dial (box->calls, "anna", "d3", "030123", FALSE, &error));
  g_assert_error (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT);
  g_assert_cmpstr (fake_modem_get_commands (box->modem), ==,
                   "dial:030123:hidden hang-up:1 dial:030123 ");
}

static void
test_dial_refused (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) emergency = NULL, not_ready = NULL;

  g_assert_false (pl_calls_dial (box->calls, "anna", "d", "112", FALSE, &emergency));
  g_assert_error (emergency, PL_RULES_ERROR, PL_RULES_ERROR_EMERGENCY);
  fake_modem_set_state (box->modem, PL_MODEM_DENIED);
  g_assert_false (pl_calls_dial (box->calls, "anna", "d", "030", FALSE, &not_ready));
  g_assert_error (not_ready, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY);
  g_assert_cmpstr (fake_modem_get_commands (box->modem), ==, "");
}

static void
test_do_not_disturb (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (pl_calls_set_dnd (box->calls, TRUE, NULL));
  fake_modem_ring (box->modem, 1, "+4930123");
  assert_events (box, "voicemail voice/mail voicemail");
  pl_calls_voicemail_done (box->calls, box->call);
  assert_events (box, "voice/off ending ended");
  assert_log (box, "voicemail", NULL);

  g_object_unref (box->calls);
  box->calls = pl_calls_new (box->store, PL_MODEM (box->modem), &box->rules, &ops, box);
  g_assert_true (pl_calls_get_dnd (box->calls));
}

static void
test_swap (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  fake_modem_ring (box->modem, 1, "1");
  g_assert_true (pl_calls_answer (box->calls, "anna", box->call, NULL));
  pl_test_run_idle (NULL);
  fake_modem_ring (box->modem, 2, "2");
  g_string_truncate (box->events, 0);
  g_assert_true (pl_calls_answer (box->calls, "anna", box->call, NULL));
  assert_events (box, "waiting/anna voice/off held/anna voice/anna active/anna");
}

static void
add (const char *path, void (*test) (Box *, gconstpointer))
{
  g_test_add (path, Box, NULL, set_up, test, tear_down);
}

static void
block (Box *box, const char *number)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (pl_calls_block (box->calls, number, &error));
  g_assert_no_error (error);
}

/* Rings nowhere, not even where voicemail takes calls at once, and is in the log. */
static void
test_blocked (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  block (box, "030 1234567");
  g_assert_true (pl_calls_set_dnd (box->calls, TRUE, NULL));
  pl_store_set_country (box->store, "49");
  fake_modem_ring (box->modem, 1, "+49301234567");
  assert_events (box, "");
  g_assert_cmpstr (fake_modem_get_commands (box->modem), ==, "hang-up:1 ");
  assert_log (box, "blocked", NULL);
  g_assert_true (pl_calls_set_dnd (box->calls, FALSE, NULL));
  g_assert_true (pl_calls_unblock (box->calls, "+49 30 1234567", NULL));
  g_assert_false (pl_calls_unblock (box->calls, "+49 30 1234567", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  fake_modem_ring (box->modem, 2, "+49301234567");
  assert_events (box, "incoming");
}

static void
count (gpointer call G_GNUC_UNUSED, gpointer user_data)
{
  ++*(guint *) user_data;
}

/* Beside a call that goes on. */
static void
test_blocked_waiting (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  guint n = 0;

  block (box, "030 1234567");
  fake_modem_ring (box->modem, 1, "+4940765");
  g_assert_true (pl_calls_answer (box->calls, "anna", box->call, NULL));
  assert_events (box, "incoming incoming/anna voice/anna active/anna");
  fake_modem_ring (box->modem, 2, "0301234567");
  pl_calls_foreach (box->calls, count, &n);
  g_assert_cmpuint (n, ==, 1);
  fake_modem_change_call (box->modem, 2, PL_MODEM_CALL_ENDED, PL_MODEM_END_REMOTE);
  assert_events (box, "");
  assert_log (box, "blocked", NULL);
  g_assert_nonnull (strstr (fake_modem_get_commands (box->modem), "chld:"));
}

/* Some modems tell the number after the ring: who heard it hears that it is over. */
static void
test_blocked_late (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  fake_modem_ring (box->modem, 1, "0301234567");
  assert_events (box, "incoming");
  block (box, "030 1234567");
  fake_modem_change_call (box->modem, 1, PL_MODEM_CALL_INCOMING, PL_MODEM_END_NONE);
  assert_events (box, "ending ended");
  assert_log (box, "blocked", NULL);
}

static void
test_blocked_late_dnd (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (pl_calls_set_dnd (box->calls, TRUE, NULL));
  fake_modem_ring (box->modem, 1, "0301234567");
  block (box, "030 1234567");
  fake_modem_change_call (box->modem, 1, PL_MODEM_CALL_INCOMING, PL_MODEM_END_NONE);
  fake_modem_change_call (box->modem, 1, PL_MODEM_CALL_ENDED, PL_MODEM_END_LOCAL);
  assert_log (box, "blocked", NULL);
}

/* The numbers of the log go on: who knows the last one misses nothing. */
static void
test_delete (Box *box, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  int64_t last;
  guint missed;

  for (guint i = 1; i <= 3; i++) {
    fake_modem_ring (box->modem, i, "+4930123");
    fake_modem_change_call (box->modem, i, PL_MODEM_CALL_ENDED, PL_MODEM_END_REMOTE);
  }
  g_assert_true (pl_calls_delete (box->calls, 2, NULL));
  g_assert_false (pl_calls_delete (box->calls, 2, &error));
  g_assert_error (error, PL_CALLS_ERROR, PL_CALLS_ERROR_UNKNOWN);
  g_assert_true (pl_store_count_missed (box->store, 0, &missed, &last, NULL));
  g_assert_cmpuint (missed, ==, 2);
  g_assert_true (pl_calls_delete (box->calls, /* seq = */ 0, NULL));
  g_assert_true (pl_calls_delete (box->calls, /* seq = */ 0, NULL));
  g_assert_true (pl_store_count_missed (box->store, 0, &missed, &last, NULL));
  g_assert_cmpuint (missed, ==, 0);
  g_assert_cmpint (last, ==, 3);
  fake_modem_ring (box->modem, 9, "+4930123");
  fake_modem_change_call (box->modem, 9, PL_MODEM_CALL_ENDED, PL_MODEM_END_REMOTE);
  g_assert_true (pl_store_count_missed (box->store, last, &missed, &last, NULL));
  g_assert_cmpuint (missed, ==, 1);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  add ("/calls/answer", test_answer);
  add ("/calls/tones", test_tones);
  add ("/calls/swaps", test_swaps);
  add ("/calls/missed", test_missed);
  add ("/calls/dial", test_dial);
  add ("/calls/dial-refused", test_dial_refused);
  add ("/calls/do-not-disturb", test_do_not_disturb);
  add ("/calls/swap", test_swap);
  add ("/calls/blocked", test_blocked);
  add ("/calls/blocked-waiting", test_blocked_waiting);
  add ("/calls/blocked-late", test_blocked_late);
  add ("/calls/blocked-late-dnd", test_blocked_late_dnd);
  add ("/calls/delete", test_delete);
  return g_test_run ();
}
