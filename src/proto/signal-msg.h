/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * The messages of PROTOCOL.md section 1, both directions as structs; signal-json.h makes them
 * of JSON and back.
 */
typedef enum {
  PL_SIGNAL_MSG_UNKNOWN, /* well formed, of a type that this version does not know */
  /* Client to server. */
  PL_SIGNAL_MSG_HELLO,
  PL_SIGNAL_MSG_RESERVE,
  PL_SIGNAL_MSG_JOIN,
  PL_SIGNAL_MSG_LEAVE,
  PL_SIGNAL_MSG_SEND,
  PL_SIGNAL_MSG_WRONG,
  PL_SIGNAL_MSG_REFRESH,
  PL_SIGNAL_MSG_BYE, /* both directions; the server's has a code */
  PL_SIGNAL_MSG_PUSH,
  /* Server to client. */
  PL_SIGNAL_MSG_WELCOME,
  PL_SIGNAL_MSG_RESERVED,
  PL_SIGNAL_MSG_JOINED,
  PL_SIGNAL_MSG_CAME,
  PL_SIGNAL_MSG_LEFT,
  PL_SIGNAL_MSG_VANISHED,
  PL_SIGNAL_MSG_RETURNED,
  PL_SIGNAL_MSG_MESSAGE,
  PL_SIGNAL_MSG_SENT,
  PL_SIGNAL_MSG_ICE,
  PL_SIGNAL_MSG_BURNED,
  PL_SIGNAL_MSG_ERROR,
  PL_SIGNAL_MSG_PUSHED,
  PL_SIGNAL_N_TYPES,
} PlSignalType;

/** Why: of `error` and of the server's `bye`. */
typedef enum {
  PL_SIGNAL_CODE_UNKNOWN, /* none, or one that this version does not know */
  PL_SIGNAL_CODE_MALFORMED,
  PL_SIGNAL_CODE_UNKNOWN_TYPE,
  PL_SIGNAL_CODE_NOT_WELCOME,
  PL_SIGNAL_CODE_BAD_ROOM,
  PL_SIGNAL_CODE_BAD_NAME,
  PL_SIGNAL_CODE_NO_ROOM,
  PL_SIGNAL_CODE_FULL,
  PL_SIGNAL_CODE_BURNED,
  PL_SIGNAL_CODE_NOT_MEMBER,
  PL_SIGNAL_CODE_NO_MEMBER,
  PL_SIGNAL_CODE_TOO_MANY_ROOMS,
  PL_SIGNAL_CODE_TOO_LARGE,
  PL_SIGNAL_CODE_RATE,
  PL_SIGNAL_CODE_GUESSING,
  /* Of `bye` only. */
  PL_SIGNAL_CODE_RESTART,
  PL_SIGNAL_CODE_REPLACED,
  PL_SIGNAL_CODE_SLOW,
  PL_SIGNAL_N_CODES,
} PlSignalCode;

/** What became of a push message. */
typedef enum {
  PL_PUSH_STATUS_UNKNOWN, /* none, or one that this version does not know */
  PL_PUSH_STATUS_SENT,    /* the push service has it */
  PL_PUSH_STATUS_GONE,    /* the subscription is not there any more: forget it */
  PL_PUSH_STATUS_REFUSED, /* by the rules of this server, or by the push service */
  PL_PUSH_STATUS_FAILED,  /* the push service does not answer, or not now */
  PL_PUSH_N_STATUSES,
} PlPushStatus;

/** One who is in a room already. */
typedef struct {
  char *member;
  char *name;
} PlSignalMember;

/** The form of the W3C's RTCIceServer. */
typedef struct {
  GStrv urls;
  char *username; /* NULL for STUN */
  char *credential;
} PlSignalIceServer;

/**
 * PlSignalMsg: one message. Which fields a type has stands in PROTOCOL.md; all others are NULL,
 * 0 or FALSE. Strings are UTF-8. After parsing, what PROTOCOL.md does not call optional is
 * there.
 */
typedef struct {
  PlSignalType type;
  int64_t id;  /* 0: none */
  int64_t seq; /* 0: not numbered */

  char *room;
  char *member; /* `to` of send, `from` of message, else `member` */
  char *name;
  char *body; /* base64 as it came; the server relays it without a look */
  guint max;  /* of join; 0: not said */

  char *agent;
  char *token;
  int64_t last_seq;

  char *session;
  gboolean resumed;
  int64_t last_id;
  guint ping_s;
  guint silence_s;
  guint resume_s;
  guint limit_message; /* bytes */
  guint limit_body;    /* base64 characters */
  guint limit_rooms;
  guint limit_members;

  GPtrArray *members;     /* of PlSignalMember, oldest first; never NULL in `joined` */
  GPtrArray *ice_servers; /* of PlSignalIceServer; never NULL in `welcome` and `ice` */
  guint ice_ttl_s;

  char *push_key; /* of welcome: base64url of the VAPID key; NULL: no push here */
  char *endpoint; /* of push: the subscription (W3C Push API), */
  char *p256dh;
  char *auth;
  char *payload; /* what it is sent, sealed; base64 */
  guint ttl;     /* seconds that the push service may keep it */
  char *urgency; /* RFC 8030 5.3; NULL: normal */
  char *topic;   /* RFC 8030 5.4, or NULL */
  PlPushStatus status;

  PlSignalCode code;
  char *text;
  guint retry_s;
} PlSignalMsg;

/** An empty message of @type, to be filled in and freed. */
PlSignalMsg *pl_signal_msg_new (PlSignalType type);
void pl_signal_msg_free (PlSignalMsg *self);

/** "hello", ...; "unknown" for PL_SIGNAL_MSG_UNKNOWN. */
const char *pl_signal_type_name (PlSignalType type);
PlSignalType pl_signal_type_from_name (const char *name);

/** "malformed", ...; "unknown" for PL_SIGNAL_CODE_UNKNOWN. */
const char *pl_signal_code_name (PlSignalCode code);
PlSignalCode pl_signal_code_from_name (const char *name);

/** "sent", ...; "unknown" for PL_PUSH_STATUS_UNKNOWN. */
const char *pl_push_status_name (PlPushStatus status);
PlPushStatus pl_push_status_from_name (const char *name);

PlSignalMember *pl_signal_member_new (const char *member, const char *name);
void pl_signal_member_free (PlSignalMember *self);

/** @urls is copied; @username and @credential may be NULL. */
PlSignalIceServer *pl_signal_ice_server_new (const char *const *urls, const char *username,
                                             const char *credential);
void pl_signal_ice_server_free (PlSignalIceServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSignalMsg, pl_signal_msg_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSignalMember, pl_signal_member_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSignalIceServer, pl_signal_ice_server_free)
