/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/authorized.h"
#include "proto/identity.h"
#include "tests/lib/pl-test.h"

#include <string.h>

static char *
make_line (const char *name, const char *rights)
{
  g_autoptr (PlIdentity) identity = pl_identity_new ();
  return g_strdup_printf ("%s %s %s", name, rights, pl_identity_get_public (identity));
}

static void
test_reads_a_file (void)
{
  g_autofree char *phone = make_line ("phone", "call,sms,voicemail");
  g_autofree char *tablet = make_line ("tablet", "read-only");
  g_autofree char *text = g_strdup_printf ("# mine\n\n%s\n  %s  \n", phone, tablet);
  g_autoptr (GPtrArray) flaws = g_ptr_array_new ();
  g_autoptr (GPtrArray) clients = pl_authorized_parse (text, flaws);

  g_assert_cmpuint (flaws->len, ==, 0);
  g_assert_cmpuint (clients->len, ==, 2);
  const PlAuthorized *first = g_ptr_array_index (clients, 0);
  const PlAuthorized *second = g_ptr_array_index (clients, 1);
  g_assert_cmpstr (first->name, ==, "phone");
  g_assert_cmpuint (first->rights, ==, PL_RIGHT_ALL);
  g_assert_cmpuint (second->rights, ==, PL_RIGHT_READ);
  g_autofree char *again = pl_authorized_print (first);
  g_assert_true (g_str_has_prefix (again, phone));
}

static void
test_names_the_line (void)
{
  g_autofree char *good = make_line ("phone", "call");
  g_autofree char *twice = g_strdup_printf ("%s\n%s\n", good, good);
  g_autofree char *right = make_line ("phone", "fly");
  g_autofree char *none = make_line ("phone", "");
  g_autofree char *latin1 = make_line ("J\xfcrgen", "call");
  g_autofree char *control = make_line ("a\x1b[2Jb", "call");
  g_autofree char *other = make_line ("tablet", "sms");
  g_autofree char *between = g_strdup_printf ("%s\nphone call ed2\n%s\n", good, other);
  const struct {
    const char *text;
    const char *message;
    guint n_good;
  } cases[] = {
    { "phone", "line 1: expected NAME", 0 },
    { "\n# x\nphone call ed25519:x x25519:y", "line 3: expected NAME", 0 },
    { right, "line 1: right 'fly'", 0 },
    { none, "line 1: right ''", 0 },
    { latin1, "line 1: a name is", 0 },
    { control, "line 1: a name is", 0 },
    { twice, "line 2: 'phone' has the name or the key of 'phone'", 1 },
    { between, "line 2: expected NAME", 2 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GPtrArray) flaws = g_ptr_array_new ();
    g_autoptr (GPtrArray) clients = pl_authorized_parse (cases[i].text, flaws);
    g_assert_cmpuint (clients->len, ==, cases[i].n_good);
    g_assert_cmpuint (flaws->len, ==, 1);
    const PlAuthorizedFlaw *flaw = g_ptr_array_index (flaws, 0);
    g_assert_error (flaw->error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
    g_assert_true (g_str_has_prefix (flaw->error->message, cases[i].message));
    g_assert_nonnull (strstr (cases[i].text, flaw->text));
  }
}

static void
test_limit (void)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i <= PL_MAX_CLIENTS; i++) {
    g_autofree char *name = g_strdup_printf ("c%u", i);
    g_autofree char *line = make_line (name, "sms");
    g_string_append_printf (text, "%s\n", line);
  }
  g_autofree char *all = g_string_free (text, FALSE);
  g_autoptr (GPtrArray) flaws = g_ptr_array_new ();
  g_autoptr (GPtrArray) clients = pl_authorized_parse (all, flaws);
  g_assert_cmpuint (clients->len, ==, PL_MAX_CLIENTS);
  g_assert_cmpuint (flaws->len, ==, 1);
}

static void
test_names (void)
{
  g_autofree char *blanks = pl_authorized_make_name ("my old\nphone");
  g_autofree char *comment = pl_authorized_make_name ("#1");
  g_autofree char *nothing = pl_authorized_make_name ("");
  g_autofree char *many = g_strnfill (1000, 'x');
  g_autofree char *cut = pl_authorized_make_name (many);

  g_assert_cmpstr (blanks, ==, "my-old-phone");
  g_assert_cmpstr (comment, ==, "-1");
  g_assert_cmpstr (nothing, ==, "client");
  g_assert_cmpuint (strlen (cut), ==, PL_MAX_MEMBER_NAME);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/authorized/file", test_reads_a_file);
  g_test_add_func ("/authorized/line", test_names_the_line);
  g_test_add_func ("/authorized/limit", test_limit);
  g_test_add_func ("/authorized/names", test_names);
  return g_test_run ();
}
