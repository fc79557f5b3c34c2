/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/room-table.h"

#include "base/limits.h"

#include <sodium.h>

#define NAMEPLATE_LIFE_US (3600 * (int64_t) G_USEC_PER_SEC)

/* Three digits are for people; more only when a tenth of the shorter ones are taken, so that a
 * random number is rarely a room. */
#define FIRST_NAMEPLATE 100
#define LAST_NAMEPLATE  999999999
#define MAX_TAKEN(n)    ((n) / 10)

struct _PlRoomTable {
  PlTimers *timers;
  GHashTable *rooms; /* name -> PlRoom */
  guint n_nameplates;
};

PlRoomTable *
pl_room_table_new (PlTimers *timers)
{
  PlRoomTable *self = g_new0 (PlRoomTable, 1);
  self->timers = timers;
  self->rooms
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) pl_room_free);
  return self;
}

static void
remove_room (PlRoomTable *self, PlRoom *room, int64_t now_us)
{
  pl_timers_set (self->timers, &room->expiry, PL_NEVER);
  if (room->reserved_by) {
    pl_address_release (room->reserved_by, PL_ADDRESS_NAMEPLATE, now_us);
    self->n_nameplates--;
  }
  g_hash_table_remove (self->rooms, room->name);
}

void
pl_room_table_free (PlRoomTable *self)
{
  if (self == NULL)
    return;
  for (GHashTableIter iter; g_hash_table_size (self->rooms) > 0;) {
    gpointer room;
    g_hash_table_iter_init (&iter, self->rooms);
    g_hash_table_iter_next (&iter, NULL, &room);
    remove_room (self, room, /* now_us = */ 0);
  }
  g_hash_table_unref (self->rooms);
  g_free (self);
}

PlRoom *
pl_room_table_find (const PlRoomTable *self, const char *name)
{
  return g_hash_table_lookup (self->rooms, name);
}

guint
pl_room_table_get_size (const PlRoomTable *self)
{
  return g_hash_table_size (self->rooms);
}

static void
on_expired (gpointer user_data, int64_t now_us)
{
  PlRoom *room = user_data;
  remove_room (room->table, room, now_us);
}

PlRoom *
pl_room_table_make (PlRoomTable *self, const char *name)
{
  if (g_hash_table_size (self->rooms) >= PL_MAX_ROOMS)
    return NULL;
  PlRoom *room = pl_room_new (name);
  room->table = self;
  room->expiry.expired = on_expired;
  room->expiry.user_data = room;
  g_hash_table_insert (self->rooms, room->name, room);
  return room;
}

/* As many digits as keep nine in ten numbers free. */
static char *
draw_nameplate (const PlRoomTable *self)
{
  guint32 first = FIRST_NAMEPLATE;
  while (self->n_nameplates >= MAX_TAKEN (first * 9) && first < LAST_NAMEPLATE / 10)
    first *= 10;
  return g_strdup_printf ("%u", first + randombytes_uniform (first * 9));
}

PlRoom *
pl_room_table_reserve (PlRoomTable *self, PlAddress *address, int64_t now_us)
{
  g_autofree char *name = draw_nameplate (self);
  while (pl_room_table_find (self, name)) {
    g_free (name);
    name = draw_nameplate (self);
  }
  if (!pl_address_use (address, PL_ADDRESS_NAMEPLATE))
    return NULL;
  PlRoom *room = pl_room_table_make (self, name);
  if (room == NULL) {
    pl_address_release (address, PL_ADDRESS_NAMEPLATE, now_us);
    return NULL;
  }
  room->reserved_by = address;
  self->n_nameplates++;
  pl_room_table_report_change (self, room, now_us);
  return room;
}

void
pl_room_table_report_change (PlRoomTable *self, PlRoom *room, int64_t now_us)
{
  if (room->members->len > 0)
    pl_timers_set (self->timers, &room->expiry, PL_NEVER);
  else if (room->reserved_by)
    pl_timers_set (self->timers, &room->expiry, now_us + NAMEPLATE_LIFE_US);
  else
    remove_room (self, room, now_us);
}
