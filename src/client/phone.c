/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-phone"

#include "base/error.h"
#include "client/box-link.h"
#include "client/boxes.h"
#include "client/commands.h"

#include <stdio.h>

/* --- punchline boxes --- */

int
pl_command_boxes (const PlOptions *options, PlReporter *reporter)
{
  g_autoptr (GPtrArray) list = pl_boxes_list ();

  for (guint i = 0; i < list->len; i++) {
    const PlBoxEntry *box = g_ptr_array_index (list, i);
    const char *rights = box->rights ? box->rights : "";
    g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
    g_variant_dict_insert (&dict, "box", "s", box->name);
    g_variant_dict_insert (&dict, "signaling", "s", box->signaling);
    g_variant_dict_insert (&dict, "rights", "s", rights);
    g_autofree char *json = pl_rpc_print_value (g_variant_dict_end (&dict));
    if (options->json)
      printf ("%s\n", json);
    else
      printf ("%s\t%s\t%s\n", box->name, rights, box->signaling);
  }
  if (list->len == 0)
    pl_reporter_say (reporter, "no box is paired: see 'punchline pair --help'");
  return PL_EXIT_DONE;
}

/* --- punchline status --- */

static void
add_line (GString *text, GVariant *status, const char *key, const char *label)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (status, key, NULL);

  if (value == NULL)
    return;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    g_string_append_printf (text, "\n%-10s %s", label, g_variant_get_string (value, NULL));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    g_string_append_printf (text, "\n%-10s %" G_GINT64_FORMAT, label,
                            g_variant_get_int64 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    g_string_append_printf (text, "\n%-10s %s", label,
                            g_variant_get_boolean (value) ? "yes" : "no");
}

/* @status, with the calls that were missed. */
static GVariant *
add_missed (PlBoxLink *link, GVariant *hello, GVariant *status, GString *text)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (status);
  guint missed = pl_box_link_take_missed (link, hello);

  g_variant_dict_insert (&dict, "missed_calls", "x", (gint64) missed);
  if (missed)
    g_string_append_printf (text, "\n%-10s %u, see 'punchline calls'", "missed", missed);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
on_status_ready (PlBoxLink *link, GVariant *hello, gpointer user_data G_GNUC_UNUSED)
{
  static const char *const lines[][2] = { { "state", "modem" },
                                          { "problem", "problem" },
                                          { "operator", "operator" },
                                          { "technology", "network" },
                                          { "signal", "signal %" },
                                          { "roaming", "roaming" },
                                          { "number", "number" },
                                          { "sim", "SIM card" },
                                          { "device", "device" },
                                          { "model", "model" },
                                          { "firmware", "firmware" },
                                          { "version", "version" },
                                          { "dnd", "dnd" },
                                          { "sms_unread", "unread" },
                                          { "voicemail_unheard", "voicemail" } };
  g_autoptr (GVariant) status
      = g_variant_lookup_value (hello, "status", G_VARIANT_TYPE_VARDICT);
  const char *box = "?";

  if (status) {
    g_variant_lookup (status, "box", "&s", &box);
    g_autoptr (GString) text = g_string_new (NULL);
    g_string_printf (text, "%-10s %s", "box", box);
    for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
      add_line (text, status, lines[i][0], lines[i][1]);
    g_autoptr (GVariant) all = add_missed (link, hello, status, text);
    pl_box_link_print (link, all, text->str);
  }
  pl_box_link_finish (link, NULL);
}

int
pl_command_status (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps ops = { on_status_ready, NULL, NULL };
  return pl_box_link_run (options, reporter, &ops, NULL);
}

/* --- punchline dnd --- */

static void
on_dnd_set (GVariant *result G_GNUC_UNUSED, const GError *error, gpointer user_data)
{
  pl_box_link_finish (user_data, error);
}

static void
on_dnd_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  const PlOptions *options = user_data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "on", "b", g_str_equal (options->words[0], "on"));
  pl_rpc_call (pl_box_link_get_control (link), "dnd.set", g_variant_dict_end (&dict),
               on_dnd_set, link);
}

int
pl_command_dnd (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps ops = { on_dnd_ready, NULL, NULL };
  const char *word = options->words[0];

  if (!g_str_equal (word, "on") && !g_str_equal (word, "off")) {
    g_autoptr (GError) error = g_error_new (PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                                            "expected on or off, not '%s'", word);
    pl_reporter_report_error (reporter, error);
    return PL_EXIT_USAGE;
  }
  return pl_box_link_run (options, reporter, &ops, (gpointer) options);
}
