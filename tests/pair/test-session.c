/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/rpc-msg.h"
#include "tests/lib/box-room.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>
#include <string.h>

/* What clients of the box may ask, what they are told, and what they cannot do to others. */

/* --- rights --- */

#define C PL_RIGHT_CALL
#define S PL_RIGHT_SMS
#define V PL_RIGHT_VOICEMAIL

static const struct {
  const char *method;
  guint needs; /* any of these */
  gboolean everybody, reader;
} table[] = {
  { "hello", 0, TRUE, TRUE },
  { "status", 0, TRUE, TRUE },
  { "dnd.set", C, FALSE, FALSE },
  { "pin.enter", C | S, FALSE, FALSE },
  { "forwarding.get", C, FALSE, TRUE },
  { "forwarding.erase", C, FALSE, FALSE },
  { "call.dial", C, FALSE, FALSE },
  { "call.answer", C, FALSE, FALSE },
  { "call.pick-up", C, FALSE, FALSE },
  { "call.reject", C, FALSE, FALSE },
  { "call.hangup", C, FALSE, FALSE },
  { "call.hold", C, FALSE, FALSE },
  { "call.swap", C, FALSE, FALSE },
  { "call.dtmf", C, FALSE, FALSE },
  { "calls.list", C, FALSE, TRUE },
  { "calls.delete", C, FALSE, FALSE },
  { "blocked.list", C | S | V, FALSE, TRUE },
  { "blocked.add", C | S, FALSE, FALSE },
  { "blocked.remove", C | S, FALSE, FALSE },
  { "contacts.list", C | S | V, FALSE, TRUE },
  { "contacts.import", C | S, FALSE, FALSE },
  { "contacts.import-vcards", C | S, FALSE, FALSE },
  { "contacts.prune", C | S, FALSE, FALSE },
  { "contacts.delete", C | S, FALSE, FALSE },
  { "clients.list", C | S | V, FALSE, TRUE },
  { "clients.remove", 0, TRUE, TRUE },
  { "greeting.get", V, FALSE, TRUE },
  { "greeting.set", V, FALSE, FALSE },
  { "greeting.reset", V, FALSE, FALSE },
  { "voicemail.list", V, FALSE, TRUE },
  { "voicemail.get", V, FALSE, TRUE },
  { "voicemail.delete", V, FALSE, FALSE },
  { "voicemail.heard", V, FALSE, FALSE },
  { "sms.send", S, FALSE, FALSE },
  { "sms.list", S, FALSE, TRUE },
  { "sms.watch", S, FALSE, TRUE },
  { "sms.threads", S, FALSE, TRUE },
  { "sms.search", S, FALSE, TRUE },
  { "sms.read", S, FALSE, FALSE },
  { "sms.delete", S, FALSE, FALSE },
};

static gboolean
may (PlRights rights, guint row)
{
  if (table[row].everybody)
    return TRUE;
  return rights == PL_RIGHT_READ ? table[row].reader : (rights & table[row].needs) != 0;
}

static void
check_rights (BoxRoom *room, PlRights rights)
{
  g_autofree char *name = pl_rights_print (rights);
  BoxClient *client = box_room_join (room, "somebody", rights);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    gboolean is_sms = g_str_has_prefix (table[i].method, "sms.");
    PlRpc *rpc = is_sms ? client->sms : client->control;
    int code = box_client_ask (client, rpc, table[i].method, NULL);
    g_test_message ("%s, %s: %d", name, table[i].method, code);
    g_assert_cmpint (code == PL_RPC_NOT_ALLOWED, !=, may (rights, i));
    g_assert_cmpint (code, !=, PL_RPC_NO_METHOD);
    /* Not on the other channel. */
    g_assert_cmpint (
        box_client_ask (client, is_sms ? client->control : client->sms, table[i].method, NULL),
        ==, PL_RPC_NO_METHOD);
  }
}

/* Each method with each set of rights; parameters are missing, which is looked at afterwards.
 */
