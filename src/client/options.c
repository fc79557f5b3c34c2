/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-options"

#include "client/options.h"

#include "base/error.h"
#include "base/log.h"
#include "base/settings.h"
#include "proto/secret.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WITH_CODE (PL_COMMAND_PIPE | PL_COMMAND_PORTS | PL_COMMAND_PAIR)
#define BOX                                                                                    \
  (PL_COMMAND_PHONE | PL_COMMAND_CALL | PL_COMMAND_VOICEMAIL | PL_COMMAND_SMS                  \
   | PL_COMMAND_CONTACTS)
#define MEET (WITH_CODE | BOX)
#define ALL  (MEET | PL_COMMAND_CODE | PL_COMMAND_BOXES)

typedef struct {
  const char *name;
  GOptionArg arg;
  gsize offset; /* in PlOptions */
  guint commands;
  const char *help;
  const char *value;
} Option;

#define AT(field_) G_STRUCT_OFFSET (PlOptions, field_)

static const Option options[] = {
  { "signaling", G_OPTION_ARG_STRING, AT (signaling), ALL,
    "Signaling server (else the configuration file, else PUNCHLINE_SIGNALING)", "URL" },
  { "code-file", G_OPTION_ARG_FILENAME, AT (code_file), WITH_CODE,
    "Read the code from this file (else PUNCHLINE_CODE)", "FILE" },
  { "write-port", G_OPTION_ARG_INT, AT (write_port), PL_COMMAND_PORTS,
    "Local port to write to the peer (10100)", "PORT" },
  { "read-port", G_OPTION_ARG_INT, AT (read_port), PL_COMMAND_PORTS,
    "Local port to read from the peer (10200)", "PORT" },
  { "slide-stream-ports", G_OPTION_ARG_NONE, AT (slide_stream_ports), PL_COMMAND_PORTS,
    "Ports one higher, for a second peer on this machine", NULL },
  { "accept-files", G_OPTION_ARG_FILENAME, AT (accept_files), PL_COMMAND_PORTS,
    "Write files that the peer sends into this folder (else refuse them)", "DIR" },
  { "no-file-requests", G_OPTION_ARG_NONE, AT (no_file_requests), PL_COMMAND_PORTS,
    "Send streams that start like a file request as they are", NULL },
  { "box", G_OPTION_ARG_STRING, AT (box), BOX, "Which box, where there are several", "NAME" },
  { "hide-number", G_OPTION_ARG_NONE, AT (hide_number), PL_COMMAND_CALL,
    "Call without showing the number", NULL },
  { "play", G_OPTION_ARG_FILENAME, AT (play), PL_COMMAND_CALL,
    "Speak this in the place of a microphone", "WAV" },
  { "record", G_OPTION_ARG_FILENAME, AT (record), PL_COMMAND_CALL | PL_COMMAND_VOICEMAIL,
    "Write what is heard there, in the place of a loudspeaker", "WAV" },
  { "from", G_OPTION_ARG_STRING, AT (from), PL_COMMAND_VOICEMAIL,
    "Play from this time on, as 1:30, or 90 (seconds)", "TIME" },
  { "dtmf", G_OPTION_ARG_STRING, AT (dtmf), PL_COMMAND_CALL,
    "Press these keys when the call stands", "DIGITS" },
  { "wait", G_OPTION_ARG_NONE, AT (wait), PL_COMMAND_SMS,
    "With send: until the other phone has the text", NULL },
  { "replace", G_OPTION_ARG_NONE, AT (replace), PL_COMMAND_CONTACTS,
    "With import: delete the contacts that are not in the file", NULL },
  { "ice-server", G_OPTION_ARG_STRING_ARRAY, AT (ice_server), MEET,
    "STUN or TURN server beside those of the signaling server (repeatable)", "URI" },
  { "relay-only", G_OPTION_ARG_NONE, AT (relay_only), MEET,
    "Connect through a TURN server only", NULL },
  { "direct-only", G_OPTION_ARG_NONE, AT (direct_only), MEET,
    "Never connect through a TURN server", NULL },
  { "local-address", G_OPTION_ARG_STRING_ARRAY, AT (local_address), MEET,
    "Use only this address of the machine (repeatable)", "ADDRESS" },
  { "tls-ca", G_OPTION_ARG_FILENAME, AT (tls_ca), ALL,
    "Trust these certificates too (PEM), for signaling and TURN", "FILE" },
  { "name", G_OPTION_ARG_STRING, AT (name), ALL,
    "What the other side sees of us (the host's name)", "NAME" },
  { "config", G_OPTION_ARG_FILENAME, AT (config), ALL,
    "Configuration file (~/.config/punchline/punchline.conf)", "FILE" },
  { "quiet", G_OPTION_ARG_NONE, AT (quiet), ALL, "Say nothing but errors", NULL },
  { "json", G_OPTION_ARG_NONE, AT (json), ALL, "Say it as JSON, one object a line", NULL },
  { "events", G_OPTION_ARG_INT, AT (events), ALL,
    "Write events to this file descriptor, one JSON object a line", "FD" },
  { "log", G_OPTION_ARG_STRING, AT (log), ALL, "Log levels, for example pl-ice:debug,all:info",
    "DOMAIN:LEVEL,..." },
  { "log-private", G_OPTION_ARG_NONE, AT (log_private), ALL,
    "Show codes and passwords in the log", NULL },
};

