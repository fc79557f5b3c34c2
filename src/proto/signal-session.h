/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/step.h"
#include "proto/signal-msg.h"

#include <glib.h>
#include <stdint.h>

/**
 * PlSignalSession: the client's end of PROTOCOL.md section 1, over any number of sockets, one
 * after the other: hello, resuming, repeating of requests, back-off, and noticing silence.
 *
 * The owner keeps one socket or none, as pl_signal_session_wants_socket() says after each call,
 * and moves frames. Times are microseconds of one monotonic clock.
 */
typedef struct _PlSignalSession PlSignalSession;

typedef enum {
  PL_SESSION_OFFLINE = 1, /* between two tries */
  PL_SESSION_CONNECTING,  /* the owner opens a socket */
  PL_SESSION_GREETING,    /* hello is out */
  PL_SESSION_READY,
  PL_SESSION_CLOSED,
} PlSignalSessionState;

/** The table, for docs/states. */
extern const PlMachine pl_signal_session_machine;

/** @agent: what the server is told about this program. @seed: for the jitter of the back-off.
 */
PlSignalSession *pl_signal_session_new (const char *agent, guint32 seed);
void pl_signal_session_free (PlSignalSession *self);

void pl_signal_session_start (PlSignalSession *self, int64_t now_us);

/** Says bye, if there is somebody to say it to (send what next_frame gives, then close). */
void pl_signal_session_close (PlSignalSession *self, int64_t now_us);

/** TRUE in the states connecting, greeting and ready: open a socket if there is none. FALSE:
 * close it if there is one. A try that ends without success is reported as lost, then asked
 * again. */
gboolean pl_signal_session_wants_socket (const PlSignalSession *self);

void pl_signal_session_report_opened (PlSignalSession *self, int64_t now_us);
void pl_signal_session_report_lost (PlSignalSession *self, int64_t now_us);

/** A ping or pong came. */
void pl_signal_session_report_alive (PlSignalSession *self, int64_t now_us);

/** One text frame came. FALSE if it broke the protocol (PL_PROTO_ERROR): the socket is given up
 * and the session resumed on another. */
gboolean pl_signal_session_feed (PlSignalSession *self, const char *text, size_t len,
                                 int64_t now_us, GError **error);

/** The next text frame to send, or NULL; free with g_free(). */
char *pl_signal_session_next_frame (PlSignalSession *self);

/** The next message from the server that is the owner's business, or NULL: exactly once each
 * and in order, however often the socket broke. A `welcome` that is not resumed starts from
 * scratch: rooms and requests of before are gone. */
PlSignalMsg *pl_signal_session_next_event (PlSignalSession *self);

/** Takes @request, numbers it, and sends it now or when there is a socket again; exactly once
 * for the server, too. Returns its id. Not before the first `welcome`. PL_PROTO_ERROR_LIMIT
 * (and 0) when PL_MAX_PENDING_REQUESTS are unanswered. */
int64_t pl_signal_session_take_request (PlSignalSession *self, PlSignalMsg *request,
                                        GError **error);

/** When to call expire, or PL_NEVER. */
int64_t pl_signal_session_get_deadline (const PlSignalSession *self);
void pl_signal_session_expire (PlSignalSession *self, int64_t now_us);

PlSignalSessionState pl_signal_session_get_state (const PlSignalSession *self);

/** A connection waits for the server: until then no try is more than a second after another. */
void pl_signal_session_hurry (PlSignalSession *self, int64_t until_us);

/** Tries since there was a `welcome` last. */
guint pl_signal_session_get_failures (const PlSignalSession *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSignalSession, pl_signal_session_free)
