/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/bytes.h"

#include "base/error.h"

const uint8_t *
pl_reader_bytes (PlReader *self, size_t len)
{
  if (self->failed || len > self->len - self->pos) {
    self->failed = TRUE;
    return NULL;
  }
  self->pos += len;
  return self->data + self->pos - len;
}

uint8_t
pl_reader_u8 (PlReader *self)
{
  const uint8_t *p = pl_reader_bytes (self, 1);
  return p ? p[0] : 0;
}

uint16_t
pl_reader_u16 (PlReader *self)
{
  const uint8_t *p = pl_reader_bytes (self, 2);
  return p ? (uint16_t) (p[0] << 8 | p[1]) : 0;
}

uint32_t
pl_reader_u32 (PlReader *self)
{
  const uint8_t *p = pl_reader_bytes (self, 4);
  return p ? (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3] : 0;
}

char *
pl_reader_utf8 (PlReader *self, size_t len)
{
  const char *p = (const char *) pl_reader_bytes (self, len);
  if (p == NULL)
    return NULL;
  if (!g_utf8_validate_len (p, len, NULL)) {
    self->failed = TRUE;
    return NULL;
  }
  return g_strndup (p, len);
}

size_t
pl_reader_left (const PlReader *self)
{
  return self->failed ? 0 : self->len - self->pos;
}

gboolean
pl_reader_done (const PlReader *self, GError **error)
{
  if (self->failed) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "malformed after byte %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT, self->pos,
                 self->len);
    return FALSE;
  }
  if (self->pos != self->len) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "%" G_GSIZE_FORMAT " bytes too many", self->len - self->pos);
    return FALSE;
  }
  return TRUE;
}

void
pl_write_u8 (GByteArray *out, uint8_t value)
{
  g_byte_array_append (out, &value, 1);
}

void
pl_write_u16 (GByteArray *out, uint16_t value)
{
  value = GUINT16_TO_BE (value);
  g_byte_array_append (out, (const uint8_t *) &value, sizeof value);
}

void
pl_write_u32 (GByteArray *out, uint32_t value)
{
  value = GUINT32_TO_BE (value);
  g_byte_array_append (out, (const uint8_t *) &value, sizeof value);
}
