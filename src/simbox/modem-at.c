/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-at"

#include "simbox/modem-at.h"

#include "base/error.h"
#include "base/log.h"
#include "simbox/modem-at-private.h"

#include <string.h>

/* The object: its life, its port and queue, and who gets which URC. The state is what
 * pl_modem_get_status() shows:
 *
 *   absent --opened--> starting --+--no-card--> no-sim --+
 *                                 +--card-locked--> locked --card-ready--> searching
 *                                 +--card-ready--> searching --registered--> ready
 *                                                            --refused--> denied
 * and from anywhere: --gone--> absent, --silence--> not-answering, --given-up--> failed; from
 * all three --opened--> starting.
 *
 * Timers: tick (registration, signal and texts now and then), setup.check (the card),
 * calls.timer (polls, calls that end or show themselves, the voice path), again (the ladder).
 */

#define TICK_US     (30 * G_USEC_PER_SEC)
#define ANSWER_MS   5000
#define N_STATES    (PL_MODEM_FAILED + 1)
#define TEXTS_TICKS 2 /* each minute */

static void pl_modem_at_interface_init (PlModemInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PlModemAt, pl_modem_at, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (PL_TYPE_MODEM,
                                                      pl_modem_at_interface_init))

/* absent, not answering, failed: nothing goes on. */
static void
enter_nothing (gpointer user_data)
{
  PlModemAt *self = user_data;
  pl_deadline_set (self->tick, PL_NEVER);
  pl_modem_at_setup_stop (self);
  pl_modem_at_texts_stop (self);
  pl_modem_at_calls_lost (self);
  pl_modem_at_ussd_lost (self);
  pl_modem_at_status_clear (self);
}

static void
enter_starting (gpointer user_data)
{
  PlModemAt *self = user_data;
  pl_at_queue_open (self->queue);
  pl_modem_at_setup_start (self);
}

static void
enter_searching (gpointer user_data)
{
  PlModemAt *self = user_data;
  pl_modem_at_set_problem (self, NULL);
  pl_modem_at_setup_ready (self);
  pl_deadline_set (self->tick, g_get_monotonic_time () + TICK_US);
}

static void
enter_registered (gpointer user_data)
{
  pl_modem_at_set_problem (user_data, NULL);
}

static void
enter_denied (gpointer user_data)
{
  pl_modem_at_set_problem (user_data, "the network refuses this SIM card");
}

static const char *const state_names[N_STATES]
    = { NULL,     "absent",    "not-answering", "starting", "no-sim",
        "locked", "searching", "denied",        "ready",    "failed" };
static const char *const event_names[]
    = { NULL,         "opened",     "gone",         "silence", "no-card", "card-locked",
        "card-ready", "registered", "unregistered", "refused", "given-up" };

#define ANYWHERE                                                                               \
  [PL_MODEM_AT_GONE] = { PL_MODEM_ABSENT, enter_nothing },                                     \
  [PL_MODEM_AT_SILENCE] = { PL_MODEM_SILENT, enter_nothing },                                  \
  [PL_MODEM_AT_GIVEN_UP] = { PL_MODEM_FAILED, enter_nothing }
#define CARD                                                                                   \
  [PL_MODEM_AT_NO_CARD] = { PL_MODEM_NO_SIM, NULL }, [PL_MODEM_AT_CARD_LOCKED]                 \
                                                     = { PL_MODEM_LOCKED, NULL }
#define NETWORK                                                                                \
  [PL_MODEM_AT_REGISTERED] = { PL_MODEM_READY, enter_registered },                             \
  [PL_MODEM_AT_UNREGISTERED] = { PL_MODEM_SEARCHING, enter_registered },                       \
  [PL_MODEM_AT_REFUSED] = { PL_MODEM_DENIED, enter_denied }

