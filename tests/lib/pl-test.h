/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** g_test_init() with TAP output, a private main context as the thread's default is NOT made
 * here, and a watchdog of 180 s (PL_TEST_TIMEOUT seconds in the environment): a hanging test
 * aborts with the name of the case. */
void pl_test_init (int *argc, char ***argv);

/** Runs @context until *@done is true; fails the test after @timeout_ms, or more where the
 * watchdog has more patience too. */
void pl_test_run_until (GMainContext *context, const gboolean *done, guint timeout_ms);

/** The text of tests/data/@name; fails the test where there is none. */
char *pl_test_read_data (const char *name);

/** Runs all that @context has to do now, without waiting. */
void pl_test_run_idle (GMainContext *context);

/** A seed for a pseudo-random test: printed, and taken from PL_TEST_SEED where that is set. */
guint32 pl_test_seed (void);
