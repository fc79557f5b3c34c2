/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/clock.h"
#include "base/step.h"
#include "proto/at-parse.h"
#include "simbox/at-finder.h"
#include "simbox/at-port.h"
#include "simbox/at-profile.h"
#include "simbox/at-queue.h"
#include "simbox/modem-at.h"

/* The parts of PlModemAt: one file each, with its own group of fields. */

enum {
  PL_MODEM_AT_OPENED = 1, /* the port */
  PL_MODEM_AT_GONE,       /* the port, or the modem restarts */
  PL_MODEM_AT_SILENCE,    /* it does not answer */
  PL_MODEM_AT_NO_CARD,
  PL_MODEM_AT_CARD_LOCKED,
  PL_MODEM_AT_CARD_READY,
  PL_MODEM_AT_REGISTERED,
  PL_MODEM_AT_UNREGISTERED,
  PL_MODEM_AT_REFUSED,
  PL_MODEM_AT_GIVEN_UP, /* the ladder has no more rungs */
  PL_MODEM_AT_N_EVENTS,
};

typedef struct {
  GPtrArray *list; /* of calls, private to modem-at-calls.c */
  guint next_id;
  PlDeadline *timer; /* the earliest of what the calls and the next poll wait for */
  int64_t poll_at_us;
  gboolean asking; /* +CLCC is on its way, since: */
  int64_t asked_at_us;
  gboolean ask_again;
  gboolean over_told; /* NO CARRIER came, which says not of which call */
  PlAtCaller caller;  /* of the last +CLIP or +CCWA, until a call is found for it */
  gboolean caller_known;
} PlModemAtCalls;

typedef struct {
  gboolean on;
  gboolean starting;
  gboolean repaired;  /* in this call */
  gboolean refused;   /* in this call: it has no sound */
  gboolean restarted; /* the modem, because of that, and no call had sound since */
  guint tries;        /* left, of a command that is refused before the call is through */
  PlDeadline *retry;
} PlModemAtAudio;

typedef struct {
  gboolean ready;
  guint news;        /* the way of telling of texts that is being tried */
  char *primary;     /* where new ones go, and ours wait */
  GStrv stores;      /* all that are swept */
  GPtrArray *direct; /* of DirectText: came without being stored */
  guint next_direct;
  PlDeadline *retry; /* of the setup: the card was not done with its start */
} PlModemAtTexts;

typedef struct {
  gboolean pin_failed;      /* a try was refused since the card was last ready */
  gboolean own_pin_refused; /* that of the options: not tried again */
  gboolean tries_asked;     /* since the last try */
  guint busy_looks;
  PlDeadline *check; /* the card is looked at again */
} PlModemAtSetup;

typedef struct {
  GTask *task; /* NULL: none is under way */
  PlDeadline *timer;
} PlModemAtUssd;

struct _PlModemAt {
  GObject parent;

  char *device, *vendor, *pin, *storage;
  char *root; /* NULL: the device was given */
  gboolean pcm_auto;
  PlAtPcm pcm;
  guint audio_rate;
  guint answer_ms;

  PlAtFinder *finder; /* while the device is looked for */
  PlAtPort *port;
  PlAtQueue *queue;
  const PlAtProfile *profile;
  guint state; /* a PlModemState */
  gboolean started;

  PlModemStatus status;         /* its strings are ours */
  PlAtRegState registration[2]; /* +CREG and +CEREG */
  PlDeadline *tick;
  guint n_ticks;

  guint rung; /* of the ladder: how often it fell silent in a row */
  int64_t silent_at_us;
  PlDeadline *again; /* the ladder's next look */

  PlModemAtSetup setup;
  PlModemAtCalls calls;
  PlModemAtAudio audio;
  PlModemAtTexts texts;
  PlModemAtUssd ussd;
};

/* modem-at.c */

/** For its drawing. */
extern const PlMachine pl_modem_at_machine;

void pl_modem_at_step (PlModemAt *self, guint event);
/** Adds a command whose callback gets @self. */
void pl_modem_at_ask (PlModemAt *self, const PlAtCommand *command, PlAtDone done);
/** A plain command whose refusal does not matter. */
void pl_modem_at_say (PlModemAt *self, const char *line);
/** Adds a command that @task waits for; @done gets the task and returns it. */
void pl_modem_at_run (PlModemAt *self, const PlAtCommand *command, PlAtDone done, GTask *task);
/** A PlAtDone for such a task: OK is TRUE, all else its error. */
void pl_modem_at_return_plain (const PlAtAnswer *answer, gpointer task);
/** TRUE, and takes the task, if the modem cannot do it now. */
gboolean pl_modem_at_refuses (PlModemAt *self, GTask *task);
void pl_modem_at_return_error (GTask *task, const GError *error);
/** Opens self->device, now and whenever it comes back. */
void pl_modem_at_open_port (PlModemAt *self);

