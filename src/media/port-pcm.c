/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-audio"

#include "base/error.h"
#include "media/audio-port.h"
#include "media/realtime.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* The modem's PCM on a serial port. Its clock is the master: each block that was read whole
 * releases one that is written. Samples have two bytes, and a byte that is lost turns all that
 * follows into noise: both directions keep what is left of a block, and drop whole blocks only.
 *
 * What the modem gives may come late: a terminal's bytes pass a worker of the kernel, which a
 * busy machine keeps waiting, and some modems send 40 or 100 ms at a time. Its clock goes on
 * meanwhile, and it wants to hear. So a block that is overdue is taken for read: what it
 * releases is written ahead, and the block itself releases nothing when it comes. */

#define MAX_BLOCK (16000 * PL_PCM_BLOCK_MS / 1000)
#define BLOCK_US  (PL_PCM_BLOCK_MS * G_TIME_SPAN_MILLISECOND)
/* Later than a thread of a machine that is not busy wakes up. */
#define OVERDUE_US (BLOCK_US / 2)
/* 200 ms: after that it is no delay. */
#define MAX_AHEAD 10
#define STALL_US  (3 * G_TIME_SPAN_SECOND)

typedef struct {
  PlAudioPort port;
  int fd;
  int stop_fd;
  GThread *thread;
  gsize block; /* samples */

  /* The thread's. */
  int16_t input[MAX_BLOCK];
  gsize n_input; /* bytes */
  int16_t output[MAX_BLOCK];
  gsize n_output;  /* bytes that are still to be written, at the end of output */
  int64_t read_us; /* when the last block came; 0: none did */
  int64_t due_us;  /* when the next one is overdue */
  guint n_ahead;   /* blocks that were written and not released yet */
} PcmPort;

static gboolean
fail (PcmPort *self, const char *what)
{
  GError *error = g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_FAILED, "modem audio: %s", what);
  pl_audio_port_report_failure (&self->port, error);
  return FALSE;
}

/* Never waits: the reader must not be held up by a modem that takes nothing. */
static gboolean
write_rest (PcmPort *self)
{
  const gsize size = self->block * sizeof *self->output;

  while (self->n_output > 0) {
    ssize_t n = write (self->fd, (char *) self->output + size - self->n_output, self->n_output);
    if (n > 0)
      self->n_output -= n;
    else if (errno == EAGAIN)
      return TRUE;
    else if (errno != EINTR)
      return fail (self, g_strerror (errno));
  }
  return TRUE;
}

/* The modem has gone on without us: what it should have heard meanwhile would only come later,
 * and so would all that follows. */
static gboolean
is_behind (PcmPort *self)
{
  int waiting = 0;
  return ioctl (self->fd, FIONREAD, &waiting) == 0
         && waiting >= (int) (self->block * sizeof (int16_t));
}

static gboolean
write_block (PcmPort *self, gboolean skip)
{
  int16_t block[MAX_BLOCK];

  if (!write_rest (self))
    return FALSE;
  pl_audio_port_next_block (&self->port, block, self->block);
  if (skip || self->n_output > 0) {
    g_mutex_lock (&self->port.mutex);
    self->port.n_blocked++;
    g_mutex_unlock (&self->port.mutex);
    return TRUE;
  }
  for (gsize i = 0; i < self->block; i++)
    self->output[i] = GINT16_TO_LE (block[i]);
  self->n_output = self->block * sizeof *block;
  return write_rest (self);
}

static gboolean
have_block (PcmPort *self)
{
  self->n_input = 0;
  for (gsize i = 0; i < self->block; i++)
    self->input[i] = GINT16_FROM_LE (self->input[i]);
  pl_audio_port_captured (&self->port, self->input, self->block);
  if (self->n_ahead == 0)
    return write_block (self, is_behind (self));
  self->n_ahead--;
  return write_rest (self);
}

