/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* One domain for each kind of reader. A code exists only where a caller acts on it. Messages
 * are lower case, without a full stop, with the offending value in single ticks. */

/** What a remote sent makes no sense. */
#define PL_PROTO_ERROR (pl_proto_error_quark ())
GQuark pl_proto_error_quark (void);

typedef enum {
  PL_PROTO_ERROR_INVALID,     /* malformed: drop it, tell the sender if there is a way */
  PL_PROTO_ERROR_LIMIT,       /* well formed, but more than limits.h allows */
  PL_PROTO_ERROR_UNSUPPORTED, /* well formed, but not something we do */
} PlProtoError;

/** The network or the cryptography failed. */
#define PL_LINK_ERROR (pl_link_error_quark ())
GQuark pl_link_error_quark (void);

typedef enum {
  PL_LINK_ERROR_FAILED,      /* a library or the system refused; the message says what */
  PL_LINK_ERROR_UNREACHABLE, /* no path to the peer was found: exit status 4 */
  PL_LINK_ERROR_LOST,        /* there was a connection and it is gone: exit status 6 */
  PL_LINK_ERROR_AUTH,   /* the peer's certificate is not the one announced: exit status 5 */
  PL_LINK_ERROR_CLOSED, /* the peer closed the connection in good order */
  PL_LINK_ERROR_WOULD_BLOCK, /* buffers are full: wait for the writable event */
} PlLinkError;

/** The signaling server, or the other end through it, said no. */
#define PL_SIGNAL_ERROR (pl_signal_error_quark ())
GQuark pl_signal_error_quark (void);

typedef enum {
  PL_SIGNAL_ERROR_UNREACHABLE, /* no connection to the server: exit status 3 */
  PL_SIGNAL_ERROR_REFUSED,     /* the server refused, with a reason: exit status 3 */
  PL_SIGNAL_ERROR_NO_PEER,     /* nobody came, or they left before the connection stood: 4 */
  PL_SIGNAL_ERROR_NO_CODE,    /* the server knows no such code, and never will: exit status 4 */
  PL_SIGNAL_ERROR_WRONG_CODE, /* key confirmation failed: exit status 5 */
  PL_SIGNAL_ERROR_BURNED,     /* the code was guessed wrong too often: exit status 5 */
} PlSignalError;

/** An option or a configuration file is wrong: exit status 2. */
#define PL_CONFIG_ERROR (pl_config_error_quark ())
GQuark pl_config_error_quark (void);

typedef enum {
  PL_CONFIG_ERROR_INVALID,
  PL_CONFIG_ERROR_UNKNOWN_KEY,
} PlConfigError;
