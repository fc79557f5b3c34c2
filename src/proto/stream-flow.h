/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** The data channel protocol string of PROTOCOL.md section 3. */
#define PL_STREAM_PROTOCOL "punchline.stream.1"

/**
 * PlStreamFlow: both directions of one byte stream over one reliable, ordered data channel,
 * with credit in each direction (PROTOCOL.md section 3). Messages and bytes in, messages and
 * bytes out.
 *
 * A stream fails at most once: by a feed that returns an error, or by pl_stream_flow_reset().
 * After that it takes and gives nothing but what pl_stream_flow_next_message() still has.
 */
typedef struct _PlStreamFlow PlStreamFlow;

/** @credits: the channel's protocol is PL_STREAM_PROTOCOL. Otherwise the remote knows only that
 * messages are bytes and the empty string is the end. */
PlStreamFlow *pl_stream_flow_new (gboolean credits);
void pl_stream_flow_free (PlStreamFlow *self);

/** One message from the channel. PL_LINK_ERROR_CLOSED: the remote reset the stream, with its
 * reason; PL_PROTO_ERROR: it broke the protocol, and will be told. Either ends this stream. */
gboolean pl_stream_flow_feed (PlStreamFlow *self, GBytes *message, gboolean is_text,
                              GError **error);

/** The next message for the channel, NULL when there is none. Free with g_bytes_unref(). */
GBytes *pl_stream_flow_next_message (PlStreamFlow *self, gboolean *is_text);

/** How many bytes pl_stream_flow_send() would take now: at most PL_STREAM_MESSAGE, 0 without
 * credit and after the end. */
size_t pl_stream_flow_get_room (const PlStreamFlow *self);

/** Queues 1 to get_room() bytes as one message. */
void pl_stream_flow_send (PlStreamFlow *self, GBytes *bytes);

/** No more bytes from here. */
void pl_stream_flow_end (PlStreamFlow *self);

/** Breaks the stream off and tells the remote why; @reason is a short sentence. */
void pl_stream_flow_reset (PlStreamFlow *self, const char *reason);

/** The next bytes that came, at most PL_STREAM_MESSAGE; NULL when there are none. */
GBytes *pl_stream_flow_next_bytes (PlStreamFlow *self);

/** The consumer has really taken @n of the bytes handed out: grants credit. */
void pl_stream_flow_report_taken (PlStreamFlow *self, size_t n);

/** TRUE when the remote has ended its direction, all of its bytes are taken, and the consumer
 * has still to be told. */
gboolean pl_stream_flow_needs_delivery (const PlStreamFlow *self);

/** The consumer has seen the end as well: confirms delivery of everything to the remote. */
void pl_stream_flow_report_delivered (PlStreamFlow *self);

/** TRUE when both directions have ended, everything that came is delivered, and the remote has
 * confirmed the same (a remote without credits confirms nothing: then without that). Messages
 * may still wait to be taken. */
gboolean pl_stream_flow_is_finished (const PlStreamFlow *self);

uint64_t pl_stream_flow_get_sent (const PlStreamFlow *self);
uint64_t pl_stream_flow_get_received (const PlStreamFlow *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlStreamFlow, pl_stream_flow_free)
