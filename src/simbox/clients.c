/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-clients"

#include "simbox/clients.h"

#include "base/log.h"
#include "simbox/authorized-file.h"
#include "simbox/client.h"

struct _PlClients {
  PlClientsConfig config;
  GPtrArray *clients; /* of PlClient */
  GFileMonitor *monitor;
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

static void
add (PlClients *self, PlAuthorized *who)
{
  static const PlBoxSessionOps ops = { on_greeted, on_box_changed };
  g_autoptr (GError) error = NULL;
  PlClient *client = pl_client_new (&self->config, who, &ops, self, &error);

  if (client)
    g_ptr_array_add (self->clients, client);
  else
    pl_warning (self, "%s: %s", self->config.path, error->message);
}

/* With a mistake in the file nobody is let in anew, and whoever is there stays: an editor may
 * be in the middle of its work. */
void
pl_clients_reload (PlClients *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = pl_authorized_file_read (self->config.path, &error);

  if (list == NULL) {
    pl_warning (self, "%s", error->message);
    return;
  }
  for (guint i = self->clients->len; i > 0; i--)
    if (!is_listed (list, g_ptr_array_index (self->clients, i - 1)))
      g_ptr_array_remove_index (self->clients, i - 1);
  g_ptr_array_set_free_func (list, NULL);
  for (guint i = 0; i < list->len; i++) {
    PlAuthorized *who = g_ptr_array_index (list, i);
    if (find (self, who))
      pl_authorized_free (who);
    else
      add (self, who);
  }
}

static void
on_file_changed (GFileMonitor *monitor G_GNUC_UNUSED, GFile *file G_GNUC_UNUSED,
                 GFile *other G_GNUC_UNUSED, GFileMonitorEvent event G_GNUC_UNUSED,
                 PlClients *self)
{
  pl_clients_reload (self);
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
  self->clients = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_client_free);
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
  if (self->monitor) {
    g_file_monitor_set_rate_limit (self->monitor, /* ms = */ 50);
    g_signal_connect (self->monitor, "changed", G_CALLBACK (on_file_changed), self);
  } else {
    pl_warning (self, "%s is not watched: %s", config->path, error->message);
  }
  pl_clients_reload (self);
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
  g_ptr_array_unref (self->clients);
  g_free (self);
}
