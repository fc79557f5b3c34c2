/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/modem.h"

/**
 * FakeModem: a PlModem for tests, with a store, calls and a network of its own. Every answer
 * comes with the next turn of the main loop.
 */
#define FAKE_TYPE_MODEM (fake_modem_get_type ())
G_DECLARE_FINAL_TYPE (FakeModem, fake_modem, FAKE, MODEM, GObject)

FakeModem *fake_modem_new (void);

/** What the network has got: GPtrArray of "NUMBER PART/TEXT". */
GPtrArray *fake_modem_get_sent (FakeModem *self);
/** What was asked for, word by word: "answer:1 hang-up:1 ". Borrowed. */
const char *fake_modem_get_commands (FakeModem *self);

void fake_modem_set_state (FakeModem *self, PlModemState state);
/** While it is silent, tones, swaps and the erasing of a forwarding are not answered. */
void fake_modem_set_silent (FakeModem *self, gboolean silent);
/** The next @n commands of this name ("send", "prepare", "delete", "sweep", "answer", "dial")
 * fail, after the modem has done them where @done. */
void fake_modem_fail (FakeModem *self, const char *command, guint n, PlModemError code,
                      gboolean done);

/** A short message comes in; @part is taken. @quiet: without "texts-waiting". */
void fake_modem_take_text (FakeModem *self, PlSmsPart *part, gboolean quiet);
/** Texts in its store, ours and others. */
guint fake_modem_count_texts (FakeModem *self);
/** Something unsent in its store that nobody knows of. */
void fake_modem_add_draft (FakeModem *self);

void fake_modem_ring (FakeModem *self, guint call, const char *number);
void fake_modem_change_call (FakeModem *self, guint call, PlModemCallState state,
                             PlModemEnd end);
