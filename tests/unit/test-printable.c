/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/printable.h"
#include "tests/lib/pl-test.h"

#define BAD "\xef\xbf\xbd"

static void
test_table (void)
{
  static const struct {
    const char *text;
    const char *printable;
  } cases[] = {
    { "", "" },
    { "plain, with 'quotes'", "plain, with 'quotes'" },
    { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
    { "\x1b]0;title\x07\x1b[2J", BAD "]0;title" BAD BAD "[2J" },
    { "one\ntwo\r", "one" BAD "two" BAD },
    { "a\xe2\x80\xae"
      "b",
      "a" BAD "b" }, /* right-to-left override */
    { "c1 \xc2\x9b"
      "2J",
      "c1 " BAD "2J" },
    { "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
      "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb" }, /* joined emoji */
    { "not \xff utf-8", "not " BAD " utf-8" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *printable = pl_make_printable (cases[i].text);
    g_assert_cmpstr (printable, ==, cases[i].printable);
  }
}

static void
test_lines (void)
{
  g_autofree char *text = pl_make_printable_lines ("one\x1b[2J\n\ntwo\r\n");
  g_assert_cmpstr (text, ==, "one" BAD "[2J\n\ntwo" BAD "\n");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/printable/table", test_table);
  g_test_add_func ("/printable/lines", test_lines);
  return g_test_run ();
}
