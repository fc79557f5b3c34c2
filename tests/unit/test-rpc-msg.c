/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "proto/rpc-msg.h"
#include "tests/lib/pl-test.h"

#include <string.h>

static PlRpcMsg *
parse (const char *text, GError **error)
{
  return pl_rpc_msg_parse (text, strlen (text), error);
}

static void
test_request (void)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_variant_dict_insert (&dict, "to", "s", "+49\"1");
  g_variant_dict_insert (&dict, "hide", "b", TRUE);
  g_variant_dict_insert (&dict, "limit", "x", G_GINT64_CONSTANT (9007199254740993));
  g_autofree char *text = pl_rpc_print_request (7, "sms.send", g_variant_dict_end (&dict));
  g_autoptr (GError) error = NULL;
  g_autoptr (PlRpcMsg) msg = parse (text, &error);
  const char *to;
  gboolean hide;
  gint64 limit;

  g_assert_no_error (error);
  g_assert_cmpint (msg->kind, ==, PL_RPC_REQUEST);
  g_assert_cmpint (msg->id, ==, 7);
  g_assert_cmpstr (msg->method, ==, "sms.send");
  g_assert_true (g_variant_lookup (msg->params, "to", "&s", &to));
  g_assert_cmpstr (to, ==, "+49\"1");
  g_assert_true (g_variant_lookup (msg->params, "hide", "b", &hide) && hide);
  g_assert_true (g_variant_lookup (msg->params, "limit", "x", &limit));
  g_assert_cmpint (limit, ==, G_GINT64_CONSTANT (9007199254740993));
}

static void
test_answers (void)
{
  g_autofree char *result
      = pl_rpc_print_result (1, g_variant_new_parsed ("[<'a'>, <{'b': <1>}>]"));
  g_autofree char *failure = pl_rpc_print_error (2, PL_RPC_EMERGENCY, "no", "emergency");
  g_autofree char *nobody = pl_rpc_print_error (-1, PL_RPC_PARSE_ERROR, "what", NULL);
  g_autoptr (PlRpcMsg) a = parse (result, NULL);
  g_autoptr (PlRpcMsg) b = parse (failure, NULL);
  g_autoptr (PlRpcMsg) c = parse (nobody, NULL);

  g_assert_cmpint (a->kind, ==, PL_RPC_RESULT);
  g_assert_cmpuint (g_variant_n_children (a->result), ==, 2);
  g_assert_cmpint (b->kind, ==, PL_RPC_ERROR);
  g_assert_cmpint (b->id, ==, 2);
  g_assert_cmpint (b->code, ==, PL_RPC_EMERGENCY);
  g_assert_cmpstr (b->text, ==, "no");
  g_assert_cmpstr (b->reason, ==, "emergency");
  g_assert_cmpint (c->id, ==, -1);
}

static void
test_notification (void)
{
  g_autoptr (PlRpcMsg) msg
      = parse ("{\"jsonrpc\":\"2.0\",\"method\":\"sms\",\"new\":[null]}", NULL);
  g_assert_cmpint (msg->kind, ==, PL_RPC_NOTIFICATION);
  g_assert_cmpuint (g_variant_n_children (msg->params), ==, 0);
}

static void
test_refuses (void)
{
  static const char *const bad[] = {
    "",
    "[]",
    "{",
    "{}",
    "{\"jsonrpc\":\"1.0\",\"method\":\"m\"}",
    "{\"jsonrpc\":\"2.0\"}",
    "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":[1]}",
    "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":\"x\"}",
    "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":-1}",
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}",
    "{\"jsonrpc\":\"2.0\",\"result\":1}",
    "{\"jsonrpc\":\"2.0\",\"method\":\"\\377\"}",
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (parse (bad[i], &error));
    g_assert_nonnull (error);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/rpc-msg/request", test_request);
  g_test_add_func ("/rpc-msg/answers", test_answers);
  g_test_add_func ("/rpc-msg/notification", test_notification);
  g_test_add_func ("/rpc-msg/refuses", test_refuses);
  return g_test_run ();
}
