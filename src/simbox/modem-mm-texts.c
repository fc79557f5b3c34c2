/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-mm"

#include "simbox/modem-mm-private.h"

#include "base/limits.h"
#include "base/log.h"

#include <string.h>

/* Texts. ModemManager puts long ones together and takes them apart by itself.
 *
 * Of several texts that come in one burst, ModemManager up to 1.26 fetches the first and
 * forgets the others (its handler finds the message store locked), until it is enabled the next
 * time. So some seconds after a text came, and while nobody calls, it is switched off and on.
 */

#define SECOND_LOOK_SECONDS 8
/* After that long a modem that did not come back is not kept secret. */
#define LOOKING_SECONDS 15
/* Sending waits for the network. */
#define SEND_TIMEOUT_MS (90 * 1000)
#define OWN             "own:"
#define OWN_HASH_CHARS  24

static char *
handle_of_own (const char *number, const char *text)
{
  g_autofree char *both = g_strconcat (number ? number : "", "\n", text ? text : "", NULL);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, both, -1);

  hash[OWN_HASH_CHARS] = '\0';
  return g_strconcat (OWN, hash, NULL);
}

static gboolean
is_own (MMSms *sms)
{
  return mm_sms_get_pdu_type (sms) == MM_SMS_PDU_TYPE_SUBMIT;
}

static gboolean
is_handle_of (MMSms *sms, const char *handle)
{
  if (!is_own (sms))
    return g_strcmp0 (mm_sms_get_path (sms), handle) == 0;
  g_autofree char *own = handle_of_own (mm_sms_get_number (sms), mm_sms_get_text (sms));
  return g_str_equal (own, handle);
}

static PlSmsKind
kind_of (MMSms *sms)
{
  if (mm_sms_get_pdu_type (sms) == MM_SMS_PDU_TYPE_STATUS_REPORT)
    return PL_SMS_REPORT;
  /* binary ones have data and no text: which of them is a WAP push is not told */
  return mm_sms_get_text (sms) != NULL ? PL_SMS_TEXT : PL_SMS_UNKNOWN;
}

static int64_t
time_of (MMSms *sms)
{
  const char *stamp = mm_sms_get_timestamp (sms);
  g_autoptr (GDateTime) time = stamp ? g_date_time_new_from_iso8601 (stamp, NULL) : NULL;

  return time ? g_date_time_to_unix (time) * G_USEC_PER_SEC : 0;
}

static PlSmsPart *
part_new (MMSms *sms)
{
  PlSmsPart *part = g_new0 (PlSmsPart, 1);

  part->kind = kind_of (sms);
  part->flash = mm_sms_get_class (sms) == 0;
  part->number = g_strdup (mm_sms_get_number (sms));
  part->text = part->kind == PL_SMS_TEXT ? g_strdup (mm_sms_get_text (sms)) : NULL;
  part->time_us = time_of (sms);
  part->total = part->seq = 1;
  part->waiting = -1;
  part->report_mr = (uint8_t) mm_sms_get_message_reference (sms);
  part->report_status = (uint8_t) mm_sms_get_delivery_state (sms);
  return part;
}

static PlModemText *
text_new (MMSms *sms)
{
  PlModemText *text = g_new0 (PlModemText, 1);

  if (is_own (sms)) {
    text->handle = handle_of_own (mm_sms_get_number (sms), mm_sms_get_text (sms));
    text->went_out = mm_sms_get_state (sms) == MM_SMS_STATE_SENT;
  } else {
    text->handle = g_strdup (mm_sms_get_path (sms));
    text->part = part_new (sms);
  }
  return text;
}

static gboolean on_second_look (gpointer user_data);

static void
arm_second_look (PlModemMm *self)
{
  pl_modem_mm_clear_source (&self->second_look);
  self->second_look = pl_modem_mm_after (self, SECOND_LOOK_SECONDS, on_second_look);
}

static void
on_disabled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PlModemMm) self = PL_MODEM_MM (user_data);
  g_autoptr (GError) error = NULL;

  mm_modem_disable_finish (MM_MODEM (source), result, &error);
  if ((gpointer) source != (gpointer) self->modem)
    return;
  if (error != NULL) {
    pl_debug (self, "no second look for texts: %s", error->message);
    self->looking = FALSE;
  }
  pl_modem_mm_refresh (self);
}

static gboolean
on_looking_over (gpointer user_data)
{
  PlModemMm *self = user_data;

  g_clear_pointer (&self->second_look, g_source_unref);
  self->looking = FALSE;
  pl_modem_mm_refresh (self);
  return G_SOURCE_REMOVE;
}

/* pl_modem_mm_refresh() sees it disabled, enables it, and says that texts wait. */
static gboolean
on_second_look (gpointer user_data)
{
  PlModemMm *self = user_data;

  g_clear_pointer (&self->second_look, g_source_unref);
  if (self->calls->len > 0 || self->sending > 0) {
    arm_second_look (self);
  } else if (self->status.state == PL_MODEM_READY && !self->looking) {
    pl_debug (self, "second look for texts");
    self->looking = TRUE;
    self->second_look = pl_modem_mm_after (self, LOOKING_SECONDS, on_looking_over);
    mm_modem_disable (self->modem, self->cancellable, on_disabled, g_object_ref (self));
  }
  return G_SOURCE_REMOVE;
}

