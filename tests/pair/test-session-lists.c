/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/rpc-msg.h"
#include "tests/lib/box-room.h"
#include "tests/lib/pl-test.h"

/* Blocked numbers, clients and the log of calls, as clients look after them. */

static int
ask (BoxClient *client, const char *method, const char *params)
{
  return box_client_ask (client, client->control, method, params);
}

static void
test_blocked (void)
{
  BoxRoom *room = box_room_new ();
  BoxClient *one = box_room_join (room, "laptop", PL_RIGHT_SMS);
  BoxClient *two = box_room_join (room, "phone", PL_RIGHT_READ);

  g_assert_cmpint (ask (two, "hello", NULL), ==, 0);
  g_assert_cmpint (ask (one, "blocked.add", "{'number': <'030 123'>}"), ==, 0);
  g_autoptr (GVariant) told G_GNUC_UNUSED = box_client_await (two, "blocked");
  g_assert_cmpint (ask (one, "blocked.add", "{'number': <'Lotto'>}"), ==, 0);
  g_assert_cmpint (ask (one, "blocked.add", "{'number': <'1x'>}"), ==, PL_RPC_BAD_NUMBER);
  g_assert_cmpint (ask (one, "blocked.add", "{}"), ==, PL_RPC_INVALID_PARAMS);
  g_assert_cmpint (ask (two, "blocked.list", "{'limit': <int64 1>}"), ==, 0);
  box_room_assert (two->result, "numbers 0", "030123");
  box_room_assert (two->result, "numbers 1", "");
  box_room_assert (two->result, "more", "true");
  g_assert_cmpint (ask (two, "blocked.list", "{'after': <'030123'>}"), ==, 0);
  box_room_assert (two->result, "numbers 0", "Lotto");
  box_room_assert (two->result, "more", "false");
  g_assert_cmpint (ask (one, "blocked.remove", "{'number': <'030-123'>}"), ==, 0);
  g_assert_cmpint (ask (one, "blocked.remove", "{'number': <'030123'>}"), ==, PL_RPC_NOT_FOUND);
  box_room_free (room);
}

/* A text from there is kept, and read. */
static void
test_blocked_text (void)
{
  BoxRoom *room = box_room_new ();
  BoxClient *client = box_room_join (room, "phone", PL_RIGHT_ALL);
  PlSmsPart *part = g_new0 (PlSmsPart, 1);

  *part = (PlSmsPart){ .kind = PL_SMS_TEXT,
                       .number = g_strdup ("Lotto"),
                       .text = g_strdup ("You have won"),
                       .time_us = 1,
                       .total = 1,
                       .seq = 1 };
  g_assert_cmpint (ask (client, "blocked.add", "{'number': <'Lotto'>}"), ==, 0);
  g_assert_cmpint (box_client_ask (client, client->sms, "sms.watch", NULL), ==, 0);
  pl_texts_start (room->box.texts);
  fake_modem_take_text (room->modem, part, /* quiet = */ FALSE);
  g_autoptr (GVariant) told = box_client_await (client, "sms");
  box_room_assert (told, "text", "You have won");
  box_room_assert (told, "read", "true");
  g_assert_cmpint (ask (client, "status", NULL), ==, 0);
  box_room_assert (client->result, "sms_unread", "0");
  pl_texts_stop (room->box.texts);
  box_room_free (room);
}

/* Everybody may go; who may do all may put others out. */
static void
test_clients (void)
{
  BoxRoom *room = box_room_new ();
  BoxClient *all = box_room_join (room, "laptop", PL_RIGHT_ALL);
  BoxClient *reader = box_room_join (room, "phone", PL_RIGHT_READ);
  BoxClient *some = box_room_join (room, "some", PL_RIGHT_CALL | PL_RIGHT_SMS);

  g_assert_cmpint (ask (reader, "clients.list", NULL), ==, 0);
  box_room_assert (reader->result, "clients 0", "phone");
  g_assert_cmpint (ask (reader, "clients.remove", "{'name': <'some'>}"), ==,
                   PL_RPC_NOT_ALLOWED);
  g_assert_cmpint (ask (some, "clients.remove", "{'name': <'phone'>}"), ==, PL_RPC_NOT_ALLOWED);
  g_assert_cmpint (ask (some, "clients.remove", NULL), ==, PL_RPC_INVALID_PARAMS);
  g_assert_null (reader->removed);
  g_assert_null (some->removed);
  g_assert_cmpint (ask (reader, "clients.remove", "{'name': <'phone'>}"), ==, 0);
  g_assert_cmpstr (reader->removed, ==, "phone");
  g_assert_cmpint (ask (all, "clients.remove", "{'name': <'some'>}"), ==, 0);
  g_assert_cmpstr (all->removed, ==, "some");
  box_room_free (room);
}

