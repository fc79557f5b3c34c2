/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/** base64url without padding (RFC 7515 section 2); free with g_free(). */
char *pl_base64url_encode (const void *data, size_t len);

/** Takes padding too; NULL where it is something else. */
GBytes *pl_base64url_decode (const char *text);
