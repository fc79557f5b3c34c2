/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-call"

#include "base/error.h"
#include "base/log.h"
#include "client/box-link.h"
#include "client/commands.h"
#include "stream/peer-voice.h"

/* Of a voice's port. */
#define VOICE_RATE 48000

/* punchline call, answer, hangup: one call, from its start, or ours, to its end. */
typedef struct {
  const PlOptions *options;
  PlReporter *reporter;
  PlBoxLink *link;            /* of the voice */
  char *client;               /* what the box calls us (answer) */
  char *call;                 /* NULL: none yet (answer, hangup) */
  char *other, *other_client; /* one that some program of some client has (hangup) */
  PlPeerVoice *voice;         /* of this connection */
  PlAudioPort *port;          /* of this call */
  gboolean greeted, told;     /* by the box; of our call */
  gboolean answered;
  gboolean asked_to_end;
  char *problem; /* of the box, the last that was said */
  char *line;    /* the same of the call */
} Call;

/* Then nothing else goes there. */
static gboolean
is_sound_on_stdout (const Call *self)
{
  return g_strcmp0 (self->options->record, "-") == 0;
}

static void
print (Call *self, PlBoxLink *link, GVariant *call)
{
  const char *reason = pl_rpc_get_string (call, "reason");
  g_autofree char *other = pl_box_link_name_other (call);
  g_autofree char *line = g_strdup_printf ("%s %s%s%s", pl_rpc_get_string (call, "state"),
                                           other, *reason ? ": " : "", reason);

  /* What changed then has no place in the line. */
  if (!self->options->json && g_strcmp0 (line, self->line) == 0)
    return;
  g_free (self->line);
  self->line = g_strdup (line);
  if (is_sound_on_stdout (self))
    pl_reporter_say (self->reporter, "%s", line);
  else
    pl_box_link_print (link, call, line);
}

static void
on_answer (GVariant *result G_GNUC_UNUSED, const GError *error, gpointer user_data)
{
  if (error)
    pl_box_link_finish (user_data, error);
}

static void
ask_of_call (PlBoxLink *link, const char *method, const char *call, PlRpcAnswerFunc answer)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "call", "s", call);
  pl_rpc_call (pl_box_link_get_control (link), method, g_variant_dict_end (&dict), answer,
               link);
}

static void
press_keys (Call *self, PlBoxLink *link)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (self->options->dtmf == NULL)
    return;
  g_variant_dict_insert (&dict, "call", "s", self->call);
  g_variant_dict_insert (&dict, "digits", "s", self->options->dtmf);
  pl_rpc_call (pl_box_link_get_control (link), "call.dtmf", g_variant_dict_end (&dict),
               on_answer, link);
}

static PlAudioPort *
open_port (const PlOptions *options, GError **error)
{
  if (options->play || options->record)
    return pl_audio_port_new_files (options->play, options->record, VOICE_RATE, error);
  return pl_audio_port_new_desktop (error);
}

/* What is wrong with the sound; the call goes on. */
static void
complain (Call *self, PlBoxLink *link, const char *problem)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (!self->options->json || is_sound_on_stdout (self)) {
    pl_reporter_say (self->reporter, "%s", problem);
    return;
  }
  if (self->call)
    g_variant_dict_insert (&dict, "call", "s", self->call);
  g_variant_dict_insert (&dict, "problem", "s", problem);
  g_autoptr (GVariant) object = g_variant_ref_sink (g_variant_dict_end (&dict));
  pl_box_link_print (link, object, problem);
}

static void
on_voice_failed (const GError *reason, gpointer user_data)
{
  Call *self = user_data;
  g_autofree char *problem = g_strdup_printf ("no sound any more: %s", reason->message);
  complain (self, self->link, problem);
}

/* Without sound there is still a call: its keys may be what it is for. */
static void
join_voice (Call *self, PlBoxLink *link)
{
  static const PlPeerVoiceOps ops = { on_voice_failed };
  g_autoptr (GError) error = NULL;

  self->link = link;
  if (self->port == NULL)
    self->port = open_port (self->options, &error);
  if (self->port) {
    self->voice = pl_peer_voice_new (pl_box_link_get_peer (link), &ops, self);
    pl_peer_voice_set_port (self->voice, self->port, &error);
  }
  if (error) {
    g_autofree char *problem = g_strdup_printf ("no sound: %s", error->message);
    complain (self, link, problem);
  }
}

