/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/signal-json.h"
#include "tests/lib/pl-test.h"

#include <string.h>

/* Each is exactly what is printed for it. */
static const char *const round_trips[] = {
  "{\"type\":\"hello\",\"agent\":\"test\",\"token\":\"abc\",\"last_seq\":7}",
  "{\"type\":\"reserve\",\"id\":1}",
  "{\"type\":\"join\",\"id\":2,\"room\":\"417\",\"name\":\"anna\",\"max\":3}",
  "{\"type\":\"leave\",\"id\":3,\"room\":\"417\"}",
  "{\"type\":\"send\",\"id\":4,\"room\":\"417\",\"to\":\"1\",\"body\":\"AAEC\"}",
  "{\"type\":\"wrong\",\"id\":5,\"room\":\"417\",\"member\":\"1\"}",
  "{\"type\":\"refresh\",\"id\":6}",
  "{\"type\":\"bye\"}",
  "{\"type\":\"welcome\",\"session\":\"s\",\"token\":\"t\",\"resumed\":true,\"last_id\":0,"
  "\"ping_s\":10,\"silence_s\":30,\"resume_s\":60,"
  "\"ice_servers\":[{\"urls\":[\"stun:a\",\"stun:b\"]},"
  "{\"urls\":[\"turn:c\"],\"username\":\"u\",\"credential\":\"p\"}],\"ice_ttl_s\":3600,"
  "\"limits\":{\"message\":65536,\"body\":40960,\"rooms\":4,\"members\":16}}",
  "{\"type\":\"reserved\",\"id\":1,\"seq\":1,\"room\":\"417\"}",
  ("{\"type\":\"joined\",\"id\":2,\"seq\":2,\"room\":\"417\",\"member\":\"2\","
   "\"members\":[{\"member\":\"1\",\"name\":\"bea\"}]}"),
  "{\"type\":\"joined\",\"id\":2,\"seq\":2,\"room\":\"417\",\"member\":\"1\",\"members\":[]}",
  "{\"type\":\"came\",\"seq\":3,\"room\":\"417\",\"name\":\"anna\",\"member\":\"2\"}",
  "{\"type\":\"left\",\"seq\":4,\"room\":\"417\",\"member\":\"2\"}",
  "{\"type\":\"vanished\",\"seq\":5,\"room\":\"417\",\"member\":\"2\"}",
  "{\"type\":\"returned\",\"seq\":6,\"room\":\"417\",\"member\":\"2\"}",
  "{\"type\":\"message\",\"seq\":7,\"room\":\"417\",\"from\":\"2\",\"body\":\"AAEC\"}",
  "{\"type\":\"sent\",\"id\":4,\"seq\":8}",
  "{\"type\":\"ice\",\"id\":6,\"seq\":9,\"ice_servers\":[],\"ice_ttl_s\":0}",
  "{\"type\":\"burned\",\"seq\":10,\"room\":\"417\"}",
  "{\"type\":\"error\",\"id\":4,\"seq\":11,\"code\":\"rate\",\"text\":\"slow\",\"retry_s\":2}",
  "{\"type\":\"bye\",\"code\":\"restart\",\"retry_s\":12}",
};

static void
test_round_trips (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (round_trips); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (PlSignalMsg) msg
        = pl_signal_msg_parse (round_trips[i], strlen (round_trips[i]), NULL, &error);
    g_assert_no_error (error);
    g_autofree char *text = pl_signal_msg_print (msg);
    g_assert_cmpstr (text, ==, round_trips[i]);
  }
}

