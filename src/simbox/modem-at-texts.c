/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "base/limits.h"
#include "base/log.h"
#include "proto/at-error.h"
#include "proto/sms-pdu.h"
#include "simbox/modem-at-private.h"

#include <string.h>

/* Texts in the modem's stores (3GPP TS 27.005, PDU mode). A URC only says that it is time to
 * look: what counts is what a sweep lists.
 *
 * The store that a command means is set in the same line as the command (+CPMS=...;+CMGD=...):
 * where the first is refused the second is not carried out, so nothing is ever deleted from the
 * wrong one. */

#define LIST_MS    30000
#define SETUP_MS   20000
#define NETWORK_MS 60000
#define RETRY_US   (5 * G_USEC_PER_SEC)

/* +CMS ERROR of a network that is not there, or does not answer (3GPP TS 27.005 3.2.5). */
#define CMS_NO_SERVICE 331
#define CMS_TIMEOUT    332

/* One that the modem handed over without storing it. */
typedef struct {
  guint id;
  char *hex;
} DirectText;

static void
direct_text_free (DirectText *direct)
{
  g_free (direct->hex);
  g_free (direct);
}

void
pl_modem_at_texts_waiting (PlModemAt *self)
{
  if (self->texts.ready)
    g_signal_emit_by_name (self, "texts-waiting");
}

/* Setting up. */

static void
ask (PlModemAt *self, const char *line, guint timeout_ms, PlAtDone done)
{
  const PlAtCommand command = { .line = line, .timeout_ms = timeout_ms, .flags = PL_AT_ASKS };
  pl_modem_at_ask (self, &command, done);
}

static gboolean
is_gone (const PlAtAnswer *answer)
{
  return answer->error && g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_GONE);
}

static gboolean
is_refused (const PlAtAnswer *answer)
{
  return answer->error
         && g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED);
}

/* How the modem tells of texts, the best first: with reports that it stores; with reports that
 * it hands over; nothing of reports. */
static const char *const news[] = { "AT+CNMI=2,1,0,2,0", "AT+CNMI=2,1,0,1,0", "AT+CNMI=2,1" };

/* Only then is the first sweep due: what comes after it is told of. A modem that takes none of
 * these is swept each minute. */
static void
on_news_set (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;

  if (is_gone (answer))
    return;
  if (answer->error && ++self->texts.news < G_N_ELEMENTS (news)) {
    ask (self, news[self->texts.news], /* timeout_ms = */ 0, on_news_set);
    return;
  }
  self->texts.ready = TRUE;
  pl_modem_at_texts_waiting (self);
}

/* The card is not done with its start. */
static void
retry_later (PlModemAt *self)
{
  pl_deadline_set (self->texts.retry, g_get_monotonic_time () + RETRY_US);
}

static void
on_stores_set (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;

  if (is_gone (answer))
    return;
  if (answer->error) {
    retry_later (self);
    return;
  }
  self->texts.news = 0;
  ask (self, news[self->texts.news], /* timeout_ms = */ 0, on_news_set);
}

static void
choose_stores (PlModemAt *self, const char *line)
{
  static const char *const known[] = { "ME", "SM" };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *first = strchr (line, '(');
  g_autofree char *own = first ? g_strndup (first, strcspn (first, ")")) : g_strdup ("");
  const char *primary = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
    g_autofree char *quoted = g_strdup_printf ("\"%s\"", known[i]);
    if (strstr (own, quoted) == NULL)
      continue;
    g_strv_builder_add (builder, known[i]);
    if (primary == NULL || g_strcmp0 (self->storage, known[i]) == 0)
      primary = known[i];
  }
  if (primary == NULL) {
    primary = self->storage ? self->storage : "SM";
    g_strv_builder_add (builder, primary);
  }
  g_strfreev (self->texts.stores);
  self->texts.stores = g_strv_builder_end (builder);
  g_free (self->texts.primary);
  self->texts.primary = g_strdup (primary);
}

static void
on_stores_known (const PlAtAnswer *answer, gpointer user_data)
{
  PlModemAt *self = user_data;

  if (is_gone (answer))
    return;
  if (answer->error && !is_refused (answer)) {
    retry_later (self);
    return;
  }
  choose_stores (self, answer->n_lines > 0 ? answer->lines[0]->text : "");
  const char *name = self->texts.primary;
  g_autofree char *line = g_strdup_printf ("AT+CPMS=\"%s\",\"%s\",\"%s\"", name, name, name);
  ask (self, line, SETUP_MS, on_stores_set);
}

