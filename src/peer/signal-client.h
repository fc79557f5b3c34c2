/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/signal-msg.h"

#include <gio/gio.h>

/**
 * PlSignalClient: a PlSignalSession on real WebSockets: connects, comes back after a loss, and
 * gives up only where trying again makes no sense.
 */
typedef struct _PlSignalClient PlSignalClient;

typedef struct {
  /** A message from the server, in order, each once. The client may be freed in it. */
  void (*event) (const PlSignalMsg *event, gpointer user_data);
  /** The server was there and is not any more; "welcome" is the next event, if it comes back.
   * The client may be freed in it. May be NULL. */
  void (*offline) (gpointer user_data);
  /** Last, exactly once; @reason is NULL after pl_signal_client_close(), else PL_SIGNAL_ERROR.
   */
  void (*closed) (const GError *reason, gpointer user_data);
} PlSignalClientOps;

typedef struct {
  const char *url;   /* ws, wss, http or https; the path /signal is added to a bare host */
  const char *agent; /* what the server is told about this program */
  GTlsDatabase *tls_database; /* NULL: the system's */
} PlSignalClientConfig;

/** PL_CONFIG_ERROR_INVALID for a URL that is none of these. Nothing happens before start. */
PlSignalClient *pl_signal_client_new (const PlSignalClientConfig *config,
                                      const PlSignalClientOps *ops, gpointer user_data,
                                      GError **error);

/** Drops the connection without a word; no op is called any more. */
void pl_signal_client_free (PlSignalClient *self);

void pl_signal_client_start (PlSignalClient *self);

/** Says bye and closes once all that was requested is out, within a second. */
void pl_signal_client_close (PlSignalClient *self);

/** The same, with a reason for the owner, which is taken. */
void pl_signal_client_take_failure (PlSignalClient *self, GError *reason);

/** The network may be another one by now: gives the socket up, and goes on over a new one. */
void pl_signal_client_reconnect (PlSignalClient *self);

/** Takes @request and sends it as soon as there is a connection. Returns its id. Too many
 * unanswered ones end the client, returned is 0 then. */
int64_t pl_signal_client_take_request (PlSignalClient *self, PlSignalMsg *request);

/** The WebSocket address for what a user gave; free with g_free(). */
char *pl_signal_client_make_url (const char *url, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSignalClient, pl_signal_client_free)
