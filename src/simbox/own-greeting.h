/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "media/greeting.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * PlOwnGreeting: the greeting that clients have recorded, one WAV file in the voicemail's
 * folder. Without it callers hear what the configuration says.
 *
 * Signals:
 *   "changed" (const char *problem)  there is another, or none any more; @problem: a new one
 *                                    could not be kept, and what was before is still there
 */
#define PL_TYPE_OWN_GREETING (pl_own_greeting_get_type ())
G_DECLARE_FINAL_TYPE (PlOwnGreeting, pl_own_greeting, PL, OWN_GREETING, GObject)

/** @keep: referenced while it is written; may be NULL. */
PlOwnGreeting *pl_own_greeting_new (const char *folder, const PlGreetingConfig *config,
                                    GObject *keep);

/** What callers hear, valid until the next "changed". */
PlGreetingConfig pl_own_greeting_get (const PlOwnGreeting *self);
/** Of the one that clients have recorded; 0: there is none. */
int64_t pl_own_greeting_get_duration (const PlOwnGreeting *self);

/** A client is about to bring one; until pl_own_greeting_end() no other may. G_IO_ERROR_BUSY,
 * or G_IO_ERROR_INVALID_ARGUMENT for a number of @bytes that cannot be right. */
gboolean pl_own_greeting_begin (PlOwnGreeting *self, gint64 bytes, GError **error);
void pl_own_greeting_end (PlOwnGreeting *self);

/** Checks a whole WAV file and begins to write it; "changed" tells the end. PL_PROTO_ERROR. */
gboolean pl_own_greeting_set (PlOwnGreeting *self, const uint8_t *data, size_t len,
                              GError **error);
/** G_IO_ERROR; TRUE where there was none. */
gboolean pl_own_greeting_reset (PlOwnGreeting *self, GError **error);

G_END_DECLS
