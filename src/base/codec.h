/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/** How voice is coded in RTP, in the order in which we prefer it. */
typedef enum {
  PL_CODEC_OPUS, /* 48 kHz, RFC 7587 */
  PL_CODEC_PCMU, /* G.711 at 8 kHz, RFC 3551 section 4.5.14 */
  PL_CODEC_PCMA,
  PL_N_CODECS
} PlCodec;
