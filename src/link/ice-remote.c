/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-ice"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "link/ice-private.h"

#include <string.h>

/* What the remote says of itself: credentials and candidates. */

/* A controlling libnice 0.1.21 with aggressive nomination (which takes one round trip less)
 * refuses TCP candidates while checks are under way, and gives up aggressive nomination when
 * one comes before. So they wait until UDP has had its chance, and are offered until taken. */
#define TCP_WAIT_US  G_USEC_PER_SEC
#define TCP_RETRY_US (G_USEC_PER_SEC / 4)

static void
set_candidate (PlIceRound *round, NiceCandidate *candidate, gboolean *taken)
{
  GSList one = { .data = candidate };
  int n = nice_agent_set_remote_candidates (round->agent, round->stream_id, PL_ICE_COMPONENT,
                                            &one);
  *taken = n > 0;
}

static gboolean
is_udp (const NiceCandidate *candidate)
{
  return candidate->transport == NICE_CANDIDATE_TRANSPORT_UDP;
}

static gboolean
is_due (PlIceRound *round, const NiceCandidate *candidate)
{
  if (is_udp (candidate))
    return TRUE;
  return !round->selected && g_get_monotonic_time () >= round->started_at + TCP_WAIT_US;
}

/* Offers what waits, as far as its time has come. Ops may run, and may close the round. */
void
pl_ice_round_flush_waiting (PlIceRound *round)
{
  g_autoptr (PlIceHold) ice = pl_ice_ref (round->ice);
  GSList *todo = g_steal_pointer (&round->waiting);

  while (todo) {
    NiceCandidate *candidate = todo->data;
    gboolean taken = FALSE;
    todo = g_slist_delete_link (todo, todo);
    if (round->ice && is_due (round, candidate))
      set_candidate (round, candidate, &taken);
    if (taken || round->ice == NULL || is_udp (candidate))
      nice_candidate_free (candidate);
    else
      round->waiting = g_slist_append (round->waiting, candidate);
  }
  if (round->ice == NULL || round->waiting == NULL || round->selected)
    return;
  gint64 now = g_get_monotonic_time ();
  pl_deadline_set (ice->late, MAX (round->started_at + TCP_WAIT_US, now + TCP_RETRY_US));
}

gboolean
pl_ice_set_remote_credentials (PlIce *self, const char *ufrag, const char *pwd, GError **error)
{
  g_autoptr (PlIceHold) ice = pl_ice_ref (self);
  PlIceRound *round = ice->newest;

  g_return_val_if_fail (!self->freed, FALSE);
  if (round->remote_known) {
    g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED,
                 "remote ICE credentials are set already, new ones need a restart");
    return FALSE;
  }
  /* RFC 8839 section 5.4; libnice would cut longer ones. */
  if (strlen (ufrag) < 4 || strlen (ufrag) > 256 || strlen (pwd) < 22 || strlen (pwd) > 256) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "remote ICE credentials of %" G_GSIZE_FORMAT " and %" G_GSIZE_FORMAT
                 " characters",
                 strlen (ufrag), strlen (pwd));
    return FALSE;
  }
  round->remote_known = TRUE;
  round->started_at = round->remote_at = g_get_monotonic_time ();
  nice_agent_set_remote_credentials (round->agent, round->stream_id, ufrag, pwd);
  if (round->ice)
    pl_ice_round_flush_waiting (round);
  pl_ice_judge (ice);
  return TRUE;
}

/* Why this candidate is not tried, or NULL. */
static const char *
get_flaw (PlIceRound *round, const PlCandidate *candidate)
{
  const char *flaw = pl_candidate_get_flaw (candidate);

  if (flaw)
    return flaw;
  if (candidate->type == PL_CANDIDATE_RELAY
      && round->ice->policy == PL_ICE_POLICY_DIRECT_ONLY) {
    if (g_hash_table_size (round->relays) < PL_MAX_CANDIDATES)
      g_hash_table_add (round->relays, g_strdup (candidate->address));
    return "a relay, and only direct paths are wanted";
  }
  /* A remote has no business with the services of this machine, unless it is on it. */
  if (pl_candidate_is_loopback (candidate) && !round->ice->loopback)
    return "a loopback address";
  if (candidate->transport != PL_TRANSPORT_UDP && !round->ice->tcp)
    return "TCP, which is switched off";
  return NULL;
}

/* FALSE where it is known already, or one too many. */
static gboolean
remember (PlIceRound *round, const PlCandidate *candidate)
{
  g_autofree char *key
      = g_strdup_printf ("%d %s %u", candidate->transport, candidate->address, candidate->port);

  if (g_hash_table_contains (round->remotes, key))
    return FALSE;
  if (g_hash_table_size (round->remotes) >= PL_MAX_CANDIDATES) {
    if (!round->limit_logged)
      pl_debug (round->ice, "more than %d remote candidates: the others are ignored",
                PL_MAX_CANDIDATES);
    round->limit_logged = TRUE;
    return FALSE;
  }
  g_hash_table_add (round->remotes, g_steal_pointer (&key));
  return TRUE;
}

gboolean
pl_ice_add_remote_candidate (PlIce *self, const char *line, GError **error)
{
  g_autoptr (PlIceHold) ice = pl_ice_ref (self);
  PlIceRound *round = ice->newest;
  PlCandidate candidate;

  g_return_val_if_fail (!self->freed, FALSE);
  if (!pl_candidate_parse (line, &candidate, error))
    return FALSE;
  const char *flaw = get_flaw (round, &candidate);
  if (flaw) {
    pl_debug (ice, "remote candidate %s: %s", candidate.address, flaw);
    return TRUE;
  }
  if (!remember (round, &candidate))
    return TRUE;
  NiceCandidate *made = pl_ice_make_candidate (&candidate, round->stream_id);
  if (made == NULL)
    return TRUE;
  round->remote_at = g_get_monotonic_time ();
  round->waiting = g_slist_append (round->waiting, made);
  if (round->remote_known)
    pl_ice_round_flush_waiting (round);
  pl_ice_judge (ice);
  return TRUE;
}

void
pl_ice_end_of_remote_candidates (PlIce *self)
{
  g_autoptr (PlIceHold) ice = pl_ice_ref (self);
  PlIceRound *round = ice->newest;

  g_return_if_fail (!self->freed);
  round->remote_done = TRUE;
  nice_agent_peer_candidate_gathering_done (round->agent, round->stream_id);
  pl_ice_judge (ice);
}
