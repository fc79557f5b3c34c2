/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/box-room.h"

#include <stdio.h>
#include <stdlib.h>

/* bench-answer [TIMES]: a call rings several clients of a box over real connections, all of
 * them answer in the same turn of the loop, and one may have it. Two of them are programs of
 * one client. Exits with 1 where a call had not exactly one winner. */

#define N_CLIENTS 4

typedef struct {
  BoxRoom *room;
  BoxClient *clients[N_CLIENTS];
  guint wins[N_CLIENTS];
  guint n_bad;
  GArray *spread;    /* ms between the first and the last that answers */
  GArray *elsewhere; /* ms from an answer to the news that another has it */
} Bench;

static double
since (int64_t start_us)
{
  return (double) (g_get_monotonic_time () - start_us) / 1000;
}

static int
by_value (gconstpointer a, gconstpointer b)
{
  const double first = *(const double *) a, second = *(const double *) b;
  return (first > second) - (first < second);
}

static void
print (const char *what, GArray *values)
{
  g_array_sort (values, by_value);
  printf ("%s: median %.2f ms, most %.2f ms\n", what,
          g_array_index (values, double, values->len / 2),
          g_array_index (values, double, values->len - 1));
}

static gboolean
all_are (Bench *self, const char *state)
{
  for (guint i = 0; i < N_CLIENTS; i++)
    if (!g_str_equal (box_client_get (self->clients[i], "state"), state))
      return FALSE;
  return TRUE;
}

/* From @first on in turn, so that nobody always is the first. */
static int64_t
answer_all (Bench *self, guint first, const char *call)
{
  g_autofree char *params = g_strdup_printf ("{'call': <'%s'>}", call);
  int64_t start = g_get_monotonic_time ();

  for (guint i = 0; i < N_CLIENTS; i++) {
    BoxClient *client = self->clients[(first + i) % N_CLIENTS];
    client->n_answers = 0;
    box_client_send (client, client->control, "call.answer", params);
  }
  double spread = since (start);
  g_array_append_val (self->spread, spread);
  return start;
}

static gboolean
has_heard (const BoxClient *client)
{
  return client->n_answers && (box_client_is (client, "elsewhere") || client->code == 0);
}

static void
count_winners (Bench *self)
{
  guint winners = 0;

  for (guint i = 0; i < N_CLIENTS; i++) {
    gboolean wins = self->clients[i]->code == 0;
    self->wins[i] += wins;
    winners += wins;
    if (wins != box_client_is (self->clients[i], "you"))
      self->n_bad++;
  }
  self->n_bad += winners != 1;
}

static void
run_once (Bench *self, guint n)
{
  fake_modem_ring (self->room->modem, n + 1, "+4930123");
  box_run_until (all_are (self, "incoming"));
  int64_t start = answer_all (self, n % N_CLIENTS, box_client_get (self->clients[0], "call"));
  for (guint heard = 0; heard < N_CLIENTS;) {
    guint before = heard;
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
    heard = 0;
    for (guint i = 0; i < N_CLIENTS; i++)
      heard += has_heard (self->clients[i]);
    if (heard > before && heard == N_CLIENTS) {
      double elapsed = since (start);
      g_array_append_val (self->elsewhere, elapsed);
    }
  }
  box_run_until (all_are (self, "active"));
  count_winners (self);
  fake_modem_change_call (self->room->modem, n + 1, PL_MODEM_CALL_ENDED, PL_MODEM_END_REMOTE);
  box_run_until (all_are (self, "ended"));
}

int
main (int argc, char **argv)
{
  static const char *const names[N_CLIENTS] = { "phone", "laptop", "laptop", "tablet" };
  const guint times = argc > 1 ? (guint) strtoul (argv[1], NULL, 10) : 200;
  Bench self = { .room = box_room_new (),
                 .spread = g_array_new (FALSE, FALSE, sizeof (double)),
                 .elsewhere = g_array_new (FALSE, FALSE, sizeof (double)) };

  for (guint i = 0; i < N_CLIENTS; i++) {
    self.clients[i] = box_room_join (self.room, names[i], PL_RIGHT_ALL);
    box_client_ask (self.clients[i], self.clients[i]->control, "hello", NULL);
  }
  for (guint n = 0; n < times; n++)
    run_once (&self, n);
  printf ("%u calls, %d clients answer each; not exactly one winner: %u\nwon:", times,
          N_CLIENTS, self.n_bad);
  for (guint i = 0; i < N_CLIENTS; i++)
    printf (" %s %u", names[i], self.wins[i]);
  printf ("\n");
  print ("between the first and the last answer", self.spread);
  print ("until all others know", self.elsewhere);
  g_array_unref (self.spread);
  g_array_unref (self.elsewhere);
  box_room_free (self.room);
  return self.n_bad > 0;
}
