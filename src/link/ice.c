/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-ice"

#include "link/ice-private.h"

/* The object and its rounds. libnice emits its signals on the calling thread, also inside our
 * own calls, and so the ops run there; each entry that may run one holds a reference, and looks
 * at `freed` afterwards where it goes on. */

PlIce *
pl_ice_ref (PlIce *self)
{
  self->ref_count++;
  return self;
}

void
pl_ice_unref (PlIce *self)
{
  if (--self->ref_count > 0)
    return;
  g_ptr_array_unref (self->servers);
  g_clear_object (&self->tls_database);
  g_strfreev (self->local_addresses);
  g_main_context_unref (self->context);
  g_free (self->turn_error);
  g_free (self);
}

static PlIceServer *
copy_server (const PlIceServer *from)
{
  PlIceServer *server = g_new0 (PlIceServer, 1);

  server->kind = from->kind;
  server->host = g_strdup (from->host);
  server->port = from->port;
  server->username = g_strdup (from->username);
  server->password = g_strdup (from->password);
  return server;
}

static void
on_gathering_late (gpointer user_data)
{
  g_autoptr (PlIceHold) self = pl_ice_ref (user_data);
  pl_ice_round_finish_gathering (self->newest);
}

static void
on_patience (gpointer user_data)
{
  g_autoptr (PlIceHold) self = pl_ice_ref (user_data);
  pl_ice_judge (self);
}

static void
on_retry (gpointer user_data)
{
  g_autoptr (PlIceHold) self = pl_ice_ref (user_data);
  pl_ice_report_writable (self);
}

static void
on_late (gpointer user_data)
{
  g_autoptr (PlIceHold) self = pl_ice_ref (user_data);
  if (self->newest->remote_known)
    pl_ice_round_flush_waiting (self->newest);
}

static void
on_proof (gpointer user_data)
{
  g_autoptr (PlIceHold) self = pl_ice_ref (user_data);
  if (self->serving)
    pl_ice_round_revive (self->serving);
}

static void
on_retire (gpointer user_data)
{
  PlIce *self = user_data;
  g_clear_pointer (&self->retired, pl_ice_round_close);
}

static GPtrArray *
copy_servers (const GPtrArray *servers)
{
  GPtrArray *copies = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_ice_server_free);
  for (guint i = 0; servers && i < servers->len; i++)
    g_ptr_array_add (copies, copy_server (servers->pdata[i]));
  return copies;
}

static void
copy_config (PlIce *self, const PlIceConfig *config)
{
  self->servers = copy_servers (config->servers);
  self->policy = config->policy;
  self->controlling = config->controlling;
  self->tcp = config->tcp;
  self->tls_database = config->tls_database ? g_object_ref (config->tls_database) : NULL;
  self->local_addresses = g_strdupv (config->local_addresses);
}

PlIce *
pl_ice_new (const PlIceConfig *config, const PlIceOps *ops, gpointer user_data)
{
  PlIce *self = g_new0 (PlIce, 1);

  self->ref_count = 1;
  self->context = g_main_context_ref_thread_default ();
  self->ops = ops;
  self->user_data = user_data;
  copy_config (self, config);
  g_queue_init (&self->held);
  self->gathering = pl_deadline_new ("ice-gathering", on_gathering_late, self);
  self->patience = pl_deadline_new ("ice-patience", on_patience, self);
  self->retry = pl_deadline_new ("ice-retry", on_retry, self);
  self->late = pl_deadline_new ("ice-late", on_late, self);
  self->proof = pl_deadline_new ("ice-proof", on_proof, self);
  self->retire = pl_deadline_new ("ice-retire", on_retire, self);
  self->newest = pl_ice_round_new (self);
  return self;
}

void
pl_ice_free (PlIce *self)
{
  if (self == NULL)
    return;
  self->freed = TRUE;
  if (self->serving != self->newest)
    pl_ice_round_close (self->serving);
  pl_ice_round_close (self->newest);
  pl_ice_round_close (self->retired);
  g_clear_pointer (&self->gathering, pl_deadline_free);
  g_clear_pointer (&self->patience, pl_deadline_free);
  g_clear_pointer (&self->retry, pl_deadline_free);
  g_clear_pointer (&self->late, pl_deadline_free);
  g_clear_pointer (&self->proof, pl_deadline_free);
  g_clear_pointer (&self->retire, pl_deadline_free);
  g_queue_clear_full (&self->held, (GDestroyNotify) g_bytes_unref);
  pl_ice_unref (self);
}

void
pl_ice_gather (PlIce *self)
{
  g_return_if_fail (!self->freed);
  pl_ice_round_gather (self->newest);
}

const char *
pl_ice_get_ufrag (PlIce *self)
{
  return self->newest->ufrag;
}

const char *
pl_ice_get_pwd (PlIce *self)
{
  return self->newest->pwd;
}

void
pl_ice_set_controlling (PlIce *self, gboolean controlling)
{
  self->controlling = controlling;
  g_object_set (self->newest->agent, "controlling-mode", controlling, NULL);
}

void
pl_ice_set_servers (PlIce *self, const GPtrArray *servers)
{
  GPtrArray *copies = copy_servers (servers);
  g_ptr_array_unref (self->servers);
  self->servers = copies;
}

void
pl_ice_restart (PlIce *self)
{
  g_return_if_fail (!self->freed);
  if (self->newest != self->serving)
    pl_ice_round_close (self->newest);
  self->newest = pl_ice_round_new (self);
  pl_deadline_set (self->gathering, PL_NEVER);
  pl_deadline_set (self->late, PL_NEVER);
  pl_ice_judge (self);
}

gboolean
pl_ice_get_path (PlIce *self, PlPath *path)
{
  if (self->serving == NULL)
    return FALSE;
  *path = self->serving->path;
  return TRUE;
}