/* @received: it is whole. Else it is one of ours, or a part of a long one. */
static void
on_added (PlModemMm *self, const char *path G_GNUC_UNUSED, gboolean received)
{
  if (!received && self->drafting > 0)
    return;
  if (received && !self->looking)
    arm_second_look (self);
  g_signal_emit_by_name (self, "texts-waiting");
}

void
pl_modem_mm_watch_texts (PlModemMm *self)
{
  g_signal_connect_object (self->messaging, "added", G_CALLBACK (on_added), self,
                           G_CONNECT_SWAPPED);
}

/* Lists the messages, then goes on with @task; the list is the callback's source. */
static void
list (PlModemMm *self, GTask *task, GAsyncReadyCallback callback)
{
  if (self->looking) {
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY,
                             "the modem looks for lost texts");
    g_object_unref (task);
  } else if (pl_modem_mm_need (self->messaging, task)) {
    mm_modem_messaging_list (self->messaging, g_task_get_cancellable (task), callback, task);
  }
}

/* The answer to list(): FALSE with @task ended when there is none. */
static gboolean
listed (GObject *source, GAsyncResult *result, GTask *task, GList **messages)
{
  GError *error = NULL;

  *messages = mm_modem_messaging_list_finish (MM_MODEM_MESSAGING (source), result, &error);
  if (error == NULL)
    return TRUE;
  pl_modem_mm_fail (task, error);
  return FALSE;
}

/* One more than before: its other parts may be among the forgotten. A part that the network
 * lost is looked for once. */
static void
note_incomplete (PlModemMm *self, guint incomplete)
{
  if (incomplete > self->incomplete && self->second_look == NULL)
    arm_second_look (self);
  self->incomplete = incomplete;
}

static void
on_swept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GList *messages;

  if (!listed (source, result, task, &messages))
    return;
  g_autoptr (GPtrArray) texts
      = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_modem_text_free);
  gboolean sending = FALSE;
  guint incomplete = 0;
  for (GList *l = messages; l != NULL; l = l->next) {
    MMSmsState state = mm_sms_get_state (l->data);
    sending = sending || state == MM_SMS_STATE_SENDING;
    /* parts of a long one are missing: its text is not shown before they are there */
    if (state == MM_SMS_STATE_RECEIVING)
      incomplete++;
    else
      g_ptr_array_add (texts, text_new (l->data));
  }
  g_list_free_full (messages, g_object_unref);
  note_incomplete (g_task_get_source_object (task), incomplete);
  if (sending)
    /* whether it went out is not known, and who asks would send it again */
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY,
                             "a text is being sent");
  else
    g_task_return_pointer (task, g_steal_pointer (&texts), (GDestroyNotify) g_ptr_array_unref);
  g_object_unref (task);
}

void
pl_modem_mm_sweep (PlModem *modem, GTask *task)
{
  list (PL_MODEM_MM (modem), task, on_swept);
}

/* Owned; NULL when there is none. */
static MMSms *
find (GList *messages, const char *handle)
{
  for (GList *l = messages; l != NULL; l = l->next)
    if (is_handle_of (l->data, handle))
      return g_object_ref (l->data);
  return NULL;
}

static void
no_such_text (GTask *task)
{
  g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED,
                           "the modem has no such text");
  g_object_unref (task);
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  mm_modem_messaging_delete_finish (MM_MODEM_MESSAGING (source), result, &error);
  pl_modem_mm_finish (user_data, error);
}

static void
on_listed_to_delete (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GList *messages;

  if (!listed (source, result, task, &messages))
    return;
  g_autoptr (MMSms) sms = find (messages, g_task_get_task_data (task));
  g_list_free_full (messages, g_object_unref);
  if (sms == NULL)
    no_such_text (task);
  else
    mm_modem_messaging_delete (MM_MODEM_MESSAGING (source), mm_sms_get_path (sms),
                               g_task_get_cancellable (task), on_deleted, task);
}

void
pl_modem_mm_delete_text (PlModem *modem, const char *handle, GTask *task)
{
  g_task_set_task_data (task, g_strdup (handle), g_free);
  list (PL_MODEM_MM (modem), task, on_listed_to_delete);
}

guint
pl_modem_mm_count_parts (PlModem *modem G_GNUC_UNUSED, const char *text)
{
  return g_utf8_validate (text, -1, NULL) && strlen (text) <= PL_MAX_MM_TEXT ? 1 : 0;
}

typedef struct {
  char *handle;
  char *number;
  char *text;
} Draft;

static void
draft_free (gpointer data)
{
  Draft *draft = data;

  g_free (draft->handle);
  g_free (draft->number);
  g_free (draft->text);
  g_free (draft);
}

