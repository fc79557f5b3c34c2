/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-clients"

#include "simbox/clients.h"

#include "base/clock.h"
#include "base/log.h"
#include "simbox/authorized-file.h"
#include "simbox/box-json.h"
#include "simbox/client.h"

#include <string.h>

/* An answer has arrived by then. */
#define ANSWER_US (G_USEC_PER_SEC / 2)
/* An editor may take the file away before it writes it anew; one that is gone for longer is. */
#define GONE_US (G_USEC_PER_SEC)

struct _PlClients {
  PlClientsConfig config;
  GPtrArray *clients; /* of PlClient */
  GFileMonitor *monitor;
  PlDeadline *gone;    /* the file is */
  GHashTable *leaving; /* identity -> when (int64_t), of who has removed itself */
  PlDeadline *leave;   /* the first of them */
};

static void
foreach_session (PlClients *self, GFunc func, gpointer user_data)
{
  for (guint i = 0; i < self->clients->len; i++)
    pl_client_foreach_session (g_ptr_array_index (self->clients, i), func, user_data);
}

static void
tell_status (gpointer session, gpointer user_data G_GNUC_UNUSED)
{
  pl_box_session_tell_status (session);
}

void
pl_clients_tell_status (PlClients *self)
{
  foreach_session (self, tell_status, NULL);
}

static void
on_greeted (PlBoxSession *session, gpointer user_data)
{
  PlClients *self = user_data;

  for (guint i = 0; i < self->clients->len; i++)
    pl_client_replace (g_ptr_array_index (self->clients, i), session);
}

static void
on_box_changed (gpointer user_data)
{
  pl_clients_tell_status (user_data);
}

static GVariant *
on_list_clients (PlBoxSession *session, gpointer user_data)
{
  PlClients *self = user_data;
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < self->clients->len; i++) {
    PlClient *client = g_ptr_array_index (self->clients, i);
    const PlBoxClientInfo info = { .line = pl_client_get_line (client),
                                   .you = pl_client_has (client, session),
                                   .connected = pl_client_is_connected (client),
                                   .last_seen_us = pl_client_get_last_seen (client) };
    g_variant_builder_add (&list, "v", pl_box_json_client (&info));
  }
  return g_variant_builder_end (&list);
}

static PlClient *
find (PlClients *self, const PlAuthorized *who)
{
  for (guint i = 0; i < self->clients->len; i++)
    if (pl_client_is (g_ptr_array_index (self->clients, i), who))
      return g_ptr_array_index (self->clients, i);
  return NULL;
}

static gboolean
is_listed (GPtrArray *list, const PlClient *client)
{
  for (guint i = 0; i < list->len; i++)
    if (pl_client_is (client, g_ptr_array_index (list, i)))
      return TRUE;
  return FALSE;
}

static gboolean
has_identity (GPtrArray *list, const char *identity)
{
  for (guint i = 0; i < list->len; i++) {
    const PlAuthorized *who = g_ptr_array_index (list, i);
    if (g_str_equal (who->identity, identity))
      return TRUE;
  }
  return FALSE;
}

/* A line with a mistake is the only one that it has. */
static gboolean
is_in_flaw (GPtrArray *flaws, GPtrArray *list, const PlClient *client)
{
  if (has_identity (list, pl_client_get_identity (client)))
    return FALSE;
  for (guint i = 0; i < flaws->len; i++) {
    const PlAuthorizedFlaw *flaw = g_ptr_array_index (flaws, i);
    if (strstr (flaw->text, pl_client_get_identity (client)))
      return TRUE;
  }
  return FALSE;
}

static gboolean on_remove_client (PlBoxSession *session, const char *name, gpointer user_data,
                                  GError **error);

static void
add (PlClients *self, PlAuthorized *who)
{
  static const PlBoxSessionOps ops
      = { on_greeted, on_box_changed, on_list_clients, on_remove_client };
  g_autoptr (GError) error = NULL;
  PlClient *client = pl_client_new (&self->config, who, &ops, self, &error);

  if (client)
    g_ptr_array_add (self->clients, client);
  else
    pl_warning (self, "%s: %s", self->config.path, error->message);
}

