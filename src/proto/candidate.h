/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/path.h"

#include <glib.h>
#include <stdint.h>

typedef enum {
  PL_TRANSPORT_UDP,
  PL_TRANSPORT_TCP_ACTIVE,
  PL_TRANSPORT_TCP_PASSIVE,
  PL_TRANSPORT_TCP_SO, /* simultaneous open, RFC 6544 section 4.1 */
  PL_TRANSPORT_OTHER,  /* well formed, but none of these */
} PlTransport;

/** PlCandidate: one line of RFC 8839 section 5.1. A plain value; strings are inline. */
typedef struct {
  char foundation[33];
  guint component;
  PlTransport transport;
  uint32_t priority;
  char address[256]; /* IPv6 without brackets; a name where is_name says so */
  gboolean is_name;
  uint16_t port;
  PlCandidateType type;
  gboolean other_type; /* the type is a token that we do not know */
  char related[64];    /* "" where there is none */
  uint16_t related_port;
} PlCandidate;

/** Parses "candidate:...", with or without "a=" before it. Extensions are skipped.
 * PL_PROTO_ERROR_INVALID on nonsense, PL_PROTO_ERROR_LIMIT on a line that is too long. */
gboolean pl_candidate_parse (const char *line, PlCandidate *candidate, GError **error);

/** "candidate:..." without "a="; free with g_free(). */
char *pl_candidate_print (const PlCandidate *candidate);

/** Why a remote's candidate cannot be tried (a sentence for the log), or NULL where it can. */
const char *pl_candidate_get_flaw (const PlCandidate *candidate);

/** TRUE for 127.0.0.0/8 and ::1. */
gboolean pl_candidate_is_loopback (const PlCandidate *candidate);
