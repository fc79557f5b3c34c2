/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "base/log.h"
#include "simbox/modem-at-private.h"

/* What is shown of the modem: registration, operator, technology, signal. */

#define SLOW_MS 20000

gboolean
pl_modem_at_set_string (const char **field, const char *value)
{
  if (g_strcmp0 (*field, value) == 0)
    return FALSE;
  g_free ((char *) *field);
  *field = g_strdup (value);
  return TRUE;
}

void
pl_modem_at_status_changed (PlModemAt *self)
{
  self->status.state = self->state;
  g_signal_emit_by_name (self, "status-changed");
}

void
pl_modem_at_set_problem (PlModemAt *self, const char *problem)
{
  if (!pl_modem_at_set_string (&self->status.problem, problem))
    return;
  if (problem)
    pl_debug (self, "problem: %s", problem);
  pl_modem_at_status_changed (self);
}

void
pl_modem_at_status_clear (PlModemAt *self)
{
  PlModemStatus *status = &self->status;

  pl_modem_at_set_string (&status->operator_name, NULL);
  pl_modem_at_set_string (&status->own_number, NULL);
  pl_modem_at_set_string (&status->iccid, NULL);
  status->technology = NULL;
  status->roaming = FALSE;
  status->signal_percent = -1;
  status->signal_dbm = 0;
  status->pin_tries = -1;
  status->puk = FALSE;
  self->registration[0] = self->registration[1] = PL_AT_REG_UNKNOWN;
}

void
pl_modem_at_status_init (PlModemAt *self)
{
  pl_modem_at_status_clear (self);
}

void
pl_modem_at_status_free (PlModemAt *self)
{
  PlModemStatus *status = &self->status;
  const char **strings[]
      = { &status->manufacturer, &status->model,         &status->firmware, &status->imei,
          &status->own_number,   &status->operator_name, &status->problem,  &status->device,
          &status->pcm,          &status->audio_problem, &status->iccid };

  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    pl_modem_at_set_string (strings[i], NULL);
}

/* One of at-parse's constants: not copied. */
static gboolean
set_technology (PlModemAt *self, const char *technology)
{
  if (technology == NULL || g_strcmp0 (technology, self->status.technology) == 0)
    return FALSE;
  self->status.technology = technology;
  return TRUE;
}

/* Registered by one of the two domains is registered: with VoLTE there may be no other. */
static void
judge_registration (PlModemAt *self)
{
  gboolean home = FALSE, roaming = FALSE, denied = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (self->registration); i++) {
    home |= self->registration[i] == PL_AT_REG_HOME;
    roaming |= self->registration[i] == PL_AT_REG_ROAMING;
    denied |= self->registration[i] == PL_AT_REG_DENIED;
  }
  self->status.roaming = roaming && !home;
  if (home || roaming)
    pl_modem_at_step (self, PL_MODEM_AT_REGISTERED);
  else if (denied)
    pl_modem_at_step (self, PL_MODEM_AT_REFUSED);
  else
    pl_modem_at_step (self, PL_MODEM_AT_UNREGISTERED);
}

static void
take_registration (PlModemAt *self, const char *line)
{
  PlAtReg news;
  guint state = self->state;
  gboolean roaming = self->status.roaming;

  if (!pl_at_parse_registration (line, &news))
    return;
  self->registration[g_str_has_prefix (line, "+CEREG") ? 1 : 0] = news.state;
  gboolean changed = set_technology (self, news.technology);
  judge_registration (self);
  if (state == self->state && (changed || roaming != self->status.roaming))
    pl_modem_at_status_changed (self);
}

static void
on_registration (const PlAtAnswer *answer, gpointer user_data)
{
  if (answer->n_lines > 0)
    take_registration (user_data, answer->lines[0]->text);
}

static void
on_operator (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;
  PlAtOperator operator_;

  if (answer->n_lines == 0 || !pl_at_parse_cops (answer->lines[0]->text, &operator_))
    return;
  gboolean changed = set_technology (self, operator_.technology);
  if (pl_modem_at_set_string (&self->status.operator_name,
                              *operator_.name ? operator_.name : NULL)
      || changed)
    pl_modem_at_status_changed (self);
}

static void
take_signal (PlModemAt *self, const char *line)
{
  PlModemStatus *status = &self->status;
  int percent, dbm;

  if (!pl_at_parse_csq (line, &percent, &dbm)
      || (percent == status->signal_percent && dbm == status->signal_dbm))
    return;
  status->signal_percent = percent;
  status->signal_dbm = dbm;
  pl_modem_at_status_changed (self);
}

static void
on_signal (const PlAtAnswer *answer, gpointer user_data)
{
  if (answer->n_lines > 0)
    take_signal (user_data, answer->lines[0]->text);
}

static void
on_own_number (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;
  PlAtNumber number;

  for (guint i = 0; i < answer->n_lines; i++) {
    if (pl_at_parse_cnum (answer->lines[i]->text, &number) && *number) {
      if (pl_modem_at_set_string (&self->status.own_number, number))
        pl_modem_at_status_changed (self);
      return;
    }
  }
}

static void
on_iccid (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;
  PlAtIccid iccid;

  if (answer->n_lines > 0 && pl_at_parse_iccid (answer->lines[0]->text, &iccid)
      && pl_modem_at_set_string (&self->status.iccid, iccid))
    pl_modem_at_status_changed (self);
}

/* A modem that looks for its network may be slow with all of these; in a call it has one. */
static void
ask (PlModemAt *self, const char *line, PlAtDone done)
{
  const PlAtCommand command
      = { .line = line, .timeout_ms = SLOW_MS, .flags = PL_AT_ASKS | PL_AT_LOCAL };
  pl_modem_at_ask (self, &command, done);
}

void
pl_modem_at_status_poll (PlModemAt *self)
{
  ask (self, "AT+CREG?", on_registration);
  ask (self, "AT+CEREG?", on_registration);
  ask (self, "AT+COPS?", on_operator);
  ask (self, "AT+CSQ", on_signal);
}

void
pl_modem_at_status_start (PlModemAt *self)
{
  pl_modem_at_say (self, "AT+CREG=2");
  pl_modem_at_say (self, "AT+CEREG=2");
  pl_modem_at_say (self, "AT+COPS=3,0");
  pl_modem_at_status_poll (self);
  ask (self, "AT+CNUM", on_own_number);
  /* Each family has a command of its own for it; this reads it off the card. */
  ask (self, "AT+CRSM=176,12258,0,0,10", on_iccid);
}

gboolean
pl_modem_at_status_urc (PlModemAt *self, const char *line)
{
  PlAtReg news;
  int percent, dbm;

  if (pl_at_parse_registration (line, &news)) {
    take_registration (self, line);
    /* The name of the operator comes with it. */
    ask (self, "AT+COPS?", on_operator);
    return TRUE;
  }
  if (pl_at_parse_csq (line, &percent, &dbm)) {
    take_signal (self, line);
    return TRUE;
  }
  return FALSE;
}
