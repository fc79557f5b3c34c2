/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/room.h"

/**
 * PlRoomTable: all rooms by name. A nameplate stays for an hour after the last one left it, or
 * after it burned; any other room as long as somebody is in it.
 */
typedef struct _PlRoomTable PlRoomTable;

/** @timers outlives the table. */
PlRoomTable *pl_room_table_new (PlTimers *timers);

/** Frees the rooms and releases their addresses. */
void pl_room_table_free (PlRoomTable *self);

/** NULL when there is none. */
PlRoom *pl_room_table_find (const PlRoomTable *self, const char *name);

/** Makes a room of this name, which must not be there yet; NULL when there are PL_MAX_ROOMS. */
PlRoom *pl_room_table_make (PlRoomTable *self, const char *name);

/** Makes a room whose name is a random nameplate that is free; NULL when there are too many, in
 * all or of this address. */
PlRoom *pl_room_table_reserve (PlRoomTable *self, PlAddress *address, int64_t now_us);

/** Reports that somebody came or left, or that the room burned. @room may be gone after it. */
void pl_room_table_report_change (PlRoomTable *self, PlRoom *room, int64_t now_us);

guint pl_room_table_get_size (const PlRoomTable *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlRoomTable, pl_room_table_free)
