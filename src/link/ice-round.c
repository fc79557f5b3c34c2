/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-ice"

#include "base/log.h"
#include "link/ice-private.h"
#include "proto/demux.h"

#include <string.h>

/* One agent: making it, what it says, and letting it go. */

/* libnice's 20 ms between two checks cost a third of the time to connect (5 ms is the least
 * that RFC 8445 section 14.2 allows). */
#define PACING_MS 5

/* The first check may die in the peer's NAT; the second is what gets through. RFC 8445
 * section 14.3 says 500 ms for want of knowledge of the path; 200 ms is above nearly all round
 * trips. */
#define CHECK_TIMEOUT_MS 200

/* For a request to a TURN server over TCP or TLS, which waits for the connection to be made:
 * four round trips of a slow mobile network. libnice's own value is 2 s. */
#define RELIABLE_TIMEOUT_MS 8000

/* The last old datagrams are on the way while the remote changes over too. */
#define RETIRE_US (3 * G_USEC_PER_SEC)

static void
on_candidate (NiceAgent *agent G_GNUC_UNUSED, NiceCandidate *candidate, gpointer user_data)
{
  PlIceRound *round = user_data;
  g_autoptr (PlIceHold) ice = pl_ice_ref (round->ice);

  if (round != ice->newest)
    return;
  round->n_local++;
  if (candidate->type == NICE_CANDIDATE_TYPE_RELAYED)
    round->n_relay++;
  g_autofree char *line = pl_ice_print_candidate (candidate);
  pl_debug (ice, "local %s", line);
  ice->ops->candidate (line, ice->user_data);
}

void
pl_ice_round_finish_gathering (PlIceRound *round)
{
  g_autoptr (PlIceHold) ice = pl_ice_ref (round->ice);

  if (round->gathered || round != ice->newest)
    return;
  round->gathered = TRUE;
  pl_deadline_set (ice->gathering, PL_NEVER);
  ice->ops->candidate (NULL, ice->user_data);
  pl_ice_judge (ice);
}

static void
on_gathering_done (NiceAgent *agent G_GNUC_UNUSED, guint stream_id G_GNUC_UNUSED,
                   gpointer user_data)
{
  PlIceRound *round = user_data;

  if (round->relays_due)
    pl_ice_round_add_late_relays (round);
  else
    pl_ice_round_finish_gathering (round);
}

static void
on_state (NiceAgent *agent G_GNUC_UNUSED, guint stream_id G_GNUC_UNUSED,
          guint component_id G_GNUC_UNUSED, guint state, gpointer user_data)
{
  PlIceRound *round = user_data;
  g_autoptr (PlIceHold) ice = pl_ice_ref (round->ice);

  pl_debug (ice, "component %s", nice_component_state_to_string (state));
  if (round->reviving)
    return;
  round->failed = state == NICE_COMPONENT_STATE_FAILED;
  if (round->failed && round->selected)
    pl_ice_round_lose (round);
  pl_ice_judge (ice);
}

/* Where relays are refused, the remote can still send through its own: libnice would see a
 * peer-reflexive candidate at the relay's address. */
static gboolean
is_refused_relay (PlIceRound *round, const NiceCandidate *remote)
{
  char address[NICE_ADDRESS_STRING_LEN] = "";

  nice_address_to_string (&remote->addr, address);
  return g_hash_table_contains (round->relays, address);
}

static void
take_over (PlIce *ice, PlIceRound *round)
{
  if (ice->serving == round)
    return;
  g_clear_pointer (&ice->retired, pl_ice_round_close);
  ice->retired = ice->serving;
  ice->serving = round;
  if (ice->retired)
    pl_deadline_set (ice->retire, g_get_monotonic_time () + RETIRE_US);
}

static void
adopt_path (PlIce *ice, PlIceRound *round, const PlPath *path)
{
  gboolean same = ice->serving == round && memcmp (path, &round->path, sizeof *path) == 0;

  round->path = *path;
  round->selected = TRUE;
  round->lost = FALSE;
  round->reported = FALSE;
  take_over (ice, round);
  pl_ice_flush_held (ice);
  if (!same && !ice->freed)
    ice->ops->selected (&round->path, ice->user_data);
  if (round->ice && round == ice->serving)
    pl_ice_report_writable (ice);
}

/* The signal's own candidates are copies that do not know their relay. */
static void
on_selected (NiceAgent *agent, guint stream_id, guint component_id,
             NiceCandidate *local_copy G_GNUC_UNUSED, NiceCandidate *remote_copy G_GNUC_UNUSED,
             gpointer user_data)
{
  PlIceRound *round = user_data;
  g_autoptr (PlIceHold) ice = pl_ice_ref (round->ice);
  NiceCandidate *local, *remote;
  PlPath path;

  if (round->reviving || round == ice->retired
      || !nice_agent_get_selected_pair (agent, stream_id, component_id, &local, &remote))
    return;
  pl_ice_round_describe_pair (round, local, remote, &path);
  pl_debug (ice, "selected %s %s to %s %s", pl_candidate_type_name (path.local_type),
            path.local, pl_candidate_type_name (path.remote_type), path.remote);
  if (is_refused_relay (round, remote)) {
    pl_debug (ice, "that is the remote's relay: not used");
    return;
  }
  adopt_path (ice, round, &path);
  pl_ice_judge (ice);
}

