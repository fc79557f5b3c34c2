/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/**
 * PlResolve: looks up some names at once (A and AAAA) and says when all are answered, or when
 * the time is up.
 *
 * @done runs once, never inside pl_resolve_new() and never after pl_resolve_free(), in the
 * context that was the thread's default.
 */
typedef struct _PlResolve PlResolve;
typedef void (*PlResolvedFunc) (gpointer user_data);

/** @names: host names or addresses, NULL-terminated, copied. */
PlResolve *pl_resolve_new (const char *const *names, guint timeout_ms, PlResolvedFunc done,
                           gpointer user_data);
void pl_resolve_free (PlResolve *self);

/** The first address of @family that @name has so far; NULL where there is none. Borrowed. */
GInetAddress *pl_resolve_get (PlResolve *self, const char *name, GSocketFamily family);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlResolve, pl_resolve_free)
