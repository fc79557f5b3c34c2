/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/pl-test.h"
#include "tests/unit/hall.h"

/* The flows of PROTOCOL.md section 1, minutes of them in milliseconds. */

#define DERIVED "xabcdefghijklmnopqrstuvwxyz"

static void
test_join_and_relay (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autoptr (Guest) b = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 2);

  guest_say (b, "{\"type\":\"join\",\"id\":$,\"room\":\"%s\",\"name\":\"bea\"}", room);
  g_autoptr (PlSignalMsg) joined = guest_take (b, PL_SIGNAL_MSG_JOINED);
  g_assert_cmpint (joined->id, ==, 1);
  g_assert_cmpuint (joined->members->len, ==, 1);
  const PlSignalMember *other = joined->members->pdata[0];
  g_assert_cmpstr (other->name, ==, "maker");
  g_autoptr (PlSignalMsg) came = guest_take (a, PL_SIGNAL_MSG_CAME);
  g_assert_cmpstr (came->name, ==, "bea");
  g_assert_cmpstr (came->member, ==, joined->member);

  guest_say (b, "{\"type\":\"send\",\"id\":$,\"room\":\"%s\",\"to\":\"%s\",\"body\":\"AAEC\"}",
             room, other->member);
  guest_assert (b, "sent");
  g_autoptr (PlSignalMsg) message = guest_take (a, PL_SIGNAL_MSG_MESSAGE);
  g_assert_cmpstr (message->body, ==, "AAEC");
  g_assert_cmpstr (message->member, ==, joined->member);

  guest_say (b, "{\"type\":\"leave\",\"id\":$,\"room\":\"%s\"}", room);
  guest_assert (a, "left");
  guest_say (a, "{\"type\":\"refresh\",\"id\":$}");
  guest_assert (a, "ice");
}

static void
test_derived_room (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autoptr (Guest) b = guest_new (hall);
  g_autofree char *first = guest_join (a, DERIVED);
  g_autofree char *second = guest_join (b, DERIVED);
  PlSignalServerStats stats;

  g_assert_cmpstr (first, !=, second);
  guest_assert (a, "came");
  guest_say (a, "{\"type\":\"bye\"}");
  g_assert_cmpuint (a->closed, ==, 1000);
  guest_assert (b, "left");
  guest_say (b, "{\"type\":\"bye\"}");
  pl_signal_server_get_stats (hall->server, &stats);
  g_assert_cmpuint (stats.rooms, ==, 0);
  g_assert_cmpuint (stats.sessions, ==, 0);
}

static void
test_broken_socket_is_not_noticed (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autoptr (Guest) b = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 2);
  g_autofree char *member = guest_join (b, room);
  guest_assert (a, "came");

  guest_lose (b);
  hall_wait (hall, 50);
  guest_say (a, "{\"type\":\"send\",\"id\":$,\"room\":\"%s\",\"to\":\"%s\",\"body\":\"QQ==\"}",
             room, member);
  guest_assert (a, "sent");

  g_autoptr (Guest) again = guest_resume (b, b->token, b->last_seq);
  g_autoptr (PlSignalMsg) welcome = guest_take (again, PL_SIGNAL_MSG_WELCOME);
  g_assert_true (welcome->resumed);
  g_assert_cmpint (welcome->last_id, ==, 1);
  guest_assert (again, "message");
  hall_wait (hall, 100);
  guest_assert (a, "");
}

static void
test_broken_socket_vanishes (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autoptr (Guest) b = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 2);
  g_autofree char *member = guest_join (b, room);
  guest_assert (a, "came");

  guest_lose (b);
  hall_wait (hall, 59);
  guest_assert (a, "");
  hall_wait (hall, 2);
  guest_assert (a, "vanished");

  g_autoptr (Guest) late = guest_resume (b, b->token, 0);
  g_autoptr (PlSignalMsg) welcome = guest_take (late, PL_SIGNAL_MSG_WELCOME);
  g_assert_false (welcome->resumed);
  g_autofree char *new_member = guest_join (late, room);
  g_assert_cmpstr (new_member, !=, member);
}

static void
test_silence (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autoptr (Guest) b = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 3);
  g_autofree char *member G_GNUC_UNUSED = guest_join (b, room);
  guest_assert (a, "came");

  b->mute = TRUE;
  hall_wait (hall, 29);
  guest_assert (a, "");
  hall_wait (hall, 2);
  guest_assert (a, "vanished");
  g_assert_null (b->link);

  /* Who comes now hears of it too. */
  g_autoptr (Guest) c = guest_new (hall);
  guest_say (c, "{\"type\":\"join\",\"id\":$,\"room\":\"%s\",\"name\":\"c\"}", room);
  guest_assert (c, "joined vanished");
  guest_assert (a, "came");

  g_autoptr (Guest) again = guest_resume (b, b->token, b->last_seq);
  guest_assert (again, "welcome came");
  guest_assert (a, "returned");
  guest_assert (c, "returned");

  /* It is lost again, and this time for good: that is said once. */
  again->mute = TRUE;
  hall_wait (hall, 200);
  guest_assert (a, "vanished");
}

