/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/sdp.h"

/**
 * PlCandidateQueue: the remote's candidates on their way to ICE. Those that come before their
 * description wait (at most PL_MAX_QUEUED_CANDIDATES); of one generation at most
 * PL_MAX_CANDIDATES pass, each once.
 */
typedef struct _PlCandidateQueue PlCandidateQueue;

PlCandidateQueue *pl_candidate_queue_new (void);
void pl_candidate_queue_free (PlCandidateQueue *self);

/** The remote's description was taken; @new_generation: with new ICE credentials. */
void pl_candidate_queue_describe (PlCandidateQueue *self, const PlDescription *description,
                                  gboolean new_generation);

/** One trickled candidate; @line NULL or "": end of candidates. PL_PROTO_ERROR_INVALID or
 * _LIMIT for what cannot be a candidate at all. */
gboolean pl_candidate_queue_feed (PlCandidateQueue *self, const char *line, const char *mid,
                                  GError **error);

/** The next that ICE can have, "" for the end, NULL for none; free with g_free(). */
char *pl_candidate_queue_next (PlCandidateQueue *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlCandidateQueue, pl_candidate_queue_free)
