/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/signal-session.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
drain (PlSignalSession *session)
{
  for (char *frame; (frame = pl_signal_session_next_frame (session)) != NULL;)
    g_free (frame);
  for (PlSignalMsg *event; (event = pl_signal_session_next_event (session)) != NULL;)
    pl_signal_msg_free (event);
}

/* A server that says what it likes, line by line; an empty line is a socket that broke.
 * Whatever comes, the session either stands or asks for a new socket. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (PlSignalSession) session = pl_signal_session_new ("fuzz", /* seed = */ 1);
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 64);
  gboolean welcomed = FALSE;
  int64_t now = 1;

  pl_signal_session_start (session, now);
  for (char **line = lines; *line; line++) {
    g_autoptr (GError) error = NULL;
    now = MAX (now, pl_signal_session_get_deadline (session));
    if (pl_signal_session_get_state (session) == PL_SESSION_OFFLINE)
      pl_signal_session_expire (session, now);
    if (pl_signal_session_get_state (session) == PL_SESSION_CONNECTING)
      pl_signal_session_report_opened (session, now);
    if (**line == '\0')
      pl_signal_session_report_lost (session, now);
    gboolean ok = pl_signal_session_feed (session, *line, strlen (*line), now, &error);
    g_assert (ok == (error == NULL));
    g_assert (ok || pl_signal_session_get_state (session) == PL_SESSION_OFFLINE);
    welcomed = welcomed || pl_signal_session_get_state (session) == PL_SESSION_READY;
    if (welcomed)
      pl_signal_session_take_request (session, pl_signal_msg_new (PL_SIGNAL_MSG_REFRESH), NULL);
    drain (session);
  }
  pl_signal_session_close (session, now);
  return 0;
}
