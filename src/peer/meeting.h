/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/peer.h"
#include "proto/handshake.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * PlMeeting: brings the two holders of one code together: signaling server, room, CPace, sealed
 * descriptions, and the PlPeer that comes of it.
 *
 * Signals:
 *   "state-changed" (guint state)
 *   "code" (const char *code)   a code was made (config.code NULL): show it
 *   "peer" (PlPeer *)           the key is confirmed; the peer is made and about to negotiate:
 *                               connect to its signals, open channels. May come again: when the
 *                               other end went before the connection stood and somebody with
 *                               the right code came after it, or when the other program was
 *                               started anew. The peer before is closed then and of no
 * interest. "failed" (GError *)         exactly once, last: nothing will come of it any more;
 * whatever the server had to be told is told. Once the peer stands the meeting does not fail,
 * and the peer's own "closed" tells of its end instead. A peer that closes before it ever was
 * open is followed by "failed" or another "peer".
 *
 * A meeting may be a host: then it waits all the time, and each guest that comes is a "peer"
 * beside those before, of which "closed" tells the end. It may fail while such peers stand.
 * Guests meet the host alone, and wait for it where it is not there.
 *
 * Who came first goes on waiting when the other leaves before the connection stands; who came
 * to somebody fails then (PL_SIGNAL_ERROR_NO_PEER). A wrong code ends both at once.
 *
 * "punchline code" is a meeting without a code that is closed when "code" has come: the
 * nameplate stays reserved.
 */
#define PL_TYPE_MEETING (pl_meeting_get_type ())
G_DECLARE_FINAL_TYPE (PlMeeting, pl_meeting, PL, MEETING, GObject)

typedef enum {
  PL_MEETING_IDLE = 1,
  PL_MEETING_SIGNALING,  /* connecting to the server, also while waiting */
  PL_MEETING_WAITING,    /* in the room, alone */
  PL_MEETING_GREETING,   /* key exchange and confirmation with the other */
  PL_MEETING_CONNECTING, /* descriptions and candidates under way */
  PL_MEETING_CONNECTED,
  PL_MEETING_FAILED,
  PL_MEETING_CLOSED, /* pl_meeting_close(), and the server knows it */
} PlMeetingState;

typedef struct {
  const char *signaling_url; /* ws:, wss:, http: or https: */
  const char *code;          /* NULL: reserve a nameplate and make one */
  GBytes *paired;            /* in its place: the secret of two identities; may be NULL */
  PlHandshakeRole role;      /* of paired ends: host or guest; a code is for two equal ones */
  gboolean audio;            /* as in PlPeerConfig */
  const char *name;          /* shown to the other; NULL: the host's name */
  GPtrArray *ice_servers;    /* of PlIceServer, beside what the server gives; may be NULL */
  PlIcePolicy policy;
  GTlsDatabase *tls_database; /* NULL: the system's */
  GStrv local_addresses;      /* NULL: all */
  guint connect_timeout_s;    /* from the other's arrival to the open connection; 0: 30 */
} PlMeetingConfig;

/** PL_CONFIG_ERROR_INVALID for a URL or a code that is none. Takes some 50 ms for a chosen
 * identifier (pl_code_parse()). */
PlMeeting *pl_meeting_new (const PlMeetingConfig *config, GError **error);
void pl_meeting_start (PlMeeting *self);

/** Leaves the room (the other is told) and drops everything but a PlPeer handed out. The state
 * PL_MEETING_CLOSED follows within a second; a program that ends before may leave the others
 * wondering for a minute. */
void pl_meeting_close (PlMeeting *self);

PlMeetingState pl_meeting_get_state (PlMeeting *self);

/** The other end's name as it gave it, sanitised for a terminal; NULL before it is known. */
const char *pl_meeting_get_remote_name (PlMeeting *self);

G_END_DECLS
