/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/train.h"

#include <string.h>

void
pl_train_init (PlTrain *self)
{
  self->bytes = g_byte_array_new ();
  self->n = 0;
}

void
pl_train_clear (PlTrain *self)
{
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  self->n = 0;
}

void
pl_train_reset (PlTrain *self)
{
  g_byte_array_set_size (self->bytes, 0);
  self->n = 0;
}

gboolean
pl_train_append (PlTrain *self, const uint8_t *data, size_t len)
{
  g_return_val_if_fail (len <= UINT16_MAX, FALSE);
  if (self->n == PL_TRAIN_MAX)
    return FALSE;
  g_byte_array_append (self->bytes, data, len);
  self->lens[self->n++] = len;
  return TRUE;
}

void
pl_train_drop_first (PlTrain *self, guint n)
{
  guint n_bytes = 0;

  if (n >= self->n) {
    pl_train_reset (self);
    return;
  }
  for (guint i = 0; i < n; i++)
    n_bytes += self->lens[i];
  if (n_bytes > 0)
    g_byte_array_remove_range (self->bytes, 0, n_bytes);
  self->n -= n;
  memmove (self->lens, self->lens + n, self->n * sizeof self->lens[0]);
}
