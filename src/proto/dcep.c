/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/dcep.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"

#include <string.h>

/* RFC 8832 section 8.2.1. */
enum {
  MESSAGE_ACK = 0x02,
  MESSAGE_OPEN = 0x03
};

/* RFC 8832 section 5.1: two channel types with one parameter each; the highest bit: unordered.
 */
enum {
  TYPE_RELIABLE = 0x00,
  TYPE_RETRANSMITS = 0x01,
  TYPE_LIFETIME = 0x02,
  UNORDERED = 0x80
};

void
pl_dcep_open_clear (PlDcepOpen *self)
{
  g_clear_pointer (&self->label, g_free);
  g_clear_pointer (&self->protocol, g_free);
}

static gboolean
set_type (PlDcepOpen *open, uint8_t type, uint32_t parameter, GError **error)
{
  int value = MIN (parameter, INT32_MAX);

  open->unordered = (type & UNORDERED) != 0;
  open->max_retransmits = -1;
  open->max_lifetime_ms = -1;
  switch (type & ~UNORDERED) {
  case TYPE_RELIABLE:
    return TRUE;
  case TYPE_RETRANSMITS:
    open->max_retransmits = value;
    return TRUE;
  case TYPE_LIFETIME:
    open->max_lifetime_ms = value;
    return TRUE;
  default:
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_UNSUPPORTED,
                 "dcep: unknown channel type 0x%02x", type);
    return FALSE;
  }
}

gboolean
pl_dcep_parse_open (const uint8_t *data, size_t len, PlDcepOpen *open, GError **error)
{
  PlReader r = PL_READER_INIT (data, len);
  uint8_t message = pl_reader_u8 (&r);
  uint8_t type = pl_reader_u8 (&r);
  g_auto (PlDcepOpen) read = { .priority = pl_reader_u16 (&r) };
  uint32_t parameter = pl_reader_u32 (&r);
  uint16_t label_len = pl_reader_u16 (&r);
  uint16_t protocol_len = pl_reader_u16 (&r);

  if (len > 0 && message != MESSAGE_OPEN) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_UNSUPPORTED,
                 "dcep: unknown message 0x%02x", message);
    return FALSE;
  }
  if (label_len > PL_MAX_LABEL || protocol_len > PL_MAX_LABEL) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "dcep: label of %u and protocol of %u bytes, limit is %d", label_len,
                 protocol_len, PL_MAX_LABEL);
    return FALSE;
  }
  read.label = pl_reader_utf8 (&r, label_len);
  read.protocol = pl_reader_utf8 (&r, protocol_len);
  if (!pl_reader_done (&r, error) || !set_type (&read, type, parameter, error))
    return FALSE;
  *open = read;
  read = (PlDcepOpen){ 0 };
  return TRUE;
}

GBytes *
pl_dcep_print_open (const PlDcepOpen *open)
{
  GByteArray *out = g_byte_array_new ();
  uint8_t type = TYPE_RELIABLE;
  uint32_t parameter = 0;

  if (open->max_retransmits >= 0) {
    type = TYPE_RETRANSMITS;
    parameter = open->max_retransmits;
  } else if (open->max_lifetime_ms >= 0) {
    type = TYPE_LIFETIME;
    parameter = open->max_lifetime_ms;
  }
  pl_write_u8 (out, MESSAGE_OPEN);
  pl_write_u8 (out, type | (open->unordered ? UNORDERED : 0));
  pl_write_u16 (out, open->priority);
  pl_write_u32 (out, parameter);
  pl_write_u16 (out, strlen (open->label));
  pl_write_u16 (out, strlen (open->protocol));
  g_byte_array_append (out, (const uint8_t *) open->label, strlen (open->label));
  g_byte_array_append (out, (const uint8_t *) open->protocol, strlen (open->protocol));
  return g_byte_array_free_to_bytes (out);
}

gboolean
pl_dcep_is_ack (const uint8_t *data, size_t len)
{
  return len == 1 && data[0] == MESSAGE_ACK;
}

GBytes *
pl_dcep_print_ack (void)
{
  static const uint8_t ack[] = { MESSAGE_ACK };
  return g_bytes_new_static (ack, sizeof ack);
}
