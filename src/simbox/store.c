/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-store"

#include "simbox/store-private.h"

#include "base/log.h"
#include "proto/dial-rules.h"

#include <stdarg.h>

/* The file, its layout, its statements and its errors. Nothing here asks what is kept. */

G_DEFINE_QUARK (pl_store_error_quark, pl_store_error)

struct _PlStore {
  sqlite3 *db;            /* NULL: it could not be opened */
  GHashTable *statements; /* of sqlite3_stmt by the address of their SQL */
  char *path, *problem;
  char *country;  /* of numbers without one; NULL: not known */
  guint max_size; /* of the file, in MiB; 0: any */
  GError *broken; /* the answer to everything when there is no database */
};

#define PAGE_SIZE     4096                 /* SQLite's own */
#define MAX_PAGES     INT64_C (4294967294) /* its largest max_page_count */
#define DELETION_ROOM 4                    /* MiB */
#define MEBIBYTE      INT64_C (1048576)

/* One entry for each version of the layout; never changed, only added to. */
static const char *const migrations[] = {
  "CREATE TABLE sequence (value INTEGER NOT NULL);"
  "INSERT INTO sequence VALUES (0);"
  "CREATE TABLE texts ("
  " row INTEGER PRIMARY KEY, seq INTEGER UNIQUE, id TEXT NOT NULL UNIQUE,"
  " outgoing INTEGER NOT NULL, number TEXT, text TEXT NOT NULL, state INTEGER NOT NULL,"
  " reason TEXT, time INTEGER NOT NULL, parts INTEGER NOT NULL, missing INTEGER NOT NULL,"
  " flash INTEGER NOT NULL, ref INTEGER);"
  "CREATE INDEX texts_by_number ON texts (number, seq);"
  "CREATE INDEX texts_missing ON texts (number, ref) WHERE missing > 0;"
  "CREATE TABLE parts ("
  " key BLOB PRIMARY KEY, text INTEGER REFERENCES texts (row) ON DELETE CASCADE,"
  " seq INTEGER NOT NULL, body TEXT, raw BLOB, arrived INTEGER NOT NULL) WITHOUT ROWID;"
  "CREATE INDEX parts_by_text ON parts (text);"
  "CREATE TABLE out_parts ("
  " text INTEGER NOT NULL REFERENCES texts (row) ON DELETE CASCADE, number INTEGER NOT NULL,"
  " state INTEGER NOT NULL, handle TEXT, mr INTEGER NOT NULL, reason TEXT,"
  " PRIMARY KEY (text, number)) WITHOUT ROWID;"
  "CREATE INDEX out_parts_by_handle ON out_parts (handle) WHERE handle IS NOT NULL;"
  "CREATE INDEX out_parts_by_state ON out_parts (state);"
  "CREATE TABLE calls ("
  " seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, outgoing INTEGER NOT NULL,"
  " number TEXT, withheld INTEGER NOT NULL, client TEXT, reason TEXT,"
  " voicemail INTEGER NOT NULL, began INTEGER NOT NULL, answered INTEGER NOT NULL,"
  " ended INTEGER NOT NULL);"
  "CREATE TABLE voicemails ("
  " id INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL UNIQUE, number TEXT,"
  " time INTEGER NOT NULL, duration INTEGER NOT NULL, heard INTEGER NOT NULL);"
  "CREATE TABLE contacts (number TEXT PRIMARY KEY, tail TEXT NOT NULL, name TEXT NOT NULL)"
  " WITHOUT ROWID;"
  "CREATE INDEX contacts_by_tail ON contacts (tail);"
  "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
  "CREATE TABLE counters (name TEXT NOT NULL, day TEXT NOT NULL, n INTEGER NOT NULL,"
  " PRIMARY KEY (name, day)) WITHOUT ROWID;",
  /* Two texts may be the same to the bit: what is known is how many copies of a PDU the modem
   * may still hold of those that are here. */
  "CREATE TABLE new_parts ("
  " row INTEGER PRIMARY KEY, key BLOB NOT NULL,"
  " text INTEGER NOT NULL REFERENCES texts (row) ON DELETE CASCADE, seq INTEGER NOT NULL,"
  " body TEXT, raw BLOB, arrived INTEGER NOT NULL);"
  "INSERT INTO new_parts (key, text, seq, body, raw, arrived)"
  " SELECT key, text, seq, body, raw, arrived FROM parts WHERE text IS NOT NULL;"
  "CREATE TABLE in_modem ("
  " key BLOB PRIMARY KEY, copies INTEGER NOT NULL, listed INTEGER NOT NULL) WITHOUT ROWID;"
  "INSERT INTO in_modem SELECT key, 1, 0 FROM parts;"
  "DROP TABLE parts;"
  "ALTER TABLE new_parts RENAME TO parts;"
  "CREATE INDEX parts_by_text ON parts (text);"
  "CREATE INDEX parts_by_key ON parts (key);"
  "ALTER TABLE contacts ADD COLUMN import TEXT;",
  /* What is here by now counts as read. A row is never used again: the outbox and what waits to
   * be told name texts by it. A deletion has a number in the sequence as any change has, so
   * that clients that were away hear of it. */
  "ALTER TABLE texts ADD COLUMN read INTEGER NOT NULL DEFAULT 1;"
  "ALTER TABLE texts ADD COLUMN folded TEXT NOT NULL DEFAULT '';"
  "UPDATE texts SET folded = fold (text);"
  "CREATE INDEX texts_unread ON texts (number) WHERE read = 0;"
  "ALTER TABLE sequence ADD COLUMN text_row INTEGER NOT NULL DEFAULT 0;"
  "UPDATE sequence SET text_row = (SELECT coalesce (max (row), 0) FROM texts);"
  "CREATE TABLE deleted (seq INTEGER PRIMARY KEY, id TEXT NOT NULL);"
  "CREATE TABLE blocked (number TEXT PRIMARY KEY) WITHOUT ROWID;",
  "CREATE TABLE push ("
  " row INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, endpoint TEXT NOT NULL,"
  " p256dh TEXT NOT NULL, auth TEXT NOT NULL, key TEXT NOT NULL, UNIQUE (client, endpoint));",
};

