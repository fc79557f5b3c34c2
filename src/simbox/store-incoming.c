/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-store"

#include "proto/sms-join.h"
#include "simbox/store-private.h"

/* Texts that come in: each part once, long texts put together whatever the order. */

/* References are 8 bits and come again; parts of one text come within days, or never. */
#define SAME_TEXT_TIME (INT64_C (7) * 24 * 3600 * G_USEC_PER_SEC)

/* What is too strange to be shown is shown in hexadecimal, up to a whole PDU. */
#define MAX_STRANGE 200

/* The PDU holds sender, service centre's time and reference. */
GBytes *
pl_store_make_key (const PlSmsPart *part)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize len = sizeof digest;

  if (part->raw) {
    g_checksum_update (sum, g_bytes_get_data (part->raw, /* size = */ NULL),
                       g_bytes_get_size (part->raw));
  } else {
    g_autofree char *fields = g_strdup_printf (
        "%d %s %" G_GINT64_FORMAT " %u %u %u %u %u %s", part->kind, part->number, part->time_us,
        part->ref, part->total, part->seq, part->report_mr, part->report_status, part->text);
    g_checksum_update (sum, (const guint8 *) fields, /* length = */ -1);
  }
  g_checksum_get_digest (sum, digest, &len);
  return g_bytes_new (digest, len);
}

static char *
print_strange (const PlSmsPart *part)
{
  g_autoptr (GString) text = g_string_new ("[a message that could not be understood");
  gsize len = 0;
  const guint8 *raw = part->raw ? g_bytes_get_data (part->raw, &len) : NULL;

  for (gsize i = 0; i < MIN (len, MAX_STRANGE); i++)
    g_string_append_printf (text, "%s%02X", i ? "" : ": ", raw[i]);
  g_string_append_c (text, ']');
  return g_string_free (g_steal_pointer (&text), /* free_segment = */ FALSE);
}

/* What a client shows of it; NULL: nothing. */
static char *
body_of (const PlSmsPart *part)
{
  switch (part->kind) {
  case PL_SMS_TEXT:
    return g_strdup (part->text ? part->text : "");
  case PL_SMS_WAITING:
    return g_strdup (part->text);
  case PL_SMS_WAP_PUSH:
    return g_strdup (part->text ? part->text : "[an MMS waits at the operator]");
  case PL_SMS_UNKNOWN:
    return print_strange (part);
  case PL_SMS_REPORT:
  case PL_SMS_SILENT:
  case PL_SMS_OURS:
    break;
  }
  return NULL;
}

static gboolean
find_unfinished (PlStore *self, const PlSmsPart *part, int64_t time_us, int64_t *row,
                 GError **error)
{
  return pl_store_number (
      self, error, row, /* fallback = */ 0,
      pl_store_bind (self, error,
                     "SELECT row FROM texts t WHERE missing > 0 AND number IS ?1 AND ref = ?2"
                     " AND parts = ?3 AND abs(time - ?4) < ?5"
                     " AND NOT EXISTS (SELECT 1 FROM parts WHERE text = t.row AND seq = ?6)"
                     " ORDER BY row DESC LIMIT 1",
                     "siiiii", part->number, (int64_t) part->ref, (int64_t) part->total,
                     time_us, SAME_TEXT_TIME, (int64_t) part->seq));
}

/* It has no number in the sequence yet: clients do not see it. */
static gboolean
insert_text (PlStore *self, const PlSmsPart *part, int64_t time_us, int64_t *row,
             GError **error)
{
  g_autofree char *id = g_uuid_string_random ();

  return pl_store_next_row (self, row, error)
         && pl_store_run (self, error,
                          "INSERT INTO texts (row, id, outgoing, number, text, state, time,"
                          " parts, missing, flash, ref, read)"
                          " VALUES (?, ?, 0, ?, '', ?, ?, ?, ?, ?, ?, ?)",
                          "issiiiiiii", *row, id, part->number, (int64_t) PL_TEXT_RECEIVED,
                          time_us, (int64_t) part->total, (int64_t) part->total,
                          (int64_t) part->flash, (int64_t) part->ref,
                          (int64_t) pl_store_is_blocked (self, part->number));
}