static void
test_rights (void)
{
  BoxRoom *room = box_room_new ();

  for (PlRights rights = PL_RIGHT_READ; rights <= PL_RIGHT_ALL; rights++)
    check_rights (room, rights);
  box_room_free (room);
}

/* What is not asked for is not told either. */
static void
test_told (void)
{
  BoxRoom *room = box_room_new ();
  BoxClient *calls = box_room_join (room, "calls", PL_RIGHT_CALL);
  BoxClient *texts = box_room_join (room, "texts", PL_RIGHT_SMS);
  BoxClient *reader = box_room_join (room, "reader", PL_RIGHT_READ);
  BoxClient *silent = box_room_join (room, "silent", PL_RIGHT_CALL);

  g_assert_cmpint (box_client_ask (calls, calls->control, "hello", NULL), ==, 0);
  g_assert_cmpint (box_client_ask (texts, texts->control, "hello", NULL), ==, 0);
  g_assert_cmpint (box_client_ask (reader, reader->control, "hello", NULL), ==, 0);
  fake_modem_ring (room->modem, 1, "+4930123");
  box_run_until (calls->calls->len && reader->calls->len);
  box_client_ask (texts, texts->control, "status", NULL);
  g_assert_cmpuint (texts->calls->len, ==, 0);
  g_assert_cmpuint (silent->calls->len, ==, 0);
  box_client_ask (silent, silent->control, "hello", NULL);
  g_assert_cmpuint (silent->calls->len, ==, 1);
  box_room_free (room);
}

/* --- several programs of one client --- */

static char *
with_call (const char *call)
{
  return g_strdup_printf ("{'call': <'%s'>}", call);
}

static void
ring (BoxRoom *room, BoxClient *until)
{
  guint before = until->calls->len;

  fake_modem_ring (room->modem, 1, "+4930123");
  box_run_until (until->calls->len > before);
}

/* The same name, and yet one of them has the call. */
static void
test_one_program_wins (void)
{
  BoxRoom *room = box_room_new ();
  BoxClient *one = box_room_join (room, "laptop", PL_RIGHT_ALL);
  BoxClient *two = box_room_join (room, "laptop", PL_RIGHT_ALL);

  box_client_ask (one, one->control, "hello", "{'program': <'one'>}");
  box_client_ask (two, two->control, "hello", "{'program': <'two'>}");
  ring (room, one);
  g_autofree char *params = with_call (box_client_get (one, "call"));
  g_assert_cmpint (box_client_ask (one, one->control, "call.answer", params), ==, 0);
  g_assert_cmpint (box_client_ask (two, two->control, "call.answer", params), ==,
                   PL_RPC_CONFLICT);
  box_run_until (g_str_equal (box_client_get (one, "state"), "active"));
  box_run_until (g_str_equal (box_client_get (two, "state"), "active"));
  g_assert_true (box_client_is (one, "you") && !box_client_is (one, "elsewhere"));
  g_assert_true (!box_client_is (two, "you") && box_client_is (two, "elsewhere"));
  g_assert_cmpstr (box_client_get (two, "client"), ==, "laptop");
  /* The other terminal may end it. */
  g_assert_cmpint (box_client_ask (two, two->control, "call.hangup", params), ==, 0);
  box_run_until (g_str_equal (box_client_get (one, "state"), "ended"));
  box_room_free (room);
}

