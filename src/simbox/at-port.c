/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-at-port"

#include "simbox/at-port.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

/* The path is looked at this often, open or not: what stands under it may have become another
 * device while the old one never said that it went. */
#define POLL_US (2 * G_USEC_PER_SEC)

/* After a news of the monitor: udev makes the link before it sets the rights. */
#define SETTLE_US (100 * G_TIME_SPAN_MILLISECOND)

struct _PlAtPort {
  char *path;
  const PlAtPortOps *ops;
  gpointer user_data;
  GMainContext *context;
  GFileMonitor *monitor;
  PlDeadline *poll;
  int fd;
  gboolean is_tty;
  GSource *input;
  GSource *output; /* while @waiting has bytes that the kernel did not take */
  GByteArray *waiting;
  int problem; /* errno of the last attempt to open it, 0: it worked */
};

static void
clear_source (GSource **source)
{
  if (*source) {
    g_source_destroy (*source);
    g_source_unref (*source);
    *source = NULL;
  }
}

static void
close_port (PlAtPort *self)
{
  clear_source (&self->input);
  clear_source (&self->output);
  g_byte_array_set_size (self->waiting, 0);
  if (self->fd < 0)
    return;
  if (self->is_tty)
    ioctl (self->fd, TIOCNXCL);
  close (self->fd);
  self->fd = -1;
}

static void
lose (PlAtPort *self, const char *reason)
{
  pl_debug (self, "%s is lost: %s", self->path, reason);
  close_port (self);
  pl_deadline_set (self->poll, g_get_monotonic_time () + SETTLE_US);
  self->ops->lost (reason, self->user_data);
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  PlAtPort *self = user_data;
  uint8_t buffer[4096];

  ssize_t n = read (fd, buffer, sizeof buffer);
  if (n > 0) {
    self->ops->data (buffer, n, self->user_data);
    return G_SOURCE_CONTINUE; /* of no effect if the port was closed in between */
  }
  if (n < 0 && (errno == EAGAIN || errno == EINTR) && (condition & (G_IO_HUP | G_IO_ERR)) == 0)
    return G_SOURCE_CONTINUE;
  lose (self, n < 0 ? g_strerror (errno) : "hung up");
  return G_SOURCE_REMOVE;
}

static gboolean
configure_tty (int fd)
{
  struct termios settings;
  int taken = 0;

  if (tcgetattr (fd, &settings) < 0)
    return FALSE;
  /* Root is let into a port that somebody has for himself. */
  if (ioctl (fd, TIOCGEXCL, &taken) == 0 && taken) {
    errno = EBUSY;
    return FALSE;
  }
  cfmakeraw (&settings);
  cfsetspeed (&settings, B115200);
  /* A closed port must not drop DTR: some modems end a call or restart then. */
  settings.c_cflag = (settings.c_cflag & ~(tcflag_t) (HUPCL | CRTSCTS)) | CLOCAL | CREAD;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (tcsetattr (fd, TCSANOW, &settings) < 0)
    return FALSE;
  tcflush (fd, TCIOFLUSH);
  /* Nobody beside us, ModemManager above all; its answers would be taken for ours. */
  ioctl (fd, TIOCEXCL);
  return TRUE;
}

static int
open_socket (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) < 0) {
    int saved = errno;
    close (fd);
    errno = saved;
    return -1;
  }
  return fd;
}

