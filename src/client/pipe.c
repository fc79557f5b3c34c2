/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-pipe"

#include "base/error.h"
#include "base/log.h"
#include "client/command-line.h"
#include "client/commands.h"
#include "client/run.h"
#include "client/session.h"
#include "proto/stream-flow.h"
#include "stream/fd-sink.h"
#include "stream/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <unistd.h>

#define LABEL              "pipe"
#define PROGRESS_PERIOD_MS 1000

/* punchline pipe: one stream between our stdin and stdout and those of the peer. */
typedef struct {
  const PlOptions *options;
  PlReporter *reporter;
  PlRun *run;
  PlSession *session;
  PlStream *stream;
  gboolean is_output_only; /* `punchline pipe CODE | tar x` at a terminal: nobody types */
  gboolean done;           /* everything is delivered, both ways */
  GError *failure;         /* of the stream */
  guint progress;
} Pipe;

static void
report_progress (Pipe *self)
{
  if (self->stream)
    pl_reporter_report_progress (self->reporter, pl_stream_get_sent (self->stream),
                                 pl_stream_get_received (self->stream));
}

static gboolean
on_progress (gpointer user_data)
{
  report_progress (user_data);
  return G_SOURCE_CONTINUE;
}

/* The number stays taken here, too. */
static void
end_input (void)
{
  int null = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  if (null < 0)
    return;
  dup2 (null, STDIN_FILENO);
  close (null);
}

/* Whoever reads our stdout sees its end now, while the other direction may go on. The number
 * stays taken, so that no socket ever becomes standard output. */
static gboolean
on_delivered (gpointer user_data, GError **error)
{
  const Pipe *self = user_data;
  int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  int stdout_copy = dup (STDOUT_FILENO);

  if (null >= 0)
    dup2 (null, STDOUT_FILENO);
  /* What a file system refuses late, close() says. */
  int failure = stdout_copy >= 0 && close (stdout_copy) < 0 ? errno : 0;
  if (null >= 0)
    close (null);
  if (self->is_output_only)
    end_input ();
  if (failure == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (failure), "closing the output: %s",
               g_strerror (failure));
  return FALSE;
}

static void
on_stream_closed (const GError *reason, gpointer user_data)
{
  Pipe *self = user_data;

  report_progress (self);
  if (reason)
    self->failure = g_error_copy (reason);
  else
    self->done = TRUE;
  pl_session_close (self->session);
}

static void
join (Pipe *self, PlChannel *channel)
{
  static const PlStreamOps ops = { on_delivered, on_stream_closed };
  g_autoptr (GInputStream) source = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GOutputStream) sink = pl_fd_sink_new (STDOUT_FILENO);

  self->is_output_only = isatty (STDIN_FILENO) && !isatty (STDOUT_FILENO);
  self->stream = pl_stream_new (channel, &ops, self);
  pl_stream_set_source (self->stream, source, /* head = */ NULL);
  pl_stream_set_sink (self->stream, sink);
}

static void
on_code (const char *code, gpointer user_data)
{
  Pipe *self = user_data;
  g_autofree char *command = pl_command_line_for_other (self->options, "pipe", code);
  pl_reporter_report_code (self->reporter, code, command);
}

static void
on_peer (PlPeer *peer G_GNUC_UNUSED, gpointer user_data)
{
  Pipe *self = user_data;

  if (self->stream == NULL)
    return;
  self->failure = g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_LOST,
                               "the other side was started anew in the middle of it");
  pl_session_close (self->session);
}

/* Not before: as long as nothing was read from the input, another peer may take the place of
 * one that went before the connection stood. */
static void
on_connected (PlPeer *peer, gpointer user_data)
{
  Pipe *self = user_data;
  const PlChannelOptions options = PL_CHANNEL_RELIABLE;

  if (self->stream || pl_peer_is_polite (peer))
    return;
  g_autoptr (PlChannel) channel
      = pl_peer_open_channel (peer, LABEL, PL_STREAM_PROTOCOL, &options, &self->failure);
  if (channel)
    join (self, channel);
  else
    pl_session_close (self->session);
}

static void
on_channel (PlChannel *channel, gpointer user_data)
{
  Pipe *self = user_data;

  if (self->stream == NULL && g_str_equal (pl_channel_get_label (channel), LABEL)) {
    join (self, channel);
    return;
  }
  pl_debug (self, "a channel '%s' refused", pl_channel_get_label (channel));
  pl_channel_close (channel);
}

static void
on_ended (const GError *reason, gpointer user_data)
{
  Pipe *self = user_data;
  const GError *error = self->done ? NULL : reason;

  /* The stream may have heard of the lost connection first, or of a better reason. */
  if (error == NULL && !self->done)
    error = self->failure;
  if (error)
    pl_reporter_report_error (self->reporter, error);
  pl_run_quit (self->run, pl_exit_from_error (error));
}

static void
on_interrupted (gpointer user_data)
{
  Pipe *self = user_data;

  if (self->stream && !self->done && self->failure == NULL)
    pl_stream_reset (self->stream, "interrupted by the user");
  pl_session_close (self->session);
}

static int
run_pipe (Pipe *self)
{
  static const PlSessionOps ops = { on_code, on_peer, on_connected, on_channel, on_ended };
  g_autoptr (GError) error = NULL;
  g_autoptr (PlRun) run = pl_run_new (on_interrupted, self);
  g_autoptr (PlSession) session
      = pl_session_new (self->options, self->reporter, &ops, self, &error);

  if (session == NULL) {
    pl_reporter_report_error (self->reporter, error);
    return pl_exit_from_error (error);
  }
  self->run = run;
  self->session = session;
  if (pl_reporter_wants_events (self->reporter))
    self->progress = g_timeout_add (PROGRESS_PERIOD_MS, on_progress, self);
  pl_session_start (session);
  int status = pl_run_wait (run);
  g_clear_handle_id (&self->progress, g_source_remove);
  g_clear_pointer (&self->stream, pl_stream_free);
  return status;
}

int
pl_command_pipe (const PlOptions *options, PlReporter *reporter)
{
  Pipe self = { .options = options, .reporter = reporter };
  int status = run_pipe (&self);
  g_clear_error (&self.failure);
  return status;
}
