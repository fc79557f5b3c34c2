/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-boxd"

#include "simbox/boxd.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "peer/identity-file.h"
#include "peer/tls-trust.h"
#include "proto/secret.h"
#include "simbox/clients.h"
#include "simbox/modem-at.h"
#include "simbox/modem-mm.h"
#include "simbox/pair-door.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* At the end: for the modem to hang up, then for the others to be told and recordings to be
 * written, which a busy machine may take its time for. */
#define HANG_UP_US (2 * G_USEC_PER_SEC)
#define CLOSE_US   (3 * G_USEC_PER_SEC)

struct _PlBoxd {
  const PlBoxdOptions *options;
  char *pin;
  GTlsDatabase *trust;
  PlIdentity *identity;
  PlBox box;
  PlClients *clients;
  PlPairDoor *door;
  char *clients_path;
  GObject *keep;     /* of every connection that is being closed */
  GObject *leaving;  /* the same, not ours any more: the end is near */
  PlDeadline *timer; /* of the end */
  void (*stopped) (gpointer user_data);
  gpointer stopped_data;
};

char *
pl_boxd_make_door_path (const PlBoxdOptions *options)
{
  return g_build_filename (options->state_dir, "boxd.sock", NULL);
}

/* --- the modem --- */

static PlModem *
new_modem (PlBoxd *self, GError **error)
{
  const PlBoxdOptions *options = self->options;

  if (!g_str_has_prefix (options->modem, "mm")) {
    const char *given
        = g_str_has_prefix (options->modem, "at:") ? options->modem + strlen ("at:") : NULL;
    const PlModemAtOptions at
        = { .device = given, .pcm = options->pcm, .vendor = options->vendor, .pin = self->pin };
    return pl_modem_at_new (&at, error);
  }
  const PlModemMmOptions mm = {
    .path = g_str_has_prefix (options->modem, "mm:") ? options->modem + strlen ("mm:") : NULL,
    .pin = self->pin,
    .bus = G_BUS_TYPE_SYSTEM,
  };
  return pl_modem_mm_new (&mm, error);
}

static gboolean
load_pin (PlBoxd *self, GError **error)
{
  const char *path = self->options->pin_file;

  if (path == NULL)
    return TRUE;
  if (!g_file_get_contents (path, &self->pin, /* length = */ NULL, error)) {
    g_prefix_error (error, "--pin-file: ");
    return FALSE;
  }
  g_strstrip (self->pin);
  return TRUE;
}

/* --- the network --- */

static PlMeetingConfig
meeting_config (const PlBoxd *self)
{
  const PlBoxdOptions *options = self->options;
  PlIcePolicy policy = options->relay_only    ? PL_ICE_POLICY_RELAY_ONLY
                       : options->direct_only ? PL_ICE_POLICY_DIRECT_ONLY
                                              : PL_ICE_POLICY_ALL;
  return (PlMeetingConfig){
    .signaling_url = options->signaling,
    .name = options->name,
    .ice_servers = options->ice,
    .policy = policy,
    .tls_database = self->trust,
    .local_addresses = options->local_address,
  };
}

static gboolean
open_door (PlBoxd *self, GError **error)
{
  g_autofree char *path = pl_boxd_make_door_path (self->options);
  const PlPairingConfig config = {
    .identity = self->identity,
    .meeting = meeting_config (self),
    .box = self->options->name,
    .path = self->clients_path,
    .keep = self->keep,
  };
  self->door = pl_pair_door_new (path, &config, error);
  return self->door != NULL;
}

/* --- texts and calls --- */

static void
on_connect_voice (const PlCallInfo *call, gpointer user_data)
{
  PlBoxd *self = user_data;
  pl_voice_path_to_client (self->box.voice, call);
}

static void
on_connect_voicemail (const PlCallInfo *call, gpointer user_data)
{
  PlBoxd *self = user_data;
  pl_voice_path_to_mailbox (self->box.voice, call);
}

static void
on_disconnect_voice (gpointer user_data)
{
  PlBoxd *self = user_data;
  pl_voice_path_to_nobody (self->box.voice);
}

static const PlCallsOps calls_ops
    = { on_connect_voice, on_connect_voicemail, on_disconnect_voice };

static PlPeerVoice *
find_voice (const char *client, gpointer user_data)
{
  PlBoxd *self = user_data;
  return self->clients ? pl_clients_find_voice (self->clients, client) : NULL;
}

static void
on_voice_problem (gpointer user_data)
{
  PlBoxd *self = user_data;
  if (self->clients)
    pl_clients_tell_status (self->clients);
}

