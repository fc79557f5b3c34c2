/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-session"

#include "simbox/session-private.h"

#include "simbox/box-json.h"

/* --- the box --- */

static GVariant *
run_status (PlBoxSession *self, GVariant *params G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return pl_box_json_status (self->box);
}

static void
tell_call (gpointer data, gpointer user_data)
{
  PlBoxSession *self = user_data;
  pl_rpc_notify (self->control, "call", pl_box_json_call (self->box, data, self->key));
}

/* A client that says which call it has seen hears how many it has missed since then. */
static void
put_missed (PlBoxSession *self, GVariant *params, GVariantDict *dict)
{
  gint64 seen = G_MAXINT64;
  gboolean knows = g_variant_lookup (params, "last_call_seq", "x", &seen);
  int64_t last;
  guint missed;

  if (!pl_store_count_missed (self->box->store, seen, &missed, &last, /* error = */ NULL))
    return;
  g_variant_dict_insert (dict, "last_call_seq", "x", (gint64) last);
  if (knows)
    g_variant_dict_insert (dict, "missed_calls", "x", (gint64) missed);
}

/* The calls that are there are told as if they came now. */
static GVariant *
run_hello (PlBoxSession *self, GVariant *params, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *rights = pl_rights_print (self->who->rights);
  const char *program = NULL;

  g_variant_lookup (params, "program", "&s", &program);
  if (!pl_box_session_greet (self, program, error))
    return NULL;
  g_variant_dict_insert (&dict, "box", "s", self->box->name);
  g_variant_dict_insert (&dict, "client", "s", self->who->name);
  g_variant_dict_insert (&dict, "rights", "s", rights);
  g_variant_dict_insert_value (&dict, "status", pl_box_json_status (self->box));
  if (pl_box_session_may_see (self, PL_RIGHT_CALL)) {
    put_missed (self, params, &dict);
    pl_calls_foreach (self->box->calls, tell_call, self);
  }
  return g_variant_dict_end (&dict);
}

static GVariant *
run_dnd (PlBoxSession *self, GVariant *params, GError **error)
{
  gboolean on;

  if (!pl_box_session_get (params, "on", "b", &on, error)
      || !pl_calls_set_dnd (self->box->calls, on, error))
    return NULL;
  self->ops->box_changed (self->user_data);
  return pl_box_session_nothing ();
}

static void
on_modem_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (pl_modem_finish (PL_MODEM (source), result, &error))
    g_task_return_pointer (task, g_variant_ref_sink (pl_box_session_nothing ()),
                           (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

static void
start_pin (PlBoxSession *self, GVariant *params, GTask *task)
{
  const char *pin;
  GError *error = NULL;

  if (pl_box_session_get (params, "pin", "&s", &pin, &error))
    pl_modem_enter_pin_async (self->box->modem, pin, NULL, on_modem_done, g_object_ref (task));
  else
    g_task_return_error (task, error);
}

static void
on_forwarding (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autofree char *number = pl_modem_get_forwarding_finish (PL_MODEM (source), result, &error);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (number == NULL) {
    g_task_return_error (task, error);
    return;
  }
  g_variant_dict_insert (&dict, "number", "s", number);
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_dict_end (&dict)),
                         (GDestroyNotify) g_variant_unref);
}

static void
start_get_forwarding (PlBoxSession *self, GVariant *params G_GNUC_UNUSED, GTask *task)
{
  pl_modem_get_forwarding_async (self->box->modem, NULL, on_forwarding, g_object_ref (task));
}

static void
start_erase_forwarding (PlBoxSession *self, GVariant *params G_GNUC_UNUSED, GTask *task)
{
  pl_modem_erase_forwarding_async (self->box->modem, NULL, on_modem_done, g_object_ref (task));
}

static void
on_ussd (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autofree char *text = pl_modem_ussd_finish (PL_MODEM (source), result, &error);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (text == NULL) {
    g_task_return_error (task, error);
    return;
  }
  g_variant_dict_insert (&dict, "text", "s", text);
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_dict_end (&dict)),
                         (GDestroyNotify) g_variant_unref);
}

static void
start_ussd (PlBoxSession *self, GVariant *params, GTask *task)
{
  const char *code;
  GError *error = NULL;

  if (pl_box_session_get (params, "code", "&s", &code, &error)
      && pl_dial_rules_check_code (self->box->rules, code, &error))
    pl_modem_ussd_async (self->box->modem, code, NULL, on_ussd, g_object_ref (task));
  else
    g_task_return_error (task, error);
}

/* --- calls --- */

static GVariant *
run_dial (PlBoxSession *self, GVariant *params, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  const char *id, *number;
  gboolean hide = FALSE;

  if (!pl_box_session_get (params, "id", "&s", &id, error)
      || !pl_box_session_get (params, "number", "&s", &number, error))
    return NULL;
  g_variant_lookup (params, "hide", "b", &hide);
  if (!pl_calls_dial (self->box->calls, self->key, id, number, hide, error))
    return NULL;
  g_variant_dict_insert (&dict, "call", "s", id);
  return g_variant_dict_end (&dict);
}

typedef gboolean (*CallFunc) (PlCalls *calls, const char *client, const char *call,
                              GError **error);

static GVariant *
run_on_call (PlBoxSession *self, GVariant *params, CallFunc func, GError **error)
{
  const char *call;

  if (!pl_box_session_get (params, "call", "&s", &call, error)
      || !func (self->box->calls, self->key, call, error))
    return NULL;
  return pl_box_session_nothing ();
}

