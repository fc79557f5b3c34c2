/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-channel"

#include "peer/channel.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "link/sctp.h"
#include "peer/channel-private.h"

/*   connecting --arrived--> open --close--> closing --both-reset--> closed
 *        \---------close, reset------------/
 *   any --gone--> closed
 *
 * Closing is RFC 8831 section 6.7: each end resets its outgoing side of the stream; a channel
 * is closed, and its id free, when both have.
 */
enum {
  EV_ARRIVED = 1,
  EV_CLOSE,
  EV_BOTH_RESET,
  EV_GONE,
  N_EVENTS
};

static const char *const states[] = { NULL, "connecting", "open", "closing", "closed" };
static const char *const events[] = { NULL, "arrived", "close", "both-reset", "gone" };

static void enter_open (gpointer data);
static void enter_closing (gpointer data);
static void enter_closed (gpointer data);

static const PlStep steps[PL_CHANNEL_CLOSED + 1][N_EVENTS] = {
  [PL_CHANNEL_CONNECTING][EV_ARRIVED] = { PL_CHANNEL_OPEN, enter_open },
  [PL_CHANNEL_CONNECTING][EV_CLOSE] = { PL_CHANNEL_CLOSING, enter_closing },
  [PL_CHANNEL_CONNECTING][EV_GONE] = { PL_CHANNEL_CLOSED, enter_closed },
  [PL_CHANNEL_OPEN][EV_CLOSE] = { PL_CHANNEL_CLOSING, enter_closing },
  [PL_CHANNEL_OPEN][EV_GONE] = { PL_CHANNEL_CLOSED, enter_closed },
  [PL_CHANNEL_CLOSING][EV_BOTH_RESET] = { PL_CHANNEL_CLOSED, enter_closed },
  [PL_CHANNEL_CLOSING][EV_GONE] = { PL_CHANNEL_CLOSED, enter_closed },
};

const PlMachine pl_channel_machine
    = { "channel", states, events, PL_CHANNEL_CLOSED + 1, N_EVENTS, &steps[0][0] };

typedef struct {
  GBytes *bytes;
  gboolean is_text;
} Incoming;

/* What a message that waits costs beside its bytes, so that many tiny ones count too. */
#define INCOMING_COST 128

struct _PlChannel {
  GObject parent;

  guint state;
  char *label;
  char *protocol;
  PlChannelOptions options;
  int id; /* -1: not known yet */
  const PlChannelOps *ops;
  gpointer user_data;
  GMainContext *context;
  gboolean in_turn;

  GQueue outgoing; /* of PlOutgoing */
  size_t buffered;
  size_t low;

  GQueue waiting; /* of Incoming: nobody listened when they came */
  GSource *delivery;

  gboolean reset_sent;
  gboolean own_reset;    /* done */
  gboolean remote_reset; /* seen */
  GError *reason;
};

enum {
  SIGNAL_OPENED,
  SIGNAL_MESSAGE,
  SIGNAL_BUFFERED_LOW,
  SIGNAL_CLOSED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PlChannel, pl_channel, G_TYPE_OBJECT)

static void
outgoing_free (PlOutgoing *self)
{
  g_bytes_unref (self->bytes);
  g_free (self);
}

static size_t
get_cost (GBytes *bytes)
{
  return g_bytes_get_size (bytes) + INCOMING_COST;
}

static void
incoming_free (Incoming *self)
{
  g_bytes_unref (self->bytes);
  g_free (self);
}

static void
drop_outgoing (PlChannel *self)
{
  g_queue_clear_full (&self->outgoing, (GDestroyNotify) outgoing_free);
  self->buffered = 0;
}

static void
call_ready (PlChannel *self)
{
  if (self->ops)
    self->ops->ready (self, self->user_data);
}

static void
enter_open (gpointer data)
{
  g_signal_emit (data, signals[SIGNAL_OPENED], 0);
}

static void
enter_closing (gpointer data)
{
  call_ready (data);
}

static void
drop_waiting (PlChannel *self)
{
  for (Incoming *message; (message = g_queue_pop_head (&self->waiting)) != NULL;
       incoming_free (message))
    if (self->ops)
      self->ops->taken (get_cost (message->bytes), self->user_data);
  if (self->delivery)
    g_source_destroy (self->delivery);
  g_clear_pointer (&self->delivery, g_source_unref);
}

static void
enter_closed (gpointer data)
{
  PlChannel *self = data;

  drop_outgoing (self);
  drop_waiting (self);
  self->ops = NULL;
  g_signal_emit (self, signals[SIGNAL_CLOSED], 0, self->reason);
}

static void
step (PlChannel *self, guint event)
{
  g_autoptr (PlChannel) hold G_GNUC_UNUSED = g_object_ref (self);
  pl_machine_step (&pl_channel_machine, &self->state, event, self);
}

/* --- messages that came before anybody listened --- */

typedef struct {
  GSource source;
  PlChannel *channel; /* which owns the source */
} Delivery;

