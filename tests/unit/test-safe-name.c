/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/safe-name.h"
#include "tests/lib/pl-test.h"

#include <string.h>

static void
test_basename (void)
{
  static const struct {
    const char *name, *expected;
  } cases[] = {
    { "foo.bin", "foo.bin" },
    { "../pwned.txt", "pwned.txt" },
    { "/etc/passwd", "passwd" },
    { "C:\\Windows\\x.dll", "x.dll" },
    { "dir/", "file" },
    { "", "file" },
    { ".", "_" },
    { "..", "_." },
    { ".bashrc", "_bashrc" },
    { "-rf", "_rf" },
    { "a\nb\033[2J", "a_b_[2J" },
    { "x\xe2\x80\xaegpj.exe", "x_gpj.exe" },
    { "\xe2\x80\xae.profile", "_.profile" },
    { "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "grüße 1.txt", "grüße 1.txt" },
    { "a/b\\..", "_." },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *safe = pl_safe_basename (cases[i].name);
    g_assert_cmpstr (safe, ==, cases[i].expected);
  }
}

static void
test_basename_length (void)
{
  GString *name = g_string_new (NULL);
  for (int i = 0; i < 500; i++)
    g_string_append (name, "ü");
  g_autofree char *safe = pl_safe_basename (name->str);
  g_assert_cmpuint (strlen (safe), ==, 200);
  g_assert_true (g_utf8_validate (safe, -1, NULL));
  g_string_free (name, TRUE);
}

static void
test_text (void)
{
  g_autofree char *safe = pl_safe_text ("a\r\n\033]0;x\007b\xff");
  g_autofree char *padding = g_strnfill (5000, 'x');
  g_autofree char *cut = pl_safe_text (padding);

  g_assert_cmpstr (safe, ==, "a???]0;x?b\xef\xbf\xbd");
  g_assert_cmpuint (strlen (cut), ==, 200);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/safe-name/basename", test_basename);
  g_test_add_func ("/safe-name/basename-length", test_basename_length);
  g_test_add_func ("/safe-name/text", test_text);
  return g_test_run ();
}
