/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/at-parse.h"
#include "tests/lib/pl-test.h"

#define ANNA "+4915112345678"

static void
test_caller (void)
{
  static const struct {
    const char *line;
    gboolean ok;
    PlAtCaller is;
  } cases[] = {
    { "+CLIP: \"" ANNA "\",145", TRUE, { ANNA } },
    { "+CLIP: \"4915112345678\",145,\"\",,\"Anna\",0", TRUE, { ANNA, "Anna" } },
    { "+CLIP: \"015112345678\",129", TRUE, { "015112345678" } },
    { "+CLIP: \"\",128,\"\",,\"\",1", TRUE, { .withheld = TRUE } },
    { "+CLIP: \"\",128", TRUE, { .withheld = TRUE } },
    { "+CLIP: \"\",128,\"\",,\"\",2", TRUE, { .withheld = FALSE } }, /* unavailable */
    { "+CLIP: \"1;+CFUN=0\",129", TRUE, { "" } },
    { "+CLIP: \"+49+49\",145", TRUE, { "" } },
    { "+CLIP: \"123456789012345678901234567890123\",129", TRUE, { "" } },
    { "+CCWA: \"" ANNA "\",145,1", TRUE, { ANNA } },
    { "+CCWA: \"" ANNA "\",145,1,\"Anna\",0", TRUE, { ANNA, "Anna" } },
    { "+CCWA: \"\",128,1,\"\",1", TRUE, { .withheld = TRUE } },
    { "+CCWA: 1,1", FALSE, { "" } }, /* the answer to a question */
    { "RING", FALSE, { "" } },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlAtCaller caller = { "" };
    g_test_message ("%s", cases[i].line);
    g_assert_cmpint (pl_at_parse_caller (cases[i].line, &caller), ==, cases[i].ok);
    g_assert_cmpstr (caller.number, ==, cases[i].is.number);
    g_assert_cmpstr (caller.name, ==, cases[i].is.name);
    g_assert_cmpint (caller.withheld, ==, cases[i].is.withheld);
  }
}

static void
test_ring (void)
{
  PlAtName name = "";

  g_assert_true (pl_at_is_ring ("RING"));
  g_assert_true (pl_at_is_ring ("+CRING: VOICE"));
  g_assert_false (pl_at_is_ring ("+CRING: FAX"));
  g_assert_true (pl_at_parse_cnap ("+CNAP: \"Anna\",0", &name));
  g_assert_cmpstr (name, ==, "Anna");
  g_assert_false (pl_at_parse_cnap ("+CNAP: 1,1", &name));
}

static const struct {
  const char *line;
  PlAtCall is; /* id 0: not such a line */
} cases[] = {
  { "+CLCC: 1,1,4,0,0,\"" ANNA "\",145",
    { 1, PL_AT_CALL_INCOMING, .voice = TRUE, .number = ANNA, .cause = -1 } },
  { "+CLCC: 2,0,2,0,0,\"112\",129,\"Help\"",
    { 2, PL_AT_CALL_DIALING, .outgoing = TRUE, .voice = TRUE, .number = "112", .name = "Help",
      .cause = -1 } },
  { "+CLCC: 1,0,0,0,0",
    { 1, PL_AT_CALL_ACTIVE, .outgoing = TRUE, .voice = TRUE, .cause = -1 } },
  { "+CLCC: 1,0,0,1,0", { 1, PL_AT_CALL_ACTIVE, .outgoing = TRUE, .cause = -1 } }, /* data */
  { "+CLCC: 1,1,6,0,0,\"" ANNA "\",145", /* SIMCom's URC */
    { 1, PL_AT_CALL_ENDED, .voice = TRUE, .number = ANNA, .cause = -1 } },
  { "+CLCC: 1,1,7,0,0", { 0 } },
  { "+CLCC: 1,2,0,0,0", { 0 } },
  { "+CLCC: -1,1,0,0,0", { 0 } },
  { "+CLCC: 1,1", { 0 } },
  { "+QIND: \"ccinfo\",1,1,4,0,0,\"" ANNA "\",145",
    { 1, PL_AT_CALL_INCOMING, .voice = TRUE, .number = ANNA, .cause = -1 } },
  { "+QIND: \"ccinfo\",1,0,3,0,0,\"123\",129",
    { 1, PL_AT_CALL_ALERTING, .outgoing = TRUE, .voice = TRUE, .number = "123", .cause = -1 } },
  { "+QIND: \"ccinfo\",1,0,-1,0,0,\"123\",129",
    { 1, PL_AT_CALL_ENDED, .outgoing = TRUE, .voice = TRUE, .number = "123", .cause = -1 } },
  { "+QIND: \"csq\",17,99", { 0 } },
  { "^DSCI: 2,1,5,0," ANNA ",145",
    { 2, PL_AT_CALL_WAITING, .voice = TRUE, .number = ANNA, .cause = -1 } },
  { "^DSCI: 2,1,6,0," ANNA ",145",
    { 2, PL_AT_CALL_ENDED, .voice = TRUE, .number = ANNA, .cause = -1 } },
  { "^ORIG:1,0",
    { 1, PL_AT_CALL_DIALING, .brief = TRUE, .outgoing = TRUE, .voice = TRUE, .cause = -1 } },
  { "^CONF:1",
    { 1, PL_AT_CALL_ALERTING, .brief = TRUE, .outgoing = TRUE, .voice = TRUE, .cause = -1 } },
  { "^CONN:1,0", { 1, PL_AT_CALL_ACTIVE, .brief = TRUE, .voice = TRUE, .cause = -1 } },
  { "^CEND:1,12,29,16", { 1, PL_AT_CALL_ENDED, .brief = TRUE, .voice = TRUE, .cause = 16 } },
  { "^CEND:1,0,104", { 1, PL_AT_CALL_ENDED, .brief = TRUE, .voice = TRUE, .cause = -1 } },
  { "HANGUP: 1", { 1, PL_AT_CALL_ENDED, .brief = TRUE, .voice = TRUE, .cause = -1 } },
  { "^CEND:", { 0 } },
  { "^CONN:99999999,0", { 0 } },
  { "RING", { 0 } },
};

