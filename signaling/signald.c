/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-signald"

#include "signaling/signald.h"

#include "base/log.h"
#include "signaling/certificate.h"
#include "signaling/door.h"
#include "signaling/http.h"
#include "signaling/hub.h"
#include "signaling/ice-list.h"
#include "signaling/listener.h"
#include "signaling/metrics.h"
#include "signaling/push.h"

struct _PlSignald {
  const PlOptions *options;
  PlIceList *ice;
  PlPush *push; /* NULL: off */
  PlHub *hub;
  PlDoor *door;
  PlHttp *http;
  GPtrArray *listeners;
};

static void
on_accepted (GSocket *socket, gpointer user_data)
{
  PlSignald *self = user_data;
  pl_door_admit (self->door, socket);
}

static void
on_ready (PlVisit *visit, GIOStream *stream, gpointer user_data)
{
  PlSignald *self = user_data;
  if (self->http)
    pl_http_serve (self->http, visit, stream);
}

static void
on_upgraded (PlVisit *visit, GIOStream *stream, gpointer user_data)
{
  PlSignald *self = user_data;
  pl_visit_settle (visit);
  pl_hub_add (self->hub, stream, pl_visit_get_fd (visit), pl_visit_get_address (visit));
}

static char *
print_metrics (gpointer user_data)
{
  PlSignald *self = user_data;
  return pl_metrics_print (self->hub, self->door);
}

static gboolean
load_certificate (PlSignald *self, GError **error)
{
  const PlOptions *options = self->options;

  if (options->tls_cert == NULL)
    return TRUE;
  g_autoptr (GTlsCertificate) certificate
      = pl_certificate_load (options->tls_cert, options->tls_key, error);
  if (certificate == NULL)
    return FALSE;
  pl_door_set_certificate (self->door, certificate);
  return TRUE;
}

static gboolean
load_push (PlSignald *self, GError **error)
{
  const PlOptions *options = self->options;

  if (options->push_key == NULL)
    return TRUE;
  self->push = pl_push_new (
      &(PlPushConfig){
          .key_file = options->push_key,
          .subject = options->push_subject,
          .hosts = (const char *const *) options->push_host,
          .networks = (const char *const *) options->push_network,
          .ca_file = options->push_ca,
      },
      error);
  return self->push != NULL;
}

PlSignald *
pl_signald_new (const PlOptions *options, GError **error)
{
  g_autoptr (PlSignald) self = g_new0 (PlSignald, 1);
  self->options = options;
  self->ice = pl_ice_list_new ((const char *const *) options->ice_uri,
                               options->turn_secret_file, error);
  if (self->ice == NULL || !load_push (self, error))
    return NULL;
  self->hub = pl_hub_new (self->ice, self->push);
  self->door = pl_door_new (&(PlDoorConfig){
      .addresses = pl_signal_server_get_addresses (pl_hub_get_server (self->hub)),
      .trusted = options->trusted,
      .ready = on_ready,
      .user_data = self,
  });
  self->http = pl_http_new (&(PlHttpConfig){
      .trusted = options->trusted,
      .allowed_origins = (const char *const *) options->allow_origin,
      .without_pages = options->no_web,
      .upgraded = on_upgraded,
      .print_metrics = print_metrics,
      .user_data = self,
  });
  self->listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_listener_free);
  return load_certificate (self, error) ? g_steal_pointer (&self) : NULL;
}

void
pl_signald_free (PlSignald *self)
{
  if (self == NULL)
    return;
  /* From the street inwards. */
  g_clear_pointer (&self->listeners, g_ptr_array_unref);
  g_clear_pointer (&self->http, pl_http_free);
  pl_door_free (self->door);
  pl_push_free (self->push);
  pl_hub_free (self->hub);
  pl_ice_list_free (self->ice);
  g_free (self);
}

gboolean
pl_signald_start (PlSignald *self, GError **error)
{
  for (char **where = self->options->listen; *where; where++) {
    PlListener *listener = pl_listener_new (*where, on_accepted, self, error);
    if (listener == NULL)
      return FALSE;
    g_ptr_array_add (self->listeners, listener);
  }
  return TRUE;
}

char *
pl_signald_describe (const PlSignald *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *scheme = pl_door_has_certificate (self->door) ? "https" : "http";

  for (guint i = 0; i < self->listeners->len; i++) {
    g_autofree char *where = pl_listener_describe (self->listeners->pdata[i]);
    g_string_append_printf (text, "listening on %s://%s\n", scheme, where);
  }
  return g_string_free (g_steal_pointer (&text), /* free_segment = */ FALSE);
}

void
pl_signald_reload (PlSignald *self)
{
  g_autoptr (GError) tls = NULL;
  g_autoptr (GError) turn = NULL;

  if (!load_certificate (self, &tls))
    pl_warning (self, "%s; keeping the certificate from before", tls->message);
  if (!pl_ice_list_reload (self->ice, &turn))
    pl_warning (self, "%s; keeping the secret from before", turn->message);
  pl_info (self, "reloaded");
}

void
pl_signald_stop (PlSignald *self, void (*stopped) (gpointer user_data), gpointer user_data)
{
  g_ptr_array_set_size (self->listeners, 0);
  pl_hub_stop (self->hub, stopped, user_data);
}
