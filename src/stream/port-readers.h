/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/channel.h"
#include "stream/transfer.h"

#include <gio/gio.h>
#include <stdint.h>

/**
 * PlPortReaders: the read port. Each connection gets one whole stream of the peer: the next one
 * that nobody had yet, in the order of the streams' numbers. A reader sends nothing, though it
 * may shut down its sending side. When it sends, or goes away, the stream it was reading breaks
 * off, and the next reader gets the next stream.
 */
typedef struct _PlPortReaders PlPortReaders;

PlPortReaders *pl_port_readers_new (uint16_t port, PlTransferFunc ended, gpointer user_data,
                                    GError **error);
void pl_port_readers_free (PlPortReaders *self);

uint16_t pl_port_readers_get_port (const PlPortReaders *self);

/** TRUE for the label of a stream that belongs to a read port: "port" or "port:NUMBER". */
gboolean pl_port_readers_wants (const char *label);

/** A channel that the peer opened and pl_port_readers_wants() wants, before its first message.
 */
void pl_port_readers_take_channel (PlPortReaders *self, PlChannel *channel);

/** Bytes that came since the start. */
uint64_t pl_port_readers_get_received (const PlPortReaders *self);

/** The peer is gone: all streams of it break off, and the next one counts from the start. */
void pl_port_readers_reset (PlPortReaders *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPortReaders, pl_port_readers_free)
