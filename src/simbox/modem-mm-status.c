/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-mm"

#include "simbox/modem-mm-private.h"

#include "base/log.h"

#include <string.h>

/* How the modem is, and what has to be done to make it better: enabling, the PIN. */

#define RETRY_SECONDS 10
/* A try is spent only when two stay for the owner's own fingers. */
#define NEEDED_TRIES 3

static void
set_string (PlModemMm *self, PlMmString which, const char *value, const char **shown)
{
  if (value != NULL && *value == '\0')
    value = NULL;
  if (g_strcmp0 (self->strings[which], value) != 0) {
    g_free (self->strings[which]);
    self->strings[which] = g_strdup (value);
  }
  *shown = self->strings[which];
}

void
pl_modem_mm_clear_status (PlModemMm *self)
{
  for (guint i = 0; i < PL_MM_N_STRINGS; i++)
    g_clear_pointer (&self->strings[i], g_free);
  self->status
      = (PlModemStatus){ .state = PL_MODEM_ABSENT, .signal_percent = -1, .pin_tries = -1 };
}

void
pl_modem_mm_set_problem (PlModemMm *self, const char *problem)
{
  if (g_strcmp0 (self->strings[PL_MM_PROBLEM], problem) == 0)
    return;
  set_string (self, PL_MM_PROBLEM, problem, &self->status.problem);
  g_signal_emit_by_name (self, "status-changed");
}

static PlModemState
state_of (PlModemMm *self)
{
  MMModem3gppRegistrationState registration
      = self->gpp ? mm_modem_3gpp_get_registration_state (self->gpp)
                  : MM_MODEM_3GPP_REGISTRATION_STATE_UNKNOWN;

  switch (mm_modem_get_state (self->modem)) {
  case MM_MODEM_STATE_FAILED:
    return mm_modem_get_state_failed_reason (self->modem)
                   == MM_MODEM_STATE_FAILED_REASON_SIM_MISSING
               ? PL_MODEM_NO_SIM
               : PL_MODEM_FAILED;
  case MM_MODEM_STATE_LOCKED:
    return PL_MODEM_LOCKED;
  case MM_MODEM_STATE_ENABLED:
  case MM_MODEM_STATE_SEARCHING:
    return registration == MM_MODEM_3GPP_REGISTRATION_STATE_DENIED ? PL_MODEM_DENIED
                                                                   : PL_MODEM_SEARCHING;
  case MM_MODEM_STATE_REGISTERED:
  case MM_MODEM_STATE_DISCONNECTING:
  case MM_MODEM_STATE_CONNECTING:
  case MM_MODEM_STATE_CONNECTED:
    return self->voice && self->messaging ? PL_MODEM_READY : PL_MODEM_STARTING;
  case MM_MODEM_STATE_UNKNOWN:
  case MM_MODEM_STATE_INITIALIZING:
  case MM_MODEM_STATE_DISABLED:
  case MM_MODEM_STATE_DISABLING:
  case MM_MODEM_STATE_ENABLING:
  default:
    return PL_MODEM_STARTING;
  }
}

static const char *
technology_of (MMModemAccessTechnology technologies)
{
  if (technologies & MM_MODEM_ACCESS_TECHNOLOGY_5GNR)
    return "5G";
  if (technologies & MM_MODEM_ACCESS_TECHNOLOGY_LTE)
    return "LTE";
  if (technologies
      & (MM_MODEM_ACCESS_TECHNOLOGY_UMTS | MM_MODEM_ACCESS_TECHNOLOGY_HSDPA
         | MM_MODEM_ACCESS_TECHNOLOGY_HSUPA | MM_MODEM_ACCESS_TECHNOLOGY_HSPA
         | MM_MODEM_ACCESS_TECHNOLOGY_HSPA_PLUS))
    return "3G";
  if (technologies
      & (MM_MODEM_ACCESS_TECHNOLOGY_GSM | MM_MODEM_ACCESS_TECHNOLOGY_GSM_COMPACT
         | MM_MODEM_ACCESS_TECHNOLOGY_GPRS | MM_MODEM_ACCESS_TECHNOLOGY_EDGE))
    return "2G";
  return NULL;
}

static int
tries_left (PlModemMm *self)
{
  MMUnlockRetries *retries = mm_modem_peek_unlock_retries (self->modem);
  guint left = retries ? mm_unlock_retries_get (retries, MM_MODEM_LOCK_SIM_PIN)
                       : MM_UNLOCK_RETRIES_UNKNOWN;

  return left == MM_UNLOCK_RETRIES_UNKNOWN ? -1 : (int) left;
}

