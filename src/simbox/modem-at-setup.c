/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "base/log.h"
#include "proto/at-error.h"
#include "simbox/modem-at-private.h"

#include <string.h>

/* From a port that was just opened to a modem whose card is ready: who it is, its profile, the
 * card and its PIN. */

/* A try is made while this many are left: two stay for the owner. */
#define MIN_TRIES 3

/* How often the card is looked at: while it says that it is busy, and while there is none. */
#define BUSY_US        G_USEC_PER_SEC
#define ABSENT_US      (10 * G_USEC_PER_SEC)
#define MAX_BUSY_LOOKS 30

/* The card takes its time, and some settings are made in the network. */
#define CARD_MS 20000
#define INIT_MS 30000

/* E0 and V1 first: all else is read by their rules. Refused ones do no harm. */
static const char *const basics[] = { "ATE0", "ATV1", "AT+CMEE=1", NULL };

/* +CVHU=0: ATH ends voice calls too (3GPP TS 27.007 6.20). */
static const char *const common_init[] = {
  "AT+CVHU=0", "AT+CRC=1", "AT+CLIP=1", "AT+CNAP=1", "AT+COLP=0", NULL,
};

static void
say_slow (PlModemAt *self, const char *line)
{
  const PlAtCommand command = { .line = line, .timeout_ms = INIT_MS };
  pl_modem_at_ask (self, &command, /* done = */ NULL);
}

static void
say_all (PlModemAt *self, const char *const *lines)
{
  for (guint i = 0; lines[i]; i++)
    say_slow (self, lines[i]);
}

static void
look_again (PlModemAt *self, int64_t after_us)
{
  pl_deadline_set (self->setup.check, g_get_monotonic_time () + after_us);
}

static void
ask (PlModemAt *self, const char *line, PlAtDone done)
{
  const PlAtCommand command = { .line = line, .flags = PL_AT_ASKS };
  pl_modem_at_ask (self, &command, done);
}

/* Who it is. */

/* "+CGMI: Quectel", or the bare word. */
static void
take_identity (const char **field, const PlAtAnswer *answer)
{
  if (answer->error || answer->n_lines == 0)
    return;
  const char *text = answer->lines[0]->text;
  const char *colon = *text == '+' ? strchr (text, ':') : NULL;
  g_autofree char *value = g_strdup (colon ? colon + 1 : text);
  pl_modem_at_set_string (field, g_strstrip (g_strdelimit (value, "\"", ' ')));
}

static void
on_manufacturer (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;
  take_identity (&self->status.manufacturer, answer);
}

static void
on_model (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;
  take_identity (&self->status.model, answer);
}

static void
on_firmware (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;
  take_identity (&self->status.firmware, answer);
}

static void
on_imei (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;

  if (answer->error && g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_GONE))
    return;
  take_identity (&self->status.imei, answer);
  self->profile = self->vendor
                      ? pl_at_profile_by_name (self->vendor)
                      : pl_at_profile_detect (self->status.manufacturer, self->status.model);
  pl_debug (self, "%s %s is driven as %s", self->status.manufacturer, self->status.model,
            self->profile->name);
  pl_modem_at_status_changed (self);
  pl_modem_at_setup_check_card (self);
}

/* The card. */

static void
card_locked (PlModemAt *self, const char *problem)
{
  pl_modem_at_step (self, PL_MODEM_AT_CARD_LOCKED);
  pl_modem_at_set_problem (self, problem);
}

static void
show_pin_wanted (PlModemAt *self)
{
  int tries = self->status.pin_tries;
  g_autofree char *left = tries >= 0 ? g_strdup_printf (", %d tries are left", tries) : NULL;
  g_autofree char *problem = g_strdup_printf (
      "%s%s", self->setup.pin_failed ? "the PIN was wrong" : "the SIM card wants its PIN",
      left ? left : "");
  card_locked (self, problem);
}

