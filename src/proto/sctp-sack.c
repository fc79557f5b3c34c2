/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sctp-sack.h"

enum {
  TYPE_DATA = 0,
  TYPE_SACK = 3,
  TYPE_HEARTBEAT = 4,
  TYPE_HEARTBEAT_ACK = 5
};

PlReader
pl_sctp_packet_reader (const uint8_t *packet, size_t len)
{
  PlReader reader = PL_READER_INIT (packet, len);
  pl_reader_bytes (&reader, 12); /* ports, verification tag, checksum */
  return reader;
}

static gboolean
read_data (PlReader *r, PlSctpData *data)
{
  data->tsn = pl_reader_u32 (r);
  data->stream = pl_reader_u16 (r);
  pl_reader_bytes (r, 6); /* sequence number, payload protocol */
  data->payload_len = pl_reader_left (r);
  return !r->failed;
}

static gboolean
read_sack (PlReader *r, PlSctpSack *sack)
{
  sack->cum_tsn = pl_reader_u32 (r);
  sack->a_rwnd = pl_reader_u32 (r);
  uint16_t n_gaps = pl_reader_u16 (r);
  pl_reader_u16 (r); /* duplicates, which follow the gap blocks */
  const uint8_t *gaps = pl_reader_bytes (r, n_gaps * 4);
  sack->n_gaps = n_gaps;
  sack->gaps = (PlReader) PL_READER_INIT (gaps, n_gaps * 4);
  return !r->failed;
}

PlSctpChunkKind
pl_sctp_next_chunk (PlReader *reader, PlSctpData *data, PlSctpSack *sack)
{
  while (pl_reader_left (reader) > 0) {
    uint8_t type = pl_reader_u8 (reader);
    pl_reader_u8 (reader); /* flags */
    uint16_t len = pl_reader_u16 (reader);
    const uint8_t *body = len < 4 ? NULL : pl_reader_bytes (reader, len - 4);
    if (body == NULL || reader->failed)
      break;
    /* Padded to four bytes; the last chunk may come without. */
    pl_reader_bytes (reader, MIN (pl_reader_left (reader), (4u - len % 4u) % 4u));
    PlReader r = PL_READER_INIT (body, len - 4);
    if (type == TYPE_DATA && read_data (&r, data))
      return PL_SCTP_CHUNK_DATA;
    if (type == TYPE_SACK && read_sack (&r, sack))
      return PL_SCTP_CHUNK_SACK;
    if (type == TYPE_HEARTBEAT)
      return PL_SCTP_CHUNK_HEARTBEAT;
    if (type == TYPE_HEARTBEAT_ACK)
      return PL_SCTP_CHUNK_HEARTBEAT_ACK;
  }
  return PL_SCTP_CHUNK_NONE;
}

gboolean
pl_sctp_sack_next_gap (PlSctpSack *sack, uint32_t *first, uint32_t *last)
{
  if (pl_reader_left (&sack->gaps) == 0)
    return FALSE;
  uint16_t from = pl_reader_u16 (&sack->gaps);
  uint16_t to = pl_reader_u16 (&sack->gaps);
  if (from <= *last - sack->cum_tsn || to < from)
    return FALSE;
  *first = sack->cum_tsn + from;
  *last = sack->cum_tsn + to;
  return TRUE;
}
