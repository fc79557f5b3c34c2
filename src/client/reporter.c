/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-reporter"

#include "client/reporter.h"

#include "base/error.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/qr.h"
#include "client/exit.h"
#include "proto/json-line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

struct _PlReporter {
  int events;     /* -1: none */
  gboolean json;  /* events instead of lines on stderr */
  gboolean quiet; /* no lines but errors */
  char *state;    /* last told */
  PlPath path;    /* last told; local[0] == 0: none */
  uint64_t sent, received;
};

PlReporter *
pl_reporter_new (const PlOptions *options, GError **error)
{
  if (options->events >= 0 && fcntl (options->events, F_GETFD) < 0) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "--events: descriptor %d is not open", options->events);
    return NULL;
  }
  PlReporter *self = g_new0 (PlReporter, 1);
  self->events = options->events;
  self->json = options->json;
  self->quiet = options->quiet;
  return self;
}

void
pl_reporter_free (PlReporter *self)
{
  if (self == NULL)
    return;
  g_free (self->state);
  g_free (self);
}

/* A reader of events that sleeps must not stop the connection: then the line is dropped. A line
 * is shorter than PIPE_BUF, so it goes whole or not at all. */
static void
write_line (int fd, const char *line)
{
  struct pollfd ready = { .fd = fd, .events = POLLOUT };
  ssize_t n = -1;

  if (poll (&ready, 1, /* timeout = */ 0) == 1 && !(ready.revents & (POLLERR | POLLNVAL)))
    n = write (fd, line, strlen (line));
  if (n < 0)
    pl_debug (NULL, "line dropped, descriptor %d: %s", fd, g_strerror (errno));
}

/* After the line for people: who has read the event finds the line. */
static void
emit (PlReporter *self, PlJsonLine *event)
{
  g_autofree char *line = pl_json_line_print (event);
  if (self->events >= 0)
    write_line (self->events, line);
  if (self->json)
    write_line (STDERR_FILENO, line);
}

static void
say (PlReporter *self, const char *text)
{
  if (self->json)
    return;
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  write_line (STDERR_FILENO, line);
}

void
pl_reporter_say (PlReporter *self, const char *format, ...)
{
  if (self->quiet)
    return;
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  /* Names and reasons of the far end are in many of these. */
  g_autofree char *printable = pl_make_printable_lines (text);
  say (self, printable);
}

void
pl_reporter_report_state (PlReporter *self, const char *state)
{
  if (g_strcmp0 (self->state, state) == 0)
    return;
  g_free (self->state);
  self->state = g_strdup (state);
  g_autoptr (PlJsonLine) event = pl_json_line_new ("state");
  pl_json_line_add_string (event, "state", state);
  emit (self, event);
}

static gboolean
same_path (const PlPath *a, const PlPath *b)
{
  return a->local_type == b->local_type && a->remote_type == b->remote_type
         && a->protocol == b->protocol && g_str_equal (a->local, b->local)
         && g_str_equal (a->remote, b->remote);
}

static void
emit_path (PlReporter *self, const PlPath *path, int64_t setup_ms)
{
  g_autoptr (PlJsonLine) event = pl_json_line_new ("connected");
  g_autofree char *description = pl_path_describe (path);

  pl_json_line_add_string (event, "path", pl_path_is_relayed (path) ? "relay" : "direct");
  pl_json_line_add_string (event, "description", description);
  pl_json_line_add_string (event, "local_type", pl_candidate_type_name (path->local_type));
  pl_json_line_add_string (event, "remote_type", pl_candidate_type_name (path->remote_type));
  pl_json_line_add_string (event, "protocol", pl_protocol_name (path->protocol));
  if (path->local_type == PL_CANDIDATE_RELAY)
    pl_json_line_add_string (event, "relay_protocol", pl_protocol_name (path->relay_protocol));
  pl_json_line_add_string (event, "local", path->local);
  pl_json_line_add_string (event, "remote", path->remote);
  if (path->rtt_ms >= 0)
    pl_json_line_add_int (event, "rtt_ms", path->rtt_ms);
  pl_json_line_add_int (event, "setup_ms", setup_ms);
  emit (self, event);
}

void
pl_reporter_report_path (PlReporter *self, const PlPath *path, int64_t setup_ms)
{
  if (same_path (&self->path, path))
    return;
  self->path = *path;
  g_autofree char *description = pl_path_describe (path);
  if (path->rtt_ms >= 0)
    pl_reporter_say (self, "connected: %s, %d ms", description, path->rtt_ms);
  else
    pl_reporter_say (self, "connected: %s", description);
  emit_path (self, path, setup_ms);
}

