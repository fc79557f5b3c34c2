/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-ice"

#include "base/log.h"
#include "link/ice-private.h"

#include <nice/interfaces.h>
#include <string.h>
#include <sys/socket.h>

/* Names first, then the agent's servers, then its candidates. */

#define RESOLVE_TIMEOUT_MS 3000

/* libnice 0.1.21 forgets to say that gathering is done where a TURN server's TCP connection
 * broke and no other question was open. */
#define GATHER_LIMIT_US (10 * G_USEC_PER_SEC)

/* What bulk data needs between two turns of the main loop; the kernel gives what
 * net.core.rmem_max allows. */
#define SOCKET_BUFFER (4 * 1024 * 1024)

static gboolean
is_wanted (PlIce *ice, const PlIceServer *server)
{
  if (server->kind == PL_ICE_STUN)
    return ice->policy != PL_ICE_POLICY_RELAY_ONLY;
  return ice->policy != PL_ICE_POLICY_DIRECT_ONLY;
}

/* @text may have a zone, as in "fe80::1%eth0". Returns FALSE where it is no address. */
static gboolean
count_address (PlIceRound *round, const char *text)
{
  g_autofree char *bare = g_strndup (text, strcspn (text, "%"));
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (bare);

  if (address == NULL)
    return FALSE;
  /* Link-local addresses reach no server. */
  if (g_inet_address_get_is_link_local (address))
    return TRUE;
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    round->ipv4 = TRUE;
  else
    round->ipv6 = TRUE;
  if (g_inet_address_get_is_loopback (address))
    round->ice->loopback = TRUE;
  return TRUE;
}

static void
add_local_address (PlIceRound *round, const char *text)
{
  NiceAddress address;

  nice_address_init (&address);
  if (!count_address (round, text) || !nice_address_set_from_string (&address, text)) {
    pl_debug (round->ice, "local address '%s' is none", text);
    return;
  }
  nice_agent_add_local_address (round->agent, &address);
}

/* A machine without any network still has itself: two programs on it can meet. */
void
pl_ice_round_set_addresses (PlIceRound *round)
{
  static const char *const loopback[] = { "127.0.0.1", "::1", NULL };
  const char *const *own = (const char *const *) round->ice->local_addresses;
  gboolean any = FALSE;

  if (own == NULL) {
    GList *found = nice_interfaces_get_local_ips (/* include_loopback = */ FALSE);
    for (GList *l = found; l; l = l->next)
      any |= count_address (round, l->data);
    g_list_free_full (found, g_free);
    if (any)
      return;
    own = loopback;
  }
  for (gsize i = 0; own[i]; i++)
    add_local_address (round, own[i]);
}

static void
set_stun_server (PlIceRound *round, const PlIceServer *server)
{
  g_autofree char *already = NULL;
  g_object_get (round->agent, "stun-server", &already, NULL);
  if (already)
    return;

  /* libnice asks one server; behind IPv4 there is a NAT more often than behind IPv6. */
  GInetAddress *address = NULL;
  if (round->ipv4)
    address = pl_resolve_get (round->resolve, server->host, G_SOCKET_FAMILY_IPV4);
  if (address == NULL && round->ipv6)
    address = pl_resolve_get (round->resolve, server->host, G_SOCKET_FAMILY_IPV6);
  if (address == NULL) {
    pl_debug (round->ice, "STUN server '%s': no usable address", server->host);
    return;
  }
  g_autofree char *text = g_inet_address_to_string (address);
  g_object_set (round->agent, "stun-server", text, "stun-server-port", server->port, NULL);
}

static void
set_relay (PlIceRound *round, const PlIceServer *server, GInetAddress *address, guint port)
{
  g_autofree char *text = g_inet_address_to_string (address);
  NiceRelayType type
      = server->kind == PL_ICE_TURN_UDP ? NICE_RELAY_TYPE_TURN_UDP : NICE_RELAY_TYPE_TURN_TCP;

  nice_agent_set_relay_info (round->agent, round->stream_id, PL_ICE_COMPONENT, text, port,
                             server->username, server->password, type);
}

