/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-ice"

#include "link/resolve.h"

#include "base/clock.h"
#include "base/log.h"

#include <string.h>

typedef struct {
  PlResolve *owner; /* NULL once that is freed and the answer still to come */
  char *name;
  gboolean pending;
  GList *addresses; /* of GInetAddress */
} Lookup;

struct _PlResolve {
  GPtrArray *lookups;
  GCancellable *cancellable;
  PlDeadline *deadline;
  PlResolvedFunc done; /* NULL once called */
  gpointer user_data;
};

static void
lookup_free (Lookup *lookup)
{
  g_list_free_full (lookup->addresses, g_object_unref);
  g_free (lookup->name);
  g_free (lookup);
}

static gboolean
is_answered (PlResolve *self)
{
  for (guint i = 0; i < self->lookups->len; i++)
    if (((Lookup *) self->lookups->pdata[i])->pending)
      return FALSE;
  return TRUE;
}

static void
finish (gpointer user_data)
{
  PlResolve *self = user_data;
  PlResolvedFunc done = g_steal_pointer (&self->done);

  pl_deadline_set (self->deadline, PL_NEVER);
  if (done)
    done (self->user_data);
}

static void
on_answer (GObject *resolver, GAsyncResult *result, gpointer user_data)
{
  Lookup *lookup = user_data;
  g_autoptr (GError) error = NULL;

  lookup->addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, &error);
  lookup->pending = FALSE;
  if (lookup->owner == NULL) {
    lookup_free (lookup);
    return;
  }
  if (error)
    pl_debug (lookup->owner, "resolve '%s': %s", lookup->name, error->message);
  if (is_answered (lookup->owner))
    finish (lookup->owner);
}

static gboolean
knows (PlResolve *self, const char *name)
{
  for (guint i = 0; i < self->lookups->len; i++)
    if (g_str_equal (((Lookup *) self->lookups->pdata[i])->name, name))
      return TRUE;
  return FALSE;
}

PlResolve *
pl_resolve_new (const char *const *names, guint timeout_ms, PlResolvedFunc done,
                gpointer user_data)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  PlResolve *self = g_new0 (PlResolve, 1);

  self->lookups = g_ptr_array_new ();
  self->cancellable = g_cancellable_new ();
  self->deadline = pl_deadline_new ("resolve", finish, self);
  self->done = done;
  self->user_data = user_data;
  for (gsize i = 0; names[i]; i++) {
    if (knows (self, names[i]))
      continue;
    Lookup *lookup = g_new0 (Lookup, 1);
    lookup->owner = self;
    lookup->name = g_strdup (names[i]);
    lookup->pending = TRUE;
    g_ptr_array_add (self->lookups, lookup);
    g_resolver_lookup_by_name_async (resolver, names[i], self->cancellable, on_answer, lookup);
  }
  gint64 wait_us = self->lookups->len > 0 ? timeout_ms * G_TIME_SPAN_MILLISECOND : 0;
  pl_deadline_set (self->deadline, g_get_monotonic_time () + wait_us);
  return self;
}

void
pl_resolve_free (PlResolve *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->lookups->len; i++) {
    Lookup *lookup = self->lookups->pdata[i];
    lookup->owner = NULL;
    if (!lookup->pending)
      lookup_free (lookup);
  }
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->lookups);
  pl_deadline_free (self->deadline);
  g_free (self);
}

GInetAddress *
pl_resolve_get (PlResolve *self, const char *name, GSocketFamily family)
{
  for (guint i = 0; i < self->lookups->len; i++) {
    Lookup *lookup = self->lookups->pdata[i];
    if (!g_str_equal (lookup->name, name))
      continue;
    for (GList *l = lookup->addresses; l; l = l->next)
      if (g_inet_address_get_family (l->data) == family)
        return l->data;
  }
  return NULL;
}
