/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/clock.h"
#include "base/step.h"

#include <glib.h>

/**
 * PlOutbox: the life of outgoing texts, part by part, so that each part is sent once whatever
 * is killed in between.
 *
 * A part is written into the modem's store, its handle is saved, only then is it sent from
 * there. Whoever does not know whether it went out asks the modem (a sweep), never guesses.
 * One thing at a time: each op but `save` is answered by the report of its name before the
 * outbox asks for the next.
 */
typedef struct _PlOutbox PlOutbox;

typedef enum {
  PL_PART_QUEUED = 1,
  PL_PART_PREPARING, /* being written into the modem's store; saved as QUEUED */
  PL_PART_PREPARED,  /* there, and known not to have been sent */
  PL_PART_SENDING,   /* handle saved, the modem was told to send, or is about to be */
  PL_PART_UNSURE,    /* the answer got lost: the next sweep tells; saved as SENDING */
  PL_PART_SENT,      /* the network has it */
  PL_PART_DELIVERED,
  PL_PART_FAILED, /* for good, with a reason */
} PlPartState;

typedef struct {
  int64_t text; /* row of the text */
  guint number; /* 1 to total */
  guint total;
  guint state;  /* PlPartState */
  char *handle; /* in the modem's store; NULL: none */
  int mr;       /* message reference, -1: not known */
  char *reason; /* FAILED: why; else why it still waits, or NULL */
} PlOutPart;

typedef enum {
  PL_SEND_ERROR_TEMPORARY = 1, /* no network, no modem: waits, a day at most */
  PL_SEND_ERROR_REFUSED,       /* the network or the modem said no: a few tries */
  PL_SEND_ERROR_FINAL,         /* will never do */
} PlSendError;

typedef struct {
  /** Makes @part durable, and its text's state with it. FALSE: it could not; nothing is sent
   * that is not saved. */
  gboolean (*save) (const PlOutPart *part, gpointer user_data);
  void (*prepare) (const PlOutPart *part, gpointer user_data);
  void (*send) (const PlOutPart *part, gpointer user_data);
  /** Takes a part that went out from the modem's store. */
  void (*remove) (const char *handle, gpointer user_data);
  void (*sweep) (gpointer user_data);
} PlOutboxOps;

PlOutbox *pl_outbox_new (const PlOutboxOps *ops, gpointer user_data);
void pl_outbox_free (PlOutbox *self);

/** A part of a new text, or one that the store remembers from before a restart (then
 * @reloaded: what was on its way is unsure until the next sweep). Copies @part. Parts of a text
 * in order. */
void pl_outbox_add (PlOutbox *self, const PlOutPart *part, gboolean reloaded, int64_t now_us);

/** @text is deleted: what was sent of it waits for no report any more. What is being sent
 * stays. */
void pl_outbox_forget (PlOutbox *self, int64_t text);

/** What it asks for may be asked now: the modem is ready and nothing else uses it. */
void pl_outbox_run (PlOutbox *self, int64_t now_us);
gboolean pl_outbox_is_busy (const PlOutbox *self);
/** Parts that have not been sent yet. */
guint pl_outbox_count_waiting (const PlOutbox *self);

/** The modem has the part at @handle. */
void pl_outbox_prepared (PlOutbox *self, const char *handle, int64_t now_us);
void pl_outbox_sent (PlOutbox *self, int mr, int64_t now_us);
/** `prepare` or `send` failed. */
void pl_outbox_failed (PlOutbox *self, PlSendError kind, const char *reason, int64_t now_us);
/** `remove` is done, well or not. */
void pl_outbox_removed (PlOutbox *self, int64_t now_us);

/** One text of ours that a sweep found. Returns FALSE where the outbox knows nothing of it. */
gboolean pl_outbox_swept (PlOutbox *self, const char *handle, gboolean went_out);
/** A sweep has been through: parts it did not list are not in the modem any more. */
void pl_outbox_sweep_done (PlOutbox *self, int64_t now_us);

/** A delivery report for message reference @mr; FALSE where no part waits for it. @matches
 * tells whether a text went to the number of the report. */
typedef gboolean (*PlOutboxMatchFunc) (int64_t text, gpointer user_data);
gboolean pl_outbox_reported (PlOutbox *self, int mr, guint8 status, PlOutboxMatchFunc matches,
                             gpointer user_data);

/** Time has passed: gives up what waited for a day. */
void pl_outbox_expire (PlOutbox *self, int64_t now_us);
/** The network is back: what waited for it is tried at once. */
void pl_outbox_network_came (PlOutbox *self, int64_t now_us);
int64_t pl_outbox_get_deadline (const PlOutbox *self);

extern const PlMachine pl_outbox_machine;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlOutbox, pl_outbox_free)
