/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/signal-msg.h"
#include "proto/signal-server.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define N_CLIENTS 4

typedef struct {
  PlSignalLink *link; /* NULL: no socket */
  char *token;        /* of the last welcome */
} Client;

static void
on_send (gpointer socket, const char *text, gpointer user_data G_GNUC_UNUSED)
{
  Client *client = socket;
  const char *token = strstr (text, "\"token\":\"");

  g_assert_nonnull (client->link);
  if (token == NULL)
    return;
  token += strlen ("\"token\":\"");
  g_free (client->token);
  client->token = g_strndup (token, strcspn (token, "\""));
}

static void
on_ping (gpointer socket, const char *payload G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  g_assert_nonnull (((Client *) socket)->link);
}

static void
on_close (gpointer socket, guint16 code G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  Client *client = socket;
  g_assert_nonnull (client->link);
  client->link = NULL;
}

static guint
on_fill_ice (GPtrArray *servers G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  return 60;
}

static const char *
on_get_push_key (gpointer user_data G_GNUC_UNUSED)
{
  return "BKey";
}

static void
on_push (const PlSignalMsg *msg, int64_t ticket, gpointer user_data)
{
  int64_t *last_ticket = user_data;
  g_assert_nonnull (msg->endpoint);
  *last_ticket = ticket;
}

static const PlSignalServerOps ops = { .send = on_send,
                                       .ping = on_ping,
                                       .close = on_close,
                                       .fill_ice = on_fill_ice,
                                       .get_push_key = on_get_push_key,
                                       .push = on_push };

/* The text of @line with "$" for the client's token. */
static char *
with_token (const char *line, const Client *client)
{
  g_auto (GStrv) parts = g_strsplit (line, "$", 3);
  return g_strjoinv (client->token ? client->token : "", parts);
}

static void
act (PlSignalServer *server, Client *client, const char *line, int64_t now_us)
{
  g_autofree char *text = with_token (line + 1, client);
  size_t len = strlen (text);

  switch (*line) {
  case '!':
    pl_signal_server_lost (server, g_steal_pointer (&client->link), now_us);
    break;
  case '^':
    pl_signal_server_pong (server, client->link, text, len, now_us);
    break;
  default:
    pl_signal_server_heard (server, client->link, len, now_us);
    if (client->link)
      pl_signal_server_receive (server, client->link, text, len, now_us);
  }
}

/* Lines from several clients: the first character says whose, the second what happens: "!" its
 * socket breaks, "^" a pong, "+" time passes (as many seconds as the line has characters), "="
 * the last push message has arrived, anything else a message. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  int64_t ticket = 0;
  g_autoptr (PlSignalServer) server = pl_signal_server_new (&ops, &ticket);
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string ("192.0.2.1");
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 128);
  Client clients[N_CLIENTS] = { 0 };
  int64_t now_us = G_USEC_PER_SEC;

  PlAddress *address
      = pl_address_book_connect (pl_signal_server_get_addresses (server), inet, now_us);
  for (char **line = lines; *line; line++) {
    Client *client = &clients[(guchar) * *line % N_CLIENTS];
    if (strlen (*line) < 2)
      continue;
    if ((*line)[1] == '+') {
      now_us += (int64_t) strlen (*line) * G_USEC_PER_SEC;
      pl_signal_server_expire (server, now_us);
      continue;
    }
    if ((*line)[1] == '=') {
      if (ticket != 0)
        pl_signal_server_report_pushed (server, ticket, PL_PUSH_STATUS_SENT, now_us);
      ticket = 0;
      continue;
    }
    if (client->link == NULL)
      client->link = pl_signal_server_open (server, address, client, now_us);
    act (server, client, *line + 1, now_us);
  }
  pl_signal_server_stop (server, now_us);
  for (guint i = 0; i < N_CLIENTS; i++)
    g_free (clients[i].token);
  return 0;
}
