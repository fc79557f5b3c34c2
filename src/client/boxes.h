/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/identity.h"

#include <stdint.h>

/** One box that we are paired with, as $XDG_DATA_HOME/punchline/boxes/NAME keeps it. */
typedef struct {
  char *name;
  char *identity;    /* public */
  char *signaling;   /* where it waits */
  char *rights;      /* when it was paired, for people */
  int64_t seen_call; /* the last call of its log that the user was shown; -1: not known */
} PlBoxEntry;

void pl_box_entry_free (PlBoxEntry *self);

/** Our own identity, made at first use. */
PlIdentity *pl_boxes_load_identity (GError **error);

/** All, by name; those that cannot be read are left out. Of PlBoxEntry. */
GPtrArray *pl_boxes_list (void);

/** The one called @name; NULL: the only one there is. PL_CONFIG_ERROR_INVALID. */
PlBoxEntry *pl_boxes_find (const char *name, GError **error);

/** Keeps @entry; a box of that identity is replaced. Another with that name is not: @entry gets
 * another name then ("home-2"). */
gboolean pl_boxes_save (PlBoxEntry *entry, GError **error);
/** Keeps that the user was shown the calls up to @seq. */
gboolean pl_boxes_save_seen_call (PlBoxEntry *entry, int64_t seq, GError **error);
/** Takes away what is kept of it; the box is not told. */
void pl_boxes_forget (const PlBoxEntry *entry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlBoxEntry, pl_box_entry_free)
