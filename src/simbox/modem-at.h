/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/modem.h"

/**
 * PlModemAt: a PlModem on the modem's own serial ports, by AT commands.
 *
 * It lives with modems that vanish: the port is opened whenever its path is there, and whatever
 * runs then ends (PL_MODEM_ERROR_GONE, calls PL_MODEM_END_LOST). A modem that does not answer
 * is asked again on a port opened anew, then restarted; after that it is PL_MODEM_FAILED and
 * looked at now and then.
 *
 * Handles of texts: "ME:3" is the third place of that store. A modem that refuses to keep texts
 * of ours (+CMGW) gets handles "pdu:..." which hold the message itself: they can be sent, but
 * pl_modem_sweep_async() does not list them. "direct:1" is a report that the modem did not
 * store: it is gone with the process.
 */
#define PL_TYPE_MODEM_AT (pl_modem_at_get_type ())
G_DECLARE_FINAL_TYPE (PlModemAt, pl_modem_at, PL, MODEM_AT, GObject)

typedef struct {
  const char *device; /* serial port, pty or unix socket; a name that stays (/dev/serial/by-id);
                         NULL: the one modem that is there is looked for */
  const char *root;   /* where that is done: "sys" and "dev" are there; NULL: "/" */
  const char *pcm;    /* as --pcm has it: a port, "alsa:NAME", "none" or NULL; "auto": the port
                         that was found with the modem, if any */
  const char *vendor; /* quectel, simcom, huawei, generic; "auto" or NULL: asks the modem */
  const char *pin;    /* tried once if the SIM wants it and three tries are left; may be NULL */
  const char *storage; /* where texts are kept, "ME" or "SM"; NULL: "ME" where there is one */
  guint audio_rate;    /* 16000 where the modem can; 0: 8000 */
  guint answer_ms;     /* time for the answer to a plain command; 0: 5000 */
} PlModemAtOptions;

/** Returns NULL with PL_CONFIG_ERROR_INVALID for an unknown vendor or storage, or a PIN that is
 * none. Signals come in the thread's default context. */
PlModem *pl_modem_at_new (const PlModemAtOptions *options, GError **error);
