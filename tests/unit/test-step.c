/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/step.h"
#include "tests/lib/pl-test.h"

enum {
  CLOSED = 1,
  OPEN,
  N_STATES
};
enum {
  EV_OPEN = 1,
  EV_CLOSE,
  N_EVENTS
};

typedef struct {
  guint state;
  guint n_entered;
} Door;

static void
enter_open (gpointer self)
{
  ((Door *) self)->n_entered++;
}

static const PlStep steps[N_STATES][N_EVENTS] = {
  [CLOSED][EV_OPEN] = { OPEN, enter_open },
  [OPEN][EV_CLOSE] = { CLOSED, NULL },
};
static const char *const states[] = { NULL, "closed", "open" };
static const char *const events[] = { NULL, "open", "close" };
static const PlMachine machine = { "door", states, events, N_STATES, N_EVENTS, &steps[0][0] };

static void
test_table_decides (void)
{
  Door door = { .state = CLOSED };

  g_assert_false (pl_machine_step (&machine, &door.state, EV_CLOSE, &door));
  g_assert_cmpuint (door.state, ==, CLOSED);
  g_assert_true (pl_machine_step (&machine, &door.state, EV_OPEN, &door));
  g_assert_cmpuint (door.state, ==, OPEN);
  g_assert_cmpuint (door.n_entered, ==, 1);
}

static void
test_prints_dot (void)
{
  g_autofree char *dot = pl_machine_print_dot (&machine);
  g_assert_cmpstr (dot, ==,
                   "digraph \"door\" {\n"
                   "  \"closed\" -> \"open\" [label=\"open\"];\n"
                   "  \"open\" -> \"closed\" [label=\"close\"];\n"
                   "}\n");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/step/table", test_table_decides);
  g_test_add_func ("/step/dot", test_prints_dot);
  return g_test_run ();
}