static const PlStep steps[N_STATES][PL_MODEM_AT_N_EVENTS] = {
  [PL_MODEM_ABSENT] = {
    [PL_MODEM_AT_OPENED] = { PL_MODEM_STARTING, enter_starting },
  },
  [PL_MODEM_SILENT] = {
    [PL_MODEM_AT_OPENED] = { PL_MODEM_STARTING, enter_starting },
    [PL_MODEM_AT_GONE] = { PL_MODEM_ABSENT, enter_nothing },
  },
  [PL_MODEM_STARTING] = {
    [PL_MODEM_AT_CARD_READY] = { PL_MODEM_SEARCHING, enter_searching }, CARD, ANYWHERE,
  },
  [PL_MODEM_NO_SIM] = {
    [PL_MODEM_AT_CARD_READY] = { PL_MODEM_SEARCHING, enter_searching }, CARD, ANYWHERE,
  },
  [PL_MODEM_LOCKED] = {
    [PL_MODEM_AT_CARD_READY] = { PL_MODEM_SEARCHING, enter_searching }, CARD, ANYWHERE,
  },
  [PL_MODEM_SEARCHING] = { NETWORK, CARD, ANYWHERE },
  [PL_MODEM_DENIED] = { NETWORK, CARD, ANYWHERE },
  [PL_MODEM_READY] = { NETWORK, CARD, ANYWHERE },
  [PL_MODEM_FAILED] = {
    [PL_MODEM_AT_OPENED] = { PL_MODEM_STARTING, enter_starting },
    [PL_MODEM_AT_GONE] = { PL_MODEM_ABSENT, enter_nothing },
  },
};

const PlMachine pl_modem_at_machine = {
  "modem-at", state_names, event_names, N_STATES, PL_MODEM_AT_N_EVENTS, &steps[0][0],
};

void
pl_modem_at_step (PlModemAt *self, guint event)
{
  guint before = self->state;
  pl_machine_step (&pl_modem_at_machine, &self->state, event, self);
  if (self->state != before)
    pl_modem_at_status_changed (self);
}

/* Commands. */

void
pl_modem_at_ask (PlModemAt *self, const PlAtCommand *command, PlAtDone done)
{
  pl_at_queue_add (self->queue, command, done, self);
}

void
pl_modem_at_say (PlModemAt *self, const char *line)
{
  const PlAtCommand command = { .line = line };
  pl_at_queue_add (self->queue, &command, /* done = */ NULL, /* user_data = */ NULL);
}

void
pl_modem_at_run (PlModemAt *self, const PlAtCommand *command, PlAtDone done, GTask *task)
{
  pl_at_queue_add (self->queue, command, done, task);
}

void
pl_modem_at_return_error (GTask *task, const GError *error)
{
  g_task_return_error (task, g_error_copy (error));
  g_object_unref (task);
}

void
pl_modem_at_return_plain (const PlAtAnswer *answer, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  if (answer->error)
    g_task_return_error (task, g_error_copy (answer->error));
  else
    g_task_return_boolean (task, TRUE);
}

static const char *
why_not_ready (const PlModemAt *self)
{
  switch ((PlModemState) self->state) {
  case PL_MODEM_ABSENT:
    return "the modem is not there";
  case PL_MODEM_SILENT:
    return "the modem does not answer";
  case PL_MODEM_STARTING:
    return "the modem is being set up";
  case PL_MODEM_NO_SIM:
    return "there is no SIM card";
  case PL_MODEM_LOCKED:
    return "the SIM card is locked";
  case PL_MODEM_FAILED:
    return "the modem does not work";
  case PL_MODEM_SEARCHING:
  case PL_MODEM_DENIED:
  case PL_MODEM_READY:
    return NULL;
  }
  g_return_val_if_reached (NULL);
}

gboolean
pl_modem_at_refuses (PlModemAt *self, GTask *task)
{
  const char *why = why_not_ready (self);

  if (why == NULL)
    return FALSE;
  g_task_return_new_error (task, PL_MODEM_ERROR,
                           self->state == PL_MODEM_ABSENT ? PL_MODEM_ERROR_GONE
                                                          : PL_MODEM_ERROR_NOT_READY,
                           "%s", why);
  g_object_unref (task);
  return TRUE;
}

static void
on_tick (gpointer user_data)
{
  PlModemAt *self = user_data;

  pl_deadline_set (self->tick, g_get_monotonic_time () + TICK_US);
  pl_modem_at_status_poll (self);
  if (++self->n_ticks % TEXTS_TICKS == 0)
    pl_modem_at_texts_waiting (self);
}

/* The port and the queue. */

