/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-port-readers"

#include "stream/port-readers.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/stream-order.h"
#include "stream/local-port.h"
#include "stream/stream.h"

#include <sys/socket.h>

/* How often we look whether a reader that has shut down its sending side is still there. */
#define LOOK_MS 100

typedef struct _Incoming Incoming;

typedef struct {
  PlPortReaders *owner;
  GSocketConnection *connection;
  GSource *watch;     /* tells when it goes */
  gboolean listed;    /* it reads, or waits for something to read */
  Incoming *incoming; /* what it reads; NULL while it waits */
} Reader;

struct _Incoming {
  PlPortReaders *owner;
  PlStream *stream;
  Reader *reader; /* NULL while it waits */
};

struct _PlPortReaders {
  PlLocalPort *port;
  PlTransferFunc ended;
  gpointer user_data;
  PlStreamOrder *order; /* of Incoming without a reader */
  GPtrArray *incoming;  /* of Incoming, all */
  GPtrArray *readers;   /* of Reader, all */
  GQueue waiting;       /* of Reader, that may have the next stream */
  uint64_t received;    /* of streams that have ended */
};

static void
update_accepting (PlPortReaders *self)
{
  pl_local_port_set_accepting (self->port, self->readers->len < PL_MAX_LOCAL_CONNECTIONS);
}

/* @whole: the reader gets an end of file, else a reset. */
static void
reader_close (Reader *reader, gboolean whole)
{
  PlPortReaders *self = reader->owner;

  g_ptr_array_remove_fast (self->readers, reader);
  g_queue_remove (&self->waiting, reader);
  g_source_destroy (reader->watch);
  g_source_unref (reader->watch);
  if (whole)
    g_io_stream_close (G_IO_STREAM (reader->connection), /* cancellable = */ NULL,
                       /* error = */ NULL);
  else
    pl_local_port_abort (reader->connection);
  g_object_unref (reader->connection);
  g_free (reader);
  update_accepting (self);
}

/* Reports, and drops the stream with its reader, if it still has one. */
static void
incoming_end (Incoming *incoming, const GError *reason)
{
  PlPortReaders *self = incoming->owner;
  const PlTransfer transfer = {
    .kind = PL_TRANSFER_STREAM_RECEIVED,
    .bytes = pl_stream_get_received (incoming->stream),
    .error = reason,
  };

  self->received += transfer.bytes;
  g_ptr_array_remove_fast (self->incoming, incoming);
  pl_stream_order_remove (self->order, incoming);
  if (incoming->reader)
    reader_close (incoming->reader, /* whole = */ FALSE);
  pl_stream_free (incoming->stream);
  g_free (incoming);
  self->ended (&transfer, self->user_data);
}

static gboolean
on_delivered (gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Incoming *incoming = user_data;

  if (incoming->reader)
    reader_close (g_steal_pointer (&incoming->reader), /* whole = */ TRUE);
  return TRUE;
}

static void
on_stream_closed (const GError *reason, gpointer user_data)
{
  incoming_end (user_data, reason);
}

static const PlStreamOps stream_ops = { on_delivered, on_stream_closed };

static void
break_off (Incoming *incoming, GQuark domain, int code, const char *reason)
{
  g_autoptr (GError) error = g_error_new_literal (domain, code, reason);
  pl_stream_reset (incoming->stream, reason);
  incoming_end (incoming, error);
}

