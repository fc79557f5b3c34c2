/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * A state machine as data: one table [state][event] of what comes next and what is done on the
 * way in. pl_machine_step() is the only function that writes the state.
 *
 * An empty entry (next == 0 and enter == NULL) means that the event is ignored there, which is
 * traced. States and events start at 1 so that zero-initialised entries are empty.
 */
typedef void (*PlEnterFunc) (gpointer self);

typedef struct {
  guint next;
  PlEnterFunc enter; /* may be NULL; may step again, then as its last act */
} PlStep;

typedef struct {
  const char *name;          /* "peer": names the drawing docs/states/peer.dot */
  const char *const *states; /* [n_states], index 0 unused */
  const char *const *events; /* [n_events], index 0 unused */
  guint n_states;
  guint n_events;
  const PlStep *steps; /* [n_states * n_events], row by state */
} PlMachine;

/** Applies @event to *@state; returns FALSE where the table ignores it. Traces at debug:
 * "3f2a peer: securing --dtls-done--> open". @object is what the trace names. */
gboolean pl_machine_step (const PlMachine *machine, guint *state, guint event, gpointer object);

/** The table as Graphviz text; free with g_free(). */
char *pl_machine_print_dot (const PlMachine *machine);
