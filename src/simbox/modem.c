/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem"

#include "simbox/modem.h"

#include "base/limits.h"

#include <string.h>

/* Dispatch to the implementation. Whatever becomes a part of a command to a modem (numbers,
 * PINs, tones) is checked here, once for all implementations: behind this file it is clean. */

G_DEFINE_INTERFACE (PlModem, pl_modem, G_TYPE_OBJECT)
G_DEFINE_QUARK (pl_modem_error_quark, pl_modem_error)
G_DEFINE_BOXED_TYPE (PlModemCall, pl_modem_call, pl_modem_call_copy, pl_modem_call_free)

PlModemCall *
pl_modem_call_copy (const PlModemCall *self)
{
  PlModemCall *copy = g_memdup2 (self, sizeof *self);
  copy->number = g_strdup (self->number);
  copy->name = g_strdup (self->name);
  return copy;
}

void
pl_modem_call_free (PlModemCall *self)
{
  if (self == NULL)
    return;
  g_free (self->number);
  g_free (self->name);
  g_free (self);
}

void
pl_modem_text_free (PlModemText *self)
{
  if (self == NULL)
    return;
  g_free (self->handle);
  g_clear_pointer (&self->part, pl_sms_part_free);
  g_free (self);
}

static void
pl_modem_default_init (PlModemInterface *iface)
{
  GType type = G_TYPE_FROM_INTERFACE (iface);

  g_signal_new ("status-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("texts-waiting", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("call-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                PL_TYPE_MODEM_CALL | G_SIGNAL_TYPE_STATIC_SCOPE);
  g_signal_new ("dtmf", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                G_TYPE_UINT, G_TYPE_STRING);
  g_signal_new ("audio-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                G_TYPE_BOOLEAN);
}

gboolean
pl_modem_is_number (const char *number)
{
  size_t plus = number && number[0] == '+' ? 1 : 0;
  size_t len = number ? strlen (number) : 0;

  return len > plus && len <= PL_MAX_NUMBER
         && strspn (number + plus, "0123456789*#") == len - plus;
}

gboolean
pl_modem_is_pin (const char *pin)
{
  size_t len = pin ? strlen (pin) : 0;
  /* 3GPP TS 31.101 9.5.1: four to eight digits. */
  return len >= 4 && len <= 8 && strspn (pin, "0123456789") == len;
}

static gboolean
are_tones (const char *digits)
{
  size_t len = digits ? strlen (digits) : 0;
  return len > 0 && len <= PL_MAX_TONES && strspn (digits, "0123456789*#ABCD") == len;
}

/* The task of a call of ours; the implementation takes it. */
static GTask *
task_new (PlModem *self, GCancellable *cancellable, GAsyncReadyCallback callback,
          gpointer user_data)
{
  return g_task_new (self, cancellable, callback, user_data);
}

static void
refuse (GTask *task, const char *what)
{
  g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_INVALID, "%s", what);
  g_object_unref (task);
}

void
pl_modem_start (PlModem *self)
{
  g_return_if_fail (PL_IS_MODEM (self));
  PL_MODEM_GET_IFACE (self)->start (self);
}

void
pl_modem_stop (PlModem *self)
{
  g_return_if_fail (PL_IS_MODEM (self));
  PL_MODEM_GET_IFACE (self)->stop (self);
}

const PlModemStatus *
pl_modem_get_status (PlModem *self)
{
  g_return_val_if_fail (PL_IS_MODEM (self), NULL);
  return PL_MODEM_GET_IFACE (self)->get_status (self);
}

guint
pl_modem_get_audio_rate (PlModem *self)
{
  g_return_val_if_fail (PL_IS_MODEM (self), 0);
  return PL_MODEM_GET_IFACE (self)->get_audio_rate (self);
}

void
pl_modem_enter_pin_async (PlModem *self, const char *pin, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  GTask *task = task_new (self, cancellable, callback, user_data);

  if (!pl_modem_is_pin (pin))
    refuse (task, "a PIN is four to eight digits");
  else
    PL_MODEM_GET_IFACE (self)->enter_pin (self, pin, task);
}

