/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-peer"

#include "peer/peer.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "peer/peer-private.h"
#include "proto/demux.h"

#include <string.h>

/*   new -> negotiating -> securing -> open <-> disconnected
 *    \---------\-------------\--------\------------\---> closing -> closed
 *               \-------------\--------\------------\-------------> closed
 *
 * Ends without the owner's wish: no path is found (unreachable), DTLS or SCTP fail or the
 * remote closes them (ended), consent is gone and stays gone (lost).
 */

/* From the selected pair to the open connection: DTLS repeats its flights for so long too. */
#define SECURING_US (30 * G_USEC_PER_SEC)
/* Longer than it takes to change from one network to another (a phone, a suspended machine). */
#define GRACE_US   (30 * G_USEC_PER_SEC)
#define CLOSING_US (2 * G_USEC_PER_SEC)

guint pl_peer_signals[PL_PEER_N_SIGNALS];

G_DEFINE_FINAL_TYPE (PlPeer, pl_peer, G_TYPE_OBJECT)

static const char *const states[]
    = { NULL, "new", "negotiating", "securing", "open", "disconnected", "closing", "closed" };
static const char *const events[]
    = { NULL,   "negotiate", "selected", "connected", "unreachable",
        "lost", "close",     "drained",  "expired",   "ended" };

/* --- what is below --- */

static void
announce (PlPeer *self)
{
  g_signal_emit (self, pl_peer_signals[PL_PEER_SIGNAL_STATE_CHANGED], 0, self->state);
}

static void
arm (PlPeer *self, int64_t after_us)
{
  pl_deadline_set (self->timer, g_get_monotonic_time () + after_us);
}

static void
set_reason (PlPeer *self, const GError *reason)
{
  if (self->reason == NULL && reason)
    self->reason = g_error_copy (reason);
}

/* No callback of theirs comes after this. */
static void
release_links (PlPeer *self)
{
  g_clear_pointer (&self->timer, pl_deadline_free);
  g_clear_pointer (&self->association, pl_association_free);
  g_clear_pointer (&self->ice, pl_ice_free);
}

static void
release_table (PlPeer *self)
{
  PlChannelTable *table = g_steal_pointer (&self->table);
  pl_channel_table_free (table, self->reason);
}

static gboolean
is_same_path (const PlPath *a, const PlPath *b)
{
  return a->local_type == b->local_type && a->remote_type == b->remote_type
         && a->protocol == b->protocol && a->relay_protocol == b->relay_protocol
         && strcmp (a->local, b->local) == 0 && strcmp (a->remote, b->remote) == 0;
}

static void
tell_path (PlPeer *self)
{
  PlPath path;

  if (!pl_ice_get_path (self->ice, &path)
      || (self->path_told && is_same_path (&path, &self->told_path)))
    return;
  self->told_path = path;
  self->path_told = TRUE;
  pl_association_report_new_path (self->association);
  g_signal_emit (self, pl_peer_signals[PL_PEER_SIGNAL_PATH_CHANGED], 0);
}

/* --- the states --- */

static void
enter_negotiating (gpointer data)
{
  announce (data);
}

static PlDtlsRole
get_dtls_role (PlPeer *self)
{
  return pl_negotiation_get_role (self->negotiation) == PL_SETUP_ACTIVE ? PL_DTLS_CLIENT
                                                                        : PL_DTLS_SERVER;
}

static void
enter_securing (gpointer data)
{
  PlPeer *self = data;
  const PlMedia *remote = pl_negotiation_get_remote (self->negotiation);
  const PlAssociationConfig config = {
    .certificate = self->certificate,
    .role = get_dtls_role (self),
    .fingerprint = remote->transport.fingerprint,
    .local_port = PL_SCTP_PORT,
    .remote_port = remote->sctp_port,
  };
  g_autoptr (GError) error = NULL;

  arm (self, SECURING_US);
  self->association_started = TRUE;
  announce (self);
  if (self->state != PL_PEER_SECURING)
    return;
  if (!pl_association_start (self->association, &config, &error)) {
    set_reason (self, error);
    pl_peer_step (self, PL_PEER_EV_ENDED);
  }
}

static void
enter_open (gpointer data)
{
  PlPeer *self = data;
  const uint64_t max = pl_negotiation_get_remote (self->negotiation)->max_message_size;

  pl_deadline_set (self->timer, PL_NEVER);
  announce (self);
  if (self->state != PL_PEER_OPEN)
    return;
  tell_path (self);
  if (self->state != PL_PEER_OPEN)
    return;
  pl_channel_table_connected (self->table, get_dtls_role (self),
                              max == 0 || max > PL_MAX_MESSAGE_SIZE ? PL_MAX_MESSAGE_SIZE
                                                                    : max);
}

static void
enter_path (gpointer data)
{
  tell_path (data);
}

