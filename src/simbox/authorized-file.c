/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-authorized"

#include "simbox/authorized-file.h"

#include "base/error.h"
#include "base/limits.h"

#include <gio/gio.h>
#include <string.h>

static gboolean
read_text (const char *path, char **text, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (g_file_get_contents (path, text, /* length = */ NULL, &local))
    return TRUE;
  if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    *text = g_strdup ("");
    return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

GPtrArray *
pl_authorized_file_read (const char *path, GPtrArray *flaws, GError **error)
{
  g_autofree char *text = NULL;

  return read_text (path, &text, error) ? pl_authorized_parse (text, flaws) : NULL;
}

/* @text without the line of @identity. */
static char *
without (const char *text, const char *identity)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *left = g_string_new (NULL);

  for (char **line = lines; *line; line++) {
    g_autofree char *trimmed = g_strstrip (g_strdup (*line));
    if (*line[0] != '#' && g_str_has_suffix (trimmed, identity))
      continue;
    g_string_append (left, *line);
    if (line[1])
      g_string_append_c (left, '\n');
  }
  if (left->len > 0 && left->str[left->len - 1] != '\n')
    g_string_append_c (left, '\n');
  return g_string_free (left, /* free_segment = */ FALSE);
}

static gboolean
has_name (GPtrArray *clients, const char *name)
{
  for (guint i = 0; i < clients->len; i++)
    if (g_str_equal (((PlAuthorized *) g_ptr_array_index (clients, i))->name, name))
      return TRUE;
  return FALSE;
}

static void
choose_name (GPtrArray *clients, PlAuthorized *client)
{
  g_autofree char *wish = g_strdup (client->name);

  for (guint n = 2; has_name (clients, client->name); n++) {
    g_autofree char *number = g_strdup_printf ("-%u", n);
    const char *end = wish + MIN (strlen (wish), PL_MAX_MEMBER_NAME - strlen (number));
    while (!g_utf8_validate (wish, end - wish, NULL))
      end--;
    g_free (client->name);
    client->name = g_strdup_printf ("%.*s%s", (int) (end - wish), wish, number);
  }
}

static gboolean
write_text (const char *path, const char *text, GError **error)
{
  return g_file_set_contents_full (path, text, -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0600, error);
}

gboolean
pl_authorized_file_add (const char *path, PlAuthorized *client, GError **error)
{
  g_autofree char *text = NULL;

  if (!read_text (path, &text, error))
    return FALSE;
  g_autofree char *others = without (text, client->identity);
  g_autoptr (GPtrArray) flaws = g_ptr_array_new ();
  g_autoptr (GPtrArray) clients = pl_authorized_parse (others, flaws);
  if (flaws->len > 0) {
    const PlAuthorizedFlaw *flaw = g_ptr_array_index (flaws, 0);
    g_propagate_prefixed_error (error, g_error_copy (flaw->error), "%s: ", path);
    return FALSE;
  }
  if (clients->len >= PL_MAX_CLIENTS) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "%s: %u clients already, more are not possible", path, clients->len);
    return FALSE;
  }
  choose_name (clients, client);
  g_autofree char *line = pl_authorized_print (client);
  g_autofree char *all = g_strconcat (others, line, NULL);
  return write_text (path, all, error);
}

gboolean
pl_authorized_file_remove (const char *path, const char *identity, GError **error)
{
  g_autofree char *text = NULL;

  if (!read_text (path, &text, error))
    return FALSE;
  g_autofree char *others = without (text, identity);
  return strcmp (others, text) == 0 || write_text (path, others, error);
}
