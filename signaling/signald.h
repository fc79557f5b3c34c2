/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signaling/options.h"

/**
 * PlSignald: the whole server, from listening sockets to the hub.
 *
 *   listener --socket--> door --stream--> http --WebSocket--> hub
 */
typedef struct _PlSignald PlSignald;

/** Reads the files that @options (borrowed) names; nothing listens yet. */
PlSignald *pl_signald_new (const PlOptions *options, GError **error);
void pl_signald_free (PlSignald *self);

/** Listens. */
gboolean pl_signald_start (PlSignald *self, GError **error);

/** "listening on http://127.0.0.1:8080", a line for each address; free with g_free(). */
char *pl_signald_describe (const PlSignald *self);

/** Reads certificate and TURN secret again; what cannot be read stays as it was, with a
 * warning. */
void pl_signald_reload (PlSignald *self);

/** Takes in nobody any more and sends all away; @stopped is called when they are gone. */
void pl_signald_stop (PlSignald *self, void (*stopped) (gpointer user_data),
                      gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSignald, pl_signald_free)
