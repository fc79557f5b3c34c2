/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * PlChannel: one data channel (RFC 8831, RFC 8832).
 *
 * Signals, all in the context of the peer:
 *   "opened" ()                    the remote acknowledged, or opened it; sending is allowed
 * before "message" (GBytes *, gboolean is_text)   empty messages too "buffered-low" () buffered
 * amount fell to the low mark or below "closed" (GError *)            exactly once, last; NULL
 * when closed in good order
 */
#define PL_TYPE_CHANNEL (pl_channel_get_type ())
G_DECLARE_FINAL_TYPE (PlChannel, pl_channel, PL, CHANNEL, GObject)

typedef enum {
  PL_CHANNEL_CONNECTING = 1,
  PL_CHANNEL_OPEN,
  PL_CHANNEL_CLOSING,
  PL_CHANNEL_CLOSED,
} PlChannelState;

typedef struct {
  gboolean unordered;
  int max_retransmits; /* -1: not limited */
  int max_lifetime_ms; /* -1: not limited */
} PlChannelOptions;

#define PL_CHANNEL_RELIABLE                                                                    \
  {                                                                                            \
    .max_retransmits = -1, .max_lifetime_ms = -1                                               \
  }

const char *pl_channel_get_label (PlChannel *self);
const char *pl_channel_get_protocol (PlChannel *self);
PlChannelState pl_channel_get_state (PlChannel *self);
uint16_t pl_channel_get_id (PlChannel *self);

/** Sends one message (@is_text: UTF-8), however full the buffer: look at the buffered amount
 * first. PL_LINK_ERROR_CLOSED when it is not open; PL_PROTO_ERROR_LIMIT above the remote's
 * maximum message size. */
gboolean pl_channel_send (PlChannel *self, GBytes *message, gboolean is_text, GError **error);

/** Bytes accepted by pl_channel_send() and not yet handed to SCTP. */
size_t pl_channel_get_buffered_amount (PlChannel *self);

/** "buffered-low" fires when the amount falls from above @bytes to @bytes or below. Default 0.
 */
void pl_channel_set_buffered_low (PlChannel *self, size_t bytes);

/** Sends what is buffered, then resets the stream; "closed" follows. */
void pl_channel_close (PlChannel *self);

G_END_DECLS
