/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-sms"

#include "base/error.h"
#include "base/limits.h"
#include "client/box-link.h"
#include "client/commands.h"
#include "client/request.h"
#include "proto/dial-rules.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* A box takes 50 messages a second of a client: a long list is read at that rate. */
#define PAGES_AT_ONCE 100
#define PAGE_MS       25

/* punchline sms send|list|search|watch|read|delete. */
typedef struct {
  const PlOptions *options;
  PlReporter *reporter;
  PlBoxLink *link;
  char *id; /* of the text to send */
  char *number;
  char *text;
  gboolean accepted; /* the box has it */
  gint64
      after_seq; /* of what was printed last; -1: nothing, and where the box is is not known */
  gint64 before_seq; /* what was found goes on below this; 0: from the newest on */
  guint n_pages;
  guint timer;
  gboolean catching_up; /* pages come: what is notified is in one of them */
} Sms;

static void
print (Sms *self, GVariant *text)
{
  const char *reason = pl_rpc_get_string (text, "reason");
  g_autofree char *other = pl_box_link_name_other (text);
  gint64 missing = 0, seq = 0;

  g_variant_lookup (text, "missing", "x", &missing);
  g_autoptr (GString) line = g_string_new (NULL);
  g_variant_lookup (text, "seq", "x", &seq);
  g_string_printf (
      line, "%" G_GINT64_FORMAT "  %s  %s %s", seq, pl_rpc_get_string (text, "time"),
      g_str_equal (pl_rpc_get_string (text, "direction"), "out") ? "to" : "from", other);
  g_string_append_printf (line, "  %s", pl_rpc_get_string (text, "state"));
  if (*reason)
    g_string_append_printf (line, " (%s)", reason);
  if (missing > 0)
    g_string_append_printf (line, " (%" G_GINT64_FORMAT " parts missing)", missing);
  g_string_append_printf (line, "  %s", pl_rpc_get_string (text, "text"));
  g_strdelimit (line->str, "\r\n", ' ');
  pl_box_link_print (self->link, text, line->str);
}

/* What has a number up to the last one was printed. */
static void
print_new (Sms *self, GVariant *text)
{
  gint64 seq;

  if (!g_variant_is_of_type (text, G_VARIANT_TYPE_VARDICT)
      || !g_variant_lookup (text, "seq", "x", &seq) || seq <= self->after_seq)
    return;
  self->after_seq = seq;
  if (!g_str_equal (pl_rpc_get_string (text, "state"), "deleted"))
    print (self, text);
}

/* FALSE: it was the last one. */
static gboolean
print_page (Sms *self, GVariant *page)
{
  g_autoptr (GVariant) list = g_variant_lookup_value (page, "texts", G_VARIANT_TYPE ("av"));
  gboolean more = FALSE;

  g_variant_lookup (page, "more", "b", &more);
  for (gsize i = 0; list && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) text = g_variant_get_variant (boxed);
    print_new (self, text);
  }
  return more && list && g_variant_n_children (list) > 0;
}

static void
ask (Sms *self, const char *method, GVariant *params, PlRpcAnswerFunc func)
{
  pl_rpc_call (pl_box_link_get_sms (self->link), method, params, func, self);
}

/* Asks for the next page, after a while where there were many. */
static void
ask_for_page (Sms *self, GSourceFunc next)
{
  if (++self->n_pages < PAGES_AT_ONCE)
    next (self);
  else
    self->timer = g_timeout_add (PAGE_MS, next, self);
}

static int
run (Sms *self, const PlBoxLinkOps *ops)
{
  int status = pl_box_link_run (self->options, self->reporter, ops, self);
  g_clear_handle_id (&self->timer, g_source_remove);
  return status;
}

/* --- send --- */

/* The end of the command, or not yet. */
static gboolean
is_over (const Sms *self, const char *state)
{
  if (g_str_equal (state, "failed") || g_str_equal (state, "delivered"))
    return TRUE;
  return g_str_equal (state, "sent") && !self->options->wait;
}

