/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** How two peers reach each other, as RFC 8445 names it. */
typedef enum {
  PL_CANDIDATE_HOST,
  PL_CANDIDATE_SRFLX,
  PL_CANDIDATE_PRFLX,
  PL_CANDIDATE_RELAY,
} PlCandidateType;

typedef enum {
  PL_PROTOCOL_UDP,
  PL_PROTOCOL_TCP,
  PL_PROTOCOL_TLS,
} PlProtocol;

/** PlPath: the selected pair of a connection. A plain value; strings are inline. */
typedef struct {
  PlCandidateType local_type;
  PlCandidateType remote_type;
  PlProtocol protocol;       /* between the two candidates: UDP or TCP */
  PlProtocol relay_protocol; /* towards our relay, where local_type is RELAY */
  char local[64];            /* "192.0.2.1:4000" or "[2001:db8::1]:4000" */
  char remote[64];
  int rtt_ms; /* -1: not measured yet */
} PlPath;

/** "host", "srflx", "prflx", "relay". */
const char *pl_candidate_type_name (PlCandidateType type);

/** "udp", "tcp", "tls". */
const char *pl_protocol_name (PlProtocol protocol);

/** TRUE where either end's candidate is a relay's. */
gboolean pl_path_is_relayed (const PlPath *path);

/** One line for humans: "direct (IPv6)", "direct (same network)", "direct (hole punched)",
 * "direct (TCP)", "relay (TURN/TLS)". Free with g_free(). */
char *pl_path_describe (const PlPath *path);
