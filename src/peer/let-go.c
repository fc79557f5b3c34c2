/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-peer"

#include "peer/let-go.h"

static void
on_kept (gpointer keep, GClosure *closure G_GNUC_UNUSED)
{
  if (keep)
    g_object_unref (keep);
}

static void
connect_keeping (gpointer object, const char *signal, GCallback callback, GObject *keep)
{
  g_signal_connect_data (object, signal, callback, keep ? g_object_ref (keep) : NULL, on_kept,
                         /* connect_flags = */ 0);
}

static void
on_peer_closed (PlPeer *peer, const GError *reason G_GNUC_UNUSED, gpointer keep)
{
  g_signal_handlers_disconnect_by_func (peer, on_peer_closed, keep);
  g_object_unref (peer);
}

void
pl_peer_let_go (PlPeer *peer, GObject *keep)
{
  if (peer == NULL)
    return;
  if (pl_peer_get_state (peer) == PL_PEER_CLOSED) {
    g_object_unref (peer);
    return;
  }
  connect_keeping (peer, "closed", G_CALLBACK (on_peer_closed), keep);
  pl_peer_close (peer);
}

static gboolean
is_over (guint state)
{
  return state == PL_MEETING_CLOSED || state == PL_MEETING_FAILED;
}

static void
on_meeting_state (PlMeeting *meeting, guint state, gpointer keep)
{
  if (!is_over (state))
    return;
  g_signal_handlers_disconnect_by_func (meeting, on_meeting_state, keep);
  g_object_unref (meeting);
}

void
pl_meeting_let_go (PlMeeting *meeting, GObject *keep)
{
  if (meeting == NULL)
    return;
  if (is_over (pl_meeting_get_state (meeting))) {
    g_object_unref (meeting);
    return;
  }
  connect_keeping (meeting, "state-changed", G_CALLBACK (on_meeting_state), keep);
  pl_meeting_close (meeting);
}
