/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-voice-path"

#include "simbox/voice-path.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* How often a device that is gone is tried, and one that is there is looked at. */
#define LOOK_US G_USEC_PER_SEC
/* A call without a block from the modem for so long has no sound. */
#define PATIENCE_US (3 * G_USEC_PER_SEC)
/* A modem may take its time to switch its sound on; so long a caller in the mailbox waits. */
#define DEAF_US (10 * G_USEC_PER_SEC)

typedef enum {
  TO_NOBODY,
  TO_CLIENT,
  TO_MAILBOX,
} Target;

struct _PlVoicePath {
  PlModem *modem;
  const char *pcm;
  PlMailbox *mailbox;
  const PlVoicePathOps *ops;
  gpointer user_data;
  PlAudioPort *port; /* NULL: it has none, or none that can be opened */
  char *problem;     /* NULL: none */
  PlDeadline *look;  /* at the device, until it gives sound */
  PlDeadline *deaf;  /* the mailbox has a call and no port */

  Target target;
  char *call, *number, *client; /* of the target */
  gboolean joined;              /* the port with it, */
  int64_t joined_us;            /* since then */
  PlPeerVoice *voice;           /* joined with a client: its */
};

/* --- joining --- */

static void
part (PlVoicePath *self, gboolean taken_over)
{
  PlPeerVoice *voice = g_steal_pointer (&self->voice);

  if (voice)
    pl_peer_voice_set_port (voice, NULL, /* error = */ NULL);
  else if (self->joined)
    pl_mailbox_leave (self->mailbox, taken_over);
  self->joined = FALSE;
}

static void
join_client (PlVoicePath *self)
{
  PlPeerVoice *voice = self->ops->find_voice (self->client, self->user_data);
  g_autoptr (GError) error = NULL;

  if (voice == NULL)
    return;
  if (pl_peer_voice_set_port (voice, self->port, &error)) {
    self->voice = voice;
    self->joined = TRUE;
  } else {
    pl_warning (self, "no voice with client %s: %s", pl_private (self->client), error->message);
  }
}

static void
join (PlVoicePath *self)
{
  const PlCallInfo call = { .id = self->call, .number = self->number };

  if (self->port == NULL || self->joined)
    return;
  self->joined_us = g_get_monotonic_time ();
  if (self->target == TO_CLIENT)
    join_client (self);
  if (self->target != TO_MAILBOX)
    return;
  self->joined = TRUE;
  pl_deadline_set (self->deaf, PL_NEVER);
  pl_mailbox_take (self->mailbox, &call, self->port);
}

static void
set_target (PlVoicePath *self, Target target, const PlCallInfo *call)
{
  part (self, self->target == TO_MAILBOX && target == TO_CLIENT);
  g_clear_pointer (&self->call, g_free);
  g_clear_pointer (&self->number, g_free);
  g_clear_pointer (&self->client, g_free);
  self->target = target;
  if (target == TO_MAILBOX)
    pl_deadline_set (self->deaf, g_get_monotonic_time () + (self->problem ? 0 : DEAF_US));
  else
    pl_deadline_set (self->deaf, PL_NEVER);
  if (call == NULL)
    return;
  self->call = g_strdup (call->id);
  self->number = g_strdup (call->number);
  self->client = g_strdup (call->client);
  join (self);
}

/* --- the modem's sound --- */

/* Said once, however often it is met. */
static void
set_problem (PlVoicePath *self, const char *problem)
{
  if (g_strcmp0 (self->problem, problem) == 0)
    return;
  if (problem)
    pl_warning (self, "%s", problem);
  g_free (self->problem);
  self->problem = g_strdup (problem);
  self->ops->problem_changed (self->user_data);
}

static PlAudioPort *
open_port (PlVoicePath *self, GError **error)
{
  const guint rate = pl_modem_get_audio_rate (self->modem);
  const char *pcm = self->pcm;

  if (g_str_has_prefix (pcm, "alsa:"))
    return pl_audio_port_new_alsa (pcm + strlen ("alsa:"), rate, error);
  if (g_str_equal (pcm, "auto"))
    pcm = pl_modem_get_status (self->modem)->pcm;
  int fd = open (pcm, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0)
    return pl_audio_port_new_pcm (fd, rate, error);
  const int code = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "'%s': %s", pcm,
               g_strerror (code));
  return NULL;
}