static void
on_port_opened (gpointer user_data)
{
  g_autoptr (PlModemAt) self = g_object_ref (user_data);
  if (self->rung == 0)
    pl_modem_at_set_problem (self, NULL);
  pl_modem_at_step (self, PL_MODEM_AT_OPENED);
}

static void
on_port_missing (int error_number, gpointer user_data)
{
  g_autoptr (PlModemAt) self = g_object_ref (user_data);
  g_autofree char *problem = g_strdup_printf ("the modem is not there: '%s': %s", self->device,
                                              g_strerror (error_number));
  pl_modem_at_set_problem (self, problem);
  pl_modem_at_find (self);
}

static void
on_port_data (const uint8_t *data, size_t len, gpointer user_data)
{
  g_autoptr (PlModemAt) self = g_object_ref (user_data);
  pl_modem_at_reset_heard (self);
  pl_at_queue_feed (self->queue, data, len);
}

static void
on_port_lost (const char *reason, gpointer user_data)
{
  g_autoptr (PlModemAt) self = g_object_ref (user_data);
  pl_at_queue_close (self->queue, reason);
  pl_modem_at_reset_vanished (self);
  pl_modem_at_step (self, PL_MODEM_AT_GONE);
  pl_modem_at_find (self);
}

static const PlAtPortOps port_ops
    = { on_port_opened, on_port_missing, on_port_data, on_port_lost };

void
pl_modem_at_open_port (PlModemAt *self)
{
  self->port = pl_at_port_new (self->device, &port_ops, self);
  pl_at_port_start (self->port);
}

static void
on_queue_write (const char *data, size_t len, gpointer user_data)
{
  PlModemAt *self = user_data;
  pl_at_port_write (self->port, data, len);
}

static void
on_queue_urc (const PlAtLine *line, gpointer user_data)
{
  g_autoptr (PlModemAt) self = g_object_ref (user_data);

  if (pl_modem_at_calls_urc (self, line->text) || pl_modem_at_texts_urc (self, line)
      || pl_modem_at_status_urc (self, line->text) || pl_modem_at_setup_urc (self, line->text)
      || pl_modem_at_ussd_urc (self, line->text))
    return;
  pl_debug (self, "not understood, and not needed");
}

static void
on_queue_silent (gpointer user_data)
{
  g_autoptr (PlModemAt) self = g_object_ref (user_data);
  pl_modem_at_reset_silent (self);
}

static const PlAtQueueOps queue_ops = { on_queue_write, on_queue_urc, on_queue_silent };

/* PlModem */

static void
start (PlModem *modem)
{
  PlModemAt *self = PL_MODEM_AT (modem);
  g_return_if_fail (!self->started);
  self->started = TRUE;
  if (self->device)
    pl_modem_at_open_port (self);
  else
    pl_modem_at_find (self);
}

static void
stop (PlModem *modem)
{
  PlModemAt *self = PL_MODEM_AT (modem);

  if (self->queue == NULL)
    return;
  g_clear_pointer (&self->finder, pl_at_finder_free);
  g_clear_pointer (&self->port, pl_at_port_free);
  pl_at_queue_close (self->queue, "stopped");
  pl_deadline_set (self->again, PL_NEVER);
  pl_modem_at_step (self, PL_MODEM_AT_GONE);
}

static const PlModemStatus *
get_status (PlModem *modem)
{
  PlModemAt *self = PL_MODEM_AT (modem);
  self->status.state = self->state;
  return &self->status;
}

static guint
get_audio_rate (PlModem *modem)
{
  PlModemAt *self = PL_MODEM_AT (modem);
  return self->audio_rate == 16000 && self->profile->wideband[1] ? 16000 : 8000;
}

static void
pl_modem_at_interface_init (PlModemInterface *iface)
{
  iface->start = start;
  iface->stop = stop;
  iface->get_status = get_status;
  iface->get_audio_rate = get_audio_rate;
  iface->enter_pin = pl_modem_at_enter_pin;
  iface->dial = pl_modem_at_dial;
  iface->answer = pl_modem_at_answer;
  iface->hang_up = pl_modem_at_hang_up;
  iface->send_dtmf = pl_modem_at_send_dtmf;
  iface->chld = pl_modem_at_chld;
  iface->sweep = pl_modem_at_sweep;
  iface->delete_text = pl_modem_at_delete_text;
  iface->count_parts = pl_modem_at_count_parts;
  iface->prepare_part = pl_modem_at_prepare_part;
  iface->send_prepared = pl_modem_at_send_prepared;
  iface->get_forwarding = pl_modem_at_get_forwarding;
  iface->erase_forwarding = pl_modem_at_erase_forwarding;
  iface->ussd = pl_modem_at_ussd;
  iface->reset = pl_modem_at_reset;
}

