/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/address-book.h"

#include "base/limits.h"
#include "proto/bucket.h"

#include <string.h>

static const PlRate connect_rate = {
  .interval_us = G_USEC_PER_SEC / PL_CONNECTIONS_PER_S,
  .burst = PL_CONNECTIONS_BURST,
};

static const PlRate guess_rate = {
  .interval_us = (int64_t) PL_FAILED_JOIN_SECONDS * G_USEC_PER_SEC,
  .burst = PL_MAX_FAILED_JOINS,
};

static const PlRate push_rate = {
  .interval_us = G_USEC_PER_SEC / PL_ADDRESS_PUSHES_PER_S,
  .burst = PL_ADDRESS_PUSHES_BURST,
};

static const guint max_uses[PL_ADDRESS_N_USES] = {
  [PL_ADDRESS_CONNECTION] = PL_MAX_CONNECTIONS_PER_ADDRESS,
  [PL_ADDRESS_WEBSOCKET] = PL_MAX_WEBSOCKETS_PER_ADDRESS,
  [PL_ADDRESS_SESSION] = PL_MAX_SESSIONS_PER_ADDRESS,
  [PL_ADDRESS_NAMEPLATE] = PL_MAX_NAMEPLATES_PER_ADDRESS,
  [PL_ADDRESS_PUSH] = PL_MAX_PUSHES_PER_ADDRESS,
};

struct _PlAddressBook {
  PlTimers *timers;
  GHashTable *addresses; /* key -> PlAddress */
};

struct _PlAddress {
  PlAddressBook *book;
  char *key;
  guint uses[PL_ADDRESS_N_USES];
  PlBucket connects;
  PlBucket guesses;
  PlBucket pushes;
  PlTimer forget; /* armed while nothing uses it */
};

static gboolean
is_mapped (const guint8 *bytes)
{
  static const guint8 prefix[12] = { [10] = 0xff, [11] = 0xff };
  return memcmp (bytes, prefix, sizeof prefix) == 0;
}

char *
pl_address_make_key (GInetAddress *address)
{
  const guint8 *bytes = g_inet_address_to_bytes (address);
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    return g_inet_address_to_string (address);

  guint8 network[16] = { 0 };
  if (is_mapped (bytes)) {
    g_autoptr (GInetAddress) mapped
        = g_inet_address_new_from_bytes (bytes + 12, G_SOCKET_FAMILY_IPV4);
    return g_inet_address_to_string (mapped);
  }
  memcpy (network, bytes, 8);
  g_autoptr (GInetAddress) prefix
      = g_inet_address_new_from_bytes (network, G_SOCKET_FAMILY_IPV6);
  g_autofree char *text = g_inet_address_to_string (prefix);
  return g_strconcat (text, "/64", NULL);
}

static void
address_free (gpointer data)
{
  PlAddress *self = data;
  pl_timers_set (self->book->timers, &self->forget, PL_NEVER);
  g_free (self->key);
  g_free (self);
}

PlAddressBook *
pl_address_book_new (PlTimers *timers)
{
  PlAddressBook *self = g_new0 (PlAddressBook, 1);
  self->timers = timers;
  self->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, address_free);
  return self;
}

void
pl_address_book_free (PlAddressBook *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->addresses);
  g_free (self);
}

guint
pl_address_book_get_size (const PlAddressBook *self)
{
  return g_hash_table_size (self->addresses);
}

static void
on_forget (gpointer user_data, int64_t now_us G_GNUC_UNUSED)
{
  PlAddress *self = user_data;
  g_hash_table_remove (self->book->addresses, self->key);
}

/* An address that nothing uses is kept until its buckets are full again, and would be the same
 * if it was made anew. */
static void
forget_when_unused (PlAddress *self, int64_t now_us)
{
  for (guint i = 0; i < PL_ADDRESS_N_USES; i++)
    if (self->uses[i] > 0)
      return;
  int64_t wait = MAX (pl_bucket_get_time_to_full (&self->connects, &connect_rate, now_us),
                      pl_bucket_get_time_to_full (&self->guesses, &guess_rate, now_us));
  wait = MAX (wait, pl_bucket_get_time_to_full (&self->pushes, &push_rate, now_us));
  pl_timers_set (self->book->timers, &self->forget, now_us + wait);
}

static PlAddress *
look_up (PlAddressBook *self, GInetAddress *inet, int64_t now_us)
{
  g_autofree char *key = pl_address_make_key (inet);
  PlAddress *address = g_hash_table_lookup (self->addresses, key);

  if (address || g_hash_table_size (self->addresses) >= PL_MAX_ADDRESSES)
    return address;
  address = g_new0 (PlAddress, 1);
  address->book = self;
  address->key = g_steal_pointer (&key);
  address->forget.expired = on_forget;
  address->forget.user_data = address;
  pl_bucket_init (&address->connects, &connect_rate, now_us);
  pl_bucket_init (&address->guesses, &guess_rate, now_us);
  pl_bucket_init (&address->pushes, &push_rate, now_us);
  g_hash_table_insert (self->addresses, address->key, address);
  return address;
}

PlAddress *
pl_address_book_connect (PlAddressBook *self, GInetAddress *inet, int64_t now_us)
{
  PlAddress *address = look_up (self, inet, now_us);

  if (address == NULL)
    return NULL;
  if (!pl_bucket_has (&address->connects, &connect_rate, now_us)
      || !pl_address_use (address, PL_ADDRESS_CONNECTION))
    return NULL;
  pl_bucket_take (&address->connects, &connect_rate, 1, now_us);
  return address;
}

gboolean
pl_address_use (PlAddress *self, PlAddressUse use)
{
  if (self->uses[use] >= max_uses[use])
    return FALSE;
  self->uses[use]++;
  pl_timers_set (self->book->timers, &self->forget, PL_NEVER);
  return TRUE;
}

void
pl_address_release (PlAddress *self, PlAddressUse use, int64_t now_us)
{
  g_assert (self->uses[use] > 0);
  self->uses[use]--;
  forget_when_unused (self, now_us);
}

guint
pl_address_get_guess_wait_s (PlAddress *self, int64_t now_us)
{
  int64_t wait = pl_bucket_get_wait (&self->guesses, &guess_rate, now_us);
  return (guint) ((wait + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
}

void
pl_address_report_failed_join (PlAddress *self, int64_t now_us)
{
  pl_bucket_take (&self->guesses, &guess_rate, 1, now_us);
}

gboolean
pl_address_may_push (PlAddress *self, int64_t now_us)
{
  return pl_bucket_has (&self->pushes, &push_rate, now_us);
}

void
pl_address_report_push (PlAddress *self, int64_t now_us)
{
  pl_bucket_take (&self->pushes, &push_rate, 1, now_us);
}