void
pl_reporter_forget_path (PlReporter *self)
{
  memset (&self->path, 0, sizeof self->path);
}

void
pl_reporter_report_progress (PlReporter *self, uint64_t sent, uint64_t received)
{
  if (sent == self->sent && received == self->received)
    return;
  self->sent = sent;
  self->received = received;
  g_autoptr (PlJsonLine) event = pl_json_line_new ("progress");
  pl_json_line_add_int (event, "sent", (int64_t) sent);
  pl_json_line_add_int (event, "received", (int64_t) received);
  emit (self, event);
}

void
pl_reporter_report_ports (PlReporter *self, guint write_port, guint read_port)
{
  g_autoptr (PlJsonLine) event = pl_json_line_new ("ports");
  pl_json_line_add_int (event, "write_port", write_port);
  pl_json_line_add_int (event, "read_port", read_port);
  pl_reporter_say (self, "write port 127.0.0.1:%u, read port 127.0.0.1:%u", write_port,
                   read_port);
  emit (self, event);
}

static void
say_transfer (PlReporter *self, const PlTransfer *transfer)
{
  gboolean sent
      = transfer->kind == PL_TRANSFER_STREAM_SENT || transfer->kind == PL_TRANSFER_FILE_SENT;
  g_autofree char *what
      = transfer->name ? g_strdup_printf ("file '%s'", transfer->name) : g_strdup ("a stream");
  g_autofree char *size = g_format_size (transfer->bytes);
  g_autofree char *reason
      = transfer->error ? pl_make_printable (transfer->error->message) : NULL;

  if (reason)
    pl_reporter_say (self, "%s was not %s whole: %s", what, sent ? "sent" : "received", reason);
  else
    pl_reporter_say (self, "%s %s, %s", what, sent ? "delivered" : "received", size);
}

void
pl_reporter_report_transfer (PlReporter *self, const PlTransfer *transfer)
{
  static const struct {
    const char *event, *direction;
  } names[] = {
    [PL_TRANSFER_STREAM_SENT] = { "stream", "sent" },
    [PL_TRANSFER_STREAM_RECEIVED] = { "stream", "received" },
    [PL_TRANSFER_FILE_SENT] = { "file", "sent" },
    [PL_TRANSFER_FILE_RECEIVED] = { "file", "received" },
  };
  g_autoptr (PlJsonLine) event = pl_json_line_new (names[transfer->kind].event);

  pl_json_line_add_string (event, "direction", names[transfer->kind].direction);
  pl_json_line_add_string (event, "name", transfer->name);
  pl_json_line_add_int (event, "bytes", (int64_t) transfer->bytes);
  pl_json_line_add_string (event, "result", transfer->error ? "failed" : "delivered");
  if (transfer->error)
    pl_json_line_add_string (event, "text", transfer->error->message);
  say_transfer (self, transfer);
  emit (self, event);
}

void
pl_reporter_report_error (PlReporter *self, const GError *error)
{
  PlExit status = pl_exit_from_error (error);
  const char *hint = pl_exit_hint (error);
  g_autoptr (PlJsonLine) event = pl_json_line_new ("error");

  pl_json_line_add_string (event, "code", pl_exit_code_name (status));
  pl_json_line_add_string (event, "text", error->message);
  pl_json_line_add_string (event, "hint", hint);

  /* Servers and peers have a word in it. */
  g_autofree char *message = pl_make_printable (error->message);
  g_autofree char *text
      = g_strdup_printf ("punchline: %s%s%s", message, hint ? "\n" : "", hint ? hint : "");
  say (self, text);
  emit (self, event);
}

void
pl_reporter_report_code (PlReporter *self, const char *code, const char *command)
{
  g_autoptr (PlJsonLine) event = pl_json_line_new ("code");
  g_autofree char *text = g_strdup_printf ("On the other side, run:\n  %s", command);

  pl_json_line_add_string (event, "code", code);
  pl_json_line_add_string (event, "command", command);
  say (self, text);
  emit (self, event);
  if (self->json || self->quiet || !isatty (STDERR_FILENO))
    return;
  g_autofree char *drawing = pl_qr_draw (code);
  if (drawing)
    say (self, drawing);
}

gboolean
pl_reporter_wants_events (const PlReporter *self)
{
  return self->json || self->events >= 0;
}
