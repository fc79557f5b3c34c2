/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signaling/door.h"
#include "signaling/hub.h"

/** The text of /metrics, in Prometheus' format; free with g_free(). */
char *pl_metrics_print (PlHub *hub, const PlDoor *door);
