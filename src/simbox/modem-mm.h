/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/modem.h"

/**
 * PlModemMm: a PlModem that is ModemManager's, driven over D-Bus by libmm-glib.
 *
 * What ModemManager cannot is PL_MODEM_ERROR_UNSUPPORTED: call forwarding, hiding the own
 * number. It shows texts and not PDUs: a long text is one part, and raw is NULL. It does not
 * tell a withheld number from one that is not known. It seldom says where the voice of a call
 * is, nor switches it on for every modem: "audio-changed" only says that there is a call.
 *
 * The bus, ModemManager and the modem may come late, go, and come back.
 *
 * Handles: the object's path for what came; "own:" and a hash of number and text for ours,
 * since ModemManager gives its objects new paths whenever it starts.
 */
#define PL_TYPE_MODEM_MM (pl_modem_mm_get_type ())
G_DECLARE_FINAL_TYPE (PlModemMm, pl_modem_mm, PL, MODEM_MM, GObject)

typedef struct {
  const char *path; /* D-Bus path of the modem; NULL: the first one there is */
  const char *pin;  /* tried once if the SIM wants it and three tries are left; may be NULL */
  GBusType bus;     /* G_BUS_TYPE_SYSTEM; tests use a session of their own */
} PlModemMmOptions;

/** Returns NULL with PL_CONFIG_ERROR_INVALID when @options->path is no object path. Signals
 * come in the thread's default context. */
PlModem *pl_modem_mm_new (const PlModemMmOptions *options, GError **error);
