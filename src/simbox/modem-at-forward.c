/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "simbox/modem-at-private.h"

/* The operator's forwarding when nobody answers (+CCFC, 3GPP TS 27.007 7.11): it takes calls
 * before our voicemail can. */

#define NETWORK_MS 60000
#define VOICE      1 /* <class> */

static void
on_forwarding (const PlAtAnswer *answer, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  PlAtForwarding forwarding;

  if (answer->error) {
    g_task_return_error (task, g_error_copy (answer->error));
    return;
  }
  for (guint i = 0; i < answer->n_lines; i++) {
    if (pl_at_parse_ccfc (answer->lines[i]->text, &forwarding) && forwarding.active
        && (forwarding.classes & VOICE)) {
      g_task_return_pointer (task, g_strdup (forwarding.number), g_free);
      return;
    }
  }
  g_task_return_pointer (task, g_strdup (""), g_free);
}

void
pl_modem_at_get_forwarding (PlModem *modem, GTask *task)
{
  const PlAtCommand command
      = { .line = "AT+CCFC=2,2", .timeout_ms = NETWORK_MS, .flags = PL_AT_ASKS };
  if (!pl_modem_at_refuses (PL_MODEM_AT (modem), task))
    pl_modem_at_run (PL_MODEM_AT (modem), &command, on_forwarding, task);
}

void
pl_modem_at_erase_forwarding (PlModem *modem, GTask *task)
{
  const PlAtCommand command = { .line = "AT+CCFC=2,4", .timeout_ms = NETWORK_MS };
  if (!pl_modem_at_refuses (PL_MODEM_AT (modem), task))
    pl_modem_at_run (PL_MODEM_AT (modem), &command, pl_modem_at_return_plain, task);
}
