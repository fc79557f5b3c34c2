/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/sms.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * PlModem: a cellular modem as the box sees it. Two implementations: AT commands on its serial
 * ports (modem-at), and ModemManager (modem-mm).
 *
 * All calls and signals in the context that was the thread's default at construction. Methods
 * are GTask-like pairs; each ends within a time-out of its own, also when the modem vanishes
 * (PL_MODEM_ERROR_GONE).
 *
 * Signals:
 *
 *   "status-changed" ()
 *       pl_modem_get_status() has news.
 *
 *   "texts-waiting" ()
 *       The modem holds texts, or may: sweep.
 *
 *   "call-changed" (PlModemCall *)
 *       A call came, changed or ended (PL_MODEM_CALL_ENDED: once, last). A dialled call shows
 *       itself before pl_modem_dial_async() is done.
 *
 *   "dtmf" (guint call, const char *digit)
 *       The other end pressed a key.
 *
 *   "audio-changed" (gboolean on)
 *       The voice path of the modem runs, at pl_modem_get_audio_rate(), or has ended, or could
 *       not be switched on (the status has an audio_problem).
 */
#define PL_TYPE_MODEM (pl_modem_get_type ())
G_DECLARE_INTERFACE (PlModem, pl_modem, PL, MODEM, GObject)

#define PL_MODEM_ERROR (pl_modem_error_quark ())
GQuark pl_modem_error_quark (void);

typedef enum {
  PL_MODEM_ERROR_FAILED,    /* the modem said no; the message has its words and its number */
  PL_MODEM_ERROR_GONE,      /* the modem vanished or was reset meanwhile */
  PL_MODEM_ERROR_TIMEOUT,   /* no answer in time */
  PL_MODEM_ERROR_NOT_READY, /* no SIM, PIN missing, not registered */
  PL_MODEM_ERROR_INVALID,   /* refused by us: a number with something but digits, *, # and + */
  PL_MODEM_ERROR_UNSUPPORTED, /* this modem cannot */
} PlModemError;

typedef enum {
  PL_MODEM_ABSENT = 1, /* no device: looked for */
  PL_MODEM_SILENT,     /* it does not answer: set up anew, or restarted */
  PL_MODEM_STARTING,   /* being set up */
  PL_MODEM_NO_SIM,
  PL_MODEM_LOCKED,    /* PIN or PUK wanted */
  PL_MODEM_SEARCHING, /* not registered */
  PL_MODEM_DENIED,    /* the network refuses this SIM */
  PL_MODEM_READY,
  PL_MODEM_FAILED, /* the reset ladder is used up: the owner has to look */
} PlModemState;

/** Strings NULL where unknown. Owned by the modem, valid until the next "status-changed". */
typedef struct {
  PlModemState state;
  const char *manufacturer, *model, *firmware, *imei;
  const char *device, *pcm; /* where it is, and where its voice, as far as that was found out */
  const char *own_number, *operator_name;
  const char *iccid;      /* the number of the card itself */
  const char *technology; /* "2G", "3G", "LTE", "5G" */
  gboolean roaming;
  int signal_percent;  /* -1 unknown */
  int signal_dbm;      /* 0 unknown */
  int pin_tries;       /* -1 unknown */
  gboolean puk;        /* LOCKED: it is the PUK that is wanted */
  const char *problem; /* a sentence for the owner, NULL when all is well */
  const char
      *audio_problem; /* why the call that there is has no sound; NULL: it has, or will */
} PlModemStatus;

typedef enum {
  PL_MODEM_CALL_DIALING = 1,
  PL_MODEM_CALL_ALERTING,
  PL_MODEM_CALL_INCOMING,
  PL_MODEM_CALL_WAITING, /* incoming beside an active one */
  PL_MODEM_CALL_ACTIVE,
  PL_MODEM_CALL_HELD,
  PL_MODEM_CALL_ENDED,
} PlModemCallState;

typedef enum {
  PL_MODEM_END_NONE,
  PL_MODEM_END_LOCAL,
  PL_MODEM_END_REMOTE,
  PL_MODEM_END_BUSY,
  PL_MODEM_END_NO_ANSWER,
  PL_MODEM_END_REFUSED, /* by the network */
  PL_MODEM_END_LOST,    /* the modem vanished, reset or lost the network */
} PlModemEnd;

typedef struct {
  guint id; /* unique in the life of the modem object */
  gboolean outgoing;
  PlModemCallState state;
  PlModemEnd end;
  char *number;      /* NULL: not known (yet) */
  gboolean withheld; /* the caller hides the number */
  char *name;        /* from the network (CNAP), seldom */
} PlModemCall;

PlModemCall *pl_modem_call_copy (const PlModemCall *self);
void pl_modem_call_free (PlModemCall *self);
#define PL_TYPE_MODEM_CALL (pl_modem_call_get_type ())
GType pl_modem_call_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlModemCall, pl_modem_call_free)

/** One text in the modem's store: one that came, or one of ours that was prepared. */
typedef struct {
  char *handle;      /* for pl_modem_delete_text_async(), pl_modem_send_prepared_async() */
  PlSmsPart *part;   /* NULL: one of ours */
  gboolean went_out; /* ours: the modem has sent it */
} PlModemText;
void pl_modem_text_free (PlModemText *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlModemText, pl_modem_text_free)

