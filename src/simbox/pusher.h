/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/authorized.h"
#include "simbox/calls.h"
#include "simbox/mailbox.h"
#include "simbox/texts.h"

#include <gio/gio.h>

/**
 * PlPusher: wakes the browsers of clients for calls, texts and voicemail: seals what they are
 * told, and asks the signaling server to bring it to their push services. As long as there are
 * subscriptions it is connected with the server.
 *
 * Clients that are connected are told too: their page may be asleep, or behind another, and
 * shows nothing then. The browser knows, and keeps quiet where somebody looks at the page.
 */
typedef struct _PlPusher PlPusher;

typedef struct {
  PlStore *store;
  PlCalls *calls;
  PlTexts *texts;
  PlMailbox *mailbox; /* NULL: no voicemail */
  const char *signaling_url;
  GTlsDatabase *tls_database; /* NULL: the system's */
  /** The line of a client; NULL: there is none. */
  const PlAuthorized *(*find) (const char *identity, gpointer user_data);
  gpointer user_data;
} PlPusherConfig;

/** All that @config points to is borrowed and outlives it. */
PlPusher *pl_pusher_new (const PlPusherConfig *config);
void pl_pusher_free (PlPusher *self);

/** There may be other subscriptions than before. */
void pl_pusher_look (PlPusher *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPusher, pl_pusher_free)
