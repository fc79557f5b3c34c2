/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-texts"

#include "simbox/texts-private.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#include <string.h>

/* One thing at a time is asked of the modem: a sweep with the deletions that follow from it, or
 * one step of the outbox. So a handle that a sweep listed cannot have become another text's by
 * the time it is deleted. */

#define SWEEP_TIME  (60 * G_USEC_PER_SEC)
#define GAP_TIME    (10 * 60 * G_USEC_PER_SEC)
#define REPORT_TIME (INT64_C (3) * 24 * 3600 * G_USEC_PER_SEC) /* that a report may take */

G_DEFINE_FINAL_TYPE (PlTexts, pl_texts, G_TYPE_OBJECT)

enum {
  TEXT_CHANGED,
  OPERATOR_MAIL,
  PROBLEM_CHANGED,
  TEXTS_READ,
  TEXTS_DELETED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

void
pl_texts_wake (PlTexts *self)
{
  g_source_set_ready_time (self->idle, 0);
}

void
pl_texts_announce (PlTexts *self, int64_t row)
{
  g_array_append_val (self->changed, row);
  pl_texts_wake (self);
}

void
pl_texts_emit_operator_mail (PlTexts *self, int n)
{
  g_signal_emit (self, signals[OPERATOR_MAIL], 0, n);
}

void
pl_texts_emit_problem_changed (PlTexts *self)
{
  g_signal_emit (self, signals[PROBLEM_CHANGED], 0);
}

void
pl_texts_emit_read (PlTexts *self, const char *number, int64_t seq)
{
  g_signal_emit (self, signals[TEXTS_READ], 0, number, (gint64) seq);
}

void
pl_texts_emit_deleted (PlTexts *self, const char *number, int64_t seq, GArray *seqs)
{
  g_signal_emit (self, signals[TEXTS_DELETED], 0, number, (gint64) seq, seqs);
}

static int
by_seq (gconstpointer a, gconstpointer b)
{
  const PlText *first = *(PlText *const *) a, *second = *(PlText *const *) b;
  return (first->seq > second->seq) - (first->seq < second->seq);
}

/* In the order of the sequence and each number once: who watches keeps the last one, and asks
 * for what came after it. */
static void
tell_observers (PlTexts *self)
{
  g_autoptr (GArray) rows = g_steal_pointer (&self->changed);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_text_free);
  int64_t last = 0;

  self->changed
      = g_array_new (/* zero_terminated = */ FALSE, /* clear = */ FALSE, sizeof (int64_t));
  for (guint i = 0; i < rows->len; i++) {
    PlText *text
        = pl_store_get_text (self->store, g_array_index (rows, int64_t, i), /* error = */ NULL);
    if (text)
      g_ptr_array_add (texts, text);
  }
  g_ptr_array_sort (texts, by_seq);
  for (guint i = 0; i < texts->len; i++) {
    const PlText *text = g_ptr_array_index (texts, i);
    if (text->seq == last)
      continue;
    last = text->seq;
    g_signal_emit (self, signals[TEXT_CHANGED], 0, text);
  }
}

/* What goes out. */

static PlSendError
kind_of (const GError *error)
{
  if (error->domain != PL_MODEM_ERROR)
    return PL_SEND_ERROR_TEMPORARY;
  switch ((PlModemError) error->code) {
  case PL_MODEM_ERROR_GONE:
  case PL_MODEM_ERROR_TIMEOUT:
  case PL_MODEM_ERROR_NOT_READY:
    return PL_SEND_ERROR_TEMPORARY;
  case PL_MODEM_ERROR_FAILED:
    return PL_SEND_ERROR_REFUSED;
  case PL_MODEM_ERROR_INVALID:
  case PL_MODEM_ERROR_UNSUPPORTED:
    break;
  }
  return PL_SEND_ERROR_FINAL;
}

static void
report_failure (PlTexts *self, const GError *error)
{
  pl_debug (self, "a text was not sent: %s", error->message);
  pl_outbox_failed (self->outbox, kind_of (error), error->message, g_get_monotonic_time ());
  /* The modem's store may be full. */
  self->sweep_wanted = TRUE;
}