static void
warn_of_flaws (PlClients *self, GPtrArray *flaws)
{
  for (guint i = 0; i < flaws->len; i++) {
    const PlAuthorizedFlaw *flaw = g_ptr_array_index (flaws, i);
    pl_warning (self, "%s: %s", self->config.path, flaw->error->message);
  }
}

/* One whose rights have changed is put out, too, and comes again. */
static void
put_out (PlClients *self, GPtrArray *list, guint i)
{
  PlClient *client = g_ptr_array_steal_index (self->clients, i);

  g_hash_table_remove (self->leaving, pl_client_get_identity (client));
  if (!has_identity (list, pl_client_get_identity (client)))
    pl_client_forget (client);
  pl_client_free (client);
}

static gboolean
is_leaving (PlClients *self, const PlClient *client)
{
  const int64_t *at_us = g_hash_table_lookup (self->leaving, pl_client_get_identity (client));
  return at_us && *at_us > g_get_monotonic_time ();
}

static void
check_client (PlClients *self, GPtrArray *list, GPtrArray *flaws, guint i)
{
  const PlClient *client = g_ptr_array_index (self->clients, i);

  if (is_listed (list, client) || is_in_flaw (flaws, list, client))
    g_hash_table_remove (self->leaving, pl_client_get_identity (client));
  else if (has_identity (list, pl_client_get_identity (client)) || !is_leaving (self, client))
    put_out (self, list, i);
}

static void
await_leaving (PlClients *self)
{
  GHashTableIter iter;
  gpointer at_us;
  int64_t first_us = PL_NEVER;

  g_hash_table_iter_init (&iter, self->leaving);
  while (g_hash_table_iter_next (&iter, /* key = */ NULL, &at_us))
    first_us = MIN (first_us, *(const int64_t *) at_us);
  pl_deadline_set (self->leave, first_us);
}

/* Browsers of clients that were taken out of the list while the box was off. */
static void
forget_strangers (PlClients *self, GPtrArray *list)
{
  PlStore *store = self->config.box->store;
  g_autoptr (GPtrArray) browsers = pl_store_list_push (store, /* error = */ NULL);

  for (guint i = 0; browsers && i < browsers->len; i++) {
    const PlPushSubscription *browser = g_ptr_array_index (browsers, i);
    if (!has_identity (list, browser->client))
      pl_store_clear_push (store, browser->client, /* endpoint = */ NULL, /* error = */ NULL);
  }
}

/* What is right in the file holds at once. A line with a mistake lets nobody in, and puts
 * nobody out: whoever it is about stays what it was. */
static void
take_list (PlClients *self, GPtrArray *list, GPtrArray *flaws)
{
  for (guint i = self->clients->len; i > 0; i--)
    check_client (self, list, flaws, i - 1);
  await_leaving (self);
  if (flaws->len == 0)
    forget_strangers (self, list);
  g_ptr_array_set_free_func (list, NULL);
  for (guint i = 0; i < list->len; i++) {
    PlAuthorized *who = g_ptr_array_index (list, i);
    if (find (self, who))
      pl_authorized_free (who);
    else
      add (self, who);
  }
  if (self->config.box->pusher)
    pl_pusher_look (self->config.box->pusher);
}

static void
reload (PlClients *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) flaws = g_ptr_array_new ();
  g_autoptr (GPtrArray) list = pl_authorized_file_read (self->config.path, flaws, &error);

  pl_deadline_set (self->gone, PL_NEVER);
  if (list == NULL) {
    pl_warning (self, "%s", error->message);
    return;
  }
  warn_of_flaws (self, flaws);
  take_list (self, list, flaws);
}

/* Whoever removes itself is to have its answer before its connection ends, of which the server
 * tells it, too, and may be quicker. It has that time once, however often it asks. */
