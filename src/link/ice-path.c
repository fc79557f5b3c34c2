/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "link/ice-private.h"

#include <string.h>

/* Between libnice's candidates and ours. */

/* RFC 6544 section 4.5: the discard port stands for "none" in an active candidate. */
#define DISCARD_PORT 9

/* nice_candidate_ice_type_preference() of libnice 0.1.21 gives a relay over UDP 30, over TCP
 * 20, and nothing else of a candidate tells the two apart. */
#define RELAYED_UDP_PREFERENCE 30

static const PlTransport transports[] = {
  [NICE_CANDIDATE_TRANSPORT_UDP] = PL_TRANSPORT_UDP,
  [NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE] = PL_TRANSPORT_TCP_ACTIVE,
  [NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE] = PL_TRANSPORT_TCP_PASSIVE,
  [NICE_CANDIDATE_TRANSPORT_TCP_SO] = PL_TRANSPORT_TCP_SO,
};

static const PlCandidateType types[] = {
  [NICE_CANDIDATE_TYPE_HOST] = PL_CANDIDATE_HOST,
  [NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE] = PL_CANDIDATE_SRFLX,
  [NICE_CANDIDATE_TYPE_PEER_REFLEXIVE] = PL_CANDIDATE_PRFLX,
  [NICE_CANDIDATE_TYPE_RELAYED] = PL_CANDIDATE_RELAY,
};

void
pl_ice_print_address (const NiceAddress *address, char *out, size_t size)
{
  char text[NICE_ADDRESS_STRING_LEN] = "";

  nice_address_to_string (address, text);
  g_snprintf (out, size, strchr (text, ':') ? "[%s]:%u" : "%s:%u", text,
              nice_address_get_port (address));
}

/* RFC 8839 section 5.1: required where the candidate is no host. Of a relay it would be an
 * address that the peer has no use for (and of the TLS shim one that means nothing), so it is
 * left out the way browsers do. */
static void
set_related (PlCandidate *out, const NiceCandidate *from)
{
  if (from->type == NICE_CANDIDATE_TYPE_HOST)
    return;
  if (from->type == NICE_CANDIDATE_TYPE_RELAYED) {
    g_strlcpy (out->related, nice_address_ip_version (&from->addr) == 6 ? "::" : "0.0.0.0",
               sizeof out->related);
    return;
  }
  nice_address_to_string (&from->base_addr, out->related);
  out->related_port = nice_address_get_port (&from->base_addr);
}

char *
pl_ice_print_candidate (const NiceCandidate *from)
{
  PlCandidate out = {
    .component = from->component_id,
    .transport = transports[from->transport],
    .priority = from->priority,
    .port = nice_address_get_port (&from->addr),
    .type = types[from->type],
  };

  g_strlcpy (out.foundation, from->foundation, sizeof out.foundation);
  nice_address_to_string (&from->addr, out.address);
  if (out.transport == PL_TRANSPORT_TCP_ACTIVE)
    out.port = DISCARD_PORT;
  set_related (&out, from);
  return pl_candidate_print (&out);
}

NiceCandidate *
pl_ice_make_candidate (const PlCandidate *from, guint stream_id)
{
  NiceAddress address;
  gsize type = 0, transport = 0;

  nice_address_init (&address);
  if (!nice_address_set_from_string (&address, from->address))
    return NULL;
  nice_address_set_port (&address, from->port);
  while (types[type] != from->type)
    type++;
  while (transports[transport] != from->transport)
    transport++;
  NiceCandidate *candidate = nice_candidate_new (type);
  candidate->transport = transport;
  candidate->addr = address;
  candidate->base_addr = address;
  candidate->priority = from->priority;
  candidate->stream_id = stream_id;
  candidate->component_id = PL_ICE_COMPONENT;
  g_strlcpy (candidate->foundation, from->foundation, sizeof candidate->foundation);
  return candidate;
}

void
pl_ice_round_describe_pair (PlIceRound *round, const NiceCandidate *local,
                            const NiceCandidate *remote, PlPath *path)
{
  *path = (PlPath){
    .local_type = types[local->type],
    .remote_type = types[remote->type],
    .protocol
    = local->transport == NICE_CANDIDATE_TRANSPORT_UDP ? PL_PROTOCOL_UDP : PL_PROTOCOL_TCP,
    /* Not to be had from libnice 0.1.21; SCTP's smoothed one takes the place. */
    .rtt_ms = -1,
  };
  pl_ice_print_address (&local->addr, path->local, sizeof path->local);
  pl_ice_print_address (&remote->addr, path->remote, sizeof path->remote);
  if (local->type != NICE_CANDIDATE_TYPE_RELAYED)
    return;
  path->relay_protocol = PL_PROTOCOL_TCP;
  if (local->priority >> 24 == RELAYED_UDP_PREFERENCE)
    path->relay_protocol = PL_PROTOCOL_UDP;
  else if (pl_ice_round_uses_tls (round, local))
    path->relay_protocol = PL_PROTOCOL_TLS;
}
