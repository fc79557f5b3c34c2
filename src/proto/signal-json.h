/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/signal-msg.h"

/** Parses one text frame. Unknown keys are ignored, an unknown type is PL_SIGNAL_MSG_UNKNOWN
 * (with id and seq, nothing else). PL_PROTO_ERROR_INVALID when it is not such a message,
 * PL_PROTO_ERROR_LIMIT when it is too long, too deep or has too many or too long parts. Room,
 * name and body of a client's requests may have any length and form: the server has error codes
 * of its own for them. *@id (may be NULL) is set to the request's id where it could be read,
 * else to 0, also on error. */
PlSignalMsg *pl_signal_msg_parse (const char *text, size_t len, int64_t *id, GError **error);

/** One line of JSON; free with g_free(). */
char *pl_signal_msg_print (const PlSignalMsg *self);