static void
test_replaced (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 2);
  g_autoptr (Guest) again = guest_resume (a, a->token, a->last_seq);

  guest_assert (a, "bye:replaced");
  g_assert_cmpuint (a->closed, ==, 4001);
  guest_assert (again, "welcome");
  guest_say (again, "{\"type\":\"leave\",\"id\":$,\"room\":\"%s\"}", room);
  guest_assert (again, "");
}

/* The welcome with the new token may be lost on the way, again and again: the old one still
 * opens. */
static void
test_token_stays_good_until_the_next_arrived (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autofree char *room G_GNUC_UNUSED = guest_open_room (a, 2);
  guest_lose (a);

  for (int i = 0; i < 3; i++) {
    g_autoptr (Guest) lost = guest_connect (hall, "10.9.9.8");
    lost->mute = TRUE;
    lost->last_seq = a->last_seq;
    guest_say (lost, "{\"type\":\"hello\",\"token\":\"%s\",\"last_seq\":%d}", a->token,
               (int) a->last_seq);
    guest_assert (lost, "welcome");
    guest_lose (lost);
  }

  g_autoptr (Guest) again = guest_resume (a, a->token, a->last_seq);
  g_autoptr (PlSignalMsg) welcome = guest_take (again, PL_SIGNAL_MSG_WELCOME);
  g_assert_true (welcome->resumed);
  hall_wait (hall, 1);

  /* Its pong has said that the new token arrived: the old one is worth nothing now. */
  g_autoptr (Guest) thief = guest_resume (a, a->token, a->last_seq);
  g_autoptr (PlSignalMsg) other = guest_take (thief, PL_SIGNAL_MSG_WELCOME);
  g_assert_false (other->resumed);
}

static void
test_resume_with_wrong_number (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autofree char *room G_GNUC_UNUSED = guest_open_room (a, 2);
  guest_lose (a);
  g_autoptr (Guest) again = guest_resume (a, a->token, 99);
  g_autoptr (PlSignalMsg) welcome = guest_take (again, PL_SIGNAL_MSG_WELCOME);
  g_assert_false (welcome->resumed);
}

static void
test_place_of_the_lost (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autoptr (Guest) b = guest_new (hall);
  g_autoptr (Guest) c = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 2);
  g_autofree char *member = guest_join (b, room);
  guest_assert (a, "came");

  guest_say (c, "{\"type\":\"join\",\"id\":$,\"room\":\"%s\",\"name\":\"c\"}", room);
  guest_assert (c, "error:full");
  guest_lose (b);
  g_autofree char *taken G_GNUC_UNUSED = guest_join (c, room);
  guest_assert (a, "left came");

  g_autoptr (Guest) again = guest_resume (b, b->token, b->last_seq);
  g_autoptr (PlSignalMsg) welcome = guest_take (again, PL_SIGNAL_MSG_WELCOME);
  g_assert_true (welcome->resumed);
  g_autoptr (PlSignalMsg) left = guest_take (again, PL_SIGNAL_MSG_LEFT);
  g_assert_cmpstr (left->member, ==, member);
}

static void
test_burn (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 2);

  for (guint i = 1; i <= 3; i++) {
    g_autoptr (Guest) b = guest_new (hall);
    g_autofree char *member = guest_join (b, room);
    /* Both report the same guess: it counts once. */
    guest_say (a, "{\"type\":\"wrong\",\"id\":$,\"room\":\"%s\",\"member\":\"%s\"}", room,
               member);
    if (i == 3) {
      guest_assert (b, "burned");
      guest_assert (a, "came burned");
      break;
    }
    guest_say (b, "{\"type\":\"wrong\",\"id\":$,\"room\":\"%s\",\"member\":\"1\"}", room);
    guest_assert (b, "");
    guest_say (b, "{\"type\":\"bye\"}");
    guest_assert (a, "came left");
  }
  guest_say (a, "{\"type\":\"join\",\"id\":$,\"room\":\"%s\",\"name\":\"a\"}", room);
  guest_assert (a, "error:burned");
  hall_wait (hall, 3601);
  guest_say (a, "{\"type\":\"join\",\"id\":$,\"room\":\"%s\",\"name\":\"a\"}", room);
  guest_assert (a, "error:no-room");
}

static void
test_wrong_of_nobody (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 2);

  for (guint i = 0; i < 4; i++) {
    guest_say (a, "{\"type\":\"wrong\",\"id\":$,\"room\":\"%s\",\"member\":\"%u\"}", room,
               7 + i);
    guest_assert (a, "error:no-member");
  }
  guest_say (a, "{\"type\":\"wrong\",\"id\":$,\"room\":\"%s\",\"member\":\"1\"}", room);
  guest_assert (a, "error:no-member");
}

