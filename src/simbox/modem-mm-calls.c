/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-mm"

#include "simbox/modem-mm-private.h"

#include "base/log.h"

/* Calls. ModemManager asks the modem for its calls every two seconds (+CLCC), unless the modem
 * tells by itself: states come as late as that. */

typedef struct {
  PlModemCall info;
  MMCall *proxy;
  gboolean announced;
  gboolean hung_up; /* by us */
} PlMmCall;

/* Of a PCM port, unless ModemManager says otherwise. */
#define DEFAULT_RATE 8000

static void
call_free (gpointer data)
{
  PlMmCall *call = data;

  g_free (call->info.number);
  g_object_unref (call->proxy);
  g_free (call);
}

void
pl_modem_mm_init_calls (PlModemMm *self)
{
  self->calls = g_ptr_array_new_with_free_func (call_free);
}

static PlMmCall *
find_id (PlModemMm *self, guint id)
{
  for (guint i = 0; i < self->calls->len; i++) {
    PlMmCall *call = self->calls->pdata[i];
    if (call->info.id == id)
      return call;
  }
  return NULL;
}

static PlMmCall *
find_path (PlModemMm *self, const char *path)
{
  for (guint i = 0; i < self->calls->len; i++) {
    PlMmCall *call = self->calls->pdata[i];
    if (g_strcmp0 (mm_call_get_path (call->proxy), path) == 0)
      return call;
  }
  return NULL;
}

static PlMmCall *
find_state (PlModemMm *self, PlModemCallState state)
{
  for (guint i = 0; i < self->calls->len; i++) {
    PlMmCall *call = self->calls->pdata[i];
    if (call->info.state == state)
      return call;
  }
  return NULL;
}

static PlModemEnd
end_of (const PlMmCall *call)
{
  switch (mm_call_get_state_reason (call->proxy)) {
  case MM_CALL_STATE_REASON_REFUSED_OR_BUSY:
    return PL_MODEM_END_BUSY;
  case MM_CALL_STATE_REASON_ERROR:
  case MM_CALL_STATE_REASON_AUDIO_SETUP_FAILED:
    return PL_MODEM_END_REFUSED;
  case MM_CALL_STATE_REASON_UNKNOWN:
  case MM_CALL_STATE_REASON_OUTGOING_STARTED:
  case MM_CALL_STATE_REASON_INCOMING_NEW:
  case MM_CALL_STATE_REASON_ACCEPTED:
  case MM_CALL_STATE_REASON_TERMINATED:
  case MM_CALL_STATE_REASON_TRANSFERRED:
  case MM_CALL_STATE_REASON_DEFLECTED:
  default:
    return call->hung_up ? PL_MODEM_END_LOCAL : PL_MODEM_END_REMOTE;
  }
}

/* 0: not a call of the network yet */
static PlModemCallState
state_of (MMCall *proxy)
{
  static const PlModemCallState states[] = {
    [MM_CALL_STATE_UNKNOWN] = 0,
    [MM_CALL_STATE_DIALING] = PL_MODEM_CALL_DIALING,
    [MM_CALL_STATE_RINGING_OUT] = PL_MODEM_CALL_ALERTING,
    [MM_CALL_STATE_RINGING_IN] = PL_MODEM_CALL_INCOMING,
    [MM_CALL_STATE_ACTIVE] = PL_MODEM_CALL_ACTIVE,
    [MM_CALL_STATE_HELD] = PL_MODEM_CALL_HELD,
    [MM_CALL_STATE_WAITING] = PL_MODEM_CALL_WAITING,
    [MM_CALL_STATE_TERMINATED] = PL_MODEM_CALL_ENDED,
  };
  guint state = (guint) mm_call_get_state (proxy);

  return state < G_N_ELEMENTS (states) ? states[state] : 0;
}

/* ModemManager up to 1.24 never names the port of a call that is under way (AudioPort): where
 * the voice is, the owner says, and it is taken to run while there is a call. One that is held
 * for another does not end it. */
