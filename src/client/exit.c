/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "client/exit.h"

#include "base/error.h"

#include <gio/gio.h>

static PlExit
from_signal_error (int code)
{
  switch ((PlSignalError) code) {
  case PL_SIGNAL_ERROR_UNREACHABLE:
  case PL_SIGNAL_ERROR_REFUSED:
    return PL_EXIT_SIGNALING;
  case PL_SIGNAL_ERROR_NO_PEER:
  case PL_SIGNAL_ERROR_NO_CODE:
    return PL_EXIT_NO_PEER;
  case PL_SIGNAL_ERROR_WRONG_CODE:
  case PL_SIGNAL_ERROR_BURNED:
    return PL_EXIT_WRONG_CODE;
  }
  return PL_EXIT_FAILED;
}

static PlExit
from_link_error (int code)
{
  switch ((PlLinkError) code) {
  case PL_LINK_ERROR_UNREACHABLE:
    return PL_EXIT_NO_PEER;
  case PL_LINK_ERROR_LOST:
    return PL_EXIT_LOST;
  case PL_LINK_ERROR_AUTH:
    return PL_EXIT_WRONG_CODE;
  case PL_LINK_ERROR_FAILED:
  case PL_LINK_ERROR_CLOSED:
  case PL_LINK_ERROR_WOULD_BLOCK:
    break;
  }
  return PL_EXIT_FAILED;
}

PlExit
pl_exit_from_error (const GError *error)
{
  if (error == NULL)
    return PL_EXIT_DONE;
  if (error->domain == PL_SIGNAL_ERROR)
    return from_signal_error (error->code);
  if (error->domain == PL_LINK_ERROR)
    return from_link_error (error->code);
  if (error->domain == PL_CONFIG_ERROR || error->domain == G_OPTION_ERROR)
    return PL_EXIT_USAGE;
  return PL_EXIT_FAILED;
}

const char *
pl_exit_code_name (PlExit status)
{
  static const char *const names[]
      = { "done", "failed", "usage", "signaling", "no-peer", "wrong-code", "lost" };
  return status < G_N_ELEMENTS (names) ? names[status] : "signal";
}

static const char *
hint_for_signal_error (int code)
{
  switch ((PlSignalError) code) {
  case PL_SIGNAL_ERROR_UNREACHABLE:
    return "Is the address right (--signaling), and does punchline-signald run there?";
  case PL_SIGNAL_ERROR_NO_PEER:
    return "Look at what the other side says, and try again.";
  case PL_SIGNAL_ERROR_NO_CODE:
    return "Is it the same server (--signaling) on both sides? Else make a new code.";
  case PL_SIGNAL_ERROR_WRONG_CODE:
    return "Try again with the right one, or make a new one.";
  case PL_SIGNAL_ERROR_BURNED:
    return "Make a new code with `punchline code`.";
  case PL_SIGNAL_ERROR_REFUSED:
    break;
  }
  return NULL;
}

const char *
pl_exit_hint (const GError *error)
{
  if (error->domain == PL_SIGNAL_ERROR)
    return hint_for_signal_error (error->code);
  if (g_error_matches (error, PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE))
    return "The NATs let nothing through, and no relay carried it. Name a TURN server that "
           "works: --ice-server turn:USER:PASSWORD@HOST, or --ice-uri of the signaling server.";
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    return "Another program has this port; take others with --write-port and --read-port, or "
           "--slide-stream-ports.";
  return NULL;
}