/* An entry without data is a key of the file that means nothing to this command. */
static void
fill_entries (PlOptions *self, const PlUsage *usage, GOptionEntry *entries)
{
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++) {
    const Option *o = &options[i];
    entries[i] = (GOptionEntry){
      .long_name = o->name,
      .arg = o->arg,
      .arg_data = o->commands & usage->mask ? (char *) self + o->offset : NULL,
      .description = o->help,
      .arg_description = o->value,
    };
  }
}

/* Overwrites @secret at the end of each argument, which is where "--option=" leaves it. */
static void
hide (int argc, char **argv, const char *secret)
{
  size_t len = strlen (secret);
  for (int i = 1; i < argc; i++) {
    size_t arg_len = strlen (argv[i]);
    if (len > 0 && arg_len >= len && strcmp (argv[i] + arg_len - len, secret) == 0)
      memset (argv[i] + arg_len - len, '*', len);
  }
}

static void
hide_secrets (const PlOptions *self, char **left_over, int argc, char **argv)
{
  for (char **s = left_over; *s; s++)
    hide (argc, argv, *s);
  for (char **s = self->ice_server; s && *s; s++)
    if (strchr (*s, '@'))
      hide (argc, argv, *s);
  /* What a bank's telephone asks for. */
  if (self->dtmf)
    hide (argc, argv, self->dtmf);
}

/* /proc/PID/environ shows the memory that the program was started with. */
static char *
steal_from_environment (const char *name)
{
  char *value = getenv (name);
  if (value == NULL)
    return NULL;
  char *copy = g_strdup (value);
  memset (value, '*', strlen (value));
  g_unsetenv (name);
  return copy;
}

static gboolean
read_code_file (PlOptions *self, GError **error)
{
  struct stat st;
  char *text;

  if (stat (self->code_file, &st) == 0 && S_ISREG (st.st_mode)
      && (st.st_mode & (S_IRGRP | S_IROTH)))
    pl_warning (self, "%s can be read by others: chmod 600 it", self->code_file);
  if (!g_file_get_contents (self->code_file, &text, NULL, error)) {
    g_prefix_error (error, "--code-file: ");
    return FALSE;
  }
  self->code = g_strstrip (text);
  return TRUE;
}

static gboolean
take_words (PlOptions *self, const PlUsage *usage, char **left_over, GError **error)
{
  guint n = g_strv_length (left_over);

  if (n < usage->min_words || n > usage->max_words) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, "expected 'punchline %s %s'",
                 usage->name, usage->arguments);
    return FALSE;
  }
  self->words = g_strdupv (left_over);
  return TRUE;
}

/* @left_over: the arguments that are no options. */
static gboolean
take_code (PlOptions *self, const PlUsage *usage, char **left_over, GError **error)
{
  guint n = g_strv_length (left_over);
  guint allowed = usage->mask & WITH_CODE ? 1 : 0;

  if (usage->mask & (BOX | PL_COMMAND_BOXES))
    return take_words (self, usage, left_over, error);
  if (n > allowed) {
    g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         allowed ? "too many arguments: a code is one, with hyphens as in "
                                   "417-walnut-harbor-ember"
                                 : "too many arguments: this command takes options only");
    return FALSE;
  }
  if (n == 1) {
    self->code = g_strdup (left_over[0]);
    return TRUE;
  }
  if (self->code_file)
    return read_code_file (self, error);
  if (usage->mask & WITH_CODE)
    self->code = steal_from_environment ("PUNCHLINE_CODE");
  return TRUE;
}

static gboolean
check_port (const char *name, int port, GError **error)
{
  if (port >= 0 && port <= UINT16_MAX)
    return TRUE;
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
               "--%s: %d is not a port, expected 0 to 65535", name, port);
  return FALSE;
}

