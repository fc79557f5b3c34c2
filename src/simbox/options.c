/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-options"

#include "simbox/options.h"

#include "base/error.h"
#include "base/ice-server.h"
#include "base/log.h"
#include "base/settings.h"

#include <string.h>

#define GROUP                "boxd"
#define DEFAULT_CONFIG       PL_SYSCONFDIR "/punchline/boxd.conf"
#define DEFAULT_STATE_DIR    "/var/lib/punchline"
#define DEFAULT_RING_SECONDS 25
#define MAX_RING_SECONDS     600
/* A stolen client must not cost a fortune. */
#define DEFAULT_MAX_CALLS 100
#define DEFAULT_MAX_TEXTS 200
/* Some hundred thousand texts; a stranger who sends more than that fills no disk. */
#define DEFAULT_MAX_STORE 256
#define MAX_MAX_STORE     1048576

static const char description[]
    = "Each option is also a key of the group [boxd] of the configuration file,\n"
      "by default " DEFAULT_CONFIG "; the command line wins.\n"
      "\n"
      "Examples:\n"
      "  punchline-boxd --signaling wss://example.org\n"
      "      finds the modem on USB, and where its voice is\n"
      "  punchline-boxd --signaling wss://example.org --modem at:/dev/ttyUSB2 --pcm "
      "/dev/ttyUSB4\n"
      "      drives the modem by AT commands, its voice comes from another of its ports\n"
      "  punchline-boxd --signaling wss://example.org --modem mm\n"
      "      leaves the modem to ModemManager; no --pcm: texts, and calls without voice\n"
      "  punchline-boxd pair\n"
      "      while the box runs: a code for one client, to type after `punchline pair`\n"
      "  punchline-boxd pair --rights read-only\n"
      "      a client that only looks; rights are call, sms, voicemail, or read-only\n";

typedef struct {
  const char *name;
  GOptionArg arg;
  gsize offset; /* in PlBoxdOptions */
  const char *help;
  const char *value;
} Option;

#define AT(field_) G_STRUCT_OFFSET (PlBoxdOptions, field_)

static const Option options[] = {
  { "signaling", G_OPTION_ARG_STRING, AT (signaling), "Signaling server", "URL" },
  { "state-dir", G_OPTION_ARG_FILENAME, AT (state_dir),
    "Keys, clients, texts and calls (" DEFAULT_STATE_DIR ")", "DIR" },
  { "name", G_OPTION_ARG_STRING, AT (name), "Name of the box (the host's)", "NAME" },
  { "modem", G_OPTION_ARG_STRING, AT (modem),
    "AT commands on its port, or ModemManager's; auto finds the port (auto)",
    "at:DEVICE|mm[:PATH]|auto" },
  { "vendor", G_OPTION_ARG_STRING, AT (vendor),
    "auto, generic, quectel, simcom or huawei (auto)", "VENDOR" },
  { "pcm", G_OPTION_ARG_STRING, AT (pcm),
    "The modem's voice (auto with --modem auto, else none)", "DEVICE|alsa:NAME|auto|none" },
  { "pin-file", G_OPTION_ARG_FILENAME, AT (pin_file), "PIN of the SIM", "FILE" },
  { "ring-seconds", G_OPTION_ARG_INT, AT (ring_seconds), "Voicemail takes a call after (25)",
    "SECONDS" },
  { "no-voicemail", G_OPTION_ARG_NONE, AT (no_voicemail), "Never take calls", NULL },
  { "greeting", G_OPTION_ARG_FILENAME, AT (greeting),
    "What callers hear: WAV, or Opus in Ogg (it is spoken)", "FILE" },
  { "greeting-language", G_OPTION_ARG_STRING, AT (greeting_language), "Of what is spoken (en)",
    "en|de" },
  { "country", G_OPTION_ARG_STRING, AT (country),
    "Dialling code of the SIM's country, as in 49", "DIGITS" },
  { "international", G_OPTION_ARG_NONE, AT (international),
    "Call and write to other countries too", NULL },
  { "emergency", G_OPTION_ARG_NONE, AT (emergency), "Dial emergency numbers", NULL },
  { "allow", G_OPTION_ARG_STRING_ARRAY, AT (allow),
    "Numbers that begin so are dialled; repeatable", "PREFIX" },
  { "deny", G_OPTION_ARG_STRING_ARRAY, AT (deny), "Numbers that begin so are not; repeatable",
    "PREFIX" },
  { "max-calls", G_OPTION_ARG_INT, AT (max_calls), "Calls a day (100; 0: any)", "N" },
  { "max-texts", G_OPTION_ARG_INT, AT (max_texts), "Parts of texts a day (200; 0: any)", "N" },
  { "max-store", G_OPTION_ARG_INT, AT (max_store),
    "Room for texts and the log of calls (256; 0: any)", "MiB" },
  { "rights", G_OPTION_ARG_STRING, AT (rights), "Of the client to pair (call,sms,voicemail)",
    "RIGHT,...|read-only" },
  { "ice-server", G_OPTION_ARG_STRING_ARRAY, AT (ice_server),
    "STUN or TURN server beside those of signaling; repeatable", "URI" },
  { "relay-only", G_OPTION_ARG_NONE, AT (relay_only), "Through TURN only", NULL },
  { "direct-only", G_OPTION_ARG_NONE, AT (direct_only), "Never through TURN", NULL },
  { "local-address", G_OPTION_ARG_STRING_ARRAY, AT (local_address),
    "Use only this address of the machine; repeatable", "ADDRESS" },
  { "tls-ca", G_OPTION_ARG_FILENAME, AT (tls_ca), "Trust these certificates too", "FILE" },
  { "config", G_OPTION_ARG_FILENAME, AT (config), "Configuration file", "FILE" },
  { "check-config", G_OPTION_ARG_NONE, AT (check_config), "Check the configuration, then exit",
    NULL },
  { "log", G_OPTION_ARG_STRING, AT (log), "What to log, for example all:info",
    "DOMAIN:LEVEL,..." },
  { "log-private", G_OPTION_ARG_NONE, AT (log_private), "Numbers and texts too", NULL },
  { "version", G_OPTION_ARG_NONE, AT (version), "Print the version and exit", NULL },
};

