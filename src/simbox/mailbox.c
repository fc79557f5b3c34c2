/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-voicemail"

#include "simbox/mailbox.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define FILE_END ".ogg"
#define PART_END ".part"
/* Of a file without an end, which says nothing about its length: 24 kbit/s, and a header. */
#define BYTES_PER_S    3000
#define MIN_SAVE_BYTES (2 * BYTES_PER_S)
/* "FILE TIME NUMBER" of the recording that was begun last: who called, if it is cut off. */
#define BEGUN "voicemail-begun"
/* A recording that the store did not take, because the disk is full, is offered again. */
#define OFFER_US (30 * G_USEC_PER_SEC)

/* One call that is being recorded, or was and is written to the end. */
typedef struct {
  PlMailbox *mailbox;
  PlAnswerer *answerer;
  char *call, *number, *file;
  int64_t time_us;
  gboolean heard;
  GObject *keep;
} Taking;

struct _PlMailbox {
  GObject parent;
  PlStore *store;
  const PlMailboxOps *ops;
  gpointer user_data;
  char *folder;
  PlOwnGreeting *greeting;
  PlRecorderLimits limits;
  GObject *keep;
  Taking *current;     /* NULL: no call */
  GPtrArray *ending;   /* of Taking */
  GPtrArray *unlisted; /* of PlVoicemail: on the disk, and not in the store yet */
  PlDeadline *offer;
  char *refused; /* a call that found no room */
  PlDeadline *refusal;
};

G_DEFINE_FINAL_TYPE (PlMailbox, pl_mailbox, G_TYPE_OBJECT)

enum {
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
taking_free (gpointer data)
{
  Taking *taking = data;

  if (taking == NULL)
    return;
  pl_answerer_free (taking->answerer);
  g_free (taking->call);
  g_free (taking->number);
  g_free (taking->file);
  g_clear_object (&taking->keep);
  g_free (taking);
}

/* --- what was recorded --- */

static gboolean
list (PlMailbox *self, const PlVoicemail *mail)
{
  g_autoptr (GError) error = NULL;
  int64_t id;

  if (!pl_store_add_voicemail (self->store, mail, &id, &error)) {
    pl_warning (self, "voicemail '%s' is not in the list: %s", mail->file, error->message);
    return FALSE;
  }
  g_signal_emit (self, signals[CHANGED], 0, (gint64) id);
  return TRUE;
}

static void
on_offer (gpointer user_data)
{
  PlMailbox *self = user_data;

  while (self->unlisted->len > 0 && list (self, g_ptr_array_index (self->unlisted, 0)))
    g_ptr_array_remove_index (self->unlisted, 0);
  if (self->unlisted->len > 0)
    pl_deadline_set (self->offer, g_get_monotonic_time () + OFFER_US);
}

/* What finds no room even here is found in the folder by the next start. */
static void
keep (PlMailbox *self, const PlVoicemail *mail)
{
  if (list (self, mail) || self->unlisted->len >= PL_MAX_VOICEMAILS)
    return;
  PlVoicemail *copy = g_memdup2 (mail, sizeof *mail);
  copy->file = g_strdup (mail->file);
  copy->number = g_strdup (mail->number);
  copy->name = g_strdup (mail->name);
  g_ptr_array_add (self->unlisted, copy);
  pl_deadline_set (self->offer, g_get_monotonic_time () + OFFER_US);
}

static void
on_finished (int64_t duration_us, const GError *error, gpointer user_data)
{
  Taking *taking = user_data;
  PlMailbox *self = taking->mailbox;
  const PlVoicemail mail = { .file = taking->file,
                             .number = taking->number,
                             .time_us = taking->time_us,
                             .duration_us = duration_us,
                             .heard = taking->heard };

  if (error)
    pl_warning (self, "voicemail %s: %s", duration_us ? "cut off" : "lost", error->message);
  if (duration_us > 0)
    keep (self, &mail);
  g_ptr_array_remove_fast (self->ending, taking);
}

static void
on_enough (gpointer user_data)
{
  Taking *taking = user_data;
  taking->mailbox->ops->enough (taking->call, taking->mailbox->user_data);
}

static void
on_greeting_failed (const GError *reason, gpointer user_data)
{
  Taking *taking = user_data;
  pl_warning (taking->mailbox, "greeting: %s", reason->message);
}

static const PlAnswererOps answerer_ops = {
  .greeting_failed = on_greeting_failed,
  .enough = on_enough,
  .finished = on_finished,
};

/* --- room --- */

static gboolean
remove_mail (PlMailbox *self, const PlVoicemail *mail, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, mail->file, NULL);

