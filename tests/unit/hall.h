/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/signal-msg.h"
#include "proto/signal-server.h"

/** A signaling server with a fake clock, and clients without sockets. */
typedef struct {
  PlSignalServer *server;
  int64_t now;
  gboolean has_push;
  GArray *pushes; /* of int64_t: tickets of push messages under way */
} Hall;

/** A client that answers pings at once, unless it is mute. */
typedef struct {
  Hall *hall;
  PlSignalLink *link; /* NULL when the server has closed it */
  PlAddress *address;
  GQueue inbox;   /* of PlSignalMsg */
  guint16 closed; /* code of RFC 6455 */
  gboolean mute;
  gboolean has_ping;
  char ping[32]; /* payload of the last ping */
  char *token;   /* of the last welcome */
  int64_t last_seq;
  int64_t next_id;
} Guest;

Hall *hall_new (void);
void hall_free (Hall *self);

/** Moves the clock in steps of a second and lets due timers run; guests answer pings. */
void hall_wait (Hall *self, guint seconds);

/** Connects from @address; NULL when that has too many. */
Guest *guest_connect (Hall *hall, const char *address);

/** Connects from an address of its own and says hello. */
Guest *guest_new (Hall *hall);

/** Reports its socket as broken, where there is one, and frees it. */
void guest_free (Guest *self);

/** Its socket breaks. */
void guest_lose (Guest *self);

/** Sends JSON; "$" in it stands for the next id. */
void guest_say (Guest *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** A new guest that resumes the session of @lost, from the same address as @lost or from
 * another; it said that it has read up to @last_seq. */
Guest *guest_resume (const Guest *lost, const char *token, int64_t last_seq);

/** Empties the inbox and asserts on the types in it: "welcome joined"; an error or bye is
 * "error:rate". */
void guest_assert (Guest *self, const char *types);

/** Takes the next message, which must be of @type; free with pl_signal_msg_free(). */
PlSignalMsg *guest_take (Guest *self, PlSignalType type);

/** Reserves a nameplate and joins it; free with g_free(). */
char *guest_open_room (Guest *self, guint max);

/** Joins and asserts that it worked; returns the member's id, to be freed. */
char *guest_join (Guest *self, const char *room);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hall, hall_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Guest, guest_free)