static PlStoreError
code_of (int result)
{
  switch (result & 0xff) {
  case SQLITE_FULL:
  case SQLITE_IOERR:
  case SQLITE_READONLY:
  case SQLITE_CANTOPEN:
    return PL_STORE_ERROR_FULL;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return PL_STORE_ERROR_CORRUPT;
  }
  return PL_STORE_ERROR_FAILED;
}

static const char *
sentence_of (PlStoreError code)
{
  switch (code) {
  case PL_STORE_ERROR_FULL:
    return "the disk is full or cannot be written: texts wait in the modem until there is room";
  case PL_STORE_ERROR_CORRUPT:
    return "the database is broken or of a later version: texts wait in the modem until it is "
           "repaired or moved away";
  case PL_STORE_ERROR_FAILED:
    break;
  }
  return "the database cannot be used: texts wait in the modem";
}

static void
note_problem (PlStore *self, const char *problem)
{
  if (g_strcmp0 (self->problem, problem) == 0)
    return;
  g_free (self->problem);
  self->problem = g_strdup (problem);
}

static gboolean
fail (PlStore *self, int result, GError **error)
{
  PlStoreError code = code_of (result);

  /* A value that is there already says nothing about the disk. */
  if ((result & 0xff) == SQLITE_FULL && self->max_size)
    note_problem (self,
                  "the store has reached its limit (max-store), or the disk is full: texts "
                  "wait in the modem until some are deleted");
  else if ((result & 0xff) != SQLITE_CONSTRAINT)
    note_problem (self, sentence_of (code));
  g_set_error (error, PL_STORE_ERROR, code, "database: %s (%d)",
               self->db ? sqlite3_errmsg (self->db) : sqlite3_errstr (result), result);
  return FALSE;
}

const char *
pl_store_get_problem (const PlStore *self)
{
  return self->problem;
}

