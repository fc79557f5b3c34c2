/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "base/log.h"
#include "simbox/modem-at-private.h"

/* The voice path of the modem: switched on before a call or when it is through, as the profile
 * has it, and off after the last one. */

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
on_started (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;

  if (!self->audio.starting)
    return; /* the call was over before */
  if (answer->error == NULL) {
    self->audio.starting = FALSE;
    set_on (self, TRUE);
    return;
  }
  pl_debug (self, "no voice path: %s", answer->error->message);
  if (self->audio.tries == 0
      || !g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED)) {
    self->audio.starting = FALSE;
    return;
  }
  self->audio.tries--;
  pl_deadline_set (self->audio.retry, g_get_monotonic_time () + RETRY_US);
}

static void
send_on (PlModemAt *self)
{
  const PlAtCommand command
      = { .line = pl_at_profile_pcm_on (self->profile, self->pcm), .flags = PL_AT_URGENT };
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

  if (line == NULL || self->profile->pcm_time != now || self->audio.on || self->audio.starting)
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
      || pl_at_profile_pcm_on (self->profile, self->pcm) == NULL)
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

void
pl_modem_at_audio_end (PlModemAt *self)
{
  const PlAtCommand off = { .line = self->profile->pcm_off, .flags = PL_AT_URGENT };

  pl_deadline_set (self->audio.retry, PL_NEVER);
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