  /* The list first: a file too many is found at the next start, one too few is a lie. */
  if (!pl_store_delete_voicemail (self->store, mail->id, error))
    return FALSE;
  if (g_unlink (path) != 0)
    pl_debug (self, "'%s' was gone already", path);
  g_signal_emit (self, signals[CHANGED], 0, (gint64) mail->id);
  return TRUE;
}

/* A full mailbox forgets the oldest that was heard. */
static gboolean
make_room (PlMailbox *self, GError **error)
{
  g_autoptr (GPtrArray) mails = pl_store_list_voicemails (self->store, error);

  if (mails == NULL)
    return FALSE;
  if (mails->len + self->unlisted->len < PL_MAX_VOICEMAILS)
    return TRUE;
  for (guint i = mails->len; i > 0; i--) {
    const PlVoicemail *mail = g_ptr_array_index (mails, i - 1);
    if (mail->heard)
      return remove_mail (self, mail, error);
  }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "it is full: %u, none of them heard",
               mails->len);
  return FALSE;
}

/* --- the folder at the start --- */

static gboolean
is_listed (GPtrArray *mails, const char *file)
{
  for (guint i = 0; i < mails->len; i++)
    if (g_str_equal (((const PlVoicemail *) g_ptr_array_index (mails, i))->file, file))
      return TRUE;
  return FALSE;
}

/* Who called, and when, if it is the recording that was begun last. */
static void
recall (PlMailbox *self, PlVoicemail *mail)
{
  g_autofree char *begun = pl_store_get_setting (self->store, BEGUN);
  g_auto (GStrv) words = g_strsplit (begun ? begun : "", " ", /* max_tokens = */ 3);
  guint64 time_us;

  if (g_strv_length (words) != 3 || !g_str_equal (words[0], mail->file))
    return;
  if (g_ascii_string_to_unsigned (words[1], 10, 1, G_MAXINT64, &time_us, NULL))
    mail->time_us = time_us;
  if (*words[2])
    mail->number = g_strdup (words[2]);
}

/* @name: a recording that is in no list: the box was killed before it was there. */
static void
save (PlMailbox *self, const char *name)
{
  g_autoptr (PlVoicemail) mail = g_new0 (PlVoicemail, 1);
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  GStatBuf status;

  mail->file = g_strdup (name);
  if (g_str_has_suffix (name, PART_END))
    mail->file[strlen (name) - strlen (PART_END)] = '\0';
  g_autofree char *whole = g_build_filename (self->folder, mail->file, NULL);
  if (g_stat (path, &status) != 0)
    return;
  if (status.st_size < MIN_SAVE_BYTES || g_rename (path, whole) != 0) {
    g_unlink (path);
    return;
  }
  mail->time_us = status.st_mtime * G_USEC_PER_SEC;
  mail->duration_us = (int64_t) status.st_size * G_USEC_PER_SEC / BYTES_PER_S;
  recall (self, mail);
  keep (self, mail);
}

/* All names before any of them changes: a folder may show a file again under its new one. */
static GPtrArray *
list_folder (PlMailbox *self, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (g_mkdir_with_parents (self->folder, 0700) != 0) {
    const int code = errno;
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "'%s': %s", self->folder,
                 g_strerror (code));
    return NULL;
  }
  g_autoptr (GDir) dir = g_dir_open (self->folder, /* flags = */ 0, error);
  if (dir == NULL)
    return NULL;
  while ((name = g_dir_read_name (dir)))
    g_ptr_array_add (names, g_strdup (name));
  return g_steal_pointer (&names);
}

static gboolean
tidy (PlMailbox *self, GError **error)
{
  g_autoptr (GPtrArray) mails = pl_store_list_voicemails (self->store, /* error = */ NULL);
  g_autoptr (GPtrArray) names = list_folder (self, error);

  if (names == NULL)
    return FALSE;
  /* Without a list nothing can be told from what is in the folder. */
  for (guint i = 0; mails && i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    if (g_str_has_suffix (name, FILE_END PART_END)
        || (g_str_has_suffix (name, FILE_END) && !is_listed (mails, name)))
      save (self, name);
  }
  return TRUE;
}

static void
remember (PlMailbox *self, const Taking *taking)
{
  g_autofree char *begun
      = g_strdup_printf ("%s %" G_GINT64_FORMAT " %s", taking->file, taking->time_us,
                         taking->number ? taking->number : "");
  pl_store_set_setting (self->store, BEGUN, begun, /* error = */ NULL);
}

/* Not from the op that gives us the call. */
static void
on_refusal (gpointer user_data)
{
  PlMailbox *self = user_data;
  g_autofree char *call = g_steal_pointer (&self->refused);
  self->ops->enough (call, self->user_data);
}

/* --- public --- */

