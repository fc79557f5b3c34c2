/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/log.h"
#include "simbox/modem-at.h"
#include "simbox/modem-mm.h"
#include "tests/lib/shell.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

/* A modem by hand, a PlModemAt or with --mm a PlModemMm: a command a line on stdin ("dial
 * +4930123"), a JSON object a line on stdout for what it gave ("done": the command's word) and
 * for each signal ("event"). */

static PlModem *modem;
static PlModemAtOptions options;
static gboolean verbose, mm;

static const GOptionEntry entries[] = {
  { "device", 0, 0, G_OPTION_ARG_FILENAME, &options.device, NULL, NULL },
  { "root", 0, 0, G_OPTION_ARG_FILENAME, &options.root, NULL, NULL },
  { "pcm", 0, 0, G_OPTION_ARG_STRING, &options.pcm, NULL, NULL },
  { "vendor", 0, 0, G_OPTION_ARG_STRING, &options.vendor, NULL, NULL },
  { "pin", 0, 0, G_OPTION_ARG_STRING, &options.pin, NULL, NULL },
  { "storage", 0, 0, G_OPTION_ARG_STRING, &options.storage, NULL, NULL },
  { "audio-rate", 0, 0, G_OPTION_ARG_INT, &options.audio_rate, NULL, NULL },
  { "answer-ms", 0, 0, G_OPTION_ARG_INT, &options.answer_ms, NULL, NULL },
  { "mm", 0, 0, G_OPTION_ARG_NONE, &mm, NULL, NULL },
  { "verbose", 0, 0, G_OPTION_ARG_NONE, &verbose, NULL, NULL },
  { 0 },
};

/* Output. */

static JsonBuilder *
begin (const char *key, const char *value)
{
  JsonBuilder *builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, value);
  return builder;
}

static void
add_string (JsonBuilder *builder, const char *key, const char *value)
{
  json_builder_set_member_name (builder, key);
  if (value)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static void
add_int (JsonBuilder *builder, const char *key, gint64 value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, value);
}

static void
add_boolean (JsonBuilder *builder, const char *key, gboolean value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_boolean_value (builder, value);
}

static void
print (JsonBuilder *builder)
{
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, /* pretty = */ FALSE);
  puts (text);
  fflush (stdout);
  g_object_unref (builder);
}

static const char *const state_names[]
    = { NULL,     "absent",    "not-answering", "starting", "no-sim",
        "locked", "searching", "denied",        "ready",    "failed" };
static const char *const call_state_names[]
    = { NULL, "dialing", "alerting", "incoming", "waiting", "active", "held", "ended" };
static const char *const end_names[]
    = { NULL, "local", "remote", "busy", "no-answer", "refused", "lost" };

static void
add_status (JsonBuilder *builder)
{
  const PlModemStatus *status = pl_modem_get_status (modem);

  add_string (builder, "state", state_names[status->state]);
  add_string (builder, "manufacturer", status->manufacturer);
  add_string (builder, "model", status->model);
  add_string (builder, "firmware", status->firmware);
  add_string (builder, "imei", status->imei);
  add_string (builder, "device", status->device);
  add_string (builder, "pcm", status->pcm);
  add_string (builder, "own_number", status->own_number);
  add_string (builder, "iccid", status->iccid);
  add_string (builder, "operator", status->operator_name);
  add_string (builder, "technology", status->technology);
  add_boolean (builder, "roaming", status->roaming);
  add_int (builder, "percent", status->signal_percent);
  add_int (builder, "dbm", status->signal_dbm);
  add_int (builder, "tries", status->pin_tries);
  add_boolean (builder, "puk", status->puk);
  add_string (builder, "problem", status->problem);
  add_int (builder, "rate", pl_modem_get_audio_rate (modem));
}

/* Signals. */

static void
on_status_changed (PlModem *self G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  JsonBuilder *builder = begin ("event", "status");
  add_status (builder);
  print (builder);
}

static void
on_texts_waiting (PlModem *self G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  print (begin ("event", "texts-waiting"));
}

static void
on_call_changed (PlModem *self G_GNUC_UNUSED, const PlModemCall *call,
                 gpointer user_data G_GNUC_UNUSED)
{
  JsonBuilder *builder = begin ("event", "call");
  add_int (builder, "call", call->id);
  add_boolean (builder, "outgoing", call->outgoing);
  add_string (builder, "state", call_state_names[call->state]);
  add_string (builder, "end", end_names[call->end]);
  add_string (builder, "number", call->number);
  add_boolean (builder, "withheld", call->withheld);
  add_string (builder, "name", call->name);
  print (builder);
}

