/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/settings.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>

typedef struct {
  char *path;
  char *file;
  char *name;
  GStrv list;
  gboolean flag;
  int number;
} Fixture;

static void
set_up (Fixture *f, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("settings-XXXXXX", &f->path, &error);
  g_assert_no_error (error);
  g_close (fd, NULL);
  g_file_set_contents (f->path, user_data, -1, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  g_unlink (f->path);
  g_free (f->path);
  g_free (f->file);
  g_free (f->name);
  g_strfreev (f->list);
}

static gboolean
parse (Fixture *f, const char *extra, GError **error)
{
  const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &f->file, NULL, NULL },
    { "name", 0, 0, G_OPTION_ARG_STRING, &f->name, NULL, NULL },
    { "list", 0, 0, G_OPTION_ARG_STRING_ARRAY, &f->list, NULL, NULL },
    { "flag", 0, 0, G_OPTION_ARG_NONE, &f->flag, NULL, NULL },
    { "number", 0, 0, G_OPTION_ARG_INT, &f->number, NULL, NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autofree char *line = g_strdup_printf ("prog --config %s %s", f->path, extra);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  return pl_settings_parse (context, entries, "prog", "config", NULL, &argv, error);
}

static void
test_file_and_line (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  parse (f, "--name=line", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (f->name, ==, "line");
  g_assert_cmpuint (g_strv_length (f->list), ==, 2);
  g_assert_cmpstr (f->list[1], ==, "b");
  g_assert_true (f->flag);
  g_assert_cmpint (f->number, ==, 7);
}

static void
test_line_replaces_list (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  parse (f, "--list c", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (f->list), ==, 1);
  g_assert_cmpstr (f->list[0], ==, "c");
}

static void
test_names_the_unknown (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (parse (f, "", &error));
  g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_UNKNOWN_KEY);
  g_autofree char *words = g_strdup_printf ("%s:2: unknown key 'colour'", f->path);
  g_assert_cmpstr (error->message, ==, words);
}

/* What the parser, or a check in its hook, says of a value comes with its line; of a value on
 * the command line without. */
static void
test_names_the_line (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  static const char *const extra[] = { "", "--number=x" };

  for (int i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *place = g_strdup_printf ("%s:4: ", f->path);
    g_assert_false (parse (f, extra[i], &error));
    g_assert_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
    g_assert_nonnull (strstr (error->message, "--number"));
    g_assert_cmpint (g_str_has_prefix (error->message, place), ==, i == 0);
  }
}

static void
test_names_the_group (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *words
      = g_strdup_printf ("%s:3: unknown group '[other]', expected '[prog]'", f->path);
  g_assert_false (parse (f, "", &error));
  g_assert_cmpstr (error->message, ==, words);
}

/* A key of another command is fine in the file and unknown on the line. */
static void
test_keys_of_other_commands (Fixture *f, gconstpointer user_data G_GNUC_UNUSED)
{
  const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &f->file, NULL, NULL },
    { "name", 0, 0, G_OPTION_ARG_STRING, &f->name, NULL, NULL },
    { "list", 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL, NULL, NULL },
    { "flag", 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
    { "number", 0, 0, G_OPTION_ARG_INT, NULL, NULL, NULL },
    { NULL },
  };
  const char *const extra[] = { "--name=line", "--number=1" };

  for (int i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GOptionContext) context = g_option_context_new (NULL);
    g_autofree char *line = g_strdup_printf ("prog --config %s %s", f->path, extra[i]);
    g_auto (GStrv) argv = g_strsplit (line, " ", -1);
    gboolean ok = pl_settings_parse (context, entries, "prog", "config", NULL, &argv, &error);
    g_assert_cmpint (ok, ==, i == 0);
    if (!ok)
      g_assert_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION);
  }
}

int
main (int argc, char **argv)
{
  static const char good[] = "[prog]\nname=file\nlist=a;b\nflag=true\nnumber=7\n";
  static const char unknown[] = "[prog]\ncolour=red\n";
  static const char wrong[] = "[prog]\n# number=7\nname = number=5\n number = seven\n";
  static const char group[] = "[prog]\nname=x\n[other]\n";

  pl_test_init (&argc, &argv);
  g_test_add ("/settings/file-and-line", Fixture, good, set_up, test_file_and_line, tear_down);
  g_test_add ("/settings/list", Fixture, good, set_up, test_line_replaces_list, tear_down);
  g_test_add ("/settings/other-commands", Fixture, good, set_up, test_keys_of_other_commands,
              tear_down);
  g_test_add ("/settings/unknown", Fixture, unknown, set_up, test_names_the_unknown, tear_down);
  g_test_add ("/settings/line", Fixture, wrong, set_up, test_names_the_line, tear_down);
  g_test_add ("/settings/group", Fixture, group, set_up, test_names_the_group, tear_down);
  return g_test_run ();
}
