/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-file-inbox"

#include "stream/file-inbox.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/safe-name.h"
#include "proto/stream-flow.h"
#include "stream/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixoutputstream.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NUMBERED_NAMES 100

typedef struct {
  PlFileInbox *owner;
  PlChannel *channel; /* until its first message said the name */
  PlStream *stream;   /* from then on */
  char *name;
  char *temporary; /* in the folder; NULL once it has its name */
  GOutputStream *sink;
} Incoming;

struct _PlFileInbox {
  int folder; /* -1: refuse */
  PlTransferFunc ended;
  gpointer user_data;
  uint64_t received;   /* of those that have ended */
  GPtrArray *incoming; /* of Incoming */
};

static void
incoming_free (Incoming *incoming)
{
  if (incoming->channel)
    g_signal_handlers_disconnect_by_data (incoming->channel, incoming);
  g_clear_object (&incoming->channel);
  pl_stream_free (incoming->stream);
  g_clear_object (&incoming->sink);
  if (incoming->temporary)
    unlinkat (incoming->owner->folder, incoming->temporary, 0);
  g_free (incoming->temporary);
  g_free (incoming->name);
  g_free (incoming);
}

static void
incoming_end (Incoming *incoming, const GError *reason)
{
  PlFileInbox *self = incoming->owner;
  const PlTransfer transfer = {
    .kind = PL_TRANSFER_FILE_RECEIVED,
    .name = incoming->name,
    .bytes = incoming->stream ? pl_stream_get_received (incoming->stream) : 0,
    .error = reason,
  };
  self->received += transfer.bytes;
  g_ptr_array_remove_fast (self->incoming, incoming);
  self->ended (&transfer, self->user_data);
  incoming_free (incoming);
}

static void
break_off (Incoming *incoming, const GError *reason)
{
  if (incoming->stream)
    pl_stream_reset (incoming->stream, reason->message);
  else if (incoming->channel)
    pl_channel_close (incoming->channel);
  incoming_end (incoming, reason);
}

/* "name.ext", then "name (2).ext". */
static char *
numbered_name (const char *name, guint number)
{
  if (number == 1)
    return g_strdup (name);
  const char *dot = strrchr (name, '.');
  int stem = dot && dot != name ? (int) (dot - name) : (int) strlen (name);
  return g_strdup_printf ("%.*s (%u)%s", stem, name, number, name + stem);
}

/* Fails with EEXIST instead of overwriting, also where somebody makes the name at this moment.
 */
static int
rename_into_place (int folder, const char *from, const char *to)
{
  if (renameat2 (folder, from, folder, to, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  /* A file system without RENAME_NOREPLACE. */
  if (linkat (folder, from, folder, to, 0) < 0)
    return errno;
  unlinkat (folder, from, 0);
  return 0;
}

static gboolean
publish (Incoming *incoming, GError **error)
{
  int failure = EEXIST;
  for (guint i = 1; failure == EEXIST && i <= MAX_NUMBERED_NAMES; i++) {
    g_autofree char *name = numbered_name (incoming->name, i);
    failure = rename_into_place (incoming->owner->folder, incoming->temporary, name);
    if (failure == 0) {
      g_free (incoming->name);
      incoming->name = g_steal_pointer (&name);
      g_clear_pointer (&incoming->temporary, g_free);
      return TRUE;
    }
  }
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (failure), "no name for the file: %s",
               g_strerror (failure));
  return FALSE;
}

static gboolean
on_delivered (gpointer user_data, GError **error)
{
  Incoming *incoming = user_data;
  if (!g_output_stream_close (incoming->sink, /* cancellable = */ NULL, error))
    return FALSE;
  return publish (incoming, error);
}

static void
on_stream_closed (const GError *reason, gpointer user_data)
{
  Incoming *incoming = user_data;
  /* Once it has its name it is here, whatever became of the connection then. */
  incoming_end (incoming, incoming->temporary ? reason : NULL);
}

static const PlStreamOps stream_ops = { on_delivered, on_stream_closed };

static gboolean
create_temporary (Incoming *incoming, GError **error)
{
  g_autofree char *name
      = g_strdup_printf (".punchline-%08x%08x.part", g_random_int (), g_random_int ());
  int fd = openat (incoming->owner->folder, name,
                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) {
    int saved = errno;
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "file not created: %s",
                 g_strerror (saved));
    return FALSE;
  }
  incoming->temporary = g_steal_pointer (&name);
  incoming->sink = g_unix_output_stream_new (fd, /* close_fd = */ TRUE);
  return TRUE;
}

