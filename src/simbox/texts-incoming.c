/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-texts"

#include "simbox/texts-private.h"

#include "base/log.h"

/* What a sweep brings: our own texts for the outbox, reports, and texts, which are committed
 * before they are deleted from the modem. */

typedef struct {
  int64_t row;
  int64_t at_us;
} Gap;

static void
set_gap_deadline (PlTexts *self)
{
  const Gap *gap = g_queue_peek_head (&self->gaps);
  pl_deadline_set (self->gap_deadline, gap ? gap->at_us : PL_NEVER);
}

void
pl_texts_expect_rest (PlTexts *self, int64_t row)
{
  for (GList *link = self->gaps.head; link; link = link->next)
    if (((Gap *) link->data)->row == row)
      return;
  Gap *gap = g_new (Gap, 1);
  gap->row = row;
  gap->at_us = g_get_monotonic_time () + self->gap_time;
  g_queue_push_tail (&self->gaps, gap);
  set_gap_deadline (self);
}

void
pl_texts_restart_gaps (PlTexts *self)
{
  for (GList *link = self->gaps.head; link; link = link->next)
    ((Gap *) link->data)->at_us = g_get_monotonic_time () + self->gap_time;
  set_gap_deadline (self);
}

void
pl_texts_gap_time_over (gpointer user_data)
{
  PlTexts *self = user_data;
  int64_t now = g_get_monotonic_time ();
  const Gap *head;

  while ((head = g_queue_peek_head (&self->gaps)) && head->at_us <= now) {
    g_autofree Gap *gap = g_queue_pop_head (&self->gaps);
    g_autoptr (GError) error = NULL;
    gboolean shown;
    if (!pl_store_show_gaps (self->store, gap->row, &shown, &error)) {
      pl_debug (self, "%s", error->message);
      pl_texts_expect_rest (self, gap->row);
    } else if (shown) {
      pl_texts_announce (self, gap->row);
    }
  }
  set_gap_deadline (self);
}

static gboolean
is_ours (const PlModemText *text)
{
  return text->part == NULL || text->part->kind == PL_SMS_OURS;
}

