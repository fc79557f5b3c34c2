/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/hall.h"

#include "proto/signal-json.h"

#include <string.h>

static guint next_address = 1;

static void
on_send (gpointer socket, const char *text, gpointer user_data G_GNUC_UNUSED)
{
  Guest *guest = socket;
  g_autoptr (GError) error = NULL;
  PlSignalMsg *msg = pl_signal_msg_parse (text, strlen (text), NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (msg->type, !=, PL_SIGNAL_MSG_UNKNOWN);
  if (msg->seq != 0) {
    g_assert_cmpint (msg->seq, ==, guest->last_seq + 1);
    guest->last_seq = msg->seq;
  }
  if (msg->type == PL_SIGNAL_MSG_WELCOME) {
    g_free (guest->token);
    guest->token = g_strdup (msg->token);
  }
  g_queue_push_tail (&guest->inbox, msg);
}

static void
on_ping (gpointer socket, const char *payload, gpointer user_data G_GNUC_UNUSED)
{
  Guest *guest = socket;
  g_strlcpy (guest->ping, payload, sizeof guest->ping);
  guest->has_ping = TRUE;
}

static void
on_close (gpointer socket, guint16 code, gpointer user_data G_GNUC_UNUSED)
{
  Guest *guest = socket;
  g_assert_nonnull (guest->link);
  guest->link = NULL;
  guest->closed = code;
}

static guint
on_fill_ice (GPtrArray *servers, gpointer user_data G_GNUC_UNUSED)
{
  const char *const urls[] = { "stun:192.0.2.1", NULL };
  g_ptr_array_add (servers, pl_signal_ice_server_new (urls, NULL, NULL));
  return 3600;
}

static const char *
on_get_push_key (gpointer user_data)
{
  Hall *hall = user_data;
  return hall->has_push ? "BKey" : NULL;
}

static void
on_push (const PlSignalMsg *msg G_GNUC_UNUSED, int64_t ticket, gpointer user_data)
{
  Hall *hall = user_data;
  g_array_append_val (hall->pushes, ticket);
}

static GPtrArray *all_guests;

Hall *
hall_new (void)
{
  static const PlSignalServerOps ops = {
    .send = on_send,
    .ping = on_ping,
    .close = on_close,
    .fill_ice = on_fill_ice,
    .get_push_key = on_get_push_key,
    .push = on_push,
  };
  Hall *self = g_new0 (Hall, 1);
  self->server = pl_signal_server_new (&ops, self);
  self->pushes = g_array_new (FALSE, FALSE, sizeof (int64_t));
  self->now = 1000 * (int64_t) G_USEC_PER_SEC;
  all_guests = g_ptr_array_new ();
  return self;
}

void
hall_free (Hall *self)
{
  if (self == NULL)
    return;
  g_assert_cmpuint (all_guests->len, ==, 0);
  g_clear_pointer (&all_guests, g_ptr_array_unref);
  pl_signal_server_free (self->server);
  g_array_unref (self->pushes);
  g_free (self);
}

static void
answer_ping (Guest *self)
{
  if (self->link == NULL || self->mute || !self->has_ping)
    return;
  self->has_ping = FALSE;
  pl_signal_server_heard (self->hall->server, self->link, 8, self->hall->now);
  pl_signal_server_pong (self->hall->server, self->link, self->ping, strlen (self->ping),
                         self->hall->now);
}

static void
answer_pings (void)
{
  for (guint i = 0; i < all_guests->len; i++)
    answer_ping (all_guests->pdata[i]);
}

void
hall_wait (Hall *self, guint seconds)
{
  for (guint i = 0; i < seconds; i++) {
    self->now += G_USEC_PER_SEC;
    if (pl_signal_server_get_deadline (self->server) <= self->now)
      pl_signal_server_expire (self->server, self->now);
    answer_pings ();
  }
}

Guest *
guest_connect (Hall *hall, const char *address)
{
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (address);
  PlAddressBook *book = pl_signal_server_get_addresses (hall->server);
  PlAddress *counted = pl_address_book_connect (book, inet, hall->now);

  if (counted == NULL)
    return NULL;
  Guest *self = g_new0 (Guest, 1);
  self->hall = hall;
  self->address = counted;
  self->next_id = 1;
  g_queue_init (&self->inbox);
  self->link = pl_signal_server_open (hall->server, counted, self, hall->now);
  g_ptr_array_add (all_guests, self);
  return self;
}

Guest *
guest_new (Hall *hall)
{
  g_autofree char *address
      = g_strdup_printf ("10.0.%u.%u", next_address / 250, 1 + next_address % 250);
  next_address++;
  Guest *self = guest_connect (hall, address);
  guest_say (self, "{\"type\":\"hello\",\"agent\":\"test\"}");
  guest_assert (self, "welcome");
  return self;
}

void
guest_lose (Guest *self)
{
  if (self->link)
    pl_signal_server_lost (self->hall->server, g_steal_pointer (&self->link), self->hall->now);
}

void
guest_free (Guest *self)
{
  if (self == NULL)
    return;
  guest_lose (self);
  pl_address_release (self->address, PL_ADDRESS_CONNECTION, self->hall->now);
  g_ptr_array_remove (all_guests, self);
  g_queue_clear_full (&self->inbox, (GDestroyNotify) pl_signal_msg_free);
  g_free (self->token);
  g_free (self);
}

void
guest_say (Guest *self, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  char *dollar = strchr (text, '$');
  g_autofree char *line
      = dollar ? g_strdup_printf ("%.*s%" G_GINT64_FORMAT "%s", (int) (dollar - text), text,
                                  self->next_id++, dollar + 1)
               : g_strdup (text);

  g_assert_nonnull (self->link);
  pl_signal_server_heard (self->hall->server, self->link, strlen (line), self->hall->now);
  if (self->link)
    pl_signal_server_receive (self->hall->server, self->link, line, strlen (line),
                              self->hall->now);
  answer_pings ();
}

Guest *
guest_resume (const Guest *lost, const char *token, int64_t last_seq)
{
  Guest *self = guest_connect (lost->hall, "10.9.9.9");
  self->last_seq = last_seq;
  self->next_id = lost->next_id;
  guest_say (self, "{\"type\":\"hello\",\"token\":\"%s\",\"last_seq\":%" G_GINT64_FORMAT "}",
             token, last_seq);
  return self;
}

void
guest_assert (Guest *self, const char *types)
{
  g_autoptr (GString) seen = g_string_new (NULL);

  for (PlSignalMsg *msg; (msg = g_queue_pop_head (&self->inbox)) != NULL;) {
    g_string_append_printf (seen, "%s%s", seen->len ? " " : "",
                            pl_signal_type_name (msg->type));
    if (msg->code != PL_SIGNAL_CODE_UNKNOWN)
      g_string_append_printf (seen, ":%s", pl_signal_code_name (msg->code));
    pl_signal_msg_free (msg);
  }
  g_assert_cmpstr (seen->str, ==, types);
}

PlSignalMsg *
guest_take (Guest *self, PlSignalType type)
{
  PlSignalMsg *msg = g_queue_pop_head (&self->inbox);
  g_assert_nonnull (msg);
  g_assert_cmpstr (pl_signal_type_name (msg->type), ==, pl_signal_type_name (type));
  return msg;
}

char *
guest_open_room (Guest *self, guint max)
{
  guest_say (self, "{\"type\":\"reserve\",\"id\":$}");
  g_autoptr (PlSignalMsg) reserved = guest_take (self, PL_SIGNAL_MSG_RESERVED);
  guest_say (self, "{\"type\":\"join\",\"id\":$,\"room\":\"%s\",\"name\":\"maker\",\"max\":%u}",
             reserved->room, max);
  guest_assert (self, "joined");
  return g_steal_pointer (&reserved->room);
}

char *
guest_join (Guest *self, const char *room)
{
  guest_say (self, "{\"type\":\"join\",\"id\":$,\"room\":\"%s\",\"name\":\"guest\"}", room);
  g_autoptr (PlSignalMsg) joined = guest_take (self, PL_SIGNAL_MSG_JOINED);
  return g_steal_pointer (&joined->member);
}
