/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** The calling thread runs before those that have no deadline, or as all others again. Where
 * the system does not allow it (RLIMIT_RTPRIO) nothing happens. */
void pl_realtime_set (gboolean on);
