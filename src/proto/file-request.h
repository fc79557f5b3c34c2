/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlFileRequest: finds pync's file request at the start of a written stream: "sf", the length
 * of the name in three decimal digits, and the name in UTF-8 without NUL. Anything else is
 * plain data. Bytes come in pieces of any size.
 */
typedef struct _PlFileRequest PlFileRequest;

/** The longest request; more bytes than this need never be kept back. */
#define PL_FILE_REQUEST_MAX (2 + 3 + 999)

typedef enum {
  PL_FILE_REQUEST_UNDECIDED = 1, /* could still become one: feed more */
  PL_FILE_REQUEST_FILE,
  PL_FILE_REQUEST_PLAIN,
} PlFileRequestVerdict;

/** @wanted FALSE: whatever comes is plain data. */
PlFileRequest *pl_file_request_new (gboolean wanted);
void pl_file_request_free (PlFileRequest *self);

/** The next bytes of the stream; only while undecided. */
PlFileRequestVerdict pl_file_request_feed (PlFileRequest *self, const uint8_t *data,
                                           size_t len);

/** The stream ended, or nobody wants to wait longer: undecided becomes plain. */
PlFileRequestVerdict pl_file_request_finish (PlFileRequest *self);

PlFileRequestVerdict pl_file_request_get_verdict (const PlFileRequest *self);

/** The name as written, after the verdict FILE; else NULL. */
const char *pl_file_request_get_name (const PlFileRequest *self);

/** The bytes that are data of the stream: all that were fed, or those behind the name. NULL
 * while undecided, and when there are none. */
GBytes *pl_file_request_steal_data (PlFileRequest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlFileRequest, pl_file_request_free)
