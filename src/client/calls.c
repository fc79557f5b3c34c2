/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-calls"

#include "client/box-link.h"
#include "client/commands.h"
#include "client/request.h"

#include <stdio.h>

/* punchline calls: the log of the box, page by page. */
typedef struct {
  PlBoxLink *link;
  gint64 before_seq; /* 0: from the newest on */
} Calls;

static const char *
get (GVariant *object, const char *key)
{
  const char *value = "";
  g_variant_lookup (object, key, "&s", &value);
  return value;
}

static void
print (Calls *self, GVariant *call)
{
  const char *number = get (call, "number"), *name = get (call, "name");
  gint64 seconds = 0;
  GString *line = g_string_new (NULL);

  g_variant_lookup (call, "seq", "x", &self->before_seq);
  g_variant_lookup (call, "seconds", "x", &seconds);
  g_string_printf (line, "%" G_GINT64_FORMAT "  %s  %s %s%s%s  %s", self->before_seq,
                   get (call, "time"),
                   g_str_equal (get (call, "direction"), "out") ? "to" : "from",
                   *number ? number : "unknown", *name ? " " : "", name, get (call, "state"));
  if (seconds)
    g_string_append_printf (line, "  %" G_GINT64_FORMAT " s", seconds);
  pl_box_link_print (self->link, call, line->str);
  g_string_free (line, /* free_segment = */ TRUE);
}

static void on_listed (GVariant *result, const GError *error, gpointer user_data);

static void
list_next (Calls *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "before_seq", "x", self->before_seq);
  pl_rpc_call (pl_box_link_get_control (self->link), "calls.list", g_variant_dict_end (&dict),
               on_listed, self);
}

static void
on_listed (GVariant *result, const GError *error, gpointer user_data)
{
  Calls *self = user_data;
  gint64 before = self->before_seq;
  gboolean more = FALSE;

  if (error) {
    pl_box_link_finish (self->link, error);
    return;
  }
  g_autoptr (GVariant) list = g_variant_lookup_value (result, "calls", G_VARIANT_TYPE ("av"));
  for (gsize i = 0; list && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) call = g_variant_get_variant (boxed);
    if (g_variant_is_of_type (call, G_VARIANT_TYPE_VARDICT))
      print (self, call);
  }
  g_variant_lookup (result, "more", "b", &more);
  if (more && self->before_seq != before)
    list_next (self);
  else
    pl_box_link_finish (self->link, NULL);
}

static void
on_ready (PlBoxLink *link, GVariant *hello, gpointer user_data)
{
  Calls *self = user_data;

  self->link = link;
  pl_box_link_take_missed (link, hello);
  list_next (self);
}

/* FALSE: neither a number of the log nor "all". */
static gboolean
make_deletion (const char *word, PlRequest *request)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  gint64 seq;

  if (g_str_equal (word, "all"))
    g_variant_dict_insert (&dict, "all", "b", TRUE);
  else if (g_ascii_string_to_signed (word, 10, 1, G_MAXINT64, &seq, NULL))
    g_variant_dict_insert (&dict, "seq", "x", seq);
  else
    return FALSE;
  *request = (PlRequest){ "calls.delete", g_variant_dict_end (&dict) };
  return TRUE;
}

int
pl_command_calls (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps ops = { .ready = on_ready };
  char **words = options->words;
  const guint n = g_strv_length (words);
  Calls self = { 0 };
  PlRequest request;

  if (n == 2 && g_str_equal (words[0], "delete") && make_deletion (words[1], &request))
    return pl_request_run (options, reporter, &request);
  if (n > 1 || (n == 1 && !g_str_equal (words[0], "list"))) {
    fprintf (stderr, "punchline: expected 'calls', 'calls delete SEQ' or 'calls delete all'\n");
    return PL_EXIT_USAGE;
  }
  return pl_box_link_run (options, reporter, &ops, &self);
}