static void
test_calls (void)
{
  BoxRoom *room = box_room_new ();
  BoxClient *one = box_room_join (room, "laptop", PL_RIGHT_CALL);
  BoxClient *two = box_room_join (room, "phone", PL_RIGHT_READ);
  BoxClient *other = box_room_join (room, "texts", PL_RIGHT_SMS);

  g_assert_cmpint (ask (two, "hello", NULL), ==, 0);
  g_assert_cmpint (ask (other, "hello", NULL), ==, 0);
  for (guint i = 1; i <= 2; i++) {
    fake_modem_ring (room->modem, i, "+4930123");
    fake_modem_change_call (room->modem, i, PL_MODEM_CALL_ENDED, PL_MODEM_END_REMOTE);
  }
  g_assert_cmpint (ask (one, "calls.delete", NULL), ==, PL_RPC_INVALID_PARAMS);
  g_assert_cmpint (ask (one, "calls.delete", "{'seq': <int64 0>}"), ==, PL_RPC_NOT_FOUND);
  g_assert_cmpint (ask (one, "calls.delete", "{'seq': <int64 1>}"), ==, 0);
  g_autoptr (GVariant) told = box_client_await (two, "calls.deleted");
  box_room_assert (told, "seq", "1");
  g_assert_cmpint (ask (two, "calls.list", NULL), ==, 0);
  box_room_assert (two->result, "calls 0 seq", "2");
  box_room_assert (two->result, "calls 1", "");
  g_assert_cmpint (ask (one, "calls.delete", "{'all': <true>}"), ==, 0);
  g_autoptr (GVariant) all = box_client_await (two, "calls.deleted");
  box_room_assert (all, "all", "true");
  g_assert_cmpint (ask (two, "calls.list", NULL), ==, 0);
  box_room_assert (two->result, "calls 0", "");
  g_assert_cmpint (ask (other, "status", NULL), ==, 0);
  g_assert_false (box_client_was_told (other, "calls.deleted"));
  box_room_free (room);
}

/* What the page reads from a file goes to the box as it is. */
static void
test_vcards (void)
{
#define CARD(name, number)                                                                     \
  "BEGIN:VCARD\\r\\nVERSION:3.0\\r\\nFN:" name "\\r\\nTEL:" number "\\r\\nEND:VCARD\\r\\n"
  BoxRoom *room = box_room_new ();
  BoxClient *client = box_room_join (room, "laptop", PL_RIGHT_CALL);
  g_autofree char *big = g_strnfill (PL_MAX_RPC_VCARDS + 1, 'x');
  g_autofree char *bigger = g_strdup_printf ("{'id': <'1'>, 'vcards': <'%s'>}", big);

  g_assert_cmpint (ask (client, "contacts.import-vcards",
                        "{'id': <'1'>, 'vcards': <'" CARD ("Anna", "+49 30 123")
                            CARD ("Nobody", "no number") "'>}"),
                   ==, 0);
  box_room_assert (client->result, "kept", "1");
  g_autofree char *name = pl_store_find_name (room->box.store, "+4930123");
  g_assert_cmpstr (name, ==, "Anna");
  g_assert_cmpint (
      ask (client, "contacts.import-vcards", "{'id': <'1'>, 'vcards': <'nothing'>}"), ==,
      PL_RPC_INVALID_PARAMS);
  g_assert_cmpint (ask (client, "contacts.import-vcards", bigger), ==, PL_RPC_INVALID_PARAMS);
  g_assert_cmpint (ask (client, "contacts.import-vcards", "{'vcards': <''>}"), ==,
                   PL_RPC_INVALID_PARAMS);
  g_assert_cmpint (ask (client, "contacts.prune", "{'id': <'1'>}"), ==, 0);
  box_room_assert (client->result, "deleted", "0");
  box_room_free (room);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/session-lists/blocked", test_blocked);
  g_test_add_func ("/session-lists/blocked-text", test_blocked_text);
  g_test_add_func ("/session-lists/clients", test_clients);
  g_test_add_func ("/session-lists/calls", test_calls);
  g_test_add_func ("/session-lists/vcards", test_vcards);
  return g_test_run ();
}