static int
open_path (PlAtPort *self)
{
  struct stat info;

  self->is_tty = FALSE;
  if (stat (self->path, &info) < 0)
    return -1;
  if (S_ISSOCK (info.st_mode))
    return open_socket (self->path);
  int fd = open (self->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return -1;
  if (!configure_tty (fd)) {
    int saved = errno;
    close (fd);
    errno = saved;
    return -1;
  }
  self->is_tty = TRUE;
  return fd;
}

static void
try_open (PlAtPort *self)
{
  self->fd = open_path (self);
  if (self->fd < 0) {
    int problem = errno;
    if (problem == self->problem)
      return;
    pl_debug (self, "%s: %s", self->path, g_strerror (problem));
    self->problem = problem;
    self->ops->missing (problem, self->user_data);
    return;
  }
  self->problem = 0;
  pl_debug (self, "%s is open", self->path);
  self->input = g_unix_fd_source_new (self->fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_static_name (self->input, "at-port input");
  g_source_set_callback (self->input, G_SOURCE_FUNC (on_readable), self, /* notify = */ NULL);
  g_source_attach (self->input, self->context);
  self->ops->opened (self->user_data);
}

/* A tty that was made anew under the path, while ours neither hung up nor answers. */
static gboolean
is_replaced (PlAtPort *self)
{
  struct stat ours, now;

  return self->is_tty && fstat (self->fd, &ours) == 0 && stat (self->path, &now) == 0
         && ours.st_rdev != now.st_rdev;
}

static void
on_poll (gpointer user_data)
{
  PlAtPort *self = user_data;

  pl_deadline_set (self->poll, g_get_monotonic_time () + POLL_US);
  if (self->fd < 0)
    try_open (self);
  else if (is_replaced (self))
    lose (self, "another device has its name");
}

static void
on_path_changed (GFileMonitor *monitor G_GNUC_UNUSED, GFile *file G_GNUC_UNUSED,
                 GFile *other G_GNUC_UNUSED, GFileMonitorEvent event, gpointer user_data)
{
  PlAtPort *self = user_data;
  if (event == G_FILE_MONITOR_EVENT_CREATED || event == G_FILE_MONITOR_EVENT_RENAMED
      || event == G_FILE_MONITOR_EVENT_MOVED_IN)
    pl_deadline_set (self->poll, g_get_monotonic_time () + SETTLE_US);
}

PlAtPort *
pl_at_port_new (const char *path, const PlAtPortOps *ops, gpointer user_data)
{
  PlAtPort *self = g_new0 (PlAtPort, 1);

  self->path = g_strdup (path);
  self->ops = ops;
  self->user_data = user_data;
  self->context = g_main_context_ref_thread_default ();
  self->poll = pl_deadline_new ("at-port poll", on_poll, self);
  self->waiting = g_byte_array_new ();
  self->fd = -1;
  return self;
}

void
pl_at_port_free (PlAtPort *self)
{
  if (self == NULL)
    return;
  close_port (self);
  if (self->monitor)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_clear_object (&self->monitor);
  pl_deadline_free (self->poll);
  g_main_context_unref (self->context);
  g_byte_array_unref (self->waiting);
  g_free (self->path);
  g_free (self);
}

void
pl_at_port_start (PlAtPort *self)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->path);
  g_autoptr (GError) error = NULL;

  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES,
                                       /* cancellable = */ NULL, &error);
  if (self->monitor)
    g_signal_connect (self->monitor, "changed", G_CALLBACK (on_path_changed), self);
  else
    pl_debug (self, "no monitor of %s: %s", self->path, error->message);
  pl_deadline_set (self->poll, 0);
}

void
pl_at_port_reopen (PlAtPort *self, guint delay_ms)
{
  close_port (self);
  pl_deadline_set (self->poll, g_get_monotonic_time () + delay_ms * G_TIME_SPAN_MILLISECOND);
}

static gboolean
on_writable (int fd, GIOCondition condition G_GNUC_UNUSED, gpointer user_data)
{
  PlAtPort *self = user_data;

  ssize_t n = write (fd, self->waiting->data, self->waiting->len);
  if (n > 0)
    g_byte_array_remove_range (self->waiting, 0, n);
  else if (n < 0 && errno != EAGAIN && errno != EINTR)
    g_byte_array_set_size (self->waiting, 0); /* the input source tells that it is gone */
  if (self->waiting->len > 0)
    return G_SOURCE_CONTINUE;
  clear_source (&self->output);
  return G_SOURCE_REMOVE;
}

void
pl_at_port_write (PlAtPort *self, const char *data, size_t len)
{
  if (self->fd < 0)
    return;
  /* One command at a time: more than this waits only where the modem takes nothing at all. */
  if (self->waiting->len + len > PL_MAX_AT_OUTPUT) {
    pl_debug (self, "%s takes nothing, %zu bytes dropped", self->path, len);
    return;
  }
  g_byte_array_append (self->waiting, (const guint8 *) data, len);
  if (self->output)
    return;
  self->output = g_unix_fd_source_new (self->fd, G_IO_OUT);
  g_source_set_static_name (self->output, "at-port output");
  g_source_set_callback (self->output, G_SOURCE_FUNC (on_writable), self, /* notify = */ NULL);
  g_source_attach (self->output, self->context);
}
