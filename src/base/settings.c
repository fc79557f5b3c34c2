/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/settings.h"

#include "base/error.h"

#include <string.h>

static const GOptionEntry *
find_entry (const GOptionEntry *entries, const char *key)
{
  for (const GOptionEntry *e = entries; e->long_name; e++)
    if (g_str_equal (e->long_name, key))
      return e;
  return NULL;
}

static gboolean
is_list (const GOptionEntry *entry)
{
  return entry->arg == G_OPTION_ARG_STRING_ARRAY || entry->arg == G_OPTION_ARG_FILENAME_ARRAY;
}

static gboolean
append_list (GPtrArray *args, GKeyFile *file, const char *group, const char *key,
             GError **error)
{
  g_auto (GStrv) values = g_key_file_get_string_list (file, group, key, NULL, error);
  if (values == NULL)
    return FALSE;
  for (char **v = values; *v; v++)
    g_ptr_array_add (args, g_strdup_printf ("--%s=%s", key, *v));
  return TRUE;
}

static gboolean
append_key (GPtrArray *args, GKeyFile *file, const char *group, const GOptionEntry *entry,
            GError **error)
{
  const char *key = entry->long_name;

  if (is_list (entry))
    return append_list (args, file, group, key, error);
  if (entry->arg == G_OPTION_ARG_NONE) {
    GError *local = NULL;
    if (g_key_file_get_boolean (file, group, key, &local))
      g_ptr_array_add (args, g_strdup_printf ("--%s", key));
    if (local)
      g_propagate_error (error, local);
    return local == NULL;
  }
  g_autofree char *value = g_key_file_get_string (file, group, key, error);
  if (value == NULL)
    return FALSE;
  g_ptr_array_add (args, g_strdup_printf ("--%s=%s", key, value));
  return TRUE;
}

/* GKeyFile does not tell lines. @begins: how the line begins, blanks apart; 0: there is none.
 */
static guint
find_line (const char *path, const char *begins, const char *then)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, /* length = */ NULL, /* error = */ NULL))
    return 0;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const char *line = g_strchug (lines[i]);
    size_t len = strlen (begins);
    if (strncmp (line, begins, len) == 0
        && g_str_has_prefix (line + len + strspn (line + len, " \t"), then))
      return i + 1;
  }
  return 0;
}

static guint
find_key (const char *path, const char *key)
{
  return find_line (path, key, "=");
}

/* Where @message speaks of "--KEY" and not of a longer one; NULL: nowhere. */
static const char *
find_mention (const char *message, const char *key)
{
  g_autofree char *option = g_strconcat ("--", key, NULL);

  for (const char *at = strstr (message, option); at; at = strstr (at + 1, option)) {
    char next = at[strlen (option)];
    if (!g_ascii_isalnum (next) && next != '-')
      return at;
  }
  return NULL;
}

/* Puts the line of the file in front where the value stands that @error is about, the first
 * that it speaks of, unless that was given on the command line (@given). */
static void
blame_file (GError **error, const char *path, const GOptionEntry *entries, GStrv given)
{
  const char *first = NULL, *key = NULL;

  for (const GOptionEntry *e = entries; error && e->long_name; e++) {
    const char *at = find_mention ((*error)->message, e->long_name);
    if (at == NULL || (first && at > first))
      continue;
    first = at;
    key = e->long_name;
  }
  if (key == NULL || g_strv_contains ((const char *const *) given, key))
    return;
  guint line = find_key (path, key);
  if (line > 0)
    g_prefix_error (error, "%s:%u: ", path, line);
}

static gboolean
check_groups (GKeyFile *file, const char *path, const char *group, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  for (char **g = groups; *g; g++) {
    if (!g_str_equal (*g, group)) {
      g_autofree char *name = g_strdup_printf ("[%s]", *g);
      g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_UNKNOWN_KEY,
                   "%s:%u: unknown group '%s', expected '[%s]'", path,
                   find_line (path, name, ""), name, group);
      return FALSE;
    }
  }
  return TRUE;
}

GStrv
pl_settings_load (const char *path, const char *group, const GOptionEntry *entries,
                  const char *const *skip, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error)) {
    g_prefix_error (error, "%s: ", path);
    return NULL;
  }
  if (!check_groups (file, path, group, error))
    return NULL;

  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);
  g_autoptr (GPtrArray) args = g_ptr_array_new_with_free_func (g_free);
  for (char **k = keys; k && *k; k++) {
    const GOptionEntry *entry = find_entry (entries, *k);
    if (entry == NULL) {
      g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_UNKNOWN_KEY,
                   "%s:%u: unknown key '%s'", path, find_key (path, *k), *k);
      return NULL;
    }
    if (entry->arg_data == NULL || (skip && g_strv_contains (skip, *k)))
      continue;
    if (!append_key (args, file, group, entry, error)) {
      g_prefix_error (error, "%s:%u: key '%s': ", path, find_key (path, *k), *k);
      return NULL;
    }
  }
  g_ptr_array_add (args, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&args), /* free_segment = */ FALSE);
}

/* Long option names that stand on the command line, up to "--". */
static GStrv
names_given (char **argv)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (char **a = argv; *a && !g_str_equal (*a, "--"); a++)
    if (g_str_has_prefix (*a, "--"))
      g_ptr_array_add (names, g_strndup (*a + 2, strcspn (*a + 2, "=")));
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&names), /* free_segment = */ FALSE);
}

static const char *
value_given (char **argv, const char *name)
{
  g_autofree char *prefix = g_strdup_printf ("--%s=", name);
  for (char **a = argv; *a && !g_str_equal (*a, "--"); a++) {
    if (g_str_has_prefix (*a, prefix))
      return *a + strlen (prefix);
    if (strncmp (*a, prefix, strlen (prefix) - 1) == 0 && (*a)[strlen (prefix) - 1] == '\0')
      return a[1];
  }
  return NULL;
}

/* argv[0], then the file's arguments, then the rest of the command line. */
static GStrv
join_args (char **argv, char **from_file)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  if (*argv)
    g_ptr_array_add (all, g_strdup (*argv++));
  for (char **a = from_file; *a; a++)
    g_ptr_array_add (all, g_strdup (*a));
  for (char **a = argv; *a; a++)
    g_ptr_array_add (all, g_strdup (*a));
  g_ptr_array_add (all, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&all), /* free_segment = */ FALSE);
}

/* Without the entries that only the file may have. */
static void
add_entries (GOptionContext *context, const GOptionEntry *entries)
{
  for (const GOptionEntry *e = entries; e->long_name; e++) {
    const GOptionEntry one[] = { *e, { NULL } };
    if (e->arg_data)
      g_option_context_add_main_entries (context, one, /* translation_domain = */ NULL);
  }
}

gboolean
pl_settings_parse (GOptionContext *context, const GOptionEntry *entries, const char *group,
                   const char *file_option, const char *default_path, GStrv *argv,
                   GError **error)
{
  g_autofree char *path = g_strdup (value_given (*argv, file_option));
  g_auto (GStrv) given = names_given (*argv);

  if (path == NULL && default_path && g_file_test (default_path, G_FILE_TEST_EXISTS))
    path = g_strdup (default_path);
  if (path) {
    g_auto (GStrv) from_file
        = pl_settings_load (path, group, entries, (const char *const *) given, error);
    if (from_file == NULL)
      return FALSE;
    GStrv joined = join_args (*argv, from_file);
    g_strfreev (*argv);
    *argv = joined;
  }
  add_entries (context, entries);
  if (g_option_context_parse_strv (context, argv, error))
    return TRUE;
  if (path)
    blame_file (error, path, entries, given);
  return FALSE;
}
