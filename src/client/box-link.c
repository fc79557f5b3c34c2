/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-box-link"

#include "client/box-link.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/printable.h"
#include "client/boxes.h"
#include "client/session.h"

#include <stdio.h>

/* A box that is there has answered by then. */
#define CONNECT_US (20 * G_USEC_PER_SEC)
/* That long a box keeps the call of a program that it has lost. */
#define RETURN_US (30 * G_USEC_PER_SEC)
#define RETRY_MS  300
/* Between two tries at a box that is away for long. */
#define MAX_RETRY_MS 10000

struct _PlBoxLink {
  PlOptions options; /* a shallow copy, with the box's secret */
  PlBoxEntry *box;   /* borrowed */
  PlReporter *reporter;
  const PlBoxLinkOps *ops;
  gpointer user_data;
  PlRun *run;
  PlSession *session;
  PlPeer *peer;
  PlRpc *control, *sms;
  char *program; /* what this run is called to the box, in all its connections */
  gboolean ready;
  gboolean returning; /* it was ready before */
  gboolean broken;    /* a channel was closed, so we close the connection */
  gboolean finished;
  GError *reason; /* of the end; NULL: done */
  PlDeadline *deadline;
  guint retry, retry_ms;
};

static gboolean start (PlBoxLink *self, GError **error);

static void
quit (PlBoxLink *self)
{
  if (self->reason)
    pl_reporter_report_error (self->reporter, self->reason);
  gboolean refused
      = self->reason && g_error_matches (self->reason, PL_RPC_FAILURE, PL_RPC_NOT_ALLOWED);
  pl_run_quit (self->run, refused ? PL_EXIT_WRONG_CODE : pl_exit_from_error (self->reason));
}

void
pl_box_link_finish (PlBoxLink *self, const GError *error)
{
  if (self->finished)
    return;
  self->finished = TRUE;
  self->reason = error ? g_error_copy (error) : NULL;
  pl_deadline_set (self->deadline, PL_NEVER);
  if (self->session && self->retry == 0)
    pl_session_close (self->session);
  else
    quit (self);
}

/* --- connecting --- */

static gboolean
on_retry (gpointer user_data)
{
  PlBoxLink *self = user_data;
  g_autoptr (GError) error = NULL;

  self->retry = 0;
  if (!start (self, &error))
    pl_box_link_finish (self, error);
  return G_SOURCE_REMOVE;
}

/* What will be no better the next time. */
static gboolean
is_final (const GError *reason)
{
  return g_error_matches (reason, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_WRONG_CODE)
         || g_error_matches (reason, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_BURNED)
         || g_error_matches (reason, PL_LINK_ERROR, PL_LINK_ERROR_AUTH);
}

/* The box, or our network, is on its way back. */
static gboolean
may_try_again (const PlBoxLink *self, const GError *reason)
{
  if (self->ready || self->finished || is_final (reason))
    return FALSE;
  return self->returning
         || (g_error_matches (reason, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_PEER)
             || g_error_matches (reason, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED)
             || g_error_matches (reason, PL_LINK_ERROR, PL_LINK_ERROR_CLOSED));
}

static void
drop_channels (PlBoxLink *self)
{
  g_clear_pointer (&self->control, pl_rpc_free);
  g_clear_pointer (&self->sms, pl_rpc_free);
  g_clear_object (&self->peer);
}

static gboolean
wants_another (PlBoxLink *self, const GError *reason)
{
  if (self->ops->lost)
    return g_error_matches (reason, PL_LINK_ERROR, PL_LINK_ERROR_LOST)
           && self->ops->lost (self, self->user_data);
  if (self->ops->on_loss == PL_BOX_LINK_ENDS || is_final (reason))
    return FALSE;
  pl_reporter_report_state (self->reporter, "lost");
  pl_reporter_say (self->reporter, "lost the box, trying again");
  return TRUE;
}

/* The connection stood, and is gone. */
static void
consider_returning (PlBoxLink *self, const GError *reason)
{
  if (!self->ready || self->finished || !wants_another (self, reason))
    return;
  self->ready = FALSE;
  self->returning = TRUE;
  if (self->ops->on_loss != PL_BOX_LINK_STAYS)
    pl_deadline_set (self->deadline, g_get_monotonic_time () + RETURN_US);
}

static void
retry_later (PlBoxLink *self)
{
  self->retry = g_timeout_add (self->retry_ms, on_retry, self);
  if (self->returning && self->ops->on_loss == PL_BOX_LINK_STAYS)
    self->retry_ms = MIN (2 * self->retry_ms, MAX_RETRY_MS);
}