/* Inside a transaction: of what the modem has deleted no copy is left there. */
static gboolean
forget_deleted (PlTexts *self, GError **error)
{
  for (guint i = 0; i < self->deleted->len; i++)
    if (!pl_store_part_deleted (self->store, g_ptr_array_index (self->deleted, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
add_parts (PlTexts *self, GPtrArray *texts, GArray *rows, GArray *waiting, GError **error)
{
  int64_t now = g_get_real_time ();

  for (guint i = 0; i < texts->len; i++) {
    const PlModemText *text = g_ptr_array_index (texts, i);
    int64_t row, waits;
    if (is_ours (text))
      continue;
    if (!pl_store_add_part (self->store, text->part, now, &row, &waits, error))
      return FALSE;
    if (row)
      g_array_append_val (rows, row);
    if (waits)
      g_array_append_val (waiting, waits);
  }
  return TRUE;
}

/* All of a sweep in one transaction. FALSE: the store has none of it, and the modem keeps it.
 */
static gboolean
keep_incoming (PlTexts *self, GPtrArray *texts, gboolean complete, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (int64_t));
  g_autoptr (GArray) waiting = g_array_new (FALSE, FALSE, sizeof (int64_t));

  if (!pl_store_begin_sweep (self->store, error))
    return FALSE;
  if (!forget_deleted (self, error) || !add_parts (self, texts, rows, waiting, error)) {
    pl_store_roll_back (self->store);
    return FALSE;
  }
  if (!pl_store_end_sweep (self->store, complete, error))
    return FALSE;
  g_ptr_array_set_size (self->deleted, 0);
  for (guint i = 0; i < rows->len; i++)
    pl_texts_announce (self, g_array_index (rows, int64_t, i));
  for (guint i = 0; i < waiting->len; i++)
    pl_texts_expect_rest (self, g_array_index (waiting, int64_t, i));
  return TRUE;
}

typedef struct {
  PlTexts *texts;
  const char *number;
} Match;

static gboolean
goes_to (int64_t row, gpointer user_data)
{
  const Match *match = user_data;
  PlStore *store = match->texts->store;
  g_autoptr (PlText) text = pl_store_get_text (store, row, /* error = */ NULL);
  return text
         && pl_dial_same_number (pl_store_get_country (store), text->number, match->number);
}

static void
take_indications (PlTexts *self, GPtrArray *texts)
{
  for (guint i = 0; i < texts->len; i++) {
    const PlModemText *text = g_ptr_array_index (texts, i);
    const PlSmsPart *part = text->part;
    if (is_ours (text))
      continue;
    Match match = { self, part->number };
    if (part->kind == PL_SMS_REPORT
        && !pl_outbox_reported (self->outbox, part->report_mr, part->report_status, goes_to,
                                &match))
      pl_debug (self, "report %u for %s: no text waits for it", part->report_mr,
                pl_private (part->number));
    if (part->kind == PL_SMS_WAITING)
      pl_texts_emit_operator_mail (self, part->waiting);
  }
}

/* Tells the outbox what the modem has of ours; what nobody knows was being written when the box
 * was stopped, and its part is still queued. */
static void
take_ours (PlTexts *self, GPtrArray *texts, GPtrArray *orphans)
{
  for (guint i = 0; i < texts->len; i++) {
    const PlModemText *text = g_ptr_array_index (texts, i);
    if (is_ours (text) && !pl_outbox_swept (self->outbox, text->handle, text->went_out)
        && !text->went_out && self->orphans_expected)
      g_ptr_array_add (orphans, text->handle);
  }
  pl_outbox_sweep_done (self->outbox, g_get_monotonic_time ());
}

/* Where that cannot be written it is done with the next sweep: one that is the same to the bit
 * is not taken for a copy of what is gone. */
static void
save_deleted (PlTexts *self)
{
  g_autoptr (GError) error = NULL;

  if (self->deleted->len == 0)
    return;
  if (pl_store_begin (self->store, &error)) {
    if (forget_deleted (self, &error) && pl_store_commit (self->store, &error))
      g_ptr_array_set_size (self->deleted, 0);
    else
      pl_store_roll_back (self->store);
  }
  if (error)
    pl_debug (self, "%s", error->message);
}

static void
finish_sweep (PlTexts *self)
{
  save_deleted (self);
  self->sweeping = FALSE;
  pl_texts_wake (self);
}

typedef struct {
  PlTexts *texts;
  GBytes *key; /* NULL: one of ours */
} Deletion;

static void
deletion_free (Deletion *self)
{
  g_object_unref (self->texts);
  g_clear_pointer (&self->key, g_bytes_unref);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Deletion, deletion_free)

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Deletion) deletion = user_data;
  PlTexts *self = deletion->texts;
  g_autoptr (GError) error = NULL;

  /* Where it failed it will be listed again, and is known then. */
  if (!pl_modem_finish (PL_MODEM (source), result, &error))
    pl_debug (self, "a text stays in the modem: %s", error->message);
  else if (deletion->key)
    g_ptr_array_add (self->deleted, g_steal_pointer (&deletion->key));
  if (--self->deleting == 0)
    finish_sweep (self);
}

static void
delete_text (PlTexts *self, const char *handle, const PlSmsPart *part)
{
  Deletion *deletion = g_new (Deletion, 1);

  *deletion = (Deletion){ g_object_ref (self), part ? pl_store_make_key (part) : NULL };
  self->deleting++;
  pl_modem_delete_text_async (self->modem, handle, /* cancellable = */ NULL, on_deleted,
                              deletion);
}

/* The owner is told when texts begin to wait in the modem, and when they do not any more. */
static void
check_problem (PlTexts *self)
{
  const char *problem = pl_store_get_problem (self->store);

  if (g_strcmp0 (problem, self->problem) == 0)
    return;
  g_free (self->problem);
  self->problem = g_strdup (problem);
  pl_texts_emit_problem_changed (self);
}

static void
work_off (PlTexts *self, GPtrArray *texts, gboolean complete)
{
  g_autoptr (GPtrArray) orphans = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  take_ours (self, texts, orphans);
  take_indications (self, texts);
  gboolean kept = keep_incoming (self, texts, complete, &error);
  if (!kept)
    pl_debug (self, "texts stay in the modem: %s", error->message);
  self->swept = TRUE;
  self->orphans_expected = FALSE;
  check_problem (self);

  for (guint i = 0; i < orphans->len; i++)
    delete_text (self, g_ptr_array_index (orphans, i), /* part = */ NULL);
  for (guint i = 0; kept && i < texts->len; i++) {
    const PlModemText *text = g_ptr_array_index (texts, i);
    if (!is_ours (text))
      delete_text (self, text->handle, text->part);
  }
}

static void
on_swept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PlTexts) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) texts = pl_modem_sweep_finish (PL_MODEM (source), result, &error);

  if (texts == NULL)
    pl_debug (self, "sweep: %s", error->message);
  else if (self->running)
    work_off (self, texts, pl_modem_sweep_is_complete (result));
  if (self->deleting == 0)
    finish_sweep (self);
}

void
pl_texts_run_sweep (PlTexts *self)
{
  self->sweeping = TRUE;
  pl_modem_sweep_async (self->modem, /* cancellable = */ NULL, on_swept, g_object_ref (self));
}

void
pl_texts_clear_gaps (PlTexts *self)
{
  g_queue_clear_full (&self->gaps, g_free);
}
