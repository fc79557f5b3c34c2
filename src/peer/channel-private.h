/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/step.h"
#include "peer/channel.h"

/* What the channel table needs of its channels. */

typedef struct {
  /** The channel has something to hand over, or its stream is to be reset. */
  void (*ready) (PlChannel *channel, gpointer user_data);
  size_t (*get_max_message_size) (gpointer user_data);
  /** What pl_channel_receive() gave as @size was delivered or dropped. */
  void (*taken) (size_t size, gpointer user_data);
} PlChannelOps;

/** One message on its way out, with the PPID and the bytes of the wire. */
typedef struct {
  uint32_t ppid;
  GBytes *bytes;
  size_t counted; /* of the buffered amount */
} PlOutgoing;

/** @ops NULL once the table is gone. */
PlChannel *pl_channel_new (const char *label, const char *protocol,
                           const PlChannelOptions *options, const PlChannelOps *ops,
                           gpointer user_data);
const PlChannelOptions *pl_channel_get_options (PlChannel *self);

void pl_channel_set_id (PlChannel *self, uint16_t id);
gboolean pl_channel_has_id (PlChannel *self);

/** Whether the channel stands in the table's queue of turns; returns FALSE where it was so. */
gboolean pl_channel_set_in_turn (PlChannel *self, gboolean in_turn);

/** DCEP messages go through the same queue, so that data follows them. */
void pl_channel_push_control (PlChannel *self, uint32_t ppid, GBytes *bytes);

/** The first of the queue, or NULL. */
const PlOutgoing *pl_channel_peek (PlChannel *self);
/** The first of the queue was handed over; "buffered-low" may fire. */
void pl_channel_handed_over (PlChannel *self);

/** The remote acknowledged, or opened it, or sent data. */
void pl_channel_arrived (PlChannel *self);

/** A message of the remote with a PPID of data; others are ignored. Returns how much memory
 * waits for a listener now because of it: more than its bytes. */
size_t pl_channel_receive (PlChannel *self, uint32_t ppid, GBytes *bytes);

/** Ends the channel because of @reason: what is queued is dropped, the stream is reset. */
void pl_channel_abort (PlChannel *self, const GError *reason);

/** TRUE once when all is said and our side of the stream is to be reset. */
gboolean pl_channel_take_reset (PlChannel *self);
void pl_channel_remote_reset (PlChannel *self);
void pl_channel_own_reset_done (PlChannel *self);

/** TRUE when our side is. */
gboolean pl_channel_is_reset (PlChannel *self);

/** TRUE when the remote has reset its side and ours is on the way: its id may come again. */
gboolean pl_channel_is_ending (PlChannel *self);

/** The connection is gone: "closed" with @reason unless it was closed before. */
void pl_channel_finish (PlChannel *self, const GError *reason);

extern const PlMachine pl_channel_machine;
