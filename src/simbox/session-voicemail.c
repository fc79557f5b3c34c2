/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-session"

#include "simbox/session-private.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "simbox/box-json.h"
#include "stream/stream.h"

#define STREAM_PROTOCOL "punchline.stream.1"

/* One voicemail, or the greeting, on its way to the client. */
typedef struct {
  PlBoxSession *session;
  PlStream *stream;
  GInputStream *file;
} Mail;

void
pl_box_session_free_mail (gpointer data)
{
  Mail *mail = data;

  pl_stream_free (mail->stream);
  g_object_unref (mail->file);
  g_free (mail);
}

/* The client sends nothing but its end. */
static gboolean
on_delivered (gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static void
on_stream_closed (const GError *reason, gpointer user_data)
{
  Mail *mail = user_data;

  if (reason)
    pl_debug (mail->session, "a sound did not arrive: %s", reason->message);
  g_ptr_array_remove_fast (mail->session->mails, mail);
}

static const PlStreamOps stream_ops = { on_delivered, on_stream_closed };

gboolean
pl_box_session_send_sound (PlBoxSession *self, const char *label, GInputStream *input,
                           GError **error)
{
  const PlChannelOptions options = PL_CHANNEL_RELIABLE;

  if (self->mails->len >= PL_MAX_MAIL_STREAMS) {
    g_set_error (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT, "%u sounds are on their way",
                 self->mails->len);
    return FALSE;
  }
  g_autoptr (PlChannel) channel
      = pl_peer_open_channel (self->peer, label, STREAM_PROTOCOL, &options, error);
  if (channel == NULL)
    return FALSE;
  Mail *mail = g_new0 (Mail, 1);
  mail->session = self;
  mail->file = g_object_ref (input);
  mail->stream = pl_stream_new (channel, &stream_ops, mail);
  g_ptr_array_add (self->mails, mail);
  pl_stream_set_sink (mail->stream, NULL);
  pl_stream_set_source (mail->stream, mail->file, /* head = */ NULL);
  return TRUE;
}

static gboolean
send_mail (PlBoxSession *self, int64_t id, const char *path, GError **error)
{
  g_autofree char *label = g_strdup_printf ("voicemail:%" G_GINT64_FORMAT, id);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) input = g_file_read (file, /* cancellable = */ NULL, error);

  return input && pl_box_session_send_sound (self, label, G_INPUT_STREAM (input), error);
}

static gboolean
get_id (PlBoxSession *self, GVariant *params, gint64 *id, GError **error)
{
  if (!pl_box_session_get (params, "id", "x", id, error))
    return FALSE;
  if (self->box->mailbox)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "the box has no voicemail");
  return FALSE;
}

GVariant *
pl_box_session_get_voicemail (PlBoxSession *self, GVariant *params, GError **error)
{
  gint64 id;

  if (!get_id (self, params, &id, error))
    return NULL;
  g_autofree char *path = pl_mailbox_get_path (self->box->mailbox, id, error);
  if (path == NULL || !send_mail (self, id, path, error))
    return NULL;
  return pl_box_session_nothing ();
}

GVariant *
pl_box_session_delete_voicemail (PlBoxSession *self, GVariant *params, GError **error)
{
  gint64 id;

  if (!get_id (self, params, &id, error) || !pl_mailbox_delete (self->box->mailbox, id, error))
    return NULL;
  return pl_box_session_nothing ();
}

GVariant *
pl_box_session_mark_voicemail (PlBoxSession *self, GVariant *params, GError **error)
{
  gboolean heard;
  gint64 id;

  if (!get_id (self, params, &id, error)
      || !pl_box_session_get (params, "heard", "b", &heard, error)
      || !pl_mailbox_set_heard (self->box->mailbox, id, heard, error))
    return NULL;
  return pl_box_session_nothing ();
}

static GVariant *
print_mail (gconstpointer mail)
{
  return pl_box_json_voicemail (mail);
}

/* Newest first; the next page begins below the id of `before`. */
GVariant *
pl_box_session_list_voicemails (PlBoxSession *self, GVariant *params, GError **error)
{
  g_autoptr (GPtrArray) mails = pl_store_list_voicemails (self->box->store, error);
  gint64 before = G_MAXINT64;
  guint n = 0;

  if (mails == NULL)
    return NULL;
  g_variant_lookup (params, "before", "x", &before);
  while (n < mails->len && ((const PlVoicemail *) g_ptr_array_index (mails, n))->id >= before)
    n++;
  if (n > 0)
    g_ptr_array_remove_range (mails, 0, n);
  return pl_box_json_page ("voicemails", mails,
                           pl_box_session_get_limit (params, PL_MAX_RPC_PAGE), print_mail);
}

void
pl_box_session_on_voicemail (PlMailbox *mailbox G_GNUC_UNUSED, gint64 id, PlBoxSession *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  guint unheard = 0;

  if (self->control == NULL || !self->greeted
      || !pl_box_session_may_see (self, PL_RIGHT_VOICEMAIL))
    return;
  if (!pl_store_count_unheard (self->box->store, &unheard, /* error = */ NULL))
    return;
  g_variant_dict_insert (&dict, "unheard", "x", (gint64) unheard);
  g_variant_dict_insert (&dict, "id", "x", id);
  pl_rpc_notify (self->control, "voicemail", g_variant_dict_end (&dict));
}
