/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-port-writers"

#include "stream/port-writers.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/file-request.h"
#include "proto/safe-name.h"
#include "proto/stream-flow.h"
#include "stream/local-port.h"
#include "stream/stream.h"

#include <string.h>

/* A file request leaves pync in one segment or three close together. Bytes that only look like
 * the start of one may not be held back for long: somebody may wait for an echo. */
#define REQUEST_PATIENCE_US (1 * G_USEC_PER_SEC)

/* The life of a writer, each step at most once:
 *
 *   deciding --first bytes, end or patience--> ready --peer and room--> carried --> gone
 */
typedef struct {
  PlPortWriters *owner;
  GSocketConnection *connection;
  PlFileRequest *request; /* decides what the first bytes are */
  PlDeadline *patience;
  GCancellable *cancellable; /* of the read while deciding, which owns the writer then */
  gboolean at_end;           /* the end came while deciding */
  PlStream *stream;          /* when carried */
  char *name;                /* of a file, fit for a terminal */
  uint8_t buffer[PL_FILE_REQUEST_MAX];
} Writer;

struct _PlPortWriters {
  PlLocalPort *port;
  gboolean file_requests;
  PlTransferFunc ended;
  gpointer user_data;
  PlPeer *peer;
  uint64_t last_number; /* of the streams with this peer */
  GPtrArray *deciding;  /* of Writer, owned by their reads */
  GQueue ready;         /* of Writer */
  GPtrArray *carried;   /* of Writer */
};

static void
writer_free (Writer *writer)
{
  pl_stream_free (writer->stream);
  pl_deadline_free (writer->patience);
  pl_file_request_free (writer->request);
  g_object_unref (writer->connection);
  g_object_unref (writer->cancellable);
  g_free (writer->name);
  g_free (writer);
}

static void
writer_abort (Writer *writer)
{
  pl_local_port_abort (writer->connection);
  writer_free (writer);
}

static void
update_accepting (PlPortWriters *self)
{
  guint n = self->deciding->len + self->ready.length + self->carried->len;
  pl_local_port_set_accepting (self->port, n < PL_MAX_LOCAL_CONNECTIONS);
}

static void carry_ready (PlPortWriters *self);

static void
report (Writer *writer, const GError *reason)
{
  PlPortWriters *self = writer->owner;
  const PlTransfer transfer = {
    .kind = writer->name ? PL_TRANSFER_FILE_SENT : PL_TRANSFER_STREAM_SENT,
    .name = writer->name,
    .bytes = pl_stream_get_sent (writer->stream),
    .error = reason,
  };
  self->ended (&transfer, self->user_data);
}

