/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/pair-link.h"
#include "proto/secret.h"
#include "tests/lib/pl-test.h"

#define CODE "417-walnut-harbor-ember"

static void
test_print (void)
{
  static const struct {
    const char *signaling, *link;
  } cases[] = {
    { "wss://box.example", "https://box.example/#pair=" CODE },
    { "https://box.example:8443/signal?x#y", "https://box.example:8443/#pair=" CODE },
    { "ws://127.0.0.1:8080", "http://127.0.0.1:8080/#pair=" CODE },
    { "http://[::1]:8080/", "http://[::1]:8080/#pair=" CODE },
    { "https://user:secret@box.example/", "https://box.example/#pair=" CODE },
    { "ftp://box.example", NULL },
    { "no url", NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (PlSecret) link = pl_pair_link_print (cases[i].signaling, CODE);
    g_assert_cmpstr (link, ==, cases[i].link);
  }
}

static void
test_parse (void)
{
  static const struct {
    const char *text, *signaling, *code;
  } cases[] = {
    { "https://box.example/#pair=" CODE, "https://box.example/", CODE },
    { "http://[::1]:8080/phone#pair=" CODE, "http://[::1]:8080/", CODE },
    { "https://box.example/#pair=417%20walnut", "https://box.example/", "417 walnut" },
    { "https://box.example/#pair=", "https://box.example/", "" },
    { "https://box.example/#code=" CODE, NULL, NULL },
    { "https://box.example/", NULL, NULL },
    { "file:///etc/passwd#pair=" CODE, NULL, NULL },
    { "https:#pair=" CODE, NULL, NULL },
    { CODE, NULL, NULL },
    { "", NULL, NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *signaling = NULL;
    g_autoptr (PlSecret) code = NULL;
    g_assert_cmpint (pl_pair_link_parse (cases[i].text, &signaling, &code), ==,
                     cases[i].code != NULL);
    g_assert_cmpstr (signaling, ==, cases[i].signaling);
    g_assert_cmpstr (code, ==, cases[i].code);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/pair-link/print", test_print);
  g_test_add_func ("/pair-link/parse", test_parse);
  return g_test_run ();
}
