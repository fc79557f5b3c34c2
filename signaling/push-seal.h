/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** The body of a push message (RFC 8291 with the content coding aes128gcm of RFC 8188): one
 * record with @payload, readable for the browser with the keys @p256dh and @auth (base64url, as
 * the W3C's Push API gives them) alone. PL_PROTO_ERROR_INVALID where these are none,
 * PL_PROTO_ERROR_LIMIT for a payload above PL_MAX_PUSH_BYTES. */
GBytes *pl_push_seal (const char *p256dh, const char *auth, GBytes *payload, GError **error);