static gboolean
on_save (const PlOutPart *part, gpointer user_data)
{
  PlTexts *self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean changed;

  if (!pl_store_save_out_part (self->store, part, &changed, &error)) {
    pl_debug (self, "%s", error->message);
    return FALSE;
  }
  if (changed)
    pl_texts_announce (self, part->text);
  return TRUE;
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PlTexts) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *handle = pl_modem_prepare_part_finish (PL_MODEM (source), result, &error);

  if (!self->running)
    return;
  if (handle)
    pl_outbox_prepared (self->outbox, handle, g_get_monotonic_time ());
  else
    report_failure (self, error);
  pl_texts_wake (self);
}

static void
on_prepare (const PlOutPart *part, gpointer user_data)
{
  PlTexts *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PlText) text = pl_store_get_text (self->store, part->text, &error);

  if (text == NULL) {
    pl_outbox_failed (self->outbox, PL_SEND_ERROR_TEMPORARY,
                      error ? error->message : "the text is not in the database",
                      g_get_monotonic_time ());
    return;
  }
  /* The row as reference: texts that follow each other differ. */
  pl_modem_prepare_part_async (self->modem, text->number, text->text, part->number,
                               (guint16) part->text, /* cancellable = */ NULL, on_prepared,
                               g_object_ref (self));
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PlTexts) self = user_data;
  g_autoptr (GError) error = NULL;
  int mr = pl_modem_send_prepared_finish (PL_MODEM (source), result, &error);

  if (!self->running)
    return;
  if (error == NULL)
    pl_outbox_sent (self->outbox, mr, g_get_monotonic_time ());
  else
    report_failure (self, error);
  pl_texts_wake (self);
}

static void
on_send (const PlOutPart *part, gpointer user_data)
{
  PlTexts *self = user_data;
  pl_modem_send_prepared_async (self->modem, part->handle, /* cancellable = */ NULL, on_sent,
                                g_object_ref (self));
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PlTexts) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!pl_modem_finish (PL_MODEM (source), result, &error))
    pl_debug (self, "a sent text stays in the modem: %s", error->message);
  pl_outbox_removed (self->outbox, g_get_monotonic_time ());
  pl_texts_wake (self);
}

static void
on_remove (const char *handle, gpointer user_data)
{
  PlTexts *self = user_data;
  pl_modem_delete_text_async (self->modem, handle, /* cancellable = */ NULL, on_removed,
                              g_object_ref (self));
}

static void
on_sweep_asked (gpointer user_data)
{
  pl_texts_sweep (user_data);
}

static const PlOutboxOps outbox_ops = {
  .save = on_save,
  .prepare = on_prepare,
  .send = on_send,
  .remove = on_remove,
  .sweep = on_sweep_asked,
};

static void
load_part (const PlOutPart *part, gpointer user_data)
{
  PlTexts *self = user_data;

  if (part->state == PL_PART_QUEUED)
    self->orphans_expected = TRUE;
  pl_outbox_add (self->outbox, part, /* reloaded = */ TRUE, g_get_monotonic_time ());
}

/* The work. */

static gboolean
has_sim (PlModemState state)
{
  return state == PL_MODEM_SEARCHING || state == PL_MODEM_DENIED || state == PL_MODEM_READY;
}

static void
work (PlTexts *self)
{
  PlModemState state = pl_modem_get_status (self->modem)->state;

  if (self->sweeping || pl_outbox_is_busy (self->outbox))
    return;
  if (self->sweep_wanted && has_sim (state)) {
    self->sweep_wanted = FALSE;
    pl_texts_run_sweep (self);
  } else if (self->swept && state == PL_MODEM_READY) {
    pl_outbox_run (self->outbox, g_get_monotonic_time ());
  }
}

