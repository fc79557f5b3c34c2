/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/bucket.h"

void
pl_bucket_init (PlBucket *self, const PlRate *rate, int64_t now_us)
{
  self->level_us = rate->burst * rate->interval_us;
  self->filled_at_us = now_us;
}

static void
fill (PlBucket *self, const PlRate *rate, int64_t now_us)
{
  int64_t full = rate->burst * rate->interval_us;
  self->level_us = MIN (full, self->level_us + (now_us - self->filled_at_us));
  self->filled_at_us = now_us;
}

PlBucketResult
pl_bucket_take (PlBucket *self, const PlRate *rate, int64_t tokens, int64_t now_us)
{
  fill (self, rate, now_us);
  int64_t left = self->level_us - tokens * rate->interval_us;
  if (left < -rate->burst * rate->interval_us)
    return PL_BUCKET_FLOOD;
  self->level_us = left;
  return left < 0 ? PL_BUCKET_OVER : PL_BUCKET_OK;
}

int64_t
pl_bucket_get_wait (PlBucket *self, const PlRate *rate, int64_t now_us)
{
  fill (self, rate, now_us);
  return MAX (0, rate->interval_us - self->level_us);
}

gboolean
pl_bucket_has (PlBucket *self, const PlRate *rate, int64_t now_us)
{
  return pl_bucket_get_wait (self, rate, now_us) == 0;
}

int64_t
pl_bucket_get_time_to_full (PlBucket *self, const PlRate *rate, int64_t now_us)
{
  fill (self, rate, now_us);
  return rate->burst * rate->interval_us - self->level_us;
}