void
pl_modem_at_texts_start (PlModemAt *self)
{
  self->texts.ready = FALSE;
  pl_deadline_set (self->texts.retry, PL_NEVER);
  pl_modem_at_say (self, "AT+CSMS=0");
  pl_modem_at_say (self, "AT+CMGF=0");
  ask (self, "AT+CPMS=?", SETUP_MS, on_stores_known);
}

void
pl_modem_at_texts_stop (PlModemAt *self)
{
  self->texts.ready = FALSE;
  pl_deadline_set (self->texts.retry, PL_NEVER);
}

static void
on_retry (gpointer user_data)
{
  pl_modem_at_texts_start (user_data);
}

/* TRUE, and takes the task. */
static gboolean
refuses (PlModemAt *self, GTask *task)
{
  if (pl_modem_at_refuses (self, task))
    return TRUE;
  if (self->texts.ready)
    return FALSE;
  g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY,
                           "the modem's store of texts is not ready");
  g_object_unref (task);
  return TRUE;
}

/* Sweeping. */

typedef struct {
  GPtrArray *texts; /* of PlModemText */
  guint store;      /* the next one, index of stores */
} Sweep;

static void
sweep_free (Sweep *sweep)
{
  if (sweep->texts)
    g_ptr_array_unref (sweep->texts);
  g_free (sweep);
}

static void
add_text (GPtrArray *texts, char *handle, PlSmsPart *part, gboolean went_out)
{
  PlModemText *text = g_new0 (PlModemText, 1);
  text->handle = handle;
  text->part = part;
  text->went_out = went_out;
  g_ptr_array_add (texts, text);
}

/* Some modems call one store by two names. What is at the same place in another one, to the
 * bit, is left for the next sweep, which does not see it where it was the same. */
static gboolean
is_listed_elsewhere (GPtrArray *texts, const PlSmsPart *part, int index)
{
  g_autofree char *place = g_strdup_printf (":%d", index);

  for (guint i = 0; i < texts->len; i++) {
    const PlModemText *text = g_ptr_array_index (texts, i);
    if (text->part && g_str_has_suffix (text->handle, place)
        && g_bytes_equal (text->part->raw, part->raw))
      return TRUE;
  }
  return FALSE;
}

/* FALSE: it is left out. */
static gboolean
take_stored (GPtrArray *texts, const char *store, const PlAtLine *line)
{
  PlAtStored stored;

  if (!pl_at_parse_stored (line->text, &stored) || stored.index < 0 || line->body == NULL)
    return TRUE;
  gboolean ours = stored.state == PL_AT_STORED_UNSENT || stored.state == PL_AT_STORED_SENT;
  g_autoptr (PlSmsPart) part = ours ? NULL : pl_sms_part_from_hex (line->body);
  if (part && is_listed_elsewhere (texts, part, stored.index))
    return FALSE;
  add_text (texts, g_strdup_printf ("%s:%d", store, stored.index), g_steal_pointer (&part),
            stored.state == PL_AT_STORED_SENT);
  return TRUE;
}

static void on_listed (const PlAtAnswer *answer, gpointer user_data);

static void
sweep_next (PlModemAt *self, GTask *task)
{
  Sweep *sweep = g_task_get_task_data (task);
  const char *store = self->texts.stores[sweep->store];

  if (store) {
    g_autofree char *line = g_strdup_printf ("AT+CPMS=\"%s\";+CMGL=4", store);
    const PlAtCommand command = { .line = line, .timeout_ms = LIST_MS, .flags = PL_AT_ASKS };
    pl_modem_at_run (self, &command, on_listed, task);
    return;
  }
  for (guint i = 0; i < self->texts.direct->len; i++) {
    const DirectText *direct = self->texts.direct->pdata[i];
    add_text (sweep->texts, g_strdup_printf ("direct:%u", direct->id),
              pl_sms_part_from_hex (direct->hex), /* went_out = */ FALSE);
  }
  g_task_return_pointer (task, g_steal_pointer (&sweep->texts),
                         (GDestroyNotify) g_ptr_array_unref);
  g_object_unref (task);
}

static void
on_listed (const PlAtAnswer *answer, gpointer user_data)
{
  GTask *task = user_data;
  PlModemAt *self = g_task_get_source_object (task);
  Sweep *sweep = g_task_get_task_data (task);

  /* What one of several stores refuses must not hide what the others hold. */
  if (answer->error && (!is_refused (answer) || self->texts.stores[1] == NULL)) {
    pl_modem_at_return_error (task, answer->error);
    return;
  }
  gboolean all = answer->error == NULL;
  for (guint i = 0; i < answer->n_lines; i++)
    all = take_stored (sweep->texts, self->texts.stores[sweep->store], answer->lines[i]) && all;
  if (!all)
    pl_modem_sweep_missed_some (task);
  sweep->store++;
  sweep_next (self, task);
}