static void
part_voice (Call *self)
{
  if (self->voice)
    pl_peer_voice_set_port (self->voice, NULL, NULL);
  g_clear_pointer (&self->voice, pl_peer_voice_free);
}

/* What was recorded is complete after this. */
static void
end_voice (Call *self)
{
  part_voice (self);
  g_clear_pointer (&self->port, pl_audio_port_free);
}

static void
end (Call *self, PlBoxLink *link, GVariant *call)
{
  const char *reason = pl_rpc_get_string (call, "reason");
  g_autoptr (GError) error = NULL;

  end_voice (self);
  if (self->asked_to_end)
    error = NULL;
  else if (!self->answered)
    error
        = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "the call was not answered: %s", reason);
  else if (g_str_has_suffix (reason, "-lost")) /* the modem, or we for too long */
    error = g_error_new (PL_LINK_ERROR, PL_LINK_ERROR_LOST, "the call was cut off: %s", reason);
  pl_box_link_finish (link, error);
}

/* News of the call that is ours. */
static void
follow (Call *self, PlBoxLink *link, GVariant *call)
{
  const char *state = pl_rpc_get_string (call, "state");
  gboolean elsewhere = FALSE;

  self->told = TRUE;
  print (self, link, call);
  g_variant_lookup (call, "elsewhere", "b", &elsewhere);
  if (g_str_equal (state, "ended")) {
    end (self, link, call);
  } else if (elsewhere && !g_str_equal (state, "lost")) {
    g_autoptr (GError) error
        = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "another client has the call");
    pl_box_link_finish (link, error);
  } else if (g_str_equal (state, "active")) {
    if (self->voice == NULL)
      join_voice (self, link);
    if (!self->answered)
      press_keys (self, link);
    self->answered = TRUE;
  }
}

/* A modem that is silent looks like a caller who is. */
static void
tell_problem (Call *self, PlBoxLink *link, GVariant *status)
{
  const char *problem = pl_rpc_get_string (status, "problem");

  if (*problem && g_strcmp0 (problem, self->problem) != 0)
    complain (self, link, problem);
  g_free (self->problem);
  self->problem = g_strdup (problem);
}

/* The box keeps a call for us. */
static gboolean
on_lost (PlBoxLink *link G_GNUC_UNUSED, gpointer user_data)
{
  Call *self = user_data;

  part_voice (self);
  self->told = FALSE;
  if (self->call && !self->asked_to_end)
    pl_reporter_say (self->reporter, "the connection is lost, trying to get it back");
  return self->call && !self->asked_to_end;
}

/* TRUE where this is the box once more: it has told of our call, or there is none any more. */
static gboolean
has_returned (Call *self, PlBoxLink *link)
{
  g_autoptr (GError) error = g_error_new_literal (
      G_IO_ERROR, G_IO_ERROR_FAILED, "the call ended while the connection was lost");
  gboolean again = self->greeted;

  self->greeted = TRUE;
  if (again && !self->told)
    pl_box_link_finish (link, error);
  return again;
}

static void
on_interrupted (PlBoxLink *link, gpointer user_data)
{
  Call *self = user_data;

  self->asked_to_end = TRUE;
  if (self->call)
    ask_of_call (link, "call.hangup", self->call, on_answer);
  else
    pl_box_link_finish (link, NULL);
}

static int
run (Call *self, const PlBoxLinkOps *ops)
{
  int status = pl_box_link_run (self->options, self->reporter, ops, self);
  end_voice (self);
  g_free (self->call);
  g_free (self->problem);
  g_free (self->line);
  g_free (self->other);
  g_free (self->other_client);
  g_free (self->client);
  return status;
}

/* --- call --- */

static void
on_call_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Call *self = user_data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (has_returned (self, link))
    return;
  self->call = g_uuid_string_random ();
  g_variant_dict_insert (&dict, "id", "s", self->call);
  g_variant_dict_insert (&dict, "number", "s", self->options->words[0]);
  g_variant_dict_insert (&dict, "hide", "b", self->options->hide_number);
  pl_rpc_call (pl_box_link_get_control (link), "call.dial", g_variant_dict_end (&dict),
               on_answer, link);
}