static void
add_relay (PlIceRound *round, const PlIceServer *server)
{
  static const GSocketFamily order[] = { G_SOCKET_FAMILY_IPV6, G_SOCKET_FAMILY_IPV4 };
  gboolean any = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (order); i++) {
    gboolean have = order[i] == G_SOCKET_FAMILY_IPV4 ? round->ipv4 : round->ipv6;
    GInetAddress *address = pl_resolve_get (round->resolve, server->host, order[i]);
    if (!have || address == NULL)
      continue;
    set_relay (round, server, address, server->port);
    any = TRUE;
  }
  if (!any)
    pl_debug (round->ice, "TURN server '%s': no usable address", server->host);
}

static void
on_tunnel_failed (const GError *reason, gpointer user_data)
{
  PlIce *ice = user_data;

  pl_info (ice, "%s", reason->message);
  g_free (ice->turn_error);
  ice->turn_error = g_strdup (reason->message);
}

/* libnice pairs a relay only with host candidates of the same family, so the shim listens in
 * one that we have; its own connection to the server takes what is there. */
static void
add_tls_relay (PlIceRound *round, const PlIceServer *server)
{
  GSocketFamily family = round->ipv4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6;
  g_autoptr (GError) error = NULL;

  PlTurnTls *tunnel = pl_turn_tls_new (server, family, round->ice->tls_database, &error);
  if (tunnel == NULL) {
    pl_debug (round->ice, "TURN server '%s': no loopback: %s", server->host, error->message);
    return;
  }
  pl_turn_tls_set_failed_func (tunnel, on_tunnel_failed, round->ice);
  g_ptr_array_add (round->tunnels, tunnel);
  GInetSocketAddress *address = pl_turn_tls_get_address (tunnel);
  set_relay (round, server, g_inet_socket_address_get_address (address),
             g_inet_socket_address_get_port (address));
}

/* libnice keeps only the first relay candidate of those that have the same IP address, so the
 * cheapest transport is asked first. */
static void
set_relays (PlIceRound *round)
{
  for (PlIceServerKind kind = PL_ICE_TURN_UDP; kind <= PL_ICE_TURN_TLS; kind++) {
    for (guint i = 0; i < round->ice->servers->len; i++) {
      const PlIceServer *server = round->ice->servers->pdata[i];
      if (server->kind != kind || !is_wanted (round->ice, server))
        continue;
      if (kind == PL_ICE_TURN_TLS)
        add_tls_relay (round, server);
      else
        add_relay (round, server);
    }
  }
}

/* Whether libnice will ask a STUN server. */
static gboolean
set_stun_servers (PlIceRound *round)
{
  g_autofree char *chosen = NULL;

  for (guint i = 0; i < round->ice->servers->len; i++) {
    const PlIceServer *server = round->ice->servers->pdata[i];
    if (server->kind == PL_ICE_STUN && is_wanted (round->ice, server))
      set_stun_server (round, server);
  }
  g_object_get (round->agent, "stun-server", &chosen, NULL);
  return chosen != NULL;
}

void
pl_ice_round_add_late_relays (PlIceRound *round)
{
  g_autoptr (PlIceHold) ice = pl_ice_ref (round->ice);

  if (round->relays_due == NULL)
    return;
  g_source_destroy (round->relays_due);
  g_clear_pointer (&round->relays_due, g_source_unref);
  g_main_context_push_thread_default (ice->context);
  set_relays (round);
  g_main_context_pop_thread_default (ice->context);
}

static gboolean
on_stun_asked (gpointer user_data)
{
  pl_ice_round_add_late_relays (user_data);
  return G_SOURCE_REMOVE;
}

/* The relays follow when the question to the STUN server is out. In libnice 0.1.21 that takes
 * two turns of the main loop even for a numeric address, and an answer that fits none of the
 * questions of its socket is dropped at the first of them that is TURN's, for want of a magic
 * cookie. With TURN first, the own mapped address came from the allocation alone: a round trip
 * later, and never where the relay refused (a quota, an allocation left by who had the port
 * before). */