void
pl_modem_at_sweep (PlModem *modem, GTask *task)
{
  PlModemAt *self = PL_MODEM_AT (modem);

  if (refuses (self, task))
    return;
  Sweep *sweep = g_new0 (Sweep, 1);
  sweep->texts = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_modem_text_free);
  g_task_set_task_data (task, sweep, (GDestroyNotify) sweep_free);
  sweep_next (self, task);
}

/* Handles. */

static gboolean
parse_stored_handle (PlModemAt *self, const char *handle, char **store, guint64 *index)
{
  const char *colon = strchr (handle, ':');

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 0, 9999, index, NULL))
    return FALSE;
  g_autofree char *name = g_strndup (handle, colon - handle);
  if (!g_strv_contains ((const char *const *) self->texts.stores, name))
    return FALSE;
  *store = g_steal_pointer (&name);
  return TRUE;
}

static void
return_bad_handle (GTask *task)
{
  g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_INVALID,
                           "no such text in the modem");
  g_object_unref (task);
}

static void
forget_direct (PlModemAt *self, const char *number)
{
  for (guint i = 0; i < self->texts.direct->len; i++) {
    const DirectText *direct = self->texts.direct->pdata[i];
    g_autofree char *id = g_strdup_printf ("%u", direct->id);
    if (g_str_equal (id, number)) {
      g_ptr_array_remove_index (self->texts.direct, i);
      return;
    }
  }
}

static void
on_deleted (const PlAtAnswer *answer, gpointer user_data)
{
  GTask *task = user_data;

  /* What is not there is deleted. */
  if (answer->error && answer->code == PL_AT_CMS_INVALID_INDEX) {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  pl_modem_at_return_plain (answer, task);
}

void
pl_modem_at_delete_text (PlModem *modem, const char *handle, GTask *task)
{
  PlModemAt *self = PL_MODEM_AT (modem);
  g_autofree char *store = NULL;
  guint64 index;

  if (g_str_has_prefix (handle, "direct:") || g_str_has_prefix (handle, "pdu:")) {
    if (*handle == 'd')
      forget_direct (self, strchr (handle, ':') + 1);
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  if (refuses (self, task))
    return;
  if (!parse_stored_handle (self, handle, &store, &index)) {
    return_bad_handle (task);
    return;
  }
  g_autofree char *line = g_strdup_printf ("AT+CPMS=\"%s\";+CMGD=%u", store, (guint) index);
  const PlAtCommand command = { .line = line, .timeout_ms = SETUP_MS };
  pl_modem_at_run (self, &command, on_deleted, task);
}

/* Sending. */

guint
pl_modem_at_count_parts (PlModem *modem G_GNUC_UNUSED, const char *text)
{
  g_autoptr (PlSmsPlan) plan = pl_sms_plan_new (text, /* error = */ NULL);
  return plan ? pl_sms_plan_get_n_parts (plan) : 0;
}

/* The message itself, for a modem that keeps none of ours. */
typedef struct {
  char *hex;
  guint length;
} Draft;

static void
draft_free (Draft *draft)
{
  g_free (draft->hex);
  g_free (draft);
}

static void
on_written (const PlAtAnswer *answer, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  PlModemAt *self = g_task_get_source_object (task);
  const Draft *draft = g_task_get_task_data (task);
  int index;

  if (answer->error && !is_refused (answer)) {
    g_task_return_error (task, g_error_copy (answer->error));
    return;
  }
  for (guint i = 0; i < answer->n_lines; i++) {
    if (pl_at_parse_number (answer->lines[i]->text, "+CMGW:", &index)) {
      g_task_return_pointer (task, g_strdup_printf ("%s:%d", self->texts.primary, index),
                             g_free);
      return;
    }
  }
  if (answer->code == PL_AT_CMS_FULL)
    pl_modem_at_texts_waiting (self);
  g_task_return_pointer (task, g_strdup_printf ("pdu:%u:%s", draft->length, draft->hex),
                         g_free);
}

void
pl_modem_at_prepare_part (PlModem *modem, const char *number, const char *text, guint part,
                          guint16 ref, GTask *task)
{
  PlModemAt *self = PL_MODEM_AT (modem);
  const PlSmsSubmit submit = { .number = number, .ref = ref, .want_report = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (PlSmsPlan) plan = NULL;
  Draft *draft;

  if (refuses (self, task))
    return;
  draft = g_new0 (Draft, 1);
  g_task_set_task_data (task, draft, (GDestroyNotify) draft_free);
  plan = pl_sms_plan_new (text, &error);
  if (plan && (part < 1 || part > pl_sms_plan_get_n_parts (plan)))
    g_set_error (&error, PL_MODEM_ERROR, PL_MODEM_ERROR_INVALID, "the text has no part %u",
                 part);
  else if (plan)
    draft->hex = pl_sms_plan_encode (plan, part, &submit, &draft->length, &error);
  if (draft->hex == NULL) {
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_INVALID, "%s",
                             error->message);
    g_object_unref (task);
    return;
  }
  /* +CMGW and +CMSS have a store of their own, which the setup chose. */
  g_autofree char *line = g_strdup_printf ("AT+CMGW=%u", draft->length);
  const PlAtCommand command
      = { .line = line, .body = draft->hex, .timeout_ms = SETUP_MS, .flags = PL_AT_ASKS };
  pl_modem_at_run (self, &command, on_written, task);
}

static void
return_send_error (GTask *task, const PlAtAnswer *answer)
{
  if (answer->code == CMS_NO_SERVICE)
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY, "%s",
                             answer->error->message);
  else if (answer->code == CMS_TIMEOUT)
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_TIMEOUT, "%s",
                             answer->error->message);
  else
    g_task_return_error (task, g_error_copy (answer->error));
}

