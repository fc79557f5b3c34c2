/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlStreamOrder: brings streams back into the order in which the remote opened them. Each has
 * an SCTP stream of its own, so when a packet is lost, channels arrive out of order; the number
 * in the label "port:NUMBER" says what the order was. Streams without a number count as they
 * come.
 */
typedef struct _PlStreamOrder PlStreamOrder;

PlStreamOrder *pl_stream_order_new (void);
void pl_stream_order_free (PlStreamOrder *self);

/** TRUE for "port" (*@number 0) and "port:NUMBER" with a number of 1 to 2^53 in plain decimals.
 */
gboolean pl_stream_order_parse (const char *label, uint64_t *number);

/** Takes @stream in under @number. PL_PROTO_ERROR_INVALID for a number that came before, or
 * that is more than PL_MAX_STREAMS ahead. */
gboolean pl_stream_order_add (PlStreamOrder *self, uint64_t number, gpointer stream,
                              GError **error);

/** The next stream in order, or NULL while it has not arrived. */
gpointer pl_stream_order_next (PlStreamOrder *self);

/** Forgets @stream; its number counts as seen. */
void pl_stream_order_remove (PlStreamOrder *self, gpointer stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlStreamOrder, pl_stream_order_free)
