/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/signal-server.h"
#include "signaling/ice-list.h"
#include "signaling/push.h"

#include <gio/gio.h>

/**
 * PlHub: all WebSockets in one epoll set behind one GSource, so that a message costs the same
 * however many are connected; and the PlSignalServer they talk to.
 */
typedef struct _PlHub PlHub;

/** @ice and @push are borrowed; @push may be NULL. */
PlHub *pl_hub_new (const PlIceList *ice, PlPush *push);
void pl_hub_free (PlHub *self);

PlSignalServer *pl_hub_get_server (PlHub *self);

/** Takes over an upgraded stream, whose TCP socket is @fd. @address outlives the stream. */
void pl_hub_add (PlHub *self, GIOStream *stream, int fd, PlAddress *address);

/** Tells all to come back later and closes; @stopped is called when they are gone, after a few
 * seconds at the latest. */
void pl_hub_stop (PlHub *self, void (*stopped) (gpointer user_data), gpointer user_data);

/** Sockets, those that are closing included. */
guint pl_hub_get_size (const PlHub *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlHub, pl_hub_free)
