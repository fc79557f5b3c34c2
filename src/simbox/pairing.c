/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-pairing"

#include "simbox/pairing.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "peer/let-go.h"
#include "simbox/authorized-file.h"
#include "stream/rpc.h"

#define PROTOCOL "punchline.pair.1"
/* From the open connection to the last word. */
#define EXCHANGE_US (30 * G_USEC_PER_SEC)
/* The last answer leaves before the connection goes. */
#define LINGER_US (G_USEC_PER_SEC)

/* The client asks `pair.join` with its identity and name and gets ours; it keeps them and says
 * `pair.done`. One that does not is taken out of the file again: it does not know us. */
struct _PlPairing {
  PlPairingConfig config;
  const PlPairingOps *ops; /* NULL: done was called */
  gpointer user_data;
  PlMeeting *meeting;
  PlPeer *peer;
  PlRpc *rpc;
  PlAuthorized *client; /* in the file, not confirmed */
  gboolean confirmed;
  PlDeadline *timer;
};

static void
finish (PlPairing *self, const GError *error)
{
  const PlPairingOps *ops = g_steal_pointer (&self->ops);
  if (ops)
    ops->done (error ? NULL : self->client, error, self->user_data);
}

static void
take_back (PlPairing *self)
{
  g_autoptr (GError) error = NULL;

  if (self->client == NULL || self->confirmed)
    return;
  if (!pl_authorized_file_remove (self->config.path, self->client->identity, &error))
    pl_warning (self, "%s", error->message);
  g_clear_pointer (&self->client, pl_authorized_free);
}

static void
fail (PlPairing *self, const char *what)
{
  g_autoptr (GError) error = g_error_new_literal (PL_LINK_ERROR, PL_LINK_ERROR_LOST, what);
  take_back (self);
  finish (self, error);
}

/* Twice the same is once: the answer may have been lost. */
static gboolean
write_client (PlPairing *self, const char *identity, const char *name, GError **error)
{
  g_autoptr (PlAuthorized) client = g_new0 (PlAuthorized, 1);

  client->name = pl_authorized_make_name (name);
  client->rights = self->config.rights;
  client->identity = g_strdup (identity);
  take_back (self);
  if (!pl_authorized_file_add (self->config.path, client, error))
    return FALSE;
  self->client = g_steal_pointer (&client);
  return TRUE;
}

static void
handle_join (PlPairing *self, int64_t id, GVariant *params)
{
  const char *identity, *name = "";
  g_autoptr (GError) error = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *rights = pl_rights_print (self->config.rights);

  g_variant_lookup (params, "name", "&s", &name);
  if (!g_variant_lookup (params, "identity", "&s", &identity)
      || !pl_identity_is_public (identity)) {
    pl_rpc_refuse (self->rpc, id, PL_RPC_INVALID_PARAMS, "'identity' is none", "invalid");
    return;
  }
  if (!write_client (self, identity, name, &error)) {
    pl_rpc_refuse (self->rpc, id, PL_RPC_STORE, error->message, "store");
    finish (self, error);
    return;
  }
  g_variant_dict_insert (&dict, "identity", "s",
                         pl_identity_get_public (self->config.identity));
  g_variant_dict_insert (&dict, "box", "s", self->config.box);
  g_variant_dict_insert (&dict, "client", "s", self->client->name);
  g_variant_dict_insert (&dict, "rights", "s", rights);
  pl_rpc_answer (self->rpc, id, g_variant_dict_end (&dict));
}

static void
on_request (int64_t id, const char *method, GVariant *params, gpointer user_data)
{
  PlPairing *self = user_data;

  if (g_str_equal (method, "pair.join") && !self->confirmed) {
    handle_join (self, id, params);
  } else if (g_str_equal (method, "pair.done") && self->client) {
    self->confirmed = TRUE;
    pl_rpc_answer (self->rpc, id, g_variant_new ("a{sv}", /* builder = */ NULL));
    /* The client closes when it has that. */
    pl_deadline_set (self->timer, g_get_monotonic_time () + LINGER_US);
  } else {
    pl_rpc_refuse (self->rpc, id, PL_RPC_NO_METHOD, "no such method here", NULL);
  }
}