int
pl_store_step (PlStore *self, sqlite3_stmt *statement, GError **error)
{
  int result = sqlite3_step (statement);

  if (result == SQLITE_ROW)
    return result;
  /* The error before the reset, which would give it again and may lose the words. */
  if (result != SQLITE_DONE)
    fail (self, result, error);
  sqlite3_reset (statement);
  return result == SQLITE_DONE ? result : -1;
}

static sqlite3_stmt *
prepare (PlStore *self, const char *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);

  if (statement)
    return statement;
  int result = sqlite3_prepare_v3 (self->db, sql, /* nByte = */ -1, SQLITE_PREPARE_PERSISTENT,
                                   &statement, /* pzTail = */ NULL);
  if (result != SQLITE_OK) {
    fail (self, result, error);
    return NULL;
  }
  g_hash_table_insert (self->statements, (gpointer) sql, statement);
  return statement;
}

static int
bind_value (sqlite3_stmt *statement, int i, char type, va_list *values)
{
  if (type == 'i')
    return sqlite3_bind_int64 (statement, i, va_arg (*values, int64_t));
  if (type == 's')
    return sqlite3_bind_text (statement, i, va_arg (*values, const char *), /* n = */ -1,
                              SQLITE_TRANSIENT);
  GBytes *bytes = va_arg (*values, GBytes *);
  if (bytes == NULL)
    return sqlite3_bind_null (statement, i);
  size_t len;
  const void *data = g_bytes_get_data (bytes, &len);
  return sqlite3_bind_blob64 (statement, i, data, len, SQLITE_TRANSIENT);
}

static sqlite3_stmt *
bind_list (PlStore *self, GError **error, const char *sql, const char *types, va_list *values)
{
  if (self->db == NULL) {
    g_propagate_error (error, g_error_copy (self->broken));
    return NULL;
  }
  sqlite3_stmt *statement = prepare (self, sql, error);
  if (statement == NULL)
    return NULL;
  sqlite3_reset (statement);
  for (int i = 0; types[i]; i++) {
    int result = bind_value (statement, i + 1, types[i], values);
    if (result == SQLITE_OK)
      continue;
    fail (self, result, error);
    return NULL;
  }
  return statement;
}

sqlite3_stmt *
pl_store_bind (PlStore *self, GError **error, const char *sql, const char *types, ...)
{
  va_list values;

  va_start (values, types);
  sqlite3_stmt *statement = bind_list (self, error, sql, types, &values);
  va_end (values);
  return statement;
}

gboolean
pl_store_run (PlStore *self, GError **error, const char *sql, const char *types, ...)
{
  va_list values;
  int result;

  va_start (values, types);
  sqlite3_stmt *statement = bind_list (self, error, sql, types, &values);
  va_end (values);
  if (statement == NULL)
    return FALSE;
  do
    result = pl_store_step (self, statement, error);
  while (result == SQLITE_ROW);
  return result == SQLITE_DONE;
}

gboolean
pl_store_number (PlStore *self, GError **error, int64_t *number, int64_t fallback,
                 sqlite3_stmt *statement)
{
  if (statement == NULL)
    return FALSE;
  int result = pl_store_step (self, statement, error);
  if (result == -1)
    return FALSE;
  *number = result == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : fallback;
  sqlite3_reset (statement);
  return TRUE;
}

int64_t
pl_store_last_row (PlStore *self)
{
  return sqlite3_last_insert_rowid (self->db);
}

