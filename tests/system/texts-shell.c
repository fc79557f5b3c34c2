/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/log.h"
#include "simbox/modem-at.h"
#include "simbox/modem-mm.h"
#include "simbox/texts.h"
#include "tests/lib/shell.h"

#include <stdio.h>

/* The texts of a box by hand: PlTexts on a PlModemAt, or with --mm a PlModemMm, and a database.
 * Lines "ID NUMBER TEXT" on stdin are texts to send; stdout has "accepted ID" or "refused ID
 * WHY" for each of them. */

static PlTexts *texts;
static PlModemAtOptions options;
static char *database;
static gboolean verbose, mm;

static const GOptionEntry entries[] = {
  { "device", 0, 0, G_OPTION_ARG_FILENAME, &options.device, NULL, NULL },
  { "answer-ms", 0, 0, G_OPTION_ARG_INT, &options.answer_ms, NULL, NULL },
  { "database", 0, 0, G_OPTION_ARG_FILENAME, &database, NULL, NULL },
  { "mm", 0, 0, G_OPTION_ARG_NONE, &mm, NULL, NULL },
  { "verbose", 0, 0, G_OPTION_ARG_NONE, &verbose, NULL, NULL },
  { 0 },
};

static void
run_line (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  g_autoptr (GError) error = NULL;

  if (g_strv_length (words) < 3)
    return;
  g_autoptr (PlText) text = pl_texts_send (texts, words[0], words[1], words[2], &error);
  if (text)
    printf ("accepted %s\n", words[0]);
  else
    printf ("refused %s %s\n", words[0], error->message);
  fflush (stdout);
}

static PlModem *
new_modem (GError **error)
{
  const PlModemMmOptions mm_options = { .bus = G_BUS_TYPE_SESSION };
  return mm ? pl_modem_mm_new (&mm_options, error) : pl_modem_at_new (&options, error);
}

int
main (int argc, char **argv)
{
  static const PlDialRules rules = { 0 };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PlModem) modem = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  pl_log_init ();
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || (verbose && !pl_log_set_levels ("all:debug", &error))
      || !(modem = new_modem (&error))) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  g_autoptr (PlStore) store = pl_store_open (database);
  texts = pl_texts_new (store, modem, &rules);
  pl_texts_start (texts);
  pl_modem_start (modem);

  pl_shell_run (run_line);

  pl_texts_stop (texts);
  pl_modem_stop (modem);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&texts);
  g_free (database);
  return 0;
}
