/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-socket"

#include "signaling/socket.h"

#include "base/limits.h"
#include "base/log.h"

#include <string.h>
#include <sys/socket.h>
#include <wslay/wslay.h>

/* One socket may read so much in one turn, so that a flood waits for all others. */
#define TURN_BYTES (16 * 1024)
/* Frames that wait, pongs to a flood of pings among them; what the server itself has to say is
 * bounded below this by PL_MAX_WAITING_OUTPUT. */
#define MAX_FRAMES 4096
#define MAX_BYTES  (2 * PL_MAX_WAITING_OUTPUT)

/* What a peer may still send after the end; then it is cut off. */
#define DRAIN_BYTES (256 * 1024)

/* wslay sends control frames before data, but our pings ask how far the client has read, and
 * the close frame ends what was said before it. So what we have to say waits in a queue of our
 * own, and wslay gets one frame at a time. */
typedef struct {
  guint8 opcode;
  guint16 code; /* of a close frame */
  char *text;
} Frame;

struct _PlSocket {
  GIOStream *stream;
  int fd;
  const PlSocketOps *ops;
  gpointer user_data;
  wslay_event_context_ptr frames;
  GByteArray *message; /* the data frames so far; wslay's own buffers cost more per fragment */
  GQueue output;       /* of Frame */
  size_t output_bytes;
  size_t budget;
  size_t drained;
  gboolean in_data; /* the frame being read is a text frame or its continuation */
  gboolean used_up; /* the budget */
  gboolean closing;
  gboolean dead;
};

static ssize_t
would_block (PlSocket *self)
{
  wslay_event_set_error (self->frames, WSLAY_ERR_WOULDBLOCK);
  return -1;
}