void
pl_modem_dial_async (PlModem *self, const char *number, gboolean hide_number,
                     GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  GTask *task = task_new (self, cancellable, callback, user_data);

  if (!pl_modem_is_number (number))
    refuse (task, "a number is digits, * and #, with + in front at most");
  else
    PL_MODEM_GET_IFACE (self)->dial (self, number, hide_number, task);
}

guint
pl_modem_dial_finish (PlModem *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), 0);
  gssize call = g_task_propagate_int (G_TASK (result), error);
  return call > 0 ? (guint) call : 0;
}

void
pl_modem_answer_async (PlModem *self, guint call, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  PL_MODEM_GET_IFACE (self)->answer (self, call,
                                     task_new (self, cancellable, callback, user_data));
}

void
pl_modem_hang_up_async (PlModem *self, guint call, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  PL_MODEM_GET_IFACE (self)->hang_up (self, call,
                                      task_new (self, cancellable, callback, user_data));
}

void
pl_modem_send_dtmf_async (PlModem *self, guint call, const char *digits,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  GTask *task = task_new (self, cancellable, callback, user_data);

  if (!are_tones (digits))
    refuse (task, "tones are digits, *, # and A to D, 64 at a time");
  else
    PL_MODEM_GET_IFACE (self)->send_dtmf (self, call, digits, task);
}

void
pl_modem_chld_async (PlModem *self, PlModemChld what, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  PL_MODEM_GET_IFACE (self)->chld (self, what,
                                   task_new (self, cancellable, callback, user_data));
}

void
pl_modem_sweep_async (PlModem *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  PL_MODEM_GET_IFACE (self)->sweep (self, task_new (self, cancellable, callback, user_data));
}

void
pl_modem_sweep_missed_some (GTask *task)
{
  g_object_set_data (G_OBJECT (task), "pl-missed-some", task);
}

gboolean
pl_modem_sweep_is_complete (GAsyncResult *result)
{
  return g_object_get_data (G_OBJECT (result), "pl-missed-some") == NULL;
}

GPtrArray *
pl_modem_sweep_finish (PlModem *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
pl_modem_delete_text_async (PlModem *self, const char *handle, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  PL_MODEM_GET_IFACE (self)->delete_text (self, handle,
                                          task_new (self, cancellable, callback, user_data));
}

guint
pl_modem_count_parts (PlModem *self, const char *text)
{
  g_return_val_if_fail (PL_IS_MODEM (self), 0);
  return PL_MODEM_GET_IFACE (self)->count_parts (self, text);
}

void
pl_modem_prepare_part_async (PlModem *self, const char *number, const char *text, guint part,
                             guint16 ref, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  GTask *task = task_new (self, cancellable, callback, user_data);

  if (!pl_modem_is_number (number))
    refuse (task, "a text goes to digits, * and #, with + in front at most");
  else
    PL_MODEM_GET_IFACE (self)->prepare_part (self, number, text, part, ref, task);
}

char *
pl_modem_prepare_part_finish (PlModem *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
pl_modem_send_prepared_async (PlModem *self, const char *handle, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  PL_MODEM_GET_IFACE (self)->send_prepared (self, handle,
                                            task_new (self, cancellable, callback, user_data));
}

int
pl_modem_send_prepared_finish (PlModem *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), -1);
  return (int) g_task_propagate_int (G_TASK (result), error);
}

void
pl_modem_get_forwarding_async (PlModem *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  PL_MODEM_GET_IFACE (self)->get_forwarding (self,
                                             task_new (self, cancellable, callback, user_data));
}

char *
pl_modem_get_forwarding_finish (PlModem *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
pl_modem_erase_forwarding_async (PlModem *self, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  PL_MODEM_GET_IFACE (self)->erase_forwarding (
      self, task_new (self, cancellable, callback, user_data));
}

void
pl_modem_ussd_async (PlModem *self, const char *code, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  GTask *task = task_new (self, cancellable, callback, user_data);

  if (!pl_modem_is_number (code) || *code == '+')
    refuse (task, "a code is digits, * and #");
  else
    PL_MODEM_GET_IFACE (self)->ussd (self, code, task);
}

char *
pl_modem_ussd_finish (PlModem *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
pl_modem_reset_async (PlModem *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_return_if_fail (PL_IS_MODEM (self));
  PL_MODEM_GET_IFACE (self)->reset (self, task_new (self, cancellable, callback, user_data));
}

gboolean
pl_modem_finish (PlModem *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