static gboolean
has_listener (PlChannel *self)
{
  return g_signal_has_handler_pending (self, signals[SIGNAL_MESSAGE], 0,
                                       /* may_be_blocked = */ FALSE);
}

/* GObject does not tell when a handler is connected, but it happens in some callback of this
 * context, and after each the sources are asked. */
static gboolean
delivery_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return has_listener (((Delivery *) source)->channel);
}

static gboolean
delivery_check (GSource *source)
{
  return has_listener (((Delivery *) source)->channel);
}

static gboolean
delivery_dispatch (GSource *source, GSourceFunc callback G_GNUC_UNUSED,
                   gpointer user_data G_GNUC_UNUSED)
{
  g_autoptr (PlChannel) self = g_object_ref (((Delivery *) source)->channel);

  while (has_listener (self) && !g_queue_is_empty (&self->waiting)) {
    Incoming *message = g_queue_pop_head (&self->waiting);
    if (self->ops)
      self->ops->taken (get_cost (message->bytes), self->user_data);
    g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, message->bytes, message->is_text);
    incoming_free (message);
  }
  if (g_queue_is_empty (&self->waiting))
    g_clear_pointer (&self->delivery, g_source_unref);
  return self->delivery ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static GSourceFuncs delivery_funcs
    = { .prepare = delivery_prepare, .check = delivery_check, .dispatch = delivery_dispatch };

static void
keep_waiting (PlChannel *self, GBytes *bytes, gboolean is_text)
{
  Incoming message = { g_bytes_ref (bytes), is_text };

  g_queue_push_tail (&self->waiting, g_memdup2 (&message, sizeof message));
  if (self->delivery)
    return;
  self->delivery = g_source_new (&delivery_funcs, sizeof (Delivery));
  ((Delivery *) self->delivery)->channel = self;
  g_source_set_static_name (self->delivery, "channel delivery");
  g_source_attach (self->delivery, self->context);
}

/* --- GObject --- */

static void
pl_channel_finalize (GObject *object)
{
  PlChannel *self = PL_CHANNEL (object);

  drop_outgoing (self);
  drop_waiting (self);
  g_clear_error (&self->reason);
  g_free (self->label);
  g_free (self->protocol);
  g_main_context_unref (self->context);
  G_OBJECT_CLASS (pl_channel_parent_class)->finalize (object);
}

