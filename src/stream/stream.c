/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-stream"

#include "stream/stream.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/stream-flow.h"

/* No more is read from the source while this much waits in the channel: enough to keep SCTP
 * busy between two turns of the main loop, little enough that memory stays flat. */
#define BUFFERED_HIGH (256 * 1024)
#define BUFFERED_LOW  (128 * 1024)

struct _PlStream {
  PlChannel *channel;
  PlStreamFlow *flow;
  const PlStreamOps *ops; /* NULL once closed was called, or nobody wants to hear */
  gpointer user_data;
  GCancellable *cancellable; /* of the read and the write under way, which hold references */

  GInputStream *source;
  gboolean reading;
  uint8_t *buffer; /* PL_STREAM_MESSAGE bytes, while there is a source */

  GOutputStream *sink;
  gboolean no_input; /* the remote may send nothing */
  GBytes *writing;   /* under way to the sink */
};

static void pump (PlStream *self);

static void
clear (gpointer data)
{
  PlStream *self = data;
  g_clear_object (&self->channel);
  g_clear_pointer (&self->flow, pl_stream_flow_free);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->source);
  g_clear_object (&self->sink);
  g_clear_pointer (&self->writing, g_bytes_unref);
  g_clear_pointer (&self->buffer, g_free);
}

static void
stream_unref (PlStream *self)
{
  g_rc_box_release_full (self, clear);
}

typedef PlStream StreamHold;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StreamHold, stream_unref)

static gboolean
is_closed (const PlStream *self)
{
  return self->ops == NULL;
}

static void
send_messages (PlStream *self)
{
  gboolean is_text;
  GBytes *next;
  while ((next = pl_stream_flow_next_message (self->flow, &is_text))) {
    g_autoptr (GBytes) message = next;
    g_autoptr (GError) error = NULL;
    /* A channel that closes under us reports it by its signal; nothing can be sent then. */
    if (!pl_channel_send (self->channel, message, is_text, &error)) {
      pl_debug (self, "not sent: %s", error->message);
      return;
    }
  }
}

/* Leaves the channel to itself: it sends what it still has. */
static void
let_go (PlStream *self)
{
  self->ops = NULL;
  g_cancellable_cancel (self->cancellable);
  g_signal_handlers_disconnect_by_data (self->channel, self);
  pl_channel_close (self->channel);
}

static void
finish (PlStream *self, const GError *reason)
{
  const PlStreamOps *ops = self->ops;
  if (ops == NULL)
    return;
  pl_debug (self, "closed: %s", reason ? reason->message : "all delivered");
  let_go (self);
  ops->closed (reason, self->user_data);
}

/* @error is of our side: the remote is told. */
static void
fail (PlStream *self, const GError *error)
{
  pl_stream_flow_reset (self->flow, error->message);
  send_messages (self);
  finish (self, error);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (StreamHold) self = user_data; /* the read's reference */
  g_autoptr (GError) error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  self->reading = FALSE;
  if (is_closed (self))
    return;
  if (n < 0) {
    g_prefix_error (&error, "reading broke off: ");
    fail (self, error);
    return;
  }
  if (n == 0) {
    pl_stream_flow_end (self->flow);
  } else {
    /* A copy of what came: a message of a few bytes must not hold the whole buffer. */
    g_autoptr (GBytes) bytes = g_bytes_new (self->buffer, (gsize) n);
    pl_stream_flow_send (self->flow, bytes);
  }
  pump (self);
}

static void
pump_source (PlStream *self)
{
  size_t room = pl_stream_flow_get_room (self->flow);

  if (self->source == NULL || self->reading || room == 0
      || pl_channel_get_buffered_amount (self->channel) >= BUFFERED_HIGH)
    return;
  self->reading = TRUE;
  g_input_stream_read_async (self->source, self->buffer, room, G_PRIORITY_DEFAULT,
                             self->cancellable, on_read, g_rc_box_acquire (self));
}

static void
on_written (GObject *sink, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (StreamHold) self = user_data; /* the write's reference */
  g_autoptr (GError) error = NULL;
  gsize n;
  gboolean ok = g_output_stream_write_all_finish (G_OUTPUT_STREAM (sink), result, &n, &error);

  g_clear_pointer (&self->writing, g_bytes_unref);
  if (is_closed (self))
    return;
  if (!ok) {
    g_prefix_error (&error, "writing broke off: ");
    fail (self, error);
    return;
  }
  pl_stream_flow_report_taken (self->flow, n);
  pump (self);
}

