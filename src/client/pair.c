/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-pair"

#include "base/error.h"
#include "base/printable.h"
#include "client/boxes.h"
#include "client/commands.h"
#include "client/run.h"
#include "client/session.h"
#include "proto/pair-link.h"
#include "proto/secret.h"
#include "stream/rpc.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROTOCOL "punchline.pair.1"

/* Of what is typed in: a link has the name of a host too. */
#define MAX_TYPED 512

/* punchline pair: exchanges identities with the box that made the code. */
typedef struct {
  PlOptions options; /* a shallow copy, with the code and the server of a link */
  PlSecret *code;
  char *signaling;
  PlReporter *reporter;
  PlRun *run;
  PlSession *session;
  PlIdentity *identity;
  PlRpc *rpc;
  PlBoxEntry *box; /* saved */
  gboolean done;
  GError *failure;
} Pair;

static void
fail (Pair *self, const GError *error)
{
  if (self->failure == NULL)
    self->failure = g_error_copy (error);
  pl_session_close (self->session);
}

static void
on_done (GVariant *result G_GNUC_UNUSED, const GError *error, gpointer user_data)
{
  Pair *self = user_data;

  if (error) {
    pl_boxes_forget (self->box);
    fail (self, error);
    return;
  }
  self->done = TRUE;
  pl_reporter_say (self->reporter, "paired with '%s', rights: %s", self->box->name,
                   self->box->rights ? self->box->rights : "?");
  printf ("%s\n", self->box->name);
  pl_session_close (self->session);
}

static gboolean
keep (Pair *self, GVariant *answer, GError **error)
{
  g_autoptr (PlBoxEntry) box = g_new0 (PlBoxEntry, 1);
  const char *rights;

  g_variant_lookup (answer, "identity", "s", &box->identity);
  g_variant_lookup (answer, "box", "s", &box->name);
  if (g_variant_lookup (answer, "rights", "&s", &rights))
    box->rights = pl_make_printable (rights);
  box->signaling = g_strdup (self->options.signaling);
  box->seen_call = -1;
  if (box->identity == NULL || box->name == NULL || !pl_identity_is_public (box->identity)) {
    g_set_error_literal (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                         "the box's answer makes no sense");
    return FALSE;
  }
  if (!pl_boxes_save (box, error))
    return FALSE;
  self->box = g_steal_pointer (&box);
  return TRUE;
}

static void
on_joined (GVariant *result, const GError *error, gpointer user_data)
{
  Pair *self = user_data;
  g_autoptr (GError) local = NULL;

  if (error || !keep (self, result, &local))
    fail (self, error ? error : local);
  else
    pl_rpc_call (self->rpc, "pair.done", NULL, on_done, self);
}

static void
on_request (int64_t id, const char *method G_GNUC_UNUSED, GVariant *params G_GNUC_UNUSED,
            gpointer user_data)
{
  Pair *self = user_data;
  pl_rpc_refuse (self->rpc, id, PL_RPC_NO_METHOD, "no such method", NULL);
}

static void
on_rpc_closed (const GError *reason G_GNUC_UNUSED, gpointer user_data)
{
  g_autoptr (GError) error = g_error_new_literal (
      PL_LINK_ERROR, PL_LINK_ERROR_CLOSED,
      "the other side does not pair: is the code from 'punchline-boxd pair'?");
  fail (user_data, error);
}

static void
on_connected (PlPeer *peer, gpointer user_data)
{
  static const PlRpcOps ops = { on_request, NULL, on_rpc_closed };
  const PlChannelOptions options = PL_CHANNEL_RELIABLE;
  Pair *self = user_data;
  const char *name = self->options.name ? self->options.name : g_get_host_name ();
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PlChannel) channel
      = pl_peer_open_channel (peer, "pair", PROTOCOL, &options, &error);

  if (channel == NULL) {
    fail (self, error);
    return;
  }
  g_clear_pointer (&self->rpc, pl_rpc_free);
  self->rpc = pl_rpc_new (channel, &ops, self);
  g_variant_dict_insert (&dict, "identity", "s", pl_identity_get_public (self->identity));
  g_variant_dict_insert (&dict, "name", "s", valid);
  pl_rpc_call (self->rpc, "pair.join", g_variant_dict_end (&dict), on_joined, self);
}

static void
on_peer (PlPeer *peer G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static void
on_code (const char *code G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static void
on_channel (PlChannel *channel, gpointer user_data G_GNUC_UNUSED)
{
  pl_channel_close (channel);
}

static void
on_ended (const GError *reason, gpointer user_data)
{
  Pair *self = user_data;
  const GError *error = self->done ? NULL : self->failure ? self->failure : reason;

  if (error)
    pl_reporter_report_error (self->reporter, error);
  pl_run_quit (self->run, error        ? pl_exit_from_error (error)
                          : self->done ? PL_EXIT_DONE
                                       : PL_EXIT_FAILED);
}

static void
on_interrupted (gpointer user_data)
{
  Pair *self = user_data;
  pl_session_close (self->session);
}

static PlSecret *
read_code (void)
{
  char buffer[MAX_TYPED];

  if (isatty (STDIN_FILENO))
    fputs ("Code or link of 'punchline-boxd pair': ", stderr);
  char *text = fgets (buffer, sizeof buffer, stdin) ? g_strdup (buffer) : g_strdup ("");
  explicit_bzero (buffer, sizeof buffer);
  return g_strstrip (text);
}

/* A link says where its code is good, whatever the configuration says. */
static gboolean
take_code (Pair *self, GError **error)
{
  PlOptions *options = &self->options;
  g_autoptr (PlSecret) text = options->code ? g_strdup (options->code) : read_code ();

  if (*text == '\0') {
    g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         "no code: 'punchline-boxd pair' on the box makes one");
    return FALSE;
  }
  if (pl_pair_link_parse (text, &self->signaling, &self->code))
    options->signaling = self->signaling;
  else
    self->code = g_steal_pointer (&text);
  options->code = self->code;
  return pl_options_check_signaling (options, error);
}

static gboolean
start (Pair *self, GError **error)
{
  static const PlSessionOps ops = { on_code, on_peer, on_connected, on_channel, on_ended };

  if (!take_code (self, error))
    return FALSE;
  self->identity = pl_boxes_load_identity (error);
  if (self->identity == NULL)
    return FALSE;
  self->session = pl_session_new (&self->options, self->reporter, &ops, self, error);
  return self->session != NULL;
}

int
pl_command_pair (const PlOptions *options, PlReporter *reporter)
{
  Pair self = { .options = *options, .reporter = reporter };
  g_autoptr (GError) error = NULL;
  g_autoptr (PlRun) run = pl_run_new (on_interrupted, &self);
  int status;

  self.run = run;
  if (start (&self, &error)) {
    pl_session_start (self.session);
    status = pl_run_wait (run);
  } else {
    pl_reporter_report_error (reporter, error);
    status = pl_exit_from_error (error);
  }
  g_clear_pointer (&self.rpc, pl_rpc_free);
  g_clear_pointer (&self.session, pl_session_free);
  g_clear_pointer (&self.identity, pl_identity_free);
  g_clear_pointer (&self.box, pl_box_entry_free);
  g_clear_error (&self.failure);
  pl_secret_free (self.code);
  g_free (self.signaling);
  return status;
}
