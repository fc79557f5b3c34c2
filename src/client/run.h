/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/exit.h"

#include <glib.h>

/**
 * PlRun: a command's time in the main loop, with the signals that end it. SIGINT, SIGTERM or
 * SIGHUP call @interrupted once, which ends in good order with pl_run_quit(); a second one ends
 * the process at once.
 */
typedef struct _PlRun PlRun;

/** Signals are caught from here on, until pl_run_free(). */
PlRun *pl_run_new (void (*interrupted) (gpointer user_data), gpointer user_data);
void pl_run_free (PlRun *self);

/** Runs until pl_run_quit(); returns its status, or 128 plus the number of the signal. */
int pl_run_wait (PlRun *self);

/** The first status counts. */
void pl_run_quit (PlRun *self, PlExit status);

/** TRUE from the first signal on. */
gboolean pl_run_is_interrupted (const PlRun *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlRun, pl_run_free)
