/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-code"

#include "client/command-line.h"
#include "client/commands.h"
#include "client/run.h"
#include "client/session.h"

#include <errno.h>
#include <stdio.h>

/* punchline code: reserves a nameplate, prints the code, and leaves. */
typedef struct {
  const PlOptions *options;
  PlReporter *reporter;
  PlRun *run;
  PlSession *session;
  gboolean unwritten;
} CodeCommand;

static void
report_unwritten (CodeCommand *self, int failure)
{
  g_autoptr (GError) error
      = g_error_new (G_IO_ERROR, g_io_error_from_errno (failure),
                     "the code could not be written: %s", g_strerror (failure));
  pl_reporter_report_error (self->reporter, error);
  self->unwritten = TRUE;
}

static void
on_code (const char *code, gpointer user_data)
{
  CodeCommand *self = user_data;
  g_autofree char *command = pl_command_line_for_other (self->options, "ports", code);

  if (printf ("%s\n", code) > 0 && fflush (stdout) == 0)
    pl_reporter_say (self->reporter, "On both sides, for example:\n  %s", command);
  else
    report_unwritten (self, errno);
  pl_session_close (self->session);
}

/* Nobody is met without a code that the other could know. */
static void
on_peer (PlPeer *peer G_GNUC_UNUSED, gpointer user_data)
{
  CodeCommand *self = user_data;
  pl_session_close (self->session);
}

static void
on_channel (PlChannel *channel, gpointer user_data G_GNUC_UNUSED)
{
  pl_channel_close (channel);
}

static void
on_ended (const GError *reason, gpointer user_data)
{
  CodeCommand *self = user_data;

  if (reason)
    pl_reporter_report_error (self->reporter, reason);
  pl_run_quit (self->run, self->unwritten ? PL_EXIT_FAILED : pl_exit_from_error (reason));
}

static void
on_interrupted (gpointer user_data)
{
  CodeCommand *self = user_data;
  pl_session_close (self->session);
}

int
pl_command_code (const PlOptions *options, PlReporter *reporter)
{
  static const PlSessionOps ops = { on_code, on_peer, on_peer, on_channel, on_ended };
  CodeCommand self = { .options = options, .reporter = reporter };
  g_autoptr (GError) error = NULL;

  g_autoptr (PlRun) run = pl_run_new (on_interrupted, &self);
  g_autoptr (PlSession) session = pl_session_new (options, reporter, &ops, &self, &error);
  if (session == NULL) {
    pl_reporter_report_error (reporter, error);
    return pl_exit_from_error (error);
  }
  self.run = run;
  self.session = session;
  pl_session_start (session);
  return pl_run_wait (run);
}
