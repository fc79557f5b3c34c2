/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signaling/door.h"

/**
 * PlHttp: what is not WebSocket: the few pages, the checks of each request, the upgrade.
 */
typedef struct _PlHttp PlHttp;

typedef struct {
  const GPtrArray *trusted;           /* GInetAddressMask: whose X-Forwarded-For is believed */
  const char *const *allowed_origins; /* beside the server's own; may be NULL */
  gboolean without_pages;             /* of the web phone */
  /** A WebSocket stands on @stream. */
  void (*upgraded) (PlVisit *visit, GIOStream *stream, gpointer user_data);
  /** The text of /metrics; freed with g_free(). */
  char *(*print_metrics) (gpointer user_data);
  gpointer user_data;
} PlHttpConfig;

PlHttp *pl_http_new (const PlHttpConfig *config);

/** Ends all requests; WebSockets are not touched. */
void pl_http_free (PlHttp *self);

/** Reads a request from @stream. */
void pl_http_serve (PlHttp *self, PlVisit *visit, GIOStream *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlHttp, pl_http_free)