static void
update_audio (PlModemMm *self)
{
  gboolean on
      = find_state (self, PL_MODEM_CALL_ACTIVE) || find_state (self, PL_MODEM_CALL_HELD);

  if (on == self->audio)
    return;
  self->audio = on;
  g_signal_emit_by_name (self, "audio-changed", on);
}

guint
pl_modem_mm_get_audio_rate (PlModem *modem)
{
  PlModemMm *self = PL_MODEM_MM (modem);

  for (guint i = 0; i < self->calls->len; i++) {
    PlMmCall *call = self->calls->pdata[i];
    MMCallAudioFormat *format = mm_call_peek_audio_format (call->proxy);
    guint rate = format ? mm_call_audio_format_get_rate (format) : 0;
    if (rate != 0)
      return rate;
  }
  return DEFAULT_RATE;
}

static void
forget (PlModemMm *self, PlMmCall *call)
{
  g_signal_handlers_disconnect_by_data (call->proxy, self);
  /* or ModemManager lists it for ever */
  if (self->voice != NULL)
    mm_modem_voice_delete_call (self->voice, mm_call_get_path (call->proxy), NULL, NULL, NULL);
  g_ptr_array_remove (self->calls, call);
}

static void
end (PlModemMm *self, PlMmCall *call, PlModemEnd reason)
{
  g_autoptr (PlModemMm) alive G_GNUC_UNUSED = g_object_ref (self);
  g_autoptr (PlModemCall) last = NULL;

  call->info.state = PL_MODEM_CALL_ENDED;
  call->info.end = reason;
  if (call->announced)
    last = pl_modem_call_copy (&call->info);
  forget (self, call);
  update_audio (self);
  if (last != NULL)
    g_signal_emit_by_name (self, "call-changed", last);
  /* what came during a call may have been missed */
  if (self->calls->len == 0 && self->object != NULL)
    g_signal_emit_by_name (self, "texts-waiting");
}

void
pl_modem_mm_lose_calls (PlModemMm *self)
{
  while (self->calls->len > 0)
    end (self, self->calls->pdata[self->calls->len - 1], PL_MODEM_END_LOST);
}

static void
update (PlModemMm *self, PlMmCall *call)
{
  PlModemCallState state = state_of (call->proxy);
  const char *number = mm_call_get_number (call->proxy);
  g_autoptr (PlModemMm) alive G_GNUC_UNUSED = g_object_ref (self);

  if (number != NULL && *number == '\0')
    number = NULL;
  if (state == 0 || (state == call->info.state && g_strcmp0 (number, call->info.number) == 0))
    return;
  if (state == PL_MODEM_CALL_ENDED) {
    end (self, call, end_of (call));
    return;
  }
  call->announced = TRUE;
  call->info.state = state;
  if (number != NULL && g_strcmp0 (number, call->info.number) != 0) {
    g_free (call->info.number);
    call->info.number = g_strdup (number);
  }
  g_autoptr (PlModemCall) copy = pl_modem_call_copy (&call->info);
  g_signal_emit_by_name (self, "call-changed", copy);
  update_audio (self);
}

static void
on_call_properties (PlModemMm *self, GVariant *changed G_GNUC_UNUSED,
                    const char *const *invalidated G_GNUC_UNUSED, GDBusProxy *proxy)
{
  PlMmCall *call = find_path (self, g_dbus_proxy_get_object_path (proxy));

  if (call != NULL)
    update (self, call);
}

static void
on_dtmf (PlModemMm *self, const char *digit, MMCall *proxy)
{
  PlMmCall *call = find_path (self, mm_call_get_path (proxy));

  if (call != NULL)
    g_signal_emit_by_name (self, "dtmf", call->info.id, digit);
}

