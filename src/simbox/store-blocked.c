/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-store"

#include "simbox/store-private.h"

#include "base/limits.h"
#include "base/printable.h"
#include "proto/dial-rules.h"

#include <string.h>

/* Blocked numbers. */

/* 3GPP TS 23.040 section 9.1.2.5: eleven characters of the default alphabet. */
#define MAX_SENDER 11

static gboolean
is_name (const char *name)
{
  if (!g_utf8_validate (name, /* max_len = */ -1, /* end = */ NULL)
      || g_utf8_strlen (name, -1) > MAX_SENDER)
    return FALSE;
  g_autofree char *clean = pl_make_printable (name);
  return strcmp (clean, name) == 0;
}

static gboolean
is_known (PlStore *self, const char *name)
{
  int64_t found;

  return pl_store_number (self, /* error = */ NULL, &found, /* fallback = */ 0,
                          pl_store_bind (self, /* error = */ NULL,
                                         "SELECT 1 FROM texts WHERE number = ?1 UNION"
                                         " SELECT 1 FROM blocked WHERE number = ?1",
                                         "s", name))
         && found;
}

/* What a service calls itself; not a number with a slip of the finger in it, unless something
 * came from just that. */
static gboolean
is_sender (PlStore *self, const char *name)
{
  return is_name (name)
         && (g_unichar_isalpha (g_utf8_get_char (name)) || is_known (self, name));
}

static char *
normalise (PlStore *self, const char *number, GError **error)
{
  return is_sender (self, number) ? g_strdup (number) : pl_dial_normalise (number, error);
}

static gboolean
check_room (PlStore *self, GError **error)
{
  int64_t n;

  if (!pl_store_number (self, error, &n, /* fallback = */ 0,
                        pl_store_bind (self, error, "SELECT count(*) FROM blocked", "")))
    return FALSE;
  if (n < PL_MAX_BLOCKED)
    return TRUE;
  g_set_error (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT,
               "%d blocked numbers are the most that the box keeps", PL_MAX_BLOCKED);
  return FALSE;
}

gboolean
pl_store_is_blocked (PlStore *self, const char *number)
{
  int64_t found;

  return number
         && pl_store_number (
             self, /* error = */ NULL, &found, /* fallback = */ 0,
             pl_store_bind (self, /* error = */ NULL,
                            "SELECT 1 FROM blocked WHERE same_number (number, ?) LIMIT 1", "s",
                            number))
         && found;
}

gboolean
pl_store_block (PlStore *self, const char *number, GError **error)
{
  g_autofree char *normal = normalise (self, number, error);

  if (normal == NULL)
    return FALSE;
  return pl_store_is_blocked (self, normal)
         || (check_room (self, error)
             && pl_store_run (self, error, "INSERT INTO blocked (number) VALUES (?)", "s",
                              normal));
}

/* All that keep it blocked: it may be there with its country and without. */
gboolean
pl_store_unblock (PlStore *self, const char *number, gboolean *found, GError **error)
{
  g_autofree char *normal = normalise (self, number, error);

  if (normal == NULL)
    return FALSE;
  *found = pl_store_is_blocked (self, normal);
  return pl_store_run (self, error, "DELETE FROM blocked WHERE same_number (number, ?)", "s",
                       normal);
}

GPtrArray *
pl_store_list_blocked (PlStore *self, const char *after, guint limit, GError **error)
{
  int64_t most = limit && limit < PL_MAX_LIST ? limit : PL_MAX_LIST;
  int result;
  sqlite3_stmt *rows = pl_store_bind (
      self, error, "SELECT number FROM blocked WHERE number > ? ORDER BY number LIMIT ?", "si",
      after ? after : "", most);

  if (rows == NULL)
    return NULL;
  g_autoptr (GPtrArray) numbers = g_ptr_array_new_with_free_func (g_free);
  while ((result = pl_store_step (self, rows, error)) == SQLITE_ROW)
    g_ptr_array_add (numbers, pl_store_column (rows, 0));
  return result == SQLITE_DONE ? g_steal_pointer (&numbers) : NULL;
}