static void
on_enough_voicemail (const char *call, gpointer user_data)
{
  PlBoxd *self = user_data;
  pl_calls_voicemail_done (self->box.calls, call);
}

static const PlVoicePathOps voice_ops = { find_voice, on_voice_problem, on_enough_voicemail };

/* A modem without a voice cannot say anything to a caller. */
static gboolean
make_mailbox (PlBoxd *self, GError **error)
{
  static const PlMailboxOps ops = { on_enough_voicemail };
  const PlBoxdOptions *options = self->options;
  g_autofree char *folder = g_build_filename (options->state_dir, "voicemail", NULL);
  const PlMailboxConfig config = {
    .store = self->box.store,
    .folder = folder,
    .greeting = { options->greeting, options->greeting_language },
    .limits = pl_recorder_limits,
    .keep = self->keep,
  };

  if (options->no_voicemail || g_str_equal (options->pcm, "none"))
    return TRUE;
  self->box.mailbox = pl_mailbox_new (&config, &ops, self, error);
  return self->box.mailbox != NULL;
}

/* The SIM's own number, where the card tells it, says where numbers without a country are at
 * home; the rules of what may be dialled rest on what the owner has said alone. */
static void
on_status_changed (PlModem *modem, PlBoxd *self)
{
  char country[PL_DIAL_COUNTRY_SIZE];

  if (self->options->rules.country == NULL)
    pl_store_set_country (
        self->box.store,
        pl_dial_guess_country (pl_modem_get_status (modem)->own_number, country));
}

static gboolean
make_box (PlBoxd *self, GError **error)
{
  const PlBoxdOptions *options = self->options;
  g_autofree char *path = g_build_filename (options->state_dir, "box.sqlite", NULL);
  self->box.name = options->name;
  self->box.rules = &options->rules;
  self->box.store = pl_store_open (path);
  pl_store_set_country (self->box.store, options->rules.country);
  pl_store_set_max_size (self->box.store, (guint) options->max_store);
  g_signal_connect (self->box.modem, "status-changed", G_CALLBACK (on_status_changed), self);
  if (!make_mailbox (self, error))
    return FALSE;
  self->box.voice
      = pl_voice_path_new (self->box.modem, options->pcm, self->box.mailbox, &voice_ops, self);
  self->box.texts = pl_texts_new (self->box.store, self->box.modem, &options->rules);
  self->box.calls
      = pl_calls_new (self->box.store, self->box.modem, &options->rules, &calls_ops, self);
  const PlVoicemailRules voicemail = {
    .off = self->box.mailbox == NULL,
    .ring_seconds = (guint) options->ring_seconds,
  };
  pl_calls_set_voicemail (self->box.calls, &voicemail);
  return TRUE;
}

static const PlAuthorized *
find_client (const char *identity, gpointer user_data)
{
  PlBoxd *self = user_data;
  return self->clients ? pl_clients_find (self->clients, identity) : NULL;
}

static void
make_pusher (PlBoxd *self)
{
  const PlPusherConfig config = {
    .store = self->box.store,
    .calls = self->box.calls,
    .texts = self->box.texts,
    .mailbox = self->box.mailbox,
    .signaling_url = self->options->signaling,
    .tls_database = self->trust,
    .find = find_client,
    .user_data = self,
  };
  self->box.pusher = pl_pusher_new (&config);
}

/* --- the end: calls, then connections --- */

static void
on_all_told (gpointer user_data, GObject *keep G_GNUC_UNUSED)
{
  PlBoxd *self = user_data;
  self->leaving = NULL;
  pl_debug (self, "all connections are closed");
  pl_deadline_set (self->timer, g_get_monotonic_time ());
}

static void
close_all (PlBoxd *self)
{
  self->leaving = g_steal_pointer (&self->keep);
  g_object_weak_ref (self->leaving, on_all_told, self);
  pl_deadline_set (self->timer, g_get_monotonic_time () + CLOSE_US);
  g_clear_pointer (&self->box.pusher, pl_pusher_free);
  g_clear_pointer (&self->clients, pl_clients_free);
  pl_texts_stop (self->box.texts);
  pl_voice_path_to_nobody (self->box.voice); /* a recording ends, and is written to its end */
  pl_modem_stop (self->box.modem);
  g_object_unref (self->leaving);
}

static void
on_timer (gpointer user_data)
{
  PlBoxd *self = user_data;

  if (self->keep)
    close_all (self);
  else
    self->stopped (self->stopped_data);
}

