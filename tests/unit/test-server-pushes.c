/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "tests/lib/pl-test.h"
#include "tests/unit/hall.h"

/* Push messages as the server without sockets sees them: who may ask for how many, and who is
 * told what became of them. */

#define PUSH                                                                                   \
  "{\"type\":\"push\",\"id\":$,\"endpoint\":\"https://push.example/1\",\"p256dh\":\"B\","      \
  "\"auth\":\"A\",\"ttl\":30,\"urgency\":\"high\",\"topic\":\"t\",\"payload\":\"AAAA\"}"

static Hall *
new_hall (void)
{
  Hall *hall = hall_new ();
  hall->has_push = TRUE;
  return hall;
}

/* All have the same address. */
static Guest *
new_neighbour (Hall *hall)
{
  Guest *guest = guest_connect (hall, "10.1.0.1");
  guest_say (guest, "{\"type\":\"hello\"}");
  guest_assert (guest, "welcome");
  return guest;
}

static int64_t
last_ticket (const Hall *hall)
{
  return g_array_index (hall->pushes, int64_t, hall->pushes->len - 1);
}

static void
test_welcome (void)
{
  g_autoptr (Hall) hall = new_hall ();
  g_autoptr (Guest) a = guest_connect (hall, "10.1.0.1");
  guest_say (a, "{\"type\":\"hello\"}");
  g_autoptr (PlSignalMsg) with = guest_take (a, PL_SIGNAL_MSG_WELCOME);
  g_assert_cmpstr (with->push_key, ==, "BKey");

  hall->has_push = FALSE;
  g_autoptr (Guest) b = guest_connect (hall, "10.1.0.2");
  guest_say (b, "{\"type\":\"hello\"}");
  g_autoptr (PlSignalMsg) without = guest_take (b, PL_SIGNAL_MSG_WELCOME);
  g_assert_null (without->push_key);
  guest_say (b, PUSH);
  guest_assert (b, "error:unknown-type");
}

static void
test_answer (void)
{
  g_autoptr (Hall) hall = new_hall ();
  g_autoptr (Guest) a = guest_new (hall);

  guest_say (a, PUSH);
  guest_assert (a, "");
  pl_signal_server_report_pushed (hall->server, last_ticket (hall), PL_PUSH_STATUS_GONE,
                                  hall->now);
  g_autoptr (PlSignalMsg) pushed = guest_take (a, PL_SIGNAL_MSG_PUSHED);
  g_assert_cmpint (pushed->id, ==, 1);
  g_assert_cmpint (pushed->status, ==, PL_PUSH_STATUS_GONE);
}

/* The answer waits for a session that is lost, and for none that is over. */
static void
test_answer_to_lost (void)
{
  g_autoptr (Hall) hall = new_hall ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autoptr (Guest) b = guest_new (hall);

  guest_say (a, PUSH);
  int64_t first = last_ticket (hall);
  guest_say (b, PUSH);
  int64_t second = last_ticket (hall);
  guest_lose (a);
  guest_say (b, "{\"type\":\"bye\"}");
  pl_signal_server_report_pushed (hall->server, first, PL_PUSH_STATUS_SENT, hall->now);
  pl_signal_server_report_pushed (hall->server, second, PL_PUSH_STATUS_SENT, hall->now);
  g_autoptr (Guest) again = guest_resume (a, a->token, a->last_seq);
  guest_assert (again, "welcome pushed");
}

static void
test_under_way (void)
{
  g_autoptr (Hall) hall = new_hall ();
  g_autoptr (Guest) a = guest_new (hall);

  for (guint i = 0; i < PL_MAX_PUSHES_PER_CLIENT; i++)
    guest_say (a, PUSH);
  guest_assert (a, "");
  guest_say (a, PUSH);
  guest_assert (a, "error:rate");
  g_assert_cmpuint (hall->pushes->len, ==, PL_MAX_PUSHES_PER_CLIENT);
  pl_signal_server_report_pushed (hall->server, last_ticket (hall), PL_PUSH_STATUS_SENT,
                                  hall->now);
  guest_say (a, PUSH);
  guest_assert (a, "pushed");
}

