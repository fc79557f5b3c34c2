/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** What shares one transport address with ICE: RFC 7983 section 7. */
typedef enum {
  PL_DATAGRAM_DROP,
  PL_DATAGRAM_STUN,
  PL_DATAGRAM_ZRTP,
  PL_DATAGRAM_DTLS,
  PL_DATAGRAM_TURN_CHANNEL,
  PL_DATAGRAM_RTP, /* or RTCP */
} PlDatagramKind;

PlDatagramKind pl_datagram_get_kind (const uint8_t *data, size_t len);

/** TRUE where an RTP datagram is RTCP: payload types 64 to 95 of RFC 5761 section 4. */
gboolean pl_datagram_is_rtcp (const uint8_t *data, size_t len);
