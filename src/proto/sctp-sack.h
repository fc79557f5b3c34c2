/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/bytes.h"

/**
 * Reads, in SCTP packets on their way, what congestion control needs to know: which data left,
 * and what the remote says that it got (RFC 9260 section 3.3).
 *
 * Reading stops without an error at the first thing that makes no sense: usrsctp judges the
 * packet.
 */
typedef struct {
  uint32_t cum_tsn;
  uint32_t a_rwnd;
  guint n_gaps;
  PlReader gaps; /* pairs of first and last, as offsets from cum_tsn; walk a copy */
} PlSctpSack;

typedef struct {
  uint32_t tsn;
  uint16_t stream;
  uint16_t payload_len;
} PlSctpData;

typedef enum {
  PL_SCTP_CHUNK_NONE,
  PL_SCTP_CHUNK_DATA,
  PL_SCTP_CHUNK_SACK,
  PL_SCTP_CHUNK_HEARTBEAT,
  PL_SCTP_CHUNK_HEARTBEAT_ACK
} PlSctpChunkKind;

/** A reader of the chunks of one packet, borrowed for as long as it is read. */
PlReader pl_sctp_packet_reader (const uint8_t *packet, size_t len);

/** Goes to the next chunk of a kind above; fills @data or @sack for these two.
 * PL_SCTP_CHUNK_NONE at the end. */
PlSctpChunkKind pl_sctp_next_chunk (PlReader *reader, PlSctpData *data, PlSctpSack *sack);

/** The next gap block as TSNs; FALSE when there is none, or when it does not come behind the
 * block before (then nothing behind it counts either). @last: in, the end of the block before,
 * at the start cum_tsn; out, the end of this one. */
gboolean pl_sctp_sack_next_gap (PlSctpSack *sack, uint32_t *first, uint32_t *last);