static const struct {
  const char *text;
  int code;
  int64_t id; /* that an answer can repeat */
} bad[] = {
  { "", PL_PROTO_ERROR_INVALID, 0 },
  { "   ", PL_PROTO_ERROR_INVALID, 0 },
  { "[]", PL_PROTO_ERROR_INVALID, 0 },
  { "{", PL_PROTO_ERROR_INVALID, 0 },
  { "{}", PL_PROTO_ERROR_INVALID, 0 },
  { "{}}", PL_PROTO_ERROR_INVALID, 0 },
  { "{\"type\":1,\"id\":3}", PL_PROTO_ERROR_INVALID, 3 },
  { "{\"type\":\"leave\",\"id\":3}", PL_PROTO_ERROR_INVALID, 3 },
  { "{\"type\":\"leave\",\"id\":3,\"room\":7}", PL_PROTO_ERROR_INVALID, 3 },
  { "{\"type\":\"leave\",\"id\":3,\"room\":null}", PL_PROTO_ERROR_INVALID, 3 },
  { "{\"type\":\"leave\",\"id\":3,\"room\":[\"1\"]}", PL_PROTO_ERROR_INVALID, 3 },
  { "{\"type\":\"reserve\",\"id\":-1}", PL_PROTO_ERROR_INVALID, 0 },
  { "{\"type\":\"reserve\",\"id\":1.5}", PL_PROTO_ERROR_INVALID, 0 },
  { "{\"type\":\"reserve\",\"id\":\"1\"}", PL_PROTO_ERROR_INVALID, 0 },
  { "{\"type\":\"reserve\",\"id\":9007199254740993}", PL_PROTO_ERROR_LIMIT, 0 },
  { "{\"type\":\"join\",\"room\":\"1\",\"name\":\"\\ud800\"}", PL_PROTO_ERROR_INVALID, 0 },
  { "{\"type\":\"join\",\"room\":\"1\",\"name\":\"\xff\"}", PL_PROTO_ERROR_INVALID, 0 },
  { "{/*\"*/\"type\":\"bye\"}", PL_PROTO_ERROR_INVALID, 0 },
  { "var x = {\"type\":\"bye\"}", PL_PROTO_ERROR_INVALID, 0 },
  { "{'type':'bye'}", PL_PROTO_ERROR_INVALID, 0 },
  { "{\"type\":\"hello\",\"a\":[[[[[[[[1]]]]]]]]}", PL_PROTO_ERROR_LIMIT, 0 },
  { "{\"type\":\"ice\",\"ice_servers\":[{}],\"ice_ttl_s\":1}", PL_PROTO_ERROR_INVALID, 0 },
  { "{\"type\":\"ice\",\"ice_servers\":[1],\"ice_ttl_s\":1}", PL_PROTO_ERROR_INVALID, 0 },
  { "{\"type\":\"ice\",\"ice_servers\":[],\"ice_ttl_s\":99999999}", PL_PROTO_ERROR_LIMIT, 0 },
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    int64_t id = -1;
    g_test_message ("case %" G_GSIZE_FORMAT, i);
    g_assert_null (pl_signal_msg_parse (bad[i].text, strlen (bad[i].text), &id, &error));
    g_assert_error (error, PL_PROTO_ERROR, bad[i].code);
    g_assert_cmpint (id, ==, bad[i].id);
  }
}