static void
let_leave (PlClients *self, const char *identity)
{
  if (g_hash_table_contains (self->leaving, identity))
    return;
  int64_t at_us = g_get_monotonic_time () + ANSWER_US;
  g_hash_table_insert (self->leaving, g_strdup (identity), g_memdup2 (&at_us, sizeof at_us));
  await_leaving (self);
}

/* The file first: its line is what lets a client in. */
static gboolean
on_remove_client (PlBoxSession *session, const char *name, gpointer user_data, GError **error)
{
  PlClients *self = user_data;

  for (guint i = 0; i < self->clients->len; i++) {
    const PlClient *client = g_ptr_array_index (self->clients, i);
    const PlAuthorized *who = pl_client_get_line (client);
    if (!g_str_equal (who->name, name))
      continue;
    if (!pl_authorized_file_remove (self->config.path, who->identity, error))
      return FALSE;
    if (pl_client_has (client, session))
      let_leave (self, who->identity);
    else
      reload (self);
    return TRUE;
  }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no client '%s'", name);
  return FALSE;
}

static void
on_deadline (gpointer user_data)
{
  reload (user_data);
}

/* "changed" comes in the middle of a write, and again when it is done. */
static void
on_file_changed (GFileMonitor *monitor G_GNUC_UNUSED, GFile *file G_GNUC_UNUSED,
                 GFile *other G_GNUC_UNUSED, GFileMonitorEvent event, PlClients *self)
{
  if (event == G_FILE_MONITOR_EVENT_CHANGED)
    return;
  if (g_file_test (self->config.path, G_FILE_TEST_EXISTS))
    reload (self);
  else
    pl_deadline_set (self->gone, g_get_monotonic_time () + GONE_US);
}

const PlAuthorized *
pl_clients_find (PlClients *self, const char *identity)
{
  for (guint i = 0; i < self->clients->len; i++) {
    const PlClient *client = g_ptr_array_index (self->clients, i);
    if (g_str_equal (pl_client_get_identity (client), identity))
      return pl_client_get_line (client);
  }
  return NULL;
}

typedef struct {
  const char *key;
  PlPeerVoice *voice;
} Search;

static void
compare_key (gpointer session, gpointer user_data)
{
  Search *search = user_data;
  if (g_str_equal (pl_box_session_get_key (session), search->key))
    search->voice = pl_box_session_get_voice (session);
}

PlPeerVoice *
pl_clients_find_voice (PlClients *self, const char *key)
{
  Search search = { .key = key };
  foreach_session (self, compare_key, &search);
  return search.voice;
}

PlClients *
pl_clients_new (const PlClientsConfig *config)
{
  PlClients *self = g_new0 (PlClients, 1);
  g_autoptr (GFile) file = g_file_new_for_path (config->path);
  g_autoptr (GError) error = NULL;

  self->config = *config;
  self->clients = g_ptr_array_new ();
  self->leaving = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->gone = pl_deadline_new ("authorized clients", on_deadline, self);
  self->leave = pl_deadline_new ("leaving client", on_deadline, self);
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
  if (self->monitor) {
    g_file_monitor_set_rate_limit (self->monitor, /* ms = */ 50);
    g_signal_connect (self->monitor, "changed", G_CALLBACK (on_file_changed), self);
  } else {
    pl_warning (self, "%s is not watched: %s", config->path, error->message);
  }
  reload (self);
  return self;
}

void
pl_clients_free (PlClients *self)
{
  if (self == NULL)
    return;
  if (self->monitor)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_clear_object (&self->monitor);
  pl_deadline_free (self->gone);
  pl_deadline_free (self->leave);
  g_hash_table_unref (self->leaving);
  while (self->clients->len > 0)
    pl_client_free (g_ptr_array_steal_index (self->clients, self->clients->len - 1));
  g_ptr_array_unref (self->clients);
  g_free (self);
}