static void
close_port (PlVoicePath *self)
{
  part (self, /* taken_over = */ FALSE);
  g_clear_pointer (&self->port, pl_audio_port_free);
}

static void
report (PlVoicePath *self, const GError *reason)
{
  g_autofree char *problem
      = g_strdup_printf ("the call has no sound of the modem: %s", reason->message);
  set_problem (self, problem);
}

static void
on_port_failed (const GError *reason, gpointer user_data)
{
  PlVoicePath *self = user_data;

  report (self, reason);
  if (self->target == TO_MAILBOX)
    set_target (self, TO_NOBODY, NULL);
  close_port (self);
  pl_deadline_set (self->look, g_get_monotonic_time () + LOOK_US);
}

static void
use_port (PlVoicePath *self)
{
  static const PlAudioPortOps ops = { .failed = on_port_failed };
  g_autoptr (GError) error = NULL;

  pl_deadline_set (self->look, g_get_monotonic_time () + LOOK_US);
  self->port = open_port (self, &error);
  if (self->port == NULL) {
    report (self, error);
    return;
  }
  pl_audio_port_set_ops (self->port, &ops, self);
  join (self);
}

static void
on_look (gpointer user_data)
{
  PlVoicePath *self = user_data;
  PlAudioPortStats stats;

  if (self->port == NULL) {
    use_port (self);
    return;
  }
  pl_audio_port_get_stats (self->port, &stats);
  if (stats.n_captured > 0) {
    set_problem (self, NULL);
    return;
  }
  if (self->joined && g_get_monotonic_time () - self->joined_us > PATIENCE_US)
    set_problem (self, "the call has no sound of the modem: its audio device gives none");
  pl_deadline_set (self->look, g_get_monotonic_time () + LOOK_US);
}

static void
on_deaf (gpointer user_data)
{
  PlVoicePath *self = user_data;
  g_autofree char *call = g_strdup (self->call);
  self->ops->mailbox_is_deaf (call, self->user_data);
}

static void
on_audio_changed (PlModem *modem, gboolean on, PlVoicePath *self)
{
  close_port (self);
  pl_deadline_set (self->look, PL_NEVER);
  if (on && !g_str_equal (self->pcm, "none")) {
    use_port (self);
    return;
  }
  set_problem (self, pl_modem_get_status (modem)->audio_problem);
  if (self->problem && self->target == TO_MAILBOX)
    pl_deadline_set (self->deaf, g_get_monotonic_time ());
}

/* --- public --- */

PlVoicePath *
pl_voice_path_new (PlModem *modem, const char *pcm, PlMailbox *mailbox,
                   const PlVoicePathOps *ops, gpointer user_data)
{
  PlVoicePath *self = g_new0 (PlVoicePath, 1);

  self->modem = modem;
  self->pcm = pcm;
  self->mailbox = mailbox;
  self->ops = ops;
  self->user_data = user_data;
  self->look = pl_deadline_new ("voice path", on_look, self);
  self->deaf = pl_deadline_new ("voice path's mailbox", on_deaf, self);
  g_signal_connect (modem, "audio-changed", G_CALLBACK (on_audio_changed), self);
  return self;
}

void
pl_voice_path_free (PlVoicePath *self)
{
  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->modem, self);
  set_target (self, TO_NOBODY, NULL);
  pl_audio_port_free (self->port);
  pl_deadline_free (self->look);
  pl_deadline_free (self->deaf);
  g_free (self->problem);
  g_free (self);
}

const char *
pl_voice_path_get_problem (const PlVoicePath *self)
{
  return self ? self->problem : NULL;
}

void
pl_voice_path_to_client (PlVoicePath *self, const PlCallInfo *call)
{
  set_target (self, TO_CLIENT, call);
}

void
pl_voice_path_to_mailbox (PlVoicePath *self, const PlCallInfo *call)
{
  set_target (self, TO_MAILBOX, call);
}

void
pl_voice_path_to_nobody (PlVoicePath *self)
{
  set_target (self, TO_NOBODY, NULL);
}

void
pl_voice_path_forget (PlVoicePath *self, PlPeerVoice *voice)
{
  if (self && self->voice == voice)
    part (self, /* taken_over = */ FALSE);
}
