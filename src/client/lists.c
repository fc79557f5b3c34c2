/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-lists"

#include "client/box-link.h"
#include "client/commands.h"
#include "client/request.h"

#include <stdio.h>

/* punchline block, punchline clients: lists that the box keeps for its owner. */

static int
complain (const char *sentence)
{
  fprintf (stderr, "punchline: %s\n", sentence);
  return PL_EXIT_USAGE;
}

static int
request_string (const PlOptions *options, PlReporter *reporter, const char *method,
                const char *key)
{
  const char *value = options->words[1];
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (!g_utf8_validate (value, -1, NULL))
    return complain ("the argument is not UTF-8");
  g_variant_dict_insert (&dict, key, "s", value);
  const PlRequest request = { method, g_variant_dict_end (&dict) };
  return pl_request_run (options, reporter, &request);
}

/* --- block --- */

static void on_blocked (GVariant *result, const GError *error, gpointer user_data);

static void
list_blocked (PlBoxLink *link, const char *after)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "after", "s", after);
  pl_rpc_call (pl_box_link_get_control (link), "blocked.list", g_variant_dict_end (&dict),
               on_blocked, link);
}

static void
print_number (PlBoxLink *link, const char *number)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "number", "s", number);
  g_autoptr (GVariant) object = g_variant_ref_sink (g_variant_dict_end (&dict));
  pl_box_link_print (link, object, number);
}

static void
on_blocked (GVariant *result, const GError *error, gpointer user_data)
{
  PlBoxLink *link = user_data;
  g_autofree char *last = NULL;
  gboolean more = FALSE;

  if (error) {
    pl_box_link_finish (link, error);
    return;
  }
  g_autoptr (GVariant) list = g_variant_lookup_value (result, "numbers", G_VARIANT_TYPE ("av"));
  g_variant_lookup (result, "more", "b", &more);
  for (gsize i = 0; list && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) number = g_variant_get_variant (boxed);
    if (!g_variant_is_of_type (number, G_VARIANT_TYPE_STRING))
      continue;
    g_free (last);
    last = g_variant_dup_string (number, NULL);
    print_number (link, last);
  }
  if (more && last)
    list_blocked (link, last);
  else
    pl_box_link_finish (link, NULL);
}

static void
on_block_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED,
                gpointer user_data G_GNUC_UNUSED)
{
  list_blocked (link, "");
}

int
pl_command_block (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps list = { .ready = on_block_ready };
  const char *what = options->words[0];
  const guint n = g_strv_length (options->words);

  if (g_str_equal (what, "list") && n == 1)
    return pl_box_link_run (options, reporter, &list, NULL);
  if (g_str_equal (what, "add") && n == 2)
    return request_string (options, reporter, "blocked.add", "number");
  if (g_str_equal (what, "remove") && n == 2)
    return request_string (options, reporter, "blocked.remove", "number");
  return complain ("expected 'block list', 'block add NUMBER' or 'block remove NUMBER'");
}

/* --- clients --- */

static void
print_client (PlBoxLink *link, GVariant *client)
{
  const char *seen = pl_rpc_get_string (client, "last_seen");
  gboolean you = FALSE, connected = FALSE;
  g_autoptr (GString) line = g_string_new (pl_rpc_get_string (client, "name"));

  g_variant_lookup (client, "you", "b", &you);
  g_variant_lookup (client, "connected", "b", &connected);
  g_string_append_printf (line, "  %s", pl_rpc_get_string (client, "rights"));
  if (connected)
    g_string_append_printf (line, "  connected%s", you ? " (this one)" : "");
  else if (*seen)
    g_string_append_printf (line, "  last seen %s", seen);
  else
    g_string_append (line, "  never seen");
  pl_box_link_print (link, client, line->str);
}

static void
on_clients (GVariant *result, const GError *error, gpointer user_data)
{
  g_autoptr (GVariant) list
      = result ? g_variant_lookup_value (result, "clients", G_VARIANT_TYPE ("av")) : NULL;

  for (gsize i = 0; list && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) client = g_variant_get_variant (boxed);
    if (g_variant_is_of_type (client, G_VARIANT_TYPE_VARDICT))
      print_client (user_data, client);
  }
  pl_box_link_finish (user_data, error);
}

static void
on_clients_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED,
                  gpointer user_data G_GNUC_UNUSED)
{
  pl_rpc_call (pl_box_link_get_control (link), "clients.list", NULL, on_clients, link);
}

int
pl_command_clients (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps list = { .ready = on_clients_ready };
  const char *what = options->words[0];
  const guint n = g_strv_length (options->words);

  if (g_str_equal (what, "list") && n == 1)
    return pl_box_link_run (options, reporter, &list, NULL);
  if (g_str_equal (what, "remove") && n == 2)
    return request_string (options, reporter, "clients.remove", "name");
  return complain ("expected 'clients list' or 'clients remove NAME'");
}
