/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlVapid: the key by which push services know this server again (RFC 8292). Browsers bind
 * their subscriptions to it: whoever loses it loses them.
 */
typedef struct _PlVapid PlVapid;

/** Writes a new P-256 key to @file, which must not exist, for the owner's eyes alone. */
gboolean pl_vapid_make (const char *file, GError **error);

/** Reads it. PL_CONFIG_ERROR_INVALID with the file's name. */
PlVapid *pl_vapid_load (const char *file, GError **error);
void pl_vapid_free (PlVapid *self);

/** What browsers subscribe with: base64url of the uncompressed point. */
const char *pl_vapid_get_public (const PlVapid *self);

/** The value of the header Authorization for a push service: @origin is its own, @subject says
 * whom to write to, @expires_s is Unix time, at most a day ahead. Free with g_free(). */
char *pl_vapid_authorize (const PlVapid *self, const char *origin, const char *subject,
                          int64_t expires_s);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlVapid, pl_vapid_free)
