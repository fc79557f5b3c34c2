/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/bucket.h"
#include "proto/room-table.h"
#include "proto/server-session.h"
#include "proto/signal-server.h"

/* Between signal-server.c (links, sessions, time) and server-requests.c (what clients ask). */

struct _PlSignalServer {
  const PlSignalServerOps *ops;
  gpointer user_data;
  PlTimers *timers;
  PlAddressBook *addresses;
  PlRoomTable *rooms;
  GHashTable *links;    /* set of PlSignalLink */
  GHashTable *sessions; /* token -> PlServerSession, its current and its older one */
  GQueue ending;        /* sessions that did not read, to be ended when it is safe */
  GHashTable *pushes;   /* ticket -> what waits for it */
  int64_t last_ticket;
  PlBucket push_rate; /* of all sessions */
  PlSignalServerStats stats;
};

struct _PlSignalLink {
  PlSignalServer *server;
  gpointer socket;
  PlAddress *address;
  PlServerSession *session; /* NULL until welcome */
  PlBucket messages;
  PlBucket bytes;
  gboolean in_debt; /* of bytes */
  int64_t opened_at_us;
  int64_t heard_at_us;
  int64_t pinged_at_us;
  size_t bytes_since_ping;
  PlTimer tick;
};

/** A message to the client: numbered and kept. Takes @msg. */
void pl_signal_server_tell (PlSignalServer *self, PlServerSession *session, PlSignalMsg *msg);

/** The same message to all members of @room but @but (may be NULL). Takes @msg. */
void pl_signal_server_tell_room (PlSignalServer *self, PlRoom *room, const PlMember *but,
                                 PlSignalMsg *msg);

/** A message of @type about @member. */
PlSignalMsg *pl_signal_server_about (PlSignalType type, const PlMember *member);

/** Sends a ping that asks how far the client has read. */
void pl_signal_server_ask (PlSignalLink *link, int64_t now_us);

/** Takes @member out of its room and its session. */
void pl_signal_server_remove_member (PlSignalServer *self, PlMember *member, int64_t now_us);

/** Ends @session: all rooms are told by @farewell, left or vanished. Its link, where there is
 * one, stays and has no session. */
void pl_signal_server_end_session (PlSignalServer *self, PlServerSession *session,
                                   PlSignalType farewell, int64_t now_us);

/** Closes the socket of @link and frees the link; its session waits to be resumed. */
void pl_signal_server_drop (PlSignalServer *self, PlSignalLink *link, guint16 code,
                            int64_t now_us);

/** Says `bye` on @link. */
void pl_signal_server_say_bye (PlSignalLink *link, PlSignalCode code, guint retry_s);

/** Acts on one well-formed request that is within the rate; @link may be gone after it. */
void pl_server_requests_act (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us);

/** Answers with an error, numbered when there is a session. */
void pl_server_requests_refuse (PlSignalLink *link, int64_t id, PlSignalCode code,
                                const char *text, guint retry_s);

/** Ends those that did not read; after everything that tells anybody something. */
void pl_signal_server_settle (PlSignalServer *self, int64_t now_us);

/** NULL: there is no push. */
const char *pl_signal_server_get_push_key (const PlSignalServer *self);

/** Of server-pushes.c. */
void pl_server_pushes_init (PlSignalServer *self);
void pl_server_pushes_free (PlSignalServer *self, int64_t now_us);
void pl_server_pushes_start (PlServerSession *session, int64_t now_us);
void pl_server_pushes_request (PlSignalLink *link, const PlSignalMsg *msg, int64_t now_us);
/** @session ends: nobody waits any more for what it has asked for. */
void pl_server_pushes_forget (PlSignalServer *self, PlServerSession *session);

/** Times and codes of PROTOCOL.md section 1. */
#define PL_SERVER_HELLO_S   5
#define PL_SERVER_PING_S    10
#define PL_SERVER_SILENCE_S 30
#define PL_SERVER_RESUME_S  60
#define PL_SERVER_ASK_BYTES (64 * 1024) /* sent since the last ping: ask again */
#define PL_CLOSE_NORMAL     1000
#define PL_CLOSE_GOING_AWAY 1001
#define PL_CLOSE_POLICY     1008
#define PL_CLOSE_RESTART    1012
#define PL_CLOSE_TRY_LATER  1013
#define PL_CLOSE_REPLACED   4001
