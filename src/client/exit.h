/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** Exit statuses of `punchline`; PL_EXIT_SIGNAL plus the signal's number when one ended it. */
typedef enum {
  PL_EXIT_DONE = 0,
  PL_EXIT_FAILED = 1,
  PL_EXIT_USAGE = 2,
  PL_EXIT_SIGNALING = 3,  /* not reachable, or it refused */
  PL_EXIT_NO_PEER = 4,    /* not reached */
  PL_EXIT_WRONG_CODE = 5, /* or not authorized */
  PL_EXIT_LOST = 6,       /* the connection, and not recovered */
  PL_EXIT_SIGNAL = 128,
} PlExit;

/** What @error (NULL: none) means for the exit status. */
PlExit pl_exit_from_error (const GError *error);

/** The same as a word for events: "failed", "usage", "signaling", "no-peer", "wrong-code",
 * "lost". */
const char *pl_exit_code_name (PlExit status);

/** What the user can do about it, a sentence; NULL where the message says it all. */
const char *pl_exit_hint (const GError *error);
