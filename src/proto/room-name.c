/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/room-name.h"

#include "base/limits.h"

#include <string.h>

/* 16 bytes of base32 without padding. */
#define DERIVED_CHARACTERS 26

gboolean
pl_room_name_is_nameplate (const char *name)
{
  size_t len = strlen (name);
  return len >= 1 && len <= PL_MAX_NAMEPLATE && name[0] != '0'
         && strspn (name, "0123456789") == len;
}

gboolean
pl_room_name_is_valid (const char *name)
{
  if (name[0] != 'x')
    return pl_room_name_is_nameplate (name);
  return strlen (name) == 1 + DERIVED_CHARACTERS
         && strspn (name + 1, "abcdefghijklmnopqrstuvwxyz234567") == DERIVED_CHARACTERS;
}
