/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/stream-resets.h"

#include "base/clock.h"

#define MAX_ATTEMPTS   10
#define RETRY_AFTER_US 100000

typedef struct {
  uint16_t stream;
  guint n_attempts;
  int64_t due_us; /* PL_NEVER: under way */
} Reset;

struct _PlStreamResets {
  GArray *resets; /* of Reset, in the order of asking */
};

PlStreamResets *
pl_stream_resets_new (void)
{
  PlStreamResets *self = g_new0 (PlStreamResets, 1);
  self->resets = g_array_new (FALSE, FALSE, sizeof (Reset));
  return self;
}

void
pl_stream_resets_free (PlStreamResets *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->resets);
  g_free (self);
}

static Reset *
find (PlStreamResets *self, uint16_t stream, guint *index)
{
  for (guint i = 0; i < self->resets->len; i++) {
    Reset *reset = &g_array_index (self->resets, Reset, i);
    if (reset->stream == stream) {
      if (index)
        *index = i;
      return reset;
    }
  }
  return NULL;
}

gboolean
pl_stream_resets_contains (PlStreamResets *self, uint16_t stream)
{
  return find (self, stream, NULL) != NULL;
}

gboolean
pl_stream_resets_add (PlStreamResets *self, uint16_t stream)
{
  Reset reset = { .stream = stream };
  if (find (self, stream, NULL))
    return FALSE;
  g_array_append_val (self->resets, reset);
  return TRUE;
}

GArray *
pl_stream_resets_steal_due (PlStreamResets *self, int64_t now_us)
{
  GArray *due = g_array_new (FALSE, FALSE, sizeof (uint16_t));
  for (guint i = 0; i < self->resets->len; i++) {
    Reset *reset = &g_array_index (self->resets, Reset, i);
    if (reset->due_us <= now_us) {
      reset->due_us = PL_NEVER;
      reset->n_attempts++;
      g_array_append_val (due, reset->stream);
    }
  }
  return due;
}

gboolean
pl_stream_resets_report_done (PlStreamResets *self, uint16_t stream)
{
  guint index;
  if (!find (self, stream, &index))
    return FALSE;
  g_array_remove_index (self->resets, index);
  return TRUE;
}

gboolean
pl_stream_resets_report_refused (PlStreamResets *self, uint16_t stream, int64_t now_us)
{
  guint index;
  Reset *reset = find (self, stream, &index);
  if (reset == NULL)
    return FALSE;
  reset->due_us = now_us + RETRY_AFTER_US;
  if (reset->n_attempts < MAX_ATTEMPTS)
    return FALSE;
  g_array_remove_index (self->resets, index);
  return TRUE;
}
