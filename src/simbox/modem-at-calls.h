/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/modem-at-private.h"

/* The table of calls, for what is done to them. */

typedef struct {
  PlModemCall pub;
  int index; /* the modem's number of it, 0: not known yet */
  gboolean shown;
  gboolean ending; /* by us */
  gboolean listed; /* in the last answer */
  guint unlisted;  /* answers in a row without it */
  PlModemEnd why;  /* if BUSY or the like was heard */
  int64_t show_at_us, end_at_us;
  int64_t changed_at_us; /* its state */
} PlModemAtCall;

/** NULL: there is none. */
PlModemAtCall *pl_modem_at_calls_by_id (PlModemAt *self, guint id);
PlModemAtCall *pl_modem_at_calls_in_state (PlModemAt *self, PlModemCallState state);

/** Not shown yet. */
PlModemAtCall *pl_modem_at_calls_add (PlModemAt *self, gboolean outgoing,
                                      PlModemCallState state);
void pl_modem_at_calls_show (PlModemAt *self, PlModemAtCall *call);

/** Tells that it ended, and frees it. */
void pl_modem_at_calls_end (PlModemAt *self, PlModemAtCall *call, PlModemEnd end);
PlModemEnd pl_modem_at_call_reason (const PlModemAtCall *call);

/** Asks the modem for its list: something changed. */
void pl_modem_at_calls_ask (PlModemAt *self);