static void
test_under_way_of_all (void)
{
  g_autoptr (Hall) hall = new_hall ();
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) guest_free);

  while (hall->pushes->len < PL_MAX_PUSHES) {
    Guest *guest = guest_new (hall);
    g_ptr_array_add (guests, guest);
    for (guint i = 0; i < PL_MAX_PUSHES_PER_CLIENT; i++)
      guest_say (guest, PUSH);
  }
  g_autoptr (Guest) late = guest_new (hall);
  guest_say (late, PUSH);
  guest_assert (late, "error:rate");
}

/* Who leaves takes nothing back: what is under way counts until it is over. */
static void
test_under_way_of_gone (void)
{
  g_autoptr (Hall) hall = new_hall ();

  while (hall->pushes->len < PL_MAX_PUSHES) {
    g_autoptr (Guest) guest = guest_new (hall);
    for (guint i = 0; i < PL_MAX_PUSHES_PER_CLIENT; i++)
      guest_say (guest, PUSH);
    guest_say (guest, "{\"type\":\"bye\"}");
  }
  g_autoptr (Guest) late = guest_new (hall);
  guest_say (late, PUSH);
  guest_assert (late, "error:rate");
  pl_signal_server_report_pushed (hall->server, last_ticket (hall), PL_PUSH_STATUS_SENT,
                                  hall->now);
  guest_say (late, PUSH);
  guest_assert (late, "");
}

static guint
push_until_refused (Hall *hall, Guest *guest)
{
  for (guint n = 0;; n++) {
    guint before = hall->pushes->len;
    guest_say (guest, PUSH);
    if (hall->pushes->len == before)
      return n;
    pl_signal_server_report_pushed (hall->server, last_ticket (hall), PL_PUSH_STATUS_SENT,
                                    hall->now);
  }
}

static void
test_rate (void)
{
  g_autoptr (Hall) hall = new_hall ();
  g_autoptr (Guest) a = guest_new (hall);

  g_assert_cmpuint (push_until_refused (hall, a), ==, PL_PUSHES_BURST);
  hall_wait (hall, 60);
  guint n = push_until_refused (hall, a);
  g_assert_cmpuint (n, >=, PL_PUSHES_BURST - 1);
  g_assert_cmpuint (n, <=, PL_PUSHES_PER_MINUTE);
}

static void
test_rate_of_all (void)
{
  g_autoptr (Hall) hall = new_hall ();
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) guest_free);
  guint total = 0;

  for (guint n = 1; n > 0 && total <= PL_ALL_PUSHES_BURST; total += n) {
    Guest *guest = guest_new (hall);
    g_ptr_array_add (guests, guest);
    n = push_until_refused (hall, guest);
  }
  g_assert_cmpuint (total, ==, PL_ALL_PUSHES_BURST);
}

/* However many sessions an address opens: it takes nothing from others. */
static void
test_under_way_of_address (void)
{
  g_autoptr (Hall) hall = new_hall ();
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) guest_free);

  for (guint i = 0; i < 2 * PL_MAX_PUSHES_PER_ADDRESS; i++) {
    Guest *guest = new_neighbour (hall);
    g_ptr_array_add (guests, guest);
    guest_say (guest, PUSH);
    guest_assert (guest, i < PL_MAX_PUSHES_PER_ADDRESS ? "" : "error:rate");
  }
  g_autoptr (Guest) other = guest_new (hall);
  guest_say (other, PUSH);
  guest_assert (other, "");

  /* Who asked for it is gone, and makes room all the same. */
  guest_say (guests->pdata[0], "{\"type\":\"bye\"}");
  pl_signal_server_report_pushed (hall->server, g_array_index (hall->pushes, int64_t, 0),
                                  PL_PUSH_STATUS_SENT, hall->now);
  guest_say (guests->pdata[1], PUSH);
  guest_assert (guests->pdata[1], "");
  guest_say (guests->pdata[2], PUSH);
  guest_assert (guests->pdata[2], "error:rate");
}

