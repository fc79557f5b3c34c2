/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef enum {
  PL_TRANSFER_STREAM_SENT = 1,
  PL_TRANSFER_STREAM_RECEIVED,
  PL_TRANSFER_FILE_SENT,
  PL_TRANSFER_FILE_RECEIVED,
} PlTransferKind;

/** PlTransfer: what became of one stream or file; borrowed for the call that reports it. */
typedef struct {
  PlTransferKind kind;
  const char *name; /* of a file, fit for a terminal; NULL for streams */
  uint64_t bytes;
  const GError *error; /* NULL: delivered whole */
} PlTransfer;

typedef void (*PlTransferFunc) (const PlTransfer *transfer, gpointer user_data);
