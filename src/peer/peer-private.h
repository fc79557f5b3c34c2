/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/clock.h"
#include "base/step.h"
#include "peer/association.h"
#include "peer/channel-table.h"
#include "peer/peer.h"
#include "proto/negotiation.h"

/* PlPeer in three files: peer.c has the object, its states and what is below; peer-signaling.c
 * the descriptions and candidates; peer-audio.c RTP. */

typedef enum {
  PL_PEER_EV_NEGOTIATE = 1, /* the first description, ours or theirs */
  PL_PEER_EV_SELECTED,      /* ICE has a pair */
  PL_PEER_EV_CONNECTED,     /* SCTP is up */
  PL_PEER_EV_UNREACHABLE,   /* ICE found nothing */
  PL_PEER_EV_LOST,          /* ICE had a pair and lost it */
  PL_PEER_EV_CLOSE,         /* the owner says so */
  PL_PEER_EV_DRAINED,       /* closing: channels have nothing left */
  PL_PEER_EV_EXPIRED,       /* the timer of the state */
  PL_PEER_EV_ENDED,         /* the association is gone, self->reason says why */
  PL_PEER_N_EVENTS,
} PlPeerEvent;

struct _PlPeer {
  GObject parent;

  guint state;
  GThread *thread; /* everything happens here */
  PlCertificate *certificate;
  gboolean polite;
  PlNegotiation *negotiation;
  PlIce *ice;
  PlAssociation *association;
  gboolean association_started;
  PlChannelTable *table;

  /* The one timer, by state: SECURING: the handshakes take too long; DISCONNECTED: no path
   * comes back; CLOSING: the remote does not answer any more. */
  PlDeadline *timer;
  GError *reason; /* of the end; NULL: in good order */

  gboolean restart_wanted; /* as soon as the negotiation is stable */
  PlPath told_path;        /* what "path-changed" announced last */
  gboolean path_told;

  PlPeerRtpFunc rtp_handler; /* may be NULL */
  gpointer rtp_data;
};

enum {
  PL_PEER_SIGNAL_DESCRIPTION,
  PL_PEER_SIGNAL_CANDIDATE,
  PL_PEER_SIGNAL_STATE_CHANGED,
  PL_PEER_SIGNAL_CHANNEL,
  PL_PEER_SIGNAL_PATH_CHANGED,
  PL_PEER_SIGNAL_CLOSED,
  PL_PEER_N_SIGNALS,
};
extern guint pl_peer_signals[PL_PEER_N_SIGNALS];

void pl_peer_step (PlPeer *self, PlPeerEvent event);

/** A candidate of ours, as PlIceOps has it. */
void pl_peer_local_candidate (PlPeer *self, const char *line);

/** An RTP or RTCP packet came. */
void pl_peer_feed_rtp (PlPeer *self, const uint8_t *data, size_t len);

extern const PlMachine pl_peer_machine;
