/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/codec.h"

#include <glib.h>
#include <stdint.h>

/** Who sends media, as bits: sendrecv has both. */
typedef enum {
  PL_SDP_INACTIVE = 0,
  PL_SDP_SEND = 1,
  PL_SDP_RECEIVE = 2,
  PL_SDP_BOTH = PL_SDP_SEND | PL_SDP_RECEIVE,
} PlSdpDirection;

typedef struct {
  PlCodec codec;
  guint8 payload_type;
} PlSdpCodec;

/** What an m=audio section says that we understand. */
typedef struct {
  PlSdpCodec codecs[PL_N_CODECS]; /* each codec once, in the order of the section */
  guint n_codecs;                 /* 0: nothing that we could use */
  PlSdpDirection direction;
  gboolean rtcp_rsize;
  uint32_t ssrc; /* ours, when we print; 0: none is told */
  char *cname;   /* with @ssrc */
} PlSdpAudio;

/** From the formats of the m= line (@formats, blanks between) and the values of its a=rtpmap
 * lines (of char *). What we do not know is left out; never an error. */
void pl_sdp_audio_read_codecs (PlSdpAudio *self, const char *formats, const GPtrArray *rtpmaps);

/** The attribute that says it. */
const char *pl_sdp_direction_get_name (PlSdpDirection direction);

/** The same seen from the other end. */
PlSdpDirection pl_sdp_direction_reverse (PlSdpDirection direction);

/** The formats for the m= line; free with g_free(). */
char *pl_sdp_audio_print_formats (const PlSdpAudio *self);

/** The attributes of the section. */
void pl_sdp_audio_print (const PlSdpAudio *self, GString *out);
