/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** CRC32c (Castagnoli) of @data, as SCTP's checksum (RFC 9260 appendix A), by the processor
 * where it can. Of no bytes: 0. */
uint32_t pl_crc32c (const uint8_t *data, size_t len);

/** The same, always by table: for processors without the instruction. */
uint32_t pl_crc32c_by_table (const uint8_t *data, size_t len);