static char *
assemble (PlStore *self, int64_t row, guint total, guint *missing, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  int result;

  sqlite3_stmt *rows
      = pl_store_bind (self, error, "SELECT seq, body FROM parts WHERE text = ?", "i", row);
  if (rows == NULL)
    return NULL;
  g_ptr_array_set_size (texts, (int) total);
  while ((result = pl_store_step (self, rows, error)) == SQLITE_ROW) {
    guint seq = sqlite3_column_int (rows, 0);
    const char *body = (const char *) sqlite3_column_text (rows, 1);
    if (seq >= 1 && seq <= total && texts->pdata[seq - 1] == NULL)
      texts->pdata[seq - 1] = g_strdup (body ? body : "");
  }
  if (result != SQLITE_DONE)
    return NULL;
  return pl_sms_join ((const char *const *) texts->pdata, total, missing);
}

/* @show: whatever is missing. @shown tells whether clients see it (again) now. */
static gboolean
refresh (PlStore *self, int64_t row, gboolean show, gboolean *shown, GError **error)
{
  int64_t total, seen, seq;
  guint missing;

  if (!pl_store_number (
          self, error, &total, /* fallback = */ 1,
          pl_store_bind (self, error, "SELECT parts FROM texts WHERE row = ?", "i", row))
      || !pl_store_number (self, error, &seen, /* fallback = */ 0,
                           pl_store_bind (self, error,
                                          "SELECT seq IS NOT NULL FROM texts WHERE row = ?",
                                          "i", row)))
    return FALSE;
  g_autofree char *text = assemble (self, row, total, &missing, error);
  if (text == NULL)
    return FALSE;
  *shown = show || seen || missing == 0;
  if (!*shown)
    return pl_store_run (self, error, "UPDATE texts SET missing = ? WHERE row = ?", "ii",
                         (int64_t) missing, row);
  return pl_store_next_seq (self, &seq, error)
         && pl_store_run (self, error,
                          "UPDATE texts SET seq = ?1, text = ?2, folded = fold (?2),"
                          " missing = ?3 WHERE row = ?4",
                          "isii", seq, text, (int64_t) missing, row);
}

/* One part that is not known yet. */
typedef struct {
  GBytes *key;
  const PlSmsPart *part;
  const char *body;
  int64_t now_us;
} NewPart;

static gboolean
insert_part (PlStore *self, const NewPart *new, int64_t text, GError **error)
{
  /* bytes that we understood need not be kept */
  GBytes *raw = new->part->kind == PL_SMS_TEXT ? NULL : new->part->raw;

  return pl_store_run (self, error,
                       "INSERT INTO parts (key, text, seq, body, raw, arrived)"
                       " VALUES (?, ?, ?, ?, ?, ?)",
                       "biisbi", new->key, text, (int64_t) new->part->seq, new->body, raw,
                       new->now_us);
}

static gboolean
add_to_text (PlStore *self, const NewPart *new, int64_t *row, gboolean *shown, GError **error)
{
  const PlSmsPart *part = new->part;
  int64_t time_us = part->time_us ? part->time_us : new->now_us;

  *row = 0;
  if (part->total > 1 && !find_unfinished (self, part, time_us, row, error))
    return FALSE;
  if (*row == 0 && !insert_text (self, part, time_us, row, error))
    return FALSE;
  return insert_part (self, new, *row, error)
         && refresh (self, *row, /* show = */ FALSE, shown, error);
}

gboolean
pl_store_begin_sweep (PlStore *self, GError **error)
{
  if (!pl_store_begin (self, error))
    return FALSE;
  if (pl_store_run (self, error, "UPDATE in_modem SET listed = 0 WHERE listed > 0", ""))
    return TRUE;
  pl_store_roll_back (self);
  return FALSE;
}

gboolean
pl_store_end_sweep (PlStore *self, gboolean complete, GError **error)
{
  return pl_store_end (
      self,
      !complete
          || (pl_store_run (self, error, "DELETE FROM in_modem WHERE listed = 0", "")
              && pl_store_run (self, error,
                               "UPDATE in_modem SET copies = listed WHERE copies > listed",
                               "")),
      error);
}

