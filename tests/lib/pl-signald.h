/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/** The real punchline-signald of the build tree, on 127.0.0.1. */
typedef struct _PlSignald PlSignald;

/** Starts it on @port (0: a free one) with @options besides (may be NULL), and waits until it
 * listens. Fails the test if it does not. */
PlSignald *pl_signald_start (guint port, const char *const *options);

/** Kills it, without a word to its clients. */
void pl_signald_kill (PlSignald *self);

guint pl_signald_get_port (const PlSignald *self);

/** A counter of its /metrics, as in "relayed_total". */
guint64 pl_signald_get_metric (const PlSignald *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSignald, pl_signald_kill)