static void
pl_modem_at_dispose (GObject *object)
{
  PlModemAt *self = PL_MODEM_AT (object);

  stop (PL_MODEM (self));
  G_OBJECT_CLASS (pl_modem_at_parent_class)->dispose (object);
}

static void
pl_modem_at_finalize (GObject *object)
{
  PlModemAt *self = PL_MODEM_AT (object);

  pl_modem_at_ussd_clear (self);
  pl_modem_at_texts_clear (self);
  pl_modem_at_audio_clear (self);
  pl_modem_at_calls_clear (self);
  pl_modem_at_setup_clear (self);
  pl_modem_at_status_free (self);
  pl_deadline_free (self->again);
  pl_deadline_free (self->tick);
  pl_at_queue_free (self->queue);
  g_free (self->device);
  g_free (self->root);
  g_free (self->vendor);
  g_free (self->pin);
  g_free (self->storage);
  G_OBJECT_CLASS (pl_modem_at_parent_class)->finalize (object);
}

static void
pl_modem_at_class_init (PlModemAtClass *class)
{
  G_OBJECT_CLASS (class)->dispose = pl_modem_at_dispose;
  G_OBJECT_CLASS (class)->finalize = pl_modem_at_finalize;
}

static void
pl_modem_at_init (PlModemAt *self)
{
  self->state = PL_MODEM_ABSENT;
  self->profile = pl_at_profile_by_name ("generic");
  self->tick = pl_deadline_new ("modem-at tick", on_tick, self);
  pl_modem_at_status_init (self);
  pl_modem_at_setup_init (self);
  pl_modem_at_calls_init (self);
  pl_modem_at_audio_init (self);
  pl_modem_at_texts_init (self);
  pl_modem_at_ussd_init (self);
  pl_modem_at_reset_init (self);
}

static gboolean
check_options (const PlModemAtOptions *options, GError **error)
{
  if (options->vendor && !g_str_equal (options->vendor, "auto")
      && pl_at_profile_by_name (options->vendor) == NULL) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "vendor '%s': expected auto, quectel, simcom, huawei or generic",
                 options->vendor);
    return FALSE;
  }
  if (options->storage && !g_str_equal (options->storage, "ME")
      && !g_str_equal (options->storage, "SM")) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "storage '%s': expected ME or SM", options->storage);
    return FALSE;
  }
  if (options->pin && !pl_modem_is_pin (options->pin)) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "a PIN is four to eight digits");
    return FALSE;
  }
  return TRUE;
}

static PlAtPcm
pcm_of (const char *pcm)
{
  if (pcm == NULL || g_str_equal (pcm, "none") || g_str_equal (pcm, "auto"))
    return PL_AT_PCM_NONE;
  return g_str_has_prefix (pcm, "alsa:") ? PL_AT_PCM_SOUND : PL_AT_PCM_SERIAL;
}

PlModem *
pl_modem_at_new (const PlModemAtOptions *options, GError **error)
{
  if (!check_options (options, error))
    return NULL;
  PlModemAt *self = g_object_new (PL_TYPE_MODEM_AT, NULL);

  if (options->vendor && !g_str_equal (options->vendor, "auto"))
    self->vendor = g_strdup (options->vendor);
  self->device = g_strdup (options->device);
  if (self->device == NULL)
    self->root = g_strdup (options->root ? options->root : "/");
  self->pin = g_strdup (options->pin);
  self->storage = g_strdup (options->storage);
  self->pcm = pcm_of (options->pcm);
  self->pcm_auto = g_strcmp0 (options->pcm, "auto") == 0;
  self->audio_rate = options->audio_rate;
  self->answer_ms = options->answer_ms ? options->answer_ms : ANSWER_MS;
  self->queue = pl_at_queue_new (self->answer_ms, &queue_ops, self);
  return PL_MODEM (self);
}