static gboolean
invalid (GError **error, const char *what, const char *value)
{
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, "%s: '%s'", what, value);
  return FALSE;
}

static gboolean
is_one_of (const char *value, const char *const *list)
{
  return g_strv_contains (list, value);
}

static gboolean
check_modem (const PlBoxdOptions *self, GError **error)
{
  static const char *const vendors[]
      = { "auto", "generic", "quectel", "simcom", "huawei", NULL };

  if (!g_str_has_prefix (self->modem, "at:/") && !g_str_has_prefix (self->modem, "mm:/")
      && !g_str_equal (self->modem, "mm") && !g_str_equal (self->modem, "auto"))
    return invalid (error, "--modem: expected at:DEVICE, mm, mm:PATH or auto", self->modem);
  if (!is_one_of (self->vendor, vendors))
    return invalid (error, "--vendor: expected auto, generic, quectel, simcom or huawei",
                    self->vendor);
  if (*self->pcm != '/' && !g_str_has_prefix (self->pcm, "alsa:")
      && !g_str_equal (self->pcm, "none") && !g_str_equal (self->pcm, "auto"))
    return invalid (error, "--pcm: expected a device, alsa:NAME, auto or none", self->pcm);
  if (g_str_equal (self->pcm, "auto") && !g_str_equal (self->modem, "auto"))
    return invalid (error, "--pcm: auto goes with --modem auto only", self->modem);
  return TRUE;
}

static gboolean
check_numbers (const PlBoxdOptions *self, GError **error)
{
  if (self->ring_seconds < 1 || self->ring_seconds > MAX_RING_SECONDS) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "--ring-seconds: %d is not from 1 to %d", self->ring_seconds,
                 MAX_RING_SECONDS);
    return FALSE;
  }
  if (self->max_calls < 0 || self->max_texts < 0) {
    g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         "--max-calls and --max-texts are not below 0");
    return FALSE;
  }
  if (self->max_store < 0 || self->max_store > MAX_MAX_STORE) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "--max-store: %d is not from 0 to %d", self->max_store, MAX_MAX_STORE);
    return FALSE;
  }
  if (self->country
      && (*self->country == '\0' || strspn (self->country, "0123456789") > 3
          || self->country[strspn (self->country, "0123456789")]))
    return invalid (error, "--country: expected a country's dialling code, as in 49",
                    self->country);
  return TRUE;
}

static gboolean
parse_ice (PlBoxdOptions *self, GError **error)
{
  self->ice = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_ice_server_free);
  for (char **uri = self->ice_server; uri && *uri; uri++) {
    PlIceServer *server = pl_ice_server_parse (*uri, NULL, NULL, error);
    if (server == NULL) {
      g_prefix_error (error, "--ice-server: ");
      return FALSE;
    }
    g_ptr_array_add (self->ice, server);
  }
  return TRUE;
}

static gboolean
take_command (PlBoxdOptions *self, char **words, GError **error)
{
  if (words[0] == NULL || words[1] == NULL)
    return TRUE;
  if (!g_str_equal (words[1], "pair") || words[2])
    return invalid (error, "unexpected argument", words[2] ? words[2] : words[1]);
  self->pair = TRUE;
  return TRUE;
}

