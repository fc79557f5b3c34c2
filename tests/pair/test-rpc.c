/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "stream/rpc.h"
#include "tests/lib/pl-test.h"
#include "tests/pair/peer-pair.h"

#include <string.h>

/* JSON-RPC on a real channel between two peers: answers, refusals, limits, ends. */

typedef struct {
  PlPair *pair;
  PlChannel *channel; /* of A */
  PlRpc *a, *b;
  gboolean silent; /* B answers nothing */
  guint n_told;
  guint n_requests, n_answers, n_errors, n_closed;
  GError *last;
} Fixture;

static void
on_request (int64_t id, const char *method, GVariant *params, gpointer user_data)
{
  Fixture *self = user_data;

  self->n_requests++;
  if (self->silent)
    return;
  if (g_str_equal (method, "echo"))
    pl_rpc_answer (self->b, id, params);
  else if (g_str_equal (method, "long")) {
    g_autofree char *text = g_strnfill (PL_MAX_RPC_MESSAGE, 'x');
    pl_rpc_answer (self->b, id, g_variant_new_string (text));
  } else
    pl_rpc_refuse (self->b, id, PL_RPC_NO_METHOD, "no such method", NULL);
}

static void
on_closed (const GError *reason G_GNUC_UNUSED, gpointer user_data)
{
  Fixture *self = user_data;
  self->n_closed++;
}

static void
on_answer (GVariant *result, const GError *error, gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_true ((result == NULL) == (error != NULL));
  self->n_answers += result != NULL;
  self->n_errors += error != NULL;
  g_clear_error (&self->last);
  self->last = error ? g_error_copy (error) : NULL;
}

static const PlRpcOps ops = { on_request, NULL, on_closed };

static void
set_up (Fixture *self)
{
  self->pair = pl_pair_new_open ();
  self->pair->b.deaf = TRUE;
  self->channel = pl_pair_open_channel (&self->pair->a, "control");
  self->a = pl_rpc_new (self->channel, &ops, self);
  pl_pair_run_until (self->pair, self->pair->b.channel != NULL);
  self->b = pl_rpc_new (self->pair->b.channel, &ops, self);
}

static void
tear_down (Fixture *self)
{
  pl_rpc_free (self->a);
  pl_rpc_free (self->b);
  g_clear_error (&self->last);
  g_object_unref (self->channel);
  pl_pair_free (self->pair);
}

static void
test_answers (void)
{
  Fixture self = { 0 };
  set_up (&self);
  pl_rpc_call (self.a, "echo", g_variant_new_parsed ("{'n': <int64 7>}"), on_answer, &self);
  pl_pair_run_until (self.pair, self.n_answers == 1);
  pl_rpc_call (self.a, "dance", NULL, on_answer, &self);
  pl_pair_run_until (self.pair, self.n_errors == 1);
  g_assert_error (self.last, PL_RPC_FAILURE, PL_RPC_NO_METHOD);
  pl_rpc_call (self.a, "long", NULL, on_answer, &self);
  pl_pair_run_until (self.pair, self.n_errors == 2);
  g_assert_error (self.last, PL_RPC_FAILURE, PL_RPC_LIMIT);
  tear_down (&self);
}

static void
test_nonsense (void)
{
  Fixture self = { 0 };
  set_up (&self);
  pl_pair_send (self.channel, "{");
  pl_pair_send (self.channel, "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}");
  pl_rpc_call (self.a, "echo", NULL, on_answer, &self);
  pl_pair_run_until (self.pair, self.n_answers == 1);
  g_assert_cmpuint (self.n_requests, ==, 1);
  tear_down (&self);
}

/* Too long, not text, nothing: each is refused, and the next request is answered. */
static void
test_wrong_messages (void)
{
  Fixture self = { 0 };
  set_up (&self);
  pl_pair_send_size (self.channel, PL_MAX_RPC_MESSAGE + 1, ' ');
  pl_pair_send_size (self.channel, 10, '{');
  pl_pair_send (self.channel, "");
  pl_rpc_call (self.a, "echo", NULL, on_answer, &self);
  pl_pair_run_until (self.pair, self.n_answers == 1);
  g_assert_cmpuint (self.n_requests, ==, 1);
  g_assert_cmpuint (self.n_closed, ==, 0);
  tear_down (&self);
}

/* One more than the remote may leave open is refused. */
static void
test_open_requests (void)
{
  Fixture self = { .silent = TRUE };
  set_up (&self);
  for (guint i = 0; i <= PL_MAX_RPC_CALLS; i++)
    pl_rpc_call (self.a, "echo", NULL, on_answer, &self);
  pl_pair_run_until (self.pair, self.n_errors == 1);
  g_assert_error (self.last, PL_RPC_FAILURE, PL_RPC_LIMIT);
  g_assert_cmpuint (self.n_requests, ==, PL_MAX_RPC_CALLS);
  tear_down (&self);
}

static void
test_flood (void)
{
  Fixture self = { 0 };
  set_up (&self);
  for (guint i = 0; i < 3 * PL_RPC_BURST; i++)
    pl_rpc_notify (self.a, "x", NULL);
  pl_pair_run_until (self.pair, self.n_closed == 2);
  tear_down (&self);
}

static void
on_told (const char *method G_GNUC_UNUSED, GVariant *params G_GNUC_UNUSED, gpointer user_data)
{
  Fixture *self = user_data;
  self->n_told++;
}

/* What the remote is there to tell is no flood. */
static void
test_told (void)
{
  static const PlRpcOps told = { on_request, on_told, on_closed };
  Fixture self = { 0 };
  set_up (&self);
  pl_rpc_free (self.a);
  g_object_unref (self.channel);
  self.channel = pl_pair_open_channel (&self.pair->a, "sms");
  self.a = pl_rpc_new (self.channel, &told, &self);
  g_clear_pointer (&self.b, pl_rpc_free);
  pl_pair_run_until (self.pair, self.pair->b.n_channels == 2);
  self.b = pl_rpc_new (self.pair->b.channel, &ops, &self);
  for (guint i = 0; i < 5 * PL_RPC_BURST; i++)
    pl_rpc_notify (self.b, "sms", NULL);
  pl_pair_run_until (self.pair, self.n_told == 5 * PL_RPC_BURST);
  g_assert_cmpuint (self.n_closed, ==, 0);
  tear_down (&self);
}

/* Who waits for an answer hears that there will be none. */
static void
test_end (void)
{
  Fixture self = { .silent = TRUE };
  set_up (&self);
  pl_rpc_call (self.a, "echo", NULL, on_answer, &self);
  pl_pair_run_until (self.pair, self.n_requests == 1);
  g_clear_pointer (&self.b, pl_rpc_free);
  pl_pair_run_until (self.pair, self.n_closed == 1);
  g_assert_cmpuint (self.n_errors, ==, 1);
  g_assert_error (self.last, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED);
  tear_down (&self);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/rpc/answers", test_answers);
  g_test_add_func ("/rpc/nonsense", test_nonsense);
  g_test_add_func ("/rpc/wrong-messages", test_wrong_messages);
  g_test_add_func ("/rpc/open-requests", test_open_requests);
  g_test_add_func ("/rpc/flood", test_flood);
  g_test_add_func ("/rpc/told", test_told);
  g_test_add_func ("/rpc/end", test_end);
  return g_test_run ();
}
