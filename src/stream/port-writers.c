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
 *   silent --first bytes or end--> queued --decided, peer, room, its turn--> carried --> gone
 *
 * The place in the queue is that of the first bytes, even where it takes more of them, the end
 * or our patience to decide what the stream is: so writers that come one after the other keep
 * their order, and a silent one holds nobody up.
 */
typedef struct {
  PlPortWriters *owner;
  GSocketConnection *connection;
  PlFileRequest *request; /* decides what the first bytes are */
  PlDeadline *patience;
  GCancellable *cancellable; /* of the read of the first bytes */
  gboolean reading;          /* that is under way, and has to end before the writer goes */
  gboolean at_end;           /* it met the end */
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
  uint64_t sent;        /* of writers that are gone */
  uint64_t last_number; /* of the streams with this peer */
  GPtrArray *silent;    /* of Writer */
  GQueue queued;        /* of Writer */
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
  if (writer->reading) {
    writer->owner = NULL;
    g_cancellable_cancel (writer->cancellable);
    return;
  }
  pl_local_port_abort (writer->connection);
  writer_free (writer);
}

static void
update_accepting (PlPortWriters *self)
{
  guint n = self->silent->len + self->queued.length + self->carried->len;
  pl_local_port_set_accepting (self->port, n < PL_MAX_LOCAL_CONNECTIONS);
}

static void carry_queued (PlPortWriters *self);

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
  self->sent += transfer.bytes;
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
  carry_queued (self);
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
carry_queued (PlPortWriters *self)
{
  while (self->peer && self->carried->len < PL_MAX_STREAMS
         && !g_queue_is_empty (&self->queued)) {
    Writer *writer = g_queue_peek_head (&self->queued);
    g_autoptr (GError) error = NULL;
    if (pl_file_request_get_verdict (writer->request) == PL_FILE_REQUEST_UNDECIDED)
      break;
    /* It waits on: the connection is about to tell that it is gone. */
    if (!carry (self, writer, &error)) {
      pl_debug (self, "no channel: %s", error->message);
      break;
    }
    g_queue_pop_head (&self->queued);
    g_ptr_array_add (self->carried, writer);
  }
  update_accepting (self);
}

static void
drop_uncarried (Writer *writer)
{
  PlPortWriters *self = writer->owner;

  g_ptr_array_remove_fast (self->silent, writer);
  g_queue_remove (&self->queued, writer);
  writer_abort (writer);
  carry_queued (self);
}

static void read_first_bytes (Writer *writer);

static void
on_out_of_patience (gpointer user_data)
{
  Writer *writer = user_data;
  g_cancellable_cancel (writer->cancellable);
}

static void
wait_for_more (Writer *writer)
{
  if (writer->patience == NULL) {
    writer->patience = pl_deadline_new ("file request", on_out_of_patience, writer);
    pl_deadline_set (writer->patience, g_get_monotonic_time () + REQUEST_PATIENCE_US);
  }
  read_first_bytes (writer);
}

/* @n: of the bytes read; -1: patience is over. */
static void
take_first_bytes (Writer *writer, gssize n)
{
  PlPortWriters *self = writer->owner;

  if (g_ptr_array_remove_fast (self->silent, writer))
    g_queue_push_tail (&self->queued, writer);
  if (n > 0)
    pl_file_request_feed (writer->request, writer->buffer, (size_t) n);
  else
    pl_file_request_finish (writer->request);
  writer->at_end = n == 0;
  if (pl_file_request_get_verdict (writer->request) == PL_FILE_REQUEST_UNDECIDED) {
    wait_for_more (writer);
    return;
  }
  g_clear_pointer (&writer->patience, pl_deadline_free);
  carry_queued (self);
}

static void
on_first_bytes (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writer *writer = user_data;
  g_autoptr (GError) error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  writer->reading = FALSE;
  if (writer->owner == NULL) /* the port is closed */
    writer_abort (writer);
  else if (n >= 0 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    take_first_bytes (writer, n);
  else
    drop_uncarried (writer);
}

static void
read_first_bytes (Writer *writer)
{
  GInputStream *source = g_io_stream_get_input_stream (G_IO_STREAM (writer->connection));

  writer->reading = TRUE;
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
  writer->request = pl_file_request_new (self->file_requests);
  g_ptr_array_add (self->silent, writer);
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
  self->silent = g_ptr_array_new ();
  self->carried = g_ptr_array_new ();
  g_queue_init (&self->queued);
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
  g_queue_clear_full (&self->queued, (GDestroyNotify) writer_abort);
  g_ptr_array_set_free_func (self->silent, (GDestroyNotify) writer_abort);
  g_ptr_array_unref (self->silent);
  g_ptr_array_unref (self->carried);
  g_clear_object (&self->peer);
  g_free (self);
}

uint16_t
pl_port_writers_get_port (const PlPortWriters *self)
{
  return pl_local_port_get_number (self->port);
}

uint64_t
pl_port_writers_get_sent (const PlPortWriters *self)
{
  uint64_t sent = self->sent;
  for (guint i = 0; i < self->carried->len; i++)
    sent += pl_stream_get_sent (((Writer *) g_ptr_array_index (self->carried, i))->stream);
  return sent;
}

void
pl_port_writers_set_peer (PlPortWriters *self, PlPeer *peer)
{
  if (self->peer == peer)
    return;
  drop_carried (self, "the connection is gone");
  g_set_object (&self->peer, peer);
  self->last_number = 0;
  carry_queued (self);
}
