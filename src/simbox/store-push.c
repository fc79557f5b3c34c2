/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-store"

#include "simbox/store-private.h"

#include "base/limits.h"

/* Where browsers of clients are reached while they are not connected. */

void
pl_push_subscription_free (PlPushSubscription *self)
{
  if (self == NULL)
    return;
  g_free (self->client);
  g_free (self->endpoint);
  g_free (self->p256dh);
  g_free (self->auth);
  g_free (self->key);
  g_free (self);
}

gboolean
pl_store_clear_push (PlStore *self, const char *client, const char *endpoint, GError **error)
{
  if (endpoint == NULL)
    return pl_store_run (self, error, "DELETE FROM push WHERE client = ?", "s", client);
  return pl_store_run (self, error, "DELETE FROM push WHERE client = ? AND endpoint = ?", "ss",
                       client, endpoint);
}

/* A browser that subscribes anew leaves an endpoint behind that nobody takes back: the oldest
 * goes. */
static gboolean
drop_oldest (PlStore *self, const char *client, GError **error)
{
  return pl_store_run (self, error,
                       "DELETE FROM push WHERE client = ?1 AND row NOT IN"
                       " (SELECT row FROM push WHERE client = ?1 ORDER BY row DESC LIMIT ?2)",
                       "si", client, (int64_t) PL_MAX_PUSH_SUBSCRIPTIONS);
}

gboolean
pl_store_set_push (PlStore *self, const PlPushSubscription *subscription, GError **error)
{
  const PlPushSubscription *s = subscription;

  if (!pl_store_begin (self, error))
    return FALSE;
  gboolean ok = pl_store_clear_push (self, s->client, s->endpoint, error)
                && pl_store_run (self, error,
                                 "INSERT INTO push (client, endpoint, p256dh, auth, key)"
                                 " VALUES (?, ?, ?, ?, ?)",
                                 "sssss", s->client, s->endpoint, s->p256dh, s->auth, s->key)
                && drop_oldest (self, s->client, error);
  return pl_store_end (self, ok, error);
}

static PlPushSubscription *
read_row (sqlite3_stmt *row)
{
  PlPushSubscription *self = g_new0 (PlPushSubscription, 1);
  self->client = pl_store_column (row, 0);
  self->endpoint = pl_store_column (row, 1);
  self->p256dh = pl_store_column (row, 2);
  self->auth = pl_store_column (row, 3);
  self->key = pl_store_column (row, 4);
  return self;
}

GPtrArray *
pl_store_list_push (PlStore *self, GError **error)
{
  int result;
  sqlite3_stmt *rows = pl_store_bind (
      self, error, "SELECT client, endpoint, p256dh, auth, key FROM push ORDER BY row", "");

  if (rows == NULL)
    return NULL;
  g_autoptr (GPtrArray) list
      = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_push_subscription_free);
  while ((result = pl_store_step (self, rows, error)) == SQLITE_ROW)
    g_ptr_array_add (list, read_row (rows));
  return result == SQLITE_DONE ? g_steal_pointer (&list) : NULL;
}
