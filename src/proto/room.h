/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/address-book.h"
#include "proto/timers.h"

#include <glib.h>

/** One who is in a room. */
typedef struct {
  struct _PlRoom *room;
  char *id; /* unique in the life of the room */
  char *name;
  gpointer session; /* whose member it is; borrowed */
} PlMember;

/**
 * PlRoom: who is in it, and how often key confirmation has failed there.
 */
typedef struct _PlRoom {
  char *name;
  guint max; /* 0 until the first has joined */
  gboolean burned;
  GPtrArray *members;     /* of PlMember, oldest first; owned */
  PlAddress *reserved_by; /* NULL unless a nameplate */
  gpointer table;         /* its PlRoomTable; this and the timer are the table's */
  PlTimer expiry;         /* of a nameplate that nobody is in */
  guint next_id;
  GHashTable *wrong; /* set of pairs of ids, "3 7" */
} PlRoom;

PlRoom *pl_room_new (const char *name);

/** Frees its members too. */
void pl_room_free (PlRoom *self);

gboolean pl_room_is_full (const PlRoom *self);

/** Adds a member with the next free id; the result is the room's. */
PlMember *pl_room_add (PlRoom *self, const char *name, gpointer session);

/** Removes and frees @member. */
void pl_room_remove (PlRoom *self, PlMember *member);

/** NULL when nobody there has this id. */
PlMember *pl_room_find (const PlRoom *self, const char *id);

/** TRUE if @id was given to anyone in the life of the room. */
gboolean pl_room_knows (const PlRoom *self, const char *id);

/** Notes that key confirmation between the two failed, whoever of them reports it first. TRUE
 * when that was one too many and the room must burn. */
gboolean pl_room_report_wrong (PlRoom *self, const char *id, const char *other);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlRoom, pl_room_free)
