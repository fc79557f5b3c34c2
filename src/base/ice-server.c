/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/ice-server.h"

#include "base/error.h"

#include <gio/gio.h>
#include <string.h>

/* RFC 7064 and RFC 7065 URIs have no "//", so GUri sees only a path in them. */

static const struct {
  const char *scheme;
  guint port;
} schemes[] = { { "stun:", 3478 }, { "turn:", 3478 }, { "turns:", 5349 } };

static gboolean
set_kind (PlIceServer *self, const char *scheme, const char *transport)
{
  gboolean udp = transport == NULL || g_ascii_strcasecmp (transport, "udp") == 0;
  gboolean tcp = transport && g_ascii_strcasecmp (transport, "tcp") == 0;

  if (g_str_equal (scheme, "stun:")) {
    self->kind = PL_ICE_STUN;
    return transport == NULL;
  }
  if (g_str_equal (scheme, "turn:")) {
    self->kind = tcp ? PL_ICE_TURN_TCP : PL_ICE_TURN_UDP;
    return udp || tcp;
  }
  self->kind = PL_ICE_TURN_TLS;
  return tcp || transport == NULL;
}

static gboolean
set_address (PlIceServer *self, const char *text, guint default_port)
{
  g_autoptr (GSocketConnectable) address = g_network_address_parse (text, default_port, NULL);
  if (address == NULL)
    return FALSE;
  GNetworkAddress *parsed = G_NETWORK_ADDRESS (address);
  self->host = g_strdup (g_network_address_get_hostname (parsed));
  self->port = g_network_address_get_port (parsed);
  return *self->host && self->port;
}

/* "user:password@": takes it off *@rest. */
static gboolean
set_user_info (PlIceServer *self, char **rest)
{
  char *at = strrchr (*rest, '@');
  if (at == NULL)
    return TRUE;
  char *colon = memchr (*rest, ':', at - *rest);
  if (colon == NULL)
    return FALSE;
  self->username = g_uri_unescape_segment (*rest, colon, NULL);
  self->password = g_uri_unescape_segment (colon + 1, at, NULL);
  *rest = at + 1;
  return self->username && self->password;
}

static gboolean
parse_uri (PlIceServer *self, const char *uri)
{
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++) {
    if (g_ascii_strncasecmp (uri, schemes[i].scheme, strlen (schemes[i].scheme)) != 0)
      continue;
    g_autofree char *copy = g_strdup (uri + strlen (schemes[i].scheme));
    char *rest = copy;
    if (!set_user_info (self, &rest))
      return FALSE;
    const char *transport = NULL;
    char *query = strchr (rest, '?');
    if (query) {
      *query++ = '\0';
      if (!g_str_has_prefix (query, "transport="))
        return FALSE;
      transport = query + strlen ("transport=");
    }
    return set_kind (self, schemes[i].scheme, transport)
           && set_address (self, rest, schemes[i].port);
  }
  return FALSE;
}

static char *
without_password (const char *uri)
{
  const char *at = strrchr (uri, '@');
  const char *colon = strchr (uri, ':');
  return at && colon ? g_strdup_printf ("%.*s...%s", (int) (colon + 1 - uri), uri, at)
                     : g_strdup (uri);
}

PlIceServer *
pl_ice_server_parse (const char *uri, const char *username, const char *password,
                     GError **error)
{
  g_autoptr (PlIceServer) self = g_new0 (PlIceServer, 1);
  g_autofree char *shown = without_password (uri);

  if (!parse_uri (self, uri)) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "ICE server '%s': expected stun:HOST[:PORT], "
                 "turn:HOST[:PORT][?transport=udp|tcp] or turns:HOST[:PORT]",
                 shown);
    return NULL;
  }
  if (username && password) {
    g_free (self->username);
    g_free (self->password);
    self->username = g_strdup (username);
    self->password = g_strdup (password);
  }
  if (self->kind != PL_ICE_STUN && self->username == NULL) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "ICE server '%s': TURN needs credentials, as in turn:USER:PASSWORD@HOST",
                 shown);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
pl_ice_server_free (PlIceServer *self)
{
  if (self == NULL)
    return;
  g_free (self->host);
  g_free (self->username);
  g_free (self->password);
  g_free (self);
}