static void
enter_disconnected (gpointer data)
{
  PlPeer *self = data;

  arm (self, GRACE_US);
  announce (self);
  /* Perhaps only one end has noticed, so both offer; the polite one yields. */
  if (self->state == PL_PEER_DISCONNECTED)
    pl_peer_restart_ice (self);
}

static void
enter_recovered (gpointer data)
{
  PlPeer *self = data;

  pl_deadline_set (self->timer, PL_NEVER);
  announce (self);
  if (self->state == PL_PEER_OPEN)
    tell_path (self);
  if (self->state == PL_PEER_OPEN)
    pl_association_resume (self->association);
}

/* Channels hand over what they have, SCTP delivers it and shuts down, DTLS says good bye. */
static void
enter_draining (gpointer data)
{
  PlPeer *self = data;

  arm (self, CLOSING_US);
  announce (self);
  if (self->state == PL_PEER_CLOSING)
    pl_channel_table_drain (self->table);
}

/* There is nobody to talk to; "closed" still comes after pl_peer_close() has returned. */
static void
enter_closing_at_once (gpointer data)
{
  PlPeer *self = data;

  arm (self, 0);
  announce (self);
}

static void
enter_drained (gpointer data)
{
  PlPeer *self = data;
  pl_association_close (self->association);
}

static void
enter_closed (gpointer data)
{
  PlPeer *self = data;

  release_links (self);
  announce (self);
  release_table (self);
  g_signal_emit (self, pl_peer_signals[PL_PEER_SIGNAL_CLOSED], 0, self->reason);
}

static void
enter_closed_as_wished (gpointer data)
{
  PlPeer *self = data;

  g_clear_error (&self->reason);
  pl_association_abort (self->association);
  enter_closed (self);
}

static void
enter_timed_out (gpointer data)
{
  PlPeer *self = data;
  g_autoptr (GError) error
      = g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE,
                     "a path was found, but no secure connection stood on it in %d s",
                     (int) (SECURING_US / G_USEC_PER_SEC));
  set_reason (self, error);
  enter_closed (self);
}

static void
enter_lost (gpointer data)
{
  PlPeer *self = data;
  g_autoptr (GError) error
      = g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_LOST,
                     "the connection was lost and did not come back in %d s",
                     (int) (GRACE_US / G_USEC_PER_SEC));
  set_reason (self, error);
  enter_closed (self);
}

static const PlStep steps[PL_PEER_CLOSED + 1][PL_PEER_N_EVENTS] = {
  [PL_PEER_NEW][PL_PEER_EV_NEGOTIATE] = { PL_PEER_NEGOTIATING, enter_negotiating },
  [PL_PEER_NEW][PL_PEER_EV_CLOSE] = { PL_PEER_CLOSING, enter_closing_at_once },
  [PL_PEER_NEGOTIATING][PL_PEER_EV_SELECTED] = { PL_PEER_SECURING, enter_securing },
  [PL_PEER_NEGOTIATING][PL_PEER_EV_UNREACHABLE] = { PL_PEER_CLOSED, enter_closed },
  [PL_PEER_NEGOTIATING][PL_PEER_EV_CLOSE] = { PL_PEER_CLOSING, enter_closing_at_once },
  [PL_PEER_SECURING][PL_PEER_EV_CONNECTED] = { PL_PEER_OPEN, enter_open },
  [PL_PEER_SECURING][PL_PEER_EV_EXPIRED] = { PL_PEER_CLOSED, enter_timed_out },
  [PL_PEER_SECURING][PL_PEER_EV_ENDED] = { PL_PEER_CLOSED, enter_closed },
  [PL_PEER_SECURING][PL_PEER_EV_CLOSE] = { PL_PEER_CLOSING, enter_closing_at_once },
  [PL_PEER_OPEN][PL_PEER_EV_SELECTED] = { PL_PEER_OPEN, enter_path },
  [PL_PEER_OPEN][PL_PEER_EV_LOST] = { PL_PEER_DISCONNECTED, enter_disconnected },
  [PL_PEER_OPEN][PL_PEER_EV_ENDED] = { PL_PEER_CLOSED, enter_closed },
  [PL_PEER_OPEN][PL_PEER_EV_CLOSE] = { PL_PEER_CLOSING, enter_draining },
  [PL_PEER_DISCONNECTED][PL_PEER_EV_SELECTED] = { PL_PEER_OPEN, enter_recovered },
  [PL_PEER_DISCONNECTED][PL_PEER_EV_EXPIRED] = { PL_PEER_CLOSED, enter_lost },
  [PL_PEER_DISCONNECTED][PL_PEER_EV_ENDED] = { PL_PEER_CLOSED, enter_closed },
  [PL_PEER_DISCONNECTED][PL_PEER_EV_CLOSE] = { PL_PEER_CLOSING, enter_closing_at_once },
  [PL_PEER_CLOSING][PL_PEER_EV_DRAINED] = { PL_PEER_CLOSING, enter_drained },
  [PL_PEER_CLOSING][PL_PEER_EV_EXPIRED] = { PL_PEER_CLOSED, enter_closed_as_wished },
  [PL_PEER_CLOSING][PL_PEER_EV_ENDED] = { PL_PEER_CLOSED, enter_closed },
};

