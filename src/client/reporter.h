/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/path.h"
#include "client/options.h"
#include "stream/transfer.h"

#include <glib.h>

/**
 * PlReporter: says what happens: to people on stderr, in lines or, with --json, as events; and
 * as events to --events. Never to stdout, which is for data.
 */
typedef struct _PlReporter PlReporter;

/** PL_CONFIG_ERROR where --events is not an open descriptor. */
PlReporter *pl_reporter_new (const PlOptions *options, GError **error);
void pl_reporter_free (PlReporter *self);

/** A line for people alone; nothing with --quiet or --json. */
void pl_reporter_say (PlReporter *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** Where the program is: "signaling", "waiting", "greeting", "connecting", "connected",
 * "disconnected", "closed". Repetitions are left out. */
void pl_reporter_report_state (PlReporter *self, const char *state);

/** The path, if it is another than last time. @setup_ms: from the other's arrival to the open
 * connection. */
void pl_reporter_report_path (PlReporter *self, const PlPath *path, int64_t setup_ms);

/** The next path is told even if it is the last one. */
void pl_reporter_forget_path (PlReporter *self);

/** Bytes so far, if they are others than last time. */
void pl_reporter_report_progress (PlReporter *self, uint64_t sent, uint64_t received);

/** The local ports that were opened. */
void pl_reporter_report_ports (PlReporter *self, guint write_port, guint read_port);

/** What became of a stream or a file. */
void pl_reporter_report_transfer (PlReporter *self, const PlTransfer *transfer);

/** "punchline: MESSAGE" and a hint; also with --quiet. */
void pl_reporter_report_error (PlReporter *self, const GError *error);

/** The code that was made, with the exact command for the other side, @command; with a QR code
 * on a terminal. Also with --quiet. */
void pl_reporter_report_code (PlReporter *self, const char *code, const char *command);

/** TRUE if anybody wants progress events. */
gboolean pl_reporter_wants_events (const PlReporter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlReporter, pl_reporter_free)
