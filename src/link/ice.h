/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/ice-server.h"
#include "base/path.h"
#include "base/train.h"

#include <gio/gio.h>

/**
 * PlIce: one NiceAgent with one stream and one component (RFC 8445, bundled and rtcp-muxed).
 *
 * Lives in the context that is the thread's default when it is made; all calls and all ops
 * happen there. Ops never run inside pl_ice_new(); they may run inside any other call. After
 * pl_ice_free() returns nothing is called any more, even where libnice still had something
 * queued.
 */
typedef struct _PlIce PlIce;

typedef struct {
  /** A local candidate as an SDP attribute value "candidate:..."; NULL: that was the last. */
  void (*candidate) (const char *line, gpointer user_data);
  /** A pair is selected; again whenever it changes. Sending works from here on. */
  void (*selected) (const PlPath *path, gpointer user_data);
  /** One datagram or a train of DTLS records that the kernel coalesced; never STUN. @data is
   * borrowed for the call. */
  void (*datagram) (const uint8_t *data, size_t len, gpointer user_data);
  /** What the path refused before (pl_ice_send() returned less) can be tried again. */
  void (*writable) (gpointer user_data);
  /** No pair works (PL_LINK_ERROR_UNREACHABLE), or consent is gone (PL_LINK_ERROR_LOST). ICE
   * may still recover: then selected is called again. */
  void (*failed) (const GError *reason, gpointer user_data);
} PlIceOps;

typedef enum {
  PL_ICE_POLICY_ALL,
  PL_ICE_POLICY_RELAY_ONLY,
  PL_ICE_POLICY_DIRECT_ONLY,
} PlIcePolicy;

typedef struct {
  GPtrArray *servers; /* of PlIceServer, borrowed for the call; may be NULL */
  PlIcePolicy policy;
  gboolean controlling;
  GTlsDatabase *tls_database; /* for turns:; NULL: the system's */
  GStrv local_addresses;      /* only these; NULL: all of the machine */
  gboolean tcp;               /* gather ICE-TCP candidates (RFC 6544) */
} PlIceConfig;

/** @ops is borrowed for the life of the object. */
PlIce *pl_ice_new (const PlIceConfig *config, const PlIceOps *ops, gpointer user_data);
void pl_ice_free (PlIce *self);

/** Resolves server names and gathers; candidates come through the ops. A server that cannot be
 * resolved or reached is logged and left out; it never fails the connection by itself. */
void pl_ice_gather (PlIce *self);

const char *pl_ice_get_ufrag (PlIce *self);
const char *pl_ice_get_pwd (PlIce *self);

/** Once in each round; PL_LINK_ERROR_FAILED at a second time without a restart. Candidates may
 * be added before. */
gboolean pl_ice_set_remote_credentials (PlIce *self, const char *ufrag, const char *pwd,
                                        GError **error);

/** @line: "candidate:..." (with or without "a="). Nonsense is an error; what we cannot use
 * (.local names, unknown transports, foreign components, priority 0) is ignored with TRUE. */
gboolean pl_ice_add_remote_candidate (PlIce *self, const char *line, GError **error);
void pl_ice_end_of_remote_candidates (PlIce *self);

void pl_ice_set_controlling (PlIce *self, gboolean controlling);

/** Other servers, or fresh credentials for the same, from the next gathering on; @servers is of
 * PlIceServer and copied. */
void pl_ice_set_servers (PlIce *self, const GPtrArray *servers);

/** ICE restart (RFC 8445 section 9): new credentials at once; then pl_ice_gather() finds the
 * addresses of now, and the remote's new credentials and candidates are to be set as at first.
 * The old pair serves until a new one is selected. */
void pl_ice_restart (PlIce *self);

/** Sends the datagrams of @train from index @first on; returns how many were taken (sent or
 * held until a pair is selected). Fewer than all: wait for the writable op. */
guint pl_ice_send (PlIce *self, const PlTrain *train, guint first);

/** Sends one RTP packet before all that waits for the writable op. FALSE where it is lost:
 * there is no pair, or the path takes nothing and PL_MAX_HELD_RTP bytes wait already. */
gboolean pl_ice_send_rtp (PlIce *self, const uint8_t *data, size_t len);

/** The selected path; FALSE before one is selected. The round-trip time is not known here
 * (rtt_ms is -1): libnice 0.1.21 keeps it for itself. */
gboolean pl_ice_get_path (PlIce *self, PlPath *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlIce, pl_ice_free)
