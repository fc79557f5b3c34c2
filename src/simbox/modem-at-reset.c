/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "base/log.h"
#include "simbox/modem-at-private.h"

/* The ladder of a modem that does not answer. Each time it falls silent again:
 *
 *   1, 2   the port is closed, opened, and everything set up anew
 *   3      the modem is restarted
 *   4      as 1
 *   5      it is given up, and looked at now and then
 *
 * A modem that was well for a while starts at the bottom. A restart that is asked for takes the
 * third rung at once. */

#define RESTART_RUNG 3
#define LAST_RUNG    5

/* In time-outs of a plain command (5 s): how long the port rests before it is opened anew, how
 * long a modem that restarts keeps its old port, and how often one that was given up is looked
 * at. */
#define REST_ANSWERS    1
#define RESTART_ANSWERS 6
#define LOOK_ANSWERS    60

#define WELL_US (10 * 60 * G_USEC_PER_SEC)

static void
arm (PlModemAt *self, guint answers)
{
  pl_deadline_set (self->again,
                   g_get_monotonic_time ()
                       + (int64_t) answers * self->answer_ms * G_TIME_SPAN_MILLISECOND);
}

static void
reopen (PlModemAt *self, guint delay_ms)
{
  if (self->port)
    pl_at_port_reopen (self->port, delay_ms);
}

/* The restart was asked for long ago, or it is time to look at one that was given up. */
static void
on_again (gpointer user_data)
{
  PlModemAt *self = user_data;
  pl_at_queue_close (self->queue, "it is set up anew");
  reopen (self, /* delay_ms = */ 0);
}

static void
fall_silent (PlModemAt *self, guint event)
{
  pl_at_queue_close (self->queue, "it does not answer");
  pl_modem_at_step (self, event);
}

/* The restart was taken, or nothing said to it: the port goes away now, or some time later the
 * modem answers on it again. */
static void
on_restart_sent (const PlAtAnswer *answer G_GNUC_UNUSED, gpointer user_data)
{
  PlModemAt *self = user_data;
  if (self->port == NULL || self->state == PL_MODEM_ABSENT)
    return;
  pl_at_queue_close (self->queue, "it restarts");
  if (self->state != PL_MODEM_SILENT)
    pl_modem_at_step (self, PL_MODEM_AT_GONE);
  arm (self, RESTART_ANSWERS);
}

static void
send_restart (PlModemAt *self)
{
  const PlAtCommand command
      = { .line = self->profile->reset, .flags = PL_AT_URGENT | PL_AT_BLIND };
  pl_debug (self, "the modem is restarted");
  pl_modem_at_ask (self, &command, on_restart_sent);
}

static void
show_given_up (PlModemAt *self)
{
  if (self->status.model) {
    pl_modem_at_set_problem (self,
                             "the modem does not answer, a restart did not help: unplug it "
                             "and plug it in again, and check its power supply");
    return;
  }
  g_autofree char *problem = g_strdup_printf (
      "nothing answers on '%s': is it the port for AT commands of the modem?", self->device);
  pl_modem_at_set_problem (self, problem);
}

void
pl_modem_at_reset_silent (PlModemAt *self)
{
  int64_t now = g_get_monotonic_time ();

  if (self->silent_at_us && now - self->silent_at_us > WELL_US)
    self->rung = 0;
  self->silent_at_us = now;
  self->rung++;
  pl_debug (self, "no answer, for the %u. time", self->rung);
  if (self->rung >= LAST_RUNG) {
    fall_silent (self, PL_MODEM_AT_GIVEN_UP);
    show_given_up (self);
    arm (self, LOOK_ANSWERS);
    return;
  }
  pl_modem_at_set_problem (self, self->rung == RESTART_RUNG
                                     ? "the modem does not answer: it is restarted"
                                     : "the modem does not answer: it is set up anew");
  fall_silent (self, PL_MODEM_AT_SILENCE);
  if (self->rung == RESTART_RUNG) {
    pl_at_queue_open (self->queue);
    send_restart (self);
  } else {
    reopen (self, REST_ANSWERS * self->answer_ms);
  }
}

void
pl_modem_at_reset_vanished (PlModemAt *self)
{
  pl_deadline_set (self->again, PL_NEVER);
  /* Somebody unplugged it, as the owner was told to. */
  if (self->state == PL_MODEM_FAILED)
    self->rung = 0;
}

void
pl_modem_at_reset_heard (PlModemAt *self)
{
  if (self->state == PL_MODEM_ABSENT || self->state == PL_MODEM_SILENT)
    arm (self, REST_ANSWERS);
}

void
pl_modem_at_reset_restarted (PlModemAt *self)
{
  pl_at_queue_close (self->queue, "it has restarted");
  pl_modem_at_step (self, PL_MODEM_AT_GONE);
  reopen (self, /* delay_ms = */ 0);
}

void
pl_modem_at_reset_now (PlModemAt *self, const char *why)
{
  pl_modem_at_set_problem (self, why);
  self->rung = RESTART_RUNG;
  self->silent_at_us = g_get_monotonic_time ();
  if (self->state == PL_MODEM_FAILED)
    pl_at_queue_open (self->queue);
  send_restart (self);
}

void
pl_modem_at_reset (PlModem *modem, GTask *task)
{
  PlModemAt *self = PL_MODEM_AT (modem);

  if (self->state == PL_MODEM_ABSENT || self->state == PL_MODEM_SILENT) {
    pl_modem_at_refuses (self, task);
    return;
  }
  pl_modem_at_reset_now (self, "the modem is restarted, as was asked for");
  /* What counts is seen in the state. */
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

void
pl_modem_at_reset_init (PlModemAt *self)
{
  self->again = pl_deadline_new ("modem-at again", on_again, self);
}
