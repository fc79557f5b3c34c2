/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "simbox/modem-at-private.h"

/* Codes for the network (+CUSD, 3GPP TS 27.007 7.15): the command only sends one, what the
 * network says comes as a URC, before or after its OK. One at a time: nothing in it tells to
 * which code it belongs. */

#define NETWORK_MS 60000
#define GSM7       15 /* <dcs> of the code */

enum {
  CUSD_DONE,
  CUSD_ASKS, /* a menu: the network waits for an answer */
  CUSD_ENDED,
  CUSD_OTHER,
  CUSD_UNSUPPORTED,
  CUSD_TIMEOUT,
};

static GTask *
end (PlModemAt *self)
{
  pl_deadline_set (self->ussd.timer, PL_NEVER);
  return g_steal_pointer (&self->ussd.task);
}

static void
fail (PlModemAt *self, PlModemError code, const char *why)
{
  g_autoptr (GTask) task = end (self);
  if (task)
    g_task_return_new_error (task, PL_MODEM_ERROR, (int) code, "%s", why);
}

static void
on_timeout (gpointer user_data)
{
  PlModemAt *self = user_data;
  pl_modem_at_say (self, "AT+CUSD=2");
  fail (self, PL_MODEM_ERROR_TIMEOUT, "the network did not answer in time");
}

static void
on_sent (const PlAtAnswer *answer, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  PlModemAt *self = g_task_get_source_object (task);

  if (answer->error && self->ussd.task == task)
    pl_modem_at_return_error (end (self), answer->error);
}

void
pl_modem_at_ussd (PlModem *modem, const char *code, GTask *task)
{
  PlModemAt *self = PL_MODEM_AT (modem);
  g_autofree char *line = g_strdup_printf ("AT+CUSD=1,\"%s\",%d", code, GSM7);
  const PlAtCommand command = { .line = line, .timeout_ms = NETWORK_MS };

  if (pl_modem_at_refuses (self, task))
    return;
  if (self->ussd.task) {
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY,
                             "another code is under way");
    g_object_unref (task);
    return;
  }
  self->ussd.task = task;
  pl_deadline_set (self->ussd.timer,
                   g_get_monotonic_time () + NETWORK_MS * (int64_t) G_TIME_SPAN_MILLISECOND);
  pl_modem_at_run (self, &command, on_sent, g_object_ref (task));
}

gboolean
pl_modem_at_ussd_urc (PlModemAt *self, const char *line)
{
  int status;
  g_autofree char *text = pl_at_parse_cusd (line, &status);

  if (text == NULL)
    return FALSE;
  if (status == CUSD_ASKS)
    pl_modem_at_say (self, "AT+CUSD=2");
  if (self->ussd.task == NULL)
    return TRUE; /* of its own accord: operators' advertisements */
  if (*text || status == CUSD_DONE) {
    g_autoptr (GTask) task = end (self);
    g_task_return_pointer (task, g_steal_pointer (&text), g_free);
  } else if (status == CUSD_UNSUPPORTED) {
    fail (self, PL_MODEM_ERROR_UNSUPPORTED, "the network does not know this code");
  } else if (status == CUSD_TIMEOUT) {
    fail (self, PL_MODEM_ERROR_TIMEOUT, "the network did not answer in time");
  } else {
    fail (self, PL_MODEM_ERROR_FAILED, "the network ended it without a word");
  }
  return TRUE;
}

void
pl_modem_at_ussd_lost (PlModemAt *self)
{
  fail (self, PL_MODEM_ERROR_GONE, "the modem is gone");
}

void
pl_modem_at_ussd_init (PlModemAt *self)
{
  self->ussd.timer = pl_deadline_new ("modem-at ussd", on_timeout, self);
}

void
pl_modem_at_ussd_clear (PlModemAt *self)
{
  pl_deadline_free (self->ussd.timer);
}