static void
pump_sink (PlStream *self)
{
  if (self->sink == NULL || self->writing)
    return;
  self->writing = pl_stream_flow_next_bytes (self->flow);
  if (self->writing == NULL)
    return;
  gsize len;
  const void *data = g_bytes_get_data (self->writing, &len);
  g_output_stream_write_all_async (self->sink, data, len, G_PRIORITY_DEFAULT, self->cancellable,
                                   on_written, g_rc_box_acquire (self));
}

static void
deliver (PlStream *self)
{
  g_autoptr (GError) error = NULL;

  if ((self->sink == NULL && !self->no_input) || !pl_stream_flow_needs_delivery (self->flow))
    return;
  gboolean ok = self->ops->delivered (self->user_data, &error);
  if (is_closed (self))
    return;
  if (ok)
    pl_stream_flow_report_delivered (self->flow);
  else
    fail (self, error);
}

/* Does whatever can be done now; every event ends here. */
static void
pump (PlStream *self)
{
  g_autoptr (StreamHold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);

  deliver (self);
  if (is_closed (self))
    return;
  send_messages (self);
  if (is_closed (self))
    return;
  pump_source (self);
  pump_sink (self);
  if (pl_stream_flow_is_finished (self->flow))
    pl_channel_close (self->channel);
}

static void
on_message (PlChannel *channel G_GNUC_UNUSED, GBytes *message, gboolean is_text, PlStream *self)
{
  g_autoptr (StreamHold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);
  g_autoptr (GError) error = NULL;

  gboolean ok = pl_stream_flow_feed (self->flow, message, is_text, &error);
  if (ok && self->no_input && pl_stream_flow_get_received (self->flow) > 0) {
    g_set_error (&error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "bytes came on a stream that goes the other way");
    ok = FALSE;
  }
  if (ok)
    pump (self);
  else
    fail (self, error);
}

static void
on_closed (PlChannel *channel G_GNUC_UNUSED, GError *reason, PlStream *self)
{
  g_autoptr (StreamHold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);
  g_autoptr (GError) error = NULL;

  if (pl_stream_flow_is_finished (self->flow))
    finish (self, NULL);
  else if (reason)
    finish (self, reason);
  else {
    g_set_error (&error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED,
                 "the other side closed the stream before its end");
    finish (self, error);
  }
}

static gboolean
on_pump_later (gpointer user_data)
{
  PlStream *self = user_data;
  if (!is_closed (self))
    pump (self);
  return G_SOURCE_REMOVE;
}

/* The owner is in the middle of something: no op may run now. */
static void
pump_later (PlStream *self)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "PlStream");
  g_source_set_callback (source, on_pump_later, g_rc_box_acquire (self),
                         (GDestroyNotify) stream_unref);
  g_source_attach (source, context);
}

PlStream *
pl_stream_new (PlChannel *channel, const PlStreamOps *ops, gpointer user_data)
{
  PlStream *self = g_rc_box_new0 (PlStream);
  gboolean credits = g_strcmp0 (pl_channel_get_protocol (channel), PL_STREAM_PROTOCOL) == 0;

  self->channel = g_object_ref (channel);
  self->flow = pl_stream_flow_new (credits);
  self->ops = ops;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  pl_channel_set_buffered_low (channel, BUFFERED_LOW);
  g_signal_connect (channel, "message", G_CALLBACK (on_message), self);
  g_signal_connect (channel, "closed", G_CALLBACK (on_closed), self);
  g_signal_connect_swapped (channel, "buffered-low", G_CALLBACK (pump), self);
  return self;
}

void
pl_stream_free (PlStream *self)
{
  if (self == NULL)
    return;
  if (!is_closed (self))
    let_go (self);
  stream_unref (self);
}

void
pl_stream_set_source (PlStream *self, GInputStream *source, GBytes *head)
{
  g_return_if_fail (self->source == NULL);
  if (is_closed (self))
    return;
  if (head)
    pl_stream_flow_send (self->flow, head);
  if (source) {
    self->source = g_object_ref (source);
    self->buffer = g_malloc (PL_STREAM_MESSAGE);
  } else {
    pl_stream_flow_end (self->flow);
  }
  pump_later (self);
}

void
pl_stream_set_sink (PlStream *self, GOutputStream *sink)
{
  g_return_if_fail (self->sink == NULL);
  if (is_closed (self))
    return;
  self->no_input = sink == NULL;
  g_set_object (&self->sink, sink);
  pump_later (self);
}

void
pl_stream_reset (PlStream *self, const char *reason)
{
  if (is_closed (self))
    return;
  pl_stream_flow_reset (self->flow, reason);
  send_messages (self);
  let_go (self);
}

uint64_t
pl_stream_get_sent (const PlStream *self)
{
  return pl_stream_flow_get_sent (self->flow);
}

uint64_t
pl_stream_get_received (const PlStream *self)
{
  return pl_stream_flow_get_received (self->flow);
}
