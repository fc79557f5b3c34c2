/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/rpc-msg.h"
#include "tests/lib/box-room.h"
#include "tests/lib/pl-test.h"

#include <string.h>

/* Threads, search, read marks and deletions, as clients ask for them and are told. */

#define ANNA "+49301234567"
#define BERT "+491511234567"

static void
take (BoxRoom *room, const char *number, const char *text)
{
  const PlSmsPart part = { .kind = PL_SMS_TEXT,
                           .number = (char *) number,
                           .text = (char *) text,
                           .time_us = 1000000,
                           .total = 1,
                           .seq = 1 };
  int64_t row, waits;

  g_assert_true (pl_store_begin_sweep (room->box.store, NULL));
  g_assert_true (pl_store_add_part (room->box.store, &part, 2000000, &row, &waits, NULL));
  g_assert_true (pl_store_end_sweep (room->box.store, /* complete = */ FALSE, NULL));
}

/* 1 Anna, 2 Bert, 3 Anna at home, 4 nobody, 5 to Bert. */
static BoxRoom *
new_room (void)
{
  BoxRoom *room = box_room_new ();
  const PlContact anna = { (char *) "030 1234567", (char *) "Anna" };

  pl_store_set_country (room->box.store, "49");
  g_assert_true (pl_store_set_contact (room->box.store, &anna, NULL, NULL));
  take (room, ANNA,
        "Guten Morgen, \xc3\x9c"
        "bung!");
  take (room, BERT, "Where are you?");
  take (room, "0301234567", "noch einmal");
  take (room, NULL, "strange");
  g_autoptr (PlText) text = pl_store_add_outgoing (room->box.store, "mine", BERT,
                                                   "In the GARDEN", 1, 3000000, NULL);
  g_assert_nonnull (text);
  return room;
}

static int
ask (BoxClient *client, const char *method, const char *params)
{
  return box_client_ask (client, client->sms, method, params);
}

/* What asks for the page after the last answer. */
static char *
make_next (BoxClient *client)
{
  g_autofree char *next = box_room_look (client->result, "next");
  return g_strdup_printf ("{'next': <int64 %s>, 'limit': <int64 2>}", next);
}

static void
test_threads (void)
{
  BoxRoom *room = new_room ();
  BoxClient *client = box_room_join (room, "reader", PL_RIGHT_READ);

  g_assert_cmpint (ask (client, "sms.threads", "{'limit': <int64 2>}"), ==, 0);
  box_room_assert (client->result, "threads 0 number", BERT);
  box_room_assert (client->result, "threads 0 unread", "1");
  box_room_assert (client->result, "threads 0 last text", "In the GARDEN");
  box_room_assert (client->result, "threads 0 last read", "true");
  box_room_assert (client->result, "threads 1 number", "");
  box_room_assert (client->result, "threads 1 last text", "strange");
  box_room_assert (client->result, "more", "true");
  box_room_assert (client->result, "unread", "4");
  g_autofree char *next = make_next (client);
  g_assert_cmpint (ask (client, "sms.threads", next), ==, 0);
  box_room_assert (client->result, "threads 0 number", "0301234567");
  box_room_assert (client->result, "threads 0 name", "Anna");
  box_room_assert (client->result, "threads 0 unread", "2");
  box_room_assert (client->result, "threads 1", "");
  box_room_assert (client->result, "more", "false");
  box_room_assert (client->result, "next", "");
  /* Those without a number have their list. */
  g_assert_cmpint (ask (client, "sms.list", "{'number': <''>}"), ==, 0);
  box_room_assert (client->result, "texts 0 text", "strange");
  box_room_assert (client->result, "texts 1", "");
  box_room_free (room);
}

/* A message of JSON-RPC has so many values, whatever they are. */
static void
test_many_threads (void)
{
  BoxRoom *room = box_room_new ();
  BoxClient *client = box_room_join (room, "reader", PL_RIGHT_READ);
  g_autofree char *before = g_strdup ("{}");
  gboolean more = TRUE;
  guint n = 0;

  for (guint i = 0; i < 3 * PL_MAX_RPC_PAGE; i++) {
    g_autofree char *number = g_strdup_printf ("+4930%u", 1000000 + i);
    const PlContact contact = { number, (char *) "somebody" };
    g_assert_true (pl_store_set_contact (room->box.store, &contact, NULL, NULL));
    take (room, number, "{[,,,\",,,]}");
  }
  while (more) {
    g_assert_cmpint (ask (client, "sms.threads", before), ==, 0);
    g_autoptr (GVariant) page
        = g_variant_lookup_value (client->result, "threads", G_VARIANT_TYPE ("av"));
    n += g_variant_n_children (page);
    g_variant_lookup (client->result, "more", "b", &more);
    g_autofree char *next = box_room_look (client->result, "next");
    g_free (before);
    before = g_strdup_printf ("{'next': <int64 %s>}", more ? next : "0");
  }
  g_assert_cmpuint (n, ==, 3 * PL_MAX_RPC_PAGE);
  box_room_free (room);
}

