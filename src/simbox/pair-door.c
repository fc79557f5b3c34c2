/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-pair-door"

#include "simbox/pair-door.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/pair-link.h"
#include "proto/secret.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct _PlPairDoor {
  char *path;
  PlPairingConfig config;
  GSocketService *service;
  GPtrArray *visits; /* of Visit */
};

/* One that asks. */
typedef struct {
  PlPairDoor *door;
  GSocketConnection *connection;
  GDataInputStream *input;
  GCancellable *cancellable;
  PlPairing *pairing;
} Visit;

static void
visit_free (gpointer data)
{
  Visit *self = data;

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->pairing, pl_pairing_free);
  g_io_stream_close (G_IO_STREAM (self->connection), NULL, NULL);
  g_object_unref (self->connection);
  g_object_unref (self->input);
  g_object_unref (self->cancellable);
  g_free (self);
}

static void
leave (Visit *self)
{
  g_ptr_array_remove (self->door->visits, self);
}

/* The buffer of the socket takes some short lines at once. */
static void
say (Visit *self, const char *word, const char *text)
{
  g_autofree char *line = g_strdup_printf ("%s %s\n", word, text);
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));
  g_strdelimit (line + strlen (word) + 1, "\n\r", ' ');
  line[strlen (line) - 1] = '\n';
  g_output_stream_write_all (output, line, strlen (line), NULL, NULL, NULL);
}

static void
on_code (const char *code, gpointer user_data)
{
  Visit *self = user_data;
  g_autoptr (PlSecret) link
      = pl_pair_link_print (self->door->config.meeting.signaling_url, code);

  say (self, "code", code);
  if (link)
    say (self, "link", link);
}

static void
on_done (const PlAuthorized *client, const GError *error, gpointer user_data)
{
  Visit *self = user_data;

  if (client)
    say (self, "paired", client->name);
  else
    say (self, "error", error->message);
  leave (self);
}

static void
on_left (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line G_GNUC_UNUSED = g_data_input_stream_read_line_finish (
      G_DATA_INPUT_STREAM (source), result, NULL, &error);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    leave (user_data);
}

static gboolean
begin (Visit *self, const char *line, GError **error)
{
  static const PlPairingOps ops = { on_code, on_done };
  PlPairingConfig config = self->door->config;

  if (line == NULL || !g_str_has_prefix (line, "pair ")) {
    g_set_error_literal (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "expected 'pair'");
    return FALSE;
  }
  if (!pl_rights_parse (line + strlen ("pair "), &config.rights, error))
    return FALSE;
  self->pairing = pl_pairing_new (&config, &ops, self, error);
  return self->pairing != NULL;
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Visit *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source),
                                                                result, NULL, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error || !begin (self, line, &error)) {
    say (self, "error", error->message);
    leave (self);
    return;
  }
  g_data_input_stream_read_line_async (self->input, G_PRIORITY_DEFAULT, self->cancellable,
                                       on_left, self);
}

static gboolean
on_incoming (GSocketService *service G_GNUC_UNUSED, GSocketConnection *connection,
             GObject *source G_GNUC_UNUSED, PlPairDoor *self)
{
  if (self->visits->len >= PL_MAX_CLIENTS)
    return TRUE;
  Visit *visit = g_new0 (Visit, 1);
  visit->door = self;
  visit->connection = g_object_ref (connection);
  visit->input
      = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  visit->cancellable = g_cancellable_new ();
  g_ptr_array_add (self->visits, visit);
  g_data_input_stream_read_line_async (visit->input, G_PRIORITY_DEFAULT, visit->cancellable,
                                       on_line, visit);
  return TRUE;
}

/* The mode counts from the moment the socket is there. */
static gboolean
listen_there (PlPairDoor *self, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->path);

  unlink (self->path);
  mode_t before = umask (0177);
  gboolean ok = g_socket_listener_add_address (
      G_SOCKET_LISTENER (self->service), address, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_DEFAULT, /* source_object = */ NULL, /* effective = */ NULL, error);
  umask (before);
  if (!ok)
    g_prefix_error (error, "%s: ", self->path);
  return ok;
}

PlPairDoor *
pl_pair_door_new (const char *path, const PlPairingConfig *config, GError **error)
{
  g_autoptr (PlPairDoor) self = g_new0 (PlPairDoor, 1);

  self->path = g_strdup (path);
  self->config = *config;
  self->visits = g_ptr_array_new_with_free_func (visit_free);
  self->service = g_socket_service_new ();
  if (!listen_there (self, error))
    return NULL;
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
  return g_steal_pointer (&self);
}

void
pl_pair_door_free (PlPairDoor *self)
{
  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
  g_ptr_array_unref (self->visits);
  unlink (self->path);
  g_free (self->path);
  g_free (self);
}