/* Whether a try may be spent (pl_modem_enter_pin_async()). */
static gboolean
may_try (const PlModemAt *self)
{
  int tries = self->status.pin_tries;
  return self->setup.tries_asked && (tries < 0 ? !self->setup.pin_failed : tries >= MIN_TRIES);
}

static void
send_pin (PlModemAt *self, const char *pin, PlAtDone done, gpointer user_data)
{
  g_autofree char *line = g_strdup_printf ("AT+CPIN=\"%s\"", pin);
  const PlAtCommand command = { .line = line, .timeout_ms = CARD_MS };

  /* No other try before it is known how many are left. */
  self->setup.tries_asked = FALSE;
  pl_at_queue_add (self->queue, &command, done, user_data);
}

static void
check_after_pin (PlModemAt *self, const PlAtAnswer *answer)
{
  if (answer->error && g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_GONE))
    return;
  if (answer->error)
    self->setup.pin_failed = TRUE;
  pl_modem_at_setup_check_card (self);
}

static void
on_own_pin (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;
  self->setup.own_pin_refused
      = answer->error && !g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_GONE);
  check_after_pin (self, answer);
}

static void
on_pin (const PlAtAnswer *answer, gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (PlModemAt) self = g_object_ref (g_task_get_source_object (task));
  pl_modem_at_return_plain (answer, task);
  check_after_pin (self, answer);
}

static void
on_tries_known (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;

  if (answer->error && g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_GONE))
    return;
  self->setup.tries_asked = TRUE;
  if (self->pin == NULL || self->setup.own_pin_refused || !may_try (self)) {
    show_pin_wanted (self);
    return;
  }
  send_pin (self, self->pin, on_own_pin, self);
}

static void
on_tries (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;
  int puk = -1;

  for (guint i = 0; i < answer->n_lines; i++)
    pl_at_parse_tries (answer->lines[i]->text, &self->status.pin_tries, &puk);
}

/* What the vendor's own query says last is believed. */
static void
ask_tries (PlModemAt *self)
{
  self->status.pin_tries = -1;
  self->setup.tries_asked = FALSE;
  ask (self, "AT+CSIM=10,\"0020000100\"", on_tries);
  ask (self, "AT+CPINR", on_tries);
  if (self->profile->pin_tries)
    ask (self, self->profile->pin_tries, on_tries);
  ask (self, "AT", on_tries_known);
}

static void
take_sim (PlModemAt *self, PlAtSim sim)
{
  self->status.puk = sim == PL_AT_SIM_PUK;
  switch (sim) {
  case PL_AT_SIM_READY:
    self->setup.pin_failed = FALSE;
    pl_modem_at_step (self, PL_MODEM_AT_CARD_READY);
    return;
  case PL_AT_SIM_PIN:
    ask_tries (self);
    return;
  case PL_AT_SIM_PUK:
    self->status.pin_tries = 0;
    card_locked (self, "the SIM card wants its PUK: put it into a phone and enter it there");
    return;
  case PL_AT_SIM_OTHER:
    card_locked (self, "the modem is locked to another network or device");
    return;
  case PL_AT_SIM_ABSENT:
    pl_modem_at_step (self, PL_MODEM_AT_NO_CARD);
    pl_modem_at_set_problem (self, "there is no SIM card in the modem");
    look_again (self, ABSENT_US);
    return;
  case PL_AT_SIM_NOT_READY:
    look_again (self, self->setup.busy_looks++ < MAX_BUSY_LOOKS ? BUSY_US : ABSENT_US);
    return;
  }
}

static PlAtSim
sim_of (const PlAtAnswer *answer)
{
  PlAtSim sim;

  if (answer->n_lines > 0 && pl_at_parse_cpin (answer->lines[0]->text, &sim))
    return sim;
  switch (answer->code) {
  case PL_AT_CME_NO_SIM:
  case PL_AT_CME_SIM_FAILURE:
    return PL_AT_SIM_ABSENT;
  case PL_AT_CME_PUK:
    return PL_AT_SIM_PUK;
  case PL_AT_CME_PIN:
    return PL_AT_SIM_PIN;
  default:
    return PL_AT_SIM_NOT_READY;
  }
}

