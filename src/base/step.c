/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-step"

#include "base/step.h"

#include "base/log.h"

gboolean
pl_machine_step (const PlMachine *machine, guint *state, guint event, gpointer object)
{
  g_return_val_if_fail (*state > 0 && *state < machine->n_states, FALSE);
  g_return_val_if_fail (event > 0 && event < machine->n_events, FALSE);
  const PlStep *step = &machine->steps[*state * machine->n_events + event];

  if (step->next == 0) {
    pl_debug (object, "%s: %s ignores %s", machine->name, machine->states[*state],
              machine->events[event]);
    return FALSE;
  }
  pl_debug (object, "%s: %s --%s--> %s", machine->name, machine->states[*state],
            machine->events[event], machine->states[step->next]);
  *state = step->next;
  if (step->enter)
    step->enter (object);
  return TRUE;
}

char *
pl_machine_print_dot (const PlMachine *machine)
{
  GString *dot = g_string_new (NULL);

  g_string_append_printf (dot, "digraph \"%s\" {\n", machine->name);
  for (guint s = 1; s < machine->n_states; s++) {
    for (guint e = 1; e < machine->n_events; e++) {
      const PlStep *step = &machine->steps[s * machine->n_events + e];
      if (step->next)
        g_string_append_printf (dot, "  \"%s\" -> \"%s\" [label=\"%s\"];\n", machine->states[s],
                                machine->states[step->next], machine->events[e]);
    }
  }
  g_string_append (dot, "}\n");
  return g_string_free (dot, /* free_segment = */ FALSE);
}