/* A program that comes back has its call; another one does not get it by being there. */
static void
test_comes_back (void)
{
  BoxRoom *room = box_room_new ();
  BoxClient *one = box_room_join (room, "laptop", PL_RIGHT_ALL);
  BoxClient *two = box_room_join (room, "laptop", PL_RIGHT_ALL);

  box_client_ask (one, one->control, "hello", "{'program': <'one'>}");
  box_client_ask (two, two->control, "hello", "{'program': <'two'>}");
  ring (room, one);
  g_autofree char *params = with_call (box_client_get (one, "call"));
  g_assert_cmpint (box_client_ask (one, one->control, "call.answer", params), ==, 0);
  box_run_until (g_str_equal (box_client_get (two, "state"), "active"));
  box_client_leave (one);
  box_run_until (g_str_equal (box_client_get (two, "state"), "lost"));
  box_client_ask (two, two->control, "hello", "{'program': <'one'>}");
  g_assert_cmpstr (box_client_get (two, "state"), ==, "lost");

  BoxClient *again = box_room_join (room, "laptop", PL_RIGHT_ALL);
  box_client_ask (again, again->control, "hello", "{'program': <'one'>}");
  g_assert_cmpstr (box_client_get (again, "state"), ==, "active");
  g_assert_true (box_client_is (again, "you"));
  box_run_until (g_str_equal (box_client_get (two, "state"), "active"));
  g_assert_false (box_client_is (two, "you"));
  box_room_free (room);
}

/* A program that takes another name leaves its call behind: it is not forgotten for that. */
static void
test_changes_name (void)
{
  BoxRoom *room = box_room_new ();
  BoxClient *one = box_room_join (room, "laptop", PL_RIGHT_ALL);
  BoxClient *two = box_room_join (room, "phone", PL_RIGHT_ALL);

  box_client_ask (two, two->control, "hello", NULL);
  ring (room, two);
  g_autofree char *params = with_call (box_client_get (two, "call"));
  g_assert_cmpint (box_client_ask (one, one->control, "call.answer", params), ==, 0);
  box_run_until (g_str_equal (box_client_get (two, "state"), "active"));
  box_client_ask (one, one->control, "hello", "{'program': <'one'>}");
  box_run_until (g_str_equal (box_client_get (two, "state"), "lost"));
  /* It may take it up again. */
  g_assert_cmpint (box_client_ask (one, one->control, "call.answer", params), ==, 0);
  box_run_until (g_str_equal (box_client_get (two, "state"), "active"));
  g_assert_true (box_client_is (one, "you"));
  box_room_free (room);
}

/* A name of a program is its own, not another client's. */
static void
test_name_of_another (void)
{
  static const char *const bad[] = { "{'program': <''>}", "{'program': <'a b'>}",
                                     "{'program': <'a\\n'>}", "{'program': <'\xc3\xa4'>}" };
  BoxRoom *room = box_room_new ();
  BoxClient *one = box_room_join (room, "laptop", PL_RIGHT_ALL);
  BoxClient *two = box_room_join (room, "phone", PL_RIGHT_ALL);
  g_autofree char *many = g_strnfill (PL_MAX_TEXT_ID + 1, 'x');
  g_autofree char *longer = g_strdup_printf ("{'program': <'%s'>}", many);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpint (box_client_ask (two, two->control, "hello", bad[i]), ==,
                     PL_RPC_INVALID_PARAMS);
  g_assert_cmpint (box_client_ask (two, two->control, "hello", longer), ==,
                   PL_RPC_INVALID_PARAMS);
  box_client_ask (one, one->control, "hello", "{'program': <'one'>}");
  box_client_ask (two, two->control, "hello", "{'program': <'one'>}");
  ring (room, two);
  g_autofree char *params = with_call (box_client_get (one, "call"));
  g_assert_cmpint (box_client_ask (one, one->control, "call.answer", params), ==, 0);
  box_run_until (g_str_equal (box_client_get (two, "state"), "active"));
  g_assert_false (box_client_is (two, "you"));
  g_assert_cmpint (box_client_ask (two, two->control, "call.hangup", params), ==,
                   PL_RPC_CONFLICT);
  box_room_free (room);
}

/* --- floods --- */

