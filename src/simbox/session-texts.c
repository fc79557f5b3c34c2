/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-session"

#include "simbox/session-private.h"

#include "base/limits.h"
#include "simbox/box-json.h"

#include <string.h>

static GVariant *
print_text (gconstpointer text)
{
  return pl_box_json_text (text);
}

static GVariant *
run_send (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *id, *to, *text;

  if (!pl_box_session_get (params, "id", "&s", &id, error)
      || !pl_box_session_get (params, "to", "&s", &to, error)
      || !pl_box_session_get (params, "text", "&s", &text, error))
    return NULL;
  g_autoptr (PlText) sent = pl_texts_send (self->box->texts, id, to, text, error);
  return sent ? pl_box_json_text (sent) : NULL;
}

static int
by_seq_downwards (gconstpointer a, gconstpointer b)
{
  const PlText *first = *(PlText *const *) a, *second = *(PlText *const *) b;
  return (second->seq > first->seq) - (second->seq < first->seq);
}

static GVariant *
list (PlBoxSession *self, const PlTextQuery *query, GError **error)
{
  PlTextQuery one_more = *query;

  one_more.limit++; /* tells whether there are more */
  g_autoptr (GPtrArray) texts = pl_store_list_texts (self->box->store, &one_more, error);
  if (texts == NULL)
    return NULL;
  /* Going back, the page begins with the newest. */
  if (query->before_seq)
    g_ptr_array_sort (texts, by_seq_downwards);
  return pl_box_json_page ("texts", texts, query->limit, print_text);
}

static GVariant *
run_list (PlBoxSession *self, GVariant *params, GError **error)
{
  gint64 after = 0, before = 0;
  PlTextQuery query = { .limit = pl_box_session_get_limit (params, PL_MAX_RPC_PAGE) };

  g_variant_lookup (params, "after_seq", "x", &after);
  g_variant_lookup (params, "before_seq", "x", &before);
  g_variant_lookup (params, "number", "&s", &query.number);
  query.after_seq = after;
  query.before_seq = before;
  return list (self, &query, error);
}

/* What came since then is listed as by sms.list, with what was deleted; from now on it is told.
 */
static GVariant *
run_watch (PlBoxSession *self, GVariant *params, GError **error)
{
  guint limit = pl_box_session_get_limit (params, PL_MAX_RPC_PAGE);
  gint64 after;
  int64_t last;

  if (!pl_store_get_last_seq (self->box->store, &last, error))
    return NULL;
  if (!g_variant_lookup (params, "after_seq", "x", &after))
    after = last;
  g_autoptr (GPtrArray) texts
      = pl_store_list_changes (self->box->store, after, limit + 1, error);
  if (texts == NULL)
    return NULL;
  self->watching = TRUE;
  g_autoptr (GVariant) page
      = g_variant_ref_sink (pl_box_json_page ("texts", texts, limit, print_text));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (page);
  g_variant_dict_insert (&dict, "last_seq", "x", (gint64) last);
  return g_variant_dict_end (&dict);
}

/* --- threads --- */

static GVariant *
print_thread (gconstpointer thread)
{
  return pl_box_json_thread (thread);
}

/* Where the next page begins: the row is a place among all texts even where that one has
 * changed, or is not there any more. */
static void
put_next (GVariantDict *dict, GVariant *page, GPtrArray *threads)
{
  g_autoptr (GVariant) listed = g_variant_lookup_value (page, "threads", G_VARIANT_TYPE ("av"));
  gsize n = g_variant_n_children (listed);

  if (n == threads->len)
    return;
  const PlThread *last = g_ptr_array_index (threads, n - 1);
  g_variant_dict_insert (dict, "next", "x", (gint64) last->last_row);
}

static GVariant *
run_threads (PlBoxSession *self, GVariant *params, GError **error)
{
  guint limit = pl_box_session_get_limit (params, PL_MAX_RPC_PAGE);
  gint64 before = 0;
  guint unread;

  g_variant_lookup (params, "next", "x", &before);
  g_autoptr (GPtrArray) threads
      = pl_store_list_threads (self->box->store, before, limit + 1, error);
  if (threads == NULL || !pl_store_count_unread (self->box->store, &unread, error))
    return NULL;
  g_autoptr (GVariant) page
      = g_variant_ref_sink (pl_box_json_page ("threads", threads, limit, print_thread));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (page);
  put_next (&dict, page, threads);
  g_variant_dict_insert (&dict, "unread", "x", (gint64) unread);
  return g_variant_dict_end (&dict);
}

static GVariant *
run_search (PlBoxSession *self, GVariant *params, GError **error)
{
  gint64 before = 0;
  PlTextQuery query = { .limit = pl_box_session_get_limit (params, PL_MAX_RPC_PAGE) };

  if (!pl_box_session_get (params, "text", "&s", &query.containing, error))
    return NULL;
  size_t len = strlen (query.containing);
  if (len < 1 || len > PL_MAX_SEARCH) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "what is searched for has 1 to %d bytes", PL_MAX_SEARCH);
    return NULL;
  }
  g_variant_lookup (params, "before_seq", "x", &before);
  g_variant_lookup (params, "number", "&s", &query.number);
  query.before_seq = before > 0 ? before : INT64_MAX;
  return list (self, &query, error);
}

