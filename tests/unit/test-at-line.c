/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/at-line.h"
#include "tests/lib/pl-test.h"

#include <string.h>

/* Lines as "kind text", with " / body" where there is one. */
static char *
drain (PlAtLines *lines)
{
  static const char kinds[] = " OEFPIU";
  GString *out = g_string_new (NULL);

  for (;;) {
    g_autoptr (PlAtLine) line = pl_at_lines_next (lines);
    if (line == NULL)
      return g_string_free (out, FALSE);
    g_assert_cmpstr (line->text, !=, "");
    g_string_append_printf (out, "%s%c %s", out->len ? "|" : "", kinds[line->kind], line->text);
    if (line->body)
      g_string_append_printf (out, " / %s", line->body);
  }
}

typedef struct {
  const char *name, *command, *bytes, *lines;
} Case;

static const Case cases[] = {
  { "plain", "AT", "\r\nOK\r\n", "O OK" },
  { "echo", "AT+CSQ", "AT+CSQ\r\r\n+CSQ: 17,99\r\n\r\nOK\r\n", "I +CSQ: 17,99|O OK" },
  { "odd line ends", "AT+CSQ", "\r\r\n+CSQ: 17,99\n\n\r\r\nOK\r\r\n", "I +CSQ: 17,99|O OK" },
  { "half a line", "AT", "\r\nO", "" },
  { "garbage and NULs", "AT", "\0\x01\x7f\r\n\x02O\0K\x1b\r\n", "O OK" },
  { "not UTF-8", NULL, "\r\n+CNAP: \"\xff\"\r\n", "U +CNAP: \"\xef\xbf\xbd\"" },
  { "errors", "AT+CPIN?", "\r\nERROR\r\n\r\n+CME ERROR: 10\r\n\r\n+CMS ERROR: 322\r\n",
    "E ERROR|E +CME ERROR: 10|E +CMS ERROR: 322" },
  { "no OK after the answer", "AT+CPIN?", "\r\n+CPIN: READY\r\n", "I +CPIN: READY" },
  { "URC in the answer", "AT+CSQ",
    "\r\n+CMTI: \"ME\",3\r\n\r\n+CSQ: 17,99\r\n\r\nRING\r\n\r\nOK\r\n",
    "U +CMTI: \"ME\",3|I +CSQ: 17,99|U RING|O OK" },
  { "several URCs in one read", NULL,
    "\r\n+CMTI: \"ME\",3\r\n\r\n+CMTI: \"ME\",4\r\n\r\nRING\r\n",
    "U +CMTI: \"ME\",3|U +CMTI: \"ME\",4|U RING" },
  { "asked", "AT+CREG?", "\r\n+CREG: 2,1\r\n", "I +CREG: 2,1" },
  { "set, not asked", "AT+CREG=2", "\r\n+CREG: 1\r\n\r\nOK\r\n", "U +CREG: 1|O OK" },
  { "another one asked", "AT+CREG?", "\r\n+CEREG: 1\r\n", "U +CEREG: 1" },
  { "plain answer", "AT+CGMM", "\r\nEC25\r\n\r\nOK\r\n", "I EC25|O OK" },
  { "unknown and unasked", NULL, "\r\n^NEW: 1\r\n", "U ^NEW: 1" },
  { "dial fails", "ATD123;", "\r\nNO CARRIER\r\n", "F NO CARRIER" },
  { "dial at the end of a list", "AT+QPCMV=1,0;D123;", "\r\nBUSY\r\n", "F BUSY" },
  { "call ends while something is asked", "AT+CSQ", "\r\nNO CARRIER\r\n", "U NO CARRIER" },
  { "call ends", NULL, "\r\nBUSY\r\n\r\nNO ANSWER\r\n", "U BUSY|U NO ANSWER" },
  { "answered by CONNECT", "ATA", "\r\nCONNECT\r\n", "O CONNECT" },
  { "prompt", "AT+CMGS=22", "AT+CMGS=22\r\r\n> ", "P >" },
  { "prompt without a space", "AT+CMGW=22", "\r\n>", "P >" },
  { "prompt, echo of the PDU, reference", "AT+CMGS=2",
    "\r\n> 0011\x1a\r\n+CMGS: 4\r\n\r\nOK\r\n", "P >|I 0011|I +CMGS: 4|O OK" },
  { "prompt that nobody waits for", "AT+CSQ", "> \r\nOK\r\n", "I >|O OK" },
  { "list with bodies", "AT+CMGL=4",
    "\r\n+CMGL: 1,0,,4\r\n0011AAFF\r\n+CMGL: 2,1,,4\r\n0022BBFF\r\n\r\nOK\r\n",
    "I +CMGL: 1,0,,4 / 0011AAFF|I +CMGL: 2,1,,4 / 0022BBFF|O OK" },
  { "body is missing", "AT+CMGL=4", "\r\n+CMGL: 1,0,,4\r\n+CMGL: 2,1,,4\r\nFF\r\nOK\r\n",
    "I +CMGL: 1,0,,4|I +CMGL: 2,1,,4 / FF|O OK" },
  { "last body is missing", "AT+CMGR=1", "\r\n+CMGR: 0,,0\r\n\r\nOK\r\n",
    "I +CMGR: 0,,0|O OK" },
  { "URC between header and body", "AT+CMGL=4", "\r\n+CMGL: 1,0,,4\r\nRING\r\nFF00\r\nOK\r\n",
    "U RING|I +CMGL: 1,0,,4 / FF00|O OK" },
  { "text pushed while something is asked", "AT+CSQ",
    "\r\n+CMT: ,4\r\nFF00\r\n+CSQ: 1,9\r\nOK\r\n", "U +CMT: ,4 / FF00|I +CSQ: 1,9|O OK" },
  { "report", NULL, "\r\n+CDS: 25\r\n0006AA\r\n", "U +CDS: 25 / 0006AA" },
  { "USSD of two lines", NULL, "\r\n+CUSD: 1,\"1. Balance\r\n\r\n2. Help\",15\r\nRING\r\n",
    "U +CUSD: 1,\"1. Balance\n2. Help\",15|U RING" },
  { "USSD that never closes", "AT+CSQ", "\r\n+CUSD: 0,\"oh\r\nno\r\nOK\r\n\r\nRING\r\n",
    "U +CUSD: 0,\"oh\nno|O OK|U RING" },
  { "USSD that is asked for", "AT+CUSD?", "\r\n+CUSD: 1\r\n", "I +CUSD: 1" },
  { "USSD before the OK", "AT+CUSD=1,\"*100#\",15", "\r\n+CUSD: 0,\"5 EUR\",15\r\nOK\r\n",
    "U +CUSD: 0,\"5 EUR\",15|O OK" },
  { "SIMCom's", "AT+CSQ", "\r\nVOICE CALL: BEGIN\r\n+CSQ: 1,2\r\nOK\r\n",
    "U VOICE CALL: BEGIN|I +CSQ: 1,2|O OK" },
  { "Huawei's and ZTE's", "AT+CSQ", "\r\n^RSSI:19\r\n\r\nHANGUP: 1\r\nCOMMAND NOT SUPPORT\r\n",
    "U ^RSSI:19|U HANGUP: 1|E COMMAND NOT SUPPORT" },
};