/* Of each value, from wherever it is. */
static gboolean
check_values (PlBoxdOptions *self, GError **error)
{
  if (!pl_rights_parse (self->rights, &self->pair_rights, error)) {
    g_prefix_error (error, "--rights: ");
    return FALSE;
  }
  if (self->log && !pl_log_set_levels (self->log, error)) {
    g_prefix_error (error, "--log: ");
    return FALSE;
  }
  pl_log_set_private (self->log_private);
  if (self->relay_only && self->direct_only) {
    g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         "--relay-only and --direct-only exclude each other");
    return FALSE;
  }
  return check_modem (self, error) && check_numbers (self, error) && parse_ice (self, error);
}

static void
fill_rules (PlBoxdOptions *self)
{
  self->rules = (PlDialRules){
    .country = self->country,
    .international = self->international,
    .emergency = self->emergency,
    .allow = (const char *const *) self->allow,
    .deny = (const char *const *) self->deny,
    .max_calls_per_day = (guint) self->max_calls,
    .max_texts_per_day = (guint) self->max_texts,
  };
}

static void
set_defaults (PlBoxdOptions *self)
{
  self->ring_seconds = DEFAULT_RING_SECONDS;
  self->max_calls = DEFAULT_MAX_CALLS;
  self->max_texts = DEFAULT_MAX_TEXTS;
  self->max_store = DEFAULT_MAX_STORE;
}

static void
set_default_string (char **value, const char *text)
{
  if (*value == NULL)
    *value = g_strdup (text);
}

static void
set_default_strings (PlBoxdOptions *self)
{
  set_default_string (&self->state_dir, DEFAULT_STATE_DIR);
  set_default_string (&self->name, g_get_host_name ());
  set_default_string (&self->modem, "auto");
  set_default_string (&self->vendor, "auto");
  set_default_string (&self->pcm, g_str_equal (self->modem, "auto") ? "auto" : "none");
  set_default_string (&self->greeting_language, "en");
  set_default_string (&self->rights, "call,sms,voicemail");
}

static void
fill_entries (PlBoxdOptions *self, GOptionEntry *entries)
{
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++) {
    const Option *o = &options[i];
    entries[i] = (GOptionEntry){
      .long_name = o->name,
      .arg = o->arg,
      .arg_data = (char *) self + o->offset,
      .description = o->help,
      .arg_description = o->value,
    };
  }
}

/* As a hook of the parser, so that what is wrong in the file is told with its line. */
static gboolean
on_parsed (GOptionContext *context G_GNUC_UNUSED, GOptionGroup *group G_GNUC_UNUSED,
           gpointer user_data, GError **error)
{
  PlBoxdOptions *self = user_data;

  set_default_strings (self);
  return check_values (self, error);
}

static GOptionContext *
new_context (PlBoxdOptions *self)
{
  GOptionContext *context = g_option_context_new ("[pair] - Punchline's SIM box");
  GOptionGroup *group = g_option_group_new (/* name = */ NULL, /* description = */ NULL,
                                            /* help = */ NULL, self, /* destroy = */ NULL);

  g_option_group_set_parse_hooks (group, /* pre_parse = */ NULL, on_parsed);
  g_option_context_set_main_group (context, group);
  g_option_context_set_description (context, description);
  return context;
}

PlBoxdOptions *
pl_boxd_options_parse (GStrv *argv, GError **error)
{
  g_autoptr (PlBoxdOptions) self = g_new0 (PlBoxdOptions, 1);
  g_autoptr (GOptionContext) context = new_context (self);
  GOptionEntry entries[G_N_ELEMENTS (options) + 1] = { 0 };

  set_defaults (self);
  fill_entries (self, entries);
  if (!pl_settings_parse (context, entries, GROUP, "config", DEFAULT_CONFIG, argv, error)
      || !take_command (self, *argv, error))
    return NULL;
  if (self->signaling == NULL && !self->pair && !self->version) {
    g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         "no signaling server: give --signaling URL");
    return NULL;
  }
  fill_rules (self);
  return g_steal_pointer (&self);
}

void
pl_boxd_options_free (PlBoxdOptions *self)
{
  if (self == NULL)
    return;
  g_free (self->signaling);
  g_free (self->state_dir);
  g_free (self->name);
  g_free (self->modem);
  g_free (self->vendor);
  g_free (self->pcm);
  g_free (self->pin_file);
  g_free (self->greeting);
  g_free (self->greeting_language);
  g_strfreev (self->ice_server);
  g_free (self->tls_ca);
  g_strfreev (self->local_address);
  g_free (self->country);
  g_strfreev (self->allow);
  g_strfreev (self->deny);
  g_free (self->rights);
  g_free (self->config);
  g_free (self->log);
  g_clear_pointer (&self->ice, g_ptr_array_unref);
  g_free (self);
}
