/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlRecorder: sound into a file of Opus in Ogg, until there is enough of it. The file is
 * written as PATH.part and gets its name when it is whole.
 *
 * Time is that of the samples. Ops run in the context that was the thread's default at
 * construction.
 */
typedef struct _PlRecorder PlRecorder;

/** When there is enough, in microseconds. */
typedef struct {
  int64_t limit_us;   /* of the whole */
  int64_t silence_us; /* after somebody has spoken */
  int64_t nothing_us; /* where nobody ever speaks */
} PlRecorderLimits;

/** Three minutes, 5 s, 10 s. */
extern const PlRecorderLimits pl_recorder_limits;

typedef struct {
  /** It takes no more: a limit, silence, or an error (a full disk). Not after
   * pl_recorder_finish(). */
  void (*enough) (gpointer user_data);
  /** Once, last, after pl_recorder_finish(): the file is there and plays that long. 0: there
   * is none, because less than a second of it was sound, or because of @error. With both, the
   * file is cut off. */
  void (*finished) (int64_t duration_us, const GError *error, gpointer user_data);
} PlRecorderOps;

/** @rate 8000 or 16000. */
PlRecorder *pl_recorder_new (const char *path, guint rate, const PlRecorderLimits *limits,
                             const PlRecorderOps *ops, gpointer user_data, GError **error);
/** Without pl_recorder_finish() and its answer: the file is deleted. */
void pl_recorder_free (PlRecorder *self);

void pl_recorder_feed (PlRecorder *self, const int16_t *samples, gsize n);
void pl_recorder_finish (PlRecorder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlRecorder, pl_recorder_free)