/* Nor is it forgotten what an address has had, when it has gone and comes again. */
static void
test_rate_of_address (void)
{
  g_autoptr (Hall) hall = new_hall ();

  for (guint total = 0; total < PL_ADDRESS_PUSHES_BURST;) {
    g_autoptr (Guest) guest = new_neighbour (hall);
    total += push_until_refused (hall, guest);
    guest_say (guest, "{\"type\":\"bye\"}");
  }
  hall_wait (hall, 1);
  g_autoptr (Guest) again = new_neighbour (hall);
  g_assert_cmpuint (push_until_refused (hall, again), ==, PL_ADDRESS_PUSHES_PER_S);
  g_autoptr (Guest) other = guest_new (hall);
  g_assert_cmpuint (push_until_refused (hall, other), ==, PL_PUSHES_BURST);
}

static void
test_malformed (void)
{
  static const char *const bad[] = {
    "{\"type\":\"push\",\"id\":$}",
    "{\"type\":\"push\",\"id\":$,\"endpoint\":1,\"p256dh\":\"B\",\"auth\":\"A\",\"ttl\":30,"
    "\"payload\":\"AAAA\"}",
    "{\"type\":\"push\",\"id\":$,\"endpoint\":\"https://a\",\"p256dh\":\"B\",\"auth\":\"A\","
    "\"ttl\":-1,\"payload\":\"AAAA\"}",
    "{\"type\":\"push\",\"id\":$,\"endpoint\":\"https://a\",\"p256dh\":\"B\",\"auth\":\"A\","
    "\"ttl\":99999999,\"payload\":\"AAAA\"}",
  };
  g_autoptr (Hall) hall = new_hall ();
  g_autoptr (Guest) a = guest_new (hall);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    guest_say (a, "%s", bad[i]);
    guest_assert (a, "error:malformed");
  }
}

static void
push_of_size (Guest *guest, gsize endpoint_len, gsize payload_len)
{
  g_autofree char *endpoint = g_strnfill (endpoint_len, 'e');
  g_autofree char *payload = g_strnfill (payload_len, 'A');
  guest_say (guest,
             "{\"type\":\"push\",\"id\":$,\"endpoint\":\"%s\",\"p256dh\":\"B\","
             "\"auth\":\"A\",\"ttl\":30,\"payload\":\"%s\"}",
             endpoint, payload);
}

static void
test_sizes (void)
{
  g_autoptr (Hall) hall = new_hall ();
  g_autoptr (Guest) a = guest_new (hall);

  push_of_size (a, PL_MAX_PUSH_ENDPOINT + 1, 4);
  guest_assert (a, "error:malformed");
  push_of_size (a, 9, PL_MAX_PUSH_PAYLOAD + 1);
  guest_assert (a, "error:malformed");
  push_of_size (a, PL_MAX_PUSH_ENDPOINT, PL_MAX_PUSH_PAYLOAD);
  guest_assert (a, "");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/server-pushes/welcome", test_welcome);
  g_test_add_func ("/server-pushes/answer", test_answer);
  g_test_add_func ("/server-pushes/answer-to-lost", test_answer_to_lost);
  g_test_add_func ("/server-pushes/under-way", test_under_way);
  g_test_add_func ("/server-pushes/under-way-of-all", test_under_way_of_all);
  g_test_add_func ("/server-pushes/under-way-of-gone", test_under_way_of_gone);
  g_test_add_func ("/server-pushes/rate", test_rate);
  g_test_add_func ("/server-pushes/rate-of-all", test_rate_of_all);
  g_test_add_func ("/server-pushes/under-way-of-address", test_under_way_of_address);
  g_test_add_func ("/server-pushes/rate-of-address", test_rate_of_address);
  g_test_add_func ("/server-pushes/malformed", test_malformed);
  g_test_add_func ("/server-pushes/sizes", test_sizes);
  return g_test_run ();
}
