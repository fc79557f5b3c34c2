/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/calls.h"
#include "simbox/mailbox.h"
#include "simbox/pusher.h"
#include "simbox/texts.h"
#include "simbox/voice-path.h"

/** PlBox: the parts that every client of the box works with. All borrowed. */
typedef struct {
  const char *name;
  const PlDialRules *rules;
  PlModem *modem;
  PlStore *store;
  PlTexts *texts;
  PlCalls *calls;
  PlMailbox *mailbox; /* NULL: no voicemail */
  PlVoicePath *voice;
  PlPusher *pusher; /* NULL: browsers are not woken */
} PlBox;
