/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-store"

#include "simbox/store-private.h"

#include "base/limits.h"

/* Calls, voicemails, settings, counters. */

void
pl_call_record_free (PlCallRecord *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->number);
  g_free (self->name);
  g_free (self->client);
  g_free (self->reason);
  g_free (self);
}

gboolean
pl_store_add_call (PlStore *self, const PlCallRecord *record, GError **error)
{
  return pl_store_run (self, error,
                       "INSERT INTO calls (id, outgoing, number, withheld, client, reason,"
                       " voicemail, began, answered, ended)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       "sisissiiii", record->id, (int64_t) record->outgoing, record->number,
                       (int64_t) record->withheld, record->client, record->reason,
                       (int64_t) record->voicemail, record->began_us, record->answered_us,
                       record->ended_us);
}

static PlCallRecord *
read_call (PlStore *self, sqlite3_stmt *row)
{
  PlCallRecord *record = g_new0 (PlCallRecord, 1);

  record->seq = sqlite3_column_int64 (row, 0);
  record->id = pl_store_column (row, 1);
  record->outgoing = sqlite3_column_int (row, 2);
  record->number = pl_store_column (row, 3);
  record->withheld = sqlite3_column_int (row, 4);
  record->client = pl_store_column (row, 5);
  record->reason = pl_store_column (row, 6);
  record->voicemail = sqlite3_column_int (row, 7);
  record->began_us = sqlite3_column_int64 (row, 8);
  record->answered_us = sqlite3_column_int64 (row, 9);
  record->ended_us = sqlite3_column_int64 (row, 10);
  record->name = pl_store_find_name (self, record->number);
  return record;
}

GPtrArray *
pl_store_list_calls (PlStore *self, int64_t before_seq, guint limit, GError **error)
{
  int64_t most = limit && limit < PL_MAX_LIST ? limit : PL_MAX_LIST;
  int result;
  sqlite3_stmt *rows = pl_store_bind (
      self, error,
      "SELECT seq, id, outgoing, number, withheld, client, reason, voicemail, began, answered,"
      " ended FROM calls WHERE ?1 = 0 OR seq < ?1 ORDER BY seq DESC LIMIT ?2",
      "ii", before_seq, most);

  if (rows == NULL)
    return NULL;
  g_autoptr (GPtrArray) calls
      = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_call_record_free);
  while ((result = pl_store_step (self, rows, error)) == SQLITE_ROW)
    g_ptr_array_add (calls, read_call (self, rows));
  return result == SQLITE_DONE ? g_steal_pointer (&calls) : NULL;
}

gboolean
pl_store_delete_calls (PlStore *self, int64_t seq, guint *n, GError **error)
{
  int64_t count;

  if (!pl_store_number (self, error, &count, /* fallback = */ 0,
                        pl_store_bind (self, error,
                                       "SELECT count(*) FROM calls WHERE ?1 = 0 OR seq = ?1",
                                       "i", seq)))
    return FALSE;
  *n = (guint) count;
  return count == 0
         || pl_store_run (self, error, "DELETE FROM calls WHERE ?1 = 0 OR seq = ?1", "i", seq);
}

gboolean
pl_store_count_missed (PlStore *self, int64_t after_seq, guint *missed, int64_t *last_seq,
                       GError **error)
{
  int64_t count;

  if (!pl_store_number (
          self, error, &count, /* fallback = */ 0,
          pl_store_bind (self, error,
                         "SELECT count(*) FROM calls WHERE seq > ? AND NOT outgoing"
                         " AND reason IN ('missed', 'voicemail')",
                         "i", after_seq))
      || !pl_store_number (
          self, error, last_seq, /* fallback = */ 0,
          pl_store_bind (self, error, "SELECT seq FROM sqlite_sequence WHERE name = 'calls'",
                         "")))
    return FALSE;
  *missed = count;
  return TRUE;
}

#define VOICEMAIL_COLUMNS "id, file, number, time, duration, heard FROM voicemails "

void
pl_voicemail_free (PlVoicemail *self)
{
  if (self == NULL)
    return;
  g_free (self->file);
  g_free (self->number);
  g_free (self->name);
  g_free (self);
}

gboolean
pl_store_add_voicemail (PlStore *self, const PlVoicemail *mail, int64_t *id, GError **error)
{
  if (!pl_store_run (self, error,
                     "INSERT INTO voicemails (file, number, time, duration, heard)"
                     " VALUES (?, ?, ?, ?, ?)",
                     "ssiii", mail->file, mail->number, mail->time_us, mail->duration_us,
                     (int64_t) mail->heard))
    return FALSE;
  *id = pl_store_last_row (self);
  return TRUE;
}

