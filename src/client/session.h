/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/options.h"
#include "client/reporter.h"
#include "peer/peer.h"

#include <gio/gio.h>

/**
 * PlSession: one meeting with the other holder of the code, from the signaling server to the
 * end of the connection. Reports states and paths.
 */
typedef struct _PlSession PlSession;

typedef struct {
  /** A code was made; may be NULL where one was given. */
  void (*code) (const char *code, gpointer user_data);
  /** The peer is there and about to negotiate. Comes again when somebody with the right code
   * takes its place, because its program was started anew: the peer before is closed then. */
  void (*peer) (PlPeer *peer, gpointer user_data);
  /** The connection to this peer is open, for the first time. */
  void (*connected) (PlPeer *peer, gpointer user_data);
  /** The peer opened @channel. */
  void (*channel) (PlChannel *channel, gpointer user_data);
  /** Exactly once, last; NULL after pl_session_close(). */
  void (*ended) (const GError *reason, gpointer user_data);
} PlSessionOps;

/** Not more than options and code are looked at; errors are PL_CONFIG_ERROR. */
PlSession *pl_session_new (const PlOptions *options, PlReporter *reporter,
                           const PlSessionOps *ops, gpointer user_data, GError **error);
/** No op is called any more; the connection is closed. */
void pl_session_free (PlSession *self);

/** Goes to the signaling server; what fails from here on is told by the op ended. */
void pl_session_start (PlSession *self);

/** Ends in good order; the op ended follows, after 3 s at most. */
void pl_session_close (PlSession *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSession, pl_session_free)
