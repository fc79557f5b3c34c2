/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/clock.h"

#include <glib.h>

/**
 * PlTimers: many timers of a sans-IO machine, one deadline. Setting one costs O(log n).
 */
typedef struct _PlTimers PlTimers;

typedef void (*PlTimerFunc) (gpointer user_data, int64_t now_us);

/** Embedded in what it is about; filled in once, then only touched by pl_timers_set(). Set it
 * to PL_NEVER before it is freed. */
typedef struct {
  PlTimerFunc expired; /* the timer is disarmed by then; may free it */
  gpointer user_data;
  GSequenceIter *iter; /* NULL: disarmed */
  int64_t at_us;
} PlTimer;

PlTimers *pl_timers_new (void);

/** All timers must be disarmed. */
void pl_timers_free (PlTimers *self);

/** Replaces what was set; PL_NEVER disarms. */
void pl_timers_set (PlTimers *self, PlTimer *timer, int64_t at_us);

int64_t pl_timers_get_deadline (const PlTimers *self);

/** Runs those that are due, in order of time. */
void pl_timers_expire (PlTimers *self, int64_t now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlTimers, pl_timers_free)