static PlVoicemail *
read_voicemail (PlStore *self, sqlite3_stmt *row)
{
  PlVoicemail *mail = g_new0 (PlVoicemail, 1);

  mail->id = sqlite3_column_int64 (row, 0);
  mail->file = pl_store_column (row, 1);
  mail->number = pl_store_column (row, 2);
  mail->time_us = sqlite3_column_int64 (row, 3);
  mail->duration_us = sqlite3_column_int64 (row, 4);
  mail->heard = sqlite3_column_int (row, 5);
  mail->name = pl_store_find_name (self, mail->number);
  return mail;
}

GPtrArray *
pl_store_list_voicemails (PlStore *self, GError **error)
{
  sqlite3_stmt *rows
      = pl_store_bind (self, error, "SELECT " VOICEMAIL_COLUMNS "ORDER BY id DESC", "");
  int result;

  if (rows == NULL)
    return NULL;
  g_autoptr (GPtrArray) mails
      = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_voicemail_free);
  while ((result = pl_store_step (self, rows, error)) == SQLITE_ROW)
    g_ptr_array_add (mails, read_voicemail (self, rows));
  return result == SQLITE_DONE ? g_steal_pointer (&mails) : NULL;
}

PlVoicemail *
pl_store_get_voicemail (PlStore *self, int64_t id, GError **error)
{
  sqlite3_stmt *rows
      = pl_store_bind (self, error, "SELECT " VOICEMAIL_COLUMNS "WHERE id = ?", "i", id);

  if (rows == NULL || pl_store_step (self, rows, error) != SQLITE_ROW)
    return NULL;
  PlVoicemail *mail = read_voicemail (self, rows);
  sqlite3_reset (rows);
  return mail;
}

gboolean
pl_store_set_heard (PlStore *self, int64_t id, gboolean heard, GError **error)
{
  return pl_store_run (self, error, "UPDATE voicemails SET heard = ? WHERE id = ?", "ii",
                       (int64_t) !!heard, id);
}

gboolean
pl_store_delete_voicemail (PlStore *self, int64_t id, GError **error)
{
  return pl_store_run (self, error, "DELETE FROM voicemails WHERE id = ?", "i", id);
}

gboolean
pl_store_count_unheard (PlStore *self, guint *n, GError **error)
{
  int64_t count;

  if (!pl_store_number (
          self, error, &count, /* fallback = */ 0,
          pl_store_bind (self, error, "SELECT count(*) FROM voicemails WHERE NOT heard", "")))
    return FALSE;
  *n = count;
  return TRUE;
}

char *
pl_store_get_setting (PlStore *self, const char *name)
{
  sqlite3_stmt *rows = pl_store_bind (self, /* error = */ NULL,
                                      "SELECT value FROM settings WHERE name = ?", "s", name);

  if (rows == NULL || pl_store_step (self, rows, /* error = */ NULL) != SQLITE_ROW)
    return NULL;
  char *value = pl_store_column (rows, 0);
  sqlite3_reset (rows);
  return value;
}

gboolean
pl_store_set_setting (PlStore *self, const char *name, const char *value, GError **error)
{
  if (value == NULL)
    return pl_store_run (self, error, "DELETE FROM settings WHERE name = ?", "s", name);
  return pl_store_run (self, error,
                       "INSERT INTO settings (name, value) VALUES (?, ?)"
                       " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                       "ss", name, value);
}

gboolean
pl_store_get_count (PlStore *self, const char *name, const char *day, guint *n, GError **error)
{
  int64_t count;

  if (!pl_store_number (self, error, &count, /* fallback = */ 0,
                        pl_store_bind (self, error,
                                       "SELECT n FROM counters WHERE name = ? AND day = ?",
                                       "ss", name, day)))
    return FALSE;
  *n = count;
  return TRUE;
}

gboolean
pl_store_count (PlStore *self, const char *name, const char *day, guint n, GError **error)
{
  return pl_store_run (self, error,
                       "INSERT INTO counters (name, day, n) VALUES (?, ?, ?)"
                       " ON CONFLICT (name, day) DO UPDATE SET n = n + excluded.n",
                       "ssi", name, day, (int64_t) n);
}