/* The one that floods loses its channel; the other does not notice. */
static void
test_flood (void)
{
  BoxRoom *room = box_room_new ();
  BoxClient *bad = box_room_join (room, "bad", PL_RIGHT_ALL);
  BoxClient *good = box_room_join (room, "good", PL_RIGHT_ALL);

  box_client_ask (bad, bad->control, "hello", NULL);
  box_client_ask (good, good->control, "hello", NULL);
  for (guint i = 0; i < 3 * PL_RPC_BURST && bad->control; i++)
    box_client_send (bad, bad->control, "status", NULL);
  box_run_until (bad->control == NULL);
  g_assert_cmpint (box_client_ask (good, good->control, "status", NULL), ==, 0);
  /* Its other channel is another one. */
  g_assert_cmpint (box_client_ask (bad, bad->sms, "sms.list", NULL), ==, 0);
  box_room_free (room);
}

static guint
count_erased (BoxRoom *room)
{
  g_auto (GStrv) words = g_strsplit (fake_modem_get_commands (room->modem), " ", -1);
  return g_strv_length (words) - 1;
}

/* What the modem takes its time for does not fill its queue. */
static void
test_modem_requests (void)
{
  BoxRoom *room = box_room_new ();
  BoxClient *client = box_room_join (room, "laptop", PL_RIGHT_ALL);

  fake_modem_set_silent (room->modem, TRUE);
  for (guint i = 0; i < PL_MAX_MODEM_REQUESTS; i++)
    box_client_send (client, client->control, "forwarding.erase", NULL);
  g_assert_cmpint (box_client_ask (client, client->control, "forwarding.erase", NULL), ==,
                   PL_RPC_LIMIT);
  g_assert_cmpuint (count_erased (room), ==, PL_MAX_MODEM_REQUESTS);
  guint before = client->n_answers;
  fake_modem_set_silent (room->modem, FALSE);
  box_run_until (client->n_answers == before + PL_MAX_MODEM_REQUESTS);
  g_assert_cmpint (box_client_ask (client, client->control, "forwarding.erase", NULL), ==, 0);
  /* One that leaves with some of them open. */
  fake_modem_set_silent (room->modem, TRUE);
  box_client_send (client, client->control, "forwarding.erase", NULL);
  box_run_until (count_erased (room) == PL_MAX_MODEM_REQUESTS + 2);
  box_client_leave (client);
  fake_modem_set_silent (room->modem, FALSE);
  box_room_free (room);
}

static void
test_bad_parameters (void)
{
  static const struct {
    const char *method, *params;
    int code;
  } cases[] = {
    { "call.dial", "{'id': <'x'>}", PL_RPC_INVALID_PARAMS },
    { "call.dial", "{'id': <'x'>, 'number': <int64 112>}", PL_RPC_INVALID_PARAMS },
    { "call.dial", "{'id': <'x'>, 'number': <'112'>}", PL_RPC_EMERGENCY },
    { "call.dial", "{'id': <'x'>, 'number': <'1;ATD2'>}", PL_RPC_BAD_NUMBER },
    { "call.dial", "{'id': <''>, 'number': <'030'>}", PL_RPC_INVALID_PARAMS },
    { "call.answer", "{'call': <'none'>}", PL_RPC_NOT_FOUND },
    { "call.hold", "{'call': <'none'>}", PL_RPC_NOT_FOUND },
    { "dnd.set", "{'on': <'yes'>}", PL_RPC_INVALID_PARAMS },
    { "voicemail.get", "{'id': <int64 1>}", PL_RPC_NOT_FOUND },
    { "calls.list", "{'limit': <int64 -5>, 'before_seq': <'x'>}", 0 },
    { "hello.there", "{}", PL_RPC_NO_METHOD },
  };
  BoxRoom *room = box_room_new ();
  BoxClient *client = box_room_join (room, "laptop", PL_RIGHT_ALL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    int code = box_client_ask (client, client->control, cases[i].method, cases[i].params);
    g_test_message ("%s %s: %d", cases[i].method, cases[i].params, code);
    g_assert_cmpint (code, ==, cases[i].code);
  }
  g_assert_cmpstr (fake_modem_get_commands (room->modem), ==, "");
  box_room_free (room);
}

