/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/call-table.h"
#include "proto/voicemail.h"
#include "tests/lib/pl-test.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC

/* A table whose calls out are written down as words. */
typedef struct {
  PlCallTable *table;
  GString *events;
  char *id; /* of the call that changed last */
  int64_t now;
} Line;

static const char *const state_words[]
    = { NULL,     "dialing", "alerting", "incoming", "waiting",   "answering", "taking",
        "active", "held",    "lost",     "greeting", "voicemail", "ending",    "ended" };

static void
on_answer (guint modem_call, gpointer user_data)
{
  g_string_append_printf (((Line *) user_data)->events, "answer:%u ", modem_call);
}

static void
on_hang_up (guint modem_call, gpointer user_data)
{
  g_string_append_printf (((Line *) user_data)->events, "hang-up:%u ", modem_call);
}

static void
on_swap (guint modem_call, gpointer user_data)
{
  g_string_append_printf (((Line *) user_data)->events, "swap:%u ", modem_call);
}

static void
on_reject_waiting (guint modem_call, gpointer user_data)
{
  g_string_append_printf (((Line *) user_data)->events, "reject-waiting:%u ", modem_call);
}

static void
on_changed (const PlCallInfo *call, gpointer user_data)
{
  Line *line = user_data;

  g_string_append (line->events, state_words[call->state]);
  if (call->client)
    g_string_append_printf (line->events, "(%s)", call->client);
  g_string_append_c (line->events, ' ');
  g_free (line->id);
  line->id = g_strdup (call->id);
}

static void
on_voice (PlCallVoice to, const PlCallInfo *call, gpointer user_data)
{
  Line *line = user_data;

  if (to == PL_CALL_VOICE_CLIENT)
    g_string_append_printf (line->events, "voice:%s ", call->client);
  else
    g_string_append (line->events, to == PL_CALL_VOICE_MAIL ? "voice:mail " : "voice:off ");
}

static const PlCallTableOps ops = {
  .answer = on_answer,
  .hang_up = on_hang_up,
  .swap = on_swap,
  .reject_waiting = on_reject_waiting,
  .changed = on_changed,
  .voice = on_voice,
};

static void
line_open (Line *line)
{
  *line = (Line){ .events = g_string_new (NULL), .now = SECOND };
  line->table = pl_call_table_new (&ops, line);
  pl_call_table_set_patience (line->table, 25 * SECOND);
}

static void
line_close (Line *line)
{
  pl_call_table_free (line->table);
  g_string_free (line->events, TRUE);
  g_free (line->id);
}

static void
assert_events (Line *line, const char *expected)
{
  g_strchomp (line->events->str);
  g_assert_cmpstr (line->events->str, ==, expected);
  g_string_truncate (line->events, 0);
}

static void
modem_says (Line *line, guint modem_call, PlCallState state)
{
  const PlCallFact fact = {
    .modem_call = modem_call, .state = state, .end = PL_CALL_END_REMOTE, .number = "+4930123"
  };
  pl_call_table_modem_reported (line->table, &fact, line->now);
}

static void
wait_for (Line *line, int64_t time)
{
  line->now += time;
  pl_call_table_expire (line->table, line->now);
}

static gboolean
answers (Line *line, const char *client)
{
  g_autofree char *id = g_strdup (line->id);
  return pl_call_table_answer (line->table, id, client, line->now, /* error = */ NULL);
}

static void
ring_and_answer (Line *line, const char *client)
{
  modem_says (line, 1, PL_CALL_INCOMING);
  g_assert_true (answers (line, client));
  modem_says (line, 1, PL_CALL_ACTIVE);
  g_string_truncate (line->events, 0);
}

static void
test_answer (void)
{
  Line line;
  g_autoptr (GError) error = NULL;

  line_open (&line);
  modem_says (&line, 1, PL_CALL_INCOMING);
  assert_events (&line, "incoming");
  g_assert_true (answers (&line, "anna"));
  assert_events (&line, "answer:1 answering(anna)");
  g_assert_false (pl_call_table_answer (line.table, line.id, "bert", line.now, &error));
  g_assert_error (error, PL_CALLS_ERROR, PL_CALLS_ERROR_TAKEN);
  g_assert_true (answers (&line, "anna"));
  assert_events (&line, "");
  modem_says (&line, 1, PL_CALL_ACTIVE);
  assert_events (&line, "voice:anna active(anna)");
  modem_says (&line, 1, PL_CALL_ENDED);
  assert_events (&line, "voice:off ended(anna)");
  g_assert_cmpint (pl_call_table_get_deadline (line.table), ==, PL_NEVER);
  line_close (&line);
}

