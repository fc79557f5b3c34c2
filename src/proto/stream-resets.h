/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlStreamResets: which of our outgoing streams are being reset (RFC 6525), and when a request
 * that the remote refused is repeated. A remote refuses while a reset of its own is under way.
 */
typedef struct _PlStreamResets PlStreamResets;

PlStreamResets *pl_stream_resets_new (void);
void pl_stream_resets_free (PlStreamResets *self);

/** FALSE when it is being reset already. */
gboolean pl_stream_resets_add (PlStreamResets *self, uint16_t stream);
gboolean pl_stream_resets_contains (PlStreamResets *self, uint16_t stream);

/** The streams to ask for now; free with g_array_unref(). Each is handed out once per attempt.
 */
GArray *pl_stream_resets_steal_due (PlStreamResets *self, int64_t now_us);

/** The remote did it. FALSE when nobody had asked. */
gboolean pl_stream_resets_report_done (PlStreamResets *self, uint16_t stream);

/** The remote refused. TRUE when that was the last attempt: the stream is forgotten. */
gboolean pl_stream_resets_report_refused (PlStreamResets *self, uint16_t stream,
                                          int64_t now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlStreamResets, pl_stream_resets_free)
