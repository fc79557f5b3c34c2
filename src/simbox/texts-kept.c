/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-texts"

#include "simbox/texts-private.h"

/* What is done with texts that are here: they are read, and deleted. */

gboolean
pl_texts_mark_read (PlTexts *self, const char *number, int64_t seq, GError **error)
{
  guint n;

  g_return_val_if_fail (PL_IS_TEXTS (self), FALSE);
  if (!pl_store_mark_read (self->store, number, seq, &n, error))
    return FALSE;
  if (n > 0)
    pl_texts_emit_read (self, number, seq);
  return TRUE;
}

/* What was sent and waits for its report does not any more. */
static gboolean
delete_rows (PlTexts *self, GArray *rows, GError **error)
{
  if (rows->len == 0)
    return TRUE;
  if (!pl_store_delete_texts (self->store, rows, error))
    return FALSE;
  /* There may be room for what waits in the modem now. */
  if (self->problem)
    pl_texts_sweep (self);
  for (guint i = 0; i < rows->len; i++)
    pl_outbox_forget (self->outbox, g_array_index (rows, int64_t, i));
  pl_texts_wake (self);
  return TRUE;
}

gboolean
pl_texts_delete_thread (PlTexts *self, const char *number, int64_t seq, GError **error)
{
  g_return_val_if_fail (PL_IS_TEXTS (self), FALSE);
  g_autoptr (GArray) rows = pl_store_find_rows (self->store, number, seq, error);
  if (rows == NULL || !delete_rows (self, rows, error))
    return FALSE;
  if (rows->len > 0)
    pl_texts_emit_deleted (self, number, seq, /* seqs = */ NULL);
  return TRUE;
}

gboolean
pl_texts_delete (PlTexts *self, GArray *seqs, GError **error)
{
  g_autoptr (GArray) rows
      = g_array_new (/* zero_terminated = */ FALSE, /* clear = */ FALSE, sizeof (int64_t));
  g_autoptr (GArray) found
      = g_array_new (/* zero_terminated = */ FALSE, /* clear = */ FALSE, sizeof (int64_t));

  g_return_val_if_fail (PL_IS_TEXTS (self), FALSE);
  for (guint i = 0; i < seqs->len; i++) {
    int64_t seq = g_array_index (seqs, int64_t, i);
    g_autoptr (GArray) row = pl_store_find_rows (self->store, /* number = */ NULL, seq, error);
    if (row == NULL)
      return FALSE;
    if (row->len == 0)
      continue;
    g_array_append_vals (rows, row->data, row->len);
    g_array_append_val (found, seq);
  }
  if (rows->len == 0) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                         "there is no such text: it was deleted, or has changed");
    return FALSE;
  }
  if (!delete_rows (self, rows, error))
    return FALSE;
  pl_texts_emit_deleted (self, /* number = */ NULL, /* seq = */ 0, found);
  return TRUE;
}
