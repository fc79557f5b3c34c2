/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/secret.h"

#include <sodium.h>
#include <string.h>

typedef struct {
  size_t len;
  uint8_t data[];
} Wiped;

void
pl_secret_free (PlSecret *text)
{
  if (text == NULL)
    return;
  sodium_memzero (text, strlen (text));
  g_free (text);
}

void
pl_secret_strv_free (PlSecret **texts)
{
  for (PlSecret **t = texts; t && *t; t++)
    pl_secret_free (*t);
  g_free (texts);
}

static void
wipe (gpointer data)
{
  Wiped *wiped = data;
  sodium_memzero (wiped->data, wiped->len);
  g_free (wiped);
}

GBytes *
pl_secret_bytes_new (const void *data, size_t len)
{
  Wiped *wiped = g_malloc (sizeof *wiped + len);
  wiped->len = len;
  memcpy (wiped->data, data, len);
  return g_bytes_new_with_free_func (wiped->data, len, wipe, wiped);
}
