/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/channel.h"
#include "stream/transfer.h"

#include <gio/gio.h>
#include <stdint.h>

/**
 * PlFileInbox: files that the peer sends on channels of the label "file". They are written
 * under a temporary name into one folder, never outside of it, and get their name once they are
 * whole: a harmless form of the one the peer said, with a number behind it where that is taken.
 * Nothing is ever overwritten.
 */
typedef struct _PlFileInbox PlFileInbox;

/** @folder NULL: every file is refused. */
PlFileInbox *pl_file_inbox_new (const char *folder, PlTransferFunc ended, gpointer user_data,
                                GError **error);
void pl_file_inbox_free (PlFileInbox *self);

/** TRUE for the label of a file's channel. */
gboolean pl_file_inbox_wants (const char *label);

/** A channel that the peer opened and pl_file_inbox_wants() wants, before its first message. */
void pl_file_inbox_take_channel (PlFileInbox *self, PlChannel *channel);

/** Bytes that came since the start. */
uint64_t pl_file_inbox_get_received (const PlFileInbox *self);

/** The peer is gone: files under way break off and leave nothing behind. */
void pl_file_inbox_reset (PlFileInbox *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlFileInbox, pl_file_inbox_free)