/* Clients whose answers come in any order, within the same millisecond, doubled or not: one of
 * them has the call, and the modem is told once. */
static void
test_one_winner (void)
{
  static const char *const clients[] = { "anna", "bert", "carla", "dora" };
  g_autoptr (GRand) random = g_rand_new_with_seed (pl_test_seed ());

  for (guint round = 0; round < 1000; round++) {
    const char *winner = NULL;
    guint n_told = 0;
    Line line;
    line_open (&line);
    modem_says (&line, 1, PL_CALL_INCOMING);
    for (guint i = 0; i < 8; i++) {
      const char *client = clients[g_rand_int_range (random, 0, G_N_ELEMENTS (clients))];
      gboolean won = answers (&line, client);
      if (winner == NULL)
        winner = client;
      g_assert_cmpint (won, ==, strcmp (client, winner) == 0);
      if (g_rand_boolean (random) && i == 5)
        modem_says (&line, 1, PL_CALL_ACTIVE);
    }
    for (const char *p = line.events->str; (p = strstr (p, "answer:")); p++)
      n_told++;
    g_assert_cmpuint (n_told, ==, 1);
    line_close (&line);
  }
}

static void
test_answer_fails (void)
{
  Line line;

  line_open (&line);
  modem_says (&line, 1, PL_CALL_INCOMING);
  answers (&line, "anna");
  g_string_truncate (line.events, 0);
  pl_call_table_modem_refused (line.table, 1, line.now);
  assert_events (&line, "incoming");
  g_assert_true (answers (&line, "bert"));
  wait_for (&line, 16 * SECOND);
  assert_events (&line, "answer:1 answering(bert) hang-up:1 ending(bert)");
  wait_for (&line, 16 * SECOND);
  assert_events (&line, "ended(bert)");
  line_close (&line);
}

static void
test_reject (void)
{
  Line line;
  g_autoptr (GError) error = NULL;

  line_open (&line);
  modem_says (&line, 1, PL_CALL_INCOMING);
  g_assert_true (pl_call_table_reject (line.table, line.id, "anna", line.now, NULL));
  assert_events (&line, "incoming hang-up:1 ending");
  g_assert_false (pl_call_table_answer (line.table, line.id, "bert", line.now, &error));
  g_assert_error (error, PL_CALLS_ERROR, PL_CALLS_ERROR_UNKNOWN);
  modem_says (&line, 1, PL_CALL_ENDED);
  assert_events (&line, "ended");
  line_close (&line);
}

static void
test_voicemail (void)
{
  Line line;
  g_autofree char *id = NULL;

  line_open (&line);
  modem_says (&line, 1, PL_CALL_INCOMING);
  wait_for (&line, 24 * SECOND);
  assert_events (&line, "incoming");
  wait_for (&line, 1 * SECOND);
  assert_events (&line, "answer:1 greeting");
  modem_says (&line, 1, PL_CALL_ACTIVE);
  assert_events (&line, "voice:mail voicemail");
  id = g_strdup (line.id);
  pl_call_table_voicemail_done (line.table, id, line.now);
  assert_events (&line, "hang-up:1 voice:off ending");
  modem_says (&line, 1, PL_CALL_ENDED);
  assert_events (&line, "ended");
  line_close (&line);
}

static void
test_take_over (void)
{
  Line line;

  line_open (&line);
  modem_says (&line, 1, PL_CALL_INCOMING);
  wait_for (&line, 25 * SECOND);
  modem_says (&line, 1, PL_CALL_ACTIVE);
  g_string_truncate (line.events, 0);
  g_assert_true (answers (&line, "anna"));
  assert_events (&line, "voice:anna active(anna)");
  g_assert_false (answers (&line, "bert"));
  pl_call_table_voicemail_done (line.table, line.id, line.now);
  assert_events (&line, "");
  line_close (&line);
}

/* A client that is quicker than the modem answers for voicemail. */
static void
test_late_answer (void)
{
  Line line;

  line_open (&line);
  modem_says (&line, 1, PL_CALL_INCOMING);
  wait_for (&line, 25 * SECOND);
  g_assert_true (answers (&line, "anna"));
  modem_says (&line, 1, PL_CALL_ACTIVE);
  assert_events (&line, "incoming answer:1 greeting answering(anna) voice:anna active(anna)");
  line_close (&line);
}

