/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/association.h"
#include "peer/channel.h"

/**
 * PlChannelTable: all data channels of one connection: their ids, DCEP, and whose turn it is to
 * hand a message to SCTP (round robin by message).
 */
typedef struct _PlChannelTable PlChannelTable;

typedef struct {
  /** The remote opened one. */
  void (*channel) (PlChannel *channel, gpointer user_data);
  /** After pl_channel_table_drain(), once. */
  void (*drained) (gpointer user_data);
} PlChannelTableOps;

/** @association outlives the table. */
PlChannelTable *pl_channel_table_new (PlAssociation *association, const PlChannelTableOps *ops,
                                      gpointer user_data);

/** Channels that are not closed are closed with @reason; may be NULL. */
void pl_channel_table_free (PlChannelTable *self, const GError *reason);

/** Ids are even for the DTLS client and odd for the server (RFC 8832 section 6). What was
 * opened before gets its id now. @max_message_size: the remote's. */
void pl_channel_table_connected (PlChannelTable *self, PlDtlsRole role,
                                 size_t max_message_size);

/** The channel belongs to the caller; the table keeps a reference until it is closed.
 * PL_PROTO_ERROR_LIMIT when there are too many or the label is too long. */
PlChannel *pl_channel_table_open (PlChannelTable *self, const char *label, const char *protocol,
                                  const PlChannelOptions *options, GError **error);

/* What the association reports. */
void pl_channel_table_message (PlChannelTable *self, uint16_t stream, uint32_t ppid,
                               GBytes *data);
void pl_channel_table_writable (PlChannelTable *self);
void pl_channel_table_streams_reset (PlChannelTable *self, const uint16_t *streams, guint n);
void pl_channel_table_reset_done (PlChannelTable *self, const uint16_t *streams, guint n);

/** Closes all channels; the drained op follows when all that was buffered is delivered and all
 * our sides are reset. */
void pl_channel_table_drain (PlChannelTable *self);