static gboolean
on_delivered (gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

/* The end of the connection tells the writer what became of its bytes: in good order once the
 * reader has them all, else by a reset. */
static void
on_stream_closed (const GError *reason, gpointer user_data)
{
  Writer *writer = user_data;
  PlPortWriters *self = writer->owner;

  g_ptr_array_remove_fast (self->carried, writer);
  report (writer, reason);
  if (reason)
    writer_abort (writer);
  else {
    g_io_stream_close (G_IO_STREAM (writer->connection), /* cancellable = */ NULL,
                       /* error = */ NULL);
    writer_free (writer);
  }
  carry_ready (self);
}

static const PlStreamOps stream_ops = { on_delivered, on_stream_closed };

/* The first message of a file's channel says its name as it was written. */
static gboolean
announce_file (PlChannel *channel, const char *name, GError **error)
{
  g_autofree char *text = g_strdup_printf ("name %s", name);
  g_autoptr (GBytes) message = g_bytes_new (text, strlen (text));
  return pl_channel_send (channel, message, /* is_text = */ TRUE, error);
}

static PlChannel *
open_channel (PlPortWriters *self, Writer *writer, GError **error)
{
  const PlChannelOptions options = PL_CHANNEL_RELIABLE;
  const char *name = pl_file_request_get_name (writer->request);

  if (name) {
    g_autoptr (PlChannel) channel
        = pl_peer_open_channel (self->peer, "file", PL_STREAM_PROTOCOL, &options, error);
    if (channel && announce_file (channel, name, error))
      return g_steal_pointer (&channel);
    if (channel)
      pl_channel_close (channel);
    return NULL;
  }
  g_autofree char *label = g_strdup_printf ("port:%" G_GUINT64_FORMAT, self->last_number + 1);
  PlChannel *channel
      = pl_peer_open_channel (self->peer, label, PL_STREAM_PROTOCOL, &options, error);
  if (channel)
    self->last_number++;
  return channel;
}

static gboolean
carry (PlPortWriters *self, Writer *writer, GError **error)
{
  g_autoptr (PlChannel) channel = open_channel (self, writer, error);
  if (channel == NULL)
    return FALSE;
  const char *name = pl_file_request_get_name (writer->request);
  GInputStream *source = g_io_stream_get_input_stream (G_IO_STREAM (writer->connection));
  g_autoptr (GBytes) head = pl_file_request_steal_data (writer->request);

  writer->name = name ? pl_safe_text (name) : NULL;
  writer->stream = pl_stream_new (channel, &stream_ops, writer);
  pl_stream_set_source (writer->stream, writer->at_end ? NULL : source, head);
  pl_stream_set_sink (writer->stream, NULL);
  return TRUE;
}

static void
carry_ready (PlPortWriters *self)
{
  while (self->peer && self->carried->len < PL_MAX_STREAMS
         && !g_queue_is_empty (&self->ready)) {
    Writer *writer = g_queue_peek_head (&self->ready);
    g_autoptr (GError) error = NULL;
    /* It waits on: the connection is about to tell that it is gone. */
    if (!carry (self, writer, &error)) {
      pl_debug (self, "no channel: %s", error->message);
      break;
    }
    g_queue_pop_head (&self->ready);
    g_ptr_array_add (self->carried, writer);
  }
  update_accepting (self);
}

static void
decided (Writer *writer)
{
  PlPortWriters *self = writer->owner;

  g_clear_pointer (&writer->patience, pl_deadline_free);
  g_ptr_array_remove_fast (self->deciding, writer);
  g_queue_push_tail (&self->ready, writer);
  carry_ready (self);
}

static void read_first_bytes (Writer *writer);

/* TRUE when it is clear what the stream is. */
static gboolean
judge (Writer *writer, gssize n)
{
  if (n == 0) {
    writer->at_end = TRUE;
    pl_file_request_finish (writer->request);
    return TRUE;
  }
  PlFileRequestVerdict verdict
      = pl_file_request_feed (writer->request, writer->buffer, (size_t) n);
  if (!writer->owner->file_requests)
    verdict = pl_file_request_finish (writer->request);
  return verdict != PL_FILE_REQUEST_UNDECIDED;
}

static void
on_out_of_patience (gpointer user_data)
{
  Writer *writer = user_data;
  g_cancellable_cancel (writer->cancellable);
}

static void
on_first_bytes (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writer *writer = user_data;
  PlPortWriters *self = writer->owner;
  g_autoptr (GError) error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (self == NULL) { /* the port is closed */
    writer_abort (writer);
    return;
  }
  gboolean out_of_patience = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  if (n < 0 && !out_of_patience) {
    pl_debug (self, "a writer left: %s", error->message);
    g_ptr_array_remove_fast (self->deciding, writer);
    writer_abort (writer);
    update_accepting (self);
    return;
  }
  if (out_of_patience) {
    pl_file_request_finish (writer->request);
    decided (writer);
    return;
  }
  if (judge (writer, n)) {
    decided (writer);
    return;
  }
  if (writer->patience == NULL) {
    writer->patience = pl_deadline_new ("file request", on_out_of_patience, writer);
    pl_deadline_set (writer->patience, g_get_monotonic_time () + REQUEST_PATIENCE_US);
  }
  read_first_bytes (writer);
}

static void
read_first_bytes (Writer *writer)
{
  GInputStream *source = g_io_stream_get_input_stream (G_IO_STREAM (writer->connection));

  g_input_stream_read_async (source, writer->buffer, sizeof writer->buffer, G_PRIORITY_DEFAULT,
                             writer->cancellable, on_first_bytes, writer);
}

static void
on_accepted (GSocketConnection *connection, gpointer user_data)
{
  PlPortWriters *self = user_data;
  Writer *writer = g_new0 (Writer, 1);

  writer->owner = self;
  writer->connection = g_object_ref (connection);
  writer->cancellable = g_cancellable_new ();
  writer->request = pl_file_request_new ();
  g_ptr_array_add (self->deciding, writer);
  read_first_bytes (writer);
  update_accepting (self);
}

PlPortWriters *
pl_port_writers_new (const PlPortWritersConfig *config, PlTransferFunc ended,
                     gpointer user_data, GError **error)
{
  g_autoptr (PlPortWriters) self = g_new0 (PlPortWriters, 1);

  self->file_requests = config->file_requests;
  self->ended = ended;
  self->user_data = user_data;
  self->deciding = g_ptr_array_new ();
  self->carried = g_ptr_array_new ();
  g_queue_init (&self->ready);
  self->port = pl_local_port_new (config->port, on_accepted, self, error);
  return self->port ? g_steal_pointer (&self) : NULL;
}

static void
drop_carried (PlPortWriters *self, const char *reason)
{
  while (self->carried->len > 0) {
    Writer *writer = g_ptr_array_steal_index_fast (self->carried, self->carried->len - 1);
    g_autoptr (GError) error = g_error_new_literal (PL_LINK_ERROR, PL_LINK_ERROR_LOST, reason);
    pl_stream_reset (writer->stream, reason);
    report (writer, error);
    writer_abort (writer);
  }
}

void
pl_port_writers_free (PlPortWriters *self)
{
  if (self == NULL)
    return;
  pl_local_port_free (self->port);
  drop_carried (self, "the writer's side is closing");
  g_queue_clear_full (&self->ready, (GDestroyNotify) writer_abort);
  for (guint i = 0; i < self->deciding->len; i++) {
    Writer *writer = g_ptr_array_index (self->deciding, i);
    writer->owner = NULL;
    g_cancellable_cancel (writer->cancellable);
  }
  g_ptr_array_unref (self->deciding);
  g_ptr_array_unref (self->carried);
  g_clear_object (&self->peer);
  g_free (self);
}

uint16_t
pl_port_writers_get_port (const PlPortWriters *self)
{
  return pl_local_port_get_number (self->port);
}

void
pl_port_writers_set_peer (PlPortWriters *self, PlPeer *peer)
{
  if (self->peer == peer)
    return;
  drop_carried (self, "the connection is gone");
  g_set_object (&self->peer, peer);
  self->last_number = 0;
  carry_ready (self);
}