static void
test_do_not_disturb (void)
{
  const PlVoicemailRules dnd = { .dnd = TRUE, .ring_seconds = 25 };
  const PlVoicemailRules usual = { .ring_seconds = 25 };
  const PlVoicemailRules off = { .off = TRUE, .ring_seconds = 25 };
  Line line;

  g_assert_cmpint (pl_voicemail_patience (&usual), ==, 25 * SECOND);
  g_assert_cmpint (pl_voicemail_patience (&off), ==, PL_NEVER);
  g_assert_false (pl_voicemail_rings (&dnd));
  line_open (&line);
  pl_call_table_set_patience (line.table, pl_voicemail_patience (&dnd));
  modem_says (&line, 1, PL_CALL_INCOMING);
  assert_events (&line, "answer:1 greeting");
  line_close (&line);
}

static void
test_client_lost (void)
{
  Line line;

  line_open (&line);
  ring_and_answer (&line, "anna");
  pl_call_table_client_lost (line.table, "anna", line.now);
  assert_events (&line, "voice:off lost(anna)");
  wait_for (&line, 29 * SECOND);
  pl_call_table_client_back (line.table, "anna", line.now);
  assert_events (&line, "voice:anna active(anna)");
  wait_for (&line, 100 * SECOND);
  assert_events (&line, "");

  pl_call_table_client_lost (line.table, "anna", line.now);
  g_assert_true (answers (&line, "bert"));
  assert_events (&line, "voice:off lost(anna) voice:bert active(bert)");
  pl_call_table_client_back (line.table, "anna", line.now);
  assert_events (&line, "");

  pl_call_table_client_lost (line.table, "bert", line.now);
  wait_for (&line, 30 * SECOND);
  assert_events (&line, "voice:off lost(bert) hang-up:1 ending(bert)");
  line_close (&line);
}

/* Lost while the modem still answers: the grace begins with the call. */
static void
test_client_lost_early (void)
{
  Line line;

  line_open (&line);
  modem_says (&line, 1, PL_CALL_INCOMING);
  answers (&line, "anna");
  pl_call_table_client_lost (line.table, "anna", line.now);
  g_string_truncate (line.events, 0);
  modem_says (&line, 1, PL_CALL_ACTIVE);
  assert_events (&line, "lost(anna)");
  pl_call_table_client_back (line.table, "anna", line.now);
  assert_events (&line, "voice:anna active(anna)");
  line_close (&line);
}

static void
test_pick_up (void)
{
  Line line;

  line_open (&line);
  ring_and_answer (&line, "anna");
  g_assert_true (pl_call_table_pick_up (line.table, line.id, "bert", line.now, NULL));
  assert_events (&line, "voice:bert active(bert)");
  g_assert_false (pl_call_table_hang_up (line.table, line.id, "anna", line.now, NULL));
  g_assert_true (pl_call_table_hang_up (line.table, line.id, "bert", line.now, NULL));
  assert_events (&line, "hang-up:1 voice:off ending(bert)");
  line_close (&line);
}

static gboolean
dial (Line *line, const char *id)
{
  return pl_call_table_dial (line->table, id, "+4930123", "anna", line->now, NULL);
}

static void
modem_dials (Line *line, PlCallState state)
{
  const PlCallFact fact = { .modem_call = 7, .outgoing = TRUE, .state = state };
  pl_call_table_modem_reported (line->table, &fact, line->now);
}

static void
test_dial (void)
{
  Line line;

  line_open (&line);
  g_assert_true (dial (&line, "a"));
  g_assert_true (dial (&line, "a"));
  g_assert_false (dial (&line, "b"));
  assert_events (&line, "voice:anna dialing(anna)");
  modem_dials (&line, PL_CALL_DIALING); /* before the answer to the command */
  pl_call_table_dialed (line.table, "a", 7, line.now);
  modem_dials (&line, PL_CALL_ALERTING);
  modem_dials (&line, PL_CALL_ACTIVE);
  modem_dials (&line, PL_CALL_ENDED);
  assert_events (&line, "alerting(anna) active(anna) voice:off ended(anna)");
  g_assert_true (dial (&line, "a"));
  assert_events (&line, "");
  g_assert_true (dial (&line, "b"));
  pl_call_table_dial_failed (line.table, "b", PL_CALL_END_BUSY, line.now);
  assert_events (&line, "voice:anna dialing(anna) voice:off ended(anna)");
  line_close (&line);
}