static void
add_relays_later (PlIceRound *round)
{
  round->relays_due = g_idle_source_new ();
  g_source_set_callback (round->relays_due, on_stun_asked, round, NULL);
  g_source_attach (round->relays_due, round->ice->context);
}

static int
enlarge (int fd, int option)
{
  int size = SOCKET_BUFFER;
  socklen_t len = sizeof size;

  if (setsockopt (fd, SOL_SOCKET, option, &size, sizeof size) < 0
      || getsockopt (fd, SOL_SOCKET, option, &size, &len) < 0)
    return -1;
  return size;
}

static void
enlarge_buffers (PlIceRound *round)
{
  g_autoptr (GPtrArray) sockets
      = nice_agent_get_sockets (round->agent, round->stream_id, PL_ICE_COMPONENT);

  for (guint i = 0; sockets && i < sockets->len; i++) {
    GSocket *socket = sockets->pdata[i];
    if (g_socket_get_socket_type (socket) != G_SOCKET_TYPE_DATAGRAM)
      continue;
    int fd = g_socket_get_fd (socket);
    pl_debug (round->ice, "socket buffers: receive %d, send %d", enlarge (fd, SO_RCVBUF),
              enlarge (fd, SO_SNDBUF));
  }
}

/* A callback runs in its context, but not with that as the thread's default. */
static void
on_resolved (gpointer user_data)
{
  PlIceRound *round = user_data;
  g_autoptr (PlIceHold) ice = pl_ice_ref (round->ice);

  g_main_context_push_thread_default (ice->context);
  if (set_stun_servers (round))
    add_relays_later (round);
  else
    set_relays (round);
  g_main_context_pop_thread_default (ice->context);
  pl_deadline_set (ice->gathering, g_get_monotonic_time () + GATHER_LIMIT_US);
  gboolean started = nice_agent_gather_candidates (round->agent, round->stream_id);
  if (round->ice == NULL)
    return;
  enlarge_buffers (round);
  if (!started)
    pl_ice_round_finish_gathering (round);
}

void
pl_ice_round_gather (PlIceRound *round)
{
  PlIce *ice = round->ice;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  if (round->gathering)
    return;
  round->gathering = TRUE;
  /* The shim's client looks its server's name up by itself. */
  for (guint i = 0; i < ice->servers->len; i++) {
    const PlIceServer *server = ice->servers->pdata[i];
    if (is_wanted (ice, server) && server->kind != PL_ICE_TURN_TLS)
      g_ptr_array_add (names, server->host);
  }
  g_ptr_array_add (names, NULL);
  g_main_context_push_thread_default (ice->context);
  round->resolve = pl_resolve_new ((const char *const *) names->pdata, RESOLVE_TIMEOUT_MS,
                                   on_resolved, round);
  g_main_context_pop_thread_default (ice->context);
}

gboolean
pl_ice_round_uses_tls (PlIceRound *round, const NiceCandidate *relay)
{
  NiceAddress server;
  struct sockaddr_storage native = { 0 };

  nice_address_init (&server);
  nice_candidate_relay_address (relay, &server);
  nice_address_copy_to_sockaddr (&server, (struct sockaddr *) &native);
  g_autoptr (GSocketAddress) address
      = g_socket_address_new_from_native (&native, sizeof native);
  if (address == NULL || !G_IS_INET_SOCKET_ADDRESS (address))
    return FALSE;
  GInetSocketAddress *asked = G_INET_SOCKET_ADDRESS (address);
  for (guint i = 0; i < round->tunnels->len; i++) {
    GInetSocketAddress *tunnel = pl_turn_tls_get_address (round->tunnels->pdata[i]);
    if (g_inet_socket_address_get_port (asked) == g_inet_socket_address_get_port (tunnel)
        && g_inet_address_equal (g_inet_socket_address_get_address (asked),
                                 g_inet_socket_address_get_address (tunnel)))
      return TRUE;
  }
  return FALSE;
}
