/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "simbox/at-profile.h"

#include <string.h>

/* Quectel EC20, EC21, EC25, EG25 and their kin. The NMEA port carries the sound, so GPS is
 * taken off it; ccinfo tells of calls; the echo canceller is off because there is no acoustic
 * path. */
static const char *const quectel_init[] = {
  "AT+QURCCFG=\"urcport\",\"usbat\"",
  "AT+QINDCFG=\"ccinfo\",1,0",
  "AT+QINDCFG=\"smsfull\",1,0",
  "AT^DSCI=1",
  "AT+QGPSCFG=\"outport\",\"none\"",
  "AT+QEEC=2,0",
  "AT+QTONEDET=1",
  "AT+CTZU=1",
  NULL,
};

/* SIMCom SIM7600. The gains are those that users found neither muffled nor overdriven. */
static const char *const simcom_init[] = {
  "AT+CLCC=1", "AT+CECM=0", "AT+CMICGAIN=3", "AT+COUTGAIN=8", "AT+DDET=1", "AT+CTZU=1", NULL,
};

static const char *const huawei_init[] = { "AT^CURC=1", "AT^CVOICE?", "AT^DDTMFCFG=0,1", NULL };

static const char *const generic_init[] = { NULL };

/* The generic one is last: detection ends there. */
static const PlAtProfile profiles[] = {
  {
      .name = "quectel",
      .manufacturer = "*quectel*",
      .init = quectel_init,
      .pcm_on_serial = "AT+QPCMV=1,0",
      .pcm_on_sound = "AT+QPCMV=1,2",
      /* Some firmware wants its codec set to PCM before. */
      .pcm_repair = "AT+QAUDMOD=3",
      .pcm_off = "AT+QPCMV=0",
      .pcm_time = PL_AT_PCM_BEFORE,
      .reset = "AT+CFUN=1,1",
      .pin_tries = "AT+QPINC=\"SC\"",
      .call_urcs = TRUE,
  },
  {
      .name = "simcom",
      .manufacturer = "*simcom*",
      .init = simcom_init,
      .pcm_on_serial = "AT+CPCMREG=1",
      .pcm_on_sound = "",
      .pcm_off = "AT+CPCMREG=0",
      .pcm_time = PL_AT_PCM_CONNECTED,
      .wideband = { "AT+CPCMFRM=0", "AT+CPCMFRM=1" },
      .reset = "AT+CRESET",
      .pin_tries = "AT+SPIC",
      .call_urcs = TRUE,
  },
  {
      .name = "huawei",
      .manufacturer = "*huawei*",
      .init = huawei_init,
      .pcm_on_serial = "AT^DDSETEX=2",
      .pcm_time = PL_AT_PCM_CONNECTED,
      .reset = "AT+CFUN=1,1",
      .pin_tries = "AT^CPIN?",
      .call_urcs = TRUE,
  },
  {
      .name = "generic",
      .manufacturer = "*",
      .init = generic_init,
      .pcm_on_serial = "",
      .pcm_on_sound = "",
      .pcm_time = PL_AT_PCM_CONNECTED,
      .reset = "AT+CFUN=1,1",
  },
};

const PlAtProfile *
pl_at_profile_by_name (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++)
    if (g_str_equal (profiles[i].name, name))
      return &profiles[i];
  return NULL;
}

const PlAtProfile *
pl_at_profile_detect (const char *manufacturer, const char *model)
{
  /* Some say their maker's name in one of the two only ("SIMCOM_SIM7600E-H"). */
  g_autofree char *both
      = g_strdup_printf ("%s %s", manufacturer ? manufacturer : "", model ? model : "");
  g_autofree char *lower = g_ascii_strdown (both, -1);

  for (guint i = 0; i < G_N_ELEMENTS (profiles) - 1; i++)
    if (g_pattern_match_simple (profiles[i].manufacturer, lower))
      return &profiles[i];
  return &profiles[G_N_ELEMENTS (profiles) - 1];
}

const char *
pl_at_profile_pcm_on (const PlAtProfile *self, PlAtPcm pcm)
{
  switch (pcm) {
  case PL_AT_PCM_NONE:
    return NULL;
  case PL_AT_PCM_SERIAL:
    return self->pcm_on_serial;
  case PL_AT_PCM_SOUND:
    return self->pcm_on_sound;
  }
  g_return_val_if_reached (NULL);
}