static const char *
problem_of (PlModemMm *self, PlModemState state)
{
  if (state == PL_MODEM_FAILED)
    return "ModemManager cannot work with this modem";
  if (state == PL_MODEM_NO_SIM)
    return "there is no SIM card in the modem";
  if (state == PL_MODEM_DENIED)
    return "the network refuses this SIM card";
  /* a failed enabling is told until it works */
  return mm_modem_get_state (self->modem) == MM_MODEM_STATE_DISABLED
             ? self->strings[PL_MM_PROBLEM]
             : NULL;
}

static void
on_sim_known (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PlModemMm) self = PL_MODEM_MM (user_data);
  g_autoptr (MMSim) sim
      = mm_modem_get_sim_finish (MM_MODEM (source), result, /* error = */ NULL);

  if ((gpointer) source != (gpointer) self->modem || sim == NULL
      || g_strcmp0 (mm_sim_get_path (sim), self->strings[PL_MM_SIM_PATH]) != 0)
    return;
  set_string (self, PL_MM_ICCID, mm_sim_get_identifier (sim), &self->status.iccid);
  g_signal_emit_by_name (self, "status-changed");
}

/* The number of the card is another object's, which is there as long as the card. */
static void
ask_for_sim (PlModemMm *self)
{
  const char *path = mm_modem_get_sim_path (self->modem);

  if (g_strcmp0 (path, self->strings[PL_MM_SIM_PATH]) == 0)
    return;
  g_free (self->strings[PL_MM_SIM_PATH]);
  self->strings[PL_MM_SIM_PATH] = g_strdup (path);
  set_string (self, PL_MM_ICCID, NULL, &self->status.iccid);
  if (path && strcmp (path, "/") != 0)
    mm_modem_get_sim (self->modem, self->cancellable, on_sim_known, g_object_ref (self));
}

static void
fill_status (PlModemMm *self)
{
  PlModemStatus *status = &self->status;
  const char *const *numbers = mm_modem_get_own_numbers (self->modem);

  status->state = state_of (self);
  set_string (self, PL_MM_MANUFACTURER, mm_modem_get_manufacturer (self->modem),
              &status->manufacturer);
  set_string (self, PL_MM_MODEL, mm_modem_get_model (self->modem), &status->model);
  set_string (self, PL_MM_FIRMWARE, mm_modem_get_revision (self->modem), &status->firmware);
  set_string (self, PL_MM_IMEI, mm_modem_get_equipment_identifier (self->modem), &status->imei);
  set_string (self, PL_MM_OWN_NUMBER, numbers ? numbers[0] : NULL, &status->own_number);
  set_string (self, PL_MM_OPERATOR,
              self->gpp ? mm_modem_3gpp_get_operator_name (self->gpp) : NULL,
              &status->operator_name);
  status->technology = technology_of (mm_modem_get_access_technologies (self->modem));
  status->roaming = self->gpp
                    && mm_modem_3gpp_get_registration_state (self->gpp)
                           == MM_MODEM_3GPP_REGISTRATION_STATE_ROAMING;
  /* 0 is what ModemManager says before it has asked */
  guint quality = mm_modem_get_signal_quality (self->modem, /* recent = */ NULL);
  status->signal_percent = quality > 0 ? (int) quality : -1;
  status->pin_tries = tries_left (self);
  status->puk = mm_modem_get_unlock_required (self->modem) == MM_MODEM_LOCK_SIM_PUK;
  set_string (self, PL_MM_PROBLEM, problem_of (self, status->state), &status->problem);
  ask_for_sim (self);
}

/* Why there is no modem; NULL: not known yet. */
static const char *
absence_of (PlModemMm *self)
{
  if (self->manager == NULL)
    return NULL;
  g_autofree char *owner = g_dbus_object_manager_client_get_name_owner (
      G_DBUS_OBJECT_MANAGER_CLIENT (self->manager));
  if (owner == NULL)
    return "ModemManager does not run";
  return self->path ? "ModemManager does not have the modem of --modem"
                    : "ModemManager has no modem";
}

static gboolean
on_retry (gpointer user_data)
{
  PlModemMm *self = user_data;

  g_clear_pointer (&self->retry, g_source_unref);
  pl_modem_mm_refresh (self);
  return G_SOURCE_REMOVE;
}