static void
take_state (Sms *self, GVariant *text)
{
  const char *state = pl_rpc_get_string (text, "state");
  g_autoptr (GError) error = NULL;

  if (!g_str_equal (pl_rpc_get_string (text, "id"), self->id) || !is_over (self, state))
    return;
  print (self, text);
  if (g_str_equal (state, "failed"))
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "the text was not %s: %s",
                         self->options->wait ? "delivered" : "sent",
                         pl_rpc_get_string (text, "reason"));
  pl_box_link_finish (self->link, error);
}

static void
on_sent (GVariant *result, const GError *error, gpointer user_data)
{
  Sms *self = user_data;

  if (error) {
    pl_box_link_fail (self->link, error);
    return;
  }
  if (!self->accepted)
    pl_reporter_report_state (self->reporter, "accepted");
  self->accepted = TRUE;
  take_state (self, result);
}

static void
on_send_watched (GVariant *result G_GNUC_UNUSED, const GError *error, gpointer user_data)
{
  Sms *self = user_data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (error) {
    pl_box_link_fail (self->link, error);
    return;
  }
  g_variant_dict_insert (&dict, "id", "s", self->id);
  g_variant_dict_insert (&dict, "to", "s", self->number);
  g_variant_dict_insert (&dict, "text", "s", self->text);
  ask (self, "sms.send", g_variant_dict_end (&dict), on_sent);
}

/* Again after a connection that was lost: the id makes it the same text. */
static void
on_send_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Sms *self = user_data;
  self->link = link;
  ask (self, "sms.watch", NULL, on_send_watched);
}

static void
on_send_notified (PlBoxLink *link G_GNUC_UNUSED, const char *method, GVariant *params,
                  gpointer user_data)
{
  if (g_str_equal (method, "sms"))
    take_state (user_data, params);
}

/* What the box has goes out without us. */
static void
on_send_interrupted (PlBoxLink *link, gpointer user_data)
{
  Sms *self = user_data;

  pl_reporter_say (self->reporter, self->accepted
                                       ? "the box has the text and goes on sending it"
                                       : "the box may not have the text: see 'sms list'");
  pl_box_link_finish (link, NULL);
}

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, what);
  return FALSE;
}

/* "-" is standard input, without the line breaks at its end. */
static gboolean
read_text (Sms *self, const char *word, GError **error)
{
  if (g_str_equal (word, "-")) {
    self->text = g_malloc0 (PL_MAX_TEXT + 2);
    size_t n = fread (self->text, 1, PL_MAX_TEXT + 1, stdin);
    self->text[n] = '\0';
    if (strlen (self->text) != n)
      return refuse (error, "the text has a zero byte in it");
    while (n > 0 && strchr ("\r\n", self->text[n - 1]))
      self->text[--n] = '\0';
  } else {
    self->text = g_strdup (word);
  }
  if (*self->text == '\0')
    return refuse (error, "the text is empty");
  if (strlen (self->text) > PL_MAX_TEXT)
    return refuse (error, "the text is too long: no network takes that many parts");
  return g_utf8_validate (self->text, -1, NULL) || refuse (error, "the text is not UTF-8");
}

static int
run_send (Sms *self)
{
  static const PlBoxLinkOps ops = { .ready = on_send_ready,
                                    .notified = on_send_notified,
                                    .interrupted = on_send_interrupted,
                                    .on_loss = PL_BOX_LINK_RETURNS };
  g_autoptr (GError) error = NULL;
  int status = PL_EXIT_USAGE;

  self->id = g_uuid_string_random ();
  self->number = pl_dial_normalise (self->options->words[1], &error);
  if (self->number && read_text (self, self->options->words[2], &error))
    status = run (self, &ops);
  else
    pl_reporter_report_error (self->reporter, error);
  g_free (self->id);
  g_free (self->number);
  g_free (self->text);
  return status;
}

