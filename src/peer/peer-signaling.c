/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-peer"

#include "base/error.h"
#include "base/log.h"
#include "peer/peer-private.h"

/* Descriptions and candidates between the negotiation, ICE and the owner, who carries them. */

static gboolean
is_alive (PlPeer *self)
{
  return self->state < PL_PEER_CLOSING;
}

static void
tell_ice_credentials (PlPeer *self)
{
  pl_negotiation_set_local_ice (self->negotiation, pl_ice_get_ufrag (self->ice),
                                pl_ice_get_pwd (self->ice));
}

static void
send_offer (PlPeer *self)
{
  g_autofree char *sdp = pl_negotiation_offer (self->negotiation);
  if (sdp)
    g_signal_emit (self, pl_peer_signals[PL_PEER_SIGNAL_DESCRIPTION], 0, "offer", sdp);
}

static void
send_restart (PlPeer *self)
{
  self->restart_wanted = FALSE;
  pl_ice_restart (self->ice);
  tell_ice_credentials (self);
  send_offer (self);
  /* After the offer, so that no candidate comes before its description. */
  if (is_alive (self))
    pl_ice_gather (self->ice);
}

/* What had to wait for the end of an exchange. */
static void
settle (PlPeer *self)
{
  if (!is_alive (self))
    return;
  if (self->restart_wanted && pl_negotiation_is_stable (self->negotiation))
    send_restart (self);
  else if (pl_negotiation_wants_offer (self->negotiation))
    send_offer (self);
}

void
pl_peer_local_candidate (PlPeer *self, const char *line)
{
  pl_negotiation_add_local_candidate (self->negotiation, line);
  /* RFC 8840 section 4.2.1: the ufrag says which generation it belongs to. */
  g_autofree char *full
      = line ? g_strdup_printf ("%s ufrag %s", line, pl_ice_get_ufrag (self->ice)) : NULL;
  g_signal_emit (self, pl_peer_signals[PL_PEER_SIGNAL_CANDIDATE], 0, full,
                 pl_negotiation_get_mid (self->negotiation));
}

static gboolean
hand_on_candidates (PlPeer *self, GError **error)
{
  gboolean ok = TRUE;

  for (char *line;
       is_alive (self) && (line = pl_negotiation_next_candidate (self->negotiation)) != NULL;) {
    g_autofree char *owned G_GNUC_UNUSED = line;
    g_autoptr (GError) flaw = NULL;
    if (*line == '\0') {
      pl_ice_end_of_remote_candidates (self->ice);
    } else if (!pl_ice_add_remote_candidate (self->ice, line, &flaw)) {
      pl_debug (self, "%s", flaw->message);
      if (ok)
        g_propagate_error (error, g_steal_pointer (&flaw));
      ok = FALSE;
    }
  }
  return ok;
}

void
pl_peer_start (PlPeer *self)
{
  g_return_if_fail (PL_IS_PEER (self));
  g_assert (self->thread == g_thread_self ());
  g_autoptr (PlPeer) hold G_GNUC_UNUSED = g_object_ref (self);

  if (self->state != PL_PEER_NEW)
    return;
  pl_peer_step (self, PL_PEER_EV_NEGOTIATE);
  if (!is_alive (self))
    return;
  send_offer (self);
  if (is_alive (self))
    pl_ice_gather (self->ice);
}

/* RFC 8445 section 6.1.1: who offers first controls, except towards a lite end. */
static void
choose_ice_role (PlPeer *self, const PlNegotiated *todo)
{
  if (pl_negotiation_is_remote_lite (self->negotiation))
    pl_ice_set_controlling (self->ice, TRUE);
  else if (todo->answer)
    pl_ice_set_controlling (self->ice, FALSE);
}

static void
send_answer (PlPeer *self, gboolean gather)
{
  g_autofree char *sdp = pl_negotiation_answer (self->negotiation);

  g_signal_emit (self, pl_peer_signals[PL_PEER_SIGNAL_DESCRIPTION], 0, "answer", sdp);
  if (gather && is_alive (self))
    pl_ice_gather (self->ice);
}

static gboolean
act_on_description (PlPeer *self, const PlNegotiated *todo, GError **error)
{
  const gboolean first = self->state == PL_PEER_NEW;

  if (todo->restart_ice) {
    pl_ice_restart (self->ice);
    tell_ice_credentials (self);
  }
  if (!self->association_started)
    choose_ice_role (self, todo);
  if (first)
    pl_peer_step (self, PL_PEER_EV_NEGOTIATE);
  if (todo->new_remote && is_alive (self)) {
    const PlSdpTransport *remote = &pl_negotiation_get_remote (self->negotiation)->transport;
    if (!pl_ice_set_remote_credentials (self->ice, remote->ufrag, remote->pwd, error))
      return FALSE;
  }
  if (todo->answer && is_alive (self))
    send_answer (self, /* gather = */ first || todo->restart_ice);
  hand_on_candidates (self, /* error = */ NULL);
  settle (self);
  return TRUE;
}

gboolean
pl_peer_feed_description (PlPeer *self, const char *type, const char *sdp, GError **error)
{
  g_return_val_if_fail (PL_IS_PEER (self), FALSE);
  g_return_val_if_fail (sdp != NULL, FALSE);
  g_assert (self->thread == g_thread_self ());
  g_autoptr (PlPeer) hold G_GNUC_UNUSED = g_object_ref (self);
  PlNegotiated todo;

  if (!is_alive (self)) {
    g_set_error_literal (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED,
                         "the connection is closed");
    return FALSE;
  }
  if (!pl_negotiation_feed (self->negotiation, type, sdp, &todo, error))
    return FALSE;
  return todo.ignored || act_on_description (self, &todo, error);
}

gboolean
pl_peer_feed_candidate (PlPeer *self, const char *line, const char *mid, GError **error)
{
  g_return_val_if_fail (PL_IS_PEER (self), FALSE);
  g_autoptr (PlPeer) hold G_GNUC_UNUSED = g_object_ref (self);

  if (!is_alive (self)) {
    g_set_error_literal (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED,
                         "the connection is closed");
    return FALSE;
  }
  return pl_negotiation_feed_candidate (self->negotiation, line, mid, error)
         && hand_on_candidates (self, error);
}

void
pl_peer_set_ice_servers (PlPeer *self, GPtrArray *servers)
{
  g_return_if_fail (PL_IS_PEER (self));
  if (self->ice)
    pl_ice_set_servers (self->ice, servers);
}

void
pl_peer_restart_ice (PlPeer *self)
{
  g_return_if_fail (PL_IS_PEER (self));
  g_autoptr (PlPeer) hold G_GNUC_UNUSED = g_object_ref (self);

  if (self->state == PL_PEER_NEW || !is_alive (self))
    return;
  self->restart_wanted = TRUE;
  settle (self);
}