char *
pl_store_column (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

void
pl_store_roll_back (PlStore *self)
{
  /* SQLite has rolled back by itself after some errors. */
  if (self->db && !sqlite3_get_autocommit (self->db))
    pl_store_run (self, /* error = */ NULL, "ROLLBACK", "");
}

gboolean
pl_store_commit (PlStore *self, GError **error)
{
  if (!pl_store_run (self, error, "COMMIT", "")) {
    pl_store_roll_back (self);
    return FALSE;
  }
  note_problem (self, NULL);
  return TRUE;
}

gboolean
pl_store_end (PlStore *self, gboolean ok, GError **error)
{
  if (ok)
    return pl_store_commit (self, error);
  pl_store_roll_back (self);
  return FALSE;
}

gboolean
pl_store_next_seq (PlStore *self, int64_t *seq, GError **error)
{
  return pl_store_number (
      self, error, seq, /* fallback = */ 0,
      pl_store_bind (self, error, "UPDATE sequence SET value = value + 1 RETURNING value", ""));
}

gboolean
pl_store_next_row (PlStore *self, int64_t *row, GError **error)
{
  return pl_store_number (self, error, row, /* fallback = */ 0,
                          pl_store_bind (self, error,
                                         "UPDATE sequence SET text_row = text_row + 1"
                                         " RETURNING text_row",
                                         ""));
}

gboolean
pl_store_get_last_seq (PlStore *self, int64_t *seq, GError **error)
{
  return pl_store_number (self, error, seq, /* fallback = */ 0,
                          pl_store_bind (self, error, "SELECT value FROM sequence", ""));
}

static gboolean
execute (PlStore *self, const char *sql, GError **error)
{
  int result = sqlite3_exec (self->db, sql, /* callback = */ NULL, /* arg = */ NULL,
                             /* errmsg = */ NULL);
  return result == SQLITE_OK || fail (self, result, error);
}

static gboolean
migrate (PlStore *self, GError **error)
{
  int64_t version = 0;

  if (!pl_store_number (self, error, &version, /* fallback = */ 0,
                        pl_store_bind (self, error, "PRAGMA user_version", "")))
    return FALSE;
  if (version < 0 || version > (int64_t) G_N_ELEMENTS (migrations)) {
    g_set_error (error, PL_STORE_ERROR, PL_STORE_ERROR_CORRUPT,
                 "database: its layout %" G_GINT64_FORMAT " is of a later version", version);
    return FALSE;
  }
  for (guint i = version; i < G_N_ELEMENTS (migrations); i++) {
    g_autofree char *sql = g_strdup_printf ("BEGIN IMMEDIATE; %s PRAGMA user_version = %u; "
                                            "COMMIT;",
                                            migrations[i], i + 1);
    if (!execute (self, sql, error)) {
      pl_store_roll_back (self);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check (PlStore *self, GError **error)
{
  sqlite3_stmt *statement = pl_store_bind (self, error, "PRAGMA quick_check(1)", "");

  if (statement == NULL || pl_store_step (self, statement, error) != SQLITE_ROW)
    return FALSE;
  g_autofree char *verdict = pl_store_column (statement, 0);
  sqlite3_reset (statement);
  if (g_strcmp0 (verdict, "ok") == 0)
    return TRUE;
  g_set_error (error, PL_STORE_ERROR, PL_STORE_ERROR_CORRUPT, "database: %s", verdict);
  return FALSE;
}

/* For SQL: whether two numbers are likely the same line; the second may be "", for texts that
 * came without a number. */
static void
compare_numbers (sqlite3_context *context, int n G_GNUC_UNUSED, sqlite3_value **values)
{
  const PlStore *self = sqlite3_user_data (context);
  const char *a = (const char *) sqlite3_value_text (values[0]);
  const char *b = (const char *) sqlite3_value_text (values[1]);

  if (b && *b == '\0')
    sqlite3_result_int (context, a == NULL || *a == '\0');
  else
    sqlite3_result_int (context, pl_dial_same_number (self->country, a, b));
}

/* For SQL: a text as it is searched for. */
static void
fold_text (sqlite3_context *context, int n G_GNUC_UNUSED, sqlite3_value **values)
{
  const char *text = (const char *) sqlite3_value_text (values[0]);
  char *folded = pl_store_fold (text ? text : "");

  sqlite3_result_text (context, folded, /* n = */ -1, g_free);
}

static gboolean
add_functions (PlStore *self, GError **error)
{
  int result = sqlite3_create_function (self->db, "same_number", /* nArg = */ 2, SQLITE_UTF8,
                                        self, compare_numbers, NULL, NULL);
  if (result == SQLITE_OK)
    result = sqlite3_create_function (self->db, "fold", /* nArg = */ 1,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC, self, fold_text, NULL,
                                      NULL);
  return result == SQLITE_OK || fail (self, result, error);
}

/* Room for @more MiB beyond the limit, or beyond what is there, where the limit was lowered. */
static gboolean
limit_size (PlStore *self, guint mebibytes, guint more, GError **error)
{
  int64_t page_size, used;

  if (!pl_store_number (self, error, &page_size, /* fallback = */ PAGE_SIZE,
                        pl_store_bind (self, error, "PRAGMA page_size", ""))
      || !pl_store_number (self, error, &used, /* fallback = */ 0,
                           pl_store_bind (self, error, "PRAGMA page_count", "")))
    return FALSE;
  const int64_t in_mebibyte = MEBIBYTE / MAX (page_size, 1);
  const int64_t limit = mebibytes ? mebibytes * in_mebibyte : MAX_PAGES;
  const int64_t pages = more ? MAX (limit, used) + more * in_mebibyte : limit;
  g_autofree char *sql
      = g_strdup_printf ("PRAGMA max_page_count = %" G_GINT64_FORMAT, MIN (pages, MAX_PAGES));
  return execute (self, sql, error);
}

static gboolean
set_up (PlStore *self, GError **error)
{
  int result
      = sqlite3_open_v2 (self->path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                         /* zVfs = */ NULL);
  if (result != SQLITE_OK)
    return fail (self, result, error);
  sqlite3_busy_timeout (self->db, /* ms = */ 2000);
  if (!add_functions (self, error))
    return FALSE;
  /* FULL: in WAL mode less than that loses the last commits in a power cut, and what they say
   * has been deleted from the modem by then. */
  return execute (self,
                  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                  "PRAGMA foreign_keys = ON;",
                  error)
         && check (self, error) && migrate (self, error)
         && limit_size (self, self->max_size, /* more = */ 0, error);
}

static void
close_database (PlStore *self)
{
  g_hash_table_remove_all (self->statements);
  g_clear_pointer (&self->db, sqlite3_close);
}

static void
open_database (PlStore *self)
{
  g_clear_error (&self->broken);
  if (set_up (self, &self->broken)) {
    note_problem (self, NULL);
    return;
  }
  pl_debug (self, "%s: %s", self->path, self->broken->message);
  note_problem (self, sentence_of (self->broken->code));
  close_database (self);
}

gboolean
pl_store_begin (PlStore *self, GError **error)
{
  /* A full disk may have had no room for the first page; by now there may be. */
  if (self->db == NULL && self->broken->code != PL_STORE_ERROR_CORRUPT)
    open_database (self);
  return pl_store_run (self, error, "BEGIN IMMEDIATE", "");
}

static void
finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

PlStore *
pl_store_open (const char *path)
{
  PlStore *self = g_new0 (PlStore, 1);

  self->path = g_strdup (path);
  self->statements = g_hash_table_new_full (NULL, NULL, NULL, finalize_statement);
  open_database (self);
  return self;
}

void
pl_store_set_country (PlStore *self, const char *country)
{
  g_free (self->country);
  self->country = g_strdup (country);
}

void
pl_store_set_max_size (PlStore *self, guint mebibytes)
{
  self->max_size = mebibytes;
  if (self->db)
    limit_size (self, mebibytes, /* more = */ 0, /* error = */ NULL);
}

void
pl_store_make_room (PlStore *self, gboolean on)
{
  if (self->db && self->max_size)
    limit_size (self, self->max_size, on ? DELETION_ROOM : 0, /* error = */ NULL);
}

const char *
pl_store_get_country (const PlStore *self)
{
  return self->country;
}

void
pl_store_close (PlStore *self)
{
  if (self == NULL)
    return;
  close_database (self);
  g_hash_table_unref (self->statements);
  g_free (self->path);
  g_free (self->problem);
  g_free (self->country);
  g_clear_error (&self->broken);
  g_free (self);
}
