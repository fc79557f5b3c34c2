/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * PlPeerMsg: what two peers say to each other inside of envelopes (PROTOCOL.md, "Sealed
 * messages"). Descriptions and candidates have the form of the W3C's dictionaries, so that a
 * browser passes them on as they are.
 */
typedef enum {
  PL_PEER_MSG_UNKNOWN, /* well formed, of a type that this version does not know */
  PL_PEER_MSG_DESCRIPTION,
  PL_PEER_MSG_CANDIDATE,
  PL_PEER_MSG_BYE,
} PlPeerMsgType;

typedef struct {
  PlPeerMsgType type;
  char *kind; /* of a description: "offer" or "answer" */
  char *sdp;
  char *candidate; /* NULL: that was the last */
  char *mid;       /* may be NULL */
} PlPeerMsg;

/** PL_PROTO_ERROR_INVALID for nonsense, PL_PROTO_ERROR_LIMIT for too much of it. */
PlPeerMsg *pl_peer_msg_parse (const char *text, GError **error);
void pl_peer_msg_free (PlPeerMsg *self);

/** One line of JSON; free with g_free(). */
char *pl_peer_msg_print (const PlPeerMsg *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPeerMsg, pl_peer_msg_free)
