/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-ports"

#include "base/error.h"
#include "base/log.h"
#include "client/command-line.h"
#include "client/commands.h"
#include "client/run.h"
#include "client/session.h"
#include "proto/secret.h"
#include "stream/file-inbox.h"
#include "stream/port-readers.h"
#include "stream/port-writers.h"

/* Seconds before the other side is looked for again; doubled each time, until a connection
 * stood. */
#define FIRST_RETRY_S 1
#define LAST_RETRY_S  30

#define PROGRESS_PERIOD_MS 1000

/* punchline ports: the local ports live as long as the program; sessions come and go. */
typedef struct {
  const PlOptions *options;
  PlReporter *reporter;
  PlRun *run;
  PlSession *session; /* NULL between two */
  PlSession *old;     /* that has ended and is not freed yet */
  PlPortWriters *writers;
  PlPortReaders *readers;
  PlFileInbox *inbox;
  char *made_code; /* to meet again by, where none was given */
  gboolean met;    /* a connection stood once */
  guint retry_s;
  guint retry_timer;
  guint progress;
} Ports;

static void
on_transfer (const PlTransfer *transfer, gpointer user_data)
{
  Ports *self = user_data;
  pl_reporter_report_transfer (self->reporter, transfer);
}

static void
on_code (const char *code, gpointer user_data)
{
  Ports *self = user_data;
  g_autofree char *command = pl_command_line_for_other (self->options, "ports", code);

  g_clear_pointer (&self->made_code, pl_secret_free);
  self->made_code = g_strdup (code);
  pl_reporter_report_code (self->reporter, code, command);
}

/* What was under way with the last peer breaks off. */
static void
drop_peer (Ports *self)
{
  pl_port_writers_set_peer (self->writers, NULL);
  pl_port_readers_reset (self->readers);
  pl_file_inbox_reset (self->inbox);
}

static void
on_peer (PlPeer *peer G_GNUC_UNUSED, gpointer user_data)
{
  Ports *self = user_data;
  drop_peer (self);
  pl_reporter_forget_path (self->reporter);
}

static void
on_connected (PlPeer *peer, gpointer user_data)
{
  Ports *self = user_data;

  self->met = TRUE;
  self->retry_s = FIRST_RETRY_S;
  pl_port_writers_set_peer (self->writers, peer);
}

static void
on_channel (PlChannel *channel, gpointer user_data)
{
  Ports *self = user_data;
  const char *label = pl_channel_get_label (channel);

  if (pl_port_readers_wants (label))
    pl_port_readers_take_channel (self->readers, channel);
  else if (pl_file_inbox_wants (label))
    pl_file_inbox_take_channel (self->inbox, channel);
  else
    pl_channel_close (channel);
}

static void start_session (Ports *self);

static gboolean
on_retry (gpointer user_data)
{
  Ports *self = user_data;
  self->retry_timer = 0;
  start_session (self);
  return G_SOURCE_REMOVE;
}

/* A code that is wrong or unknown stays so; a server that never answered is more likely a
 * typing error than a passing trouble. */
static gboolean
is_final (Ports *self, const GError *reason)
{
  PlExit status = pl_exit_from_error (reason);
  if (g_error_matches (reason, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_CODE))
    return TRUE;
  if (status == PL_EXIT_SIGNALING)
    return !self->met;
  return status == PL_EXIT_WRONG_CODE || status == PL_EXIT_USAGE;
}

static void
on_ended (const GError *reason, gpointer user_data)
{
  Ports *self = user_data;

  if (reason == NULL) { /* interrupted */
    pl_run_quit (self->run, PL_EXIT_DONE);
    return;
  }
  drop_peer (self);
  if (g_error_matches (reason, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED))
    pl_reporter_say (self->reporter, "%s", reason->message);
  else
    pl_reporter_report_error (self->reporter, reason);
  if (is_final (self, reason)) {
    pl_run_quit (self->run, pl_exit_from_error (reason));
    return;
  }
  /* We are inside of it. */
  self->old = g_steal_pointer (&self->session);
  pl_reporter_say (self->reporter, "trying again in %u s", self->retry_s);
  self->retry_timer = g_timeout_add_seconds (self->retry_s, on_retry, self);
  self->retry_s = MIN (self->retry_s * 2, LAST_RETRY_S);
}

static void
start_session (Ports *self)
{
  static const PlSessionOps ops = { on_code, on_peer, on_connected, on_channel, on_ended };
  g_autoptr (GError) error = NULL;

  PlOptions options = *self->options;

  if (self->made_code)
    options.code = self->made_code;
  g_clear_pointer (&self->old, pl_session_free);
  self->session = pl_session_new (&options, self->reporter, &ops, self, &error);
  if (self->session) {
    pl_session_start (self->session);
    return;
  }
  pl_reporter_report_error (self->reporter, error);
  pl_run_quit (self->run, pl_exit_from_error (error));
}

static void
on_interrupted (gpointer user_data)
{
  Ports *self = user_data;

  g_clear_handle_id (&self->retry_timer, g_source_remove);
  g_clear_pointer (&self->writers, pl_port_writers_free);
  g_clear_pointer (&self->readers, pl_port_readers_free);
  g_clear_pointer (&self->inbox, pl_file_inbox_free);
  if (self->session)
    pl_session_close (self->session);
  else
    pl_run_quit (self->run, PL_EXIT_DONE);
}

static gboolean
listen (Ports *self, GError **error)
{
  const PlPortWritersConfig config = {
    .port = (uint16_t) self->options->write_port,
    .file_requests = !self->options->no_file_requests,
  };
  self->inbox = pl_file_inbox_new (self->options->accept_files, on_transfer, self, error);
  if (self->inbox == NULL)
    return FALSE;
  self->writers = pl_port_writers_new (&config, on_transfer, self, error);
  if (self->writers == NULL)
    return FALSE;
  self->readers
      = pl_port_readers_new ((uint16_t) self->options->read_port, on_transfer, self, error);
  return self->readers != NULL;
}

static gboolean
on_progress (gpointer user_data)
{
  Ports *self = user_data;

  if (self->writers)
    pl_reporter_report_progress (self->reporter, pl_port_writers_get_sent (self->writers),
                                 pl_port_readers_get_received (self->readers)
                                     + pl_file_inbox_get_received (self->inbox));
  return G_SOURCE_CONTINUE;
}

static int
run_ports (Ports *self)
{
  g_autoptr (GError) error = NULL;

  if (!listen (self, &error)) {
    pl_reporter_report_error (self->reporter, error);
    return pl_exit_from_error (error);
  }
  pl_reporter_report_ports (self->reporter, pl_port_writers_get_port (self->writers),
                            pl_port_readers_get_port (self->readers));
  if (pl_reporter_wants_events (self->reporter))
    self->progress = g_timeout_add (PROGRESS_PERIOD_MS, on_progress, self);
  start_session (self);
  return pl_run_wait (self->run);
}

int
pl_command_ports (const PlOptions *options, PlReporter *reporter)
{
  Ports self = { .options = options, .reporter = reporter, .retry_s = FIRST_RETRY_S };

  self.run = pl_run_new (on_interrupted, &self);
  int status = run_ports (&self);
  g_clear_handle_id (&self.retry_timer, g_source_remove);
  g_clear_handle_id (&self.progress, g_source_remove);
  pl_port_writers_free (self.writers);
  pl_port_readers_free (self.readers);
  pl_file_inbox_free (self.inbox);
  pl_session_free (self.session);
  pl_session_free (self.old);
  pl_run_free (self.run);
  pl_secret_free (self.made_code);
  return status;
}