static void
on_writable (NiceAgent *agent G_GNUC_UNUSED, guint stream_id G_GNUC_UNUSED,
             guint component_id G_GNUC_UNUSED, gpointer user_data)
{
  PlIceRound *round = user_data;
  g_autoptr (PlIceHold) ice = pl_ice_ref (round->ice);

  if (round == ice->serving)
    pl_ice_report_writable (ice);
}

static void
on_received (NiceAgent *agent G_GNUC_UNUSED, guint stream_id G_GNUC_UNUSED,
             guint component_id G_GNUC_UNUSED, guint len, gchar *data, gpointer user_data)
{
  PlIceRound *round = user_data;

  if (round->ice == NULL)
    return;
  g_autoptr (PlIceHold) ice = pl_ice_ref (round->ice);
  PlDatagramKind kind = pl_datagram_get_kind ((const uint8_t *) data, len);
  if (kind != PL_DATAGRAM_DTLS && kind != PL_DATAGRAM_RTP)
    return;
  pl_ice_round_revive (round);
  if (!ice->freed)
    ice->ops->datagram ((const uint8_t *) data, len, ice->user_data);
}

static NiceAgent *
make_agent (PlIce *ice)
{
  NiceAgent *agent = nice_agent_new_full (ice->context, NICE_COMPATIBILITY_RFC5245,
                                          NICE_AGENT_OPTION_ICE_TRICKLE
                                              | NICE_AGENT_OPTION_CONSENT_FRESHNESS);

  g_object_set (agent, "upnp", FALSE, "ice-tcp", ice->tcp, "controlling-mode", ice->controlling,
                "force-relay", ice->policy == PL_ICE_POLICY_RELAY_ONLY, "stun-pacing-timer",
                PACING_MS, "stun-initial-timeout", CHECK_TIMEOUT_MS, "stun-reliable-timeout",
                RELIABLE_TIMEOUT_MS, NULL);
  return agent;
}

PlIceRound *
pl_ice_round_new (PlIce *ice)
{
  PlIceRound *round = g_new0 (PlIceRound, 1);

  round->ice = ice;
  round->tunnels = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_turn_tls_free);
  round->remotes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  round->relays = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  round->agent = make_agent (ice);
  round->stream_id = nice_agent_add_stream (round->agent, /* n_components = */ 1);
  pl_ice_round_set_addresses (round);
  nice_agent_get_local_credentials (round->agent, round->stream_id, &round->ufrag, &round->pwd);
  g_signal_connect (round->agent, "new-candidate-full", G_CALLBACK (on_candidate), round);
  g_signal_connect (round->agent, "candidate-gathering-done", G_CALLBACK (on_gathering_done),
                    round);
  g_signal_connect (round->agent, "component-state-changed", G_CALLBACK (on_state), round);
  g_signal_connect (round->agent, "new-selected-pair-full", G_CALLBACK (on_selected), round);
  g_signal_connect (round->agent, "reliable-transport-writable", G_CALLBACK (on_writable),
                    round);
  nice_agent_attach_recv (round->agent, round->stream_id, PL_ICE_COMPONENT, ice->context,
                          on_received, round);
  return round;
}

static gboolean
on_idle_after_close (gpointer user_data)
{
  PlIceRound *round = user_data;

  g_object_unref (round->agent);
  g_ptr_array_unref (round->tunnels);
  g_hash_table_unref (round->remotes);
  g_hash_table_unref (round->relays);
  g_free (round->ufrag);
  g_free (round->pwd);
  g_free (round);
  return G_SOURCE_REMOVE;
}

/* Frees the round a turn later: libnice says so while it reads from a socket, and may have more
 * datagrams of the same socket for on_received(). */
static void
on_agent_closed (GObject *agent, GAsyncResult *result G_GNUC_UNUSED, gpointer user_data)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  GMainContext *context = NULL;

  g_object_get (agent, "main-context", &context, NULL);
  g_source_set_callback (source, on_idle_after_close, user_data, /* notify = */ NULL);
  g_source_attach (source, context);
}

void
pl_ice_round_close (PlIceRound *round)
{
  if (round == NULL)
    return;
  g_autoptr (GMainContext) context = g_main_context_ref (round->ice->context);
  round->ice = NULL;
  g_signal_handlers_disconnect_by_data (round->agent, round);
  g_clear_pointer (&round->resolve, pl_resolve_free);
  if (round->relays_due)
    g_source_destroy (round->relays_due);
  g_clear_pointer (&round->relays_due, g_source_unref);
  g_slist_free_full (g_steal_pointer (&round->waiting), (GDestroyNotify) nice_candidate_free);
  for (guint i = 0; i < round->tunnels->len; i++)
    pl_turn_tls_set_failed_func (round->tunnels->pdata[i], NULL, NULL);
  /* on_received() stays attached and does nothing: the agent has to go on reading to see its
   * TURN servers confirm that the allocations are gone. */
  g_main_context_push_thread_default (context);
  nice_agent_close_async (round->agent, on_agent_closed, round);
  g_main_context_pop_thread_default (context);
}
