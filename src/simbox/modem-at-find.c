/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "base/log.h"
#include "simbox/modem-at-private.h"

/* --modem auto: which of the machine's ports it is. After the modem went it may come back under
 * another name, and be another one. */

/* A port has this share of a plain command's time to answer: there may be five of them. */
#define ANSWERS 5

static void
on_found (const PlAtFound *modem, gpointer user_data)
{
  g_autoptr (PlModemAt) self = g_object_ref (user_data);

  pl_info (self, "%s: commands on %s, voice on %s", modem->name, modem->device,
           modem->pcm ? modem->pcm : "no port that is known");
  g_free (self->device);
  self->device = g_strdup (modem->device);
  pl_modem_at_set_string (&self->status.device, modem->device);
  if (self->pcm_auto) {
    pl_modem_at_set_string (&self->status.pcm, modem->pcm);
    self->pcm = modem->pcm ? PL_AT_PCM_SERIAL : PL_AT_PCM_NONE;
  }
  g_clear_pointer (&self->finder, pl_at_finder_free);
  pl_modem_at_open_port (self);
}

static void
on_missing (const char *problem, gpointer user_data)
{
  g_autoptr (PlModemAt) self = g_object_ref (user_data);
  pl_warning (self, "%s", problem);
  pl_modem_at_set_problem (self, problem);
}

void
pl_modem_at_find (PlModemAt *self)
{
  static const PlAtFinderOps ops = { on_found, on_missing };

  if (self->root == NULL || self->finder)
    return;
  g_clear_pointer (&self->port, pl_at_port_free);
  self->finder = pl_at_finder_new (self->root, self->answer_ms / ANSWERS, &ops, self);
}