/* --- list --- */

static void on_listed (GVariant *result, const GError *error, gpointer user_data);

static gboolean
list_next (gpointer user_data)
{
  Sms *self = user_data;
  const char *number = self->options->words[1];
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  self->timer = 0;
  g_variant_dict_insert (&dict, "after_seq", "x", self->after_seq);
  if (number)
    g_variant_dict_insert (&dict, "number", "s", number);
  ask (self, "sms.list", g_variant_dict_end (&dict), on_listed);
  return G_SOURCE_REMOVE;
}

static void
on_listed (GVariant *result, const GError *error, gpointer user_data)
{
  Sms *self = user_data;

  if (error)
    pl_box_link_fail (self->link, error);
  else if (print_page (self, result))
    ask_for_page (self, list_next);
  else
    pl_box_link_finish (self->link, NULL);
}

/* Again after a connection that was lost: goes on where it was. */
static void
on_list_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Sms *self = user_data;
  self->link = link;
  g_clear_handle_id (&self->timer, g_source_remove);
  list_next (self);
}

/* --- search --- */

static void on_found (GVariant *result, const GError *error, gpointer user_data);

static gboolean
search_next (gpointer user_data)
{
  Sms *self = user_data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  self->timer = 0;
  g_variant_dict_insert (&dict, "text", "s", self->options->words[1]);
  if (self->options->words[2])
    g_variant_dict_insert (&dict, "number", "s", self->options->words[2]);
  if (self->before_seq > 0)
    g_variant_dict_insert (&dict, "before_seq", "x", self->before_seq);
  ask (self, "sms.search", g_variant_dict_end (&dict), on_found);
  return G_SOURCE_REMOVE;
}

/* Newest first. */
static void
on_found (GVariant *result, const GError *error, gpointer user_data)
{
  Sms *self = user_data;
  gboolean more = FALSE;

  if (error) {
    pl_box_link_fail (self->link, error);
    return;
  }
  g_autoptr (GVariant) list = g_variant_lookup_value (result, "texts", G_VARIANT_TYPE ("av"));
  g_variant_lookup (result, "more", "b", &more);
  for (gsize i = 0; list && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) text = g_variant_get_variant (boxed);
    if (!g_variant_is_of_type (text, G_VARIANT_TYPE_VARDICT)
        || !g_variant_lookup (text, "seq", "x", &self->before_seq))
      continue;
    print (self, text);
  }
  if (more && self->before_seq > 0)
    ask_for_page (self, search_next);
  else
    pl_box_link_finish (self->link, NULL);
}

static void
on_search_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Sms *self = user_data;
  self->link = link;
  g_clear_handle_id (&self->timer, g_source_remove);
  search_next (self);
}

/* --- read, delete --- */

static GVariant *
new_seqs (char **words)
{
  g_auto (GVariantBuilder) list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  gint64 seq;

  for (; *words; words++) {
    if (!g_ascii_string_to_signed (*words, 10, 1, G_MAXINT64, &seq, NULL))
      return NULL;
    g_variant_builder_add (&list, "v", g_variant_new_int64 (seq));
  }
  return g_variant_builder_end (&list);
}

/* FALSE: its words are neither. */
static gboolean
make_request (char **words, guint n, PlRequest *request)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  const gboolean all = n == 3 && g_str_equal (words[1], "all");
  const char *number = words[n - 1];

  if (g_str_equal (words[0], "read") && n == 2 && g_utf8_validate (number, -1, NULL)) {
    g_variant_dict_insert (&dict, "number", "s", number);
    g_variant_dict_insert (&dict, "seq", "x", G_MAXINT64);
    *request = (PlRequest){ "sms.read", g_variant_dict_end (&dict) };
    return TRUE;
  }
  if (!g_str_equal (words[0], "delete") || n < 2)
    return FALSE;
  GVariant *seqs = all ? NULL : new_seqs (words + 1);
  if (all && g_utf8_validate (number, -1, NULL))
    g_variant_dict_insert (&dict, "number", "s", number);
  else if (seqs)
    g_variant_dict_insert_value (&dict, "seqs", seqs);
  else
    return FALSE;
  *request = (PlRequest){ "sms.delete", g_variant_dict_end (&dict) };
  return TRUE;
}

