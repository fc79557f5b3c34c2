/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-store"

#include "simbox/store-private.h"

#include "base/limits.h"
#include "base/printable.h"
#include "proto/dial-rules.h"

#include <gio/gio.h>
#include <string.h>

/* Contacts: names for numbers. */

void
pl_contact_free (PlContact *self)
{
  if (self == NULL)
    return;
  g_free (self->number);
  g_free (self->name);
  g_free (self);
}

/* The last digits, which a number has with and without its country. */
#define TAIL 7

static char *
tail_of (const char *number)
{
  size_t len = strlen (number);
  return g_strdup (number + (len > TAIL ? len - TAIL : 0));
}

/* One line that shows what it is; NULL: nothing to be seen. */
static char *
clean_name (const char *name)
{
  if (!g_utf8_validate (name, /* max_len = */ -1, /* end = */ NULL))
    return NULL;
  g_autofree char *line = g_strdelimit (g_strdup (name), "\t\r\n", ' ');
  g_autofree char *clean = pl_make_printable (g_strstrip (line));
  if (*clean == '\0')
    return NULL;
  if (strlen (clean) > PL_MAX_CONTACT)
    *g_utf8_find_prev_char (clean, clean + PL_MAX_CONTACT + 1) = '\0';
  return g_steal_pointer (&clean);
}

static gboolean
check_room (PlStore *self, const char *number, GError **error)
{
  int64_t known, n;

  /* Without a condition it is counted by pages, not by rows. */
  if (!pl_store_number (
          self, error, &known, /* fallback = */ 0,
          pl_store_bind (self, error, "SELECT 1 FROM contacts WHERE number = ?", "s", number))
      || !pl_store_number (self, error, &n, /* fallback = */ 0,
                           pl_store_bind (self, error, "SELECT count(*) FROM contacts", "")))
    return FALSE;
  if (known || n < PL_MAX_CONTACTS)
    return TRUE;
  g_set_error (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT,
               "%d numbers with names are the most that the box keeps", PL_MAX_CONTACTS);
  return FALSE;
}

gboolean
pl_store_set_contact (PlStore *self, const PlContact *contact, const char *import,
                      GError **error)
{
  g_autofree char *name = clean_name (contact->name);
  if (name == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         "a contact has a name, in UTF-8");
    return FALSE;
  }
  g_autofree char *number = pl_dial_normalise (contact->number, error);
  if (number == NULL || !check_room (self, number, error))
    return FALSE;
  g_autofree char *tail = tail_of (number);
  return pl_store_run (self, error,
                       "INSERT INTO contacts (number, tail, name, import) VALUES (?, ?, ?, ?)"
                       " ON CONFLICT (number) DO UPDATE"
                       " SET name = excluded.name, import = excluded.import",
                       "ssss", number, tail, name, import);
}

gboolean
pl_store_prune_contacts (PlStore *self, const char *import, guint *n, GError **error)
{
  int64_t count;

  if (!pl_store_number (self, error, &count, /* fallback = */ 0,
                        pl_store_bind (self, error,
                                       "SELECT count(*) FROM contacts WHERE import IS NOT ?",
                                       "s", import)))
    return FALSE;
  *n = (guint) count;
  return pl_store_run (self, error, "DELETE FROM contacts WHERE import IS NOT ?", "s", import);
}

gboolean
pl_store_delete_contact (PlStore *self, const char *number, gboolean *found, GError **error)
{
  int64_t there;
  g_autofree char *normal = pl_dial_normalise (number, error);

  if (normal == NULL
      || !pl_store_number (self, error, &there, /* fallback = */ 0,
                           pl_store_bind (self, error,
                                          "DELETE FROM contacts WHERE number = ? RETURNING 1",
                                          "s", normal)))
    return FALSE;
  *found = there != 0;
  return TRUE;
}

GPtrArray *
pl_store_list_contacts (PlStore *self, const char *after, guint limit, GError **error)
{
  int64_t most = limit && limit < PL_MAX_LIST ? limit : PL_MAX_LIST;
  int result;
  sqlite3_stmt *rows = pl_store_bind (
      self, error, "SELECT number, name FROM contacts WHERE number > ? ORDER BY number LIMIT ?",
      "si", after ? after : "", most);

  if (rows == NULL)
    return NULL;
  g_autoptr (GPtrArray) contacts
      = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_contact_free);
  while ((result = pl_store_step (self, rows, error)) == SQLITE_ROW) {
    PlContact *contact = g_new0 (PlContact, 1);
    contact->number = pl_store_column (rows, 0);
    contact->name = pl_store_column (rows, 1);
    g_ptr_array_add (contacts, contact);
  }
  return result == SQLITE_DONE ? g_steal_pointer (&contacts) : NULL;
}

/* The number as it is written wins over one that is likely the same. One shorter than its tail
 * would be is found as it is written only. */
char *
pl_store_find_name (PlStore *self, const char *number)
{
  g_autofree char *name = NULL;
  gboolean exact = FALSE;

  if (number == NULL)
    return NULL;
  g_autofree char *tail = tail_of (number);
  sqlite3_stmt *rows = pl_store_bind (
      self, /* error = */ NULL,
      "SELECT number, name FROM contacts WHERE tail = ? ORDER BY number", "s", tail);
  while (rows && !exact && pl_store_step (self, rows, /* error = */ NULL) == SQLITE_ROW) {
    const char *known = (const char *) sqlite3_column_text (rows, 0);
    exact = strcmp (known, number) == 0;
    if (!exact && (name || !pl_dial_same_number (pl_store_get_country (self), known, number)))
      continue;
    g_free (name);
    name = pl_store_column (rows, 1);
  }
  if (rows)
    sqlite3_reset (rows);
  return g_steal_pointer (&name);
}