static void
on_sent (const PlAtAnswer *answer, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  int reference = -1;

  if (answer->error) {
    return_send_error (task, answer);
    return;
  }
  for (guint i = 0; i < answer->n_lines; i++)
    if (!pl_at_parse_number (answer->lines[i]->text, "+CMSS:", &reference))
      pl_at_parse_number (answer->lines[i]->text, "+CMGS:", &reference);
  g_task_return_int (task, reference);
}

/* "pdu:LENGTH:HEX" */
static gboolean
parse_draft_handle (const char *handle, guint64 *length, const char **hex)
{
  g_auto (GStrv) fields = g_strsplit (handle, ":", 3);

  if (g_strv_length (fields) != 3 || !g_str_equal (fields[0], "pdu")
      || !g_ascii_string_to_unsigned (fields[1], 10, 1, 255, length, NULL) || *fields[2] == '\0'
      || strspn (fields[2], "0123456789ABCDEFabcdef") != strlen (fields[2]))
    return FALSE;
  *hex = handle + strlen (handle) - strlen (fields[2]);
  return TRUE;
}

void
pl_modem_at_send_prepared (PlModem *modem, const char *handle, GTask *task)
{
  PlModemAt *self = PL_MODEM_AT (modem);
  PlAtCommand command = { .timeout_ms = NETWORK_MS, .flags = PL_AT_ASKS };
  g_autofree char *line = NULL;
  g_autofree char *store = NULL;
  guint64 number;

  if (refuses (self, task))
    return;
  if (parse_draft_handle (handle, &number, &command.body)) {
    line = g_strdup_printf ("AT+CMGS=%u", (guint) number);
  } else if (parse_stored_handle (self, handle, &store, &number)
             && g_str_equal (store, self->texts.primary)) {
    line = g_strdup_printf ("AT+CMSS=%u", (guint) number);
  } else {
    return_bad_handle (task);
    return;
  }
  command.line = line;
  pl_modem_at_run (self, &command, on_sent, task);
}

/* URCs. */

/* Dropped when nobody fetches them: they are of no more worth than reports. */
static void
keep_direct (PlModemAt *self, const char *hex)
{
  DirectText *direct = g_new0 (DirectText, 1);

  if (self->texts.direct->len >= PL_MAX_DIRECT_TEXTS)
    g_ptr_array_remove_index (self->texts.direct, 0);
  direct->id = ++self->texts.next_direct;
  direct->hex = g_strdup (hex);
  g_ptr_array_add (self->texts.direct, direct);
}

gboolean
pl_modem_at_texts_urc (PlModemAt *self, const PlAtLine *line)
{
  PlAtArrival arrival;

  if (g_str_has_prefix (line->text, "+CMT:") || g_str_has_prefix (line->text, "+CDS:")) {
    if (line->body)
      keep_direct (self, line->body);
    pl_modem_at_texts_waiting (self);
    return TRUE;
  }
  if (pl_at_parse_arrival (line->text, &arrival) || pl_at_is_store_full (line->text)) {
    pl_modem_at_texts_waiting (self);
    return TRUE;
  }
  return FALSE;
}

void
pl_modem_at_texts_init (PlModemAt *self)
{
  self->texts.direct = g_ptr_array_new_with_free_func ((GDestroyNotify) direct_text_free);
  self->texts.retry = pl_deadline_new ("modem-at texts", on_retry, self);
}

void
pl_modem_at_texts_clear (PlModemAt *self)
{
  pl_deadline_free (self->texts.retry);
  g_ptr_array_unref (self->texts.direct);
  g_strfreev (self->texts.stores);
  g_free (self->texts.primary);
}
