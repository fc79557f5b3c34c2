/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/at-error.h"
#include "tests/lib/pl-test.h"

static void
test_parse (void)
{
  static const struct {
    const char *line;
    int kind; /* 0: no error */
    int code;
    const char *text;
  } cases[] = {
    { "ERROR", PL_AT_ERROR_PLAIN, -1, "the modem refused and does not say why" },
    { "COMMAND NOT SUPPORT", PL_AT_ERROR_PLAIN, -1, "the modem refused and does not say why" },
    { "+CME ERROR: 10", PL_AT_ERROR_CME, 10, "there is no SIM card (+CME ERROR: 10)" },
    { "+CME ERROR:16", PL_AT_ERROR_CME, 16, "wrong PIN (+CME ERROR:16)" },
    { "+CME ERROR: SIM not inserted", PL_AT_ERROR_CME, -1,
      "the modem refused (+CME ERROR: SIM not inserted)" },
    { "+CME ERROR: 99999999999999999999", PL_AT_ERROR_CME, -1,
      "the modem refused (+CME ERROR: 99999999999999999999)" },
    { "+CMS ERROR: 322", PL_AT_ERROR_CMS, 322, "the message memory is full (+CMS ERROR: 322)" },
    { "+CMS ERROR: 111", PL_AT_ERROR_CMS, 111,
      "the network refused the short message (+CMS ERROR: 111)" },
    { "+CMS ERROR: 512", PL_AT_ERROR_CMS, 512, "the modem refused (+CMS ERROR: 512)" },
    { "+CMS ERROR:", PL_AT_ERROR_CMS, -1, "the modem refused (+CMS ERROR:)" },
    { "NO CARRIER", 0, 0, "the call ended" },
    { "BUSY", 0, 0, "busy" },
    { "NO ANSWER", 0, 0, "no answer" },
    { "OK", 0, 0, "the modem said 'OK'" },
    { "+CEER: ERROR", 0, 0, "the modem said '+CEER: ERROR'" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlAtErrorKind kind = 0;
    int code = 0;
    g_autofree char *text = pl_at_error_text (cases[i].line);
    g_test_message ("%s", cases[i].line);
    g_assert_cmpint (pl_at_parse_error (cases[i].line, &kind, &code), ==, cases[i].kind != 0);
    g_assert_cmpint ((int) kind, ==, cases[i].kind);
    g_assert_cmpint (code, ==, cases[i].code);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/at-error/parse", test_parse);
  return g_test_run ();
}