static gboolean
read_some (PcmPort *self)
{
  const gsize size = self->block * sizeof *self->input;

  ssize_t n = read (self->fd, (char *) self->input + self->n_input, size - self->n_input);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    return fail (self, n ? g_strerror (errno) : "the device hung up");
  if (n > 0)
    self->n_input += n;
  if (self->n_input < size)
    return TRUE;
  self->read_us = g_get_monotonic_time ();
  self->due_us = self->read_us + BLOCK_US + OVERDUE_US;
  return have_block (self);
}

static gboolean
write_ahead (PcmPort *self)
{
  if (g_get_monotonic_time () - self->read_us > STALL_US)
    return fail (self, "the device gives nothing any more");
  self->due_us += BLOCK_US;
  if (self->n_ahead >= MAX_AHEAD)
    return TRUE;
  self->n_ahead++;
  return write_block (self, /* skip = */ FALSE);
}

/* In milliseconds, as poll() takes them: up, so that it is not asked again and again. */
static int
get_wait (const PcmPort *self)
{
  if (self->read_us == 0)
    return -1;
  return MAX (0, (self->due_us - g_get_monotonic_time () + 999) / 1000);
}

static gpointer
run (gpointer data)
{
  PcmPort *self = data;
  struct pollfd fds[] = { { .fd = self->fd, .events = POLLIN }, { self->stop_fd, POLLIN, 0 } };
  gboolean ok = TRUE;

  pl_realtime_set (TRUE);
  while (ok && !fds[1].revents) {
    const int n = poll (fds, G_N_ELEMENTS (fds), get_wait (self));
    if (n < 0)
      ok = errno == EINTR;
    else if (n == 0)
      ok = write_ahead (self);
    else if (fds[0].revents)
      ok = read_some (self);
  }
  return NULL;
}

static void
free_pcm (PlAudioPort *port)
{
  PcmPort *self = (PcmPort *) port;
  const uint64_t one = 1;

  if (self->thread) {
    if (write (self->stop_fd, &one, sizeof one) != sizeof one)
      g_assert_not_reached ();
    g_thread_join (self->thread);
  }
  if (self->stop_fd >= 0)
    close (self->stop_fd);
  close (self->fd);
  pl_audio_port_clear (port);
  g_free (self);
}

static const PlAudioPortClass pcm_class = { .free = free_pcm };

/* A line of its own discipline would eat bytes that look like control characters; what the
 * terminal holds from before the call is a quarter of a second of old sound. */
static gboolean
prepare (int fd, GError **error)
{
  struct termios termios;

  if (!g_unix_set_fd_nonblocking (fd, TRUE, error))
    return FALSE;
  if (!isatty (fd))
    return TRUE;
  if (tcgetattr (fd, &termios) == 0) {
    cfmakeraw (&termios);
    if (tcsetattr (fd, TCSANOW, &termios) == 0 && tcflush (fd, TCIOFLUSH) == 0)
      return TRUE;
  }
  g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED, "modem audio: terminal: %s",
               g_strerror (errno));
  return FALSE;
}

PlAudioPort *
pl_audio_port_new_pcm (int fd, guint rate, GError **error)
{
  g_return_val_if_fail (rate == 8000 || rate == 16000, NULL);
  PcmPort *self = g_new0 (PcmPort, 1);
  g_autoptr (PlAudioPort) port = &self->port;

  self->fd = fd;
  self->stop_fd = -1;
  self->block = (gsize) rate * PL_PCM_BLOCK_MS / 1000;
  pl_audio_port_init (port, &pcm_class, rate);
  if (!prepare (fd, error))
    return NULL;
  self->stop_fd = eventfd (0, EFD_CLOEXEC);
  if (self->stop_fd < 0) {
    g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED, "eventfd: %s", g_strerror (errno));
    return NULL;
  }
  self->thread = g_thread_new ("pl-pcm", run, self);
  return g_steal_pointer (&port);
}
