/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "peer/signal-client.h"
#include "simbox/pusher.h"
#include "tests/lib/fake-modem.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>
#include <string.h>

/* What browsers are told, in which order. The server is a fake, found first by the linker. */

#define KEY      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define IDENTITY "laptop"

struct _PlSignalClient {
  const PlSignalClientOps *ops;
  gpointer user_data;
  int64_t last_id;
  GPtrArray *asked; /* of PlSignalMsg, with their ids */
};

typedef struct {
  char *folder;
  FakeModem *modem;
  PlDialRules rules;
  PlAuthorized who;
  PlPusherConfig config;
  PlPusher *pusher;
} Fixture;

static PlSignalClient *server;

PlSignalClient *
pl_signal_client_new (const PlSignalClientConfig *config G_GNUC_UNUSED,
                      const PlSignalClientOps *ops, gpointer user_data,
                      GError **error G_GNUC_UNUSED)
{
  server = g_new0 (PlSignalClient, 1);
  *server = (PlSignalClient){ .ops = ops, .user_data = user_data };
  server->asked = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_signal_msg_free);
  return server;
}

void
pl_signal_client_free (PlSignalClient *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->asked);
  g_free (self);
  server = NULL;
}

void
pl_signal_client_start (PlSignalClient *self G_GNUC_UNUSED)
{
}

int64_t
pl_signal_client_take_request (PlSignalClient *self, PlSignalMsg *request)
{
  request->id = ++self->last_id;
  g_ptr_array_add (self->asked, request);
  return request->id;
}

/* --- the server --- */

static void
welcome (gboolean resumed)
{
  g_autoptr (PlSignalMsg) msg = pl_signal_msg_new (PL_SIGNAL_MSG_WELCOME);

  msg->push_key = g_strdup ("key");
  msg->resumed = resumed;
  server->ops->event (msg, server->user_data);
}

static void
settle (int64_t id)
{
  g_autoptr (PlSignalMsg) msg = pl_signal_msg_new (PL_SIGNAL_MSG_PUSHED);

  msg->id = id;
  msg->status = PL_PUSH_STATUS_SENT;
  server->ops->event (msg, server->user_data);
}

/* Wants no more before a second is over. */
static void
refuse (int64_t id)
{
  g_autoptr (PlSignalMsg) msg = pl_signal_msg_new (PL_SIGNAL_MSG_ERROR);

  msg->id = id;
  msg->code = PL_SIGNAL_CODE_RATE;
  msg->retry_s = 1;
  server->ops->event (msg, server->user_data);
}

static const PlSignalMsg *
asked (guint i)
{
  return g_ptr_array_index (server->asked, i);
}

/* --- the box --- */

static void
on_voice (const PlCallInfo *call G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static void
on_no_voice (gpointer user_data G_GNUC_UNUSED)
{
}

static const PlAuthorized *
find (const char *identity G_GNUC_UNUSED, gpointer user_data)
{
  return &((Fixture *) user_data)->who;
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const PlCallsOps ops = { on_voice, on_voice, on_no_voice };
  char *text = (char *) "x";
  const PlPushSubscription browser
      = { (char *) IDENTITY, (char *) "https://push/1", text, text, (char *) KEY };

  f->folder = g_dir_make_tmp ("pl-pusher-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (f->folder, "box.sqlite", NULL);
  f->modem = fake_modem_new ();
  f->who = (PlAuthorized){ (char *) "laptop", PL_RIGHT_ALL, (char *) IDENTITY };
  f->config.store = pl_store_open (path);
  f->config.calls = pl_calls_new (f->config.store, PL_MODEM (f->modem), &f->rules, &ops, f);
  f->config.texts = pl_texts_new (f->config.store, PL_MODEM (f->modem), &f->rules);
  f->config.find = find;
  f->config.user_data = f;
  g_assert_true (pl_store_set_push (f->config.store, &browser, /* error = */ NULL));
  f->pusher = pl_pusher_new (&f->config);
  g_assert_nonnull (server);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GDir) dir = g_dir_open (f->folder, /* flags = */ 0, NULL);

  pl_pusher_free (f->pusher);
  g_assert_null (server);
  g_object_unref (f->config.calls);
  g_object_unref (f->config.texts);
  pl_store_close (f->config.store);
  g_object_unref (f->modem);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *path = g_build_filename (f->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (f->folder);
  g_free (f->folder);
}

static void
change_call (Fixture *f, const char *id, PlCallState state)
{
  const PlCallInfo call = { .id = id, .number = "+49151", .state = state };
  g_signal_emit_by_name (f->config.calls, "call-changed", &call);
}

/* --- cases --- */

/* The end of a call is not asked for before its ring is settled; other calls are. */
static void
test_order (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  welcome (/* resumed = */ FALSE);
  change_call (f, "one", PL_CALL_INCOMING);
  change_call (f, "one", PL_CALL_ENDED);
  change_call (f, "two", PL_CALL_INCOMING);
  g_assert_cmpuint (server->asked->len, ==, 2);
  g_assert_cmpstr (asked (0)->topic, !=, asked (1)->topic);
  settle (2);
  g_assert_cmpuint (server->asked->len, ==, 2);
  settle (1);
  g_assert_cmpuint (server->asked->len, ==, 3);
  g_assert_cmpstr (asked (2)->topic, ==, asked (0)->topic);
  g_assert_cmpstr (asked (2)->payload, !=, asked (0)->payload);
}

/* Nobody is to be rung for a call that is over. */
static void
test_replaced (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  change_call (f, "one", PL_CALL_INCOMING);
  change_call (f, "one", PL_CALL_ENDED);
  welcome (/* resumed = */ FALSE);
  g_assert_cmpuint (server->asked->len, ==, 1);
}

/* The ring comes back, and the end waits already. */
static void
test_back (Fixture *f, gconstpointer data)
{
  welcome (/* resumed = */ FALSE);
  change_call (f, "one", PL_CALL_INCOMING);
  change_call (f, "one", PL_CALL_ENDED);
  g_assert_cmpuint (server->asked->len, ==, 1);
  g_autofree char *ring = g_strdup (asked (0)->payload);
  if (data)
    refuse (1);
  else
    welcome (/* resumed = */ FALSE);
  while (server->asked->len < 2)
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
  g_assert_cmpstr (asked (1)->payload, !=, ring);
  settle (2);
  g_assert_cmpuint (server->asked->len, ==, 2);
}

int
main (int argc, char *argv[])
{
  pl_test_init (&argc, &argv);
  g_test_add ("/pusher/order", Fixture, NULL, set_up, test_order, tear_down);
  g_test_add ("/pusher/replaced", Fixture, NULL, set_up, test_replaced, tear_down);
  g_test_add ("/pusher/back/lost", Fixture, NULL, set_up, test_back, tear_down);
  g_test_add ("/pusher/back/rate", Fixture, "rate", set_up, test_back, tear_down);
  return g_test_run ();
}
