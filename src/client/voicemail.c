/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-voicemail"

#include "base/error.h"
#include "client/box-link.h"
#include "client/commands.h"
#include "client/greeting.h"
#include "media/player.h"
#include "stream/stream.h"

#include <glib/gstdio.h>
#include <stdio.h>

/* punchline voicemail list|watch|play|unheard|save|delete|greeting. */
typedef struct {
  const PlOptions *options;
  PlReporter *reporter;
  PlBoxLink *link;
  gint64 id;
  char *label; /* of the channel that brings it */
  GFile *file; /* where it goes */
  char *temp;  /* the same, where it is deleted when it was played */
  GOutputStream *output;
  PlStream *stream;
  PlPlayer *player;
  int64_t from_us;   /* of what is played */
  gboolean greeting; /* it is that, no voicemail */
} Voicemail;

static void
ask (Voicemail *self, const char *method, PlRpcAnswerFunc func)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "id", "x", self->id);
  pl_rpc_call (pl_box_link_get_control (self->link), method, g_variant_dict_end (&dict), func,
               self);
}

static void
on_done (GVariant *result G_GNUC_UNUSED, const GError *error, gpointer user_data)
{
  Voicemail *self = user_data;
  pl_box_link_finish (self->link, error);
}

static void
mark (Voicemail *self, gboolean heard)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "id", "x", self->id);
  g_variant_dict_insert (&dict, "heard", "b", heard);
  pl_rpc_call (pl_box_link_get_control (self->link), "voicemail.heard",
               g_variant_dict_end (&dict), on_done, self);
}

static void
on_asked (GVariant *result G_GNUC_UNUSED, const GError *error, gpointer user_data)
{
  Voicemail *self = user_data;
  if (error)
    pl_box_link_finish (self->link, error);
}

/* --- list --- */

static void
print (Voicemail *self, GVariant *mail)
{
  gint64 id = 0, seconds = 0;
  g_autofree char *other = pl_box_link_name_other (mail);

  g_variant_lookup (mail, "id", "x", &id);
  g_variant_lookup (mail, "seconds", "x", &seconds);
  g_autofree char *line = g_strdup_printf (
      "%" G_GINT64_FORMAT "  %s  %s  %s  %" G_GINT64_FORMAT " s", id,
      pl_rpc_get_string (mail, "time"), other, pl_rpc_get_string (mail, "state"), seconds);
  pl_box_link_print (self->link, mail, line);
  self->id = id;
}

static void on_listed (GVariant *result, const GError *error, gpointer user_data);

static void
list_next (Voicemail *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "before", "x", self->id);
  pl_rpc_call (pl_box_link_get_control (self->link), "voicemail.list",
               g_variant_dict_end (&dict), on_listed, self);
}

static void
on_listed (GVariant *result, const GError *error, gpointer user_data)
{
  Voicemail *self = user_data;
  gboolean more = FALSE;

  if (error) {
    pl_box_link_finish (self->link, error);
    return;
  }
  g_autoptr (GVariant) list
      = g_variant_lookup_value (result, "voicemails", G_VARIANT_TYPE ("av"));
  for (gsize i = 0; list && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) mail = g_variant_get_variant (boxed);
    if (g_variant_is_of_type (mail, G_VARIANT_TYPE_VARDICT))
      print (self, mail);
  }
  g_variant_lookup (result, "more", "b", &more);
  if (more && list && g_variant_n_children (list) > 0)
    list_next (self);
  else
    pl_box_link_finish (self->link, NULL);
}

static void
on_list_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Voicemail *self = user_data;
  self->link = link;
  self->id = G_MAXINT64;
  list_next (self);
}

static void
on_delete_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Voicemail *self = user_data;
  self->link = link;
  ask (self, "voicemail.delete", on_done);
}

static void
on_unheard_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Voicemail *self = user_data;
  self->link = link;
  mark (self, /* heard = */ FALSE);
}

/* --- watch --- */

static void
print_unheard (PlBoxLink *link, gint64 unheard, GVariant *object)
{
  g_autofree char *line = g_strdup_printf ("%" G_GINT64_FORMAT " unheard", unheard);
  pl_box_link_print (link, object, line);
}

