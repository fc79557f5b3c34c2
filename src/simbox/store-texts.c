/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-store"

#include "simbox/store-private.h"

#include "base/limits.h"

#include <string.h>

/* Texts that clients see: lists, and the state of outgoing ones. */

void
pl_text_free (PlText *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->number);
  g_free (self->name);
  g_free (self->text);
  g_free (self->reason);
  g_free (self);
}

const char *
pl_text_state_name (PlTextState state)
{
  static const char *const names[]
      = { NULL, "received", "queued", "handed-over", "sent", "delivered", "failed", "deleted" };
  return names[state];
}

static PlText *
read_text (PlStore *self, sqlite3_stmt *row)
{
  PlText *text = g_new0 (PlText, 1);

  text->row = sqlite3_column_int64 (row, 0);
  text->seq = sqlite3_column_int64 (row, 1);
  text->id = pl_store_column (row, 2);
  text->outgoing = sqlite3_column_int (row, 3);
  text->number = pl_store_column (row, 4);
  text->text = pl_store_column (row, 5);
  text->state = sqlite3_column_int (row, 6);
  text->reason = pl_store_column (row, 7);
  text->time_us = sqlite3_column_int64 (row, 8);
  text->parts = sqlite3_column_int (row, 9);
  text->missing = sqlite3_column_int (row, 10);
  text->flash = sqlite3_column_int (row, 11);
  text->read = sqlite3_column_int (row, 12);
  text->name = pl_store_find_name (self, text->number);
  return text;
}

GPtrArray *
pl_store_read_texts (PlStore *self, sqlite3_stmt *rows, GError **error)
{
  int result;

  if (rows == NULL)
    return NULL;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_text_free);
  while ((result = pl_store_step (self, rows, error)) == SQLITE_ROW)
    g_ptr_array_add (texts, read_text (self, rows));
  return result == SQLITE_DONE ? g_steal_pointer (&texts) : NULL;
}

char *
pl_store_fold (const char *text)
{
  g_autofree char *composed = g_utf8_normalize (text, /* len = */ -1, G_NORMALIZE_ALL_COMPOSE);
  return composed ? g_utf8_casefold (composed, /* len = */ -1) : g_strdup ("");
}

/* Whether a text is among those that a query asks for: ?2 is the number, ?3 what is in it. */
#define IS_ASKED_FOR                                                                           \
  "(?2 IS NULL OR same_number (t.number, ?2)) AND (?3 IS NULL OR instr (t.folded, ?3)) "

GPtrArray *
pl_store_list_texts (PlStore *self, const PlTextQuery *query, GError **error)
{
  int64_t limit = query->limit && query->limit < PL_MAX_LIST ? query->limit : PL_MAX_LIST;
  g_autofree char *folded = query->containing ? pl_store_fold (query->containing) : NULL;
  const char *sql = "SELECT " PL_TEXT_COLUMNS "WHERE t.seq > ?1 AND " IS_ASKED_FOR
                    "ORDER BY t.seq LIMIT ?4";
  int64_t from = query->after_seq;

  if (query->before_seq) {
    sql = "SELECT * FROM (SELECT " PL_TEXT_COLUMNS "WHERE t.seq < ?1 AND " IS_ASKED_FOR
          "ORDER BY t.seq DESC LIMIT ?4) ORDER BY seq";
    from = query->before_seq;
  }
  return pl_store_read_texts (
      self, pl_store_bind (self, error, sql, "issi", from, query->number, folded, limit),
      error);
}

static PlText *
read_one (PlStore *self, sqlite3_stmt *rows, GError **error)
{
  if (rows == NULL || pl_store_step (self, rows, error) != SQLITE_ROW)
    return NULL;
  PlText *text = read_text (self, rows);
  sqlite3_reset (rows);
  return text;
}

PlText *
pl_store_get_text (PlStore *self, int64_t row, GError **error)
{
  return read_one (
      self, pl_store_bind (self, error, "SELECT " PL_TEXT_COLUMNS "WHERE t.row = ?", "i", row),
      error);
}

PlText *
pl_store_find_text (PlStore *self, const char *id, GError **error)
{
  return read_one (
      self, pl_store_bind (self, error, "SELECT " PL_TEXT_COLUMNS "WHERE t.id = ?", "s", id),
      error);
}

static gboolean
insert_outgoing (PlStore *self, const PlText *text, int64_t *row, GError **error)
{
  int64_t seq;

  if (!pl_store_next_seq (self, &seq, error) || !pl_store_next_row (self, row, error)
      || !pl_store_run (self, error,
                        "INSERT INTO texts (row, seq, id, outgoing, number, text, folded,"
                        " state, time, parts, missing, flash)"
                        " VALUES (?1, ?2, ?3, 1, ?4, ?5, fold (?5), ?6, ?7, ?8, 0, 0)",
                        "iisssiii", *row, seq, text->id, text->number, text->text,
                        (int64_t) PL_TEXT_QUEUED, text->time_us, (int64_t) text->parts))
    return FALSE;
  for (guint i = 1; i <= text->parts; i++)
    if (!pl_store_run (self, error,
                       "INSERT INTO out_parts (text, number, state, mr) VALUES (?, ?, ?, -1)",
                       "iii", *row, (int64_t) i, (int64_t) PL_PART_QUEUED))
      return FALSE;
  return TRUE;
}

