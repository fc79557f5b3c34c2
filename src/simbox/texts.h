/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/dial-rules.h"
#include "simbox/modem.h"
#include "simbox/store.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * PlTexts: the texts of the box, in and out.
 *
 * In: the modem's store is swept at the start, when it says that texts wait, after calls and
 * each minute; what is there is committed to the store, then deleted from the modem. A long
 * text whose parts do not all come is shown after ten minutes with its gaps, and completed
 * later. Out: PlOutbox. Delivery reports are matched by reference and number, newest first.
 *
 * Signals:
 *   "text-changed" (const PlText *)  a text came, or its state changed; it has a new seq
 *   "operator-mail" (int)            the operator's voicemail has so many messages; -1: some
 *   "texts-read" (const char *number, int64)  all of that number up to this seq are read
 *   "texts-deleted" (const char *number, int64, GArray *)  all of that number up to this seq,
 *                                    or (number NULL) those of these seqs (int64_t), are gone
 *   "problem-changed" ()             pl_store_get_problem() has news: texts wait in the modem,
 *                                    or do not any more
 */
#define PL_TYPE_TEXTS (pl_texts_get_type ())
G_DECLARE_FINAL_TYPE (PlTexts, pl_texts, PL, TEXTS, GObject)

/** @store and @rules are borrowed and outlive it. */
PlTexts *pl_texts_new (PlStore *store, PlModem *modem, const PlDialRules *rules);
void pl_texts_start (PlTexts *self);
/** Nothing is asked of the modem any more. */
void pl_texts_stop (PlTexts *self);

/** Takes a text over: it is in the store when this returns. The same @id (1 to 64 printable
 * characters) again is the same text. PL_RULES_ERROR, PL_STORE_ERROR; G_IO_ERROR with
 * INVALID_ARGUMENT for an id or a text that is none. */
PlText *pl_texts_send (PlTexts *self, const char *id, const char *to, const char *text,
                       GError **error);

/** All texts of @number ("": those without one) up to @seq are read. PL_STORE_ERROR. */
gboolean pl_texts_mark_read (PlTexts *self, const char *number, int64_t seq, GError **error);

/** Deletes all texts of @number up to @seq, or nothing: PL_STORE_ERROR; G_IO_ERROR_BUSY where
 * one of them is not sent yet. */
gboolean pl_texts_delete_thread (PlTexts *self, const char *number, int64_t seq,
                                 GError **error);
/** The same, of texts by their @seqs (int64_t); those that are not there are left out.
 * G_IO_ERROR_NOT_FOUND: none of them is. */
gboolean pl_texts_delete (PlTexts *self, GArray *seqs, GError **error);

/** Looks into the modem's store soon. */
void pl_texts_sweep (PlTexts *self);

G_END_DECLS
