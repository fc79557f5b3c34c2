/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** PlDcepOpen: a DATA_CHANNEL_OPEN message (RFC 8832 section 5.1). Release with
 * pl_dcep_open_clear(). */
typedef struct {
  char *label;
  char *protocol;
  uint16_t priority;
  gboolean unordered;
  int max_retransmits; /* -1: not limited; at most one of the two is set */
  int max_lifetime_ms; /* -1: not limited */
} PlDcepOpen;

void pl_dcep_open_clear (PlDcepOpen *self);

/** Fills @open. PL_PROTO_ERROR_INVALID when malformed, PL_PROTO_ERROR_UNSUPPORTED for another
 * message or channel type, PL_PROTO_ERROR_LIMIT when label or protocol exceed PL_MAX_LABEL. */
gboolean pl_dcep_parse_open (const uint8_t *data, size_t len, PlDcepOpen *open, GError **error);
GBytes *pl_dcep_print_open (const PlDcepOpen *open);

/** Whether this is a DATA_CHANNEL_ACK (RFC 8832 section 5.2). */
gboolean pl_dcep_is_ack (const uint8_t *data, size_t len);
GBytes *pl_dcep_print_ack (void);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlDcepOpen, pl_dcep_open_clear)