static void
on_watch_ready (PlBoxLink *link, GVariant *hello, gpointer user_data G_GNUC_UNUSED)
{
  g_autoptr (GVariant) status
      = g_variant_lookup_value (hello, "status", G_VARIANT_TYPE_VARDICT);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  gint64 unheard = 0;

  if (status)
    g_variant_lookup (status, "voicemail_unheard", "x", &unheard);
  g_variant_dict_insert (&dict, "unheard", "x", unheard);
  g_autoptr (GVariant) object = g_variant_ref_sink (g_variant_dict_end (&dict));
  print_unheard (link, unheard, object);
}

static void
on_watch_notified (PlBoxLink *link, const char *method, GVariant *params,
                   gpointer user_data G_GNUC_UNUSED)
{
  gint64 unheard;

  if (g_str_equal (method, "voicemail") && g_variant_lookup (params, "unheard", "x", &unheard))
    print_unheard (link, unheard, params);
}

/* --- save, play --- */

static void
on_played (const GError *reason, gpointer user_data)
{
  Voicemail *self = user_data;
  if (reason || self->greeting)
    pl_box_link_finish (self->link, reason);
  else
    mark (self, /* heard = */ TRUE);
}

static void
play (Voicemail *self)
{
  const PlPlayerConfig config = {
    .file = self->temp,
    .from_us = self->from_us,
    .record = self->options->record,
  };
  g_autoptr (GError) error = NULL;

  self->player = pl_player_new (&config, on_played, self, &error);
  if (self->player == NULL)
    pl_box_link_finish (self->link, error);
}

static gboolean
on_delivered (gpointer user_data, GError **error)
{
  Voicemail *self = user_data;
  return g_output_stream_close (self->output, /* cancellable = */ NULL, error);
}

static void
on_stream_closed (const GError *reason, gpointer user_data)
{
  Voicemail *self = user_data;

  g_clear_pointer (&self->stream, pl_stream_free);
  if (reason == NULL && self->temp)
    play (self);
  else
    pl_box_link_finish (self->link, reason);
}

static void
on_channel (PlBoxLink *link G_GNUC_UNUSED, PlChannel *channel, gpointer user_data)
{
  static const PlStreamOps ops = { on_delivered, on_stream_closed };
  Voicemail *self = user_data;

  if (self->stream || g_strcmp0 (pl_channel_get_label (channel), self->label) != 0) {
    pl_channel_close (channel);
    return;
  }
  self->stream = pl_stream_new (channel, &ops, self);
  pl_stream_set_source (self->stream, NULL, NULL);
  pl_stream_set_sink (self->stream, self->output);
}

static void
on_fetch_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Voicemail *self = user_data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  self->link = link;
  if (!self->greeting) {
    ask (self, "voicemail.get", on_asked);
    return;
  }
  g_variant_dict_insert (&dict, "sound", "b", TRUE);
  pl_rpc_call (pl_box_link_get_control (link), "greeting.get", g_variant_dict_end (&dict),
               on_asked, self);
}

static gboolean
open_output (Voicemail *self, GError **error)
{
  if (self->file) {
    self->output = G_OUTPUT_STREAM (
        g_file_replace (self->file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, error));
    return self->output != NULL;
  }
  g_autoptr (GFileIOStream) io = NULL;
  self->file = g_file_new_tmp ("punchline-XXXXXX.ogg", &io, error);
  if (self->file == NULL)
    return FALSE;
  self->temp = g_file_get_path (self->file);
  self->output = G_OUTPUT_STREAM (
      g_file_replace (self->file, NULL, FALSE, G_FILE_CREATE_PRIVATE, NULL, error));
  return self->output != NULL;
}

/* An output that was never closed leaves the file that was there before as it was. */
static void
drop_output (Voicemail *self)
{
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();

  g_cancellable_cancel (cancelled);
  if (self->output && !g_output_stream_is_closed (self->output))
    g_output_stream_close (self->output, cancelled, /* error = */ NULL);
  g_clear_object (&self->output);
}