static void
test_hang_up_while_dialing (void)
{
  Line line;

  line_open (&line);
  dial (&line, "a");
  g_assert_true (pl_call_table_hang_up (line.table, "a", "anna", line.now, NULL));
  assert_events (&line, "voice:anna dialing(anna) voice:off ending(anna)");
  pl_call_table_dialed (line.table, "a", 7, line.now);
  assert_events (&line, "hang-up:7");
  modem_dials (&line, PL_CALL_ENDED);
  assert_events (&line, "ended(anna)");
  line_close (&line);
}

static void
test_waiting (void)
{
  Line line;
  g_autofree char *second = NULL;

  line_open (&line);
  ring_and_answer (&line, "anna");
  modem_says (&line, 2, PL_CALL_WAITING);
  wait_for (&line, 60 * SECOND);
  assert_events (&line, "waiting");
  second = g_strdup (line.id);
  g_assert_false (pl_call_table_answer (line.table, second, "bert", line.now, NULL));
  g_assert_true (pl_call_table_answer (line.table, second, "anna", line.now, NULL));
  assert_events (&line, "swap:2 taking(anna)");
  modem_says (&line, 1, PL_CALL_HELD);
  modem_says (&line, 2, PL_CALL_ACTIVE);
  assert_events (&line, "voice:off held(anna) voice:anna active(anna)");
  g_assert_true (pl_call_table_hold (line.table, second, "anna", line.now, NULL));
  assert_events (&line, "swap:2");
  modem_says (&line, 2, PL_CALL_ENDED);
  modem_says (&line, 1, PL_CALL_ACTIVE);
  assert_events (&line, "voice:off ended(anna) voice:anna active(anna)");
  line_close (&line);
}

/* The first call ends while the second waits: now that one rings, with all its time. */
static void
test_waiting_rings (void)
{
  Line line;

  line_open (&line);
  ring_and_answer (&line, "anna");
  modem_says (&line, 2, PL_CALL_WAITING);
  modem_says (&line, 1, PL_CALL_ENDED);
  assert_events (&line, "waiting voice:off ended(anna) incoming");
  wait_for (&line, 25 * SECOND);
  assert_events (&line, "answer:2 greeting");
  line_close (&line);
}

static void
count_call (gpointer call G_GNUC_UNUSED, gpointer n)
{
  ++*(guint *) n;
}

static void
test_too_many (void)
{
  Line line;
  guint n = 0;

  line_open (&line);
  for (guint i = 1; i <= PL_MAX_CALLS + 3; i++)
    modem_says (&line, i, PL_CALL_WAITING);
  pl_call_table_foreach (line.table, count_call, &n);
  g_assert_cmpuint (n, ==, PL_MAX_CALLS);
  line_close (&line);
}

/* A call that nobody has, left in the modem from before a restart. */
static void
test_stray (void)
{
  Line line;

  line_open (&line);
  modem_says (&line, 4, PL_CALL_ACTIVE);
  assert_events (&line, "hang-up:4");
  modem_says (&line, 4, PL_CALL_ENDED);
  assert_events (&line, "");
  line_close (&line);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/call-table/answer", test_answer);
  g_test_add_func ("/call-table/one-winner", test_one_winner);
  g_test_add_func ("/call-table/answer-fails", test_answer_fails);
  g_test_add_func ("/call-table/reject", test_reject);
  g_test_add_func ("/call-table/voicemail", test_voicemail);
  g_test_add_func ("/call-table/take-over", test_take_over);
  g_test_add_func ("/call-table/late-answer", test_late_answer);
  g_test_add_func ("/call-table/do-not-disturb", test_do_not_disturb);
  g_test_add_func ("/call-table/client-lost", test_client_lost);
  g_test_add_func ("/call-table/client-lost-early", test_client_lost_early);
  g_test_add_func ("/call-table/pick-up", test_pick_up);
  g_test_add_func ("/call-table/dial", test_dial);
  g_test_add_func ("/call-table/hang-up-while-dialing", test_hang_up_while_dialing);
  g_test_add_func ("/call-table/waiting", test_waiting);
  g_test_add_func ("/call-table/waiting-rings", test_waiting_rings);
  g_test_add_func ("/call-table/too-many", test_too_many);
  g_test_add_func ("/call-table/stray", test_stray);
  return g_test_run ();
}