const PlMachine pl_peer_machine
    = { "peer", states, events, PL_PEER_CLOSED + 1, PL_PEER_N_EVENTS, &steps[0][0] };

void
pl_peer_step (PlPeer *self, PlPeerEvent event)
{
  g_autoptr (PlPeer) hold G_GNUC_UNUSED = g_object_ref (self);
  pl_machine_step (&pl_peer_machine, &self->state, event, self);
}

static void
on_timer (gpointer user_data)
{
  pl_peer_step (user_data, PL_PEER_EV_EXPIRED);
}

/* --- from ICE --- */

static void
on_ice_candidate (const char *line, gpointer user_data)
{
  g_autoptr (PlPeer) self = g_object_ref (user_data);
  pl_peer_local_candidate (self, line);
}

static void
on_ice_selected (const PlPath *path G_GNUC_UNUSED, gpointer user_data)
{
  pl_peer_step (user_data, PL_PEER_EV_SELECTED);
}

static void
on_ice_datagram (const uint8_t *data, size_t len, gpointer user_data)
{
  g_autoptr (PlPeer) self = g_object_ref (user_data);

  if (pl_datagram_get_kind (data, len) == PL_DATAGRAM_RTP)
    pl_peer_feed_rtp (self, data, len);
  else
    pl_association_feed (self->association, data, len);
}

static void
on_ice_writable (gpointer user_data)
{
  g_autoptr (PlPeer) self = g_object_ref (user_data);
  pl_association_resume (self->association);
}

static void
on_ice_failed (const GError *reason, gpointer user_data)
{
  PlPeer *self = user_data;

  if (self->state == PL_PEER_NEGOTIATING)
    set_reason (self, reason);
  pl_peer_step (self,
                self->state == PL_PEER_NEGOTIATING ? PL_PEER_EV_UNREACHABLE : PL_PEER_EV_LOST);
}

static const PlIceOps ice_ops = {
  .candidate = on_ice_candidate,
  .selected = on_ice_selected,
  .datagram = on_ice_datagram,
  .writable = on_ice_writable,
  .failed = on_ice_failed,
};

/* --- from the association --- */

static guint
on_train (const PlTrain *train, gpointer user_data)
{
  PlPeer *self = user_data;
  return pl_ice_send (self->ice, train, /* first = */ 0);
}

static void
on_connected (gpointer user_data)
{
  pl_peer_step (user_data, PL_PEER_EV_CONNECTED);
}

static void
on_message (uint16_t stream, uint32_t ppid, GBytes *data, gpointer user_data)
{
  g_autoptr (PlPeer) self = g_object_ref (user_data);
  pl_channel_table_message (self->table, stream, ppid, data);
}

static void
on_writable (gpointer user_data)
{
  g_autoptr (PlPeer) self = g_object_ref (user_data);
  pl_channel_table_writable (self->table);
}

static void
on_streams_reset (const uint16_t *streams, guint n, gpointer user_data)
{
  g_autoptr (PlPeer) self = g_object_ref (user_data);
  pl_channel_table_streams_reset (self->table, streams, n);
}

static void
on_reset_done (const uint16_t *streams, guint n, gpointer user_data)
{
  g_autoptr (PlPeer) self = g_object_ref (user_data);
  pl_channel_table_reset_done (self->table, streams, n);
}

static void
on_association_closed (const GError *reason, gpointer user_data)
{
  PlPeer *self = user_data;

  /* When both ends close at once, that is good order too. */
  if (self->state < PL_PEER_CLOSING)
    set_reason (self, reason);
  pl_peer_step (self, PL_PEER_EV_ENDED);
}

static const PlAssociationOps association_ops = {
  .train = on_train,
  .connected = on_connected,
  .message = on_message,
  .writable = on_writable,
  .streams_reset = on_streams_reset,
  .reset_done = on_reset_done,
  .closed = on_association_closed,
};

/* --- from the channels --- */

static void
on_channel (PlChannel *channel, gpointer user_data)
{
  g_signal_emit (user_data, pl_peer_signals[PL_PEER_SIGNAL_CHANNEL], 0, channel);
}

static void
on_drained (gpointer user_data)
{
  pl_peer_step (user_data, PL_PEER_EV_DRAINED);
}

static const PlChannelTableOps table_ops = { .channel = on_channel, .drained = on_drained };

/* --- GObject --- */