static void
on_dtmf (PlModem *self G_GNUC_UNUSED, guint call, const char *digit,
         gpointer user_data G_GNUC_UNUSED)
{
  JsonBuilder *builder = begin ("event", "dtmf");
  add_int (builder, "call", call);
  add_string (builder, "digit", digit);
  print (builder);
}

static void
on_audio_changed (PlModem *self G_GNUC_UNUSED, gboolean on, gpointer user_data G_GNUC_UNUSED)
{
  JsonBuilder *builder = begin ("event", "audio");
  add_boolean (builder, "on", on);
  add_string (builder, "problem", pl_modem_get_status (modem)->audio_problem);
  print (builder);
}

/* Results; @word is the command's, and taken. */

static JsonBuilder *
begin_done (gpointer word, const GError *error)
{
  g_autofree char *owned = word;
  JsonBuilder *builder = begin ("done", owned);
  add_boolean (builder, "ok", error == NULL);
  if (error) {
    add_string (builder, "error", error->message);
    add_int (builder, "code", error->code);
  }
  return builder;
}

static void
on_plain (GObject *source, GAsyncResult *result, gpointer word)
{
  g_autoptr (GError) error = NULL;
  pl_modem_finish (PL_MODEM (source), result, &error);
  print (begin_done (word, error));
}

static void
on_dialled (GObject *source, GAsyncResult *result, gpointer word)
{
  g_autoptr (GError) error = NULL;
  guint call = pl_modem_dial_finish (PL_MODEM (source), result, &error);
  JsonBuilder *builder = begin_done (word, error);
  add_int (builder, "call", call);
  print (builder);
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer word)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *handle = pl_modem_prepare_part_finish (PL_MODEM (source), result, &error);
  JsonBuilder *builder = begin_done (word, error);
  add_string (builder, "handle", handle);
  print (builder);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer word)
{
  g_autoptr (GError) error = NULL;
  int reference = pl_modem_send_prepared_finish (PL_MODEM (source), result, &error);
  JsonBuilder *builder = begin_done (word, error);
  add_int (builder, "mr", reference);
  print (builder);
}

static void
on_forwarding (GObject *source, GAsyncResult *result, gpointer word)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *number = pl_modem_get_forwarding_finish (PL_MODEM (source), result, &error);
  JsonBuilder *builder = begin_done (word, error);
  add_string (builder, "number", number);
  print (builder);
}

static void
add_text (JsonBuilder *builder, const PlModemText *text)
{
  json_builder_begin_object (builder);
  add_string (builder, "handle", text->handle);
  add_boolean (builder, "ours", text->part == NULL);
  add_boolean (builder, "went_out", text->went_out);
  if (text->part) {
    add_int (builder, "kind", text->part->kind);
    add_string (builder, "number", text->part->number);
    add_string (builder, "text", text->part->text);
    add_int (builder, "seq", text->part->seq);
    add_int (builder, "total", text->part->total);
    add_int (builder, "mr", text->part->report_mr);
  }
  json_builder_end_object (builder);
}

static void
on_swept (GObject *source, GAsyncResult *result, gpointer word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) texts = pl_modem_sweep_finish (PL_MODEM (source), result, &error);
  JsonBuilder *builder = begin_done (word, error);

  json_builder_set_member_name (builder, "texts");
  json_builder_begin_array (builder);
  for (guint i = 0; texts && i < texts->len; i++)
    add_text (builder, texts->pdata[i]);
  json_builder_end_array (builder);
  print (builder);
}

/* Commands. */

static guint
number_of (const char *word)
{
  return word ? (guint) g_ascii_strtoull (word, NULL, 10) : 0;
}

static void
do_status (GStrv words G_GNUC_UNUSED)
{
  JsonBuilder *builder = begin ("done", "status");
  add_status (builder);
  print (builder);
}

static void
do_stop (GStrv words G_GNUC_UNUSED)
{
  pl_modem_stop (modem);
  print (begin ("done", "stop"));
}

static void
do_pin (GStrv words)
{
  pl_modem_enter_pin_async (modem, words[1], NULL, on_plain, g_strdup (words[0]));
}

static void
do_dial (GStrv words)
{
  pl_modem_dial_async (modem, words[1], words[2] != NULL, NULL, on_dialled,
                       g_strdup (words[0]));
}