/* One that only rings costs nothing yet. */
static gboolean
must_end (const PlCallInfo *call)
{
  return call->state != PL_CALL_INCOMING && call->state != PL_CALL_WAITING;
}

static void
count_call (gpointer data, gpointer user_data)
{
  guint *n = user_data;
  *n += must_end (data);
}

static void
close_without_calls (PlBoxd *self)
{
  guint n = 0;

  pl_calls_foreach (self->box.calls, count_call, &n);
  if (n == 0 && self->keep)
    pl_deadline_set (self->timer, g_get_monotonic_time ());
}

static void
list_call (gpointer data, gpointer user_data)
{
  const PlCallInfo *call = data;

  if (!must_end (call))
    return;
  g_ptr_array_add (user_data, g_strdup (call->id));
  g_ptr_array_add (user_data, g_strdup (call->client ? call->client : ""));
}

static void
hang_up_all (PlBoxd *self)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);

  pl_calls_foreach (self->box.calls, list_call, list);
  for (guint i = 0; i < list->len; i += 2)
    pl_calls_hang_up (self->box.calls, list->pdata[i + 1], list->pdata[i], /* error = */ NULL);
}

/* --- life --- */

static gboolean
make_state_dir (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0700) == 0)
    return TRUE;
  int number = errno;
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, "--state-dir '%s': %s", path,
               g_strerror (number));
  return FALSE;
}

PlBoxd *
pl_boxd_new (const PlBoxdOptions *options, GError **error)
{
  g_autoptr (PlBoxd) self = g_new0 (PlBoxd, 1);

  self->options = options;
  self->keep = g_object_new (G_TYPE_OBJECT, NULL);
  self->timer = pl_deadline_new ("boxd stop", on_timer, self);
  if (!load_pin (self, error))
    return NULL;
  if (options->tls_ca) {
    self->trust = pl_tls_trust_new (options->tls_ca, error);
    if (self->trust == NULL)
      return NULL;
  }
  self->box.modem = new_modem (self, error);
  return self->box.modem ? g_steal_pointer (&self) : NULL;
}

gboolean
pl_boxd_start (PlBoxd *self, GError **error)
{
  const char *state_dir = self->options->state_dir;

  if (!make_state_dir (state_dir, error))
    return FALSE;
  g_autofree char *path = g_build_filename (state_dir, "identity", NULL);
  self->identity = pl_identity_file_load (path, error);
  if (self->identity == NULL)
    return FALSE;
  self->clients_path = g_build_filename (state_dir, "authorized_clients", NULL);
  if (!open_door (self, error))
    return FALSE;
  if (!make_box (self, error))
    return FALSE;
  const PlClientsConfig clients = {
    .box = &self->box,
    .identity = self->identity,
    .meeting = meeting_config (self),
    .path = self->clients_path,
    .keep = self->keep,
  };
  self->clients = pl_clients_new (&clients);
  make_pusher (self);
  pl_texts_start (self->box.texts);
  pl_modem_start (self->box.modem);
  return TRUE;
}

void
pl_boxd_stop (PlBoxd *self, void (*stopped) (gpointer user_data), gpointer user_data)
{
  self->stopped = stopped;
  self->stopped_data = user_data;
  g_clear_pointer (&self->door, pl_pair_door_free);
  pl_deadline_set (self->timer, g_get_monotonic_time () + HANG_UP_US);
  g_signal_connect_swapped (self->box.calls, "call-changed", G_CALLBACK (close_without_calls),
                            self);
  hang_up_all (self);
  close_without_calls (self);
}

void
pl_boxd_free (PlBoxd *self)
{
  if (self == NULL)
    return;
  if (self->box.calls)
    g_signal_handlers_disconnect_by_data (self->box.calls, self);
  if (self->leaving)
    g_object_weak_unref (self->leaving, on_all_told, self);
  g_clear_object (&self->keep);
  pl_pair_door_free (self->door);
  pl_pusher_free (self->box.pusher);
  pl_clients_free (self->clients);
  g_clear_object (&self->box.calls);
  g_clear_object (&self->box.texts);
  pl_voice_path_free (self->box.voice);
  g_clear_object (&self->box.mailbox);
  if (self->box.modem)
    g_signal_handlers_disconnect_by_data (self->box.modem, self);
  g_clear_object (&self->box.modem);
  g_clear_pointer (&self->box.store, pl_store_close);
  g_clear_pointer (&self->identity, pl_identity_free);
  g_clear_object (&self->trust);
  g_clear_pointer (&self->pin, pl_secret_free);
  g_free (self->clients_path);
  pl_deadline_free (self->timer);
  g_free (self);
}
