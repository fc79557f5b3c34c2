/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/** Which address to hold responsible for a request that came from @peer with this
 * X-Forwarded-For (may be NULL): @peer itself unless it is one of @trusted (GInetAddressMask),
 * else the right-most entry that is not trusted. Entries left of something that is no address
 * are not looked at. An IPv4-mapped address comes back as IPv4. Free with g_object_unref(). */
GInetAddress *pl_forwarded_pick (GInetAddress *peer, const char *header,
                                 const GPtrArray *trusted);

gboolean pl_forwarded_is_trusted (GInetAddress *peer, const GPtrArray *trusted);