static ssize_t
fail (PlSocket *self)
{
  self->dead = TRUE;
  wslay_event_set_error (self->frames, WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

static ssize_t
on_recv (wslay_event_context_ptr frames G_GNUC_UNUSED, uint8_t *buf, size_t len,
         int flags G_GNUC_UNUSED, void *user_data)
{
  PlSocket *self = user_data;
  GInputStream *in = g_io_stream_get_input_stream (self->stream);
  g_autoptr (GError) error = NULL;

  if (self->budget == 0) {
    self->used_up = TRUE;
    return would_block (self);
  }
  gssize n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (in), buf,
                                                       MIN (len, self->budget), NULL, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return would_block (self);
  if (n <= 0)
    return fail (self);
  self->budget -= n;
  self->ops->heard (self, n, self->user_data);
  return self->closing ? would_block (self) : n;
}

static ssize_t
on_send (wslay_event_context_ptr frames G_GNUC_UNUSED, const uint8_t *data, size_t len,
         int flags G_GNUC_UNUSED, void *user_data)
{
  PlSocket *self = user_data;
  GOutputStream *out = g_io_stream_get_output_stream (self->stream);
  g_autoptr (GError) error = NULL;

  gssize n = g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (out), data,
                                                         len, NULL, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return would_block (self);
  return n > 0 ? n : fail (self);
}

static void
refuse (PlSocket *self, guint16 code)
{
  wslay_event_queue_close (self->frames, code, NULL, 0);
  wslay_event_shutdown_read (self->frames);
}

static void
on_frame_start (wslay_event_context_ptr frames G_GNUC_UNUSED,
                const struct wslay_event_on_frame_recv_start_arg *arg, void *user_data)
{
  PlSocket *self = user_data;

  self->in_data = arg->opcode == WSLAY_TEXT_FRAME || arg->opcode == WSLAY_CONTINUATION_FRAME;
  if (arg->opcode == WSLAY_BINARY_FRAME)
    refuse (self, WSLAY_CODE_UNSUPPORTED_DATA);
  else if (self->in_data && arg->payload_length > PL_MAX_SIGNAL_MESSAGE - self->message->len)
    refuse (self, WSLAY_CODE_MESSAGE_TOO_BIG);
}

static void
on_frame_chunk (wslay_event_context_ptr frames,
                const struct wslay_event_on_frame_recv_chunk_arg *arg, void *user_data)
{
  PlSocket *self = user_data;

  if (self->in_data && wslay_event_get_read_enabled (frames))
    g_byte_array_append (self->message, arg->data, (guint) arg->data_length);
}

static void
deliver (PlSocket *self)
{
  /* What comes next starts with an empty buffer, and a large one is not kept. */
  g_autoptr (GByteArray) message = self->message;
  self->message = g_byte_array_new ();
  self->ops->message (self, (const char *) message->data, message->len, self->user_data);
}

static void
on_message (wslay_event_context_ptr frames, const struct wslay_event_on_msg_recv_arg *arg,
            void *user_data)
{
  PlSocket *self = user_data;

  if (self->closing || !wslay_event_get_read_enabled (frames))
    return;
  if (arg->opcode == WSLAY_TEXT_FRAME)
    deliver (self);
  else if (arg->opcode == WSLAY_PONG)
    self->ops->pong (self, (const char *) arg->msg, arg->msg_length, self->user_data);
}

static void
frame_free (gpointer data)
{
  Frame *frame = data;
  g_free (frame->text);
  g_free (frame);
}

PlSocket *
pl_socket_new (GIOStream *stream, int fd, const PlSocketOps *ops, gpointer user_data)
{
  static const struct wslay_event_callbacks callbacks = {
    .recv_callback = on_recv,
    .send_callback = on_send,
    .on_frame_recv_start_callback = on_frame_start,
    .on_frame_recv_chunk_callback = on_frame_chunk,
    .on_msg_recv_callback = on_message,
  };
  PlSocket *self = g_new0 (PlSocket, 1);
  self->stream = g_object_ref (stream);
  self->fd = fd;
  self->ops = ops;
  self->user_data = user_data;
  self->message = g_byte_array_new ();
  g_queue_init (&self->output);
  if (wslay_event_context_server_init (&self->frames, &callbacks, self) != 0)
    g_error ("out of memory");
  wslay_event_config_set_no_buffering (self->frames, TRUE);
  wslay_event_config_set_max_recv_msg_length (self->frames, PL_MAX_SIGNAL_MESSAGE);
  return self;
}

void
pl_socket_free (PlSocket *self)
{
  if (self == NULL)
    return;
  /* Not g_io_stream_close(): with TLS it may wait for the other side. */
  shutdown (self->fd, SHUT_RDWR);
  wslay_event_context_free (self->frames);
  g_byte_array_unref (self->message);
  g_queue_clear_full (&self->output, frame_free);
  g_object_unref (self->stream);
  g_free (self);
}

int
pl_socket_get_fd (const PlSocket *self)
{
  return self->fd;
}

static void
end (PlSocket *self)
{
  if (self->closing)
    return;
  self->closing = TRUE;
  self->ops->ended (self, self->user_data);
}

/* After the last frame only the end of the stream is of interest. */
static PlSocketRead
drain (PlSocket *self)
{
  GInputStream *in = g_io_stream_get_input_stream (self->stream);
  char buffer[4096];
  g_autoptr (GError) error = NULL;

  gssize n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (in), buffer,
                                                       sizeof buffer, NULL, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return PL_SOCKET_IDLE;
  self->drained += MAX (n, 0);
  if (n <= 0 || self->drained > DRAIN_BYTES)
    self->dead = TRUE;
  return !self->dead ? PL_SOCKET_MORE : PL_SOCKET_IDLE;
}

PlSocketRead
pl_socket_read (PlSocket *self)
{
  if (self->closing)
    return drain (self);
  self->budget = TURN_BYTES;
  self->used_up = FALSE;
  int result = wslay_event_recv (self->frames);
  if (result != 0 || self->dead || !wslay_event_get_read_enabled (self->frames))
    end (self);
  return self->used_up || self->closing ? PL_SOCKET_MORE : PL_SOCKET_IDLE;
}

static gboolean
is_overfull (const PlSocket *self)
{
  return self->output.length + wslay_event_get_queued_msg_count (self->frames) > MAX_FRAMES
         || self->output_bytes > MAX_BYTES;
}

/* Gives wslay the next frame when it has sent the one before. */
static gboolean
feed_frame (PlSocket *self)
{
  if (self->output.length == 0 || !wslay_event_get_write_enabled (self->frames))
    return FALSE;
  Frame *frame = g_queue_pop_head (&self->output);
  struct wslay_event_msg msg = {
    .opcode = frame->opcode,
    .msg = (const uint8_t *) frame->text,
    .msg_length = strlen (frame->text),
  };
  self->output_bytes -= msg.msg_length;
  if (frame->opcode == WSLAY_CONNECTION_CLOSE)
    wslay_event_queue_close (self->frames, frame->code, NULL, 0);
  else
    wslay_event_queue_msg (self->frames, &msg);
  frame_free (frame);
  return TRUE;
}

/* TRUE while something is left that the stream does not take now. */
static gboolean
send_frames (PlSocket *self)
{
  do {
    if (wslay_event_send (self->frames) != 0) {
      self->dead = TRUE;
      return FALSE;
    }
    if (wslay_event_want_write (self->frames))
      return TRUE;
  } while (feed_frame (self));
  return FALSE;
}

gboolean
pl_socket_write (PlSocket *self)
{
  if (self->dead)
    return FALSE;
  gboolean left = send_frames (self);
  if (is_overfull (self)) {
    pl_debug (self, "does not read");
    self->dead = TRUE;
  }
  if (self->dead) {
    end (self);
    return FALSE;
  }
  /* RFC 6455 section 7.1.1: the server closes the TCP connection first. */
  if (self->closing && !left)
    shutdown (self->fd, SHUT_WR);
  return left;
}

static void
queue (PlSocket *self, guint8 opcode, guint16 code, const char *text)
{
  Frame *frame = g_new0 (Frame, 1);
  frame->opcode = opcode;
  frame->code = code;
  frame->text = g_strdup (text);
  self->output_bytes += strlen (text);
  g_queue_push_tail (&self->output, frame);
}

void
pl_socket_queue_text (PlSocket *self, const char *text)
{
  queue (self, WSLAY_TEXT_FRAME, /* code = */ 0, text);
}

void
pl_socket_queue_ping (PlSocket *self, const char *payload)
{
  queue (self, WSLAY_PING, /* code = */ 0, payload);
}

void
pl_socket_close (PlSocket *self, guint16 code)
{
  wslay_event_shutdown_read (self->frames);
  queue (self, WSLAY_CONNECTION_CLOSE, code, "");
  self->closing = TRUE;
}

gboolean
pl_socket_is_closing (const PlSocket *self)
{
  return self->closing;
}

gboolean
pl_socket_is_dead (const PlSocket *self)
{
  return self->dead;
}