static GVariant *
run_answer (PlBoxSession *self, GVariant *params, GError **error)
{
  return run_on_call (self, params, pl_calls_answer, error);
}

static GVariant *
run_pick_up (PlBoxSession *self, GVariant *params, GError **error)
{
  return run_on_call (self, params, pl_calls_pick_up, error);
}

static GVariant *
run_reject (PlBoxSession *self, GVariant *params, GError **error)
{
  return run_on_call (self, params, pl_calls_reject, error);
}

static GVariant *
run_hang_up (PlBoxSession *self, GVariant *params, GError **error)
{
  return run_on_call (self, params, pl_calls_hang_up, error);
}

static GVariant *
run_hold (PlBoxSession *self, GVariant *params, GError **error)
{
  return run_on_call (self, params, pl_calls_hold, error);
}

static GVariant *
run_dtmf (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *call, *digits;

  if (!pl_box_session_get (params, "call", "&s", &call, error)
      || !pl_box_session_get (params, "digits", "&s", &digits, error)
      || !pl_calls_dtmf (self->box->calls, self->key, call, digits, error))
    return NULL;
  return pl_box_session_nothing ();
}

#define CALLS_OR_TEXTS (PL_RIGHT_CALL | PL_RIGHT_SMS)
#define ANY_RIGHT      (CALLS_OR_TEXTS | PL_RIGHT_VOICEMAIL)

const PlBoxMethod pl_box_control_methods[] = {
  { "hello", 0, TRUE, run_hello, NULL },
  { "status", 0, TRUE, run_status, NULL },
  { "dnd.set", PL_RIGHT_CALL, FALSE, run_dnd, NULL },
  { "pin.enter", CALLS_OR_TEXTS, FALSE, NULL, start_pin },
  { "forwarding.get", PL_RIGHT_CALL, TRUE, NULL, start_get_forwarding },
  { "forwarding.erase", PL_RIGHT_CALL, FALSE, NULL, start_erase_forwarding },
  { "ussd.send", PL_RIGHT_CALL, FALSE, NULL, start_ussd },
  { "call.dial", PL_RIGHT_CALL, FALSE, run_dial, NULL },
  { "call.answer", PL_RIGHT_CALL, FALSE, run_answer, NULL },
  { "call.pick-up", PL_RIGHT_CALL, FALSE, run_pick_up, NULL },
  { "call.reject", PL_RIGHT_CALL, FALSE, run_reject, NULL },
  { "call.hangup", PL_RIGHT_CALL, FALSE, run_hang_up, NULL },
  { "call.hold", PL_RIGHT_CALL, FALSE, run_hold, NULL },
  { "call.swap", PL_RIGHT_CALL, FALSE, run_hold, NULL },
  { "call.dtmf", PL_RIGHT_CALL, FALSE, run_dtmf, NULL },
  { "calls.list", PL_RIGHT_CALL, TRUE, pl_box_session_list_calls, NULL },
  { "calls.delete", PL_RIGHT_CALL, FALSE, pl_box_session_delete_calls, NULL },
  { "blocked.list", ANY_RIGHT, TRUE, pl_box_session_list_blocked, NULL },
  { "blocked.add", CALLS_OR_TEXTS, FALSE, pl_box_session_block, NULL },
  { "blocked.remove", CALLS_OR_TEXTS, FALSE, pl_box_session_unblock, NULL },
  { "clients.list", ANY_RIGHT, TRUE, pl_box_session_list_clients, NULL },
  { "clients.remove", 0, FALSE, pl_box_session_remove_client, NULL },
  { "contacts.list", ANY_RIGHT, TRUE, pl_box_session_list_contacts, NULL },
  { "contacts.import", CALLS_OR_TEXTS, FALSE, pl_box_session_import_contacts, NULL },
  { "contacts.import-vcards", CALLS_OR_TEXTS, FALSE, pl_box_session_import_vcards, NULL },
  { "contacts.prune", CALLS_OR_TEXTS, FALSE, pl_box_session_prune_contacts, NULL },
  { "contacts.delete", CALLS_OR_TEXTS, FALSE, pl_box_session_delete_contact, NULL },
  { "greeting.get", PL_RIGHT_VOICEMAIL, TRUE, NULL, pl_box_session_get_greeting },
  { "greeting.set", PL_RIGHT_VOICEMAIL, FALSE, pl_box_session_set_greeting, NULL },
  { "greeting.reset", PL_RIGHT_VOICEMAIL, FALSE, pl_box_session_reset_greeting, NULL },
  { "push.set", 0, TRUE, pl_box_session_set_push, NULL },
  { "push.clear", 0, TRUE, pl_box_session_clear_push, NULL },
  { "voicemail.list", PL_RIGHT_VOICEMAIL, TRUE, pl_box_session_list_voicemails, NULL },
  { "voicemail.get", PL_RIGHT_VOICEMAIL, TRUE, pl_box_session_get_voicemail, NULL },
  { "voicemail.delete", PL_RIGHT_VOICEMAIL, FALSE, pl_box_session_delete_voicemail, NULL },
  { "voicemail.heard", PL_RIGHT_VOICEMAIL, FALSE, pl_box_session_mark_voicemail, NULL },
  { NULL },
};
