/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/clock.h"
#include "link/ice.h"
#include "link/resolve.h"
#include "link/turn-tls.h"
#include "proto/candidate.h"

#include <nice/agent.h>

#define PL_ICE_COMPONENT 1

/**
 * PlIceRound: one NiceAgent, from its gathering until a later one takes over.
 *
 * libnice keeps sockets and local candidates over nice_agent_restart(), so an ICE restart that
 * is to find a new network needs a new agent; the old one serves on meanwhile.
 */
typedef struct {
  PlIce *ice; /* NULL once closed: nothing is reported any more */
  NiceAgent *agent;
  guint stream_id;
  char *ufrag;
  char *pwd;
  gboolean ipv4; /* families of our candidates that reach beyond the link */
  gboolean ipv6;
  PlResolve *resolve;
  GPtrArray *tunnels;  /* of PlTurnTls */
  GSource *relays_due; /* until libnice is told of the relays; NULL before and after */

  /* what is known of both ends */
  gboolean gathering;
  gboolean gathered;
  gboolean remote_known; /* credentials are set */
  gboolean remote_done;  /* no more remote candidates come */
  gboolean limit_logged;
  guint n_local;
  guint n_relay;       /* of n_local */
  GHashTable *remotes; /* "udp 192.0.2.1 4000": the remote candidates taken so far */
  GHashTable *relays;  /* addresses of the remote's relays, where those are refused */
  GSList *waiting;     /* of NiceCandidate: before the credentials, and TCP (ice-remote.c) */
  gint64 remote_at;    /* when the last remote candidate or the credentials came */
  gint64 started_at;   /* when the remote credentials came */

  /* how it goes */
  gboolean failed;   /* libnice says so at the moment */
  gboolean selected; /* there was a pair */
  gboolean lost;     /* its consent ran out, and it has a last chance */
  gboolean reviving; /* libnice's signals are our own doing */
  gboolean reported; /* the failure was told */
  PlPath path;       /* of the selected pair */
} PlIceRound;

struct _PlIce {
  int ref_count; /* ours: calls on the stack that outlive pl_ice_free() */
  gboolean freed;
  GMainContext *context;
  const PlIceOps *ops;
  gpointer user_data;

  GPtrArray *servers; /* of PlIceServer, ours */
  PlIcePolicy policy;
  gboolean controlling;
  gboolean tcp;
  GTlsDatabase *tls_database;
  GStrv local_addresses;
  gboolean loopback; /* our own candidates are loopback addresses */

  PlIceRound *newest;
  PlIceRound *serving; /* has the selected pair; NULL, newest or an older one */
  PlIceRound *retired; /* served before; still hears the last datagrams */
  char *turn_error;    /* the last that a TURN/TLS server refused */

  GQueue held; /* of GBytes: datagrams that wait for a pair */
  gsize held_bytes;
  gboolean blocked; /* the path refused; the writable op is owed */

  /* Timers: gathering (to end it, ice-gather.c), patience (when to call it a failure,
   * ice-judge.c), retry (the path refused a datagram, ice-send.c), late (TCP candidates,
   * ice-remote.c), proof (that a peer is back, ice-consent.c), retire (the old round closes).
   */
  PlDeadline *gathering;
  PlDeadline *patience;
  PlDeadline *retry;
  PlDeadline *late;
  PlDeadline *proof;
  PlDeadline *retire;
};

PlIce *pl_ice_ref (PlIce *self);
void pl_ice_unref (PlIce *self);

typedef PlIce PlIceHold;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlIceHold, pl_ice_unref)

/* ice-round.c */
PlIceRound *pl_ice_round_new (PlIce *ice);
/** Nothing comes from it any more; the agent gives its relay allocations back and goes. */
void pl_ice_round_close (PlIceRound *round);

void pl_ice_round_finish_gathering (PlIceRound *round);

/* ice-gather.c */
void pl_ice_round_set_addresses (PlIceRound *round);
void pl_ice_round_gather (PlIceRound *round);
/** Tells libnice of the relays now, if that is still due. */
void pl_ice_round_add_late_relays (PlIceRound *round);
gboolean pl_ice_round_uses_tls (PlIceRound *round, const NiceCandidate *relay);

/* ice-remote.c */
void pl_ice_round_flush_waiting (PlIceRound *round);

/* ice-path.c */
void pl_ice_print_address (const NiceAddress *address, char *out, size_t size);
char *pl_ice_print_candidate (const NiceCandidate *candidate);
NiceCandidate *pl_ice_make_candidate (const PlCandidate *from, guint stream_id);
void pl_ice_round_describe_pair (PlIceRound *round, const NiceCandidate *local,
                                 const NiceCandidate *remote, PlPath *path);

/* ice-send.c */
void pl_ice_flush_held (PlIce *self);
void pl_ice_report_writable (PlIce *self);

/* ice-consent.c */
void pl_ice_round_lose (PlIceRound *round);
void pl_ice_round_revive (PlIceRound *round);

/* ice-judge.c */
void pl_ice_judge (PlIce *self);
