/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-voicemail"

#include "proto/voicemail.h"

int64_t
pl_voicemail_patience (const PlVoicemailRules *self)
{
  if (self->off)
    return PL_NEVER;
  /* Nobody connected is no reason to be quick: a client that is woken by its own push or timer
   * needs these seconds to come. */
  return self->dnd ? 0 : self->ring_seconds * G_USEC_PER_SEC;
}

gboolean
pl_voicemail_rings (const PlVoicemailRules *self)
{
  return !self->dnd;
}
