/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/sdp-audio.h"

#include <glib.h>
#include <stdint.h>

typedef enum {
  PL_SDP_OFFER = 1,
  PL_SDP_ANSWER,
} PlSdpType;

/** Who starts DTLS (RFC 8842). */
typedef enum {
  PL_SETUP_ACTPASS = 1,
  PL_SETUP_ACTIVE,
  PL_SETUP_PASSIVE,
} PlSetup;

/** What ICE and DTLS need to know of one end. */
typedef struct {
  char *ufrag;
  char *pwd;
  char *fingerprint; /* "sha-256 AB:CD:...": hash in lower, digits in upper case */
  PlSetup setup;
} PlSdpTransport;

/** One m= section. */
typedef struct {
  char *media;    /* "application", "audio", as on the wire */
  char *protocol; /* "UDP/DTLS/SCTP" */
  char *formats;  /* "webrtc-datachannel", or payload types with blanks between */
  guint port;     /* 0: rejected, where it is not bundle-only */
  gboolean bundle_only;
  guint bundle; /* number of its BUNDLE group, from 1; 0: in none */
  char *mid;    /* NULL where it has none */
  gboolean rtcp_mux;
  PlSdpTransport transport; /* empty where the section is rejected */
  GPtrArray *candidates;    /* of "candidate:..." */
  gboolean end_of_candidates;
  guint sctp_port;           /* 0: not a section of data channels */
  uint64_t max_message_size; /* 0: no limit (RFC 8841 section 6.1) */
  PlSdpAudio audio;          /* of a section of audio over DTLS-SRTP */
} PlMedia;

/** PlDescription: the part of SDP that WebRTC's data channels and one voice need (RFC 8829, RFC
 * 8841), and enough of the rest to reject it properly. */
typedef struct {
  PlSdpType type;
  char *session_id;
  uint64_t session_version;
  gboolean trickle;
  gboolean ice_lite;
  GPtrArray *media; /* of PlMedia */
} PlDescription;

PlMedia *pl_media_new (const char *media, const char *protocol, const char *formats);
void pl_media_free (PlMedia *self);

/** TRUE for a section of data channels that is not rejected. */
gboolean pl_media_is_data (const PlMedia *self);

void pl_sdp_transport_copy (const PlSdpTransport *from, PlSdpTransport *to);
void pl_sdp_transport_clear (PlSdpTransport *self);

PlDescription *pl_description_new (PlSdpType type);
void pl_description_free (PlDescription *self);

/** The text with CRLF line ends; free with g_free(). */
char *pl_description_print (const PlDescription *self);

/** The section that carries the data channels, or NULL. */
PlMedia *pl_description_find_data (const PlDescription *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlDescription, pl_description_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlMedia, pl_media_free)
