/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-session"

#include "simbox/session-private.h"

#include "base/limits.h"
#include "simbox/box-json.h"

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
  PlTextQuery query = { .limit = pl_box_session_get_limit (params) };

  g_variant_lookup (params, "after_seq", "x", &after);
  g_variant_lookup (params, "before_seq", "x", &before);
  g_variant_lookup (params, "number", "&s", &query.number);
  query.after_seq = after;
  query.before_seq = before;
  return list (self, &query, error);
}

/* What came since then is listed as by sms.list; from now on it is told. */
static GVariant *
run_watch (PlBoxSession *self, GVariant *params, GError **error)
{
  gint64 after;
  int64_t last;

  if (!pl_store_get_last_seq (self->box->store, &last, error))
    return NULL;
  if (!g_variant_lookup (params, "after_seq", "x", &after))
    after = last;
  const PlTextQuery query = { .after_seq = after, .limit = pl_box_session_get_limit (params) };
  GVariant *listed = list (self, &query, error);
  if (listed == NULL)
    return NULL;
  self->watching = TRUE;
  g_autoptr (GVariant) page = g_variant_ref_sink (listed);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (page);
  g_variant_dict_insert (&dict, "last_seq", "x", (gint64) last);
  return g_variant_dict_end (&dict);
}

const PlBoxMethod pl_box_sms_methods[] = {
  { "sms.send", PL_RIGHT_SMS, FALSE, run_send, NULL },
  { "sms.list", PL_RIGHT_SMS, TRUE, run_list, NULL },
  { "sms.watch", PL_RIGHT_SMS, TRUE, run_watch, NULL },
  { NULL },
};
