/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-ice-list"

#include "signaling/ice-list.h"

#include "base/error.h"
#include "base/ice-server.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/signal-msg.h"
#include "proto/turn-rest.h"

#include <glib/gstdio.h>
#include <string.h>

#define LIFE_S 3600

struct _PlIceList {
  char **stun;
  char **turn;
  char *secret_file;
  GBytes *secret;
};

static gboolean
add_uri (GStrvBuilder *stun, GStrvBuilder *turn, const char *uri, GError **error)
{
  g_autoptr (PlIceServer) server = pl_ice_server_parse (uri, "user", "password", error);
  if (server == NULL) {
    g_prefix_error (error, "--ice-uri: ");
    return FALSE;
  }
  if (strchr (uri, '@') || strlen (uri) > PL_MAX_ICE_URI) {
    g_set_error (
        error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
        "--ice-uri '%s': every client will see it: no user, no password, no length above "
        "%d",
        uri, PL_MAX_ICE_URI);
    return FALSE;
  }
  g_strv_builder_add (server->kind == PL_ICE_STUN ? stun : turn, uri);
  return TRUE;
}

static gboolean
sort_uris (PlIceList *self, const char *const *uris, GError **error)
{
  g_autoptr (GStrvBuilder) stun = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) turn = g_strv_builder_new ();

  for (const char *const *uri = uris; uri && *uri; uri++)
    if (!add_uri (stun, turn, *uri, error))
      return FALSE;
  self->stun = g_strv_builder_end (stun);
  self->turn = g_strv_builder_end (turn);
  if (g_strv_length (self->stun) <= PL_MAX_ICE_URIS
      && g_strv_length (self->turn) <= PL_MAX_ICE_URIS)
    return TRUE;
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
               "--ice-uri: at most %d STUN and %d TURN servers", PL_MAX_ICE_URIS,
               PL_MAX_ICE_URIS);
  return FALSE;
}

PlIceList *
pl_ice_list_new (const char *const *uris, const char *secret_file, GError **error)
{
  g_autoptr (PlIceList) self = g_new0 (PlIceList, 1);
  self->secret_file = g_strdup (secret_file);
  if (!sort_uris (self, uris, error))
    return NULL;
  if (*self->turn && secret_file == NULL) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "--ice-uri '%s': TURN needs --turn-secret-file", self->turn[0]);
    return NULL;
  }
  if (secret_file && !pl_ice_list_reload (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
pl_ice_list_free (PlIceList *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->stun);
  g_strfreev (self->turn);
  g_free (self->secret_file);
  g_clear_pointer (&self->secret, g_bytes_unref);
  g_free (self);
}

static void
warn_if_open (const PlIceList *self)
{
  GStatBuf info;
  if (g_stat (self->secret_file, &info) == 0 && (info.st_mode & 077) != 0)
    pl_warning (self, "%s: others can read or change this secret (mode %04o); make it 0600",
                self->secret_file, (guint) (info.st_mode & 07777));
}

gboolean
pl_ice_list_reload (PlIceList *self, GError **error)
{
  g_autofree char *text = NULL;

  if (self->secret_file == NULL)
    return TRUE;
  if (!g_file_get_contents (self->secret_file, &text, NULL, error)) {
    g_prefix_error (error, "--turn-secret-file: ");
    return FALSE;
  }
  g_strstrip (text);
  if (*text == '\0') {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "--turn-secret-file '%s': empty", self->secret_file);
    return FALSE;
  }
  warn_if_open (self);
  g_clear_pointer (&self->secret, g_bytes_unref);
  self->secret = g_bytes_new (text, strlen (text));
  return TRUE;
}

guint
pl_ice_list_fill (const PlIceList *self, GPtrArray *servers)
{
  if (*self->stun)
    g_ptr_array_add (servers, pl_signal_ice_server_new ((const char *const *) self->stun,
                                                        /* username = */ NULL,
                                                        /* credential = */ NULL));
  if (*self->turn) {
    g_autofree char *name = g_strdup_printf ("%08x", g_random_int ());
    g_autofree char *username = NULL;
    g_autofree char *credential = NULL;
    pl_turn_rest_mint (self->secret, g_get_real_time () / G_USEC_PER_SEC + LIFE_S, name,
                       &username, &credential);
    g_ptr_array_add (servers, pl_signal_ice_server_new ((const char *const *) self->turn,
                                                        username, credential));
  }
  return LIFE_S;
}
