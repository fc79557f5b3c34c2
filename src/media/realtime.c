/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-audio"

#include "media/realtime.h"

#include "base/log.h"

#include <pthread.h>
#include <sched.h>

/* The lowest: it is enough to come before what is compiled, indexed or updated meanwhile. The
 * kernel leaves 5 % of each processor to the others, whatever we do. */
#define PRIORITY 1

void
pl_realtime_set (gboolean on)
{
  const struct sched_param param = { .sched_priority = on ? PRIORITY : 0 };
  const int code = pthread_setschedparam (pthread_self (), on ? SCHED_RR : SCHED_OTHER, &param);

  if (code != 0)
    pl_debug (NULL, "sound without a priority: %s", g_strerror (code));
}
