/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/store.h"

#include <sqlite3.h>

/** Of the table `texts t`. */
#define PL_TEXT_COLUMNS                                                                        \
  "t.row, t.seq, t.id, t.outgoing, t.number, t.text, t.state, t.reason, t.time, t.parts,"      \
  " t.missing, t.flash, t.read FROM texts t "

/* Statements are prepared once and kept; each is used up or reset before the next call into the
 * store returns. */

/** Prepares (once) and binds @sql: @types has one letter for each value: i (int64_t), s (const
 * char *, may be NULL), b (GBytes *, may be NULL). NULL on error. Owned by the store; reset
 * with sqlite3_reset(). */
sqlite3_stmt *pl_store_bind (PlStore *self, GError **error, const char *sql, const char *types,
                             ...);
/** The same, run to its end; rows are dropped. */
gboolean pl_store_run (PlStore *self, GError **error, const char *sql, const char *types, ...);
/** One step: SQLITE_ROW, SQLITE_DONE (the statement is reset then), or -1 with @error. */
int pl_store_step (PlStore *self, sqlite3_stmt *statement, GError **error);
/** The one integer that a query gives, @fallback where it has no row. */
gboolean pl_store_number (PlStore *self, GError **error, int64_t *number, int64_t fallback,
                          sqlite3_stmt *statement);
int64_t pl_store_last_row (PlStore *self);
/** A copy of a text column; NULL where it is NULL. */
char *pl_store_column (sqlite3_stmt *statement, int column);
/** The next number of the one sequence. Inside a transaction. */
gboolean pl_store_next_seq (PlStore *self, int64_t *seq, GError **error);
/** The same, of a new text's row. */
gboolean pl_store_next_row (PlStore *self, int64_t *row, GError **error);
/** @text as it is searched for: without case, and composed. Free with g_free(). */
char *pl_store_fold (const char *text);
/** Texts of a statement that selects PL_TEXT_COLUMNS; NULL on error. */
GPtrArray *pl_store_read_texts (PlStore *self, sqlite3_stmt *rows, GError **error);
/** While @on a deletion has the room that it takes for a moment, however full the store is. */
void pl_store_make_room (PlStore *self, gboolean on);
/** Ends a transaction as @ok says; FALSE where it was not kept. */
gboolean pl_store_end (PlStore *self, gboolean ok, GError **error);