/* Its end may have come without having been read yet. */
static gboolean
reader_has_died (Reader *reader)
{
  GSocket *socket = g_socket_connection_get_socket (reader->connection);
  char byte;

  return recv (g_socket_get_fd (socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0
         && !pl_local_port_is_held (reader->connection);
}

static Reader *
next_reader (PlPortReaders *self)
{
  Reader *reader;
  while ((reader = g_queue_peek_head (&self->waiting)) && reader_has_died (reader))
    reader_close (reader, /* whole = */ FALSE);
  return g_queue_peek_head (&self->waiting);
}

static void
match (PlPortReaders *self)
{
  for (Reader *reader; (reader = next_reader (self)) != NULL;) {
    Incoming *incoming = pl_stream_order_next (self->order);
    if (incoming == NULL)
      return;
    g_queue_pop_head (&self->waiting);
    reader->incoming = incoming;
    incoming->reader = reader;
    pl_stream_set_sink (incoming->stream,
                        g_io_stream_get_output_stream (G_IO_STREAM (reader->connection)));
  }
}

static void
reader_went_away (Reader *reader, const char *reason)
{
  pl_debug (reader->owner, "%s", reason);
  if (reader->incoming)
    break_off (reader->incoming, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, reason);
  else
    reader_close (reader, /* whole = */ FALSE);
}

static void
watch_reader (Reader *reader, GSource *take_source, GSourceFunc callback)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  if (reader->watch)
    g_source_destroy (reader->watch);
  g_clear_pointer (&reader->watch, g_source_unref);
  reader->watch = take_source;
  g_source_set_static_name (reader->watch, "reader");
  g_source_set_callback (reader->watch, callback, reader, /* notify = */ NULL);
  g_source_attach (reader->watch, context);
}

static void
list_reader (Reader *reader)
{
  reader->listed = TRUE;
  g_queue_push_tail (&reader->owner->waiting, reader);
  match (reader->owner);
}

/* After the end of what the reader sends: it has died, or only said that it sends nothing, as
 * ncat and socat do. Closing takes the kernel a moment longer than sending the FIN, so the
 * first look is not at once; until then the reader is given nothing. */
static gboolean
on_look (gpointer user_data)
{
  Reader *reader = user_data;

  if (!pl_local_port_is_held (reader->connection)) {
    reader_went_away (reader, "the reader went away");
    return G_SOURCE_REMOVE;
  }
  if (!reader->listed)
    list_reader (reader);
  return G_SOURCE_CONTINUE;
}

static void
handle_end (Reader *reader)
{
  if (reader->incoming == NULL) {
    g_queue_remove (&reader->owner->waiting, reader);
    reader->listed = FALSE;
  }
  watch_reader (reader, g_timeout_source_new (LOOK_MS), on_look);
}

/* A reader that died shows as an end or an error on its socket, and as nothing else. */
static gboolean
on_reader_event (GSocket *socket, GIOCondition condition G_GNUC_UNUSED, gpointer user_data)
{
  Reader *reader = user_data;
  g_autoptr (GError) error = NULL;
  char byte;

  gssize n = g_socket_receive_with_blocking (socket, &byte, 1, /* blocking = */ FALSE,
                                             /* cancellable = */ NULL, &error);
  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;
  if (n == 0)
    handle_end (reader);
  else
    reader_went_away (reader, n > 0 ? "the reader sent something, which it may not"
                                    : "the reader went away");
  return G_SOURCE_REMOVE;
}

static void
on_accepted (GSocketConnection *connection, gpointer user_data)
{
  PlPortReaders *self = user_data;
  Reader *reader = g_new0 (Reader, 1);
  GSocket *socket = g_socket_connection_get_socket (connection);

  reader->owner = self;
  reader->connection = g_object_ref (connection);
  watch_reader (reader, g_socket_create_source (socket, G_IO_IN, /* cancellable = */ NULL),
                G_SOURCE_FUNC (on_reader_event));
  g_ptr_array_add (self->readers, reader);
  update_accepting (self);
  list_reader (reader);
}

PlPortReaders *
pl_port_readers_new (uint16_t port, PlTransferFunc ended, gpointer user_data, GError **error)
{
  g_autoptr (PlPortReaders) self = g_new0 (PlPortReaders, 1);

  self->ended = ended;
  self->user_data = user_data;
  self->order = pl_stream_order_new ();
  self->incoming = g_ptr_array_new ();
  self->readers = g_ptr_array_new ();
  g_queue_init (&self->waiting);
  self->port = pl_local_port_new (port, on_accepted, self, error);
  return self->port ? g_steal_pointer (&self) : NULL;
}

void
pl_port_readers_free (PlPortReaders *self)
{
  if (self == NULL)
    return;
  if (self->port) {
    pl_port_readers_reset (self);
    while (self->readers->len > 0)
      reader_close (g_ptr_array_index (self->readers, 0), /* whole = */ FALSE);
  }
  pl_local_port_free (self->port);
  pl_stream_order_free (self->order);
  g_ptr_array_unref (self->incoming);
  g_ptr_array_unref (self->readers);
  g_free (self);
}

uint16_t
pl_port_readers_get_port (const PlPortReaders *self)
{
  return pl_local_port_get_number (self->port);
}

gboolean
pl_port_readers_wants (const char *label)
{
  uint64_t number;
  return pl_stream_order_parse (label, &number);
}

void
pl_port_readers_take_channel (PlPortReaders *self, PlChannel *channel)
{
  Incoming *incoming = g_new0 (Incoming, 1);
  g_autoptr (GError) error = NULL;
  uint64_t number;

  if (!pl_stream_order_parse (pl_channel_get_label (channel), &number))
    g_return_if_reached ();
  incoming->owner = self;
  incoming->stream = pl_stream_new (channel, &stream_ops, incoming);
  pl_stream_set_source (incoming->stream, /* source = */ NULL, /* head = */ NULL);
  g_ptr_array_add (self->incoming, incoming);
  if (!pl_stream_order_add (self->order, number, incoming, &error)) {
    break_off (incoming, error->domain, error->code, error->message);
    return;
  }
  if (self->incoming->len > PL_MAX_STREAMS)
    break_off (incoming, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT, "too many streams at a time");
  match (self);
}

uint64_t
pl_port_readers_get_received (const PlPortReaders *self)
{
  uint64_t received = self->received;
  for (guint i = 0; i < self->incoming->len; i++) {
    const Incoming *one = g_ptr_array_index (self->incoming, i);
    received += pl_stream_get_received (one->stream);
  }
  return received;
}

void
pl_port_readers_reset (PlPortReaders *self)
{
  while (self->incoming->len > 0)
    break_off (g_ptr_array_index (self->incoming, self->incoming->len - 1), PL_LINK_ERROR,
               PL_LINK_ERROR_LOST, "the connection is gone");
  g_clear_pointer (&self->order, pl_stream_order_free);
  self->order = pl_stream_order_new ();
}
