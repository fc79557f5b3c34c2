/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/room.h"

#include "base/limits.h"

#include <string.h>

static void
member_free (gpointer data)
{
  PlMember *self = data;
  g_free (self->id);
  g_free (self->name);
  g_free (self);
}

PlRoom *
pl_room_new (const char *name)
{
  PlRoom *self = g_new0 (PlRoom, 1);
  self->name = g_strdup (name);
  self->members = g_ptr_array_new_with_free_func (member_free);
  self->next_id = 1;
  self->wrong = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
pl_room_free (PlRoom *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_ptr_array_unref (self->members);
  g_hash_table_unref (self->wrong);
  g_free (self);
}

gboolean
pl_room_is_full (const PlRoom *self)
{
  return self->max != 0 && self->members->len >= self->max;
}

PlMember *
pl_room_add (PlRoom *self, const char *name, gpointer session)
{
  PlMember *member = g_new0 (PlMember, 1);
  member->room = self;
  member->id = g_strdup_printf ("%u", self->next_id++);
  member->name = g_strdup (name);
  member->session = session;
  g_ptr_array_add (self->members, member);
  return member;
}

void
pl_room_remove (PlRoom *self, PlMember *member)
{
  g_ptr_array_remove (self->members, member);
}

PlMember *
pl_room_find (const PlRoom *self, const char *id)
{
  for (guint i = 0; i < self->members->len; i++) {
    PlMember *member = self->members->pdata[i];
    if (g_str_equal (member->id, id))
      return member;
  }
  return NULL;
}

gboolean
pl_room_knows (const PlRoom *self, const char *id)
{
  guint64 number;
  return g_ascii_string_to_unsigned (id, 10, 1, self->next_id - 1, &number, NULL)
         && id[0] != '0';
}

gboolean
pl_room_report_wrong (PlRoom *self, const char *id, const char *other)
{
  gboolean in_order = strcmp (id, other) < 0;
  g_hash_table_add (self->wrong,
                    g_strdup_printf ("%s %s", in_order ? id : other, in_order ? other : id));
  return g_hash_table_size (self->wrong) >= PL_MAX_WRONG_GUESSES;
}