PlMailbox *
pl_mailbox_new (const PlMailboxConfig *config, const PlMailboxOps *ops, gpointer user_data,
                GError **error)
{
  g_autoptr (PlMailbox) self = g_object_new (PL_TYPE_MAILBOX, NULL);

  self->store = config->store;
  self->folder = g_strdup (config->folder);
  self->limits = config->limits;
  self->keep = config->keep;
  self->ops = ops;
  self->user_data = user_data;
  if (!tidy (self, error))
    return NULL;
  self->greeting = pl_own_greeting_new (self->folder, &config->greeting, self->keep);
  return g_steal_pointer (&self);
}

PlOwnGreeting *
pl_mailbox_get_greeting (PlMailbox *self)
{
  return self->greeting;
}

void
pl_mailbox_take (PlMailbox *self, const PlCallInfo *call, PlAudioPort *port)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *day = g_date_time_format (now, "%Y%m%dT%H%M%SZ");
  g_autoptr (GError) error = NULL;

  pl_mailbox_leave (self, /* taken_over = */ FALSE);
  on_offer (self);
  if (!make_room (self, &error)) {
    pl_warning (self, "a caller cannot leave a message: %s", error->message);
    g_free (self->refused);
    self->refused = g_strdup (call->id);
    pl_deadline_set (self->refusal, g_get_monotonic_time ());
    return;
  }
  Taking *taking = g_new0 (Taking, 1);
  taking->mailbox = self;
  taking->call = g_strdup (call->id);
  taking->number = g_strdup (call->number);
  taking->file = g_strdup_printf ("%s-%08x" FILE_END, day, g_random_int ());
  taking->time_us = g_get_real_time ();
  g_set_object (&taking->keep, self->keep);
  g_autofree char *path = g_build_filename (self->folder, taking->file, NULL);
  remember (self, taking);
  const PlAnswererConfig config = { .greeting = pl_own_greeting_get (self->greeting),
                                    .limits = self->limits,
                                    .file = path };
  self->current = taking;
  taking->answerer = pl_answerer_new (port, &config, &answerer_ops, taking);
}

void
pl_mailbox_leave (PlMailbox *self, gboolean taken_over)
{
  Taking *taking = g_steal_pointer (&self->current);

  if (taking == NULL)
    return;
  taking->heard = taken_over;
  g_ptr_array_add (self->ending, taking);
  pl_answerer_stop (taking->answerer);
}

static PlVoicemail *
find (PlMailbox *self, int64_t id, GError **error)
{
  GError *problem = NULL;
  PlVoicemail *mail = pl_store_get_voicemail (self->store, id, &problem);

  if (problem)
    g_propagate_error (error, problem);
  else if (mail == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "there is no voicemail %" G_GINT64_FORMAT, id);
  return mail;
}

gboolean
pl_mailbox_set_heard (PlMailbox *self, int64_t id, gboolean heard, GError **error)
{
  g_autoptr (PlVoicemail) mail = find (self, id, error);

  if (mail == NULL || !pl_store_set_heard (self->store, id, heard, error))
    return FALSE;
  if (mail->heard != heard)
    g_signal_emit (self, signals[CHANGED], 0, (gint64) id);
  return TRUE;
}

gboolean
pl_mailbox_delete (PlMailbox *self, int64_t id, GError **error)
{
  g_autoptr (PlVoicemail) mail = find (self, id, error);
  return mail && remove_mail (self, mail, error);
}

char *
pl_mailbox_get_path (PlMailbox *self, int64_t id, GError **error)
{
  g_autoptr (PlVoicemail) mail = find (self, id, error);
  return mail ? g_build_filename (self->folder, mail->file, NULL) : NULL;
}

static void
pl_mailbox_finalize (GObject *object)
{
  PlMailbox *self = PL_MAILBOX (object);

  taking_free (self->current);
  g_ptr_array_unref (self->ending);
  g_ptr_array_unref (self->unlisted);
  pl_deadline_free (self->offer);
  pl_deadline_free (self->refusal);
  g_free (self->refused);
  g_free (self->folder);
  g_clear_object (&self->greeting);
  G_OBJECT_CLASS (pl_mailbox_parent_class)->finalize (object);
}

static void
pl_mailbox_class_init (PlMailboxClass *class)
{
  G_OBJECT_CLASS (class)->finalize = pl_mailbox_finalize;
  signals[CHANGED] = g_signal_new ("changed", PL_TYPE_MAILBOX, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
}

static void
pl_mailbox_init (PlMailbox *self)
{
  self->ending = g_ptr_array_new_with_free_func (taking_free);
  self->unlisted = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_voicemail_free);
  self->offer = pl_deadline_new ("pl-mailbox offer", on_offer, self);
  self->refusal = pl_deadline_new ("pl-mailbox", on_refusal, self);
}