static void
test_nameplate_is_kept_for_an_hour (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 2);
  guest_say (a, "{\"type\":\"leave\",\"id\":$,\"room\":\"%s\"}", room);
  hall_wait (hall, 3599);
  g_autofree char *member = guest_join (a, room);
  g_assert_cmpstr (member, ==, "2");
  hall_wait (hall, 4000);
  guest_say (a, "{\"type\":\"leave\",\"id\":$,\"room\":\"%s\"}", room);
  hall_wait (hall, 3601);
  guest_say (a, "{\"type\":\"join\",\"id\":$,\"room\":\"%s\",\"name\":\"a\"}", room);
  guest_assert (a, "error:no-room");
}

static void
test_restart (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autoptr (Guest) b = guest_connect (hall, "10.1.1.1");

  pl_signal_server_stop (hall->server, hall->now);
  g_autoptr (PlSignalMsg) bye = guest_take (a, PL_SIGNAL_MSG_BYE);
  g_assert_cmpint (bye->code, ==, PL_SIGNAL_CODE_RESTART);
  g_assert_cmpuint (bye->retry_s, >=, 1);
  g_assert_cmpuint (bye->retry_s, <=, 30);
  g_assert_cmpuint (b->closed, ==, 1012);
}

static const struct {
  const char *line;
  const char *answer;
} requests[] = {
  { "{\"type\":\"hello\"}", "error:not-welcome" },
  { "{\"type\":\"dance\",\"id\":$}", "error:unknown-type" },
  { "{\"type\":\"joined\",\"id\":$,\"room\":\"1\",\"member\":\"1\",\"members\":[]}",
    "error:unknown-type" },
  { "{\"type\":\"join\"", "error:malformed" },
  { "{\"type\":\"join\",\"id\":$}", "error:malformed" },
  { "{\"type\":\"reserve\",\"id\":0}", "reserved" },
  { "{\"type\":\"join\",\"id\":$,\"room\":\"../x\",\"name\":\"a\"}", "error:bad-room" },
  { "{\"type\":\"join\",\"id\":$,\"room\":\"" DERIVED "\",\"name\":\"\"}", "error:bad-name" },
  { "{\"type\":\"join\",\"id\":$,\"room\":\"" DERIVED "\",\"name\":\"a\\u007f\"}",
    "error:bad-name" },
  { "{\"type\":\"join\",\"id\":$,\"room\":\"" DERIVED "\",\"name\":\"a\",\"max\":1}",
    "error:malformed" },
  { "{\"type\":\"join\",\"id\":$,\"room\":\"" DERIVED "\",\"name\":\"a\",\"max\":17}",
    "error:malformed" },
  { "{\"type\":\"join\",\"id\":$,\"room\":\"5\",\"name\":\"a\"}", "error:no-room" },
  { "{\"type\":\"leave\",\"id\":$,\"room\":\"5\"}", "error:not-member" },
  { "{\"type\":\"send\",\"id\":$,\"room\":\"5\",\"to\":\"1\",\"body\":\"\"}",
    "error:not-member" },
  { "{\"type\":\"wrong\",\"id\":$,\"room\":\"5\",\"member\":\"1\"}", "error:not-member" },
  { "{\"type\":\"join\",\"id\":$,\"room\":\"" DERIVED "\",\"name\":\"a\"}", "joined" },
  { "{\"type\":\"join\",\"id\":$,\"room\":\"" DERIVED "\",\"name\":\"a\"}", "error:bad-room" },
  { "{\"type\":\"send\",\"id\":$,\"room\":\"" DERIVED "\",\"to\":\"1\",\"body\":\"\"}",
    "error:no-member" },
  { "{\"type\":\"send\",\"id\":$,\"room\":\"" DERIVED "\",\"to\":\"9\",\"body\":\"\"}",
    "error:no-member" },
  { "{\"type\":\"send\",\"id\":$,\"room\":\"" DERIVED "\",\"to\":\"9\",\"body\":\"\\u0001\"}",
    "error:malformed" },
  { "{\"type\":\"reserve\",\"id\":1}", "error:malformed" }, /* not above the last */
};

static void
test_bad_requests (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);

  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_test_message ("%s", requests[i].line);
    guest_say (a, "%s", requests[i].line);
    guest_assert (a, requests[i].answer);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
#define ADD(name, func) g_test_add_func ("/signal-server/" name, func)
  ADD ("join-and-relay", test_join_and_relay);
  ADD ("derived-room", test_derived_room);
  ADD ("broken-socket-is-not-noticed", test_broken_socket_is_not_noticed);
  ADD ("broken-socket-vanishes", test_broken_socket_vanishes);
  ADD ("silence", test_silence);
  ADD ("replaced", test_replaced);
  ADD ("token-stays-good", test_token_stays_good_until_the_next_arrived);
  ADD ("resume-with-wrong-number", test_resume_with_wrong_number);
  ADD ("place-of-the-lost", test_place_of_the_lost);
  ADD ("burn", test_burn);
  ADD ("wrong-of-nobody", test_wrong_of_nobody);
  ADD ("nameplate-hour", test_nameplate_is_kept_for_an_hour);
  ADD ("restart", test_restart);
  ADD ("bad-requests", test_bad_requests);
  return g_test_run ();
}
