/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/rpc-msg.h"
#include "proto/sms-pdu.h"
#include "simbox/box-json.h"
#include "simbox/session-private.h"
#include "tests/lib/fake-modem.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

/* What a client asks, on a box with a modem. Each line of the input is one message as JSON, or
 * one thing that the network does: "ring NUMBER", "active CALL", "end CALL", "text PDU". The
 * calls that ring count from FIRST_RING on, those that the box dials from 1. */
#define FIRST_RING 100

typedef struct {
  FakeModem *modem;
  GHashTable *calls; /* that the modem has */
  guint next_ring;
  PlBox box;
  PlAuthorized who;
  PlBoxSession session;
} Fixture;

static void
on_voice (const PlCallInfo *call G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static void
on_no_voice (gpointer user_data G_GNUC_UNUSED)
{
}

static PlPeerVoice *
find_voice (const char *client G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  return NULL;
}

static void
on_greeted (PlBoxSession *session G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static void
on_box_changed (gpointer user_data G_GNUC_UNUSED)
{
}

/* What the box says is what a client can read. */
static void
assert_readable (GVariant *result)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = pl_rpc_print_result (/* id = */ 1, result);
  g_autoptr (PlRpcMsg) msg = pl_rpc_msg_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_cmpint (msg->kind, ==, PL_RPC_RESULT);
}

static void
on_modem_call (PlModem *modem G_GNUC_UNUSED, const PlModemCall *call, Fixture *f)
{
  if (call->state == PL_MODEM_CALL_ENDED)
    g_hash_table_remove (f->calls, GUINT_TO_POINTER (call->id));
  else
    g_hash_table_add (f->calls, GUINT_TO_POINTER (call->id));
}

static void
on_call_changed (PlCalls *calls G_GNUC_UNUSED, const PlCallInfo *call, Fixture *f)
{
  assert_readable (pl_box_json_call (&f->box, call, f->session.key));
}

static void
on_text_changed (PlTexts *texts G_GNUC_UNUSED, const PlText *text, Fixture *f G_GNUC_UNUSED)
{
  assert_readable (pl_box_json_text (text));
}

static GVariant *
on_list_clients (PlBoxSession *session, gpointer user_data G_GNUC_UNUSED)
{
  const PlBoxClientInfo info = { .line = session->who, .you = TRUE };
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("av"));
  g_variant_builder_add (&list, "v", pl_box_json_client (&info));
  return g_variant_builder_end (&list);
}

