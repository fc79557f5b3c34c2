/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/peer.h"
#include "stream/transfer.h"

#include <gio/gio.h>
#include <stdint.h>

/**
 * PlPortWriters: the write port. Each connection is one stream to the peer, or one file where
 * it starts with pync's file request; nothing is ever written to it. Streams are carried at the
 * same time and numbered in the order in which their writers first sent a byte or ended.
 * Whoever comes while there is no peer waits, unread.
 */
typedef struct _PlPortWriters PlPortWriters;

typedef struct {
  uint16_t port;          /* 0: a free one */
  gboolean file_requests; /* look for pync's magic */
} PlPortWritersConfig;

PlPortWriters *pl_port_writers_new (const PlPortWritersConfig *config, PlTransferFunc ended,
                                    gpointer user_data, GError **error);
void pl_port_writers_free (PlPortWriters *self);

uint16_t pl_port_writers_get_port (const PlPortWriters *self);

/** Bytes handed to the peer since the start, of all streams and files. */
uint64_t pl_port_writers_get_sent (const PlPortWriters *self);

/** The peer whose connection is open; NULL: it is gone, what was under way breaks off. */
void pl_port_writers_set_peer (PlPortWriters *self, PlPeer *peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPortWriters, pl_port_writers_free)
