/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "base/limits.h"
#include "simbox/modem-at-calls.h"

/* What is done to calls. */

#define DIAL_MS   10000
#define ANSWER_MS 20000

static void
return_no_call (GTask *task)
{
  g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED, "the call is over");
  g_object_unref (task);
}

static guint
call_of (GTask *task)
{
  return GPOINTER_TO_UINT (g_task_get_task_data (task));
}

static void
on_dialled (const PlAtAnswer *answer, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (PlModemAt) self = g_object_ref (g_task_get_source_object (task));
  PlModemAtCall *call = pl_modem_at_calls_by_id (self, call_of (task));

  if (answer->error == NULL) {
    g_task_return_int (task, call_of (task));
    pl_modem_at_calls_ask (self);
    return;
  }
  g_task_return_error (task, g_error_copy (answer->error));
  if (call && !g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED))
    pl_modem_at_calls_end (self, call, PL_MODEM_END_LOST);
  else if (call)
    pl_modem_at_calls_end (self, call, pl_modem_at_call_reason (call));
}

void
pl_modem_at_dial (PlModem *modem, const char *number, gboolean hide, GTask *task)
{
  PlModemAt *self = PL_MODEM_AT (modem);
  g_autofree char *line = g_strdup_printf ("ATD%s%s;", number, hide ? "I" : "");
  const PlAtCommand command = { .line = line, .timeout_ms = DIAL_MS, .flags = PL_AT_URGENT };

  if (pl_modem_at_refuses (self, task))
    return;
  if (self->state != PL_MODEM_READY || self->calls.list->len >= PL_MAX_CALLS) {
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY, "%s",
                             self->state != PL_MODEM_READY ? "the modem is not in a network"
                                                           : "there are too many calls");
    g_object_unref (task);
    return;
  }
  pl_modem_at_audio_prepare (self);
  PlModemAtCall *call
      = pl_modem_at_calls_add (self, /* outgoing = */ TRUE, PL_MODEM_CALL_DIALING);
  call->pub.number = g_strdup (number);
  g_task_set_task_data (task, GUINT_TO_POINTER (call->pub.id), NULL);
  pl_modem_at_run (self, &command, on_dialled, task);
  call = pl_modem_at_calls_by_id (self, call_of (task));
  if (call && !call->shown)
    pl_modem_at_calls_show (self, call);
}

/* For ATA, +CHUP and +CHLD: the list tells what came of it. */
static void
on_done (const PlAtAnswer *answer, gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (PlModemAt) self = g_object_ref (g_task_get_source_object (task));
  pl_modem_at_return_plain (answer, task);
  pl_modem_at_calls_ask (self);
}

static void
run (PlModemAt *self, const char *line, guint timeout_ms, GTask *task)
{
  const PlAtCommand command = { .line = line, .timeout_ms = timeout_ms, .flags = PL_AT_URGENT };
  pl_modem_at_run (self, &command, on_done, task);
}

void
pl_modem_at_answer (PlModem *modem, guint id, GTask *task)
{
  PlModemAt *self = PL_MODEM_AT (modem);
  const PlModemAtCall *call = pl_modem_at_calls_by_id (self, id);

  if (call && call->pub.state == PL_MODEM_CALL_WAITING) {
    run (self, "AT+CHLD=2", ANSWER_MS, task);
  } else if (call && call->pub.state == PL_MODEM_CALL_INCOMING) {
    pl_modem_at_audio_prepare (self);
    run (self, "ATA", ANSWER_MS, task);
  } else {
    return_no_call (task);
  }
}

/* A call among others is ended by its number, which only works once it is through; +CHUP ends
 * all that is not held or waiting. */
static char *
hang_up_line (PlModemAt *self, const PlModemAtCall *call)
{
  if (call->pub.state == PL_MODEM_CALL_WAITING)
    return g_strdup ("AT+CHLD=0");
  if (self->calls.list->len > 1 && call->index > 0
      && (call->pub.state == PL_MODEM_CALL_ACTIVE || call->pub.state == PL_MODEM_CALL_HELD))
    return g_strdup_printf ("AT+CHLD=1%d", call->index);
  return g_strdup ("AT+CHUP");
}

static void
on_hung_up (const PlAtAnswer *answer, gpointer user_data)
{
  GTask *task = user_data;
  PlModemAt *self = g_task_get_source_object (task);

  if (answer->error && g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED))
    run (self, "ATH", ANSWER_MS, task); /* old ones do not know +CHUP */
  else
    on_done (answer, task);
}

void
pl_modem_at_hang_up (PlModem *modem, guint id, GTask *task)
{
  PlModemAt *self = PL_MODEM_AT (modem);
  PlModemAtCall *call = pl_modem_at_calls_by_id (self, id);

  if (call == NULL) {
    return_no_call (task);
    return;
  }
  call->ending = TRUE;
  g_autofree char *line = hang_up_line (self, call);
  const PlAtCommand command = { .line = line, .timeout_ms = ANSWER_MS, .flags = PL_AT_URGENT };
  gboolean only = g_str_equal (line, "AT+CHUP");
  pl_modem_at_run (self, &command, only ? on_hung_up : on_done, task);
}

/* Tones go one by one: a modem takes the next when it has made the last. */

typedef struct {
  guint call;
  char *digits;
  guint next;
} Tones;

static void
tones_free (Tones *tones)
{
  g_free (tones->digits);
  g_free (tones);
}

static void on_tone (const PlAtAnswer *answer, gpointer user_data);

static void
send_tone (PlModemAt *self, GTask *task)
{
  Tones *tones = g_task_get_task_data (task);
  const PlModemAtCall *call = pl_modem_at_calls_by_id (self, tones->call);

  if (tones->digits[tones->next] == '\0') {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
  } else if (call == NULL || call->pub.state != PL_MODEM_CALL_ACTIVE) {
    return_no_call (task);
  } else {
    g_autofree char *line = g_strdup_printf ("AT+VTS=\"%c\"", tones->digits[tones->next++]);
    const PlAtCommand command = { .line = line, .flags = PL_AT_URGENT };
    pl_modem_at_run (self, &command, on_tone, task);
  }
}

static void
on_tone (const PlAtAnswer *answer, gpointer user_data)
{
  GTask *task = user_data;

  if (answer->error)
    pl_modem_at_return_error (task, answer->error);
  else
    send_tone (g_task_get_source_object (task), task);
}

void
pl_modem_at_send_dtmf (PlModem *modem, guint id, const char *digits, GTask *task)
{
  Tones *tones = g_new0 (Tones, 1);

  tones->call = id;
  tones->digits = g_strdup (digits);
  g_task_set_task_data (task, tones, (GDestroyNotify) tones_free);
  send_tone (PL_MODEM_AT (modem), task);
}

void
pl_modem_at_chld (PlModem *modem, PlModemChld what, GTask *task)
{
  static const struct {
    const char *line;
    PlModemCallState ends;
  } ways[] = {
    [PL_MODEM_CHLD_HOLD_SWAP] = { "AT+CHLD=2", PL_MODEM_CALL_ENDED },
    [PL_MODEM_CHLD_END_ACTIVE_TAKE_OTHER] = { "AT+CHLD=1", PL_MODEM_CALL_ACTIVE },
    [PL_MODEM_CHLD_REJECT_WAITING] = { "AT+CHLD=0", PL_MODEM_CALL_WAITING },
  };
  PlModemAt *self = PL_MODEM_AT (modem);
  PlModemAtCall *ended = pl_modem_at_calls_in_state (self, ways[what].ends);

  if (ended)
    ended->ending = TRUE;
  run (self, ways[what].line, ANSWER_MS, task);
}
