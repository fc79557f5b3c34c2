/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "base/log.h"
#include "simbox/modem-at-private.h"

#include <string.h>

/* The voice path of the modem: switched on before a call or when it is through, as the profile
 * has it, and off after the last one. Where it is refused:
 *
 *   1  again, while the time for it may not have come (PL_AT_PCM_CONNECTED)
 *   2  once more behind the profile's pcm_repair
 *   3  the call has no sound and says so; after it the modem is restarted, once: many refuse
 *      until then, or give half-dead sound
 *
 * +QPCMV: 0 (no room for more sound) needs no answer: one block is written for each that is
 * read, so it comes only after one side was held up, and then whole blocks are dropped by the
 * port itself. */

/* SIM7600 refuses +CPCMREG=1 for up to some seconds after the call is through. */
#define RETRY_US  (300 * G_TIME_SPAN_MILLISECOND)
#define MAX_TRIES 15

static void
set_on (PlModemAt *self, gboolean on)
{
  if (self->audio.on == on)
    return;
  self->audio.on = on;
  g_signal_emit_by_name (self, "audio-changed", on);
}

static void
tell_refused (PlModemAt *self, const GError *error)
{
  g_autofree char *problem
      = g_strdup_printf ("the call has no sound: the modem answers %s with: %s",
                         pl_at_profile_pcm_on (self->profile, self->pcm), error->message);

  self->audio.starting = FALSE;
  self->audio.refused = TRUE;
  pl_modem_at_set_string (&self->status.audio_problem, problem);
  g_signal_emit_by_name (self, "audio-changed", FALSE);
}

static void send_repair (PlModemAt *self);

static void
on_started (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;

  if (!self->audio.starting)
    return; /* the call was over before */
  if (answer->error == NULL) {
    self->audio.starting = FALSE;
    self->audio.restarted = FALSE;
    set_on (self, TRUE);
    return;
  }
  pl_debug (self, "no voice path: %s", answer->error->message);
  if (g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_GONE)) {
    self->audio.starting = FALSE; /* and so is the call */
  } else if (self->audio.tries > 0) {
    self->audio.tries--;
    pl_deadline_set (self->audio.retry, g_get_monotonic_time () + RETRY_US);
  } else if (self->profile->pcm_repair && !self->audio.repaired) {
    send_repair (self);
  } else {
    tell_refused (self, answer->error);
  }
}

static void
send_on (PlModemAt *self)
{
  const PlAtCommand command
      = { .line = pl_at_profile_pcm_on (self->profile, self->pcm), .flags = PL_AT_URGENT };
  pl_modem_at_ask (self, &command, on_started);
}

/* In one line, and before the ATD or ATA that waits. */
static void
send_repair (PlModemAt *self)
{
  g_autofree char *line
      = g_strdup_printf ("%s;%s", self->profile->pcm_repair,
                         pl_at_profile_pcm_on (self->profile, self->pcm) + strlen ("AT"));
  const PlAtCommand command = { .line = line, .flags = PL_AT_FIRST };

  self->audio.repaired = TRUE;
  pl_modem_at_ask (self, &command, on_started);
}

static void
on_retry (gpointer user_data)
{
  send_on (user_data);
}

static void
begin (PlModemAt *self, PlAtPcmTime now, guint tries)
{
  const char *line = pl_at_profile_pcm_on (self->profile, self->pcm);

  if (line == NULL || self->profile->pcm_time != now || self->audio.on || self->audio.starting
      || self->audio.refused)
    return;
  if (*line == '\0') {
    set_on (self, TRUE);
    return;
  }
  self->audio.starting = TRUE;
  self->audio.tries = tries;
  send_on (self);
}

void
pl_modem_at_audio_prepare (PlModemAt *self)
{
  const PlAtCommand off = { .line = self->profile->pcm_off, .flags = PL_AT_URGENT };

  if (self->profile->pcm_time != PL_AT_PCM_BEFORE || self->audio.on || self->audio.starting
      || self->audio.refused || pl_at_profile_pcm_on (self->profile, self->pcm) == NULL)
    return;
  /* What a call before this one left on would be taken for on, and be silent. */
  if (off.line)
    pl_modem_at_ask (self, &off, /* done = */ NULL);
  begin (self, PL_AT_PCM_BEFORE, /* tries = */ 0);
}

void
pl_modem_at_audio_connected (PlModemAt *self)
{
  begin (self, PL_AT_PCM_CONNECTED, MAX_TRIES);
}

static void
end_refused (PlModemAt *self)
{
  if (!self->audio.refused)
    return;
  self->audio.refused = FALSE;
  pl_modem_at_set_string (&self->status.audio_problem, NULL);
  g_signal_emit_by_name (self, "audio-changed", FALSE);
  if (self->audio.restarted || self->state < PL_MODEM_SEARCHING)
    return;
  self->audio.restarted = TRUE;
  pl_modem_at_reset_now (self, "the modem is restarted, because a call had no sound");
}

void
pl_modem_at_audio_end (PlModemAt *self)
{
  const PlAtCommand off = { .line = self->profile->pcm_off, .flags = PL_AT_URGENT };

  pl_deadline_set (self->audio.retry, PL_NEVER);
  self->audio.repaired = FALSE;
  end_refused (self);
  if (!self->audio.on && !self->audio.starting)
    return;
  self->audio.starting = FALSE;
  if (off.line)
    pl_modem_at_ask (self, &off, /* done = */ NULL);
  set_on (self, FALSE);
}

void
pl_modem_at_audio_init (PlModemAt *self)
{
  self->audio.retry = pl_deadline_new ("modem-at audio", on_retry, self);
}

void
pl_modem_at_audio_clear (PlModemAt *self)
{
  pl_deadline_free (self->audio.retry);
}
