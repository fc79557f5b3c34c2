/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/box-room.h"

#include <glib/gstdio.h>

/* --- two peers --- */

typedef struct {
  PlPeer *to;
  gboolean is_description;
  char *first, *second;
} Signal;

static gboolean
deliver (gpointer user_data)
{
  Signal *signal = user_data;

  if (pl_peer_get_state (signal->to) < PL_PEER_CLOSING && signal->is_description)
    pl_peer_feed_description (signal->to, signal->first, signal->second, NULL);
  else if (pl_peer_get_state (signal->to) < PL_PEER_CLOSING)
    pl_peer_feed_candidate (signal->to, signal->first, signal->second, NULL);
  g_object_unref (signal->to);
  g_free (signal->first);
  g_free (signal->second);
  g_free (signal);
  return G_SOURCE_REMOVE;
}

static void
post (PlPeer *to, gboolean is_description, const char *first, const char *second)
{
  Signal *signal = g_new0 (Signal, 1);

  *signal = (Signal){ g_object_ref (to), is_description, g_strdup (first), g_strdup (second) };
  g_idle_add (deliver, signal);
}

static void
on_description (PlPeer *peer G_GNUC_UNUSED, const char *type, const char *sdp, PlPeer *to)
{
  post (to, TRUE, type, sdp);
}

static void
on_candidate (PlPeer *peer G_GNUC_UNUSED, const char *line, const char *mid, PlPeer *to)
{
  post (to, FALSE, line, mid);
}

static PlPeer *
new_peer (gboolean polite)
{
  const char *const addresses[] = { "127.0.0.1", NULL };
  const PlPeerConfig config
      = { .polite = polite, .local_addresses = (GStrv) addresses, .no_tcp = TRUE };
  g_autoptr (GError) error = NULL;
  PlPeer *peer = pl_peer_new (&config, &error);

  g_assert_no_error (error);
  return peer;
}

static void
join_peers (PlPeer *one, PlPeer *other)
{
  g_signal_connect (one, "description", G_CALLBACK (on_description), other);
  g_signal_connect (one, "candidate", G_CALLBACK (on_candidate), other);
}

/* --- the client --- */

static void
on_request (int64_t id G_GNUC_UNUSED, const char *method G_GNUC_UNUSED,
            GVariant *params G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  g_assert_not_reached ();
}

static void
on_notified (const char *method, GVariant *params, gpointer user_data)
{
  BoxClient *self = user_data;
  if (g_str_equal (method, "call"))
    g_ptr_array_add (self->calls, g_variant_ref (params));
  g_hash_table_insert (self->told, g_strdup (method), g_variant_ref (params));
}

static void
on_control_closed (const GError *reason G_GNUC_UNUSED, gpointer user_data)
{
  BoxClient *self = user_data;
  g_clear_pointer (&self->control, pl_rpc_free);
}

static void
on_sms_closed (const GError *reason G_GNUC_UNUSED, gpointer user_data)
{
  BoxClient *self = user_data;
  g_clear_pointer (&self->sms, pl_rpc_free);
}

static PlRpc *
open_rpc (BoxClient *self, const char *label, const PlRpcOps *ops)
{
  const PlChannelOptions options = PL_CHANNEL_RELIABLE;
  g_autofree char *protocol = g_strdup_printf ("punchline.%s.1", label);
  g_autoptr (PlChannel) channel
      = pl_peer_open_channel (self->far, label, protocol, &options, NULL);
  return pl_rpc_new (channel, ops, self);
}

static void
on_greeted (PlBoxSession *session G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static void
on_box_changed (gpointer user_data G_GNUC_UNUSED)
{
}

static GVariant *
on_list_clients (PlBoxSession *session G_GNUC_UNUSED, gpointer user_data)
{
  BoxClient *self = user_data;
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("av"));
  g_variant_builder_add (&list, "v", g_variant_new_string (self->who.name));
  return g_variant_builder_end (&list);
}

static gboolean
on_remove_client (PlBoxSession *session G_GNUC_UNUSED, const char *name, gpointer user_data,
                  GError **error G_GNUC_UNUSED)
{
  BoxClient *self = user_data;

  g_free (self->removed);
  self->removed = g_strdup (name);
  return TRUE;
}

BoxClient *
box_room_join (BoxRoom *room, const char *name, PlRights rights)
{
  static const PlBoxSessionOps session_ops
      = { on_greeted, on_box_changed, on_list_clients, on_remove_client };
  static const PlRpcOps control = { on_request, on_notified, on_control_closed };
  static const PlRpcOps sms = { on_request, on_notified, on_sms_closed };
  BoxClient *self = g_new0 (BoxClient, 1);

  self->room = room;
  self->who = (PlAuthorized){ .name = g_strdup (name), .rights = rights };
  self->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                      (GDestroyNotify) g_variant_unref);
  self->far = new_peer (/* polite = */ FALSE);
  self->near = new_peer (/* polite = */ TRUE);
  join_peers (self->far, self->near);
  join_peers (self->near, self->far);
  self->session = pl_box_session_new (&room->box, &self->who, self->near, &session_ops, self);
  self->control = open_rpc (self, "control", &control);
  self->sms = open_rpc (self, "sms", &sms);
  g_ptr_array_add (room->clients, self);
  pl_peer_start (self->far);
  box_run_until (pl_peer_get_state (self->far) == PL_PEER_OPEN
                 && pl_peer_get_state (self->near) == PL_PEER_OPEN);
  return self;
}

