/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-channel"

#include "peer/channel-table.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "peer/channel-private.h"
#include "proto/dcep.h"

#include <string.h>

/* RFC 8831 section 6.4: "normal". */
#define PRIORITY 256

/* RFC 8832 section 6: 65535 is not a stream of a data channel. */
#define MAX_STREAMS 65535

struct _PlChannelTable {
  PlAssociation *association;
  const PlChannelTableOps *ops;
  gpointer user_data;
  GMainContext *context;
  GHashTable *channels; /* a set that owns them, with and without ids */
  GHashTable *by_id;
  GQueue unnumbered; /* of PlChannel, in the order of opening */
  GQueue ready;      /* of PlChannel, owned: those with something to hand over */
  GSource *pump;
  gboolean connected;
  gboolean blocked; /* SCTP's buffer is full */
  gboolean draining;
  gboolean gone; /* freed, while a call is still under way */
  PlDtlsRole role;
  size_t max_message_size;
  size_t waiting; /* bytes received that nobody listens to yet */
  gboolean reading;
};

static void
clear_table (gpointer data)
{
  PlChannelTable *self = data;
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->channels);
  g_queue_clear_full (&self->ready, g_object_unref);
  g_queue_clear (&self->unnumbered);
  g_main_context_unref (self->context);
}

static void
release (PlChannelTable *self)
{
  g_rc_box_release_full (self, clear_table);
}

typedef PlChannelTable Hold;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hold, release)

/* --- handing over --- */

static gboolean on_pump (gpointer user_data);

/* Not from inside pl_channel_send(): what is sent in one go leaves as one train, and
 * "buffered-low" never fires inside a caller's own send. */
static void
arm_pump (PlChannelTable *self)
{
  if (self->pump || self->gone || !self->connected || self->blocked)
    return;
  self->pump = g_idle_source_new ();
  g_source_set_priority (self->pump, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->pump, "channel pump");
  g_source_set_callback (self->pump, on_pump, self, /* notify = */ NULL);
  g_source_attach (self->pump, self->context);
}

static void
forget (PlChannelTable *self, PlChannel *channel)
{
  if (pl_channel_has_id (channel)) {
    gpointer id = GUINT_TO_POINTER (pl_channel_get_id (channel));
    if (g_hash_table_lookup (self->by_id, id) == channel)
      g_hash_table_remove (self->by_id, id);
  }
  g_queue_remove (&self->unnumbered, channel);
  g_hash_table_remove (self->channels, channel);
}

static void
finish_channel (PlChannelTable *self, PlChannel *channel, const GError *reason)
{
  g_autoptr (PlChannel) hold G_GNUC_UNUSED = g_object_ref (channel);
  forget (self, channel);
  pl_channel_finish (channel, reason);
}

static PlSctpSendInfo
describe_message (PlChannel *channel, uint32_t ppid)
{
  const PlChannelOptions *options = pl_channel_get_options (channel);
  PlSctpSendInfo info = { .stream = pl_channel_get_id (channel),
                          .ppid = ppid,
                          .max_retransmits = -1,
                          .max_lifetime_ms = -1 };

  if (ppid == PL_PPID_DCEP)
    return info;
  /* RFC 8832 section 6: in order until the ACK, so that nothing overtakes the OPEN. */
  info.unordered = options->unordered && pl_channel_get_state (channel) == PL_CHANNEL_OPEN;
  info.max_retransmits = options->max_retransmits;
  info.max_lifetime_ms = options->max_lifetime_ms;
  return info;
}

/* FALSE where SCTP takes no more for now. */
static gboolean
hand_over_one (PlChannelTable *self, PlChannel *channel)
{
  const PlOutgoing *message = pl_channel_peek (channel);
  g_autoptr (GError) error = NULL;

  if (message == NULL)
    return TRUE;
  const PlSctpSendInfo info = describe_message (channel, message->ppid);
  if (g_bytes_get_size (message->bytes) > self->max_message_size) {
    g_set_error (&error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "channel '%s': a message is larger than the %zu bytes that the remote takes",
                 pl_channel_get_label (channel), self->max_message_size);
  } else if (pl_association_send (self->association, &info, message->bytes, &error)) {
    pl_channel_handed_over (channel);
    return TRUE;
  }
  if (g_error_matches (error, PL_LINK_ERROR, PL_LINK_ERROR_WOULD_BLOCK))
    return FALSE;
  pl_channel_abort (channel, error);
  return TRUE;
}

