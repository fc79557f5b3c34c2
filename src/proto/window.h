/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/sctp-sack.h"

/**
 * PlWindow: how much data the path holds, from what left and what the remote's SACKs say.
 *
 * SCTP's own congestion control fills whatever queue the bottleneck has, and a call beside it
 * is dead for as long. An upper bound of 1.5 times the bandwidth-delay product keeps the path
 * busy and the queue at half a round trip. Rate and round-trip time are estimated as BBR does
 * it (draft-cheng-iccrg-delivery-rate-estimation, draft-cardwell-iccrg-bbr-congestion-control):
 *
 *   startup --the rate stands still for 3 rounds--> cruise <--> probe (10 s without a new
 * minimum of the round-trip time: 2 rounds with less, so that the queue drains and the minimum
 * shows)
 *
 * Times are microseconds of one monotonic clock.
 */
typedef struct _PlWindow PlWindow;

PlWindow *pl_window_new (void);
void pl_window_free (PlWindow *self);

/** A DATA chunk leaves; one that has left before is a retransmission. */
void pl_window_report_sent (PlWindow *self, const PlSctpData *data, int64_t now_us);

/** A SACK came. Returns the payload bytes that its cumulative TSN acknowledges for the first
 * time. Nonsense changes nothing. */
size_t pl_window_report_sack (PlWindow *self, const PlSctpSack *sack, int64_t now_us);

/** The packets take another path now: forgets its rate and time, not what is under way. */
void pl_window_report_new_path (PlWindow *self);

/** Bytes that should be in flight at most; 0 before anything is known. */
uint32_t pl_window_get_limit (const PlWindow *self);

/** Estimates: bytes a second, and microseconds; 0 when not known. */
uint64_t pl_window_get_rate (const PlWindow *self);
int64_t pl_window_get_min_rtt (const PlWindow *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlWindow, pl_window_free)