static void
drop_peer (PlPeer **peer)
{
  if (*peer == NULL)
    return;
  pl_peer_close (*peer);
  box_run_until (pl_peer_get_state (*peer) == PL_PEER_CLOSED);
  g_clear_object (peer);
}

void
box_client_leave (BoxClient *self)
{
  g_clear_pointer (&self->session, pl_box_session_free);
  g_clear_pointer (&self->control, pl_rpc_free);
  g_clear_pointer (&self->sms, pl_rpc_free);
  drop_peer (&self->far);
  drop_peer (&self->near);
}

static void
client_free (gpointer data)
{
  BoxClient *self = data;

  box_client_leave (self);
  g_ptr_array_unref (self->calls);
  g_hash_table_unref (self->told);
  g_free (self->removed);
  g_clear_pointer (&self->result, g_variant_unref);
  g_free (self->who.name);
  g_free (self);
}

static void
on_answer (GVariant *result, const GError *error, gpointer user_data)
{
  BoxClient *self = user_data;

  self->n_answers++;
  self->code = error ? error->code : 0;
  g_clear_pointer (&self->result, g_variant_unref);
  self->result = result ? g_variant_ref (result) : NULL;
}

void
box_client_send (BoxClient *self, PlRpc *rpc, const char *method, const char *params)
{
  g_autoptr (GError) error = NULL;
  GVariant *value
      = g_variant_parse (G_VARIANT_TYPE_VARDICT, params ? params : "{}", NULL, NULL, &error);

  g_assert_no_error (error);
  pl_rpc_call (rpc, method, value, on_answer, self);
  g_variant_unref (value);
}

int
box_client_ask (BoxClient *self, PlRpc *rpc, const char *method, const char *params)
{
  guint before = self->n_answers;

  box_client_send (self, rpc, method, params);
  box_run_until (self->n_answers > before);
  return self->code;
}

static GVariant *
last_call (const BoxClient *self)
{
  return self->calls->len ? g_ptr_array_index (self->calls, self->calls->len - 1) : NULL;
}

const char *
box_client_get (const BoxClient *self, const char *key)
{
  const char *value = "";
  if (last_call (self))
    g_variant_lookup (last_call (self), key, "&s", &value);
  return value;
}

gboolean
box_client_is (const BoxClient *self, const char *key)
{
  gboolean value = FALSE;
  if (last_call (self))
    g_variant_lookup (last_call (self), key, "b", &value);
  return value;
}

gboolean
box_client_was_told (const BoxClient *self, const char *name)
{
  return g_hash_table_contains (self->told, name);
}

GVariant *
box_client_await (BoxClient *self, const char *name)
{
  box_run_until (box_client_was_told (self, name));
  GVariant *told = g_variant_ref (g_hash_table_lookup (self->told, name));
  g_hash_table_remove (self->told, name);
  return told;
}

/* One step into a dictionary or a list; NULL: there is no such thing. */
static GVariant *
step_into (GVariant *value, const char *step)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    return g_variant_lookup_value (value, step, /* expected_type = */ NULL);
  guint64 i = g_ascii_strtoull (step, /* endptr = */ NULL, 10);
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE ("av")) || i >= g_variant_n_children (value))
    return NULL;
  g_autoptr (GVariant) boxed = g_variant_get_child_value (value, i);
  return g_variant_get_variant (boxed);
}

char *
box_room_look (GVariant *value, const char *path)
{
  g_auto (GStrv) steps = g_strsplit (path, " ", /* max_tokens = */ -1);
  GVariant *at = g_variant_ref (value);

  for (char **step = steps; *step && at; step++) {
    g_autoptr (GVariant) outer = at;
    at = step_into (outer, *step);
  }
  if (at == NULL)
    return g_strdup ("");
  g_autoptr (GVariant) found = at;
  if (g_variant_is_of_type (found, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (found, /* length = */ NULL);
  return g_variant_print (found, /* type_annotate = */ FALSE);
}

/* --- the room --- */

static void
connect_voice (const PlCallInfo *call G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static PlPeerVoice *
find_voice (const char *client G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  return NULL;
}

static void
disconnect_voice (gpointer user_data G_GNUC_UNUSED)
{
}

BoxRoom *
box_room_new (void)
{
  static const PlCallsOps calls_ops = { connect_voice, connect_voice, disconnect_voice };
  static const PlVoicePathOps voice_ops = { find_voice, disconnect_voice };
  BoxRoom *self = g_new0 (BoxRoom, 1);

  self->folder = g_dir_make_tmp ("pl-box-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (self->folder, "box.sqlite", NULL);
  self->modem = fake_modem_new ();
  self->clients = g_ptr_array_new_with_free_func (client_free);
  self->box.name = "home";
  self->box.modem = PL_MODEM (self->modem);
  self->box.store = pl_store_open (path);
  self->box.voice = pl_voice_path_new (self->box.modem, "none", NULL, &voice_ops, self);
  self->box.texts = pl_texts_new (self->box.store, self->box.modem, &self->rules);
  self->box.calls
      = pl_calls_new (self->box.store, self->box.modem, &self->rules, &calls_ops, self);
  return self;
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, /* flags = */ 0, NULL);

  for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (folder);
}

void
box_room_free (BoxRoom *self)
{
  g_ptr_array_unref (self->clients);
  while (g_main_context_iteration (NULL, /* may_block = */ FALSE))
    ;
  g_object_unref (self->box.calls);
  g_object_unref (self->box.texts);
  pl_voice_path_free (self->box.voice);
  pl_store_close (self->box.store);
  g_object_unref (self->modem);
  remove_folder (self->folder);
  g_free (self->folder);
  g_free (self);
}
