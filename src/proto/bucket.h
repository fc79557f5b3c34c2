/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** How fast a bucket fills, and how much it holds. */
typedef struct {
  int64_t interval_us; /* time for one token */
  int64_t burst;       /* tokens when full */
} PlRate;

/** PlBucket: a token bucket. A plain value; pl_bucket_init() fills it. */
typedef struct {
  int64_t level_us; /* what is there, as the time it took to fill; negative: in debt */
  int64_t filled_at_us;
} PlBucket;

typedef enum {
  PL_BUCKET_OK,
  PL_BUCKET_OVER,  /* taken, but as a debt: tell the sender to slow down */
  PL_BUCKET_FLOOD, /* not taken: the debt is as large as the bucket already */
} PlBucketResult;

void pl_bucket_init (PlBucket *self, const PlRate *rate, int64_t now_us);

/** Takes @tokens, at most into a debt of one whole bucket. */
PlBucketResult pl_bucket_take (PlBucket *self, const PlRate *rate, int64_t tokens,
                               int64_t now_us);

/** TRUE if one token could be taken without debt; takes nothing. */
gboolean pl_bucket_has (PlBucket *self, const PlRate *rate, int64_t now_us);

/** Microseconds until there is one token; 0 when there is. */
int64_t pl_bucket_get_wait (PlBucket *self, const PlRate *rate, int64_t now_us);

/** Microseconds until the bucket is full and so need not be remembered. */
int64_t pl_bucket_get_time_to_full (PlBucket *self, const PlRate *rate, int64_t now_us);
