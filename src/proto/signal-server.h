/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/address-book.h"
#include "proto/signal-msg.h"

/**
 * PlSignalServer: the server's side of PROTOCOL.md section 1, without sockets: who is
 * connected, who is in which room, what is relayed to whom, and all limits.
 *
 *   a socket is upgraded --open--> link --heard, receive, pong--> ... --lost--> (gone)
 *                                    \--- ops close: the server has dropped it ---/
 */
typedef struct _PlSignalServer PlSignalServer;

/** One WebSocket as the server sees it. */
typedef struct _PlSignalLink PlSignalLink;

/** What the server does; none of these may call back into it. @socket is what was given to
 * pl_signal_server_open(). */
typedef struct {
  /** Sends one text message. */
  void (*send) (gpointer socket, const char *text, gpointer user_data);
  /** Sends a WebSocket ping; its payload comes back through pl_signal_server_pong(). */
  void (*ping) (gpointer socket, const char *payload, gpointer user_data);
  /** Closes with a status code of RFC 6455 section 7.4 after all that was sent; the link is
   * gone already and must not be used again. */
  void (*close) (gpointer socket, guint16 code, gpointer user_data);
  /** Appends PlSignalIceServer; returns for how many seconds they are good. */
  guint (*fill_ice) (GPtrArray *servers, gpointer user_data);
  /** The VAPID key that browsers subscribe with; NULL: there is no push. May be NULL as well.
   */
  const char *(*get_push_key) (gpointer user_data);
  /** Sends the push message of @msg, which is borrowed; pl_signal_server_report_pushed() with
   * @ticket tells the end of it, later and once. */
  void (*push) (const PlSignalMsg *msg, int64_t ticket, gpointer user_data);
} PlSignalServerOps;

/** Counters since the start, and what is there now. */
typedef struct {
  guint links;
  guint sessions;
  guint rooms;
  guint addresses;
  guint64 messages; /* received */
  guint64 relayed;
  guint64 resumed;
  guint64 failed_joins;
  guint64 burned;
  guint64 errors;  /* answers of type error */
  guint64 slow;    /* sessions ended because they did not read */
  guint64 flooded; /* links closed because they sent too much */
  guint64 pushes;  /* taken on */
  guint64 pushed[PL_PUSH_N_STATUSES];
} PlSignalServerStats;

PlSignalServer *pl_signal_server_new (const PlSignalServerOps *ops, gpointer user_data);

/** Closes nothing: the sockets are the caller's, who has given back all connections of the
 * address book by then. */
void pl_signal_server_free (PlSignalServer *self);

/** Where each connection is counted before it may cost anything. */
PlAddressBook *pl_signal_server_get_addresses (PlSignalServer *self);

/** A socket is ready to receive. @address is borrowed for the life of the link. */
PlSignalLink *pl_signal_server_open (PlSignalServer *self, PlAddress *address, gpointer socket,
                                     int64_t now_us);

/** Bytes have arrived, whatever they are; the link may be gone after this. */
void pl_signal_server_heard (PlSignalServer *self, PlSignalLink *link, size_t n_bytes,
                             int64_t now_us);

/** One text message, valid UTF-8; the link may be gone after this. */
void pl_signal_server_receive (PlSignalServer *self, PlSignalLink *link, const char *text,
                               size_t len, int64_t now_us);

/** A pong with this payload. */
void pl_signal_server_pong (PlSignalServer *self, PlSignalLink *link, const char *payload,
                            size_t len, int64_t now_us);

/** The socket broke, or was closed by the client: the link is gone, the session waits. */
void pl_signal_server_lost (PlSignalServer *self, PlSignalLink *link, int64_t now_us);

/** What became of the push message with this ticket. */
void pl_signal_server_report_pushed (PlSignalServer *self, int64_t ticket, PlPushStatus status,
                                     int64_t now_us);

int64_t pl_signal_server_get_deadline (const PlSignalServer *self);
void pl_signal_server_expire (PlSignalServer *self, int64_t now_us);

/** Tells every client to come back after a random time, and closes all links. */
void pl_signal_server_stop (PlSignalServer *self, int64_t now_us);

void pl_signal_server_get_stats (const PlSignalServer *self, PlSignalServerStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSignalServer, pl_signal_server_free)
