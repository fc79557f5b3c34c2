/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-sms"

#include "base/error.h"
#include "client/box-link.h"
#include "client/commands.h"

#include <stdio.h>
#include <string.h>

/* Longest text from standard input; the box refuses earlier. */
#define MAX_STDIN 32768

/* punchline sms send|list|watch. */
typedef struct {
  const PlOptions *options;
  char *id;   /* of the text to send */
  char *text; /* the same */
  gint64 after_seq;
} Sms;

static const char *
get (GVariant *object, const char *key)
{
  const char *value = "";
  g_variant_lookup (object, key, "&s", &value);
  return value;
}

static void
print (PlBoxLink *link, GVariant *text)
{
  g_autofree char *line
      = g_strdup_printf ("%s  %s %s  %s  %s", get (text, "time"),
                         g_str_equal (get (text, "direction"), "out") ? "to" : "from",
                         get (text, "number"), get (text, "state"), get (text, "text"));
  pl_box_link_print (link, text, line);
}

/* Prints a page; FALSE: it was the last one. */
static gboolean
print_page (Sms *self, PlBoxLink *link, GVariant *page)
{
  g_autoptr (GVariant) list = g_variant_lookup_value (page, "texts", G_VARIANT_TYPE ("av"));
  gboolean more = FALSE;
  gint64 seq;

  g_variant_lookup (page, "more", "b", &more);
  for (gsize i = 0; list && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) text = g_variant_get_variant (boxed);
    if (!g_variant_is_of_type (text, G_VARIANT_TYPE_VARDICT))
      continue;
    if (g_variant_lookup (text, "seq", "x", &seq))
      self->after_seq = MAX (self->after_seq, seq);
    print (link, text);
  }
  return more && list && g_variant_n_children (list) > 0;
}

/* --- send --- */

/* The text is sent, or never will be: 0 goes on. */
static gboolean
take_state (Sms *self, PlBoxLink *link, GVariant *text)
{
  const char *state = get (text, "state");
  g_autoptr (GError) error = NULL;

  if (!g_str_equal (get (text, "id"), self->id))
    return FALSE;
  if (g_str_equal (state, "queued") || g_str_equal (state, "handed-over"))
    return FALSE;
  print (link, text);
  if (g_str_equal (state, "failed"))
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "the text was not sent: %s",
                         get (text, "reason"));
  pl_box_link_finish (link, error);
  return TRUE;
}

typedef struct {
  Sms *sms;
  PlBoxLink *link;
} Answer;

static void
on_sent (GVariant *result, const GError *error, gpointer user_data)
{
  g_autofree Answer *answer = user_data;

  if (error)
    pl_box_link_finish (answer->link, error);
  else
    take_state (answer->sms, answer->link, result);
}

static void
ask (Sms *self, PlBoxLink *link, const char *method, GVariant *params, PlRpcAnswerFunc func)
{
  Answer *answer = g_new0 (Answer, 1);
  *answer = (Answer){ self, link };
  pl_rpc_call (pl_box_link_get_sms (link), method, params, func, answer);
}

static void
on_send_watched (GVariant *result G_GNUC_UNUSED, const GError *error, gpointer user_data)
{
  g_autofree Answer *answer = user_data;
  Sms *self = answer->sms;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (error) {
    pl_box_link_finish (answer->link, error);
    return;
  }
  g_variant_dict_insert (&dict, "id", "s", self->id);
  g_variant_dict_insert (&dict, "to", "s", self->options->words[1]);
  g_variant_dict_insert (&dict, "text", "s", self->text);
  ask (self, answer->link, "sms.send", g_variant_dict_end (&dict), on_sent);
}

static void
on_send_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  ask (user_data, link, "sms.watch", NULL, on_send_watched);
}

static void
on_send_notified (PlBoxLink *link, const char *method, GVariant *params, gpointer user_data)
{
  if (g_str_equal (method, "sms"))
    take_state (user_data, link, params);
}

/* It is the box's already: it goes out without us. */
static void
on_send_interrupted (PlBoxLink *link, gpointer user_data G_GNUC_UNUSED)
{
  pl_box_link_finish (link, NULL);
}

static char *
read_input (void)
{
  g_autofree char *text = g_malloc0 (MAX_STDIN + 1);
  size_t n = fread (text, 1, MAX_STDIN, stdin);
  text[n] = '\0';
  g_strchomp (text);
  return g_steal_pointer (&text);
}

static int
run_send (Sms *self, PlReporter *reporter)
{
  static const PlBoxLinkOps ops = { on_send_ready, on_send_notified, on_send_interrupted };
  const char *text = self->options->words[2];

  self->id = g_uuid_string_random ();
  self->text = g_str_equal (text, "-") ? read_input () : g_strdup (text);
  int status = PL_EXIT_USAGE;
  if (g_utf8_validate (self->text, -1, NULL)
      && g_utf8_validate (self->options->words[1], -1, NULL))
    status = pl_box_link_run (self->options, reporter, &ops, self);
  else
    fprintf (stderr, "punchline: the text is not UTF-8\n");
  g_free (self->id);
  g_free (self->text);
  return status;
}

/* --- list --- */

static void list_next (Sms *self, PlBoxLink *link);

static void
on_listed (GVariant *result, const GError *error, gpointer user_data)
{
  g_autofree Answer *answer = user_data;

  if (error || !print_page (answer->sms, answer->link, result))
    pl_box_link_finish (answer->link, error);
  else
    list_next (answer->sms, answer->link);
}

static void
list_next (Sms *self, PlBoxLink *link)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "after_seq", "x", self->after_seq);
  if (self->options->words[1])
    g_variant_dict_insert (&dict, "number", "s", self->options->words[1]);
  ask (self, link, "sms.list", g_variant_dict_end (&dict), on_listed);
}

static void
on_list_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  list_next (user_data, link);
}

/* --- watch --- */

static void
on_watched (GVariant *result, const GError *error, gpointer user_data)
{
  g_autofree Answer *answer = user_data;

  if (error)
    pl_box_link_finish (answer->link, error);
  else
    print_page (answer->sms, answer->link, result);
}

static void
on_watch_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  ask (user_data, link, "sms.watch", NULL, on_watched);
}

static void
on_watch_notified (PlBoxLink *link, const char *method, GVariant *params,
                   gpointer user_data G_GNUC_UNUSED)
{
  if (g_str_equal (method, "sms"))
    print (link, params);
}

int
pl_command_sms (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps list = { on_list_ready, NULL, NULL };
  static const PlBoxLinkOps watch = { on_watch_ready, on_watch_notified, NULL };
  Sms self = { .options = options };
  const char *what = options->words[0];
  guint n = g_strv_length (options->words);

  if (g_str_equal (what, "send") && n == 3)
    return run_send (&self, reporter);
  if (g_str_equal (what, "list") && n <= 2)
    return pl_box_link_run (options, reporter, &list, &self);
  if (g_str_equal (what, "watch") && n == 1)
    return pl_box_link_run (options, reporter, &watch, &self);
  fprintf (stderr, "punchline: expected 'sms send NUMBER TEXT', 'sms list [NUMBER]' or 'sms "
                   "watch'\n");
  return PL_EXIT_USAGE;
}