static void
on_ended (const GError *reason, gpointer user_data)
{
  PlBoxLink *self = user_data;

  gboolean broken = self->broken && !self->finished;
  self->broken = FALSE;
  drop_channels (self);
  consider_returning (self, reason);
  if (broken || may_try_again (self, reason)) {
    retry_later (self);
    return;
  }
  if (!self->finished) {
    self->finished = TRUE;
    self->reason = reason ? g_error_copy (reason) : NULL;
  }
  quit (self);
}

static void
on_deadline (gpointer user_data)
{
  PlBoxLink *self = user_data;
  g_autoptr (GError) lost = g_error_new_literal (PL_LINK_ERROR, PL_LINK_ERROR_LOST,
                                                 "the connection to the box did not come back");
  g_autoptr (GError) error
      = g_error_new_literal (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_PEER,
                             "the box does not answer: is it online, and are we still paired?");
  pl_box_link_finish (self, self->returning ? lost : error);
}

void
pl_box_link_fail (PlBoxLink *self, const GError *error)
{
  if (self->ops->on_loss == PL_BOX_LINK_ENDS || error->domain == PL_RPC_FAILURE) {
    pl_box_link_finish (self, error);
  } else if (!self->broken) {
    self->broken = TRUE;
    pl_session_close (self->session);
  }
}

static void
on_hello (GVariant *result, const GError *error, gpointer user_data)
{
  PlBoxLink *self = user_data;

  if (error) {
    pl_box_link_fail (self, error);
    return;
  }
  if (self->returning && self->ops->lost == NULL)
    pl_reporter_say (self->reporter, "the box is back");
  self->ready = TRUE;
  self->returning = FALSE;
  self->retry_ms = RETRY_MS;
  pl_reporter_report_state (self->reporter, "ready");
  pl_deadline_set (self->deadline, PL_NEVER);
  self->ops->ready (self, result, self->user_data);
}

static void
on_request (int64_t id G_GNUC_UNUSED, const char *method G_GNUC_UNUSED,
            GVariant *params G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  pl_debug (user_data, "the box asks for '%s'", method);
}

static void
on_notified (const char *method, GVariant *params, gpointer user_data)
{
  PlBoxLink *self = user_data;
  if (self->ops->notified && !self->finished)
    self->ops->notified (self, method, params, self->user_data);
}

/* With its connection, which tells of its end itself, or alone. */
static void
on_rpc_closed (const GError *reason G_GNUC_UNUSED, gpointer user_data)
{
  PlBoxLink *self = user_data;

  if (self->peer && pl_peer_get_state (self->peer) != PL_PEER_OPEN)
    return;
  g_autoptr (GError) error = g_error_new_literal (PL_LINK_ERROR, PL_LINK_ERROR_LOST,
                                                  "the box closed the connection");
  pl_box_link_fail (self, error);
}

static PlRpc *
open_rpc (PlBoxLink *self, const char *label, const char *protocol, GError **error)
{
  static const PlRpcOps ops = { on_request, on_notified, on_rpc_closed };
  const PlChannelOptions options = PL_CHANNEL_RELIABLE;
  g_autoptr (PlChannel) channel
      = pl_peer_open_channel (self->peer, label, protocol, &options, error);
  return channel ? pl_rpc_new (channel, &ops, self) : NULL;
}

static void
on_connected (PlPeer *peer, gpointer user_data)
{
  PlBoxLink *self = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  drop_channels (self);
  self->peer = g_object_ref (peer);
  self->control = open_rpc (self, "control", "punchline.control.1", &error);
  if (self->control)
    self->sms = open_rpc (self, "sms", "punchline.sms.1", &error);
  if (self->sms == NULL) {
    pl_box_link_finish (self, error);
    return;
  }
  g_variant_dict_insert (&dict, "agent", "s", PACKAGE_NAME " " PACKAGE_VERSION);
  g_variant_dict_insert (&dict, "program", "s", self->program);
  if (self->box->seen_call >= 0)
    g_variant_dict_insert (&dict, "last_call_seq", "x", (gint64) self->box->seen_call);
  pl_rpc_call (self->control, "hello", g_variant_dict_end (&dict), on_hello, self);
}

