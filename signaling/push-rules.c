/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "signaling/push-rules.h"

#include "base/error.h"

#include <stdint.h>
#include <string.h>

#define HTTPS_PORT      443
#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789.-"

/* Chromium and its kin, Firefox, Safari, Edge. */
static const char *const known_hosts[] = {
  "fcm.googleapis.com",
  "*.push.services.mozilla.com",
  "*.push.apple.com",
  "*.notify.windows.com",
  NULL,
};

/* IANA's registries of special-purpose addresses, multicast, and what is reserved. */
static const char *const special_v4[] = {
  "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
  "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
  "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
};
/* Within 2000::/3, which alone is handed out: protocols and tunnels (Teredo, ORCHID, 6to4),
 * documentation. */
static const char *const special_v6[]
    = { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" };
static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b }; /* RFC 6052 2.1, a /96 */

typedef struct {
  char *name; /* lower case; of a pattern the part behind the "*" */
  gboolean is_tail;
  int port;
} PlPushHost;

static void
host_free (gpointer data)
{
  PlPushHost *self = data;
  g_free (self->name);
  g_free (self);
}

static gboolean
is_host_name (const char *name)
{
  size_t len = strlen (name);
  return len > 0 && len < 254 && strspn (name, HOST_CHARACTERS) == len && name[0] != '.'
         && name[0] != '-' && name[len - 1] != '.' && strstr (name, "..") == NULL;
}

static PlPushHost *
host_parse (const char *text)
{
  const char *colon = strchr (text, ':');
  g_autofree char *given = colon ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);
  g_autofree char *name = g_ascii_strdown (given, -1);
  gboolean is_tail = g_str_has_prefix (name, "*.");
  guint64 port = HTTPS_PORT;

  if (!is_host_name (is_tail ? name + 2 : name))
    return NULL;
  if (colon && !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &port, NULL))
    return NULL;
  PlPushHost *self = g_new0 (PlPushHost, 1);
  self->name = g_strdup (is_tail ? name + 1 : name);
  self->is_tail = is_tail;
  self->port = (int) port;
  return self;
}

static gboolean
host_matches (const PlPushHost *self, const char *name, int port)
{
  if (port != self->port)
    return FALSE;
  if (self->is_tail)
    return g_str_has_suffix (name, self->name) && strlen (name) > strlen (self->name);
  return g_str_equal (name, self->name);
}

static gboolean
invalid_option (const char *option, const char *value, GError **error)
{
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, "%s: '%s'", option, value);
  return FALSE;
}

static gboolean
read_hosts (PlPushRules *self, const char *const *hosts, GError **error)
{
  for (const char *const *h = hosts; *h; h++) {
    PlPushHost *host = host_parse (*h);
    if (host == NULL)
      return invalid_option ("--push-host: expected HOST[:PORT] or *.DOMAIN[:PORT]", *h, error);
    g_ptr_array_add (self->hosts, host);
  }
  return TRUE;
}

static gboolean
read_networks (PlPushRules *self, const char *const *networks, GError **error)
{
  for (const char *const *n = networks; n && *n; n++) {
    GInetAddressMask *mask = g_inet_address_mask_new_from_string (*n, NULL);
    if (mask == NULL)
      return invalid_option ("--push-network: expected an address or ADDRESS/BITS", *n, error);
    g_ptr_array_add (self->networks, mask);
  }
  return TRUE;
}

PlPushRules *
pl_push_rules_new (const char *const *hosts, const char *const *networks, GError **error)
{
  g_autoptr (PlPushRules) self = g_atomic_rc_box_new0 (PlPushRules);

  self->hosts = g_ptr_array_new_with_free_func (host_free);
  self->networks = g_ptr_array_new_with_free_func (g_object_unref);
  if (!read_hosts (self, hosts ? hosts : known_hosts, error)
      || !read_networks (self, networks, error))
    return NULL;
  return g_steal_pointer (&self);
}

PlPushRules *
pl_push_rules_ref (PlPushRules *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  PlPushRules *self = data;
  g_ptr_array_unref (self->hosts);
  g_ptr_array_unref (self->networks);
}

void
pl_push_rules_unref (PlPushRules *self)
{
  if (self)
    g_atomic_rc_box_release_full (self, clear);
}

static gboolean
is_allowed_host (const PlPushRules *self, const char *name, int port)
{
  for (guint i = 0; i < self->hosts->len; i++)
    if (host_matches (self->hosts->pdata[i], name, port))
      return TRUE;
  return FALSE;
}

static GUri *
refuse (const char *why, GError **error)
{
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "push endpoint: %s", why);
  return NULL;
}

/* Control characters and blanks are none of a URL's, and would be some of a request's. */
static gboolean
is_plain (const char *text)
{
  while (g_ascii_isgraph (*text))
    text++;
  return *text == '\0';
}

GUri *
pl_push_rules_parse (const PlPushRules *self, const char *endpoint, GError **error)
{
  g_autoptr (GUri) uri
      = is_plain (endpoint) ? g_uri_parse (endpoint, G_URI_FLAGS_ENCODED, NULL) : NULL;
  if (uri == NULL || g_strcmp0 (g_uri_get_scheme (uri), "https") != 0)
    return refuse ("not an address of https", error);
  if (g_uri_get_userinfo (uri) || g_uri_get_fragment (uri))
    return refuse ("more than an address", error);
  const char *host = g_uri_get_host (uri);
  int port = g_uri_get_port (uri);
  if (host == NULL || !is_host_name (host)
      || !is_allowed_host (self, host, port == -1 ? HTTPS_PORT : port))
    return refuse ("not one of the push services that are allowed here", error);
  return g_steal_pointer (&uri);
}

static gboolean
is_in (GInetAddress *address, const char *const *networks, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GInetAddressMask) mask = g_inet_address_mask_new_from_string (networks[i], NULL);
    if (g_inet_address_mask_matches (mask, address))
      return TRUE;
  }
  return FALSE;
}

gboolean
pl_push_address_is_public (GInetAddress *address)
{
  const uint8_t *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    return !is_in (address, special_v4, G_N_ELEMENTS (special_v4));
  if (memcmp (bytes, nat64, sizeof nat64) == 0) {
    g_autoptr (GInetAddress) inside
        = g_inet_address_new_from_bytes (bytes + sizeof nat64, G_SOCKET_FAMILY_IPV4);
    return pl_push_address_is_public (inside);
  }
  return bytes[0] >> 5 == 1 && !is_in (address, special_v6, G_N_ELEMENTS (special_v6));
}

gboolean
pl_push_rules_allow_address (const PlPushRules *self, GInetAddress *address)
{
  for (guint i = 0; i < self->networks->len; i++)
    if (g_inet_address_mask_matches (self->networks->pdata[i], address))
      return TRUE;
  return pl_push_address_is_public (address);
}
