/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-store"

#include "simbox/store-private.h"

#include "base/limits.h"
#include "proto/dial-rules.h"

#include <gio/gio.h>
#include <string.h>

/* Texts by whom they are with, what of them was read, and what is deleted. */

void
pl_thread_free (PlThread *self)
{
  if (self == NULL)
    return;
  g_free (self->number);
  g_free (self->name);
  pl_text_free (self->last);
  g_free (self);
}

/* --- threads --- */

/* A number may be there with its country and without. Those that are the same end the same, so
 * that each is compared with few others: without what stands before them, in no more digits
 * than the shortest have that may be there with a country. */
#define TAIL 3

typedef struct {
  PlStore *store;
  GPtrArray *threads; /* of PlThread, newest first */
  GHashTable *tails;  /* of GPtrArray of PlThread, by the last digits */
} Sorter;

static GPtrArray *
find_tail (Sorter *sorter, const char *number)
{
  const char *digits = number + strspn (number, "+0");
  size_t len = strlen (digits);
  const char *tail = digits + (len > TAIL ? len - TAIL : 0);
  GPtrArray *list = g_hash_table_lookup (sorter->tails, tail);

  if (list == NULL) {
    list = g_ptr_array_new ();
    g_hash_table_insert (sorter->tails, g_strdup (tail), list);
  }
  return list;
}

static PlThread *
find_thread (Sorter *sorter, const char *number)
{
  GPtrArray *list = find_tail (sorter, number);

  for (guint i = 0; i < list->len; i++) {
    PlThread *thread = g_ptr_array_index (list, i);
    if (strcmp (thread->number, number) == 0
        || pl_dial_same_number (pl_store_get_country (sorter->store), thread->number, number))
      return thread;
  }
  PlThread *thread = g_new0 (PlThread, 1);
  thread->number = g_strdup (number);
  g_ptr_array_add (list, thread);
  g_ptr_array_add (sorter->threads, thread);
  return thread;
}

static gboolean
sort_texts (Sorter *sorter, GError **error)
{
  int result;
  sqlite3_stmt *rows
      = pl_store_bind (sorter->store, error,
                       "SELECT coalesce (number, ''), max (row), sum (read = 0) FROM texts"
                       " WHERE seq IS NOT NULL GROUP BY number ORDER BY 2 DESC",
                       "");

  if (rows == NULL)
    return FALSE;
  while ((result = pl_store_step (sorter->store, rows, error)) == SQLITE_ROW) {
    PlThread *thread = find_thread (sorter, (const char *) sqlite3_column_text (rows, 0));
    thread->last_row = MAX (thread->last_row, sqlite3_column_int64 (rows, 1));
    thread->unread += sqlite3_column_int (rows, 2);
  }
  return result == SQLITE_DONE;
}

static GPtrArray *
make_threads (PlStore *self, GError **error)
{
  g_autoptr (GPtrArray) threads
      = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_thread_free);
  g_autoptr (GHashTable) tails = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                        (GDestroyNotify) g_ptr_array_unref);
  Sorter sorter = { self, threads, tails };

  return sort_texts (&sorter, error) ? g_steal_pointer (&threads) : NULL;
}

static gboolean
fill_thread (PlStore *self, PlThread *thread, GError **error)
{
  thread->last = pl_store_get_text (self, thread->last_row, error);
  if (thread->last == NULL)
    return FALSE;
  thread->name = g_strdup (thread->last->name);
  return TRUE;
}

/* By rows, which texts keep: a report for an old text does not make it the last one. */
GPtrArray *
pl_store_list_threads (PlStore *self, int64_t before_row, guint limit, GError **error)
{
  guint n = 0;

  g_autoptr (GPtrArray) threads = make_threads (self, error);
  if (threads == NULL)
    return NULL;
  while (before_row > 0 && n < threads->len
         && ((const PlThread *) g_ptr_array_index (threads, n))->last_row >= before_row)
    n++;
  if (n > 0)
    g_ptr_array_remove_range (threads, 0, n);
  if (threads->len > limit)
    g_ptr_array_set_size (threads, (int) limit);
  for (guint i = 0; i < threads->len; i++)
    if (!fill_thread (self, g_ptr_array_index (threads, i), error))
      return NULL;
  return g_steal_pointer (&threads);
}

/* --- read --- */

gboolean
pl_store_count_unread (PlStore *self, guint *n, GError **error)
{
  int64_t count;

  if (!pl_store_number (
          self, error, &count, /* fallback = */ 0,
          pl_store_bind (self, error,
                         "SELECT count(*) FROM texts WHERE read = 0 AND seq IS NOT NULL", "")))
    return FALSE;
  *n = (guint) count;
  return TRUE;
}

