/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/timers.h"

struct _PlTimers {
  GSequence *sequence; /* of PlTimer, by at_us */
};

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data G_GNUC_UNUSED)
{
  const PlTimer *first = a;
  const PlTimer *second = b;
  return (first->at_us > second->at_us) - (first->at_us < second->at_us);
}

PlTimers *
pl_timers_new (void)
{
  PlTimers *self = g_new0 (PlTimers, 1);
  self->sequence = g_sequence_new (/* data_destroy = */ NULL);
  return self;
}

void
pl_timers_free (PlTimers *self)
{
  if (self == NULL)
    return;
  g_sequence_free (self->sequence);
  g_free (self);
}

void
pl_timers_set (PlTimers *self, PlTimer *timer, int64_t at_us)
{
  g_clear_pointer (&timer->iter, g_sequence_remove);
  timer->at_us = at_us;
  if (at_us != PL_NEVER)
    timer->iter = g_sequence_insert_sorted (self->sequence, timer, compare, NULL);
}

static PlTimer *
first (const PlTimers *self)
{
  GSequenceIter *iter = g_sequence_get_begin_iter (self->sequence);
  return g_sequence_iter_is_end (iter) ? NULL : g_sequence_get (iter);
}

int64_t
pl_timers_get_deadline (const PlTimers *self)
{
  const PlTimer *timer = first (self);
  return timer ? timer->at_us : PL_NEVER;
}

void
pl_timers_expire (PlTimers *self, int64_t now_us)
{
  for (PlTimer *timer; (timer = first (self)) != NULL && timer->at_us <= now_us;) {
    pl_timers_set (self, timer, PL_NEVER);
    timer->expired (timer->user_data, now_us);
  }
}