static void
on_call_notified (PlBoxLink *link, const char *method, GVariant *params, gpointer user_data)
{
  Call *self = user_data;
  if (g_str_equal (method, "status"))
    tell_problem (self, link, params);
  else if (g_str_equal (method, "call")
           && g_strcmp0 (pl_rpc_get_string (params, "call"), self->call) == 0)
    follow (self, link, params);
}

int
pl_command_call (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps ops = { .ready = on_call_ready,
                                    .notified = on_call_notified,
                                    .interrupted = on_interrupted,
                                    .lost = on_lost };
  Call self = { .options = options, .reporter = reporter };
  return run (&self, &ops);
}

/* --- answer --- */

static void
on_answer_ready (PlBoxLink *link, GVariant *hello, gpointer user_data)
{
  Call *self = user_data;

  g_free (self->client);
  self->client = g_strdup (pl_rpc_get_string (hello, "client"));
  if (!has_returned (self, link) && self->call == NULL)
    pl_reporter_say (self->reporter, "waiting for a call");
}

/* From voicemail it is taken over while the caller speaks. One that was lost is for who comes
 * for it, not for who happens to wait: unless that is the same device, where a program died. */
static gboolean
is_answerable (const Call *self, GVariant *call)
{
  const char *state = pl_rpc_get_string (call, "state");

  if (g_str_equal (state, "lost"))
    return !self->greeted || g_strcmp0 (pl_rpc_get_string (call, "client"), self->client) == 0;
  return g_str_equal (state, "incoming") || g_str_equal (state, "waiting")
         || g_str_equal (state, "voicemail");
}

static void
on_answer_notified (PlBoxLink *link, const char *method, GVariant *params, gpointer user_data)
{
  Call *self = user_data;

  if (g_str_equal (method, "status"))
    tell_problem (self, link, params);
  if (!g_str_equal (method, "call"))
    return;
  if (self->call == NULL && is_answerable (self, params)) {
    self->call = g_strdup (pl_rpc_get_string (params, "call"));
    ask_of_call (link, "call.answer", self->call, on_answer);
  }
  if (g_strcmp0 (pl_rpc_get_string (params, "call"), self->call) == 0)
    follow (self, link, params);
}

int
pl_command_answer (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps ops = { .ready = on_answer_ready,
                                    .notified = on_answer_notified,
                                    .interrupted = on_interrupted,
                                    .lost = on_lost };
  Call self = { .options = options, .reporter = reporter };
  return run (&self, &ops);
}

/* --- hangup --- */

static void
on_hung_up (GVariant *result G_GNUC_UNUSED, const GError *error, gpointer user_data)
{
  pl_box_link_finish (user_data, error);
}

/* The calls that there are were told before the answer to hello. What another program of ours
 * has is ours to end. */
static void
on_hangup_ready (PlBoxLink *link, GVariant *hello, gpointer user_data)
{
  Call *self = user_data;
  if (self->call == NULL
      && g_strcmp0 (self->other_client, pl_rpc_get_string (hello, "client")) == 0)
    self->call = g_steal_pointer (&self->other);
  g_autoptr (GError) error
      = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "there is no call to end");

  if (self->call)
    ask_of_call (link, "call.hangup", self->call, on_hung_up);
  else
    pl_box_link_finish (link, error);
}

static void
on_hangup_notified (PlBoxLink *link G_GNUC_UNUSED, const char *method, GVariant *params,
                    gpointer user_data)
{
  Call *self = user_data;
  const char *state = pl_rpc_get_string (params, "state");
  gboolean rings = g_str_equal (state, "incoming") || g_str_equal (state, "waiting");

  if (!g_str_equal (method, "call") || self->call)
    return;
  if (rings || g_str_equal (state, "voicemail") || g_str_equal (state, "lost")) {
    self->call = g_strdup (pl_rpc_get_string (params, "call"));
  } else if (self->other == NULL) {
    self->other = g_strdup (pl_rpc_get_string (params, "call"));
    self->other_client = g_strdup (pl_rpc_get_string (params, "client"));
  }
}

int
pl_command_hangup (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps ops = { on_hangup_ready, on_hangup_notified, NULL };
  Call self = { .options = options, .reporter = reporter };
  return run (&self, &ops);
}