/* --- watch --- */

static void on_watched (GVariant *result, const GError *error, gpointer user_data);

static gboolean
watch_next (gpointer user_data)
{
  Sms *self = user_data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  self->timer = 0;
  if (self->after_seq >= 0)
    g_variant_dict_insert (&dict, "after_seq", "x", self->after_seq);
  ask (self, "sms.watch", g_variant_dict_end (&dict), on_watched);
  return G_SOURCE_REMOVE;
}

/* A box that was set up anew counts from the start. */
static void
take_position (Sms *self, gint64 last)
{
  if (self->after_seq > last)
    pl_reporter_say (self->reporter, "the box has lost its texts, or is another one");
  if (self->after_seq < 0 || self->after_seq > last)
    self->after_seq = last;
}

static void
on_watched (GVariant *result, const GError *error, gpointer user_data)
{
  Sms *self = user_data;
  gint64 last;

  if (error) {
    pl_box_link_fail (self->link, error);
    return;
  }
  self->catching_up = print_page (self, result);
  if (self->catching_up) {
    ask_for_page (self, watch_next);
    return;
  }
  if (self->after_seq < 0)
    pl_reporter_say (self->reporter, "waiting for texts");
  if (g_variant_lookup (result, "last_seq", "x", &last))
    take_position (self, last);
  pl_reporter_report_state (self->reporter, "watching");
}

static void
on_watch_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Sms *self = user_data;
  self->link = link;
  self->n_pages = 0;
  self->catching_up = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
  watch_next (self);
}

static void
on_watch_notified (PlBoxLink *link G_GNUC_UNUSED, const char *method, GVariant *params,
                   gpointer user_data)
{
  Sms *self = user_data;
  if (g_str_equal (method, "sms") && !self->catching_up)
    print_new (self, params);
}

static gboolean
are_utf8 (char **words)
{
  for (; *words; words++)
    if (!g_utf8_validate (*words, /* max_len = */ -1, /* end = */ NULL))
      return FALSE;
  return TRUE;
}

int
pl_command_sms (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps list = { .ready = on_list_ready, .on_loss = PL_BOX_LINK_RETURNS };
  static const PlBoxLinkOps watch = { .ready = on_watch_ready,
                                      .notified = on_watch_notified,
                                      .on_loss = PL_BOX_LINK_STAYS };
  static const PlBoxLinkOps search
      = { .ready = on_search_ready, .on_loss = PL_BOX_LINK_RETURNS };
  Sms self = { .options = options, .reporter = reporter };
  PlRequest request;
  const char *what = options->words[0];
  guint n = g_strv_length (options->words);

  if (make_request (options->words, n, &request))
    return pl_request_run (options, reporter, &request);
  if (g_str_equal (what, "send") && n == 3)
    return run_send (&self);
  if (g_str_equal (what, "search") && (n == 2 || n == 3) && are_utf8 (options->words))
    return run (&self, &search);
  if (g_str_equal (what, "list") && n <= 2 && are_utf8 (options->words))
    return run (&self, &list);
  self.after_seq = -1;
  if (g_str_equal (what, "watch") && n == 1)
    return run (&self, &watch);
  fprintf (stderr,
           "punchline: expected 'sms send NUMBER TEXT', 'sms list [NUMBER]', 'sms "
           "search WORDS [NUMBER]',\n'sms watch', 'sms read NUMBER', 'sms delete SEQ...' or "
           "'sms delete all NUMBER'\n");
  return PL_EXIT_USAGE;
}
