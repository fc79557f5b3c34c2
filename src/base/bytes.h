/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlReader: reads untrusted bytes in network order.
 *
 * A read past the end returns zero (or NULL), reads nothing, and sets one sticky flag; the
 * caller reads all it expects and checks once with pl_reader_done().
 */
typedef struct {
  const uint8_t *data;
  size_t len;
  size_t pos;
  gboolean failed;
} PlReader;

#define PL_READER_INIT(data_, len_)                                                            \
  {                                                                                            \
    .data = (data_), .len = (len_)                                                             \
  }

uint8_t pl_reader_u8 (PlReader *self);
uint16_t pl_reader_u16 (PlReader *self);
uint32_t pl_reader_u32 (PlReader *self);

/** The next @len bytes, borrowed from the input; NULL (and failed) when there are fewer. */
const uint8_t *pl_reader_bytes (PlReader *self, size_t len);

/** The next @len bytes as a new string (free with g_free()); NULL and failed unless they are
 * UTF-8 without NUL. */
char *pl_reader_utf8 (PlReader *self, size_t len);

size_t pl_reader_left (const PlReader *self);

/** TRUE if nothing failed and nothing is left; else sets PL_PROTO_ERROR_INVALID. */
gboolean pl_reader_done (const PlReader *self, GError **error);

/** Append in network order. */
void pl_write_u8 (GByteArray *out, uint8_t value);
void pl_write_u16 (GByteArray *out, uint16_t value);
void pl_write_u32 (GByteArray *out, uint32_t value);
