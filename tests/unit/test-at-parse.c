/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/at-args.h"
#include "proto/at-parse.h"
#include "tests/lib/pl-test.h"

#define NO -99 /* the line is none of these */

static void
test_args (void)
{
  static const struct {
    const char *line;
    const char *fields; /* with | between them */
  } cases[] = {
    { "+X:", "" },
    { "+X: 1", "1" },
    { "+X:1, 2 ,3", "1|2|3" },
    { "+X: ,,\"\",", "|||" },
    { "+X: \"a,b\",c", "a,b|c" },
    { "+X: \"He said \"hi\" to me\",7", "He said \"hi\" to me|7" },
    { "+X: \"open", "open" },
    { "+X: \"a\" ,b", "a|b" },
    { "+X: 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,"
      "32,33",
      "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23|24|25|26|27|28|29|30|31|"
      "32" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (PlAtArgs) args = pl_at_args_new (cases[i].line, "+X:");
    g_autoptr (GString) fields = g_string_new (NULL);
    for (guint k = 0; k < pl_at_args_count (args); k++)
      g_string_append_printf (fields, "%s%s", k ? "|" : "", pl_at_args_string (args, k));
    g_assert_cmpstr (fields->str, ==, cases[i].fields);
    g_assert_cmpstr (pl_at_args_string (args, 99), ==, "");
    g_assert_false (pl_at_args_is_quoted (args, 99));
  }
  g_assert_null (pl_at_args_new ("+Y: 1", "+X:"));
}

static void
test_sim (void)
{
  static const struct {
    const char *line;
    int sim;
  } cases[] = {
    { "+CPIN: READY", PL_AT_SIM_READY },
    { "+CPIN:READY", PL_AT_SIM_READY },
    { "+CPIN: SIM PIN", PL_AT_SIM_PIN },
    { "+CPIN: \"SIM PIN\"", PL_AT_SIM_PIN },
    { "+CPIN: SIM PUK", PL_AT_SIM_PUK },
    { "+CPIN: SIM PIN2", PL_AT_SIM_READY },
    { "+CPIN: NOT READY", PL_AT_SIM_NOT_READY },
    { "+CPIN: NOT INSERTED", PL_AT_SIM_ABSENT },
    { "+CPIN: PH-NET PIN", PL_AT_SIM_OTHER },
    { "+CPIN:", NO },
    { "+CPINR: SIM PIN,3,3", NO },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlAtSim sim = 0;
    g_test_message ("%s", cases[i].line);
    g_assert_cmpint (pl_at_parse_cpin (cases[i].line, &sim) ? (int) sim : NO, ==, cases[i].sim);
  }
}

static void
test_tries (void)
{
  static const struct {
    const char *line;
    gboolean ok;
    int pin, puk;
  } cases[] = {
    { "+CPINR: SIM PIN,3,3", TRUE, 3, 7 },
    { "+CPINR: SIM PUK,10,10", TRUE, 7, 10 },
    { "+CPINR: SIM PIN2,3,3", FALSE, 7, 7 },
    { "+SPIC: 2,10,0,10", TRUE, 2, 10 },
    { "+SPIC: 1", TRUE, 1, 7 },
    { "+SPIC: 1,-3", TRUE, 1, 7 },
    { "+QPINC: \"SC\",3,10", TRUE, 3, 10 },
    { "+QPINC: \"P2\",3,10", FALSE, 7, 7 },
    { "+CSIM: 4,\"63C3\"", TRUE, 3, 7 },
    { "+CSIM: 4,\"63c0\"", TRUE, 0, 7 },
    { "+CSIM: 4,\"6983\"", TRUE, 0, 7 },
    { "+CSIM: 4,\"9000\"", FALSE, 7, 7 },
    { "+CSIM: 4,\"63C\"", FALSE, 7, 7 },
    { "+SPIC: -1", FALSE, 7, 7 },
    { "+CPIN: SIM PIN", FALSE, 7, 7 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    int pin = 7, puk = 7;
    g_test_message ("%s", cases[i].line);
    g_assert_cmpint (pl_at_parse_tries (cases[i].line, &pin, &puk), ==, cases[i].ok);
    g_assert_cmpint (pin, ==, cases[i].pin);
    g_assert_cmpint (puk, ==, cases[i].puk);
  }
}

static void
test_registration (void)
{
  static const struct {
    const char *line;
    int state;
    const char *technology;
  } cases[] = {
    { "+CREG: 1", PL_AT_REG_HOME, NULL },
    { "+CREG: 2,1", PL_AT_REG_HOME, NULL },
    { "+CREG: 0,5", PL_AT_REG_ROAMING, NULL },
    { "+CREG: 2,1,\"1A2B\",\"01C3\",7", PL_AT_REG_HOME, "LTE" }, /* answer */
    { "+CREG: 5,\"1A2B\",\"01C3\",2", PL_AT_REG_ROAMING, "3G" }, /* URC */
    { "+CREG: 1,\"1\",\"2\",0", PL_AT_REG_HOME, "2G" },
    { "+CREG: 2,1A2B,01C3", PL_AT_REG_SEARCHING, NULL }, /* URC of old ones, no quotes */
    { "+CREG: 2,1,1A2B,01C3", PL_AT_REG_HOME, NULL },
    { "+CREG: 2,,", PL_AT_REG_SEARCHING, NULL },
    { "+CEREG: 0,6", PL_AT_REG_HOME, NULL },
    { "+CGREG: 3", PL_AT_REG_DENIED, NULL },
    { "+C5GREG: 1,\"1\",\"2\",11", PL_AT_REG_HOME, "5G" },
    { "+CREG: 1,\"1\",\"2\",100", PL_AT_REG_HOME, NULL },
    { "+CREG: 77", NO, NULL },
    { "+CREG: -1", NO, NULL },
    { "+CREG:", NO, NULL },
    { "+COPS: 0", NO, NULL },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlAtReg reg = { 0 };
    g_test_message ("%s", cases[i].line);
    g_assert_cmpint (pl_at_parse_registration (cases[i].line, &reg) ? (int) reg.state : NO, ==,
                     cases[i].state);
    g_assert_cmpstr (reg.technology, ==, cases[i].technology);
  }
}

static void
test_network (void)
{
  PlAtOperator operator_;
  int percent, dbm;

  g_assert_true (pl_at_parse_cops ("+COPS: 0,0,\"AT&T, Inc\",7", &operator_));
  g_assert_cmpstr (operator_.name, ==, "AT&T, Inc");
  g_assert_cmpstr (operator_.technology, ==, "LTE");
  g_assert_true (pl_at_parse_cops ("+COPS: 0", &operator_));
  g_assert_cmpstr (operator_.name, ==, "");
  g_assert_null (operator_.technology);
  g_assert_false (pl_at_parse_cops ("+COPS: (1,\"x\")", &operator_));

  g_assert_true (pl_at_parse_csq ("+CSQ: 17,99", &percent, &dbm));
  g_assert_cmpint (dbm, ==, -79);
  g_assert_cmpint (percent, ==, 54);
  g_assert_true (pl_at_parse_csq ("+CSQ: 99,99", &percent, &dbm));
  g_assert_cmpint (dbm, ==, 0);
  g_assert_cmpint (percent, ==, -1);
  g_assert_true (pl_at_parse_csq ("+CSQ: 191,99", &percent, &dbm));
  g_assert_cmpint (dbm, ==, -25);
  g_assert_cmpint (percent, ==, 100);
  g_assert_false (pl_at_parse_csq ("+CSQ: 200", &percent, &dbm));
  g_assert_false (pl_at_parse_csq ("+CSQ: -1", &percent, &dbm));
}

/* A name that is too long is cut between characters. */
static void
test_long_name (void)
{
  g_autoptr (GString) line = g_string_new ("+COPS: 0,0,\"x");
  PlAtOperator operator_;

  for (guint i = 0; i < 100; i++)
    g_string_append (line, "\xe2\x82\xac");
  g_assert_true (pl_at_parse_cops (line->str, &operator_));
  g_assert_true (g_utf8_validate (operator_.name, -1, NULL));
  g_assert_cmpint (g_utf8_strlen (operator_.name, -1), ==, 1 + (PL_MAX_CLIENT_NAME - 1) / 3);
}

static void
test_texts (void)
{
  static const struct {
    const char *line;
    const char *storage;
    int index;
    gboolean report;
  } arrivals[] = {
    { "+CMTI: \"ME\",3", "ME", 3, FALSE },
    { "+CMTI: \"SM\",1,\"MMS PUSH\",2,1", "SM", 1, FALSE },
    { "+CMTI: \"SM\",0", "SM", 0, FALSE },
    { "+CDSI: \"SR\",4", "SR", 4, TRUE },
    { "+CMTI: \"a storage of a long name\",4", "a stora", 4, FALSE },
    { "+CMTI: \"ME\"", NULL, 0, FALSE },
    { "+CMTI: \"ME\",-4", NULL, 0, FALSE },
    { "+CMT: ,4", NULL, 0, FALSE },
  };
  static const struct {
    const char *line;
    int index, state;
  } stored[] = {
    { "+CMGL: 3,0,,24", 3, PL_AT_STORED_UNREAD },
    { "+CMGL: 3,1,\"\",24", 3, PL_AT_STORED_READ },
    { "+CMGL: 12,2,,24", 12, PL_AT_STORED_UNSENT },
    { "+CMGL: 0,3,,24", 0, PL_AT_STORED_SENT },
    { "+CMGR: 1,,24", -1, PL_AT_STORED_READ },
    { "+CMGL: 3,4,,24", NO, NO },
    { "+CMGL: 3,\"REC READ\"", NO, NO },
    { "+CMGL: -1,1", NO, NO },
    { "+CMGR:", NO, NO },
  };
  for (guint i = 0; i < G_N_ELEMENTS (arrivals); i++) {
    PlAtArrival arrival;
    g_test_message ("%s", arrivals[i].line);
    g_assert_cmpint (pl_at_parse_arrival (arrivals[i].line, &arrival), ==,
                     arrivals[i].storage != NULL);
    if (arrivals[i].storage == NULL)
      continue;
    g_assert_cmpstr (arrival.storage, ==, arrivals[i].storage);
    g_assert_cmpint (arrival.index, ==, arrivals[i].index);
    g_assert_cmpint (arrival.report, ==, arrivals[i].report);
  }
  for (guint i = 0; i < G_N_ELEMENTS (stored); i++) {
    PlAtStored s = { NO, NO };
    g_test_message ("%s", stored[i].line);
    g_assert_cmpint (pl_at_parse_stored (stored[i].line, &s), ==, stored[i].index != NO);
    g_assert_cmpint (s.index, ==, stored[i].index);
    g_assert_cmpint ((int) s.state, ==, stored[i].state);
  }
}

static void
test_store_full (void)
{
  g_assert_true (pl_at_is_store_full ("^SMMEMFULL: \"SM\""));
  g_assert_true (pl_at_is_store_full ("+SMS FULL"));
  g_assert_true (pl_at_is_store_full ("+QIND: \"smsfull\",\"SM\""));
  g_assert_false (pl_at_is_store_full ("+QIND: \"ccinfo\",1"));
  g_assert_false (pl_at_is_store_full ("+CMTI: \"ME\",1"));
}

static void
test_services (void)
{
  PlAtForwarding forwarding;
  PlAtNumber number = "unchanged";

  g_assert_true (pl_at_parse_ccfc ("+CCFC: 1,1,\"+4917\",145,,,20", &forwarding));
  g_assert_true (forwarding.active);
  g_assert_cmpint (forwarding.classes, ==, 1);
  g_assert_cmpstr (forwarding.number, ==, "+4917");
  g_assert_cmpint (forwarding.seconds, ==, 20);
  g_assert_true (pl_at_parse_ccfc ("+CCFC: 0,255", &forwarding));
  g_assert_false (forwarding.active);
  g_assert_cmpstr (forwarding.number, ==, "");
  g_assert_cmpint (forwarding.seconds, ==, -1);
  g_assert_false (pl_at_parse_ccfc ("+CCFC: (0,1)", &forwarding));

  PlAtIccid iccid;
  g_assert_true (pl_at_parse_iccid ("+CRSM: 144,0,\"9894103254769810325F\"", &iccid) == FALSE);
  g_assert_true (pl_at_parse_iccid ("+CRSM: 144,0,\"989410325476981032F5\"", &iccid));
  g_assert_cmpstr (iccid, ==, "8949012345678901235");
  g_assert_true (pl_at_parse_iccid ("+CRSM: 145,18,\"989410325476981032F4\"", &iccid));
  g_assert_cmpstr (iccid, ==, "8949012345678901234");
  g_assert_true (pl_at_parse_iccid ("+CRSM: 144, 0, 98941032547698103254", &iccid));
  g_assert_cmpstr (iccid, ==, "89490123456789012345");
  g_assert_false (pl_at_parse_iccid ("+CRSM: 106,130", &iccid));
  g_assert_false (pl_at_parse_iccid ("+CRSM: 144,0,\"9894\"", &iccid));
  g_assert_false (pl_at_parse_iccid ("+CRSM: 144,0,\"FFFFFFFFFFFFFFFFFFFF\"", &iccid));
  g_assert_cmpstr (iccid, ==, "89490123456789012345");
  g_assert_false (pl_at_parse_cnum ("+CNUM: \"\",\"\",129", &number));
  g_assert_cmpstr (number, ==, "unchanged");
  g_assert_true (pl_at_parse_cnum ("+CNUM: ,\"+4915112345678\",145", &number));
  g_assert_cmpstr (number, ==, "+4915112345678");
  g_assert_true (pl_at_parse_cnum ("+CNUM: \"Own\",\"4915112345678\",145", &number));
  g_assert_cmpstr (number, ==, "+4915112345678");
  g_assert_false (pl_at_parse_cnum ("+CNUM: ,\"0151;+CFUN=0\",129", &number));
}

static void
test_cusd (void)
{
  static const struct {
    const char *line;
    const char *text;
    int status;
  } cases[] = {
    { "+CUSD: 0,\"Balance: 5 EUR\",15", "Balance: 5 EUR", 0 },
    { "+CUSD: 1,\"00310020\",72", "1 ", 1 },
    { "+CUSD: 1,\"20AC\",17", "\xe2\x82\xac", 1 },
    { "+CUSD: 1,\"D83DDE00\",72", "\xf0\x9f\x98\x80", 1 },
    { "+CUSD: 1,\"D83D\",72", "D83D", 1 },         /* half a pair: as it came */
    { "+CUSD: 0,\"12345678\",15", "12345678", 0 }, /* a voucher, not UCS-2 */
    { "+CUSD: 0,\"xyz\",72", "xyz", 0 },
    { "+CUSD: 2", "", 2 },
    { "+CUSD:", NULL, NO },
    { "+CREG: 1", NULL, NO },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    int status = NO;
    g_autofree char *text = pl_at_parse_cusd (cases[i].line, &status);
    g_test_message ("%s", cases[i].line);
    g_assert_cmpstr (text, ==, cases[i].text);
    g_assert_cmpint (status, ==, cases[i].status);
  }
}

static void
test_number (void)
{
  int value = NO;

  g_assert_false (pl_at_parse_number ("+CMGS:", "+CMGS:", &value));
  g_assert_false (pl_at_parse_number ("+CMGW: 5", "+CMGS:", &value));
  g_assert_false (pl_at_parse_number ("+CMGS: 99999999999", "+CMGS:", &value));
  g_assert_cmpint (value, ==, NO);
  g_assert_true (pl_at_parse_number ("+CMGS: 42,\"0791\"", "+CMGS:", &value));
  g_assert_cmpint (value, ==, 42);
  g_assert_true (pl_at_parse_number ("+QPCMV: 0", "+QPCMV:", &value));
  g_assert_cmpint (value, ==, 0);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/at-parse/args", test_args);
  g_test_add_func ("/at-parse/sim", test_sim);
  g_test_add_func ("/at-parse/tries", test_tries);
  g_test_add_func ("/at-parse/registration", test_registration);
  g_test_add_func ("/at-parse/network", test_network);
  g_test_add_func ("/at-parse/long-name", test_long_name);
  g_test_add_func ("/at-parse/texts", test_texts);
  g_test_add_func ("/at-parse/store-full", test_store_full);
  g_test_add_func ("/at-parse/services", test_services);
  g_test_add_func ("/at-parse/cusd", test_cusd);
  g_test_add_func ("/at-parse/number", test_number);
  return g_test_run ();
}
