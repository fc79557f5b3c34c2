/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/demux.h"

/* RFC 7983 section 7: the first byte tells. */
static const struct {
  uint8_t first;
  uint8_t last;
  PlDatagramKind kind;
} kinds[] = {
  { 0, 3, PL_DATAGRAM_STUN },    { 16, 19, PL_DATAGRAM_ZRTP },
  { 20, 63, PL_DATAGRAM_DTLS },  { 64, 79, PL_DATAGRAM_TURN_CHANNEL },
  { 128, 191, PL_DATAGRAM_RTP },
};

PlDatagramKind
pl_datagram_get_kind (const uint8_t *data, size_t len)
{
  if (len == 0)
    return PL_DATAGRAM_DROP;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (data[0] >= kinds[i].first && data[0] <= kinds[i].last)
      return kinds[i].kind;
  return PL_DATAGRAM_DROP;
}

gboolean
pl_datagram_is_rtcp (const uint8_t *data, size_t len)
{
  if (len < 2 || pl_datagram_get_kind (data, len) != PL_DATAGRAM_RTP)
    return FALSE;
  guint payload_type = data[1] & 0x7f;
  return payload_type >= 64 && payload_type <= 95;
}
