/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "media/greeting.h"
#include "media/recorder.h"
#include "media/voice.h"

/**
 * PlAnswerer: an answering machine on one call: the greeting, the tone, a recording. The
 * modem's clock drives it: one block out for each that comes in.
 */
typedef struct _PlAnswerer PlAnswerer;

typedef struct {
  PlGreetingConfig greeting;
  PlRecorderLimits limits;
  const char *file; /* where the recording goes */
} PlAnswererConfig;

typedef struct {
  /** The owner's file cannot be played, so the words are spoken; or they cannot be spoken, so
   * there is the tone alone. */
  void (*greeting_failed) (const GError *reason, gpointer user_data);
  /** Nothing more to be heard, or the sound is gone: time to hang up, and to stop. */
  void (*enough) (gpointer user_data);
  /** Once, last, after pl_answerer_stop(), never inside it: see PlRecorderOps. */
  void (*finished) (int64_t duration_us, const GError *error, gpointer user_data);
} PlAnswererOps;

/** @port is borrowed until pl_answerer_stop(); nobody else is joined with it. */
PlAnswerer *pl_answerer_new (PlAudioPort *port, const PlAnswererConfig *config,
                             const PlAnswererOps *ops, gpointer user_data);
void pl_answerer_free (PlAnswerer *self);

/** The caller has hung up, or somebody talks to him: @port is free when this returns. */
void pl_answerer_stop (PlAnswerer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAnswerer, pl_answerer_free)