PlText *
pl_store_add_outgoing (PlStore *self, const char *id, const char *number, const char *text,
                       guint n_parts, int64_t now_us, GError **error)
{
  const PlText values = { .id = (char *) id,
                          .number = (char *) number,
                          .text = (char *) text,
                          .parts = n_parts,
                          .time_us = now_us };
  int64_t row = 0;

  if (!pl_store_begin (self, error)
      || !pl_store_end (self, insert_outgoing (self, &values, &row, error), error))
    return NULL;
  return pl_store_get_text (self, row, error);
}

/* The state of a text is that of its parts: the worst failure, else the least progress, but
 * handed over as soon as the modem has one. */
static PlTextState
state_of (const guint *n)
{
  guint waiting = n[PL_PART_QUEUED] + n[PL_PART_PREPARING];
  guint in_modem = n[PL_PART_PREPARED] + n[PL_PART_SENDING] + n[PL_PART_UNSURE];
  guint sent = n[PL_PART_SENT];

  if (n[PL_PART_FAILED])
    return PL_TEXT_FAILED;
  if (waiting)
    return in_modem + sent + n[PL_PART_DELIVERED] ? PL_TEXT_HANDED_OVER : PL_TEXT_QUEUED;
  if (in_modem)
    return PL_TEXT_HANDED_OVER;
  return sent ? PL_TEXT_SENT : PL_TEXT_DELIVERED;
}

static gboolean
compute_state (PlStore *self, int64_t text, PlTextState *state, GError **error)
{
  guint n[PL_PART_FAILED + 1] = { 0 };
  int result;

  sqlite3_stmt *rows = pl_store_bind (
      self, error, "SELECT state, count(*) FROM out_parts WHERE text = ? GROUP BY state", "i",
      text);
  if (rows == NULL)
    return FALSE;
  while ((result = pl_store_step (self, rows, error)) == SQLITE_ROW) {
    int part_state = sqlite3_column_int (rows, 0);
    if (part_state > 0 && part_state <= PL_PART_FAILED)
      n[part_state] = sqlite3_column_int (rows, 1);
  }
  *state = state_of (n);
  return result == SQLITE_DONE;
}

/* The text gets a new number in the sequence where clients have something to learn. */
static gboolean
update_text (PlStore *self, const PlOutPart *part, gboolean *changed, GError **error)
{
  PlTextState state;
  int64_t same, seq;

  if (!compute_state (self, part->text, &state, error)
      || !pl_store_number (
          self, error, &same, /* fallback = */ 1,
          pl_store_bind (self, error,
                         "SELECT state = ? AND reason IS ? FROM texts WHERE row = ?", "isi",
                         (int64_t) state, part->reason, part->text)))
    return FALSE;
  *changed = !same;
  if (same)
    return TRUE;
  return pl_store_next_seq (self, &seq, error)
         && pl_store_run (self, error,
                          "UPDATE texts SET seq = ?, state = ?, reason = ? WHERE row = ?",
                          "iisi", seq, (int64_t) state, part->reason, part->text);
}

static gboolean
save_part (PlStore *self, const PlOutPart *part, gboolean *changed, GError **error)
{
  guint state = part->state;

  if (state == PL_PART_PREPARING)
    state = PL_PART_QUEUED;
  else if (state == PL_PART_UNSURE)
    state = PL_PART_SENDING;
  /* The modem uses a place again: an earlier part that was there is not there any more. */
  if (part->handle
      && !pl_store_run (self, error, "UPDATE out_parts SET handle = NULL WHERE handle = ?", "s",
                        part->handle))
    return FALSE;
  return pl_store_run (self, error,
                       "UPDATE out_parts SET state = ?, handle = ?, mr = ?, reason = ?"
                       " WHERE text = ? AND number = ?",
                       "isisii", (int64_t) state, part->handle, (int64_t) part->mr,
                       part->reason, part->text, (int64_t) part->number)
         && update_text (self, part, changed, error);
}

gboolean
pl_store_save_out_part (PlStore *self, const PlOutPart *part, gboolean *changed, GError **error)
{
  *changed = FALSE;
  if (!pl_store_begin (self, error))
    return FALSE;
  return pl_store_end (self, save_part (self, part, changed, error), error);
}

gboolean
pl_store_foreach_out_part (PlStore *self, int64_t sent_after_us, PlStorePartFunc func,
                           gpointer user_data, GError **error)
{
  int result;
  sqlite3_stmt *rows = pl_store_bind (
      self, error,
      "SELECT p.text, p.number, t.parts, p.state, p.handle, p.mr, p.reason FROM out_parts p"
      " JOIN texts t ON t.row = p.text"
      " WHERE p.state < ?1 OR (p.state = ?1 AND t.time > ?2) ORDER BY p.text, p.number",
      "ii", (int64_t) PL_PART_SENT, sent_after_us);

  if (rows == NULL)
    return FALSE;
  while ((result = pl_store_step (self, rows, error)) == SQLITE_ROW) {
    const PlOutPart part = { .text = sqlite3_column_int64 (rows, 0),
                             .number = sqlite3_column_int (rows, 1),
                             .total = sqlite3_column_int (rows, 2),
                             .state = sqlite3_column_int (rows, 3),
                             .handle = (char *) sqlite3_column_text (rows, 4),
                             .mr = sqlite3_column_int (rows, 5),
                             .reason = (char *) sqlite3_column_text (rows, 6) };
    func (&part, user_data);
  }
  return result == SQLITE_DONE;
}
