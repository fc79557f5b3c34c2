/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/room-table.h"
#include "tests/lib/pl-test.h"
#include "tests/unit/hall.h"

/* Each limit of PROTOCOL.md section 1 that the server itself keeps. */

static void
test_hello_in_time (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_connect (hall, "10.1.0.1");
  guest_say (a, "{\"type\":\"reserve\",\"id\":$}");
  guest_assert (a, "error:not-welcome");
  hall_wait (hall, 4);
  g_assert_nonnull (a->link);
  hall_wait (hall, 2);
  g_assert_cmpuint (a->closed, ==, 1008);
}

static void
test_messages (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);

  for (guint i = 1; i < PL_MESSAGES_BURST; i++)
    guest_say (a, "{\"type\":\"leave\",\"id\":$,\"room\":\"5\"}");
  g_queue_clear_full (&a->inbox, (GDestroyNotify) pl_signal_msg_free);
  guest_say (a, "{\"type\":\"leave\",\"id\":$,\"room\":\"5\"}");
  guest_assert (a, "error:rate");
  hall_wait (hall, 1);
  for (guint i = 0; i < PL_MESSAGES_PER_S - 1; i++)
    guest_say (a, "{\"type\":\"leave\",\"id\":$,\"room\":\"5\"}");
  PlSignalMsg *last = g_queue_peek_tail (&a->inbox);
  g_assert_cmpint (last->code, ==, PL_SIGNAL_CODE_NOT_MEMBER);
  for (guint i = 0; a->link && i < 2 * PL_MESSAGES_BURST; i++)
    guest_say (a, "{\"type\":\"leave\",\"id\":$,\"room\":\"5\"}");
  g_assert_cmpuint (a->closed, ==, 1008);
}

static void
test_bytes (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  const size_t chunk = 64 * 1024;
  guint n = 0;

  for (; n < PL_BYTES_BURST / chunk; n++)
    pl_signal_server_heard (hall->server, a->link, chunk, hall->now);
  guest_say (a, "{\"type\":\"refresh\",\"id\":$}");
  guest_assert (a, "error:rate");
  for (; a->link && n < 64; n++)
    pl_signal_server_heard (hall->server, a->link, chunk, hall->now);
  g_assert_cmpuint (a->closed, ==, 1008);
  g_assert_cmpuint (n, <=, 2 * PL_BYTES_BURST / chunk);
}

static void
test_rooms_of_a_client (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);

  for (guint i = 0; i < PL_MAX_ROOMS_PER_CLIENT; i++) {
    g_autofree char *room G_GNUC_UNUSED = guest_open_room (a, 2);
  }
  guest_say (a, "{\"type\":\"join\",\"id\":$,\"room\":\"xaaaaaaaaaaaaaaaaaaaaaaaaaa\","
                "\"name\":\"a\"}");
  guest_assert (a, "error:too-many-rooms");
}

static void
test_members (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autofree char *room = guest_open_room (a, PL_MAX_MEMBERS);
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) guest_free);

  for (guint i = 1; i < PL_MAX_MEMBERS; i++) {
    Guest *guest = guest_new (hall);
    g_ptr_array_add (guests, guest);
    g_free (guest_join (guest, room));
  }
  g_autoptr (Guest) late = guest_new (hall);
  guest_say (late, "{\"type\":\"join\",\"id\":$,\"room\":\"%s\",\"name\":\"a\"}", room);
  guest_assert (late, "error:full");
}

static void
test_name (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autofree char *name = g_strnfill (PL_MAX_MEMBER_NAME + 1, 'n');
  guest_say (a, "{\"type\":\"join\",\"room\":\"xaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"name\":\"%s\"}",
             name);
  guest_assert (a, "error:bad-name");
}

static void
test_body (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autoptr (Guest) b = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 2);
  g_autofree char *member = guest_join (b, room);
  g_autofree char *body = g_strnfill (PL_MAX_ENVELOPE + 1, 'A');
  guest_assert (a, "came");

  guest_say (a, "{\"type\":\"send\",\"id\":$,\"room\":\"%s\",\"to\":\"%s\",\"body\":\"%s\"}",
             room, member, body);
  guest_assert (a, "error:too-large");
  guest_say (a, "{\"type\":\"send\",\"id\":$,\"room\":\"%s\",\"to\":\"%s\",\"body\":\"%s\"}",
             room, member, body + 1);
  guest_assert (a, "sent");
  guest_assert (b, "message");
}

