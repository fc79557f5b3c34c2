/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** How the sound of a call leaves the modem. */
typedef enum {
  PL_AT_PCM_NONE,
  PL_AT_PCM_SERIAL, /* a second serial port */
  PL_AT_PCM_SOUND,  /* a sound card: the modem's own on USB, or one that is wired to it */
} PlAtPcm;

/** When the voice path is switched on. */
typedef enum {
  PL_AT_PCM_BEFORE,   /* before ATD and ATA */
  PL_AT_PCM_CONNECTED /* once the call is active; refused before */
} PlAtPcmTime;

/**
 * PlAtProfile: what one family of modems does its own way. Lists end with NULL; their commands
 * may be refused.
 */
typedef struct {
  const char *name;         /* "quectel": as --vendor has it */
  const char *manufacturer; /* pattern (g_pattern) of +CGMI or +CGMM, lower case */
  const char *const *init;
  const char *pcm_on_serial, *pcm_on_sound, *pcm_off; /* NULL: cannot; "": runs by itself */
  const char *pcm_repair; /* goes before it at a second try, when the first was refused; NULL */
  PlAtPcmTime pcm_time;
  const char *wideband[2]; /* command for 8 and for 16 kHz; NULL: 8 kHz only */
  const char *reset;       /* restarts the whole modem */
  const char *pin_tries;   /* the query beside the standard's +CPINR, NULL: none */
  gboolean call_urcs; /* tells of each change of a call, so that +CLCC need not be polled */
} PlAtProfile;

/** By name; NULL: no such profile. */
const PlAtProfile *pl_at_profile_by_name (const char *name);

/** By the answers to +CGMI and +CGMM (either may be NULL); the generic one where none fits. */
const PlAtProfile *pl_at_profile_detect (const char *manufacturer, const char *model);

/** The command that switches the voice path on, NULL where it cannot. */
const char *pl_at_profile_pcm_on (const PlAtProfile *self, PlAtPcm pcm);
