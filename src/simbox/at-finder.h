/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * PlAtFinder: looks for the modem among the serial ports of the machine (--modem auto).
 *
 * Only ports of USB devices by makers of modems are asked, with a bare AT: whatever else is
 * plugged in is not written to. It looks again and again until there is exactly one.
 */
typedef struct _PlAtFinder PlAtFinder;

typedef struct {
  const char *name;   /* "Quectel EC25" */
  const char *device; /* where it takes AT commands */
  const char *pcm;    /* where its voice is, NULL: not known */
} PlAtFound;

typedef struct {
  /** Once, last. The finder may be freed. */
  void (*found) (const PlAtFound *modem, gpointer user_data);
  /** There is none, or more than one: a sentence that says what to do; only when it is another
   * one than before. */
  void (*missing) (const char *problem, gpointer user_data);
} PlAtFinderOps;

/** Begins at once, in the thread's default context. @root: where "sys" and "dev" are, "/" on a
 * machine. @answer_ms: how long a port has to answer. */
PlAtFinder *pl_at_finder_new (const char *root, guint answer_ms, const PlAtFinderOps *ops,
                              gpointer user_data);
void pl_at_finder_free (PlAtFinder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAtFinder, pl_at_finder_free)
