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

static const char description[]
    = "Each option is also a key of the group [boxd] of the configuration file,\n"
      "by default " DEFAULT_CONFIG "; the command line wins.\n"
      "\n"
      "Examples:\n"
      "  punchline-boxd --signaling wss://example.org --modem at:/dev/ttyUSB2 --pcm "
      "/dev/ttyUSB4\n"
      "      drives the modem by AT commands, its voice comes from another of its ports\n"
      "  punchline-boxd --signaling wss://example.org --modem mm\n"
      "      leaves the modem to ModemManager; no --pcm: texts, and calls without voice\n"
      "  punchline-boxd pair\n"
      "      while the box runs: a code for one client, to type after `punchline pair`\n"
      "  punchline-boxd pair --rights read-only\n"
      "      a client that only looks; rights are call, sms, voicemail, or read-only\n";

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
      && !g_str_equal (self->pcm, "none"))
    return invalid (error, "--pcm: expected a device, alsa:NAME or none", self->pcm);
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
    if (server == NULL)
      return FALSE;
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

static gboolean
check (PlBoxdOptions *self, GError **error)
{
  if (!pl_rights_parse (self->rights, &self->pair_rights, error))
    return FALSE;
  if (self->log && !pl_log_set_levels (self->log, error))
    return FALSE;
  pl_log_set_private (self->log_private);
  if (self->pair || self->version)
    return TRUE;
  if (self->signaling == NULL) {
    g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         "no signaling server: give --signaling URL");
    return FALSE;
  }
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
  set_default_string (&self->pcm, "none");
  set_default_string (&self->greeting_language, "en");
  set_default_string (&self->rights, "call,sms,voicemail");
}

PlBoxdOptions *
pl_boxd_options_parse (GStrv *argv, GError **error)
{
  g_autoptr (PlBoxdOptions) self = g_new0 (PlBoxdOptions, 1);
  const GOptionEntry entries[] = {
    { "signaling", 0, 0, G_OPTION_ARG_STRING, &self->signaling, "Signaling server", "URL" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &self->state_dir,
      "Keys, clients, texts and calls (" DEFAULT_STATE_DIR ")", "DIR" },
    { "name", 0, 0, G_OPTION_ARG_STRING, &self->name, "Name of the box (the host's)", "NAME" },
    { "modem", 0, 0, G_OPTION_ARG_STRING, &self->modem,
      "The modem (auto: ModemManager's first)", "at:DEVICE|mm[:PATH]|auto" },
    { "vendor", 0, 0, G_OPTION_ARG_STRING, &self->vendor,
      "auto, generic, quectel, simcom or huawei (auto)", "VENDOR" },
    { "pcm", 0, 0, G_OPTION_ARG_STRING, &self->pcm, "The modem's voice (none)",
      "DEVICE|alsa:NAME|none" },
    { "pin-file", 0, 0, G_OPTION_ARG_FILENAME, &self->pin_file, "PIN of the SIM", "FILE" },
    { "ring-seconds", 0, 0, G_OPTION_ARG_INT, &self->ring_seconds,
      "Voicemail takes a call after (25)", "SECONDS" },
    { "no-voicemail", 0, 0, G_OPTION_ARG_NONE, &self->no_voicemail, "Never take calls", NULL },
    { "greeting", 0, 0, G_OPTION_ARG_FILENAME, &self->greeting,
      "What callers hear: WAV, or Opus in Ogg (it is spoken)", "FILE" },
    { "greeting-language", 0, 0, G_OPTION_ARG_STRING, &self->greeting_language,
      "Of what is spoken (en)", "en|de" },
    { "country", 0, 0, G_OPTION_ARG_STRING, &self->country,
      "Dialling code of the SIM's country, as in 49", "DIGITS" },
    { "international", 0, 0, G_OPTION_ARG_NONE, &self->international,
      "Call and write to other countries too", NULL },
    { "emergency", 0, 0, G_OPTION_ARG_NONE, &self->emergency, "Dial emergency numbers", NULL },
    { "allow", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->allow,
      "Numbers that begin so are dialled; repeatable", "PREFIX" },
    { "deny", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->deny,
      "Numbers that begin so are not; repeatable", "PREFIX" },
    { "max-calls", 0, 0, G_OPTION_ARG_INT, &self->max_calls, "Calls a day (100; 0: any)", "N" },
    { "max-texts", 0, 0, G_OPTION_ARG_INT, &self->max_texts,
      "Parts of texts a day (200; 0: any)", "N" },
    { "rights", 0, 0, G_OPTION_ARG_STRING, &self->rights,
      "Of the client to pair (call,sms,voicemail)", "RIGHT,...|read-only" },
    { "ice-server", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->ice_server,
      "STUN or TURN server beside those of signaling; repeatable", "URI" },
    { "relay-only", 0, 0, G_OPTION_ARG_NONE, &self->relay_only, "Through TURN only", NULL },
    { "direct-only", 0, 0, G_OPTION_ARG_NONE, &self->direct_only, "Never through TURN", NULL },
    { "local-address", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->local_address,
      "Use only this address of the machine; repeatable", "ADDRESS" },
    { "tls-ca", 0, 0, G_OPTION_ARG_FILENAME, &self->tls_ca, "Trust these certificates too",
      "FILE" },
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &self->config, "Configuration file", "FILE" },
    { "check-config", 0, 0, G_OPTION_ARG_NONE, &self->check_config,
      "Check the configuration, then exit", NULL },
    { "log", 0, 0, G_OPTION_ARG_STRING, &self->log, "What to log, for example all:info",
      "DOMAIN:LEVEL,..." },
    { "log-private", 0, 0, G_OPTION_ARG_NONE, &self->log_private, "Numbers and texts too",
      NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &self->version, "Print the version and exit", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("[pair] - Punchline's SIM box");

  set_defaults (self);
  g_option_context_set_description (context, description);
  if (!pl_settings_parse (context, entries, GROUP, "config", DEFAULT_CONFIG, argv, error)
      || !take_command (self, *argv, error))
    return NULL;
  set_default_strings (self);
  if (!check (self, error))
    return NULL;
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