static void
set_state (BoxRoom *room, const char *id, PlPartState state)
{
  g_autoptr (PlText) text = pl_store_find_text (room->box.store, id, NULL);
  const PlOutPart part
      = { .text = text->row, .number = 1, .total = 1, .state = state, .mr = -1 };
  gboolean changed;

  g_assert_true (pl_store_save_out_part (room->box.store, &part, &changed, NULL));
}

/* A report that is late moves no thread, and does not hide what came after that text. */
static void
test_late_report (void)
{
  BoxRoom *room = new_room ();
  BoxClient *client = box_room_join (room, "reader", PL_RIGHT_READ);

  take (room, BERT, "I see you");
  take (room, ANNA, "Bis dann");
  set_state (room, "mine", PL_PART_DELIVERED);
  g_assert_cmpint (ask (client, "sms.threads", NULL), ==, 0);
  box_room_assert (client->result, "threads 0 last text", "Bis dann");
  box_room_assert (client->result, "threads 1 last text", "I see you");
  box_room_free (room);
}

/* The text that a page ended with is deleted, or has another seq, before the next one. */
static void
test_next_threads (void)
{
  BoxRoom *room = new_room ();
  BoxClient *client = box_room_join (room, "owner", PL_RIGHT_SMS);

  g_assert_cmpint (ask (client, "sms.threads", "{'limit': <int64 2>}"), ==, 0);
  box_room_assert (client->result, "threads 1 last text", "strange");
  g_autofree char *next = make_next (client);
  g_autofree char *seq = box_room_look (client->result, "threads 1 last seq");
  g_autofree char *deleted = g_strdup_printf ("{'seqs': <[<int64 %s>]>}", seq);
  g_assert_cmpint (ask (client, "sms.delete", deleted), ==, 0);
  g_assert_cmpint (ask (client, "sms.threads", next), ==, 0);
  box_room_assert (client->result, "threads 0 name", "Anna");
  box_room_assert (client->result, "threads 1", "");

  g_assert_cmpint (ask (client, "sms.threads", "{'limit': <int64 1>}"), ==, 0);
  box_room_assert (client->result, "threads 0 last text", "In the GARDEN");
  g_autofree char *other = make_next (client);
  set_state (room, "mine", PL_PART_DELIVERED);
  g_assert_cmpint (ask (client, "sms.threads", other), ==, 0);
  box_room_assert (client->result, "threads 0 name", "Anna");
  box_room_free (room);
}

static void
test_search (void)
{
  static const struct {
    const char *params, *first, *second;
  } cases[] = {
    { "{'text': <'\xc3\xbc"
      "BUNG'>}",
      "1", "" },
    { "{'text': <'u\xcc\x88"
      "bung'>}",
      "1", "" },
    { "{'text': <'garden'>}", "5", "" },
    { "{'text': <'e'>}", "5", "4" },
    { "{'text': <'e'>, 'before_seq': <int64 4>}", "3", "2" },
    { "{'text': <'e'>, 'number': <'0301234567'>}", "3", "1" },
    { "{'text': <'e'>, 'number': <''>}", "4", "" },
    { "{'text': <'%'>}", "", "" },
    { "{'text': <'x\\'); --'>}", "", "" },
  };
  BoxRoom *room = new_room ();
  BoxClient *client = box_room_join (room, "reader", PL_RIGHT_READ);
  g_autofree char *many = g_strnfill (PL_MAX_SEARCH + 1, 'x');
  g_autofree char *longer = g_strdup_printf ("{'text': <'%s'>}", many);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s", cases[i].params);
    g_assert_cmpint (ask (client, "sms.search", cases[i].params), ==, 0);
    box_room_assert (client->result, "texts 0 seq", cases[i].first);
    box_room_assert (client->result, "texts 1 seq", cases[i].second);
  }
  g_assert_cmpint (ask (client, "sms.search", "{'text': <''>}"), ==, PL_RPC_INVALID_PARAMS);
  g_assert_cmpint (ask (client, "sms.search", longer), ==, PL_RPC_INVALID_PARAMS);
  box_room_free (room);
}