static void
test_call (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlAtCall call = { 0 };
    g_test_message ("%s", cases[i].line);
    g_assert_cmpint (pl_at_parse_call (cases[i].line, &call), ==, cases[i].is.id != 0);
    if (cases[i].is.id == 0)
      continue;
    g_assert_cmpint (call.id, ==, cases[i].is.id);
    g_assert_cmpint ((int) call.state, ==, (int) cases[i].is.state);
    g_assert_cmpint (call.brief, ==, cases[i].is.brief);
    g_assert_cmpint (call.outgoing, ==, cases[i].is.outgoing);
    g_assert_cmpint (call.voice, ==, cases[i].is.voice);
    g_assert_cmpstr (call.number, ==, cases[i].is.number);
    g_assert_cmpstr (call.name, ==, cases[i].is.name);
    g_assert_cmpint (call.cause, ==, cases[i].is.cause);
  }
}

static void
test_voice (void)
{
  PlAtVoice what = 0;
  PlAtNumber number = "";

  g_assert_false (pl_at_parse_voice ("VOICE", &what, &number));
  g_assert_true (pl_at_parse_voice ("VOICE CALL: BEGIN", &what, &number));
  g_assert_cmpint (what, ==, PL_AT_VOICE_BEGIN);
  g_assert_true (pl_at_parse_voice ("VOICE CALL: END: 000017", &what, &number));
  g_assert_cmpint (what, ==, PL_AT_VOICE_END);
  g_assert_cmpstr (number, ==, "");
  g_assert_true (pl_at_parse_voice ("MISSED_CALL: 08:52AM " ANNA, &what, &number));
  g_assert_cmpint (what, ==, PL_AT_VOICE_MISSED);
  g_assert_cmpstr (number, ==, ANNA);
  g_assert_true (pl_at_parse_voice ("MISSED_CALL:", &what, &number));
  g_assert_cmpstr (number, ==, "");
}

static void
test_dtmf (void)
{
  static const struct {
    const char *line;
    char key;
  } keys[] = {
    { "+QTONEDET: 53", '5' }, { "+QTONEDET: 35", '#' }, { "+QTONEDET: 97", 'A' },
    { "+QTONEDET: 300", 0 },  { "+RXDTMF: 5", '5' },    { "+DTMF: *", '*' },
    { "+DTMF: \"7\"", '7' },  { "^DDTMF: d", 'D' },     { "^DDTMF: 55", 0 },
    { "+DTMF:", 0 },          { "+QTONEDET: 0", 0 },    { "RING", 0 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_cmpint (pl_at_parse_dtmf (keys[i].line), ==, keys[i].key);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/at-parse-call/caller", test_caller);
  g_test_add_func ("/at-parse-call/ring", test_ring);
  g_test_add_func ("/at-parse-call/call", test_call);
  g_test_add_func ("/at-parse-call/voice", test_voice);
  g_test_add_func ("/at-parse-call/dtmf", test_dtmf);
  return g_test_run ();
}
