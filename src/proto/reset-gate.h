/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/**
 * PlResetGate: keeps a request to reset streams (RFC 6525) that overtook its data from usrsctp
 * until the data is there.
 *
 * usrsctp puts such a request off, but looks at it again only when a chunk moves the cumulative
 * TSN by exactly one. After a retransmission it moves further, and then the reset waits for the
 * next data, which may never come; repeated requests get "in progress" for an answer.
 */
typedef struct _PlResetGate PlResetGate;

PlResetGate *pl_reset_gate_new (void);
void pl_reset_gate_free (PlResetGate *self);

/** We acknowledged everything up to @cum_tsn. */
void pl_reset_gate_report_acked (PlResetGate *self, uint32_t cum_tsn);

/** A data chunk came. */
void pl_reset_gate_report_data (PlResetGate *self, uint32_t tsn);

/** To be asked after the packet's data was reported. NULL where the packet may pass as it is;
 * else what may pass instead of it, and the request is kept. */
GBytes *pl_reset_gate_hold (PlResetGate *self, const uint8_t *packet, size_t len);

/** The packet with the request that was kept, once its data is there; else NULL. */
GBytes *pl_reset_gate_steal_due (PlResetGate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlResetGate, pl_reset_gate_free)
