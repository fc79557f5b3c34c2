/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-ice"

#include "base/log.h"
#include "link/ice-private.h"

/* RFC 7675 section 5.1 lets consent live for 30 s without an answer. libnice 0.1.21 ends it
 * after 10 s, which is two lost requests, and never takes it up again even if the peer is back.
 * So the loss is told at once (a restart over signaling may be quicker), but the same pair is
 * selected anew, once, for what is left of the 30 s: an outage that ends in time heals without
 * anybody's help. */

/* libnice asks every 4 to 6 s and waits for 10 s: no second loss by then is an answer. */
#define PROOF_US (17 * G_USEC_PER_SEC)

/* FALSE where there is no pair any more: a TCP connection that broke takes it along. */
static gboolean
select_again (PlIceRound *round)
{
  NiceCandidate *local, *remote;
  gboolean done;

  if (!nice_agent_get_selected_pair (round->agent, round->stream_id, PL_ICE_COMPONENT, &local,
                                     &remote))
    return FALSE;
  g_autofree char *local_foundation = g_strdup (local->foundation);
  g_autofree char *remote_foundation = g_strdup (remote->foundation);
  round->reviving = TRUE;
  done = nice_agent_set_selected_pair (round->agent, round->stream_id, PL_ICE_COMPONENT,
                                       local_foundation, remote_foundation);
  round->reviving = FALSE;
  return done;
}

/* libnice says FAILED of a round that has a pair. */
void
pl_ice_round_lose (PlIceRound *round)
{
  PlIce *ice = round->ice;

  if (round->lost || round != ice->serving)
    return;
  pl_debug (ice, "consent of %s is gone", round->path.remote);
  round->lost = TRUE;
  if (!select_again (round))
    return;
  round->failed = FALSE;
  pl_deadline_set (ice->proof, g_get_monotonic_time () + PROOF_US);
}

/* The peer is there: it sent something, or enough time passed. May run the selected op. */
void
pl_ice_round_revive (PlIceRound *round)
{
  PlIce *ice = round->ice;

  if (!round->lost || round->failed || round != ice->serving)
    return;
  pl_debug (ice, "%s is back", round->path.remote);
  round->lost = FALSE;
  round->reported = FALSE;
  pl_deadline_set (ice->proof, PL_NEVER);
  ice->ops->selected (&round->path, ice->user_data);
}
