/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-ice"

#include "base/error.h"
#include "base/log.h"
#include "link/ice-private.h"

/* When it is a failure. libnice says FAILED as soon as its list of checks is used up, even if
 * candidates are still on the way, and comes back when one works; so its word counts only when
 * nothing more can come. */

/* For remote candidates that trickle in, where the remote never says which was the last. */
#define GRACE_US (10 * G_USEC_PER_SEC)

/* For everything, from the remote's credentials on. */
#define LIMIT_US (30 * G_USEC_PER_SEC)

static gint64
get_verdict_time (PlIceRound *round)
{
  gboolean complete = round->gathered && round->remote_done;
  gboolean nothing_to_try = g_hash_table_size (round->remotes) == 0;

  if (round->reported)
    return PL_NEVER;
  if (round->selected)
    return round->failed || round->lost ? 0 : PL_NEVER;
  if (round->gathered && round->n_local == 0)
    return 0;
  if (!round->remote_known)
    return PL_NEVER;
  if (round->failed && complete)
    return 0;
  /* Without a remote candidate that we can use, the remote may still reach one of ours. */
  if (round->failed || (complete && nothing_to_try))
    return round->remote_at + GRACE_US;
  return round->started_at + LIMIT_US;
}

static const char *
describe_relays (PlIce *self, PlIceRound *round)
{
  gboolean configured = FALSE;

  if (self->policy == PL_ICE_POLICY_DIRECT_ONLY)
    return "relays are not wanted";
  for (guint i = 0; i < self->servers->len; i++)
    configured |= ((PlIceServer *) self->servers->pdata[i])->kind != PL_ICE_STUN;
  if (round->n_relay > 0)
    return "a relay was available";
  return configured ? "no relay answered" : "no relay is configured";
}

static GError *
make_reason (PlIce *self, PlIceRound *round)
{
  const char *colon = self->turn_error ? ": " : "";
  const char *turn_error = self->turn_error ? self->turn_error : "";

  if (round->selected)
    return g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_LOST,
                        "the peer at %s does not answer any more", round->path.remote);
  return g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE,
                      "no path to the peer: %u local and %u remote candidates tried, %s%s%s",
                      round->n_local, g_hash_table_size (round->remotes),
                      describe_relays (self, round), colon, turn_error);
}

/* The round whose failure is the failure of all: not an old one that is being replaced, and not
 * a new one while the old one serves. */
static PlIceRound *
get_judged (PlIce *self)
{
  if (self->serving && !self->serving->failed && !self->serving->lost)
    return NULL;
  return self->newest;
}

/* To be called after everything that may change the verdict. May run the failed op. */
void
pl_ice_judge (PlIce *self)
{
  if (self->freed)
    return;
  PlIceRound *round = get_judged (self);
  gint64 at = round ? get_verdict_time (round) : PL_NEVER;
  if (round == NULL || at > g_get_monotonic_time ()) {
    pl_deadline_set (self->patience, at);
    return;
  }
  pl_deadline_set (self->patience, PL_NEVER);
  round->reported = TRUE;
  g_autoptr (GError) reason = make_reason (self, round);
  pl_debug (self, "%s", reason->message);
  self->ops->failed (reason, self->user_data);
}
