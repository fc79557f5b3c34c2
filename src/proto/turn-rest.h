/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** Credentials as coturn's use-auth-secret expects them (draft-uberti-behave-turn-rest-00):
 * *@username is "EXPIRY:NAME" with @expiry in seconds of the Unix epoch, *@credential the
 * base64 of HMAC-SHA1 over it. Free both with g_free(). */
void pl_turn_rest_mint (GBytes *secret, int64_t expiry, const char *name, char **username,
                        char **credential);