/* The end of a channel, once its last message is handed over. */
static void
reset_if_due (PlChannelTable *self, PlChannel *channel)
{
  if (!pl_channel_take_reset (channel))
    return;
  uint16_t id = pl_channel_get_id (channel);
  pl_association_reset_streams (self->association, &id, 1);
}

static void
take_turn (PlChannelTable *self)
{
  g_autoptr (PlChannel) channel = g_object_ref (g_queue_peek_head (&self->ready));

  if (!hand_over_one (self, channel)) {
    self->blocked = TRUE;
    return;
  }
  if (self->gone)
    return;
  g_queue_pop_head (&self->ready);
  if (pl_channel_peek (channel)) {
    g_queue_push_tail (&self->ready, channel);
    return;
  }
  pl_channel_set_in_turn (channel, FALSE);
  g_object_unref (channel);
  reset_if_due (self, channel);
}

static gboolean
is_any_open (PlChannelTable *self)
{
  GHashTableIter iter;
  gpointer channel;

  g_hash_table_iter_init (&iter, self->channels);
  while (g_hash_table_iter_next (&iter, &channel, NULL))
    if (!pl_channel_is_reset (channel))
      return TRUE;
  return FALSE;
}

static void
check_drained (PlChannelTable *self)
{
  if (!self->draining || self->gone || is_any_open (self))
    return;
  self->draining = FALSE;
  self->ops->drained (self->user_data);
}

static gboolean
on_pump (gpointer user_data)
{
  g_autoptr (Hold) self = g_rc_box_acquire ((PlChannelTable *) user_data);

  g_clear_pointer (&self->pump, g_source_unref);
  while (!self->gone && !self->blocked && !g_queue_is_empty (&self->ready))
    take_turn (self);
  check_drained (self);
  return G_SOURCE_REMOVE;
}

/* --- what channels ask for --- */

static void
on_channel_ready (PlChannel *channel, gpointer user_data)
{
  PlChannelTable *self = user_data;

  if (!pl_channel_has_id (channel)) {
    /* Nothing of it is on the wire, so that there is nothing to wait for. */
    if (pl_channel_get_state (channel) == PL_CHANNEL_CLOSING
        && pl_channel_peek (channel) == NULL)
      finish_channel (self, channel, /* reason = */ NULL);
    return;
  }
  if (pl_channel_set_in_turn (channel, TRUE))
    g_queue_push_tail (&self->ready, g_object_ref (channel));
  arm_pump (self);
}

static size_t
on_channel_get_max_message_size (gpointer user_data)
{
  return ((PlChannelTable *) user_data)->max_message_size;
}

static void
update_reading (PlChannelTable *self)
{
  const gboolean reading = self->waiting < PL_MAX_PENDING_INPUT;

  if (reading == self->reading || self->gone)
    return;
  self->reading = reading;
  pl_association_set_reading (self->association, reading);
}

static void
on_channel_taken (size_t size, gpointer user_data)
{
  PlChannelTable *self = user_data;
  self->waiting -= size;
  update_reading (self);
}

static const PlChannelOps channel_ops = {
  .ready = on_channel_ready,
  .get_max_message_size = on_channel_get_max_message_size,
  .taken = on_channel_taken,
};

/* --- ids and DCEP --- */

static guint
first_id (PlDtlsRole role)
{
  return role == PL_DTLS_CLIENT ? 0 : 1;
}

static PlChannel *
find_channel (PlChannelTable *self, uint16_t id)
{
  return g_hash_table_lookup (self->by_id, GUINT_TO_POINTER (id));
}

static int
find_free_id (PlChannelTable *self)
{
  const guint n = MIN (pl_association_get_n_streams (self->association), MAX_STREAMS);

  for (guint id = first_id (self->role); id < n; id += 2)
    if (find_channel (self, id) == NULL)
      return id;
  return -1;
}