static void
test_connections_of_an_address (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) guest_free);

  for (guint i = 0; i < PL_MAX_CONNECTIONS_PER_ADDRESS; i++) {
    g_autofree char *address = g_strdup_printf ("2001:db8::%x", i + 1);
    Guest *guest = guest_connect (hall, address);
    g_assert_nonnull (guest);
    g_ptr_array_add (guests, guest);
  }
  g_assert_null (guest_connect (hall, "2001:db8::ffff"));
  g_autoptr (Guest) other = guest_connect (hall, "2001:db8:0:1::1");
  g_assert_nonnull (other);
  g_ptr_array_remove_index (guests, 0);
  g_autoptr (Guest) next = guest_connect (hall, "2001:db8::ffff");
  g_assert_nonnull (next);
}

static void
test_new_connections_of_an_address (void)
{
  g_autoptr (Hall) hall = hall_new ();

  for (guint i = 0; i < PL_CONNECTIONS_BURST; i++)
    guest_free (guest_connect (hall, "10.1.0.2"));
  g_assert_null (guest_connect (hall, "10.1.0.2"));
  hall_wait (hall, 1);
  for (guint i = 0; i < PL_CONNECTIONS_PER_S; i++)
    guest_free (guest_connect (hall, "10.1.0.2"));
  g_assert_null (guest_connect (hall, "10.1.0.2"));
}

static void
test_sessions_of_an_address (void)
{
  g_autoptr (Hall) hall = hall_new ();
  guint n = 0;

  for (guint second = 0; second < 50; second++, hall_wait (hall, 1)) {
    for (guint i = 0; i < PL_CONNECTIONS_PER_S; i++) {
      g_autoptr (Guest) guest = guest_connect (hall, "10.1.0.3");
      guest_say (guest, "{\"type\":\"hello\"}");
      if (n++ < PL_MAX_SESSIONS_PER_ADDRESS) {
        guest_assert (guest, "welcome");
        continue;
      }
      guest_assert (guest, "error:rate");
      g_assert_cmpuint (guest->closed, ==, 1013);
    }
  }
  g_assert_cmpuint (n, >, PL_MAX_SESSIONS_PER_ADDRESS);
}

static void
test_guessing (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) maker = guest_new (hall);
  g_autofree char *room = guest_open_room (maker, 2);

  for (guint i = 0; i < PL_MAX_FAILED_JOINS; i++) {
    g_autoptr (Guest) guest = guest_connect (hall, "10.1.0.4");
    guest_say (guest, "{\"type\":\"hello\"}");
    guest_say (guest, "{\"type\":\"join\",\"id\":$,\"room\":\"7\",\"name\":\"a\"}");
    guest_assert (guest, "welcome error:no-room");
  }
  /* Not even what is there is found now. */
  g_autoptr (Guest) guest = guest_connect (hall, "10.1.0.4");
  guest_say (guest, "{\"type\":\"hello\"}");
  guest_assert (guest, "welcome");
  guest_say (guest, "{\"type\":\"join\",\"id\":$,\"room\":\"%s\",\"name\":\"a\"}", room);
  g_autoptr (PlSignalMsg) error = guest_take (guest, PL_SIGNAL_MSG_ERROR);
  g_assert_cmpint (error->code, ==, PL_SIGNAL_CODE_GUESSING);
  g_assert_cmpuint (error->retry_s, ==, PL_FAILED_JOIN_SECONDS);
  hall_wait (hall, PL_FAILED_JOIN_SECONDS);
  g_autofree char *member G_GNUC_UNUSED = guest_join (guest, room);
}

static void
test_nameplates_of_an_address (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);

  for (guint i = 0; i < PL_MAX_NAMEPLATES_PER_ADDRESS; i++) {
    guest_say (a, "{\"type\":\"reserve\",\"id\":$}");
    guest_assert (a, "reserved");
  }
  guest_say (a, "{\"type\":\"reserve\",\"id\":$}");
  guest_assert (a, "error:rate");
  hall_wait (hall, 3601);
  guest_say (a, "{\"type\":\"reserve\",\"id\":$}");
  guest_assert (a, "reserved");
}

/* Who does not read: others cannot put it out by writing to it, its own questions can. */
static void
test_slow_reader (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autoptr (Guest) b = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 2);
  g_autofree char *member = guest_join (b, room);
  g_autofree char *body = g_strnfill (PL_MAX_ENVELOPE, 'A');
  guest_assert (a, "came");

  b->mute = TRUE;
  for (guint i = 0; i < 3; i++) {
    guest_say (a, "{\"type\":\"send\",\"id\":$,\"room\":\"%s\",\"to\":\"%s\",\"body\":\"%s\"}",
               room, member, body);
    guest_assert (a, "sent");
  }
  guest_say (a, "{\"type\":\"send\",\"id\":$,\"room\":\"%s\",\"to\":\"%s\",\"body\":\"%s\"}",
             room, member, body);
  guest_assert (a, "error:rate");
  guest_assert (b, "message message message");

  for (guint i = 0; b->link && i < 2000; i++) {
    guest_say (b, "{\"type\":\"refresh\",\"id\":$}");
    if (i % PL_MESSAGES_PER_S == 0)
      hall->now += G_USEC_PER_SEC;
  }
  g_assert_cmpuint (b->closed, ==, 1013);
  guest_assert (a, "vanished");
}

