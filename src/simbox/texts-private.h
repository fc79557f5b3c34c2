/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/clock.h"
#include "simbox/texts.h"

/* Between texts.c (what goes out, and when something is asked of the modem), texts-incoming.c
 * (what a sweep brings) and texts-kept.c (what is read and deleted). */

struct _PlTexts {
  GObject parent;
  PlStore *store;
  PlModem *modem;
  const PlDialRules *rules;
  PlOutbox *outbox;
  GSource *idle; /* ready when there is something to do or to tell */
  PlDeadline *minute, *outbox_deadline, *gap_deadline;
  int64_t gap_time;
  GQueue gaps;     /* of texts that miss parts, in order of time */
  GArray *changed; /* of int64_t: rows that observers have not been told of */
  gboolean running, ready;
  gboolean sweep_wanted;
  gboolean sweeping;         /* until the last deletion is answered */
  gboolean swept;            /* at least once: the outbox knows what went out */
  gboolean orphans_expected; /* a part was being prepared when the box was stopped */
  guint deleting;
  GPtrArray *deleted; /* keys (GBytes) of copies that the modem has deleted, not yet saved */
  char *problem;      /* of the store, as observers know it */
};

/** How long a text waits for its missing parts, counted from now; for tests. */
void pl_texts_set_gap_time (PlTexts *self, int64_t gap_us);

/** There may be something to do for the modem. */
void pl_texts_wake (PlTexts *self);
/** Observers will be told of this text. */
void pl_texts_announce (PlTexts *self, int64_t row);
void pl_texts_emit_operator_mail (PlTexts *self, int n);
void pl_texts_emit_problem_changed (PlTexts *self);
void pl_texts_emit_read (PlTexts *self, const char *number, int64_t seq);
void pl_texts_emit_deleted (PlTexts *self, const char *number, int64_t seq, GArray *seqs);

/** Lists what the modem has, keeps it and deletes it there; `sweeping` until that is done. */
void pl_texts_run_sweep (PlTexts *self);
/** This text is shown when its time is over, complete or not. */
void pl_texts_expect_rest (PlTexts *self, int64_t row);
/** PlExpiredFunc of the gap deadline. */
void pl_texts_gap_time_over (gpointer user_data);
void pl_texts_restart_gaps (PlTexts *self);
void pl_texts_clear_gaps (PlTexts *self);