static void
add_numbered (PlChannelTable *self, PlChannel *channel, uint16_t id)
{
  pl_channel_set_id (channel, id);
  g_hash_table_insert (self->by_id, GUINT_TO_POINTER (id), channel);
}

static void
push_open (PlChannel *channel)
{
  const PlChannelOptions *options = pl_channel_get_options (channel);
  const PlDcepOpen open = {
    .label = (char *) pl_channel_get_label (channel),
    .protocol = (char *) pl_channel_get_protocol (channel),
    .priority = PRIORITY,
    .unordered = options->unordered,
    .max_retransmits = options->max_retransmits,
    .max_lifetime_ms = options->max_lifetime_ms,
  };
  g_autoptr (GBytes) bytes = pl_dcep_print_open (&open);
  pl_channel_push_control (channel, PL_PPID_DCEP, bytes);
}

static void
set_too_many (GError **error)
{
  g_set_error_literal (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                       "channel: no stream is free for another");
}

static void
number_channel (PlChannelTable *self, PlChannel *channel)
{
  int id = find_free_id (self);
  if (id < 0) {
    g_autoptr (GError) error = NULL;
    set_too_many (&error);
    finish_channel (self, channel, error);
    return;
  }
  add_numbered (self, channel, id);
  on_channel_ready (channel, self);
}

/* RFC 8832 section 6: what makes an OPEN wrong. */
static const char *
find_flaw (PlChannelTable *self, uint16_t stream)
{
  if (stream % 2 == first_id (self->role))
    return "its id is one of ours";
  if (find_channel (self, stream))
    return "its stream is in use";
  if (g_hash_table_size (self->channels) >= PL_MAX_CHANNELS)
    return "there are too many channels";
  return NULL;
}

static void
refuse_open (PlChannelTable *self, uint16_t stream, const char *flaw)
{
  g_autoptr (GError) error
      = g_error_new (PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                     "channel on stream %u: the remote's open is refused: %s", stream, flaw);
  PlChannel *channel = find_channel (self, stream);

  pl_debug (self, "%s", error->message);
  if (channel)
    pl_channel_abort (channel, error);
  else
    pl_association_reset_streams (self->association, &stream, 1);
}

static void
accept_open (PlChannelTable *self, uint16_t stream, const PlDcepOpen *open)
{
  const PlChannelOptions options = { .unordered = open->unordered,
                                     .max_retransmits = open->max_retransmits,
                                     .max_lifetime_ms = open->max_lifetime_ms };
  g_autoptr (PlChannel) channel
      = pl_channel_new (open->label, open->protocol, &options, &channel_ops, self);
  g_autoptr (GBytes) ack = pl_dcep_print_ack ();

  g_hash_table_add (self->channels, g_object_ref (channel));
  add_numbered (self, channel, stream);
  pl_channel_push_control (channel, PL_PPID_DCEP, ack);
  pl_channel_arrived (channel);
  self->ops->channel (channel, self->user_data);
}

static void
take_open (PlChannelTable *self, uint16_t stream, const uint8_t *data, size_t len)
{
  g_auto (PlDcepOpen) open = { 0 };
  g_autoptr (GError) error = NULL;
  PlChannel *old = find_channel (self, stream);

  /* The last word on our own reset is still on its way, but the remote has both and goes on. */
  if (old && pl_channel_is_ending (old))
    finish_channel (self, old, /* reason = */ NULL);
  const char *flaw = find_flaw (self, stream);
  if (flaw == NULL && !pl_dcep_parse_open (data, len, &open, &error))
    flaw = error->message;
  if (flaw)
    refuse_open (self, stream, flaw);
  else
    accept_open (self, stream, &open);
}

/* --- public --- */

PlChannelTable *
pl_channel_table_new (PlAssociation *association, const PlChannelTableOps *ops,
                      gpointer user_data)
{
  PlChannelTable *self = g_rc_box_new0 (PlChannelTable);

  self->association = association;
  self->ops = ops;
  self->user_data = user_data;
  self->context = g_main_context_ref_thread_default ();
  self->channels = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->by_id = g_hash_table_new (NULL, NULL);
  g_queue_init (&self->unnumbered);
  g_queue_init (&self->ready);
  self->max_message_size = PL_MAX_MESSAGE_SIZE;
  self->reading = TRUE;
  return self;
}

