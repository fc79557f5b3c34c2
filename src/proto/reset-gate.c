/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/reset-gate.h"

#include "base/bytes.h"

#include <string.h>

#define HEADER_LEN 12

enum {
  CHUNK_RECONFIG = 130,
  /* RFC 9260 section 3.2: the two highest bits 10 say "skip it without a word". */
  CHUNK_SKIPPED = 191,
  PARAMETER_OUTGOING_RESET = 13 /* RFC 6525 section 4.1 */
};

struct _PlResetGate {
  gboolean knows_acked;
  uint32_t acked; /* cumulatively, as far as we can tell */
  GBytes *held;
  uint32_t held_tsn; /* the last that the sender gave out before its request */
};

PlResetGate *
pl_reset_gate_new (void)
{
  return g_new0 (PlResetGate, 1);
}

void
pl_reset_gate_free (PlResetGate *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->held, g_bytes_unref);
  g_free (self);
}

void
pl_reset_gate_report_acked (PlResetGate *self, uint32_t cum_tsn)
{
  self->knows_acked = TRUE;
  self->acked = cum_tsn;
}

/* Acknowledgements are late by a packet or 20 ms; without a gap there is no need to wait. */
void
pl_reset_gate_report_data (PlResetGate *self, uint32_t tsn)
{
  if (self->knows_acked && tsn == self->acked + 1)
    self->acked = tsn;
}

static gboolean
is_there (const PlResetGate *self, uint32_t tsn)
{
  return !self->knows_acked || (int32_t) (tsn - self->acked) <= 0;
}

/* The body of a RE-CONFIG chunk: TRUE with the TSN where it asks for an outgoing reset. */
static gboolean
find_request (PlReader reader, uint32_t *tsn)
{
  while (pl_reader_left (&reader) > 0) {
    uint16_t type = pl_reader_u16 (&reader);
    uint16_t len = pl_reader_u16 (&reader);
    const uint8_t *body = len < 4 ? NULL : pl_reader_bytes (&reader, len - 4);
    if (body == NULL || reader.failed)
      return FALSE;
    PlReader parameter = PL_READER_INIT (body, len - 4);
    pl_reader_bytes (&parameter, 8); /* sequence numbers of request and response */
    *tsn = pl_reader_u32 (&parameter);
    if (type == PARAMETER_OUTGOING_RESET && !parameter.failed)
      return TRUE;
    pl_reader_bytes (&reader, MIN (pl_reader_left (&reader), (4u - len % 4u) % 4u));
  }
  return FALSE;
}

static void
keep (PlResetGate *self, const uint8_t *header, const uint8_t *chunk, size_t len)
{
  GByteArray *packet = g_byte_array_new ();

  g_byte_array_append (packet, header, HEADER_LEN);
  g_byte_array_append (packet, chunk, len);
  g_clear_pointer (&self->held, g_bytes_unref);
  self->held = g_byte_array_free_to_bytes (packet);
}

GBytes *
pl_reset_gate_hold (PlResetGate *self, const uint8_t *packet, size_t len)
{
  PlReader reader = PL_READER_INIT (packet, len);

  pl_reader_bytes (&reader, HEADER_LEN);
  while (pl_reader_left (&reader) > 0) {
    size_t start = reader.pos;
    uint32_t tsn;
    uint8_t type = pl_reader_u8 (&reader);
    pl_reader_u8 (&reader); /* flags */
    uint16_t chunk_len = pl_reader_u16 (&reader);
    const uint8_t *body = chunk_len < 4 ? NULL : pl_reader_bytes (&reader, chunk_len - 4);
    if (body == NULL || reader.failed)
      return NULL;
    pl_reader_bytes (&reader, MIN (pl_reader_left (&reader), (4u - chunk_len % 4u) % 4u));
    if (type != CHUNK_RECONFIG
        || !find_request ((PlReader) PL_READER_INIT (body, chunk_len - 4), &tsn)
        || is_there (self, tsn))
      continue;
    /* A sender has one request at a time (RFC 6525 section 5.1.1), so one place is enough. */
    keep (self, packet, packet + start, reader.pos - start);
    self->held_tsn = tsn;
    uint8_t *rest = g_memdup2 (packet, len);
    rest[start] = CHUNK_SKIPPED;
    return g_bytes_new_take (rest, len);
  }
  return NULL;
}

GBytes *
pl_reset_gate_steal_due (PlResetGate *self)
{
  return self->held && is_there (self, self->held_tsn) ? g_steal_pointer (&self->held) : NULL;
}