static void
pl_peer_dispose (GObject *object)
{
  PlPeer *self = PL_PEER (object);

  /* Nobody watches the states any more, but channels may still have observers who ask. */
  self->state = PL_PEER_CLOSED;
  release_links (self);
  release_table (self);
  G_OBJECT_CLASS (pl_peer_parent_class)->dispose (object);
}

static void
pl_peer_finalize (GObject *object)
{
  PlPeer *self = PL_PEER (object);

  pl_negotiation_free (self->negotiation);
  g_clear_pointer (&self->certificate, pl_certificate_unref);
  g_clear_error (&self->reason);
  G_OBJECT_CLASS (pl_peer_parent_class)->finalize (object);
}

static guint
new_signal (const char *name, guint n_params, GType first, GType second)
{
  return g_signal_new (name, PL_TYPE_PEER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                       n_params, first, second);
}

static void
pl_peer_class_init (PlPeerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pl_peer_dispose;
  G_OBJECT_CLASS (klass)->finalize = pl_peer_finalize;
  pl_peer_signals[PL_PEER_SIGNAL_DESCRIPTION]
      = new_signal ("description", 2, G_TYPE_STRING, G_TYPE_STRING);
  pl_peer_signals[PL_PEER_SIGNAL_CANDIDATE]
      = new_signal ("candidate", 2, G_TYPE_STRING, G_TYPE_STRING);
  pl_peer_signals[PL_PEER_SIGNAL_STATE_CHANGED]
      = new_signal ("state-changed", 1, G_TYPE_UINT, G_TYPE_NONE);
  pl_peer_signals[PL_PEER_SIGNAL_CHANNEL]
      = new_signal ("channel", 1, PL_TYPE_CHANNEL, G_TYPE_NONE);
  pl_peer_signals[PL_PEER_SIGNAL_PATH_CHANGED]
      = new_signal ("path-changed", 0, G_TYPE_NONE, G_TYPE_NONE);
  pl_peer_signals[PL_PEER_SIGNAL_CLOSED] = new_signal ("closed", 1, G_TYPE_ERROR, G_TYPE_NONE);
}

static void
pl_peer_init (PlPeer *self)
{
  self->state = PL_PEER_NEW;
  self->thread = g_thread_self ();
}

/* --- public --- */

PlPeer *
pl_peer_new (const PlPeerConfig *config, GError **error)
{
  g_autoptr (PlPeer) self = g_object_new (PL_TYPE_PEER, NULL);
  const PlIceConfig ice = {
    .servers = config->ice_servers,
    .policy = config->policy,
    .controlling = TRUE,
    .tls_database = config->tls_database,
    .local_addresses = config->local_addresses,
    .tcp = !config->no_tcp,
  };

  self->certificate = config->certificate ? pl_certificate_ref (config->certificate)
                                          : pl_certificate_new (error);
  if (self->certificate == NULL)
    return NULL;
  self->polite = config->polite;
  self->negotiation
      = pl_negotiation_new (config->polite, pl_certificate_get_fingerprint (self->certificate));
  if (config->audio)
    pl_negotiation_allow_audio (self->negotiation);
  self->ice = pl_ice_new (&ice, &ice_ops, self);
  pl_negotiation_set_local_ice (self->negotiation, pl_ice_get_ufrag (self->ice),
                                pl_ice_get_pwd (self->ice));
  self->association = pl_association_new (&association_ops, self);
  self->table = pl_channel_table_new (self->association, &table_ops, self);
  self->timer = pl_deadline_new ("peer", on_timer, self);
  return g_steal_pointer (&self);
}

PlChannel *
pl_peer_open_channel (PlPeer *self, const char *label, const char *protocol,
                      const PlChannelOptions *options, GError **error)
{
  static const PlChannelOptions reliable = PL_CHANNEL_RELIABLE;

  g_return_val_if_fail (PL_IS_PEER (self), NULL);
  if (self->state >= PL_PEER_CLOSING) {
    g_set_error_literal (error, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED,
                         "the connection is closed");
    return NULL;
  }
  return pl_channel_table_open (self->table, label, protocol ? protocol : "",
                                options ? options : &reliable, error);
}

PlPeerState
pl_peer_get_state (PlPeer *self)
{
  return self->state;
}

gboolean
pl_peer_is_polite (PlPeer *self)
{
  return self->polite;
}

gboolean
pl_peer_get_path (PlPeer *self, PlPath *path)
{
  g_return_val_if_fail (PL_IS_PEER (self), FALSE);

  if (self->ice == NULL || !pl_ice_get_path (self->ice, path))
    return FALSE;
  path->rtt_ms = pl_association_get_rtt_ms (self->association);
  return TRUE;
}

void
pl_peer_close (PlPeer *self)
{
  g_return_if_fail (PL_IS_PEER (self));
  pl_peer_step (self, PL_PEER_EV_CLOSE);
}
