/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/channel.h"

#include <gio/gio.h>
#include <stdint.h>

/**
 * PlStream: one byte stream over one PlChannel, joined with a source to read from and a sink to
 * write to, with back-pressure in both directions (PROTOCOL.md section 3). Both may come later
 * than the stream; what arrives before the sink is kept, within the stream's credit.
 *
 * Lives in the context that is the thread's default. Ops never run inside a call.
 */
typedef struct _PlStream PlStream;

typedef struct {
  /** All of the remote's bytes are in the sink: close or publish it. The remote learns that
   * they are delivered when this returns TRUE; FALSE with an error breaks the stream off. */
  gboolean (*delivered) (gpointer user_data, GError **error);
  /** Exactly once, last: NULL when both directions have ended and all is delivered. Free the
   * stream here or later. */
  void (*closed) (const GError *reason, gpointer user_data);
} PlStreamOps;

PlStream *pl_stream_new (PlChannel *channel, const PlStreamOps *ops, gpointer user_data);
void pl_stream_free (PlStream *self);

/** What to send: @head (may be NULL, at most PL_STREAM_MESSAGE bytes), then @source until its
 * end.
 * @source NULL: nothing more, our direction ends. Once. The owner closes @source. */
void pl_stream_set_source (PlStream *self, GInputStream *source, GBytes *head);

/** Where the remote's bytes go; NULL: it may send none. Once. The owner closes @sink. */
void pl_stream_set_sink (PlStream *self, GOutputStream *sink);

/** Breaks off and tells the remote why, in a short sentence. Nothing is called any more. */
void pl_stream_reset (PlStream *self, const char *reason);

/** Bytes so far: read from the source and handed to the channel, and arrived from it. */
uint64_t pl_stream_get_sent (const PlStream *self);
uint64_t pl_stream_get_received (const PlStream *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlStream, pl_stream_free)
