/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/modem-mm.h"

#include <libmm-glib.h>

/* The parts of PlModemMm: modem-mm.c finds the modem, modem-mm-status.c enables it and tells
 * how it is, modem-mm-calls.c and modem-mm-texts.c do what their names say. */

typedef enum {
  PL_MM_MANUFACTURER,
  PL_MM_MODEL,
  PL_MM_FIRMWARE,
  PL_MM_IMEI,
  PL_MM_OWN_NUMBER,
  PL_MM_OPERATOR,
  PL_MM_PROBLEM,
  PL_MM_SIM_PATH, /* of which the number was asked for */
  PL_MM_ICCID,
  PL_MM_N_STRINGS
} PlMmString;

struct _PlModemMm {
  GObject parent;
  char *path;
  char *pin;
  GBusType bus;
  GMainContext *context;
  GCancellable *cancellable; /* from start to stop */
  GDBusConnection *connection;
  GSource *reconnect; /* of the bus */
  MMManager *manager;
  MMObject *object; /* the modem, while it is there */
  MMModem *modem;
  MMModem3gpp *gpp; /* NULL until ModemManager has it, as the next two */
  MMModemMessaging *messaging;
  MMModemVoice *voice;

  PlModemStatus status;
  char *strings[PL_MM_N_STRINGS]; /* what status points to */
  GSource *retry;                 /* of enabling */
  gboolean enabling;
  gboolean pin_used;   /* the one of the configuration */
  gboolean pin_failed; /* the last time: no other try is spent */

  GPtrArray *calls; /* of PlMmCall */
  guint last_call;
  gboolean audio; /* said last */
  GQueue delayed; /* GTasks of dialling, while the modem is off for a moment */

  guint sending;        /* texts that are on their way into the network */
  guint drafting;       /* texts that are being prepared */
  guint incomplete;     /* long ones at the last sweep */
  GSource *second_look; /* modem-mm-texts.c */
  gboolean looking;
};

/** Ends @task with what @error means to the user of a modem. Takes both. */
void pl_modem_mm_fail (GTask *task, GError *error);
/** Ends @task with TRUE, or with @error when there is one. Takes both. */
void pl_modem_mm_finish (GTask *task, GError *error);
/** FALSE, with @task ended, when @part of the modem is not there. */
gboolean pl_modem_mm_need (gpointer part, GTask *task);
/** A timer in the modem's context. */
GSource *pl_modem_mm_after (PlModemMm *self, guint seconds, GSourceFunc function);
void pl_modem_mm_clear_source (GSource **source);

void pl_modem_mm_refresh (PlModemMm *self);
void pl_modem_mm_clear_status (PlModemMm *self);
void pl_modem_mm_set_problem (PlModemMm *self, const char *problem);
/** The modem goes, perhaps to come back with another SIM. */
void pl_modem_mm_forget_pin (PlModemMm *self);
void pl_modem_mm_enter_pin (PlModem *modem, const char *pin, GTask *task);

void pl_modem_mm_init_calls (PlModemMm *self);
void pl_modem_mm_watch_calls (PlModemMm *self);
/** All calls are lost with the modem. */
void pl_modem_mm_lose_calls (PlModemMm *self);
guint pl_modem_mm_get_audio_rate (PlModem *modem);
/** The modem is on again, or gone. */
void pl_modem_mm_dial_delayed (PlModemMm *self);
void pl_modem_mm_dial (PlModem *modem, const char *number, gboolean hide_number, GTask *task);
void pl_modem_mm_answer (PlModem *modem, guint call, GTask *task);
void pl_modem_mm_hang_up (PlModem *modem, guint call, GTask *task);
void pl_modem_mm_send_dtmf (PlModem *modem, guint call, const char *digits, GTask *task);
void pl_modem_mm_chld (PlModem *modem, PlModemChld what, GTask *task);

void pl_modem_mm_watch_texts (PlModemMm *self);
void pl_modem_mm_sweep (PlModem *modem, GTask *task);
void pl_modem_mm_delete_text (PlModem *modem, const char *handle, GTask *task);
guint pl_modem_mm_count_parts (PlModem *modem, const char *text);
void pl_modem_mm_prepare_part (PlModem *modem, const char *number, const char *text, guint part,
                               guint16 ref, GTask *task);
void pl_modem_mm_send_prepared (PlModem *modem, const char *handle, GTask *task);
