/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/path.h"

const char *
pl_candidate_type_name (PlCandidateType type)
{
  static const char *const names[] = { "host", "srflx", "prflx", "relay" };
  return names[type];
}

const char *
pl_protocol_name (PlProtocol protocol)
{
  static const char *const names[] = { "udp", "tcp", "tls" };
  return names[protocol];
}

gboolean
pl_path_is_relayed (const PlPath *path)
{
  return path->local_type == PL_CANDIDATE_RELAY || path->remote_type == PL_CANDIDATE_RELAY;
}

static char *
describe_relay (const PlPath *path)
{
  static const char *const names[] = { "UDP", "TCP", "TLS" };
  if (path->local_type != PL_CANDIDATE_RELAY)
    return g_strdup ("relay (the peer's TURN)");
  return g_strdup_printf ("relay (TURN/%s)", names[path->relay_protocol]);
}

char *
pl_path_describe (const PlPath *path)
{
  if (pl_path_is_relayed (path))
    return describe_relay (path);
  if (path->protocol == PL_PROTOCOL_TCP)
    return g_strdup ("direct (TCP)");
  if (path->local[0] == '[')
    return g_strdup ("direct (IPv6)");
  if (path->local_type == PL_CANDIDATE_HOST && path->remote_type == PL_CANDIDATE_HOST)
    return g_strdup ("direct (no NAT between)");
  return g_strdup ("direct (hole punched)");
}