static void
return_handle (GTask *task)
{
  Draft *draft = g_task_get_task_data (task);

  g_task_return_pointer (task, g_strdup (draft->handle), g_free);
  g_object_unref (task);
}

static void
end_drafting (GTask *task)
{
  PlModemMm *self = g_task_get_source_object (task);
  self->drafting--;
}

static void
on_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  /* ModemManager keeps it then, as long as it runs itself */
  if (!mm_sms_store_finish (MM_SMS (source), result, &error))
    pl_debug (source, "not in the modem's store: %s", error->message);
  end_drafting (user_data);
  return_handle (user_data);
}

static void
on_sms_created (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  g_autoptr (MMSms) sms
      = mm_modem_messaging_create_finish (MM_MODEM_MESSAGING (source), result, &error);

  if (sms != NULL) {
    mm_sms_store (sms, MM_SMS_STORAGE_UNKNOWN, g_task_get_cancellable (task), on_stored, task);
  } else {
    end_drafting (task);
    pl_modem_mm_fail (task, error);
  }
}

static void
create (MMModemMessaging *messaging, GTask *task)
{
  Draft *draft = g_task_get_task_data (task);
  g_autoptr (MMSmsProperties) properties = mm_sms_properties_new ();
  PlModemMm *self = g_task_get_source_object (task);

  self->drafting++;
  mm_sms_properties_set_number (properties, draft->number);
  mm_sms_properties_set_text (properties, draft->text);
  mm_sms_properties_set_delivery_report_request (properties, TRUE);
  mm_modem_messaging_create (messaging, properties, g_task_get_cancellable (task),
                             on_sms_created, task);
}

static void
on_old_deleted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  if (mm_modem_messaging_delete_finish (MM_MODEM_MESSAGING (source), result, &error))
    create (MM_MODEM_MESSAGING (source), user_data);
  else
    pl_modem_mm_fail (user_data, error);
}

/* The same text to the same number has the same handle: one that went out before is taken away,
 * one that was left over before it went out is taken. */
static void
on_listed_to_prepare (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Draft *draft = g_task_get_task_data (task);
  GList *messages;

  if (!listed (source, result, task, &messages))
    return;
  g_autoptr (MMSms) old = find (messages, draft->handle);
  g_list_free_full (messages, g_object_unref);
  if (old == NULL)
    create (MM_MODEM_MESSAGING (source), task);
  else if (mm_sms_get_state (old) == MM_SMS_STATE_SENT)
    mm_modem_messaging_delete (MM_MODEM_MESSAGING (source), mm_sms_get_path (old),
                               g_task_get_cancellable (task), on_old_deleted, task);
  else
    return_handle (task);
}

void
pl_modem_mm_prepare_part (PlModem *modem, const char *number, const char *text,
                          guint part G_GNUC_UNUSED, guint16 ref G_GNUC_UNUSED, GTask *task)
{
  Draft *draft = g_new (Draft, 1);

  *draft = (Draft){ handle_of_own (number, text), g_strdup (number), g_strdup (text) };
  g_task_set_task_data (task, draft, draft_free);
  list (PL_MODEM_MM (modem), task, on_listed_to_prepare);
}

static void
on_reference (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (GVariant) answer
      = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, /* error = */ NULL);
  g_autoptr (GVariant) value = NULL;

  if (answer != NULL)
    g_variant_get (answer, "(v)", &value);
  g_task_return_int (task, value && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32)
                               ? (gssize) g_variant_get_uint32 (value)
                               : -1);
  g_object_unref (task);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  PlModemMm *self = g_task_get_source_object (task);
  GError *error = NULL;

  self->sending--;
  if (!mm_sms_send_finish (MM_SMS (source), result, &error)) {
    pl_modem_mm_fail (task, error);
    return;
  }
  /* Asked for: the news of the property comes after the answer. */
  g_dbus_proxy_call (G_DBUS_PROXY (source), "org.freedesktop.DBus.Properties.Get",
                     g_variant_new ("(ss)", MM_DBUS_INTERFACE_SMS, "MessageReference"),
                     G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_reference, task);
}

static void
on_listed_to_send (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  PlModemMm *self = g_task_get_source_object (task);
  GList *messages;

  if (!listed (source, result, task, &messages))
    return;
  g_autoptr (MMSms) sms = find (messages, g_task_get_task_data (task));
  g_list_free_full (messages, g_object_unref);
  if (sms == NULL || !is_own (sms)) {
    no_such_text (task);
    return;
  }
  self->sending++;
  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (sms), SEND_TIMEOUT_MS);
  mm_sms_send (sms, g_task_get_cancellable (task), on_sent, task);
}

void
pl_modem_mm_send_prepared (PlModem *modem, const char *handle, GTask *task)
{
  g_task_set_task_data (task, g_strdup (handle), g_free);
  list (PL_MODEM_MM (modem), task, on_listed_to_send);
}