static void
on_enabled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PlModemMm) self = PL_MODEM_MM (user_data);
  g_autoptr (GError) error = NULL;

  mm_modem_enable_finish (MM_MODEM (source), result, &error);
  if ((gpointer) source != (gpointer) self->modem)
    return; /* another modem meanwhile, or none */
  self->enabling = FALSE;
  if (error != NULL) {
    self->looking = FALSE;
    g_dbus_error_strip_remote_error (error);
    g_autofree char *problem
        = g_strdup_printf ("the modem cannot be switched on: %s", error->message);
    self->retry = pl_modem_mm_after (self, RETRY_SECONDS, on_retry);
    pl_modem_mm_set_problem (self, problem);
    return;
  }
  pl_modem_mm_refresh (self);
}

static void
on_configured_pin (GObject *source, GAsyncResult *result, gpointer user_data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  if (!pl_modem_finish (PL_MODEM (source), result, &error))
    pl_modem_mm_set_problem (PL_MODEM_MM (source), error->message);
}

static void
enable_if_off (PlModemMm *self)
{
  if (mm_modem_get_state (self->modem) == MM_MODEM_STATE_DISABLED && !self->enabling
      && self->retry == NULL) {
    self->enabling = TRUE;
    mm_modem_enable (self->modem, self->cancellable, on_enabled, g_object_ref (self));
  }
}

static void
unlock_if_asked (PlModemMm *self)
{
  if (self->status.state == PL_MODEM_LOCKED && !self->status.puk && self->pin != NULL
      && !self->pin_used) {
    self->pin_used = TRUE;
    pl_modem_enter_pin_async (PL_MODEM (self), self->pin, self->cancellable, on_configured_pin,
                              NULL);
  }
}

void
pl_modem_mm_refresh (PlModemMm *self)
{
  g_autoptr (PlModemMm) alive G_GNUC_UNUSED = g_object_ref (self);
  PlModemState was = self->status.state;

  if (self->modem == NULL) {
    pl_modem_mm_clear_status (self);
    set_string (self, PL_MM_PROBLEM, absence_of (self), &self->status.problem);
    g_signal_emit_by_name (self, "status-changed");
    return;
  }
  enable_if_off (self);
  /* While it is off for a moment to find lost texts, nobody needs to know. */
  if (self->looking && state_of (self) != PL_MODEM_READY)
    return;
  gboolean looked = self->looking;
  if (looked)
    pl_modem_mm_clear_source (&self->second_look);
  self->looking = FALSE;
  fill_status (self);
  unlock_if_asked (self);
  g_signal_emit_by_name (self, "status-changed");
  pl_modem_mm_dial_delayed (self);
  if (self->status.state == PL_MODEM_READY && (was != PL_MODEM_READY || looked))
    g_signal_emit_by_name (self, "texts-waiting");
}

/* What ModemManager says of the tries comes later than its answer to a wrong PIN: after one
 * that failed nothing is tried, until it shows the SIM anew and knows how many there are. */
void
pl_modem_mm_forget_pin (PlModemMm *self)
{
  self->pin_used = FALSE;
  if (self->modem != NULL && tries_left (self) >= 0)
    self->pin_failed = FALSE;
}

static void
on_pin (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  PlModemMm *self = g_task_get_source_object (task);
  GError *error = NULL;

  mm_sim_send_pin_finish (MM_SIM (source), result, &error);
  self->pin_failed = error != NULL;
  pl_modem_mm_finish (task, error);
}

typedef struct {
  GTask *task;
  char *pin;
} PinEntry;

static void
on_sim (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PinEntry *entry = user_data;
  GError *error = NULL;
  g_autoptr (MMSim) sim = mm_modem_get_sim_finish (MM_MODEM (source), result, &error);

  if (sim != NULL)
    mm_sim_send_pin (sim, entry->pin, g_task_get_cancellable (entry->task), on_pin,
                     entry->task);
  else
    pl_modem_mm_fail (entry->task, error);
  g_free (entry->pin);
  g_free (entry);
}

void
pl_modem_mm_enter_pin (PlModem *modem, const char *pin, GTask *task)
{
  PlModemMm *self = PL_MODEM_MM (modem);

  if (!pl_modem_mm_need (self->modem, task))
    return;
  int left = tries_left (self);
  if (mm_modem_get_unlock_required (self->modem) != MM_MODEM_LOCK_SIM_PIN) {
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY,
                             "the SIM card does not ask for its PIN");
    g_object_unref (task);
    return;
  }
  if (self->pin_failed || (left >= 0 && left < NEEDED_TRIES)) {
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY,
                             "too few tries are left: enter the PIN in a phone first");
    g_object_unref (task);
    return;
  }
  PinEntry *entry = g_new (PinEntry, 1);
  *entry = (PinEntry){ task, g_strdup (pin) };
  mm_modem_get_sim (self->modem, g_task_get_cancellable (task), on_sim, entry);
}
