/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/pcm-modem.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK_MS  20
#define MAX_BLOCK 320
#define MAX_HELD  2 /* blocks: a modem's buffer is small */

struct _PcmModem {
  guint rate;
  double ppm;
  const int16_t *samples;
  gsize n;
  int master, slave;
  GThread *thread;
  GMutex mutex;
  GCond cond;
  gboolean stop;
  gint odd, deaf, lump, stalled; /* atomic */

  /* The thread's. */
  gint64 start_us;
  gsize n_given;
  GByteArray *input; /* came and not heard yet */
  GArray *heard;     /* of int16_t */
  gboolean hears;
  guint n_missed;
};

static PcmModem *
new_modem (guint rate, double ppm, const int16_t *samples, gsize n)
{
  PcmModem *self = g_new0 (PcmModem, 1);

  self->rate = rate;
  self->ppm = ppm;
  self->samples = samples;
  self->n = n;
  self->lump = 1;
  self->input = g_byte_array_new ();
  self->heard = g_array_new (FALSE, FALSE, sizeof (int16_t));
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  return self;
}

PcmModem *
pcm_modem_new (guint rate, double ppm, const int16_t *samples, gsize n)
{
  PcmModem *self = new_modem (rate, ppm, samples, n);

  self->master = posix_openpt (O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  g_assert_cmpint (self->master, >=, 0);
  g_assert_cmpint (grantpt (self->master), ==, 0);
  g_assert_cmpint (unlockpt (self->master), ==, 0);
  self->slave = open (ptsname (self->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  g_assert_cmpint (self->slave, >=, 0);
  return self;
}

PcmModem *
pcm_modem_new_on_socket (guint rate, double ppm, const int16_t *samples, gsize n)
{
  PcmModem *self = new_modem (rate, ppm, samples, n);
  int ends[2];

  signal (SIGPIPE, SIG_IGN); /* either end may go first, as the programs are used to */
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
                   ==, 0);
  self->master = ends[0];
  self->slave = ends[1];
  return self;
}

int
pcm_modem_steal_fd (PcmModem *self)
{
  int fd = self->slave;
  self->slave = -1;
  return fd;
}

void
pcm_modem_set_odd (PcmModem *self)
{
  g_atomic_int_set (&self->odd, TRUE);
}

void
pcm_modem_set_deaf (PcmModem *self, guint n)
{
  g_atomic_int_set (&self->deaf, n);
}

static void
give_block (PcmModem *self, gsize block)
{
  int16_t samples[MAX_BLOCK] = { 0 };
  const gsize n = MIN (block, self->n - MIN (self->n, self->n_given));
  const char *bytes = (const char *) samples;
  gsize left = block * sizeof *samples;

  memcpy (samples, self->samples + MIN (self->n, self->n_given), n * sizeof *samples);
  self->n_given += block;
  while (left > 0) {
    const gsize piece = g_atomic_int_get (&self->odd) ? MIN (left, 33) : left;
    ssize_t written = write (self->master, bytes, piece);
    if (written <= 0)
      return; /* the host does not read: what a modem has is lost then */
    bytes += written;
    left -= written;
  }
}

static void
give (PcmModem *self, gsize block, guint64 tick)
{
  const guint lump = g_atomic_int_get (&self->lump);

  if (g_atomic_int_get (&self->stalled) || tick % lump != lump - 1)
    return;
  for (guint i = 0; i < lump; i++)
    give_block (self, block);
}

static void
hear (PcmModem *self, gsize block)
{
  guint8 bytes[4096];
  const gsize size = block * sizeof (int16_t);
  const int16_t silence[MAX_BLOCK] = { 0 };

  if (g_atomic_int_get (&self->deaf) > 0) {
    g_atomic_int_add (&self->deaf, -1);
    g_array_append_vals (self->heard, silence, block);
    return;
  }
  for (ssize_t n; (n = read (self->master, bytes, sizeof bytes)) > 0;)
    g_byte_array_append (self->input, bytes, n);
  while (self->input->len > MAX_HELD * size)
    g_byte_array_remove_range (self->input, 0, size);
  if (self->input->len < size) {
    g_array_append_vals (self->heard, silence, block);
    self->n_missed += self->hears;
    return;
  }
  self->hears = TRUE;
  g_array_append_vals (self->heard, self->input->data, block);
  g_byte_array_remove_range (self->input, 0, size);
}

static gpointer
run (gpointer data)
{
  PcmModem *self = data;
  const gsize block = (gsize) self->rate * BLOCK_MS / 1000;
  const double tick_us = BLOCK_MS * 1000 / (1 + self->ppm * 1e-6);

  g_mutex_lock (&self->mutex);
  self->start_us = g_get_monotonic_time ();
  for (guint64 tick = 0; !self->stop;) {
    if (g_cond_wait_until (&self->cond, &self->mutex, self->start_us + tick * tick_us))
      continue;
    hear (self, block);
    give (self, block, tick++);
  }
  g_mutex_unlock (&self->mutex);
  return NULL;
}

void
pcm_modem_set_lumps (PcmModem *self, guint n)
{
  g_atomic_int_set (&self->lump, n);
}

void
pcm_modem_set_stalled (PcmModem *self)
{
  g_atomic_int_set (&self->stalled, TRUE);
}

void
pcm_modem_start (PcmModem *self)
{
  self->thread = g_thread_new ("pcm-modem", run, self);
}

void
pcm_modem_stop (PcmModem *self)
{
  if (self->thread == NULL)
    return;
  g_mutex_lock (&self->mutex);
  self->stop = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  g_thread_join (g_steal_pointer (&self->thread));
  close (self->master);
  self->master = -1;
}

void
pcm_modem_free (PcmModem *self)
{
  pcm_modem_stop (self);
  if (self->master >= 0)
    close (self->master);
  if (self->slave >= 0)
    close (self->slave);
  g_byte_array_unref (self->input);
  g_array_unref (self->heard);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
}

static double
get_true_rate (const PcmModem *self)
{
  return self->rate * (1 + self->ppm * 1e-6);
}

void
pcm_modem_get_given (PcmModem *self, PlSoundTrack *track)
{
  *track = (PlSoundTrack){ self->samples, MIN (self->n, self->n_given), get_true_rate (self),
                           self->start_us };
}

void
pcm_modem_get_heard (PcmModem *self, PlSoundTrack *track)
{
  const int16_t *heard
      = (const int16_t *) (gconstpointer) self->heard->data; /* as GArray has it */

  *track = (PlSoundTrack){ heard, self->heard->len, get_true_rate (self), self->start_us };
}

guint
pcm_modem_get_n_missed (PcmModem *self)
{
  return self->n_missed;
}