static void
end (PlPairing *self)
{
  if (self->confirmed)
    finish (self, NULL);
  else
    fail (self, "the other side went before it was paired");
}

static void
on_rpc_closed (const GError *reason G_GNUC_UNUSED, gpointer user_data)
{
  end (user_data);
}

static void
on_expired (gpointer user_data)
{
  PlPairing *self = user_data;

  if (self->confirmed)
    finish (self, NULL);
  else
    fail (self, "the other side does not pair: does it run 'punchline pair'?");
}

static void
on_channel (PlPeer *peer G_GNUC_UNUSED, PlChannel *channel, PlPairing *self)
{
  static const PlRpcOps ops = { on_request, NULL, on_rpc_closed };

  if (self->rpc == NULL && g_str_equal (pl_channel_get_label (channel), "pair")
      && g_str_equal (pl_channel_get_protocol (channel), PROTOCOL))
    self->rpc = pl_rpc_new (channel, &ops, self);
  else
    pl_channel_close (channel);
}

static void
on_peer_state (PlPeer *peer G_GNUC_UNUSED, guint state, PlPairing *self)
{
  if (state == PL_PEER_OPEN)
    pl_deadline_set (self->timer, g_get_monotonic_time () + EXCHANGE_US);
}

static void
on_peer_closed (PlPeer *peer G_GNUC_UNUSED, const GError *reason G_GNUC_UNUSED, PlPairing *self)
{
  /* One that never was open is the meeting's to tell of. */
  if (self->rpc)
    end (self);
}

static void
drop_peer (PlPairing *self)
{
  PlPeer *peer = g_steal_pointer (&self->peer);

  if (peer == NULL)
    return;
  g_signal_handlers_disconnect_by_data (peer, self);
  g_clear_pointer (&self->rpc, pl_rpc_free);
  pl_peer_let_go (peer, self->config.keep);
}

static void
on_peer (PlMeeting *meeting G_GNUC_UNUSED, PlPeer *peer, PlPairing *self)
{
  if (self->ops == NULL || self->confirmed)
    return;
  drop_peer (self);
  take_back (self);
  self->peer = g_object_ref (peer);
  g_signal_connect (peer, "channel", G_CALLBACK (on_channel), self);
  g_signal_connect (peer, "state-changed", G_CALLBACK (on_peer_state), self);
  g_signal_connect (peer, "closed", G_CALLBACK (on_peer_closed), self);
}

static void
on_code (PlMeeting *meeting G_GNUC_UNUSED, const char *code, PlPairing *self)
{
  if (self->ops)
    self->ops->code (code, self->user_data);
}

static void
on_failed (PlMeeting *meeting G_GNUC_UNUSED, const GError *reason, PlPairing *self)
{
  take_back (self);
  finish (self, reason);
}

PlPairing *
pl_pairing_new (const PlPairingConfig *config, const PlPairingOps *ops, gpointer user_data,
                GError **error)
{
  g_autoptr (PlMeeting) meeting = pl_meeting_new (&config->meeting, error);

  if (meeting == NULL)
    return NULL;
  PlPairing *self = g_new0 (PlPairing, 1);
  self->config = *config;
  self->ops = ops;
  self->user_data = user_data;
  self->meeting = g_steal_pointer (&meeting);
  self->timer = pl_deadline_new ("pairing", on_expired, self);
  g_signal_connect (self->meeting, "code", G_CALLBACK (on_code), self);
  g_signal_connect (self->meeting, "peer", G_CALLBACK (on_peer), self);
  g_signal_connect (self->meeting, "failed", G_CALLBACK (on_failed), self);
  pl_meeting_start (self->meeting);
  return self;
}

void
pl_pairing_free (PlPairing *self)
{
  if (self == NULL)
    return;
  self->ops = NULL;
  take_back (self);
  drop_peer (self);
  g_signal_handlers_disconnect_by_data (self->meeting, self);
  pl_meeting_let_go (self->meeting, self->config.keep);
  pl_deadline_free (self->timer);
  g_clear_pointer (&self->client, pl_authorized_free);
  g_free (self);
}
