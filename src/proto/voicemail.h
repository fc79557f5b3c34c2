/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/clock.h"

#include <glib.h>

/** A caller hears the network's tone for about 30 s before most operators give up. */
#define PL_RING_SECONDS 25

/** Whether and when a ringing call is taken by voicemail. */
typedef struct {
  gboolean off;       /* calls ring until the network gives up */
  gboolean dnd;       /* do not disturb: no client rings, voicemail at once */
  guint ring_seconds; /* the owner's patience */
} PlVoicemailRules;

/** How long a call rings: PL_NEVER where voicemail is off. */
int64_t pl_voicemail_patience (const PlVoicemailRules *self);

/** TRUE where clients shall ring. */
gboolean pl_voicemail_rings (const PlVoicemailRules *self);
