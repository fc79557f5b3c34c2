/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "proto/code.h"
#include "proto/room-name.h"
#include "proto/words.h"
#include "tests/lib/pl-test.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* An array of tests/data/codes.json, which other implementations check themselves against. */
static JsonArray *
load (JsonParser *parser, const char *name)
{
  g_autofree char *text = pl_test_read_data ("codes.json");
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  return json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)),
                                       name);
}

static void
check_accepted (JsonArray *array G_GNUC_UNUSED, guint i G_GNUC_UNUSED, JsonNode *node,
                gpointer user_data G_GNUC_UNUSED)
{
  JsonObject *entry = json_node_get_object (node);
  g_autoptr (GError) error = NULL;
  g_autoptr (PlCode) code
      = pl_code_parse (json_object_get_string_member (entry, "typed"), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (pl_code_get_text (code), ==, json_object_get_string_member (entry, "text"));
  g_assert_cmpstr (pl_code_get_room (code), ==, json_object_get_string_member (entry, "room"));
  g_assert_true (pl_room_name_is_valid (pl_code_get_room (code)));
}

static void
test_good (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  json_array_foreach_element (load (parser, "accepted"), check_accepted, NULL);
}

static void
check_refused (JsonArray *array G_GNUC_UNUSED, guint i G_GNUC_UNUSED, JsonNode *node,
               gpointer user_data G_GNUC_UNUSED)
{
  JsonObject *entry = json_node_get_object (node);
  const char *typed = json_object_get_string_member (entry, "typed");
  const char *says = json_object_get_string_member (entry, "says");
  g_autoptr (GError) error = NULL;

  g_test_message ("'%s'", typed);
  g_assert_null (pl_code_parse (typed, &error));
  g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
  if (strstr (error->message, says) == NULL)
    g_error ("'%s' does not say '%s'", error->message, says);
}

static void
test_bad (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  json_array_foreach_element (load (parser, "refused"), check_refused, NULL);
}

static void
test_length (void)
{
  g_autofree char *longest = g_strnfill (PL_MAX_CODE, 'a');
  g_autofree char *too_long = g_strnfill (PL_MAX_CODE + 1, 'a');
  g_autoptr (GError) error = NULL;
  g_autoptr (PlCode) code G_GNUC_UNUSED = pl_code_parse (longest, &error);

  g_assert_no_error (error);
  g_assert_null (pl_code_parse (too_long, &error));
  g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
}

/* Computed by libargon2, the reference implementation, as well. */
static void
test_room_vector (void)
{
  g_autoptr (PlCode) code = pl_code_parse ("correcthorsebattery", NULL);
  g_assert_cmpstr (pl_code_get_room (code), ==, "xxvqnmsse4dkejcfuqbmyfvdhu4");
}

static void
test_generate (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int i = 0; i < 200; i++) {
    g_autoptr (PlCode) code = pl_code_generate ("31", NULL);
    g_autoptr (PlCode) again = pl_code_parse (pl_code_get_text (code), NULL);
    g_assert_cmpstr (pl_code_get_text (again), ==, pl_code_get_text (code));
    g_assert_cmpstr (pl_code_get_room (again), ==, "31");
    g_hash_table_add (seen, g_strdup (pl_code_get_text (code)));
  }
  g_assert_cmpuint (g_hash_table_size (seen), ==, 200);

  g_autoptr (GError) error = NULL;
  g_assert_null (pl_code_generate ("31a", &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
}

static gboolean
one_edit_apart (const char *a, const char *b)
{
  size_t len_a = strlen (a);
  size_t len_b = strlen (b);
  size_t same = 0;

  if (len_a > len_b)
    return one_edit_apart (b, a);
  while (same < len_a && a[same] == b[same])
    same++;
  if (len_a == len_b)
    return strcmp (a + same + 1, b + same + 1) == 0;
  return len_b - len_a == 1 && strcmp (a + same, b + same + 1) == 0;
}

static void
test_words (void)
{
  for (guint i = 0; i < PL_N_WORDS; i++) {
    size_t len = strlen (pl_words[i]);
    g_assert_cmpuint (len, >=, 3);
    g_assert_cmpuint (len, <=, 8);
    g_assert_cmpuint (strspn (pl_words[i], "abcdefghijklmnopqrstuvwxyz"), ==, len);
    if (i > 0)
      g_assert_cmpstr (pl_words[i - 1], <, pl_words[i]);
    for (guint j = 0; j < i; j++)
      if (one_edit_apart (pl_words[j], pl_words[i]))
        g_error ("'%s' and '%s' are one edit apart", pl_words[j], pl_words[i]);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/code/good", test_good);
  g_test_add_func ("/code/bad", test_bad);
  g_test_add_func ("/code/length", test_length);
  g_test_add_func ("/code/room-vector", test_room_vector);
  g_test_add_func ("/code/generate", test_generate);
  g_test_add_func ("/code/words", test_words);
  return g_test_run ();
}