/* modem-at-find.c */

/** With --modem auto: the modem is gone from where it was. */
void pl_modem_at_find (PlModemAt *self);

/* modem-at-status.c */

/** Replaces one string of the status; tells whether it was another one. */
gboolean pl_modem_at_set_string (const char **field, const char *value);
void pl_modem_at_set_problem (PlModemAt *self, const char *problem);
void pl_modem_at_status_changed (PlModemAt *self);
void pl_modem_at_status_init (PlModemAt *self);
void pl_modem_at_status_free (PlModemAt *self);
/** Forgets what was learned of the modem and its network. */
void pl_modem_at_status_clear (PlModemAt *self);
/** Asks for all of it, and for news of the registration. */
void pl_modem_at_status_start (PlModemAt *self);
void pl_modem_at_status_poll (PlModemAt *self);
gboolean pl_modem_at_status_urc (PlModemAt *self, const char *line);

/* modem-at-setup.c */

void pl_modem_at_setup_init (PlModemAt *self);
void pl_modem_at_setup_clear (PlModemAt *self);
void pl_modem_at_setup_start (PlModemAt *self);
void pl_modem_at_setup_stop (PlModemAt *self);
void pl_modem_at_setup_ready (PlModemAt *self);
void pl_modem_at_setup_check_card (PlModemAt *self);
gboolean pl_modem_at_setup_urc (PlModemAt *self, const char *line);
void pl_modem_at_enter_pin (PlModem *modem, const char *pin, GTask *task);

/* modem-at-calls.c */

void pl_modem_at_calls_init (PlModemAt *self);
void pl_modem_at_calls_clear (PlModemAt *self);
void pl_modem_at_calls_lost (PlModemAt *self);
gboolean pl_modem_at_calls_urc (PlModemAt *self, const char *line);
void pl_modem_at_dial (PlModem *modem, const char *number, gboolean hide, GTask *task);
void pl_modem_at_answer (PlModem *modem, guint call, GTask *task);
void pl_modem_at_hang_up (PlModem *modem, guint call, GTask *task);
void pl_modem_at_send_dtmf (PlModem *modem, guint call, const char *digits, GTask *task);
void pl_modem_at_chld (PlModem *modem, PlModemChld what, GTask *task);

/* modem-at-audio.c */

void pl_modem_at_audio_init (PlModemAt *self);
void pl_modem_at_audio_clear (PlModemAt *self);
/** Before a call is made or taken, once one is active, and when the last one has ended. */
void pl_modem_at_audio_prepare (PlModemAt *self);
void pl_modem_at_audio_connected (PlModemAt *self);
void pl_modem_at_audio_end (PlModemAt *self);

/* modem-at-texts.c */

void pl_modem_at_texts_init (PlModemAt *self);
void pl_modem_at_texts_clear (PlModemAt *self);
void pl_modem_at_texts_start (PlModemAt *self);
void pl_modem_at_texts_stop (PlModemAt *self);
void pl_modem_at_texts_waiting (PlModemAt *self);
gboolean pl_modem_at_texts_urc (PlModemAt *self, const PlAtLine *line);
void pl_modem_at_sweep (PlModem *modem, GTask *task);
void pl_modem_at_delete_text (PlModem *modem, const char *handle, GTask *task);
guint pl_modem_at_count_parts (PlModem *modem, const char *text);
void pl_modem_at_prepare_part (PlModem *modem, const char *number, const char *text, guint part,
                               guint16 ref, GTask *task);
void pl_modem_at_send_prepared (PlModem *modem, const char *handle, GTask *task);

/* modem-at-forward.c */

void pl_modem_at_get_forwarding (PlModem *modem, GTask *task);
void pl_modem_at_erase_forwarding (PlModem *modem, GTask *task);

/* modem-at-ussd.c */

void pl_modem_at_ussd_init (PlModemAt *self);
void pl_modem_at_ussd_clear (PlModemAt *self);
void pl_modem_at_ussd_lost (PlModemAt *self);
gboolean pl_modem_at_ussd_urc (PlModemAt *self, const char *line);
void pl_modem_at_ussd (PlModem *modem, const char *code, GTask *task);

/* modem-at-reset.c */

void pl_modem_at_reset_init (PlModemAt *self);
/** It does not answer: the next rung. */
void pl_modem_at_reset_silent (PlModemAt *self);
/** It said something while its restart is waited for. */
void pl_modem_at_reset_heard (PlModemAt *self);
/** Its port is gone: nothing is left to be waited for. */
void pl_modem_at_reset_vanished (PlModemAt *self);
/** It restarted by itself. */
void pl_modem_at_reset_restarted (PlModemAt *self);
void pl_modem_at_reset (PlModem *modem, GTask *task);
/** The modem restarts now, whatever its state; @why: a sentence for the owner. */
void pl_modem_at_reset_now (PlModemAt *self, const char *why);
