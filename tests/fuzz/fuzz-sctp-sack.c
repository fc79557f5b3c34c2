/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/window.h"

/* One packet, whose DATA has left and whose SACKs have come: the reader and the window behind
 * it. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  g_autoptr (PlWindow) window = pl_window_new ();
  PlReader reader = pl_sctp_packet_reader (data, len);
  PlSctpData chunk;
  PlSctpSack sack;
  size_t n_sent = 0, n_acked = 0;
  int64_t now_us = 1;

  for (PlSctpChunkKind kind;
       (kind = pl_sctp_next_chunk (&reader, &chunk, &sack)) != PL_SCTP_CHUNK_NONE;) {
    now_us += 1000;
    if (kind == PL_SCTP_CHUNK_SACK) {
      n_acked += pl_window_report_sack (window, &sack, now_us);
    } else if (kind == PL_SCTP_CHUNK_DATA) {
      g_assert_cmpuint (chunk.payload_len, <=, len);
      n_sent += chunk.payload_len;
      pl_window_report_sent (window, &chunk, now_us);
    }
  }
  g_assert_cmpuint (n_acked, <=, n_sent);
  return 0;
}