/* --- read and deleted --- */

static GVariant *
run_read (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *number;
  gint64 seq;

  if (!pl_box_session_get (params, "number", "&s", &number, error)
      || !pl_box_session_get (params, "seq", "x", &seq, error)
      || !pl_texts_mark_read (self->box->texts, number, seq, error))
    return NULL;
  return pl_box_session_nothing ();
}

/* NULL: one of them is no number, or there are too many. */
static GArray *
get_seqs (GVariant *list, GError **error)
{
  g_autoptr (GArray) seqs
      = g_array_new (/* zero_terminated = */ FALSE, /* clear = */ FALSE, sizeof (int64_t));
  gsize n
      = g_variant_is_of_type (list, G_VARIANT_TYPE ("av")) ? g_variant_n_children (list) : 0;

  for (gsize i = 0; i < n && n <= PL_MAX_RPC_SEQS; i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) value = g_variant_get_variant (boxed);
    if (!g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
      break;
    int64_t seq = g_variant_get_int64 (value);
    g_array_append_val (seqs, seq);
  }
  if (n > 0 && seqs->len == n)
    return g_steal_pointer (&seqs);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'seqs' are 1 to %d numbers",
               PL_MAX_RPC_SEQS);
  return NULL;
}

/* All of a number, up to the last that its user has seen: what came meanwhile stays. */
static gboolean
delete_thread (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *number;
  int64_t last;
  gint64 seq;

  if (!pl_box_session_get (params, "number", "&s", &number, error)
      || !pl_store_get_last_seq (self->box->store, &last, error))
    return FALSE;
  g_autoptr (GVariant) given = g_variant_lookup_value (params, "seq", NULL);
  if (given == NULL)
    seq = last;
  else if (!pl_box_session_get (params, "seq", "x", &seq, error))
    return FALSE;
  return pl_texts_delete_thread (self->box->texts, number, seq, error);
}

static GVariant *
run_delete (PlBoxSession *self, GVariant *params, GError **error)
{
  g_autoptr (GVariant) list = g_variant_lookup_value (params, "seqs", NULL);

  if (list) {
    g_autoptr (GArray) seqs = get_seqs (list, error);
    if (seqs == NULL || !pl_texts_delete (self->box->texts, seqs, error))
      return NULL;
  } else if (!delete_thread (self, params, error)) {
    return NULL;
  }
  return pl_box_session_nothing ();
}

/* --- what is told --- */

void
pl_box_session_on_text (PlTexts *texts G_GNUC_UNUSED, const PlText *text, PlBoxSession *self)
{
  if (self->sms && self->watching)
    pl_rpc_notify (self->sms, "sms", pl_box_json_text (text));
}

void
pl_box_session_on_read (PlTexts *texts G_GNUC_UNUSED, const char *number, gint64 seq,
                        PlBoxSession *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  guint unread;

  if (self->sms == NULL || !self->watching)
    return;
  g_variant_dict_insert (&dict, "number", "s", number);
  g_variant_dict_insert (&dict, "seq", "x", seq);
  if (pl_store_count_unread (self->box->store, &unread, /* error = */ NULL))
    g_variant_dict_insert (&dict, "unread", "x", (gint64) unread);
  pl_rpc_notify (self->sms, "sms.read", g_variant_dict_end (&dict));
}

void
pl_box_session_on_deleted (PlTexts *texts G_GNUC_UNUSED, const char *number, gint64 seq,
                           GArray *seqs, PlBoxSession *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  GVariantBuilder list;
  guint unread;

  if (self->sms == NULL || !self->watching)
    return;
  if (number) {
    g_variant_dict_insert (&dict, "number", "s", number);
    g_variant_dict_insert (&dict, "seq", "x", seq);
  } else {
    g_variant_builder_init (&list, G_VARIANT_TYPE ("av"));
    for (guint i = 0; i < seqs->len; i++)
      g_variant_builder_add (&list, "v",
                             g_variant_new_int64 (g_array_index (seqs, int64_t, i)));
    g_variant_dict_insert_value (&dict, "seqs", g_variant_builder_end (&list));
  }
  if (pl_store_count_unread (self->box->store, &unread, /* error = */ NULL))
    g_variant_dict_insert (&dict, "unread", "x", (gint64) unread);
  pl_rpc_notify (self->sms, "sms.deleted", g_variant_dict_end (&dict));
}

const PlBoxMethod pl_box_sms_methods[] = {
  { "sms.send", PL_RIGHT_SMS, FALSE, run_send, NULL },
  { "sms.list", PL_RIGHT_SMS, TRUE, run_list, NULL },
  { "sms.watch", PL_RIGHT_SMS, TRUE, run_watch, NULL },
  { "sms.threads", PL_RIGHT_SMS, TRUE, run_threads, NULL },
  { "sms.search", PL_RIGHT_SMS, TRUE, run_search, NULL },
  { "sms.read", PL_RIGHT_SMS, FALSE, run_read, NULL },
  { "sms.delete", PL_RIGHT_SMS, FALSE, run_delete, NULL },
  { NULL },
};
