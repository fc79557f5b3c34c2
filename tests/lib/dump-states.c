/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/step.h"
#include "peer/channel-private.h"
#include "peer/meeting-private.h"
#include "peer/peer-private.h"
#include "proto/call-table.h"
#include "proto/handshake.h"
#include "proto/negotiation.h"
#include "proto/outbox.h"
#include "proto/signal-session.h"
#include "simbox/at-queue-private.h"
#include "simbox/modem-at-private.h"

#include <stdio.h>

/* Writes each machine's table as NAME.dot into the folder given; for test-states.sh. A new
 * machine is one more line here. */
static const PlMachine *const machines[] = {
  &pl_at_queue_machine,       &pl_call_machine,    &pl_channel_machine,
  &pl_handshake_machine,      &pl_meeting_machine, &pl_modem_at_machine,
  &pl_negotiation_machine,    &pl_outbox_machine,  &pl_peer_machine,
  &pl_signal_session_machine,
};

int
main (int argc, char **argv)
{
  if (argc != 2) {
    fprintf (stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++) {
    g_autofree char *name = g_strconcat (machines[i]->name, ".dot", NULL);
    g_autofree char *path = g_build_filename (argv[1], name, NULL);
    g_autofree char *dot = pl_machine_print_dot (machines[i]);
    g_autoptr (GError) error = NULL;
    if (!g_file_set_contents (path, dot, -1, &error)) {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }
  }
  return 0;
}
