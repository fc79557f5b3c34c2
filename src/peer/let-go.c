/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-peer"

#include "peer/let-go.h"

static void
on_peer_closed (PlPeer *peer, const GError *reason G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
  g_object_unref (peer);
}

void
pl_peer_let_go (PlPeer *peer)
{
  if (peer == NULL)
    return;
  if (pl_peer_get_state (peer) == PL_PEER_CLOSED) {
    g_object_unref (peer);
    return;
  }
  g_signal_connect (peer, "closed", G_CALLBACK (on_peer_closed), NULL);
  pl_peer_close (peer);
}

static gboolean
is_over (guint state)
{
  return state == PL_MEETING_CLOSED || state == PL_MEETING_FAILED;
}

static void
on_meeting_state (PlMeeting *meeting, guint state, gpointer data G_GNUC_UNUSED)
{
  if (!is_over (state))
    return;
  g_signal_handlers_disconnect_by_func (meeting, on_meeting_state, NULL);
  g_object_unref (meeting);
}

void
pl_meeting_let_go (PlMeeting *meeting)
{
  if (meeting == NULL)
    return;
  if (is_over (pl_meeting_get_state (meeting))) {
    g_object_unref (meeting);
    return;
  }
  g_signal_connect (meeting, "state-changed", G_CALLBACK (on_meeting_state), NULL);
  pl_meeting_close (meeting);
}