/* The NULs of one case make strlen() unfit. */
static size_t
length (const Case *c)
{
  return strcmp (c->name, "garbage and NULs") == 0 ? 13 : strlen (c->bytes);
}

static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (PlAtLines) lines = pl_at_lines_new ();
    g_test_message ("%s", cases[i].name);
    pl_at_lines_set_command (lines, cases[i].command);
    pl_at_lines_feed (lines, (const uint8_t *) cases[i].bytes, length (&cases[i]));
    g_autofree char *out = drain (lines);
    g_assert_cmpstr (out, ==, cases[i].lines);
  }
}

/* The same lines byte by byte. */
static void
test_single_bytes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (PlAtLines) lines = pl_at_lines_new ();
    g_autoptr (GString) all = g_string_new (NULL);
    pl_at_lines_set_command (lines, cases[i].command);
    for (size_t k = 0; k < length (&cases[i]); k++) {
      pl_at_lines_feed (lines, (const uint8_t *) cases[i].bytes + k, 1);
      g_autofree char *out = drain (lines);
      g_string_append_printf (all, "%s%s", all->len && *out ? "|" : "", out);
    }
    g_assert_cmpstr (all->str, ==, cases[i].lines);
  }
}

/* A line that is too long is dropped, in quotes too, and the next one is whole. */
static void
test_too_long (void)
{
  static const char *const begins[] = { "+CSQ: ", "+CUSD: 1,\"" };

  for (guint i = 0; i < G_N_ELEMENTS (begins); i++) {
    g_autoptr (PlAtLines) lines = pl_at_lines_new ();
    g_autofree char *bytes = g_strnfill (10 * PL_MAX_AT_LINE, '7');
    pl_at_lines_set_command (lines, "AT+CSQ");
    pl_at_lines_feed (lines, (const uint8_t *) begins[i], strlen (begins[i]));
    pl_at_lines_feed (lines, (const uint8_t *) bytes, strlen (bytes));
    pl_at_lines_feed (lines, (const uint8_t *) "\r\nOK\r\n", 6);
    g_autofree char *out = drain (lines);
    g_assert_cmpstr (out, ==, "O OK");
  }
}

static void
test_too_many (void)
{
  g_autoptr (PlAtLines) lines = pl_at_lines_new ();
  guint n = 0;

  for (guint i = 0; i < 3 * PL_MAX_AT_LINES; i++)
    pl_at_lines_feed (lines, (const uint8_t *) "RING\r", 5);
  for (PlAtLine *line; (line = pl_at_lines_next (lines)); n++)
    pl_at_line_free (line);
  g_assert_cmpuint (n, ==, PL_MAX_AT_LINES);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/at-line/table", test_table);
  g_test_add_func ("/at-line/single-bytes", test_single_bytes);
  g_test_add_func ("/at-line/too-long", test_too_long);
  g_test_add_func ("/at-line/too-many", test_too_many);
  return g_test_run ();
}
