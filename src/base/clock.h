/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** No deadline. */
#define PL_NEVER INT64_MAX

/**
 * PlDeadline: one GSource for the one next deadline of a sans-IO machine.
 *
 * Times are microseconds of g_get_monotonic_time(). @expired runs in the context that was the
 * thread's default when the deadline was made; the deadline is PL_NEVER again by then.
 */
typedef struct _PlDeadline PlDeadline;
typedef void (*PlExpiredFunc) (gpointer user_data);

PlDeadline *pl_deadline_new (const char *name, PlExpiredFunc expired, gpointer user_data);
void pl_deadline_free (PlDeadline *self);

/** Replaces the deadline; PL_NEVER disarms. */
void pl_deadline_set (PlDeadline *self, int64_t at_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlDeadline, pl_deadline_free)