/* The same amount to one that does read, in one second. */
static void
test_quick_reader (void)
{
  g_autoptr (Hall) hall = hall_new ();
  g_autoptr (Guest) a = guest_new (hall);
  g_autoptr (Guest) b = guest_new (hall);
  g_autofree char *room = guest_open_room (a, 2);
  g_autofree char *member = guest_join (b, room);
  g_autofree char *body = g_strnfill (PL_MAX_ENVELOPE, 'A');
  guest_assert (a, "came");

  for (guint i = 0; i < 12; i++) {
    guest_say (a, "{\"type\":\"send\",\"id\":$,\"room\":\"%s\",\"to\":\"%s\",\"body\":\"%s\"}",
               room, member, body);
    guest_assert (a, "sent");
    guest_assert (b, "message");
  }
}

static void
test_addresses_are_forgotten (void)
{
  g_autoptr (Hall) hall = hall_new ();
  PlAddressBook *book = pl_signal_server_get_addresses (hall->server);

  for (guint i = 1; i < 200; i++) {
    g_autofree char *address = g_strdup_printf ("10.2.0.%u", i);
    guest_free (guest_connect (hall, address));
  }
  g_assert_cmpuint (pl_address_book_get_size (book), ==, 199);
  hall_wait (hall, 2);
  g_assert_cmpuint (pl_address_book_get_size (book), ==, 0);
}

static void
test_rooms_in_all (void)
{
  g_autoptr (PlTimers) timers = pl_timers_new ();
  g_autoptr (PlAddressBook) book = pl_address_book_new (timers);
  g_autoptr (PlRoomTable) rooms = pl_room_table_new (timers);
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string ("192.0.2.1");
  PlAddress *address = pl_address_book_connect (book, inet, 0);

  for (guint i = 0; i < PL_MAX_ROOMS; i++) {
    g_autofree char *name = g_strdup_printf ("x%u", i);
    g_assert_nonnull (pl_room_table_make (rooms, name));
  }
  g_assert_null (pl_room_table_make (rooms, "x"));
  g_assert_null (pl_room_table_reserve (rooms, address, 0));
  pl_address_release (address, PL_ADDRESS_CONNECTION, 0);
  pl_timers_expire (timers, 10 * G_USEC_PER_SEC);
}

static void
test_addresses_in_all (void)
{
  g_autoptr (PlTimers) timers = pl_timers_new ();
  g_autoptr (PlAddressBook) book = pl_address_book_new (timers);
  PlAddress *address = NULL;

  for (guint i = 0; i <= PL_MAX_ADDRESSES; i++) {
    guint32 bytes = GUINT32_TO_BE (0x0a000000 + i);
    g_autoptr (GInetAddress) inet
        = g_inet_address_new_from_bytes ((const guint8 *) &bytes, G_SOCKET_FAMILY_IPV4);
    address = pl_address_book_connect (book, inet, 0);
    if (address)
      pl_address_release (address, PL_ADDRESS_CONNECTION, 0);
  }
  g_assert_null (address);
  pl_timers_expire (timers, G_USEC_PER_SEC);
  g_assert_cmpuint (pl_address_book_get_size (book), ==, 0);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
#define ADD(name, func) g_test_add_func ("/server-limits/" name, func)
  ADD ("hello", test_hello_in_time);
  ADD ("messages", test_messages);
  ADD ("bytes", test_bytes);
  ADD ("rooms-of-a-client", test_rooms_of_a_client);
  ADD ("members", test_members);
  ADD ("name", test_name);
  ADD ("body", test_body);
  ADD ("connections", test_connections_of_an_address);
  ADD ("new-connections", test_new_connections_of_an_address);
  ADD ("sessions", test_sessions_of_an_address);
  ADD ("guessing", test_guessing);
  ADD ("nameplates", test_nameplates_of_an_address);
  ADD ("slow-reader", test_slow_reader);
  ADD ("quick-reader", test_quick_reader);
  ADD ("addresses-are-forgotten", test_addresses_are_forgotten);
  ADD ("rooms-in-all", test_rooms_in_all);
  ADD ("addresses-in-all", test_addresses_in_all);
  return g_test_run ();
}
