/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/at-line.h"
#include "simbox/modem.h"

#include <stdint.h>

/**
 * PlAtQueue: one AT command at a time, each with its time-out, and the URCs in between.
 *
 *      closed
 *        |  +------ final ---------+------------- quiet for a while ------------+
 *        v  v                      |                                            |
 *      idle --send--> [prompt] --> busy --expired--> resync --final--> settling
 *                                                      |
 *                                                      +--expired--> silent
 *
 * After a time-out the answer may still come, and must not be taken for that of the next
 * command, nor its for the one after: AT+CMEE? is sent, whose answer can be told from others,
 * and nothing else until it has come whole (back to idle at once). A modem that does not know
 * it is waited for until the line is quiet.
 *
 * While somebody depends on the modem (pl_at_queue_set_hurry()) plain commands and the
 * question have less time: silent comes one time-out of a plain command after the first of
 * them.
 */
typedef struct _PlAtQueue PlAtQueue;

typedef struct {
  void (*write) (const char *data, size_t len, gpointer user_data);
  void (*urc) (const PlAtLine *line, gpointer user_data);
  /* The modem does not answer at all; nothing is sent until it is closed and opened. */
  void (*silent) (gpointer user_data);
} PlAtQueueOps;

typedef enum {
  PL_AT_URGENT = 1 << 0, /* before all that is not */
  PL_AT_ASKS = 1 << 1,   /* lines that fit it are its answer, not URCs */
  PL_AT_LAX = 1 << 2,    /* its OK may be missing after the answer (+CPIN?) */
  PL_AT_BLIND = 1 << 3,  /* no answer in time is as good as one (a reset) */
  PL_AT_FIRST = 1 << 4,  /* before the urgent ones too: they depend on it */
  PL_AT_LOCAL
      = 1 << 5, /* its own time-out is no excuse in a hurry: the modem need ask nobody */
} PlAtFlags;

typedef struct {
  const char *line; /* "AT+CSQ", without its end */
  const char *body; /* sent after the prompt and ended by Ctrl-Z; NULL: none */
  guint timeout_ms; /* 0: that of plain commands */
  PlAtFlags flags;
} PlAtCommand;

/** Valid during the callback. */
typedef struct {
  const GError *error; /* NULL: OK. PL_MODEM_ERROR_FAILED, _TIMEOUT or _GONE */
  int code;            /* of +CME ERROR or +CMS ERROR, -1: none */
  const PlAtLine *const *lines;
  guint n_lines;
} PlAtAnswer;
typedef void (*PlAtDone) (const PlAtAnswer *answer, gpointer user_data);

/** Closed at first. @answer_ms: time-out of plain commands. */
PlAtQueue *pl_at_queue_new (guint answer_ms, const PlAtQueueOps *ops, gpointer user_data);

/** All that waits ends with PL_MODEM_ERROR_GONE. */
void pl_at_queue_free (PlAtQueue *self);

/** @done is called exactly once, from the main loop or from one of the functions here; it may
 * be NULL. A line with a control character is refused: @done gets PL_MODEM_ERROR_INVALID. */
void pl_at_queue_add (PlAtQueue *self, const PlAtCommand *command, PlAtDone done,
                      gpointer user_data);

/** In a hurry plain and PL_AT_LOCAL commands have two fifths of a plain command's time, also
 * the one that is being answered, and the question after them the other three. */
void pl_at_queue_set_hurry (PlAtQueue *self, gboolean hurry);

/** What the port read. */
void pl_at_queue_feed (PlAtQueue *self, const uint8_t *data, size_t len);

/** The port is there. */
void pl_at_queue_open (PlAtQueue *self);

/** Ends all that waits with PL_MODEM_ERROR_GONE and @why, and forgets half lines. What is added
 * until pl_at_queue_open() ends likewise. */
void pl_at_queue_close (PlAtQueue *self, const char *why);

/** @line with numbers, texts and PINs hashed (pl_private()), for the log; free with g_free().
 */
char *pl_at_hide (const char *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAtQueue, pl_at_queue_free)