gboolean
pl_store_part_deleted (PlStore *self, GBytes *key, GError **error)
{
  return pl_store_run (self, error,
                       "UPDATE in_modem SET copies = copies - 1, listed = max (listed - 1, 0)"
                       " WHERE key = ?",
                       "b", key)
         && pl_store_run (self, error, "DELETE FROM in_modem WHERE copies < 1", "");
}

/* Whether the part is one of the copies that are here; else it counts as one from now on. */
static gboolean
find_copy (PlStore *self, GBytes *key, gboolean *known, GError **error)
{
  int64_t found;

  if (!pl_store_number (self, error, &found, /* fallback = */ 0,
                        pl_store_bind (self, error,
                                       "UPDATE in_modem SET listed = listed + 1"
                                       " WHERE key = ? AND listed < copies RETURNING 1",
                                       "b", key)))
    return FALSE;
  *known = found != 0;
  return found
         || pl_store_run (self, error,
                          "INSERT INTO in_modem (key, copies, listed) VALUES (?, 1, 1)"
                          " ON CONFLICT (key) DO UPDATE"
                          " SET copies = copies + 1, listed = listed + 1",
                          "b", key);
}

/* A part of a long text that comes twice is the network's doing: two texts differ in their
 * reference. */
static gboolean
find_repeated (PlStore *self, GBytes *key, gboolean *known, GError **error)
{
  int64_t found;

  if (!pl_store_number (
          self, error, &found, /* fallback = */ 0,
          pl_store_bind (self, error, "SELECT 1 FROM parts WHERE key = ? LIMIT 1", "b", key)))
    return FALSE;
  *known = found != 0;
  return TRUE;
}

gboolean
pl_store_add_part (PlStore *self, const PlSmsPart *part, int64_t now_us, int64_t *row,
                   int64_t *waits, GError **error)
{
  g_autoptr (GBytes) key = pl_store_make_key (part);
  g_autofree char *body = body_of (part);
  PlSmsPart whole = *part;
  const NewPart new = { key, &whole, body, now_us };
  int64_t text;
  gboolean known, shown;

  *row = *waits = 0;
  if (body == NULL)
    return TRUE;
  if (part->total < 2 || part->seq < 1 || part->seq > part->total)
    whole.total = whole.seq = 1;
  if (!find_copy (self, key, &known, error)
      || (!known && whole.total > 1 && !find_repeated (self, key, &known, error)))
    return FALSE;
  if (known)
    return TRUE;
  if (!add_to_text (self, &new, &text, &shown, error))
    return FALSE;
  *(shown ? row : waits) = text;
  return TRUE;
}

GArray *
pl_store_list_waiting (PlStore *self, GError **error)
{
  sqlite3_stmt *rows = pl_store_bind (
      self, error, "SELECT row FROM texts WHERE missing > 0 AND seq IS NULL ORDER BY row", "");
  int result;

  if (rows == NULL)
    return NULL;
  g_autoptr (GArray) list
      = g_array_new (/* zero_terminated = */ FALSE, /* clear = */ FALSE, sizeof (int64_t));
  while ((result = pl_store_step (self, rows, error)) == SQLITE_ROW) {
    int64_t row = sqlite3_column_int64 (rows, 0);
    g_array_append_val (list, row);
  }
  return result == SQLITE_DONE ? g_steal_pointer (&list) : NULL;
}

gboolean
pl_store_show_gaps (PlStore *self, int64_t row, gboolean *shown, GError **error)
{
  int64_t waits;

  *shown = FALSE;
  if (!pl_store_begin (self, error))
    return FALSE;
  gboolean ok = pl_store_number (
      self, error, &waits, /* fallback = */ 0,
      pl_store_bind (self, error,
                     "SELECT 1 FROM texts WHERE row = ? AND missing > 0 AND seq IS NULL", "i",
                     row));
  if (ok && waits)
    ok = refresh (self, row, /* show = */ TRUE, shown, error);
  return pl_store_end (self, ok, error);
}
