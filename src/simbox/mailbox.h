/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "media/answerer.h"
#include "simbox/calls.h"
#include "simbox/own-greeting.h"
#include "simbox/store.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * PlMailbox: the voicemail of the box: it answers the calls that are given to it and keeps what
 * was said, one file of Opus in Ogg each, in a folder of its own.
 *
 * A client that takes a call over while the caller speaks ends the recording: what was said
 * until then is kept, as heard already. What a crash cut off is kept too, from the next start
 * on.
 *
 * Signals:
 *   "changed" (gint64 id)  a voicemail came, was heard, or is gone
 */
#define PL_TYPE_MAILBOX (pl_mailbox_get_type ())
G_DECLARE_FINAL_TYPE (PlMailbox, pl_mailbox, PL, MAILBOX, GObject)

typedef struct {
  PlStore *store;     /* borrowed, outlives it */
  const char *folder; /* made when it is not there */
  PlGreetingConfig greeting;
  PlRecorderLimits limits;
  GObject *keep; /* referenced while something is recorded or written; may be NULL */
} PlMailboxConfig;

typedef struct {
  /** There is enough of @call: pl_calls_voicemail_done(). */
  void (*enough) (const char *call, gpointer user_data);
} PlMailboxOps;

/** G_IO_ERROR where the folder cannot be used. */
PlMailbox *pl_mailbox_new (const PlMailboxConfig *config, const PlMailboxOps *ops,
                           gpointer user_data, GError **error);

/** Borrowed, and as long there as the mailbox. */
PlOwnGreeting *pl_mailbox_get_greeting (PlMailbox *self);

/** Voicemail has @call; @port, its sound, is borrowed until pl_mailbox_leave(). */
void pl_mailbox_take (PlMailbox *self, const PlCallInfo *call, PlAudioPort *port);
/** It is over, or (@taken_over) a client talks now. The port is free when this returns. Nothing
 * happens where no call was taken. */
void pl_mailbox_leave (PlMailbox *self, gboolean taken_over);

/** These: PL_STORE_ERROR, G_IO_ERROR_NOT_FOUND for an unknown @id. */
gboolean pl_mailbox_set_heard (PlMailbox *self, int64_t id, gboolean heard, GError **error);
/** The file too. */
gboolean pl_mailbox_delete (PlMailbox *self, int64_t id, GError **error);
/** Free with g_free(). */
char *pl_mailbox_get_path (PlMailbox *self, int64_t id, GError **error);

G_END_DECLS