static gboolean
accept_file (Incoming *incoming, GError **error)
{
  PlFileInbox *self = incoming->owner;

  if (self->folder < 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 "the receiver runs without --accept-files");
    return FALSE;
  }
  if (self->incoming->len > PL_MAX_STREAMS) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT, "too many files at a time");
    return FALSE;
  }
  return create_temporary (incoming, error);
}

/* The name of the first message, "name NAME", or NULL. */
static char *
parse_name (GBytes *message, gboolean is_text)
{
  static const char prefix[] = "name ";
  gsize len;
  const char *data = g_bytes_get_data (message, &len);

  if (!is_text || len < strlen (prefix) || len > PL_MAX_STREAM_CONTROL
      || memcmp (data, prefix, strlen (prefix)) != 0 || !g_utf8_validate_len (data, len, NULL))
    return NULL;
  g_autofree char *name = g_strndup (data + strlen (prefix), len - strlen (prefix));
  return pl_safe_basename (name);
}

static void
on_first_message (PlChannel *channel, GBytes *message, gboolean is_text, Incoming *incoming)
{
  g_autoptr (GError) error = NULL;

  g_signal_handlers_disconnect_by_data (channel, incoming);
  incoming->name = parse_name (message, is_text);
  incoming->stream = pl_stream_new (channel, &stream_ops, incoming);
  g_clear_object (&incoming->channel);
  if (incoming->name == NULL) {
    g_set_error (&error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "a file without a name");
    break_off (incoming, error);
    return;
  }
  if (!accept_file (incoming, &error)) {
    break_off (incoming, error);
    return;
  }
  pl_stream_set_source (incoming->stream, /* source = */ NULL, /* head = */ NULL);
  pl_stream_set_sink (incoming->stream, incoming->sink);
}

static void
on_closed_early (PlChannel *channel G_GNUC_UNUSED, GError *reason G_GNUC_UNUSED,
                 Incoming *incoming)
{
  g_autoptr (GError) error
      = g_error_new (PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "a file without a name");
  incoming_end (incoming, error);
}

PlFileInbox *
pl_file_inbox_new (const char *folder, PlTransferFunc ended, gpointer user_data, GError **error)
{
  g_autoptr (PlFileInbox) self = g_new0 (PlFileInbox, 1);

  self->folder = -1;
  self->ended = ended;
  self->user_data = user_data;
  self->incoming = g_ptr_array_new ();
  if (folder == NULL)
    return g_steal_pointer (&self);
  self->folder = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self->folder < 0 || faccessat (self->folder, ".", W_OK, AT_EACCESS) < 0) {
    int saved = errno;
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, "folder '%s': %s", folder,
                 g_strerror (saved));
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
pl_file_inbox_free (PlFileInbox *self)
{
  if (self == NULL)
    return;
  pl_file_inbox_reset (self);
  if (self->folder >= 0)
    g_close (self->folder, /* error = */ NULL);
  g_ptr_array_unref (self->incoming);
  g_free (self);
}

gboolean
pl_file_inbox_wants (const char *label)
{
  return g_str_equal (label, "file");
}

void
pl_file_inbox_take_channel (PlFileInbox *self, PlChannel *channel)
{
  Incoming *incoming = g_new0 (Incoming, 1);

  incoming->owner = self;
  incoming->channel = g_object_ref (channel);
  g_ptr_array_add (self->incoming, incoming);
  g_signal_connect (channel, "message", G_CALLBACK (on_first_message), incoming);
  g_signal_connect (channel, "closed", G_CALLBACK (on_closed_early), incoming);
}

uint64_t
pl_file_inbox_get_received (const PlFileInbox *self)
{
  uint64_t received = self->received;
  for (guint i = 0; i < self->incoming->len; i++) {
    const Incoming *one = g_ptr_array_index (self->incoming, i);
    if (one->stream)
      received += pl_stream_get_received (one->stream);
  }
  return received;
}

void
pl_file_inbox_reset (PlFileInbox *self)
{
  g_autoptr (GError) error
      = g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_LOST, "the connection is gone");
  while (self->incoming->len > 0)
    break_off (g_ptr_array_index (self->incoming, self->incoming->len - 1), error);
}