/* Only such can be bound to. */
static gboolean
is_own (GInetAddress *address)
{
  g_autoptr (GSocket) socket
      = g_socket_new (g_inet_address_get_family (address), G_SOCKET_TYPE_DATAGRAM,
                      G_SOCKET_PROTOCOL_DEFAULT, /* error = */ NULL);
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new (address, 0);

  return socket && g_socket_bind (socket, any_port, FALSE, /* error = */ NULL);
}

static gboolean
check_addresses (char **addresses, GError **error)
{
  for (char **a = addresses; a && *a; a++) {
    g_autoptr (GInetAddress) address = g_inet_address_new_from_string (*a);
    if (address && is_own (address))
      continue;
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "--local-address '%s': not an IPv4 or IPv6 address of this machine", *a);
    return FALSE;
  }
  return TRUE;
}

gboolean
pl_options_check_signaling (const PlOptions *self, GError **error)
{
  if (self->signaling)
    return TRUE;
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
               "no signaling server: give --signaling URL, or set it in "
               "~/.config/punchline/punchline.conf or in PUNCHLINE_SIGNALING");
  return FALSE;
}

/* Before somebody's phone rings for it. */
static gboolean
check_play (const char *path, GError **error)
{
  if (path == NULL || g_str_equal (path, "-") || access (path, R_OK) == 0)
    return TRUE;
  int number = errno;
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, "--play '%s': %s", path,
               g_strerror (number));
  return FALSE;
}

static gboolean
check (PlOptions *self, const PlUsage *usage, GError **error)
{
  if (self->signaling == NULL)
    self->signaling = g_strdup (g_getenv ("PUNCHLINE_SIGNALING"));
  if (self->signaling && *self->signaling == '\0')
    g_clear_pointer (&self->signaling, g_free);
  /* A box is where it was when we paired, and the link to pair by says where that is. */
  if (!(usage->mask & (BOX | PL_COMMAND_BOXES | PL_COMMAND_PAIR))
      && !pl_options_check_signaling (self, error))
    return FALSE;
  if (self->relay_only && self->direct_only) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "--relay-only and --direct-only exclude each other");
    return FALSE;
  }
  if (self->slide_stream_ports) {
    self->write_port++;
    self->read_port++;
  }
  return check_port ("write-port", self->write_port, error)
         && check_port ("read-port", self->read_port, error)
         && check_addresses (self->local_address, error) && check_play (self->play, error);
}

static GOptionContext *
new_context (const PlUsage *usage)
{
  g_autofree char *program = g_strdup_printf ("punchline %s", usage->name);
  GOptionContext *context = g_option_context_new (usage->arguments);
  g_set_prgname (program);
  g_option_context_set_summary (context, usage->summary);
  g_option_context_set_description (context, usage->description);
  return context;
}

static gboolean
parse (PlOptions *self, const PlUsage *usage, GStrv *words, GError **error)
{
  GOptionEntry entries[G_N_ELEMENTS (options) + 1] = { 0 };
  g_autoptr (GOptionContext) context = new_context (usage);
  g_autofree char *path
      = g_build_filename (g_get_user_config_dir (), "punchline", "punchline.conf", NULL);

  fill_entries (self, usage, entries);
  if (!pl_settings_parse (context, entries, "punchline", "config", path, words, error))
    return FALSE;
  /* "--" is left over too. */
  if (*words && (*words)[0] && (*words)[1] && g_str_equal ((*words)[1], "--")) {
    g_free ((*words)[1]);
    memmove (*words + 1, *words + 2, (g_strv_length (*words + 2) + 1) * sizeof (char *));
  }
  return TRUE;
}

PlOptions *
pl_options_parse (const PlUsage *usage, int argc, char **argv, GError **error)
{
  g_autoptr (PlOptions) self = g_new0 (PlOptions, 1);
  g_auto (GStrv) words = g_strdupv (argv);

  self->events = -1;
  self->write_port = 10100;
  self->read_port = 10200;
  gboolean ok = parse (self, usage, &words, error);
  hide_secrets (self, words + 1, argc, argv);
  if (!ok)
    return NULL;
  pl_log_set_private (self->log_private);
  if (self->log && !pl_log_set_levels (self->log, error))
    return NULL;
  if (!take_code (self, usage, words + 1, error) || !check (self, usage, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
pl_options_free (PlOptions *self)
{
  if (self == NULL)
    return;
  g_free (self->signaling);
  g_strfreev (self->ice_server);
  g_free (self->tls_ca);
  g_strfreev (self->local_address);
  g_free (self->name);
  g_free (self->config);
  g_free (self->log);
  g_free (self->code_file);
  g_free (self->accept_files);
  g_free (self->box);
  g_free (self->play);
  g_free (self->record);
  g_free (self->dtmf);
  g_free (self->from);
  g_strfreev (self->words);
  pl_secret_free (self->code);
  g_free (self);
}