static int
run_fetch (Voicemail *self)
{
  static const PlBoxLinkOps ops = { .ready = on_fetch_ready, .channel = on_channel };
  g_autoptr (GError) error = NULL;

  self->label = self->greeting ? g_strdup ("greeting")
                               : g_strdup_printf ("voicemail:%" G_GINT64_FORMAT, self->id);
  int status = PL_EXIT_FAILED;
  if (open_output (self, &error))
    status = pl_box_link_run (self->options, self->reporter, &ops, self);
  else
    pl_reporter_report_error (self->reporter, error);
  pl_stream_free (self->stream);
  pl_player_free (self->player);
  drop_output (self);
  if (self->temp)
    g_unlink (self->temp);
  g_clear_object (&self->file);
  g_free (self->temp);
  g_free (self->label);
  return status;
}

/* "90" or "1:30". */
static gboolean
read_time (const char *text, int64_t *time_us)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", /* max_tokens = */ 2);
  guint64 minutes = 0, seconds;
  const gboolean has_minutes = parts[0] && parts[1];

  if (has_minutes && !g_ascii_string_to_unsigned (parts[0], 10, 0, 1000, &minutes, NULL))
    return FALSE;
  if (!g_ascii_string_to_unsigned (has_minutes ? parts[1] : text, 10, 0,
                                   has_minutes ? 59 : 60000, &seconds, NULL))
    return FALSE;
  *time_us = (int64_t) (minutes * 60 + seconds) * G_USEC_PER_SEC;
  return TRUE;
}

static int
complain (const char *sentence)
{
  fprintf (stderr, "punchline: %s\n", sentence);
  return PL_EXIT_USAGE;
}

/* What there is to hear is fetched as a voicemail is. */
static int
run_greeting (Voicemail *self)
{
  char **words = self->options->words;
  const guint n = g_strv_length (words);
  int status;

  self->greeting = TRUE;
  if (n == 3 && g_str_equal (words[1], "save"))
    self->file = g_file_new_for_commandline_arg (words[2]);
  if (self->file || (n == 2 && g_str_equal (words[1], "play")))
    return run_fetch (self);
  if (pl_greeting_command (self->options, self->reporter, &status))
    return status;
  return complain ("expected 'voicemail greeting', 'greeting set FILE', 'greeting play', "
                   "'greeting save FILE' or 'greeting reset'");
}

int
pl_command_voicemail (const PlOptions *options, PlReporter *reporter)
{
  static const struct {
    const char *name;
    PlBoxLinkOps ops;
    gboolean takes_id;
  } plain[] = {
    { "list", { .ready = on_list_ready }, FALSE },
    { "watch", { .ready = on_watch_ready, .notified = on_watch_notified }, FALSE },
    { "unheard", { .ready = on_unheard_ready }, TRUE },
    { "delete", { .ready = on_delete_ready }, TRUE },
  };
  Voicemail self = { .options = options, .reporter = reporter };
  const char *what = options->words[0];
  const guint n = g_strv_length (options->words);
  const gboolean has_id
      = n > 1
        && g_ascii_string_to_signed (options->words[1], 10, 1, G_MAXINT64, &self.id, NULL);

  if (options->from && !read_time (options->from, &self.from_us))
    return complain ("--from: expected a time, as 1:30 or 90");
  if (g_str_equal (what, "greeting"))
    return run_greeting (&self);
  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    if (g_str_equal (what, plain[i].name) && has_id == plain[i].takes_id
        && n == (plain[i].takes_id ? 2 : 1))
      return pl_box_link_run (options, reporter, &plain[i].ops, &self);
  if (g_str_equal (what, "save") && n == 3 && has_id)
    self.file = g_file_new_for_commandline_arg (options->words[2]);
  if (self.file || (g_str_equal (what, "play") && n == 2 && has_id))
    return run_fetch (&self);
  return complain (
      "expected 'voicemail list', 'watch', 'play ID', 'unheard ID', 'save ID FILE', "
      "'delete ID' or 'greeting'");
}