/* Read on one of them is read on all. */
static void
test_read (void)
{
  BoxRoom *room = new_room ();
  BoxClient *one = box_room_join (room, "laptop", PL_RIGHT_ALL);
  BoxClient *two = box_room_join (room, "phone", PL_RIGHT_READ);
  BoxClient *other = box_room_join (room, "calls", PL_RIGHT_CALL);

  g_assert_cmpint (ask (two, "sms.watch", NULL), ==, 0);
  g_assert_cmpint (ask (one, "sms.read", "{'number': <'" ANNA "'>, 'seq': <int64 2>}"), ==, 0);
  g_autoptr (GVariant) told = box_client_await (two, "sms.read");
  box_room_assert (told, "number", ANNA);
  box_room_assert (told, "seq", "2");
  box_room_assert (told, "unread", "3");
  /* What came after it is not; what is read already is nothing to tell. */
  g_assert_cmpint (ask (one, "sms.read", "{'number': <'" ANNA "'>, 'seq': <int64 2>}"), ==, 0);
  g_assert_cmpint (ask (two, "sms.threads", NULL), ==, 0);
  box_room_assert (two->result, "threads 2 unread", "1");
  g_assert_false (box_client_was_told (two, "sms.read"));
  g_assert_false (box_client_was_told (other, "sms.read"));
  g_assert_cmpint (box_client_ask (other, other->control, "status", NULL), ==, 0);
  box_room_assert (other->result, "sms_unread", "3");
  g_assert_cmpint (ask (one, "sms.read", "{'number': <''>, 'seq': <int64 99>}"), ==, 0);
  g_autoptr (GVariant) rest = box_client_await (two, "sms.read");
  box_room_assert (rest, "unread", "2");
  box_room_free (room);
}

static void
test_delete (void)
{
  static const struct {
    const char *params;
    int code;
  } bad[] = {
    { "{}", PL_RPC_INVALID_PARAMS },
    { "{'seqs': <@av []>}", PL_RPC_INVALID_PARAMS },
    { "{'seqs': <[<'x'>]>}", PL_RPC_INVALID_PARAMS },
    { "{'seqs': <'4'>, 'number': <'" ANNA "'>}", PL_RPC_INVALID_PARAMS },
    { "{'seq': <'4'>, 'number': <'" ANNA "'>}", PL_RPC_INVALID_PARAMS },
    { "{'seqs': <[<int64 77>]>}", PL_RPC_NOT_FOUND },
    { "{'seqs': <[<int64 1>, <int64 5>]>}", PL_RPC_CONFLICT },
    { "{'number': <'" BERT "'>}", PL_RPC_CONFLICT },
  };
  BoxRoom *room = new_room ();
  BoxClient *one = box_room_join (room, "laptop", PL_RIGHT_ALL);
  BoxClient *two = box_room_join (room, "phone", PL_RIGHT_READ);

  g_assert_cmpint (ask (two, "sms.watch", NULL), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_test_message ("%s", bad[i].params);
    g_assert_cmpint (ask (one, "sms.delete", bad[i].params), ==, bad[i].code);
  }
  g_assert_cmpint (ask (one, "sms.list", NULL), ==, 0);
  box_room_assert (one->result, "texts 4 seq", "5"); /* nothing is gone yet */

  g_assert_cmpint (ask (one, "sms.delete", "{'seqs': <[<int64 4>, <int64 88>]>}"), ==, 0);
  g_autoptr (GVariant) by_seq = box_client_await (two, "sms.deleted");
  box_room_assert (by_seq, "seqs 0", "4");
  box_room_assert (by_seq, "seqs 1", "");
  box_room_assert (by_seq, "unread", "3");
  /* What came since it was looked at stays. */
  g_assert_cmpint (ask (one, "sms.delete", "{'number': <'" ANNA "'>, 'seq': <int64 2>}"), ==,
                   0);
  g_autoptr (GVariant) by_number = box_client_await (two, "sms.deleted");
  box_room_assert (by_number, "number", ANNA);
  box_room_assert (by_number, "seq", "2");
  g_assert_cmpint (ask (one, "sms.list", "{'number': <'" ANNA "'>}"), ==, 0);
  box_room_assert (one->result, "texts 0 seq", "3");
  set_state (room, "mine", PL_PART_SENT);
  g_assert_cmpint (ask (one, "sms.delete", "{'number': <'" BERT "'>}"), ==, 0);
  /* It went out: who did not hear of it, and asks again, does not send it twice. */
  g_assert_cmpint (
      ask (one, "sms.send", "{'id': <'mine'>, 'to': <'" BERT "'>, 'text': <'again'>}"), ==,
      PL_RPC_NOT_FOUND);
  g_assert_cmpint (ask (one, "sms.threads", NULL), ==, 0);
  box_room_assert (one->result, "threads 0 name", "Anna");
  box_room_assert (one->result, "threads 1", "");
  box_room_free (room);
}