static void
do_answer (GStrv words)
{
  pl_modem_answer_async (modem, number_of (words[1]), NULL, on_plain, g_strdup (words[0]));
}

static void
do_hang_up (GStrv words)
{
  pl_modem_hang_up_async (modem, number_of (words[1]), NULL, on_plain, g_strdup (words[0]));
}

static void
do_dtmf (GStrv words)
{
  pl_modem_send_dtmf_async (modem, number_of (words[1]), words[2], NULL, on_plain,
                            g_strdup (words[0]));
}

static void
do_chld (GStrv words)
{
  pl_modem_chld_async (modem, (PlModemChld) number_of (words[1]), NULL, on_plain,
                       g_strdup (words[0]));
}

static void
do_sweep (GStrv words)
{
  pl_modem_sweep_async (modem, NULL, on_swept, g_strdup (words[0]));
}

static void
do_delete (GStrv words)
{
  pl_modem_delete_text_async (modem, words[1], NULL, on_plain, g_strdup (words[0]));
}

/* prepare NUMBER PART REF TEXT */
static void
do_prepare (GStrv words)
{
  if (g_strv_length (words) < 5)
    return;
  g_autofree char *text = g_strjoinv (" ", words + 4);
  pl_modem_prepare_part_async (modem, words[1], text, number_of (words[2]),
                               (guint16) number_of (words[3]), NULL, on_prepared,
                               g_strdup (words[0]));
}

static void
do_send (GStrv words)
{
  pl_modem_send_prepared_async (modem, words[1], NULL, on_sent, g_strdup (words[0]));
}

static void
do_forwarding (GStrv words)
{
  pl_modem_get_forwarding_async (modem, NULL, on_forwarding, g_strdup (words[0]));
}

static void
do_erase_forwarding (GStrv words)
{
  pl_modem_erase_forwarding_async (modem, NULL, on_plain, g_strdup (words[0]));
}

static void
on_ussd (GObject *source, GAsyncResult *result, gpointer word)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = pl_modem_ussd_finish (PL_MODEM (source), result, &error);
  JsonBuilder *builder = begin_done (word, error);
  add_string (builder, "text", text);
  print (builder);
}

static void
do_ussd (GStrv words)
{
  pl_modem_ussd_async (modem, words[1], NULL, on_ussd, g_strdup (words[0]));
}

static void
do_reset (GStrv words)
{
  pl_modem_reset_async (modem, NULL, on_plain, g_strdup (words[0]));
}

static const struct {
  const char *word;
  void (*run) (GStrv words);
} commands[] = {
  { "status", do_status },
  { "stop", do_stop },
  { "pin", do_pin },
  { "dial", do_dial },
  { "answer", do_answer },
  { "hang-up", do_hang_up },
  { "dtmf", do_dtmf },
  { "chld", do_chld },
  { "sweep", do_sweep },
  { "delete", do_delete },
  { "prepare", do_prepare },
  { "send", do_send },
  { "ussd", do_ussd },
  { "reset", do_reset },
  { "forwarding", do_forwarding },
  { "erase-forwarding", do_erase_forwarding },
};

static void
run_line (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  for (guint i = 0; words[0] && i < G_N_ELEMENTS (commands); i++) {
    if (g_str_equal (words[0], commands[i].word)) {
      commands[i].run (words);
      return;
    }
  }
  g_printerr ("what is '%s'?\n", line);
}

static PlModem *
modem_new (GError **error)
{
  const PlModemMmOptions mm_options = { .pin = options.pin, .bus = G_BUS_TYPE_SESSION };

  return mm ? pl_modem_mm_new (&mm_options, error) : pl_modem_at_new (&options, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  pl_log_init ();
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || (verbose && !pl_log_set_levels ("all:debug", &error))
      || !(modem = modem_new (&error))) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  g_signal_connect (modem, "status-changed", G_CALLBACK (on_status_changed), NULL);
  g_signal_connect (modem, "texts-waiting", G_CALLBACK (on_texts_waiting), NULL);
  g_signal_connect (modem, "call-changed", G_CALLBACK (on_call_changed), NULL);
  g_signal_connect (modem, "dtmf", G_CALLBACK (on_dtmf), NULL);
  g_signal_connect (modem, "audio-changed", G_CALLBACK (on_audio_changed), NULL);
  pl_modem_start (modem);
  pl_shell_run (run_line);
  g_object_unref (modem);
  return 0;
}
