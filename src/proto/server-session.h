/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/address-book.h"
#include "proto/bucket.h"
#include "proto/signal-msg.h"

/**
 * PlServerSession: what the server keeps of a client across its sockets: its numbered messages
 * until they are known to be read, its tokens, its memberships.
 */
typedef struct {
  gpointer server;
  gpointer link; /* its socket; NULL while lost */
  char *id;
  char *token;        /* of the last welcome */
  char *older_token;  /* of the one before, until the last is known to have arrived */
  PlAddress *address; /* counted as PL_ADDRESS_SESSION */
  GPtrArray *members; /* of PlMember, which the rooms own */
  gboolean vanished;  /* the others know that it is lost */
  gboolean ending;    /* queued to be ended */
  PlTimer gone;       /* armed while lost */
  PlBucket pushes;
  guint n_pushes; /* under way */

  int64_t last_id; /* highest request acted on */
  int64_t last_seq;
  int64_t read_seq; /* up to here the client has read */
  GQueue waiting;   /* of messages above read_seq */
  size_t waiting_bytes;
} PlServerSession;

PlServerSession *pl_server_session_new (void);
void pl_server_session_free (PlServerSession *self);

/** Makes a fresh token; the one before stays good until pl_server_session_confirm_token(): the
 * client has the fresh one, or pl_server_session_revert_token(): it has not got it. One of them
 * comes before the next. */
void pl_server_session_renew_token (PlServerSession *self);
void pl_server_session_confirm_token (PlServerSession *self);
void pl_server_session_revert_token (PlServerSession *self);

/** Numbers @msg and keeps it; the text is the session's. */
const char *pl_server_session_queue (PlServerSession *self, PlSignalMsg *msg);

/** TRUE if a relayed message of @len bytes may wait too; the last quarter is kept for what the
 * server itself has to say. */
gboolean pl_server_session_takes (const PlServerSession *self, size_t len);

/** TRUE when more than PL_MAX_WAITING_OUTPUT waits to be read. */
gboolean pl_server_session_is_overfull (const PlServerSession *self);

/** Notes that the client has read up to @seq; FALSE when @seq was never sent. */
gboolean pl_server_session_report_read (PlServerSession *self, int64_t seq);

/** Calls @func with the text of each message that waits, in order. */
void pl_server_session_replay (PlServerSession *self,
                               void (*func) (const char *text, gpointer user_data),
                               gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlServerSession, pl_server_session_free)
