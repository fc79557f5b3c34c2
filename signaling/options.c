/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "signaling/options.h"

#include "base/error.h"
#include "base/settings.h"
#include "signaling/listener.h"

#include <string.h>

#define GROUP          "signald"
#define DEFAULT_CONFIG PL_SYSCONFDIR "/punchline/signald.conf"
#define DEFAULT_LISTEN "127.0.0.1:8080"

static const char description[]
    = "Each option is also a key of the group [signald] of the configuration file,\n"
      "by default " DEFAULT_CONFIG "; the command line wins.\n"
      "\n"
      "Examples:\n"
      "  punchline-signald\n"
      "      plain on 127.0.0.1:8080, for one machine or behind a proxy\n"
      "  punchline-signald --listen '[::]:443' --tls-cert fullchain.pem --tls-key privkey.pem\n"
      "      on the internet, with TLS of its own; SIGHUP reads the files again\n"
      "  punchline-signald --trusted-proxy 127.0.0.1 --ice-uri stun:turn.example.org \\\n"
      "      --ice-uri turn:turn.example.org --turn-secret-file /etc/punchline/turn-secret\n"
      "      behind a proxy on this machine, with coturn (use-auth-secret)\n";

static gboolean
invalid (GError **error, const char *format, const char *value)
{
  g_autofree char *text = g_strdup_printf ("%s: '%s'", format, value);
  g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, text);
  return FALSE;
}

static gboolean
parse_proxies (PlOptions *self, GError **error)
{
  self->trusted = g_ptr_array_new_with_free_func (g_object_unref);
  for (char **p = self->trusted_proxy; p && *p; p++) {
    GInetAddressMask *mask = g_inet_address_mask_new_from_string (*p, NULL);
    if (mask == NULL)
      return invalid (error, "--trusted-proxy: expected an address or ADDRESS/BITS", *p);
    g_ptr_array_add (self->trusted, mask);
  }
  return TRUE;
}

/* As browsers send it: RFC 6454 6.2. */
static gboolean
is_origin (const char *text)
{
  const char *host = strstr (text, "://");
  return host && host > text && host[3] && strchr (host + 3, '/') == NULL;
}

static gboolean
check (PlOptions *self, GStrv argv, GError **error)
{
  if (argv[0] && argv[1])
    return invalid (error, "unexpected argument", argv[1]);
  if ((self->tls_cert == NULL) != (self->tls_key == NULL))
    return invalid (error, "--tls-cert and --tls-key belong together; only one is given",
                    self->tls_cert ? self->tls_cert : self->tls_key);
  if (self->listen == NULL)
    self->listen = g_strsplit (DEFAULT_LISTEN, ";", -1);
  for (char **l = self->listen; *l; l++) {
    g_autoptr (GSocketAddress) address = pl_listener_parse (*l, error);
    if (address == NULL)
      return FALSE;
  }
  for (char **o = self->allow_origin; o && *o; o++)
    if (!is_origin (*o))
      return invalid (error, "--allow-origin: expected https://HOST[:PORT] and no more", *o);
  const char *push = self->push_subject   ? self->push_subject
                     : self->push_host    ? self->push_host[0]
                     : self->push_network ? self->push_network[0]
                                          : self->push_ca;
  if (self->push_key == NULL && push)
    return invalid (error, "nothing is pushed without --push-key", push);
  return parse_proxies (self, error);
}

PlOptions *
pl_options_parse (GStrv *argv, GError **error)
{
  g_autoptr (PlOptions) self = g_new0 (PlOptions, 1);
  const GOptionEntry entries[] = {
    { "listen", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &self->listen,
      "Listen there; repeatable; port 0 takes a free one (" DEFAULT_LISTEN ")",
      "ADDRESS:PORT" },
    { "tls-cert", 0, 0, G_OPTION_ARG_FILENAME, &self->tls_cert,
      "Certificate chain (PEM); read again on SIGHUP", "FILE" },
    { "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &self->tls_key, "Its private key (PEM)", "FILE" },
    { "trusted-proxy", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->trusted_proxy,
      "Believe X-Forwarded-For from there; repeatable", "ADDRESS[/BITS]" },
    { "allow-origin", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->allow_origin,
      "Pages from there may connect too; repeatable", "https://HOST" },
    { "ice-uri", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->ice_uri,
      "STUN or TURN server to tell clients of; repeatable", "stun:|turn:|turns:HOST" },
    { "turn-secret-file", 0, 0, G_OPTION_ARG_FILENAME, &self->turn_secret_file,
      "What coturn has as static-auth-secret; read again on SIGHUP", "FILE" },
    { "no-web", 0, 0, G_OPTION_ARG_NONE, &self->no_web, "Serve no web phone, only signaling",
      NULL },
    { "push-key", 0, 0, G_OPTION_ARG_FILENAME, &self->push_key,
      "Wake browsers by Web Push, known to push services by this key (PEM)", "FILE" },
    { "push-subject", 0, 0, G_OPTION_ARG_STRING, &self->push_subject,
      "Where push services find whoever runs this server", "mailto:ADDRESS" },
    { "push-host", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->push_host,
      "Push services that may be used, instead of those of the known browsers; repeatable",
      "[*.]HOST[:PORT]" },
    { "push-network", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->push_network,
      "Push services may be there although it is not the public internet; repeatable",
      "ADDRESS[/BITS]" },
    { "push-ca", 0, 0, G_OPTION_ARG_FILENAME, &self->push_ca,
      "Trusted for push services, instead of the system's (PEM)", "FILE" },
    { "make-push-key", 0, 0, G_OPTION_ARG_FILENAME, &self->make_push_key,
      "Make a key for --push-key there, then exit", "FILE" },
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &self->config, "Configuration file", "FILE" },
    { "check-config", 0, 0, G_OPTION_ARG_NONE, &self->check_config,
      "Check the configuration and the files it names, then exit", NULL },
    { "ready-fd", 0, 0, G_OPTION_ARG_INT, &self->ready_fd,
      "Write a line for each address there once all are bound, then close it", "FD" },
    { "log", 0, 0, G_OPTION_ARG_STRING, &self->log,
      "What to log, for example all:info or pl-door:debug", "DOMAIN:LEVEL,..." },
    { "version", 0, 0, G_OPTION_ARG_NONE, &self->version, "Print the version and exit", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- Punchline's signaling server");

  self->ready_fd = -1;
  g_option_context_set_description (context, description);
  if (!pl_settings_parse (context, entries, GROUP, "config", DEFAULT_CONFIG, argv, error)
      || !check (self, *argv, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
pl_options_free (PlOptions *self)
{
  if (self == NULL)
    return;
  g_free (self->config);
  g_strfreev (self->listen);
  g_free (self->tls_cert);
  g_free (self->tls_key);
  g_strfreev (self->trusted_proxy);
  g_strfreev (self->allow_origin);
  g_strfreev (self->ice_uri);
  g_free (self->turn_secret_file);
  g_free (self->push_key);
  g_free (self->push_subject);
  g_strfreev (self->push_host);
  g_strfreev (self->push_network);
  g_free (self->push_ca);
  g_free (self->make_push_key);
  g_free (self->log);
  g_clear_pointer (&self->trusted, g_ptr_array_unref);
  g_free (self);
}
