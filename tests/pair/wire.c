/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/pair/wire.h"

#include "base/clock.h"

typedef struct {
  int64_t at_us;
  guint64 order; /* of sending, decides between equal times */
  GBytes *bytes;
} Datagram;

struct _Wire {
  WireConfig config;
  WireDeliver deliver;
  gpointer user_data;
  WireFilter filter;
  gpointer filter_data;
  GRand *rand;
  GSequence *queue;
  PlDeadline *deadline;
  int64_t link_free_us; /* when the bottleneck has sent what it holds */
  guint n_sent;
  guint64 n_orders;
  gboolean cut;
};

static void
datagram_free (gpointer data)
{
  Datagram *self = data;
  g_bytes_unref (self->bytes);
  g_free (self);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data G_GNUC_UNUSED)
{
  const Datagram *x = a, *y = b;
  if (x->at_us != y->at_us)
    return x->at_us < y->at_us ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

static void
arm (Wire *self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->queue);
  pl_deadline_set (self->deadline, g_sequence_iter_is_end (first)
                                       ? PL_NEVER
                                       : ((Datagram *) g_sequence_get (first))->at_us);
}

static void
on_due (gpointer user_data)
{
  Wire *self = user_data;
  int64_t now = g_get_monotonic_time ();

  for (;;) {
    GSequenceIter *first = g_sequence_get_begin_iter (self->queue);
    if (g_sequence_iter_is_end (first) || ((Datagram *) g_sequence_get (first))->at_us > now)
      break;
    g_autoptr (GBytes) bytes = g_bytes_ref (((Datagram *) g_sequence_get (first))->bytes);
    g_sequence_remove (first);
    self->deliver (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), self->user_data);
  }
  arm (self);
}

Wire *
wire_new (const WireConfig *config, WireDeliver deliver, gpointer user_data)
{
  Wire *self = g_new0 (Wire, 1);
  self->config = *config;
  self->deliver = deliver;
  self->user_data = user_data;
  self->rand = g_rand_new_with_seed (config->seed);
  self->queue = g_sequence_new (datagram_free);
  self->deadline = pl_deadline_new ("wire", on_due, self);
  return self;
}

void
wire_free (Wire *self)
{
  if (self == NULL)
    return;
  pl_deadline_free (self->deadline);
  g_sequence_free (self->queue);
  g_rand_free (self->rand);
  g_free (self);
}

static gboolean
happens (Wire *self, guint permille)
{
  return permille > 0 && (guint) g_rand_int_range (self->rand, 0, 1000) < permille;
}

static void
enqueue (Wire *self, int64_t at_us, const uint8_t *data, size_t len)
{
  Datagram *datagram = g_new0 (Datagram, 1);
  datagram->at_us = at_us;
  datagram->order = self->n_orders++;
  datagram->bytes = g_bytes_new (data, len);
  g_sequence_insert_sorted (self->queue, datagram, compare, NULL);
}

guint64
wire_get_queued (Wire *self)
{
  int64_t ahead = self->link_free_us - g_get_monotonic_time ();
  return ahead <= 0 ? 0 : ahead * self->config.bits_per_s / 8 / G_USEC_PER_SEC;
}

void
wire_send (Wire *self, const uint8_t *data, size_t len)
{
  const WireConfig *c = &self->config;
  int64_t now = g_get_monotonic_time ();
  guint index = self->n_sent++;

  if (self->cut || (self->filter && !self->filter (index, data, len, self->filter_data))
      || happens (self, c->loss_permille)
      || (c->queue_bytes > 0 && wire_get_queued (self) > c->queue_bytes))
    return;
  if (c->bits_per_s > 0) {
    self->link_free_us
        = MAX (now, self->link_free_us) + len * 8 * G_USEC_PER_SEC / c->bits_per_s;
    now = self->link_free_us;
  }
  int64_t at = now + c->delay_us;
  if (happens (self, c->reorder_permille))
    at += 2 * c->delay_us + 1000;
  enqueue (self, at, data, len);
  if (happens (self, c->duplicate_permille))
    enqueue (self, at + 500, data, len);
  arm (self);
}

void
wire_set_filter (Wire *self, WireFilter filter, gpointer user_data)
{
  self->filter = filter;
  self->filter_data = user_data;
}

void
wire_cut (Wire *self)
{
  self->cut = TRUE;
  g_sequence_remove_range (g_sequence_get_begin_iter (self->queue),
                           g_sequence_get_end_iter (self->queue));
}

guint
wire_get_n_sent (Wire *self)
{
  return self->n_sent;
}