void
pl_channel_table_free (PlChannelTable *self, const GError *reason)
{
  if (self == NULL)
    return;
  self->gone = TRUE;
  if (self->pump)
    g_source_destroy (self->pump);
  g_clear_pointer (&self->pump, g_source_unref);

  GHashTableIter iter;
  gpointer channel;
  while (g_hash_table_iter_init (&iter, self->channels),
         g_hash_table_iter_next (&iter, &channel, NULL))
    finish_channel (self, channel, reason);
  release (self);
}

void
pl_channel_table_connected (PlChannelTable *self, PlDtlsRole role, size_t max_message_size)
{
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);

  self->connected = TRUE;
  self->role = role;
  self->max_message_size = MIN (max_message_size, PL_MAX_MESSAGE_SIZE);
  for (PlChannel *channel;
       !self->gone && (channel = g_queue_pop_head (&self->unnumbered)) != NULL;)
    number_channel (self, channel);
}

PlChannel *
pl_channel_table_open (PlChannelTable *self, const char *label, const char *protocol,
                       const PlChannelOptions *options, GError **error)
{
  if (strlen (label) > PL_MAX_LABEL || strlen (protocol) > PL_MAX_LABEL) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "channel: label or protocol is longer than %u bytes", PL_MAX_LABEL);
    return NULL;
  }
  if (g_hash_table_size (self->channels) >= PL_MAX_CHANNELS
      || (self->connected && find_free_id (self) < 0)) {
    set_too_many (error);
    return NULL;
  }
  PlChannel *channel = pl_channel_new (label, protocol, options, &channel_ops, self);
  g_hash_table_add (self->channels, g_object_ref (channel));
  if (self->connected)
    add_numbered (self, channel, find_free_id (self));
  else
    g_queue_push_tail (&self->unnumbered, channel);
  push_open (channel);
  return channel;
}

void
pl_channel_table_message (PlChannelTable *self, uint16_t stream, uint32_t ppid, GBytes *bytes)
{
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);
  PlChannel *channel = find_channel (self, stream);
  gsize len;
  const uint8_t *data = g_bytes_get_data (bytes, &len);

  if (ppid == PL_PPID_DCEP && !pl_dcep_is_ack (data, len)) {
    take_open (self, stream, data, len);
  } else if (channel == NULL) {
    pl_debug (self, "message on stream %u, where no channel is: ignored", stream);
  } else if (ppid == PL_PPID_DCEP) {
    pl_channel_arrived (channel);
  } else {
    self->waiting += pl_channel_receive (channel, ppid, bytes);
    update_reading (self);
  }
}

void
pl_channel_table_writable (PlChannelTable *self)
{
  self->blocked = FALSE;
  arm_pump (self);
}

static void
tell_reset (PlChannelTable *self, uint16_t stream, void (*tell) (PlChannel *channel))
{
  PlChannel *found = find_channel (self, stream);

  if (found == NULL)
    return;
  g_autoptr (PlChannel) channel = g_object_ref (found);
  tell (channel);
  if (!self->gone && pl_channel_get_state (channel) == PL_CHANNEL_CLOSED)
    forget (self, channel);
}

void
pl_channel_table_streams_reset (PlChannelTable *self, const uint16_t *streams, guint n)
{
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);

  for (guint i = 0; i < n && !self->gone; i++)
    tell_reset (self, streams[i], pl_channel_remote_reset);
}

void
pl_channel_table_reset_done (PlChannelTable *self, const uint16_t *streams, guint n)
{
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);

  for (guint i = 0; i < n && !self->gone; i++)
    tell_reset (self, streams[i], pl_channel_own_reset_done);
  check_drained (self);
}

void
pl_channel_table_drain (PlChannelTable *self)
{
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);
  g_autoptr (GPtrArray) channels = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer channel;

  /* A copy: what is called at the end of one may end others. */
  g_hash_table_iter_init (&iter, self->channels);
  while (g_hash_table_iter_next (&iter, &channel, NULL))
    g_ptr_array_add (channels, g_object_ref (channel));
  self->draining = TRUE;
  for (guint i = 0; i < channels->len; i++)
    pl_channel_close (channels->pdata[i]);
  arm_pump (self);
}
