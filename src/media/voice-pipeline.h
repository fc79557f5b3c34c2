/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "media/gst.h"
#include "media/voice.h"

/* The elements between PCM and SRTP, in one pipeline that runs as long as the voice lives: SRTP
 * must never begin anew with the same keys. */

typedef struct {
  /** One SRTP or SRTCP packet, in a streaming thread. */
  void (*packet) (GstBuffer *packet, gpointer user_data);
  /** Decoded sound at the rate that was set, in a streaming thread. */
  void (*decoded) (const int16_t *samples, gsize n, gpointer user_data);
  /** Once, in any thread; the error is its own. */
  void (*failed) (gpointer user_data, GError *error);
} PlVoicePipelineOps;

typedef struct _PlVoicePipeline PlVoicePipeline;

/** Runs at once. PL_LINK_ERROR_FAILED where an element is missing or does not start. */
PlVoicePipeline *pl_voice_pipeline_new (const PlVoiceConfig *config,
                                        const PlVoicePipelineOps *ops, gpointer user_data,
                                        GError **error);
/** No op runs any more. */
void pl_voice_pipeline_free (PlVoicePipeline *self);

/** The rate of both ends; 0: what is received is decrypted and goes no further. */
void pl_voice_pipeline_set_rate (PlVoicePipeline *self, guint rate);

/** From any one thread each: what we say, and one SRTP or SRTCP packet of the remote. */
void pl_voice_pipeline_encode (PlVoicePipeline *self, const int16_t *samples, gsize n);
void pl_voice_pipeline_feed (PlVoicePipeline *self, const uint8_t *data, size_t len);

/** Once a second: makes up for what was lost or came late. */
void pl_voice_pipeline_adapt (PlVoicePipeline *self);

/** Only what is known here. */
void pl_voice_pipeline_get_stats (PlVoicePipeline *self, PlVoiceStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlVoicePipeline, pl_voice_pipeline_free)