/* --- voicemail --- */

static void
on_channel (PlPeer *peer G_GNUC_UNUSED, PlChannel *channel, GPtrArray *channels)
{
  g_ptr_array_add (channels, g_object_ref (channel));
}

static PlMailbox *
new_mailbox (BoxRoom *room, int64_t *id)
{
  static const PlMailboxOps ops = { 0 };
  g_autofree char *folder = g_build_filename (room->folder, "mails", NULL);
  const PlMailboxConfig config = { .store = room->box.store, .folder = folder };
  const PlVoicemail mail
      = { .file = (char *) "1.ogg", .time_us = 1, .duration_us = G_USEC_PER_SEC };
  g_autoptr (GError) error = NULL;
  PlMailbox *mailbox = pl_mailbox_new (&config, &ops, NULL, &error);
  g_autofree char *path = g_build_filename (folder, mail.file, NULL);

  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (path, "sound", -1, NULL));
  g_assert_true (pl_store_add_voicemail (room->box.store, &mail, id, NULL));
  return mailbox;
}

/* A client that fetches and never ends what it fetched gets so many at a time. */
static void
test_mail_streams (void)
{
  BoxRoom *room = box_room_new ();
  g_autoptr (GPtrArray) channels = g_ptr_array_new_with_free_func (g_object_unref);
  int64_t id;
  room->box.mailbox = new_mailbox (room, &id);
  BoxClient *client = box_room_join (room, "somebody", V);
  g_autofree char *get = g_strdup_printf ("{'id': <int64 %" G_GINT64_FORMAT ">}", id);

  g_signal_connect (client->far, "channel", G_CALLBACK (on_channel), channels);
  for (guint i = 0; i < PL_MAX_MAIL_STREAMS; i++)
    g_assert_cmpint (box_client_ask (client, client->control, "voicemail.get", get), ==, 0);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (box_client_ask (client, client->control, "voicemail.get", get), ==,
                     PL_RPC_LIMIT);
  box_run_until (channels->len == PL_MAX_MAIL_STREAMS);
  g_assert_cmpstr (pl_channel_get_protocol (channels->pdata[0]), ==, "punchline.stream.1");
  g_assert_true (g_str_has_prefix (pl_channel_get_label (channels->pdata[0]), "voicemail:"));
  /* One that is over makes room. */
  pl_channel_close (channels->pdata[0]);
  while (box_client_ask (client, client->control, "voicemail.get", get) != 0)
    g_assert_cmpint (client->code, ==, PL_RPC_LIMIT);
  g_assert_cmpint (
      box_client_ask (client, client->control, "voicemail.get", "{'id': <int64 77>}"), ==,
      PL_RPC_NOT_FOUND);
  g_assert_cmpint (
      box_client_ask (client, client->control, "voicemail.delete", "{'id': <int64 77>}"), ==,
      PL_RPC_NOT_FOUND);
  /* What is fetched may be deleted meanwhile. */
  g_assert_cmpint (box_client_ask (client, client->control, "voicemail.delete", get), ==, 0);
  g_ptr_array_set_size (channels, 0);
  box_client_leave (client);
  g_clear_object (&room->box.mailbox);
  g_autofree char *folder = g_build_filename (room->folder, "mails", NULL);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  box_room_free (room);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/session/rights", test_rights);
  g_test_add_func ("/session/told", test_told);
  g_test_add_func ("/session/one-program-wins", test_one_program_wins);
  g_test_add_func ("/session/comes-back", test_comes_back);
  g_test_add_func ("/session/changes-name", test_changes_name);
  g_test_add_func ("/session/name-of-another", test_name_of_another);
  g_test_add_func ("/session/flood", test_flood);
  g_test_add_func ("/session/modem-requests", test_modem_requests);
  g_test_add_func ("/session/bad-parameters", test_bad_parameters);
  g_test_add_func ("/session/mail-streams", test_mail_streams);
  return g_test_run ();
}