static gboolean
on_idle (gpointer user_data)
{
  g_autoptr (PlTexts) hold = g_object_ref (user_data);

  g_source_set_ready_time (hold->idle, -1);
  tell_observers (hold);
  if (!hold->running)
    return G_SOURCE_CONTINUE;
  work (hold);
  pl_deadline_set (hold->outbox_deadline, pl_outbox_get_deadline (hold->outbox));
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_idle (GSource *source G_GNUC_UNUSED, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs idle_funcs = { .dispatch = dispatch_idle };

static void
on_outbox_deadline (gpointer user_data)
{
  PlTexts *self = user_data;
  pl_outbox_expire (self->outbox, g_get_monotonic_time ());
  pl_texts_wake (self);
}

static void
on_minute (gpointer user_data)
{
  PlTexts *self = user_data;
  pl_deadline_set (self->minute, g_get_monotonic_time () + SWEEP_TIME);
  pl_texts_sweep (self);
}

static void
on_status_changed (PlTexts *self)
{
  gboolean ready = pl_modem_get_status (self->modem)->state == PL_MODEM_READY;

  if (ready && !self->ready) {
    pl_outbox_network_came (self->outbox, g_get_monotonic_time ());
    pl_texts_sweep (self);
  }
  self->ready = ready;
  pl_texts_wake (self);
}

static void
on_call_changed (PlTexts *self, const PlModemCall *call)
{
  /* Many modems keep their URCs to themselves during a call. */
  if (call->state == PL_MODEM_CALL_ENDED)
    pl_texts_sweep (self);
}

void
pl_texts_sweep (PlTexts *self)
{
  g_return_if_fail (PL_IS_TEXTS (self));
  self->sweep_wanted = TRUE;
  pl_texts_wake (self);
}

void
pl_texts_start (PlTexts *self)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (PL_IS_TEXTS (self) && !self->running);
  self->running = TRUE;
  if (!pl_store_foreach_out_part (self->store, g_get_real_time () - REPORT_TIME, load_part,
                                  self, &error))
    pl_debug (self, "%s", error->message);
  g_autoptr (GArray) waiting = pl_store_list_waiting (self->store, /* error = */ NULL);
  for (guint i = 0; waiting && i < waiting->len; i++)
    pl_texts_expect_rest (self, g_array_index (waiting, int64_t, i));

  g_signal_connect_object (self->modem, "texts-waiting", G_CALLBACK (pl_texts_sweep), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->modem, "status-changed", G_CALLBACK (on_status_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->modem, "call-changed", G_CALLBACK (on_call_changed), self,
                           G_CONNECT_SWAPPED);
  on_status_changed (self);
  on_minute (self);
}

void
pl_texts_stop (PlTexts *self)
{
  g_return_if_fail (PL_IS_TEXTS (self));
  self->running = FALSE;
  g_signal_handlers_disconnect_by_data (self->modem, self);
  pl_deadline_set (self->minute, PL_NEVER);
  pl_deadline_set (self->outbox_deadline, PL_NEVER);
  pl_deadline_set (self->gap_deadline, PL_NEVER);
}

static gboolean
invalid (GError **error, const char *what)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, what);
  return FALSE;
}

static gboolean
check_request (const char *id, const char *text, GError **error)
{
  size_t len = strlen (id);

  if (len < 1 || len > PL_MAX_TEXT_ID)
    return invalid (error, "the id of a text has 1 to 64 characters");
  for (size_t i = 0; i < len; i++)
    if (!g_ascii_isgraph (id[i]))
      return invalid (error, "the id of a text has printable characters only");
  if (text[0] == '\0' || !g_utf8_validate (text, /* max_len = */ -1, /* end = */ NULL))
    return invalid (error, "a text is not empty, and is UTF-8");
  return TRUE;
}

/* How many parts, 0: refused. */
static guint
check_size (PlTexts *self, const char *text, const char *day, GError **error)
{
  guint today = 0;
  guint n = pl_modem_count_parts (self->modem, text);

  if (n < 1 || n > PL_MAX_TEXT_PARTS) {
    g_autofree char *would = n ? g_strdup_printf (": it would take %u parts, %d are the most",
                                                  n, PL_MAX_TEXT_PARTS)
                               : g_strdup ("");
    g_set_error (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT, "the text is too long%s", would);
    return 0;
  }
  if (pl_outbox_count_waiting (self->outbox) + n > PL_MAX_QUEUED_OUT) {
    g_set_error_literal (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT,
                         "too many texts wait to be sent");
    return 0;
  }
  if (!pl_store_get_count (self->store, "texts", day, &today, error)
      || !pl_dial_rules_check_texts (self->rules, today, n, error))
    return 0;
  return n;
}