/* Who was away hears of it in the order of all changes, and no number comes again. */
static void
test_deleted_meanwhile (void)
{
  BoxRoom *room = new_room ();
  BoxClient *client = box_room_join (room, "laptop", PL_RIGHT_ALL);

  g_assert_cmpint (ask (client, "sms.list", NULL), ==, 0);
  g_autofree char *id = box_room_look (client->result, "texts 1 id");
  g_assert_cmpint (ask (client, "sms.delete", "{'seqs': <[<int64 2>, <int64 4>]>}"), ==, 0);
  take (room, BERT, "again");
  g_assert_cmpint (ask (client, "sms.watch", "{'after_seq': <int64 1>, 'limit': <int64 3>}"),
                   ==, 0);
  box_room_assert (client->result, "texts 0 seq", "3");
  box_room_assert (client->result, "texts 1 seq", "5");
  box_room_assert (client->result, "texts 2 seq", "6");
  box_room_assert (client->result, "texts 2 state", "deleted");
  box_room_assert (client->result, "texts 2 id", id);
  box_room_assert (client->result, "more", "true");
  g_assert_cmpint (ask (client, "sms.watch", "{'after_seq': <int64 6>}"), ==, 0);
  box_room_assert (client->result, "texts 0 state", "deleted");
  box_room_assert (client->result, "texts 1 text", "again");
  box_room_assert (client->result, "texts 1 seq", "8");
  box_room_assert (client->result, "last_seq", "8");
  /* Not where texts are listed. */
  g_assert_cmpint (ask (client, "sms.list", "{'after_seq': <int64 5>}"), ==, 0);
  box_room_assert (client->result, "texts 0 text", "again");
  /* Pages go on below what is gone. */
  g_assert_cmpint (ask (client, "sms.list", "{'before_seq': <int64 4>}"), ==, 0);
  box_room_assert (client->result, "texts 0 seq", "3");
  box_room_free (room);
}

/* The box keeps the last of the deletions. */
static void
test_many_deletions (void)
{
  BoxRoom *room = box_room_new ();
  PlStore *store = room->box.store;
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (int64_t));

  g_assert_true (pl_store_begin (store, NULL));
  for (guint i = 0; i < PL_MAX_DELETIONS + 5; i++) {
    g_autofree char *text = g_strdup_printf ("%u", i);
    const PlSmsPart part = { .kind = PL_SMS_TEXT, .text = text, .total = 1, .seq = 1 };
    int64_t row, waits;
    g_assert_true (pl_store_add_part (store, &part, 1, &row, &waits, NULL));
    g_array_append_val (rows, row);
  }
  g_assert_true (pl_store_commit (store, NULL));
  g_assert_true (pl_store_delete_texts (store, rows, NULL));
  g_autoptr (GPtrArray) left = pl_store_list_changes (store, 0, 1, NULL);
  g_assert_cmpint (((PlText *) left->pdata[0])->seq, ==, PL_MAX_DELETIONS + 5 + 6);
  box_room_free (room);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/session-texts/threads", test_threads);
  g_test_add_func ("/session-texts/many-threads", test_many_threads);
  g_test_add_func ("/session-texts/late-report", test_late_report);
  g_test_add_func ("/session-texts/next-threads", test_next_threads);
  g_test_add_func ("/session-texts/search", test_search);
  g_test_add_func ("/session-texts/read", test_read);
  g_test_add_func ("/session-texts/delete", test_delete);
  g_test_add_func ("/session-texts/deleted-meanwhile", test_deleted_meanwhile);
  g_test_add_func ("/session-texts/many-deletions", test_many_deletions);
  return g_test_run ();
}
