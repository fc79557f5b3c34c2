/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "proto/code.h"
#include "proto/room-name.h"
#include "proto/words.h"
#include "tests/lib/pl-test.h"

#include <string.h>

static const struct {
  const char *typed;
  const char *text;
  const char *room; /* NULL: derived */
} good[] = {
  { "417-walnut-harbor-ember", "417-walnut-harbor-ember", "417" },
  { "  417-walnut-harbor-ember\r\n", "417-walnut-harbor-ember", "417" },
  { "417 Walnut HARBOR ember", "417-walnut-harbor-ember", "417" },
  { "417 - walnut - harbor - ember", "417-walnut-harbor-ember", "417" },
  { "7-zebra-zebra-zebra", "7-zebra-zebra-zebra", "7" },
  { "correcthorse", "correcthorse", NULL },
  { "  Team_Lunch-2026 ", "Team_Lunch-2026", NULL },
  { "walnut-harbor-ember-9f3a", "walnut-harbor-ember-9f3a", NULL },
};

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (PlCode) code = pl_code_parse (good[i].typed, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (pl_code_get_text (code), ==, good[i].text);
    if (good[i].room)
      g_assert_cmpstr (pl_code_get_room (code), ==, good[i].room);
    else
      g_assert_cmpint (pl_code_get_room (code)[0], ==, 'x');
    g_assert_true (pl_room_name_is_valid (pl_code_get_room (code)));
  }
}

static const struct {
  const char *typed;
  const char *says;
} bad[] = {
  { "", "it is empty" },
  { " \t\n", "it is empty" },
  { "- -", "begins with a number" },
  { "---", "at least 10" },
  { "417-walnut-harbour-ember",
    "'harbour' is not in the list of words, did you mean 'harbor'?" },
  { "417-wallnut-harbor-ember", "did you mean 'walnut'?" },
  { "417-walnut-harbor-qqqqqqqqq", "'qqqqqqqqq' is not in the list of words" },
  { "417-walnut-harbor", "3 words follow the number, here are 2" },
  { "417 walnut", "3 words follow the number, here is 1" },
  { "417-walnut-harbor-ember-ember", "here are 4" },
  { "walnut-harbor-ember", "begins with a number" },
  { "0417-walnut-harbor-ember", "begins with a number" },
  { "1234567890-walnut-harbor-ember", "begins with a number" },
  { "short", "at least 10" },
  { "a-b-c-d-e-f-g-h-i", "at least 10 letters and digits, here are 9" },
  { "schl\xc3\xbcssel-wort-lang", "letters a to z" },
  { "with spaces inside it", "begins with a number" },
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_test_message ("'%s'", bad[i].typed);
    g_assert_null (pl_code_parse (bad[i].typed, &error));
    g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
    if (strstr (error->message, bad[i].says) == NULL)
      g_error ("'%s' does not say '%s'", error->message, bad[i].says);
  }
}

static void
test_length (void)
{
  g_autofree char *longest = g_strnfill (PL_MAX_CODE, 'a');
  g_autofree char *too_long = g_strnfill (PL_MAX_CODE + 1, 'a');
  g_autoptr (GError) error = NULL;
  g_autoptr (PlCode) code = pl_code_parse (longest, &error);

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