typedef enum {
  PL_MODEM_CHLD_HOLD_SWAP,
  PL_MODEM_CHLD_END_ACTIVE_TAKE_OTHER,
  PL_MODEM_CHLD_REJECT_WAITING
} PlModemChld;

/* What is called here was checked (numbers, PINs, tones). An implementation takes the task: it
 * returns and unrefs it, also when the modem vanishes. */
struct _PlModemInterface {
  GTypeInterface parent;
  void (*start) (PlModem *self);
  void (*stop) (PlModem *self);
  const PlModemStatus *(*get_status) (PlModem *self);
  guint (*get_audio_rate) (PlModem *self);
  void (*enter_pin) (PlModem *self, const char *pin, GTask *task);
  void (*dial) (PlModem *self, const char *number, gboolean hide_number, GTask *task);
  void (*answer) (PlModem *self, guint call, GTask *task);
  void (*hang_up) (PlModem *self, guint call, GTask *task);
  void (*send_dtmf) (PlModem *self, guint call, const char *digits, GTask *task);
  void (*chld) (PlModem *self, PlModemChld what, GTask *task);
  void (*sweep) (PlModem *self, GTask *task);
  void (*delete_text) (PlModem *self, const char *handle, GTask *task);
  guint (*count_parts) (PlModem *self, const char *text);
  void (*prepare_part) (PlModem *self, const char *number, const char *text, guint part,
                        guint16 ref, GTask *task);
  void (*send_prepared) (PlModem *self, const char *handle, GTask *task);
  void (*get_forwarding) (PlModem *self, GTask *task);
  void (*erase_forwarding) (PlModem *self, GTask *task);
  void (*ussd) (PlModem *self, const char *code, GTask *task);
  void (*reset) (PlModem *self, GTask *task);
};

void pl_modem_start (PlModem *self);
void pl_modem_stop (PlModem *self);
const PlModemStatus *pl_modem_get_status (PlModem *self);
guint pl_modem_get_audio_rate (PlModem *self);

/** @pin: four to eight digits. Never spends a try when fewer than three are left (two stay), or
 * when their number is unknown and a try has failed. */
void pl_modem_enter_pin_async (PlModem *self, const char *pin, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);

/** The number is checked here, in one place: 1 to PL_MAX_NUMBER of [0-9*#+], else
 * PL_MODEM_ERROR_INVALID. The result is the call's id. */
void pl_modem_dial_async (PlModem *self, const char *number, gboolean hide_number,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
guint pl_modem_dial_finish (PlModem *self, GAsyncResult *result, GError **error);
void pl_modem_answer_async (PlModem *self, guint call, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
void pl_modem_hang_up_async (PlModem *self, guint call, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
/** Digits [0-9*#A-D], up to PL_MAX_TONES, queued by the modem object one after the other. */
void pl_modem_send_dtmf_async (PlModem *self, guint call, const char *digits,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
void pl_modem_chld_async (PlModem *self, PlModemChld what, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);

/** All that the modem's stores hold: GPtrArray of PlModemText, the caller's. */
void pl_modem_sweep_async (PlModem *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *pl_modem_sweep_finish (PlModem *self, GAsyncResult *result, GError **error);
/** FALSE where the modem may hold texts that this sweep did not see. */
gboolean pl_modem_sweep_is_complete (GAsyncResult *result);
/** For implementations, before they return @task. */
void pl_modem_sweep_missed_some (GTask *task);
void pl_modem_delete_text_async (PlModem *self, const char *handle, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);

/** How many parts @text becomes with this modem; 0: more than 255 or not UTF-8. */
guint pl_modem_count_parts (PlModem *self, const char *text);

/** Sending in two steps, so that a text is sent once whatever is killed in between: the part is
 * written into the modem's store (+CMGW), the handle is kept in our database, then it is sent
 * from there (+CMSS). A restart asks pl_modem_sweep: an own part is listed with its handle and
 * whether it went out (PlModemText.went_out).
 * @part: 1 to pl_modem_count_parts(). Finish functions: prepare gives the handle; send gives
 * the message reference, -1: none. */
void pl_modem_prepare_part_async (PlModem *self, const char *number, const char *text,
                                  guint part, guint16 ref, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
char *pl_modem_prepare_part_finish (PlModem *self, GAsyncResult *result, GError **error);
void pl_modem_send_prepared_async (PlModem *self, const char *handle, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
int pl_modem_send_prepared_finish (PlModem *self, GAsyncResult *result, GError **error);

/** No-reply forwarding (+CCFC reason 2): the number it goes to, "" when off. */
void pl_modem_get_forwarding_async (PlModem *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
char *pl_modem_get_forwarding_finish (PlModem *self, GAsyncResult *result, GError **error);
void pl_modem_erase_forwarding_async (PlModem *self, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);

/** A code for the network (USSD, "*100#"): the result is what it says. A question of its own is
 * not answered. */
void pl_modem_ussd_async (PlModem *self, const char *code, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);
char *pl_modem_ussd_finish (PlModem *self, GAsyncResult *result, GError **error);

void pl_modem_reset_async (PlModem *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);

/** For all methods whose only result is success. */
gboolean pl_modem_finish (PlModem *self, GAsyncResult *result, GError **error);

/** TRUE if @number may reach a modem: 1 to PL_MAX_NUMBER of [0-9*#+], + only first. */
gboolean pl_modem_is_number (const char *number);

/** TRUE if @pin is four to eight digits. */
gboolean pl_modem_is_pin (const char *pin);

G_END_DECLS