static void
pl_channel_class_init (PlChannelClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pl_channel_finalize;
  signals[SIGNAL_OPENED]
      = g_signal_new ("opened", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                          NULL, G_TYPE_NONE, 2, G_TYPE_BYTES, G_TYPE_BOOLEAN);
  signals[SIGNAL_BUFFERED_LOW] = g_signal_new ("buffered-low", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                               NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
pl_channel_init (PlChannel *self)
{
  self->state = PL_CHANNEL_CONNECTING;
  self->id = -1;
  self->context = g_main_context_ref_thread_default ();
  g_queue_init (&self->outgoing);
  g_queue_init (&self->waiting);
}

/* --- for the table --- */

PlChannel *
pl_channel_new (const char *label, const char *protocol, const PlChannelOptions *options,
                const PlChannelOps *ops, gpointer user_data)
{
  PlChannel *self = g_object_new (PL_TYPE_CHANNEL, NULL);

  self->label = g_strdup (label);
  self->protocol = g_strdup (protocol);
  self->options = *options;
  self->ops = ops;
  self->user_data = user_data;
  return self;
}

const PlChannelOptions *
pl_channel_get_options (PlChannel *self)
{
  return &self->options;
}

void
pl_channel_set_id (PlChannel *self, uint16_t id)
{
  self->id = id;
}

gboolean
pl_channel_has_id (PlChannel *self)
{
  return self->id >= 0;
}

gboolean
pl_channel_set_in_turn (PlChannel *self, gboolean in_turn)
{
  const gboolean changed = self->in_turn != in_turn;
  self->in_turn = in_turn;
  return changed;
}

static void
push (PlChannel *self, uint32_t ppid, GBytes *bytes, size_t counted)
{
  PlOutgoing message = { ppid, g_bytes_ref (bytes), counted };

  g_queue_push_tail (&self->outgoing, g_memdup2 (&message, sizeof message));
  self->buffered += counted;
  call_ready (self);
}

void
pl_channel_push_control (PlChannel *self, uint32_t ppid, GBytes *bytes)
{
  push (self, ppid, bytes, /* counted = */ 0);
}

const PlOutgoing *
pl_channel_peek (PlChannel *self)
{
  return g_queue_peek_head (&self->outgoing);
}

void
pl_channel_handed_over (PlChannel *self)
{
  PlOutgoing *message = g_queue_pop_head (&self->outgoing);
  const gboolean was_above = self->buffered > self->low;

  self->buffered -= message->counted;
  outgoing_free (message);
  if (was_above && self->buffered <= self->low)
    g_signal_emit (self, signals[SIGNAL_BUFFERED_LOW], 0);
}

void
pl_channel_arrived (PlChannel *self)
{
  if (self->state == PL_CHANNEL_CONNECTING)
    step (self, EV_ARRIVED);
}

void
pl_channel_abort (PlChannel *self, const GError *reason)
{
  if (self->reason == NULL)
    self->reason = g_error_copy (reason);
  drop_outgoing (self);
  if (self->state < PL_CHANNEL_CLOSING)
    step (self, EV_CLOSE);
  else
    call_ready (self);
}

static gboolean
is_data (uint32_t ppid)
{
  return ppid == PL_PPID_STRING || ppid == PL_PPID_BINARY || ppid == PL_PPID_STRING_EMPTY
         || ppid == PL_PPID_BINARY_EMPTY;
}

size_t
pl_channel_receive (PlChannel *self, uint32_t ppid, GBytes *bytes)
{
  if (!is_data (ppid)) {
    pl_debug (self, "message with ppid %u: ignored", ppid);
    return 0;
  }
  g_autoptr (PlChannel) hold G_GNUC_UNUSED = g_object_ref (self);
  pl_channel_arrived (self);
  if (self->state != PL_CHANNEL_OPEN)
    return 0;

  const gboolean is_text = ppid == PL_PPID_STRING || ppid == PL_PPID_STRING_EMPTY;
  gsize len;
  const char *text = g_bytes_get_data (bytes, &len);
  if (is_text && !g_utf8_validate_len (text ? text : "", len, NULL)) {
    g_autoptr (GError) error = g_error_new (PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                                            "channel '%s': a text is not UTF-8", self->label);
    pl_channel_abort (self, error);
    return 0;
  }
  if (g_queue_is_empty (&self->waiting) && has_listener (self)) {
    g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, bytes, is_text);
    return 0;
  }
  keep_waiting (self, bytes, is_text);
  return get_cost (bytes);
}

gboolean
pl_channel_take_reset (PlChannel *self)
{
  if (self->state != PL_CHANNEL_CLOSING || self->reset_sent
      || !g_queue_is_empty (&self->outgoing))
    return FALSE;
  self->reset_sent = TRUE;
  return TRUE;
}

static void
check_both_reset (PlChannel *self)
{
  if (self->own_reset && self->remote_reset)
    step (self, EV_BOTH_RESET);
}

void
pl_channel_remote_reset (PlChannel *self)
{
  g_autoptr (PlChannel) hold G_GNUC_UNUSED = g_object_ref (self);

  self->remote_reset = TRUE;
  drop_outgoing (self); /* there is nobody to read it */
  if (self->state < PL_CHANNEL_CLOSING)
    step (self, EV_CLOSE);
  else
    call_ready (self);
  check_both_reset (self);
}

void
pl_channel_own_reset_done (PlChannel *self)
{
  self->own_reset = TRUE;
  check_both_reset (self);
}

gboolean
pl_channel_is_reset (PlChannel *self)
{
  return self->own_reset;
}

gboolean
pl_channel_is_ending (PlChannel *self)
{
  return self->remote_reset && self->reset_sent;
}

void
pl_channel_finish (PlChannel *self, const GError *reason)
{
  if (self->state == PL_CHANNEL_CLOSED)
    return;
  if (self->reason == NULL && reason)
    self->reason = g_error_copy (reason);
  step (self, EV_GONE);
}

/* --- public --- */

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

PlChannelState
pl_channel_get_state (PlChannel *self)
{
  return self->state;
}

uint16_t
pl_channel_get_id (PlChannel *self)
{
  return self->id >= 0 ? self->id : UINT16_MAX;
}

static gboolean
check_message (PlChannel *self, GBytes *message, gboolean is_text, GError **error)
{
  if (self->state > PL_CHANNEL_OPEN) {
    g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED, "channel '%s' is closed",
                 self->label);
    return FALSE;
  }
  gsize len;
  const char *text = g_bytes_get_data (message, &len);
  const size_t max = self->ops->get_max_message_size (self->user_data);
  if (len > max) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "channel '%s': a message of %zu bytes, the remote takes %zu", self->label, len,
                 max);
    return FALSE;
  }
  if (is_text && !g_utf8_validate_len (text ? text : "", len, NULL)) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "channel '%s': a text is not UTF-8", self->label);
    return FALSE;
  }
  return TRUE;
}

gboolean
pl_channel_send (PlChannel *self, GBytes *message, gboolean is_text, GError **error)
{
  g_return_val_if_fail (PL_IS_CHANNEL (self), FALSE);
  g_return_val_if_fail (message != NULL, FALSE);

  if (!check_message (self, message, is_text, error))
    return FALSE;
  const size_t len = g_bytes_get_size (message);
  uint32_t ppid = is_text ? PL_PPID_STRING : PL_PPID_BINARY;
  if (len == 0)
    ppid = is_text ? PL_PPID_STRING_EMPTY : PL_PPID_BINARY_EMPTY;
  push (self, ppid, message, len);
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
  g_return_if_fail (PL_IS_CHANNEL (self));

  if (self->state < PL_CHANNEL_CLOSING)
    step (self, EV_CLOSE);
}
