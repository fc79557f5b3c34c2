/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/forwarded.h"

#include <string.h>

/* "::ffff:192.0.2.1" is 192.0.2.1 on a socket that takes both families. */
static GInetAddress *
unmap (GInetAddress *address)
{
  static const guint8 prefix[12] = { [10] = 0xff, [11] = 0xff };
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6
      && memcmp (bytes, prefix, sizeof prefix) == 0)
    return g_inet_address_new_from_bytes (bytes + sizeof prefix, G_SOCKET_FAMILY_IPV4);
  return g_object_ref (address);
}

static gboolean
matches (GInetAddress *address, const GPtrArray *trusted)
{
  for (guint i = 0; trusted && i < trusted->len; i++) {
    GInetAddressMask *mask = trusted->pdata[i];
    if (g_inet_address_mask_matches (mask, address))
      return TRUE;
  }
  return FALSE;
}

gboolean
pl_forwarded_is_trusted (GInetAddress *peer, const GPtrArray *trusted)
{
  g_autoptr (GInetAddress) address = unmap (peer);
  return matches (address, trusted);
}

/* "192.0.2.1", "192.0.2.1:4000", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:4000". */
static GInetAddress *
parse_entry (const char *entry)
{
  g_autofree char *text = g_strstrip (g_strdup (entry));
  char *host = text;

  if (*host == '[') {
    host++;
    host[strcspn (host, "]")] = '\0';
  } else if (strchr (host, ':') == strrchr (host, ':')) {
    host[strcspn (host, ":")] = '\0';
  }
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
  return address ? unmap (address) : NULL;
}

GInetAddress *
pl_forwarded_pick (GInetAddress *peer, const char *header, const GPtrArray *trusted)
{
  g_autoptr (GInetAddress) picked = unmap (peer);
  g_auto (GStrv) entries = g_strsplit (header ? header : "", ",", -1);

  for (guint i = g_strv_length (entries); i > 0 && matches (picked, trusted); i--) {
    GInetAddress *address = parse_entry (entries[i - 1]);
    if (address == NULL)
      break;
    g_set_object (&picked, address);
    g_object_unref (address);
  }
  return g_steal_pointer (&picked);
}
