/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/codec.h"
#include "base/path.h"
#include "link/dtls.h"
#include "link/ice.h"
#include "peer/channel.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * PlPeer: the connection to one remote: ICE, DTLS, SCTP and their data channels, negotiated by
 * standard SDP (RFC 8829) with trickle ICE (RFC 8840).
 *
 * Signals, all in the context that was the thread's default at construction:
 *   "description" (const char *type, const char *sdp)   "offer" or "answer": carry it over
 *   "candidate" (const char *line, const char *mid)     line NULL: end of candidates
 *   "state-changed" (guint state)
 *   "channel" (PlChannel *)     the remote opened one
 *   "path-changed" ()           pl_peer_get_path() has news; first when connected
 *   "closed" (GError *)         exactly once, last
 */
#define PL_TYPE_PEER (pl_peer_get_type ())
G_DECLARE_FINAL_TYPE (PlPeer, pl_peer, PL, PEER, GObject)

typedef enum {
  PL_PEER_NEW = 1,
  PL_PEER_NEGOTIATING, /* descriptions under way, ICE gathers and checks */
  PL_PEER_SECURING,    /* a pair is selected; DTLS, then SCTP */
  PL_PEER_OPEN,
  PL_PEER_DISCONNECTED, /* consent is gone; waiting for ICE to find a path again */
  PL_PEER_CLOSING,      /* pl_peer_close() was called; what is buffered leaves */
  PL_PEER_CLOSED,
} PlPeerState;

typedef struct {
  GPtrArray *ice_servers; /* of PlIceServer, borrowed for the call */
  PlIcePolicy policy;
  gboolean polite;            /* yields in a glare (perfect negotiation) */
  GTlsDatabase *tls_database; /* for turns: */
  PlCertificate *certificate; /* NULL: one is made */
  GStrv local_addresses;      /* NULL: all */
  gboolean no_tcp;            /* leave ICE-TCP out */
  gboolean audio;             /* negotiate one m=audio, so that a call needs no more SDP */
} PlPeerConfig;

PlPeer *pl_peer_new (const PlPeerConfig *config, GError **error);

/** Makes the offer. Only one side needs to; both may (glare is resolved by politeness). */
void pl_peer_start (PlPeer *self);

/** What came from the remote. An error leaves the connection as it was. */
gboolean pl_peer_feed_description (PlPeer *self, const char *type, const char *sdp,
                                   GError **error);
/** @line NULL or "": end of candidates. */
gboolean pl_peer_feed_candidate (PlPeer *self, const char *line, const char *mid,
                                 GError **error);

/** Opens a channel, in any state before closed; messages sent early leave once it stands. */
PlChannel *pl_peer_open_channel (PlPeer *self, const char *label, const char *protocol,
                                 const PlChannelOptions *options, GError **error);

PlPeerState pl_peer_get_state (PlPeer *self);

/** What the config said: TRUE at exactly one of two Punchline ends, so it settles who opens a
 * channel that both want once. */
gboolean pl_peer_is_polite (PlPeer *self);
gboolean pl_peer_get_path (PlPeer *self, PlPath *path);

/** Other STUN and TURN servers (PlIceServer, copied), or fresh credentials for the same: for
 * the next ICE restart. */
void pl_peer_set_ice_servers (PlPeer *self, GPtrArray *servers);

/** Offers again with new ICE credentials; channels live on. */
void pl_peer_restart_ice (PlPeer *self);

/** Longest master key with its salt: of AEAD_AES_256_GCM. */
#define PL_PEER_AUDIO_KEY 44

/** What was agreed about audio, and the keys for it. */
typedef struct {
  PlCodec codec;
  guint8 payload_type;                    /* of both directions */
  uint32_t ssrc;                          /* ours, as the description says */
  const char *cname;                      /* of it; the peer's */
  const char *srtp_profile;               /* OpenSSL's name of it; static */
  uint8_t send_key[PL_PEER_AUDIO_KEY];    /* master key and salt */
  uint8_t receive_key[PL_PEER_AUDIO_KEY]; /* of the remote */
  size_t key_len;                         /* bytes of each */
} PlPeerAudio;

/** FALSE where no audio is agreed, or before open. The keys stay for the life of the
 * connection: SRTP must go on where it was, packet index included, when a second call follows
 * the first. */
gboolean pl_peer_get_audio (PlPeer *self, PlPeerAudio *audio);

/** One received SRTP or SRTCP packet, not checked in any way; borrowed. */
typedef void (*PlPeerRtpFunc) (PlPeer *self, const uint8_t *data, size_t len,
                               gpointer user_data);

/** Who gets them; NULL: they are dropped. */
void pl_peer_set_rtp_handler (PlPeer *self, PlPeerRtpFunc handler, gpointer user_data);

/** One SRTP or SRTCP packet for the path, before everything that channels have waiting. FALSE
 * where it was dropped: not open, or the path takes nothing. */
gboolean pl_peer_send_rtp (PlPeer *self, const uint8_t *data, size_t len);

/** Closes channels, association and DTLS in good order and lets the remote know; "closed"
 * follows, at the latest after 2 s. */
void pl_peer_close (PlPeer *self);

G_END_DECLS