static PlMmCall *
adopt (PlModemMm *self, MMCall *proxy)
{
  PlMmCall *call = find_path (self, mm_call_get_path (proxy));

  if (call != NULL)
    return call;
  call = g_new0 (PlMmCall, 1);
  call->proxy = g_object_ref (proxy);
  call->info.id = ++self->last_call;
  call->info.outgoing = mm_call_get_direction (proxy) == MM_CALL_DIRECTION_OUTGOING;
  g_ptr_array_add (self->calls, call);
  g_signal_connect_object (proxy, "g-properties-changed", G_CALLBACK (on_call_properties), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (proxy, "dtmf-received", G_CALLBACK (on_dtmf), self,
                           G_CONNECT_SWAPPED);
  return call;
}

static void
on_calls_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PlModemMm) self = PL_MODEM_MM (user_data);
  GList *calls = mm_modem_voice_list_calls_finish (MM_MODEM_VOICE (source), result, NULL);

  for (GList *l = calls; l != NULL; l = l->next)
    /* one that ended before we came is nobody's; */
    if ((gpointer) source == (gpointer) self->voice
        && state_of (l->data) != PL_MODEM_CALL_ENDED)
      update (self, adopt (self, l->data));
  g_list_free_full (calls, g_object_unref);
}

static void
list_calls (PlModemMm *self)
{
  mm_modem_voice_list_calls (self->voice, self->cancellable, on_calls_listed,
                             g_object_ref (self));
}

static void
on_call_added (PlModemMm *self, const char *path)
{
  if (find_path (self, path) == NULL)
    list_calls (self);
}

void
pl_modem_mm_watch_calls (PlModemMm *self)
{
  g_signal_connect_object (self->voice, "call-added", G_CALLBACK (on_call_added), self,
                           G_CONNECT_SWAPPED);
  list_calls (self);
}

/* The call, or NULL with @task ended. */
static PlMmCall *
need_call (PlModemMm *self, guint id, GTask *task)
{
  PlMmCall *call = find_id (self, id);

  if (call == NULL) {
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED,
                             "there is no such call");
    g_object_unref (task);
  }
  return call;
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  PlModemMm *self = g_task_get_source_object (task);
  GError *error = NULL;
  PlMmCall *call = find_path (self, mm_call_get_path (MM_CALL (source)));

  mm_call_start_finish (MM_CALL (source), result, &error);
  if (error == NULL && call != NULL) {
    g_task_return_int (task, call->info.id);
    g_object_unref (task);
    return;
  }
  if (call != NULL)
    end (self, call, PL_MODEM_END_REFUSED);
  if (error == NULL)
    error
        = g_error_new_literal (PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED, "the call ended at once");
  pl_modem_mm_fail (task, error);
}

static void
on_created (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  PlModemMm *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (MMCall) proxy
      = mm_modem_voice_create_call_finish (MM_MODEM_VOICE (source), result, &error);

  if (proxy == NULL) {
    pl_modem_mm_fail (task, error);
    return;
  }
  if (!pl_modem_mm_need (self->voice, task))
    return;
  PlMmCall *call = adopt (self, proxy);
  mm_call_start (call->proxy, g_task_get_cancellable (task), on_started, task);
}

static void
create_call (PlModemMm *self, GTask *task)
{
  g_autoptr (MMCallProperties) properties = mm_call_properties_new ();

  if (!pl_modem_mm_need (self->voice, task))
    return;
  mm_call_properties_set_number (properties, g_task_get_task_data (task));
  mm_modem_voice_create_call (self->voice, properties, g_task_get_cancellable (task),
                              on_created, task);
}

void
pl_modem_mm_dial_delayed (PlModemMm *self)
{
  GTask *task;

  while ((task = g_queue_pop_head (&self->delayed)) != NULL)
    create_call (self, task);
}

void
pl_modem_mm_dial (PlModem *modem, const char *number, gboolean hide_number, GTask *task)
{
  PlModemMm *self = PL_MODEM_MM (modem);

  if (hide_number) {
    /* with "#31#" in front it does not find its call in the modem's list, and drops it */
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_UNSUPPORTED,
                             "ModemManager cannot hide the own number");
    g_object_unref (task);
    return;
  }
  g_task_set_task_data (task, g_strdup (number), g_free);
  if (self->looking)
    g_queue_push_tail (&self->delayed, task);
  else
    create_call (self, task);
}