#define OF_NUMBER_UP_TO "seq <= ?1 AND same_number (number, ?2)"

gboolean
pl_store_mark_read (PlStore *self, const char *number, int64_t seq, guint *n, GError **error)
{
  int64_t count;

  if (!pl_store_number (
          self, error, &count, /* fallback = */ 0,
          pl_store_bind (self, error,
                         "SELECT count(*) FROM texts WHERE read = 0 AND " OF_NUMBER_UP_TO, "is",
                         seq, number)))
    return FALSE;
  *n = (guint) count;
  return count == 0
         || pl_store_run (self, error,
                          "UPDATE texts SET read = 1 WHERE read = 0 AND " OF_NUMBER_UP_TO, "is",
                          seq, number);
}

/* --- deleted --- */

static gboolean
check_sent (PlStore *self, int64_t row, GError **error)
{
  int64_t waiting;

  if (!pl_store_number (
          self, error, &waiting, /* fallback = */ 0,
          pl_store_bind (self, error,
                         "SELECT 1 FROM out_parts WHERE text = ? AND state < ? LIMIT 1", "ii",
                         row, (int64_t) PL_PART_SENT)))
    return FALSE;
  if (!waiting)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                       "a text that is being sent cannot be deleted yet");
  return FALSE;
}

GArray *
pl_store_find_rows (PlStore *self, const char *number, int64_t seq, GError **error)
{
  g_autoptr (GArray) list
      = g_array_new (/* zero_terminated = */ FALSE, /* clear = */ FALSE, sizeof (int64_t));
  sqlite3_stmt *rows
      = number ? pl_store_bind (self, error, "SELECT row FROM texts WHERE " OF_NUMBER_UP_TO,
                                "is", seq, number)
               : pl_store_bind (self, error, "SELECT row FROM texts WHERE seq = ?", "i", seq);
  int result;

  if (rows == NULL)
    return NULL;
  while ((result = pl_store_step (self, rows, error)) == SQLITE_ROW) {
    int64_t row = sqlite3_column_int64 (rows, 0);
    g_array_append_val (list, row);
  }
  if (result != SQLITE_DONE)
    return NULL;
  for (guint i = 0; i < list->len; i++)
    if (!check_sent (self, g_array_index (list, int64_t, i), error))
      return NULL;
  return g_steal_pointer (&list);
}

static gboolean
delete_one (PlStore *self, int64_t row, GError **error)
{
  int64_t seq;

  return pl_store_next_seq (self, &seq, error)
         && pl_store_run (self, error,
                          "INSERT INTO deleted SELECT ?, id FROM texts WHERE row = ?", "ii",
                          seq, row)
         && pl_store_run (self, error, "DELETE FROM texts WHERE row = ?", "i", row);
}

static gboolean
delete_all (PlStore *self, GArray *rows, GError **error)
{
  for (guint i = 0; i < rows->len; i++)
    if (!delete_one (self, g_array_index (rows, int64_t, i), error))
      return FALSE;
  return pl_store_run (self, error,
                       "DELETE FROM deleted WHERE seq <= (SELECT seq FROM deleted"
                       " ORDER BY seq DESC LIMIT 1 OFFSET ?)",
                       "i", (int64_t) PL_MAX_DELETIONS);
}

gboolean
pl_store_delete_texts (PlStore *self, GArray *rows, GError **error)
{
  pl_store_make_room (self, /* on = */ TRUE);
  gboolean ok = pl_store_begin (self, error)
                && pl_store_end (self, delete_all (self, rows, error), error);
  pl_store_make_room (self, /* on = */ FALSE);
  return ok;
}

GPtrArray *
pl_store_list_changes (PlStore *self, int64_t after_seq, guint limit, GError **error)
{
  int64_t most = limit && limit < PL_MAX_LIST ? limit : PL_MAX_LIST;

  return pl_store_read_texts (
      self,
      pl_store_bind (self, error,
                     "SELECT " PL_TEXT_COLUMNS "WHERE t.seq > ?1 UNION ALL"
                     " SELECT 0, seq, id, 0, NULL, '', ?2, NULL, 0, 0, 0, 0, 1 FROM deleted"
                     " WHERE seq > ?1 ORDER BY 2 LIMIT ?3",
                     "iii", after_seq, (int64_t) PL_TEXT_DELETED, most),
      error);
}

gboolean
pl_store_was_deleted (PlStore *self, const char *id, GError **error)
{
  int64_t n;

  return pl_store_number (
             self, error, &n, /* fallback = */ 0,
             pl_store_bind (self, error, "SELECT count (*) FROM deleted WHERE id = ?", "s", id))
         && n > 0;
}
