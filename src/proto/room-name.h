/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** TRUE for a nameplate: one to PL_MAX_NAMEPLATE digits, the first of them not 0. */
gboolean pl_room_name_is_nameplate (const char *name);

/** TRUE for a nameplate, or for `x` and 26 characters of lower-case base32 (16 bytes). */
gboolean pl_room_name_is_valid (const char *name);
