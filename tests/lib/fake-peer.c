/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/fake-peer.h"

#include "base/error.h"

typedef struct {
  GBytes *bytes; /* NULL: the channel opens */
  gboolean is_text;
} Message;

struct _PlChannel {
  GObject parent;
  PlPeer *owner;
  PlChannel *other;
  char *label, *protocol;
  GQueue out; /* of Message */
  size_t buffered, low;
  gboolean close_wanted, closed;
};

struct _PlPeer {
  GObject parent;
  PlPeer *other;
  GPtrArray *channels; /* of both ends, shared by them */
  GRand *rand;
  guint source;
};

G_DEFINE_FINAL_TYPE (PlChannel, pl_channel, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (PlPeer, pl_peer, G_TYPE_OBJECT)

static void
message_free (gpointer data)
{
  Message *message = data;
  g_clear_pointer (&message->bytes, g_bytes_unref);
  g_free (message);
}

static void
push (PlChannel *self, GBytes *bytes, gboolean is_text)
{
  Message *message = g_new0 (Message, 1);
  message->bytes = bytes ? g_bytes_ref (bytes) : NULL;
  message->is_text = is_text;
  self->buffered += bytes ? g_bytes_get_size (bytes) : 0;
  g_queue_push_tail (&self->out, message);
}

static void
close_both (PlChannel *self, const GError *reason)
{
  PlChannel *ends[] = { self, self->other };
  for (int i = 0; i < 2; i++) {
    if (ends[i]->closed)
      continue;
    ends[i]->closed = TRUE;
    g_signal_emit_by_name (ends[i], "closed", reason);
  }
}

static void
deliver (PlChannel *self)
{
  Message *message = g_queue_pop_head (&self->out);
  size_t len = message->bytes ? g_bytes_get_size (message->bytes) : 0;
  size_t before = self->buffered;

  self->buffered -= len;
  if (before > self->low && self->buffered <= self->low)
    g_signal_emit_by_name (self, "buffered-low");
  if (message->bytes == NULL)
    g_signal_emit_by_name (self->other->owner, "channel", self->other);
  else if (!self->other->closed)
    g_signal_emit_by_name (self->other, "message", message->bytes, message->is_text);
  message_free (message);
}

static gboolean
has_work (PlChannel *channel)
{
  return !channel->closed && (!g_queue_is_empty (&channel->out) || channel->close_wanted);
}

static gboolean
on_turn (gpointer user_data)
{
  PlPeer *self = user_data;
  g_autoptr (GPtrArray) busy = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->channels->len; i++)
    if (has_work (g_ptr_array_index (self->channels, i)))
      g_ptr_array_add (busy, g_object_ref (g_ptr_array_index (self->channels, i)));
  if (busy->len == 0)
    return G_SOURCE_CONTINUE;
  PlChannel *channel
      = g_ptr_array_index (busy, (guint) g_rand_int_range (self->rand, 0, (gint) busy->len));
  if (!g_queue_is_empty (&channel->out))
    deliver (channel);
  else
    close_both (channel, NULL);
  return G_SOURCE_CONTINUE;
}

static void
pl_channel_finalize (GObject *object)
{
  PlChannel *self = PL_CHANNEL (object);
  g_queue_clear_full (&self->out, message_free);
  g_free (self->label);
  g_free (self->protocol);
  G_OBJECT_CLASS (pl_channel_parent_class)->finalize (object);
}

static void
pl_channel_class_init (PlChannelClass *class)
{
  GType type = G_TYPE_FROM_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = pl_channel_finalize;
  g_signal_new ("message", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                G_TYPE_BYTES, G_TYPE_BOOLEAN);
  g_signal_new ("buffered-low", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                G_TYPE_ERROR);
}

static void
pl_channel_init (PlChannel *self)
{
  g_queue_init (&self->out);
}

static void
pl_peer_finalize (GObject *object)
{
  PlPeer *self = PL_PEER (object);
  g_clear_handle_id (&self->source, g_source_remove);
  g_ptr_array_unref (self->channels);
  g_clear_pointer (&self->rand, g_rand_free);
  G_OBJECT_CLASS (pl_peer_parent_class)->finalize (object);
}

static void
pl_peer_class_init (PlPeerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = pl_peer_finalize;
  g_signal_new ("channel", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, PL_TYPE_CHANNEL);
}

static void
pl_peer_init (PlPeer *self G_GNUC_UNUSED)
{
}

void
pl_fake_pair_new (guint32 seed, PlPeer **a, PlPeer **b)
{
  *a = g_object_new (PL_TYPE_PEER, NULL);
  *b = g_object_new (PL_TYPE_PEER, NULL);
  (*a)->other = *b;
  (*b)->other = *a;
  (*a)->channels = g_ptr_array_new_with_free_func (g_object_unref);
  (*b)->channels = g_ptr_array_ref ((*a)->channels);
  (*a)->rand = g_rand_new_with_seed (seed);
  (*a)->source = g_idle_add (on_turn, *a);
}

void
pl_fake_pair_break (PlPeer *a)
{
  g_autoptr (GError) lost
      = g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_LOST, "the connection was lost");
  for (guint i = 0; i < a->channels->len; i++)
    close_both (g_ptr_array_index (a->channels, i), lost);
}

static PlChannel *
new_end (PlPeer *owner, const char *label, const char *protocol)
{
  PlChannel *self = g_object_new (PL_TYPE_CHANNEL, NULL);
  self->owner = owner;
  self->label = g_strdup (label);
  self->protocol = g_strdup (protocol);
  g_ptr_array_add (owner->channels, self);
  return self;
}

PlChannel *
pl_peer_open_channel (PlPeer *self, const char *label, const char *protocol,
                      const PlChannelOptions *options G_GNUC_UNUSED,
                      GError **error G_GNUC_UNUSED)
{
  PlChannel *channel = new_end (self, label, protocol);
  channel->other = new_end (self->other, label, protocol);
  channel->other->other = channel;
  push (channel, NULL, FALSE);
  return g_object_ref (channel);
}

const char *
pl_channel_get_label (PlChannel *self)
{
  return self->label;
}

const char *
pl_channel_get_protocol (PlChannel *self)
{
  return self->protocol;
}

gboolean
pl_channel_send (PlChannel *self, GBytes *message, gboolean is_text, GError **error)
{
  if (self->closed || self->close_wanted) {
    g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED, "the channel is closed");
    return FALSE;
  }
  push (self, message, is_text);
  return TRUE;
}

size_t
pl_channel_get_buffered_amount (PlChannel *self)
{
  return self->buffered;
}

void
pl_channel_set_buffered_low (PlChannel *self, size_t bytes)
{
  self->low = bytes;
}

void
pl_channel_close (PlChannel *self)
{
  self->close_wanted = TRUE;
}