static void
assert_limit (GString *text)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (pl_signal_msg_parse (text->str, text->len, NULL, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  g_string_free (text, TRUE);
}

static GString *
repeat (const char *head, const char *element, guint n, const char *tail)
{
  GString *text = g_string_new (head);
  for (guint i = 0; i < n; i++)
    g_string_append (text, element);
  return g_string_append (text, tail);
}

static void
test_limits (void)
{
  assert_limit (repeat ("{\"type\":\"bye\",\"x\":\"", "a", PL_MAX_SIGNAL_MESSAGE, "\"}"));
  assert_limit (repeat ("{\"type\":\"bye\",\"x\":", "[", 30000, "1"));
  assert_limit (repeat ("{", "\"a\":1,", PL_MAX_JSON_VALUES, "\"type\":\"bye\"}"));
  assert_limit (repeat ("{\"type\":\"hello\",\"agent\":\"", "a", PL_MAX_AGENT + 1, "\"}"));
  assert_limit (repeat ("{\"type\":\"hello\",\"token\":\"", "a", PL_MAX_TOKEN + 1, "\"}"));
  assert_limit (repeat ("{\"type\":\"came\",\"member\":\"1\",\"room\":\"1\",\"name\":\"", "a",
                        PL_MAX_MEMBER_NAME + 1, "\"}"));
  assert_limit (repeat ("{\"type\":\"burned\",\"room\":\"", "a", PL_MAX_ROOM_NAME + 1, "\"}"));
  assert_limit (repeat ("{\"type\":\"left\",\"room\":\"1\",\"member\":\"", "1",
                        PL_MAX_MEMBER_ID + 1, "\"}"));
  assert_limit (repeat ("{\"type\":\"message\",\"room\":\"1\",\"from\":\"1\",\"body\":\"", "a",
                        PL_MAX_ENVELOPE + 1, "\"}"));
  assert_limit (repeat ("{\"type\":\"error\",\"code\":\"rate\",\"text\":\"", "a",
                        PL_MAX_ERROR_TEXT + 1, "\"}"));
  assert_limit (repeat ("{\"type\":\"joined\",\"room\":\"1\",\"member\":\"1\",\"members\":["
                        "{\"member\":\"1\",\"name\":\"\"}",
                        ",{\"member\":\"1\",\"name\":\"\"}", PL_MAX_MEMBERS, "]}"));
  assert_limit (repeat ("{\"type\":\"ice\",\"ice_ttl_s\":1,\"ice_servers\":[{\"urls\":\"a\"}",
                        ",{\"urls\":\"a\"}", PL_MAX_ICE_SERVERS, "]}"));
  assert_limit (repeat ("{\"type\":\"ice\",\"ice_ttl_s\":1,\"ice_servers\":[{\"urls\":[\"a\"",
                        ",\"a\"", PL_MAX_ICE_URIS, "]}]}"));
  assert_limit (repeat ("{\"type\":\"ice\",\"ice_ttl_s\":1,\"ice_servers\":[{\"urls\":[\"", "a",
                        PL_MAX_ICE_URI + 1, "\"]}]}"));
}

static void
test_unknown (void)
{
  static const char type[]
      = "{\"type\":\"later\",\"id\":9,\"seq\":4,\"room\":{\"a\":[1.5,null]}}";
  static const char key[] = "{\"type\":\"bye\",\"later\":{\"a\":[1.5,true]},\"code\":\"new\"}";
  g_autoptr (GError) error = NULL;

  g_autoptr (PlSignalMsg) of_type = pl_signal_msg_parse (type, strlen (type), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (of_type->type, ==, PL_SIGNAL_MSG_UNKNOWN);
  g_assert_cmpint (of_type->id, ==, 9);
  g_assert_cmpint (of_type->seq, ==, 4);

  g_autoptr (PlSignalMsg) with_key = pl_signal_msg_parse (key, strlen (key), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (with_key->type, ==, PL_SIGNAL_MSG_BYE);
  g_assert_cmpint (with_key->code, ==, PL_SIGNAL_CODE_UNKNOWN);
}

/* What the server judges with codes of its own gets through to it. */
static void
test_requests_are_lenient (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = repeat ("{\"type\":\"join\",\"room\":\"?\",\"name\":\"", "a",
                                     PL_MAX_MEMBER_NAME + 1, "\"}");
  g_autoptr (PlSignalMsg) msg = pl_signal_msg_parse (text->str, text->len, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (msg->name), ==, PL_MAX_MEMBER_NAME + 1);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/signal-json/round-trips", test_round_trips);
  g_test_add_func ("/signal-json/bad", test_bad);
  g_test_add_func ("/signal-json/limits", test_limits);
  g_test_add_func ("/signal-json/unknown", test_unknown);
  g_test_add_func ("/signal-json/requests-are-lenient", test_requests_are_lenient);
  return g_test_run ();
}