static gboolean
on_remove_client (PlBoxSession *session G_GNUC_UNUSED, const char *name G_GNUC_UNUSED,
                  gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static void
set_up (Fixture *f)
{
  static const PlDialRules rules = { .country = "49", .max_calls_per_day = 20 };
  static const PlCallsOps ops = { on_voice, on_voice, on_no_voice };
  static const PlVoicePathOps voice_ops = { find_voice, on_no_voice };
  static const PlBoxSessionOps session_ops
      = { on_greeted, on_box_changed, on_list_clients, on_remove_client };

  f->modem = fake_modem_new ();
  f->calls = g_hash_table_new (NULL, NULL);
  f->next_ring = FIRST_RING;
  f->box.name = "home";
  f->box.modem = PL_MODEM (f->modem);
  f->box.store = pl_store_open (":memory:");
  f->box.texts = pl_texts_new (f->box.store, f->box.modem, &rules);
  f->box.calls = pl_calls_new (f->box.store, f->box.modem, &rules, &ops, f);
  f->box.voice = pl_voice_path_new (f->box.modem, "none", NULL, &voice_ops, f);
  f->who.name = (char *) "phone";
  f->who.rights = PL_RIGHT_ALL;
  f->session.box = &f->box;
  f->session.who = &f->who;
  f->session.key = g_strdup ("phone 1");
  f->session.ops = &session_ops;
  g_signal_connect (f->modem, "call-changed", G_CALLBACK (on_modem_call), f);
  g_signal_connect (f->box.calls, "call-changed", G_CALLBACK (on_call_changed), f);
  g_signal_connect (f->box.texts, "text-changed", G_CALLBACK (on_text_changed), f);
  pl_texts_start (f->box.texts);
}

static void
run_idle (void)
{
  while (g_main_context_iteration (NULL, /* may_block = */ FALSE))
    ;
}

static void
tear_down (Fixture *f)
{
  run_idle ();
  pl_texts_stop (f->box.texts);
  pl_voice_path_free (f->box.voice);
  g_object_unref (f->box.calls);
  g_object_unref (f->box.texts);
  g_object_unref (f->modem);
  pl_store_close (f->box.store);
  g_hash_table_unref (f->calls);
  g_free (f->session.key);
}

static const PlBoxMethod *
find_method (const PlBoxMethod *methods, const char *name)
{
  for (; methods->name; methods++)
    if (g_str_equal (methods->name, name))
      return methods;
  return NULL;
}

static void
on_answer (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  gboolean *done = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_task_propagate_pointer (G_TASK (result), &error);

  g_assert_true ((answer == NULL) == (error != NULL));
  if (answer)
    assert_readable (answer);
  *done = TRUE;
}

static void
ask (Fixture *f, const PlBoxMethod *method, GVariant *params)
{
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;

  if (method->start) {
    g_autoptr (GTask) task = g_task_new (NULL, /* cancellable = */ NULL, on_answer, &done);
    method->start (&f->session, params, task);
    run_idle ();
    g_assert_true (done);
    return;
  }
  GVariant *result = method->run (&f->session, params, &error);
  g_assert_true ((result == NULL) == (error != NULL));
  if (result)
    assert_readable (result);
}

static void
change_call (Fixture *f, const char *call, PlModemCallState state, PlModemEnd end)
{
  const guint id = (guint) g_ascii_strtoull (call, NULL, 10);

  if (g_hash_table_contains (f->calls, GUINT_TO_POINTER (id)))
    fake_modem_change_call (f->modem, id, state, end);
}

/* A modem gives numbers that are some, or none. */
static void
ring (Fixture *f, const char *number)
{
  g_autofree char *caller = pl_dial_normalise (number, NULL);

  if (g_hash_table_size (f->calls) < PL_MAX_CALLS)
    fake_modem_ring (f->modem, f->next_ring++, caller);
}

static void
take_text (Fixture *f, const char *hex)
{
  if (fake_modem_count_texts (f->modem) < 10)
    fake_modem_take_text (f->modem, pl_sms_part_from_hex (hex), /* quiet = */ FALSE);
}

static void
take_message (Fixture *f, const char *line)
{
  g_autoptr (PlRpcMsg) msg = pl_rpc_msg_parse (line, strlen (line), NULL);

  if (msg == NULL || msg->method == NULL)
    return;
  /* Calls are told on the channel, and here is none. */
  if (g_str_equal (msg->method, "hello") && g_hash_table_size (f->calls) > 0)
    return;
  const PlBoxMethod *method = find_method (pl_box_control_methods, msg->method);
  method = method ? method : find_method (pl_box_sms_methods, msg->method);
  if (method)
    ask (f, method, msg->params);
}

static void
take_line (Fixture *f, const char *line)
{
  const char *what = strchr (line, ' ');

  if (g_str_has_prefix (line, "ring "))
    ring (f, what + 1);
  else if (g_str_has_prefix (line, "active "))
    change_call (f, what + 1, PL_MODEM_CALL_ACTIVE, PL_MODEM_END_NONE);
  else if (g_str_has_prefix (line, "end "))
    change_call (f, what + 1, PL_MODEM_CALL_ENDED, PL_MODEM_END_REMOTE);
  else if (g_str_has_prefix (line, "text "))
    take_text (f, what + 1);
  else
    take_message (f, line);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  g_autofree char *text = g_strndup ((const char *) data, len);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  Fixture f = { 0 };

  set_up (&f);
  for (char **line = lines; *line; line++) {
    take_line (&f, *line);
    run_idle ();
  }
  tear_down (&f);
  return 0;
}