static void
on_accepted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  mm_call_accept_finish (MM_CALL (source), result, &error);
  pl_modem_mm_finish (user_data, error);
}

void
pl_modem_mm_answer (PlModem *modem, guint id, GTask *task)
{
  PlModemMm *self = PL_MODEM_MM (modem);
  PlMmCall *call = need_call (self, id, task);

  if (call == NULL)
    return;
  if (call->info.state == PL_MODEM_CALL_WAITING)
    pl_modem_mm_chld (modem, PL_MODEM_CHLD_HOLD_SWAP, task);
  else
    mm_call_accept (call->proxy, g_task_get_cancellable (task), on_accepted, task);
}

static void
on_hung_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  mm_call_hangup_finish (MM_CALL (source), result, &error);
  pl_modem_mm_finish (user_data, error);
}

static void
hang_up (PlMmCall *call, GTask *task)
{
  call->hung_up = TRUE;
  mm_call_hangup (call->proxy, g_task_get_cancellable (task), on_hung_up, task);
}

void
pl_modem_mm_hang_up (PlModem *modem, guint id, GTask *task)
{
  PlMmCall *call = need_call (PL_MODEM_MM (modem), id, task);

  if (call != NULL)
    hang_up (call, task);
}

static void on_tone (GObject *source, GAsyncResult *result, gpointer user_data);

/* One digit a time: ModemManager up to 1.24 sends the first of several only. */
static void
send_tone (MMCall *proxy, GTask *task)
{
  const char *rest = g_task_get_task_data (task);
  char digit[2] = { rest[0], '\0' };

  mm_call_send_dtmf (proxy, digit, g_task_get_cancellable (task), on_tone, task);
}

static void
on_tone (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  const char *rest = g_task_get_task_data (task);

  if (!mm_call_send_dtmf_finish (MM_CALL (source), result, &error) || rest[1] == '\0') {
    pl_modem_mm_finish (task, error);
    return;
  }
  g_task_set_task_data (task, g_strdup (rest + 1), g_free);
  send_tone (MM_CALL (source), task);
}

void
pl_modem_mm_send_dtmf (PlModem *modem, guint id, const char *digits, GTask *task)
{
  PlMmCall *call = need_call (PL_MODEM_MM (modem), id, task);

  if (call == NULL)
    return;
  g_task_set_task_data (task, g_strdup (digits), g_free);
  send_tone (call->proxy, task);
}

static void
on_held (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  mm_modem_voice_hold_and_accept_finish (MM_MODEM_VOICE (source), result, &error);
  pl_modem_mm_finish (user_data, error);
}

static void
on_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  mm_modem_voice_hangup_and_accept_finish (MM_MODEM_VOICE (source), result, &error);
  pl_modem_mm_finish (user_data, error);
}

void
pl_modem_mm_chld (PlModem *modem, PlModemChld what, GTask *task)
{
  PlModemMm *self = PL_MODEM_MM (modem);
  GCancellable *cancellable = g_task_get_cancellable (task);
  PlMmCall *active = find_state (self, PL_MODEM_CALL_ACTIVE);

  if (!pl_modem_mm_need (self->voice, task))
    return;
  if (what == PL_MODEM_CHLD_HOLD_SWAP) {
    mm_modem_voice_hold_and_accept (self->voice, cancellable, on_held, task);
  } else if (what == PL_MODEM_CHLD_END_ACTIVE_TAKE_OTHER) {
    if (active != NULL)
      active->hung_up = TRUE;
    mm_modem_voice_hangup_and_accept (self->voice, cancellable, on_taken, task);
  } else {
    PlMmCall *waiting = find_state (self, PL_MODEM_CALL_WAITING);
    pl_modem_mm_hang_up (modem, waiting ? waiting->info.id : 0, task);
  }
}