static void
on_card (const PlAtAnswer *answer, gpointer user_data)
{
  if (answer->error && g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_GONE))
    return;
  take_sim (user_data, sim_of (answer));
}

void
pl_modem_at_setup_check_card (PlModemAt *self)
{
  const PlAtCommand command
      = { .line = "AT+CPIN?", .timeout_ms = CARD_MS, .flags = PL_AT_ASKS | PL_AT_LAX };
  pl_deadline_set (self->setup.check, PL_NEVER);
  pl_modem_at_ask (self, &command, on_card);
}

static void
on_check (gpointer user_data)
{
  pl_modem_at_setup_check_card (user_data);
}

void
pl_modem_at_enter_pin (PlModem *modem, const char *pin, GTask *task)
{
  PlModemAt *self = PL_MODEM_AT (modem);

  if (self->state != PL_MODEM_LOCKED || self->status.puk) {
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY,
                             "the SIM card wants no PIN");
    g_object_unref (task);
    return;
  }
  if (!may_try (self)) {
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY,
                             "the last two tries are not spent by the box: put the SIM card "
                             "into a phone and enter the PIN there");
    g_object_unref (task);
    return;
  }
  send_pin (self, pin, on_pin, task);
}

/* From start to ready. */

void
pl_modem_at_setup_start (PlModemAt *self)
{
  /* A box that was killed may have left the modem at the prompt for a text, which would take
   * all of this for the text (3GPP TS 27.005 section 3.5.1). */
  pl_at_port_write (self->port, "\x1b", 1);
  /* Some answer ERROR to it: that is an answer as well. */
  pl_modem_at_say (self, "AT");
  for (guint i = 0; basics[i]; i++)
    pl_modem_at_say (self, basics[i]);
  ask (self, "AT+CGMI", on_manufacturer);
  ask (self, "AT+CGMM", on_model);
  ask (self, "AT+CGMR", on_firmware);
  ask (self, "AT+CGSN", on_imei);
}

void
pl_modem_at_setup_ready (PlModemAt *self)
{
  pl_deadline_set (self->setup.check, PL_NEVER);
  self->setup.busy_looks = 0;
  say_all (self, common_init);
  say_all (self, self->profile->init);
  if (self->audio_rate == 16000 && self->profile->wideband[1])
    say_slow (self, self->profile->wideband[1]);
  else if (self->profile->wideband[0])
    say_slow (self, self->profile->wideband[0]);
  pl_modem_at_texts_start (self);
  pl_modem_at_status_start (self);
  /* Last: the network is asked, which may take long. */
  say_slow (self, "AT+CCWA=1,1,1");
}

void
pl_modem_at_setup_stop (PlModemAt *self)
{
  pl_deadline_set (self->setup.check, PL_NEVER);
  self->setup.busy_looks = 0;
}

/* A card that was pulled, or changed; and the words of a modem that starts by itself. */
gboolean
pl_modem_at_setup_urc (PlModemAt *self, const char *line)
{
  PlAtSim sim;

  if (g_str_equal (line, "RDY") || g_str_equal (line, "^BOOT")) {
    if (self->state != PL_MODEM_STARTING)
      pl_modem_at_reset_restarted (self);
    return TRUE;
  }
  if (!pl_at_parse_cpin (line, &sim))
    return FALSE;
  gboolean ready = self->state >= PL_MODEM_SEARCHING;
  if (self->state != PL_MODEM_STARTING && ready != (sim == PL_AT_SIM_READY))
    pl_modem_at_setup_check_card (self);
  return TRUE;
}

void
pl_modem_at_setup_init (PlModemAt *self)
{
  self->setup.check = pl_deadline_new ("modem-at card", on_check, self);
}

void
pl_modem_at_setup_clear (PlModemAt *self)
{
  pl_deadline_free (self->setup.check);
}