static void
queue_parts (PlTexts *self, const PlText *text)
{
  for (guint i = 1; i <= text->parts; i++) {
    const PlOutPart part = {
      .text = text->row, .number = i, .total = text->parts, .state = PL_PART_QUEUED, .mr = -1
    };
    pl_outbox_add (self->outbox, &part, /* reloaded = */ FALSE, g_get_monotonic_time ());
  }
}

PlText *
pl_texts_send (PlTexts *self, const char *id, const char *to, const char *text, GError **error)
{
  g_autoptr (GError) store_error = NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *day = g_date_time_format (now, "%F");

  g_return_val_if_fail (PL_IS_TEXTS (self), NULL);
  if (!check_request (id, text, error))
    return NULL;
  PlText *known = pl_store_find_text (self->store, id, &store_error);
  if (known)
    return known;
  if (store_error == NULL && pl_store_was_deleted (self->store, id, &store_error))
    g_set_error_literal (&store_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                         "this text was sent, and has been deleted since");
  if (store_error) {
    g_propagate_error (error, g_steal_pointer (&store_error));
    return NULL;
  }
  g_autofree char *number = pl_dial_rules_check (self->rules, to, error);
  guint n_parts = number ? check_size (self, text, day, error) : 0;
  if (n_parts == 0 || !pl_store_count (self->store, "texts", day, n_parts, error))
    return NULL;
  PlText *added = pl_store_add_outgoing (self->store, id, number, text, n_parts,
                                         g_get_real_time (), error);
  if (added == NULL)
    return NULL;
  /* else the start will find it */
  if (self->running)
    queue_parts (self, added);
  pl_texts_announce (self, added->row);
  return added;
}

void
pl_texts_set_gap_time (PlTexts *self, int64_t gap_us)
{
  self->gap_time = gap_us;
  pl_texts_restart_gaps (self);
}

PlTexts *
pl_texts_new (PlStore *store, PlModem *modem, const PlDialRules *rules)
{
  PlTexts *self = g_object_new (PL_TYPE_TEXTS, NULL);

  self->store = store;
  self->modem = g_object_ref (modem);
  self->rules = rules;
  return self;
}

static void
pl_texts_finalize (GObject *object)
{
  PlTexts *self = PL_TEXTS (object);

  g_source_destroy (self->idle);
  g_source_unref (self->idle);
  pl_deadline_free (self->minute);
  pl_deadline_free (self->outbox_deadline);
  pl_deadline_free (self->gap_deadline);
  pl_outbox_free (self->outbox);
  pl_texts_clear_gaps (self);
  g_array_unref (self->changed);
  g_ptr_array_unref (self->deleted);
  g_free (self->problem);
  g_clear_object (&self->modem);
  G_OBJECT_CLASS (pl_texts_parent_class)->finalize (object);
}

static void
pl_texts_class_init (PlTextsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = pl_texts_finalize;
  signals[TEXT_CHANGED] = g_signal_new ("text-changed", PL_TYPE_TEXTS, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[OPERATOR_MAIL] = g_signal_new ("operator-mail", PL_TYPE_TEXTS, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[PROBLEM_CHANGED] = g_signal_new ("problem-changed", PL_TYPE_TEXTS, G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[TEXTS_READ] = g_signal_new ("texts-read", PL_TYPE_TEXTS, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_INT64);
  signals[TEXTS_DELETED]
      = g_signal_new ("texts-deleted", PL_TYPE_TEXTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_INT64, G_TYPE_POINTER);
}

static void
pl_texts_init (PlTexts *self)
{
  self->gap_time = GAP_TIME;
  self->changed = g_array_new (FALSE, FALSE, sizeof (int64_t));
  self->deleted = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_queue_init (&self->gaps);
  self->outbox = pl_outbox_new (&outbox_ops, self);
  self->minute = pl_deadline_new ("pl-texts-minute", on_minute, self);
  self->outbox_deadline = pl_deadline_new ("pl-texts-outbox", on_outbox_deadline, self);
  self->gap_deadline = pl_deadline_new ("pl-texts-gaps", pl_texts_gap_time_over, self);
  self->idle = g_source_new (&idle_funcs, sizeof (GSource));
  g_source_set_static_name (self->idle, "pl-texts");
  g_source_set_callback (self->idle, on_idle, self, /* notify = */ NULL);
  g_source_attach (self->idle, g_main_context_get_thread_default ());
}