static void
on_peer (PlPeer *peer G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static void
on_channel (PlChannel *channel, gpointer user_data)
{
  PlBoxLink *self = user_data;
  if (self->ops->channel && !self->finished)
    self->ops->channel (self, channel, self->user_data);
  else
    pl_channel_close (channel);
}

static void
on_code (const char *code G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static gboolean
start (PlBoxLink *self, GError **error)
{
  static const PlSessionOps ops = { on_code, on_peer, on_connected, on_channel, on_ended };

  g_clear_pointer (&self->session, pl_session_free);
  self->session = pl_session_new (&self->options, self->reporter, &ops, self, error);
  if (self->session == NULL)
    return FALSE;
  pl_session_start (self->session);
  return TRUE;
}

static gboolean
choose_box (PlBoxLink *self, PlBoxEntry *box, GError **error)
{
  g_autoptr (PlIdentity) identity = pl_boxes_load_identity (error);

  if (identity == NULL)
    return FALSE;
  self->box = box;
  self->options.code = NULL;
  self->options.audio = TRUE;
  self->options.paired = pl_identity_agree (identity, box->identity, error);
  if (self->options.signaling == NULL)
    self->options.signaling = box->signaling;
  return self->options.paired != NULL;
}

static void
on_interrupted (gpointer user_data)
{
  PlBoxLink *self = user_data;
  if (self->ready && self->ops->interrupted)
    self->ops->interrupted (self, self->user_data);
  else
    pl_box_link_finish (self, NULL);
}

static void
clear (PlBoxLink *self)
{
  g_clear_handle_id (&self->retry, g_source_remove);
  drop_channels (self);
  g_clear_pointer (&self->session, pl_session_free);
  g_clear_pointer (&self->deadline, pl_deadline_free);
  g_clear_pointer (&self->options.paired, g_bytes_unref);
  g_clear_pointer (&self->program, g_free);
  g_clear_error (&self->reason);
}

int
pl_box_link_run (const PlOptions *options, PlReporter *reporter, const PlBoxLinkOps *ops,
                 gpointer user_data)
{
  PlBoxLink self
      = { .options = *options, .reporter = reporter, .ops = ops, .user_data = user_data };
  g_autoptr (GError) error = NULL;
  g_autoptr (PlBoxEntry) box = pl_boxes_find (options->box, &error);
  g_autoptr (PlRun) run = pl_run_new (on_interrupted, &self);

  self.run = run;
  self.program = g_uuid_string_random ();
  self.retry_ms = RETRY_MS;
  self.deadline = pl_deadline_new ("box link", on_deadline, &self);
  pl_deadline_set (self.deadline, g_get_monotonic_time () + CONNECT_US);
  if (box == NULL || !choose_box (&self, box, &error) || !start (&self, &error)) {
    pl_reporter_report_error (reporter, error);
    clear (&self);
    return pl_exit_from_error (error);
  }
  int status = pl_run_wait (run);
  clear (&self);
  return status;
}

guint
pl_box_link_take_missed (PlBoxLink *self, GVariant *hello)
{
  gint64 missed = 0, last = self->box->seen_call;
  g_autoptr (GError) error = NULL;

  g_variant_lookup (hello, "missed_calls", "x", &missed);
  g_variant_lookup (hello, "last_call_seq", "x", &last);
  if (last != self->box->seen_call && !pl_boxes_save_seen_call (self->box, last, &error))
    pl_warning (self, "%s", error->message);
  return (guint) CLAMP (missed, 0, G_MAXINT);
}

PlRpc *
pl_box_link_get_control (PlBoxLink *self)
{
  return self->control;
}

PlRpc *
pl_box_link_get_sms (PlBoxLink *self)
{
  return self->sms;
}

PlPeer *
pl_box_link_get_peer (PlBoxLink *self)
{
  return self->peer;
}

char *
pl_box_link_name_other (GVariant *object)
{
  const char *number = pl_rpc_get_string (object, "number");
  const char *name = pl_rpc_get_string (object, "name");

  if (*number == '\0')
    return g_strdup (*name ? name : "unknown");
  return *name ? g_strdup_printf ("%s (%s)", number, name) : g_strdup (number);
}

/* What the far end wrote must not play with the terminal. */
void
pl_box_link_print (PlBoxLink *self, GVariant *object, const char *text)
{
  g_autofree char *line
      = self->options.json ? pl_rpc_print_value (object) : pl_make_printable_lines (text);

  if (printf ("%s\n", line) >= 0 && fflush (stdout) == 0)
    return;
  g_autoptr (GError) error
      = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "standard output is closed");
  pl_box_link_finish (self, error);
}
