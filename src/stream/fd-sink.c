/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stream/fd-sink.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

struct _PlFdSink {
  GOutputStream parent;
  int fd;
};

G_DEFINE_FINAL_TYPE (PlFdSink, pl_fd_sink, G_TYPE_OUTPUT_STREAM)

static gboolean
wait_writable (int fd, GCancellable *cancellable, GError **error)
{
  GPollFD fds[2] = { { .fd = fd, .events = G_IO_OUT } };
  guint n = g_cancellable_make_pollfd (cancellable, &fds[1]) ? 2 : 1;

  int ready;
  do
    ready = g_poll (fds, n, /* timeout_ms = */ -1);
  while (ready < 0 && errno == EINTR);
  if (n == 2)
    g_cancellable_release_fd (cancellable);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gssize
write_fn (GOutputStream *stream, const void *data, gsize len, GCancellable *cancellable,
          GError **error)
{
  PlFdSink *self = PL_FD_SINK (stream);

  for (;;) {
    if (!wait_writable (self->fd, cancellable, error))
      return -1;
    gssize n = write (self->fd, data, len);
    if (n >= 0)
      return n;
    int saved = errno;
    /* EAGAIN: somebody else made it non-blocking. */
    if (saved == EINTR || saved == EAGAIN)
      continue;
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (saved), g_strerror (saved));
    return -1;
  }
}

static void
pl_fd_sink_class_init (PlFdSinkClass *class)
{
  G_OUTPUT_STREAM_CLASS (class)->write_fn = write_fn;
}

static void
pl_fd_sink_init (PlFdSink *self)
{
  self->fd = -1;
}

GOutputStream *
pl_fd_sink_new (int fd)
{
  PlFdSink *self = g_object_new (PL_TYPE_FD_SINK, NULL);
  self->fd = fd;
  return G_OUTPUT_STREAM (self);
}
