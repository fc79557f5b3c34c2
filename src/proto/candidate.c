/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/candidate.h"

#include "base/error.h"
#include "base/limits.h"

#include <gio/gio.h>
#include <string.h>

#define MIN_TOKENS 8 /* up to and with the type */

static const char *const tcp_types[] = {
  [PL_TRANSPORT_TCP_ACTIVE] = "active",
  [PL_TRANSPORT_TCP_PASSIVE] = "passive",
  [PL_TRANSPORT_TCP_SO] = "so",
};

static gboolean
refuse (const char *what, const char *value, GError **error)
{
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "candidate: %s '%.64s'", what,
               value);
  return FALSE;
}

static gboolean
parse_number (const char *token, guint64 max, const char *what, guint64 *value, GError **error)
{
  if (g_ascii_string_to_unsigned (token, /* base = */ 10, /* min = */ 0, max, value, NULL))
    return TRUE;
  return refuse (what, token, error);
}

/* ice-char of RFC 8839 section 5.1; "-" and "_" are seen in the wild. */
static gboolean
is_token (const char *text)
{
  for (const char *p = text; *p; p++)
    if (!g_ascii_isalnum (*p) && strchr ("+/-_", *p) == NULL)
      return FALSE;
  return *text != '\0';
}

static gboolean
is_host_name (const char *text)
{
  for (const char *p = text; *p; p++)
    if (!g_ascii_isalnum (*p) && strchr (".-_", *p) == NULL)
      return FALSE;
  return g_ascii_isalnum (*text);
}

static gboolean
parse_address (PlCandidate *self, const char *token, GError **error)
{
  if (strlen (token) >= sizeof self->address)
    return refuse ("address is too long", token, error);
  self->is_name = !g_hostname_is_ip_address (token);
  if (self->is_name && !is_host_name (token))
    return refuse ("bad address", token, error);
  /* A zone means something on the sender's machine only (RFC 6874 section 1). */
  if (!self->is_name && strchr (token, '%'))
    return refuse ("address with a zone", token, error);
  g_strlcpy (self->address, token, sizeof self->address);
  return TRUE;
}

static gboolean
parse_type (PlCandidate *self, char **tokens, GError **error)
{
  static const PlCandidateType types[]
      = { PL_CANDIDATE_HOST, PL_CANDIDATE_SRFLX, PL_CANDIDATE_PRFLX, PL_CANDIDATE_RELAY };

  if (!g_str_equal (tokens[6], "typ"))
    return refuse ("expected 'typ' before", tokens[6], error);
  if (!is_token (tokens[7]))
    return refuse ("bad type", tokens[7], error);
  self->other_type = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++) {
    if (!g_str_equal (tokens[7], pl_candidate_type_name (types[i])))
      continue;
    self->type = types[i];
    self->other_type = FALSE;
  }
  return TRUE;
}

static gboolean
parse_fixed (PlCandidate *self, char **tokens, GError **error)
{
  guint64 component, priority, port;

  if (strlen (tokens[0]) >= sizeof self->foundation || !is_token (tokens[0]))
    return refuse ("bad foundation", tokens[0], error);
  if (!parse_number (tokens[1], /* max = */ 256, "bad component", &component, error)
      || !parse_number (tokens[3], UINT32_MAX, "bad priority", &priority, error)
      || !parse_number (tokens[5], UINT16_MAX, "bad port", &port, error))
    return FALSE;
  if (!is_token (tokens[2]))
    return refuse ("bad transport", tokens[2], error);
  if (!parse_address (self, tokens[4], error) || !parse_type (self, tokens, error))
    return FALSE;

  g_strlcpy (self->foundation, tokens[0], sizeof self->foundation);
  self->component = component;
  self->priority = priority;
  self->port = port;
  self->transport
      = g_ascii_strcasecmp (tokens[2], "udp") == 0 ? PL_TRANSPORT_UDP : PL_TRANSPORT_OTHER;
  return TRUE;
}

static void
set_tcp_type (PlCandidate *self, const char *value)
{
  for (guint i = PL_TRANSPORT_TCP_ACTIVE; i <= PL_TRANSPORT_TCP_SO; i++)
    if (g_ascii_strcasecmp (value, tcp_types[i]) == 0)
      self->transport = i;
}

static gboolean
parse_extension (PlCandidate *self, const char *name, const char *value, gboolean is_tcp,
                 GError **error)
{
  guint64 port;

  if (g_str_equal (name, "rport")) {
    if (!parse_number (value, UINT16_MAX, "bad rport", &port, error))
      return FALSE;
    self->related_port = port;
  }
  /* Browsers hide addresses behind names here too; nothing depends on it, so only an address
   * is kept. */
  if (g_str_equal (name, "raddr") && g_hostname_is_ip_address (value) && !strchr (value, '%'))
    g_strlcpy (self->related, value, sizeof self->related);
  if (g_str_equal (name, "tcptype") && is_tcp)
    set_tcp_type (self, value);
  return TRUE;
}

static gboolean
parse_tokens (PlCandidate *self, char **tokens, GError **error)
{
  guint n = g_strv_length (tokens);

  if (n < MIN_TOKENS) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "candidate: %u fields, at least %d are needed", n, MIN_TOKENS);
    return FALSE;
  }
  if (!parse_fixed (self, tokens, error))
    return FALSE;
  gboolean is_tcp = g_ascii_strcasecmp (tokens[2], "tcp") == 0;
  for (guint i = MIN_TOKENS; i + 1 < n; i += 2)
    if (!parse_extension (self, tokens[i], tokens[i + 1], is_tcp, error))
      return FALSE;
  return TRUE;
}

gboolean
pl_candidate_parse (const char *line, PlCandidate *candidate, GError **error)
{
  PlCandidate parsed = { 0 };

  if (strlen (line) > PL_MAX_CANDIDATE_LINE) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "candidate: %" G_GSIZE_FORMAT " characters, limit is %d", strlen (line),
                 PL_MAX_CANDIDATE_LINE);
    return FALSE;
  }
  if (g_str_has_prefix (line, "a="))
    line += strlen ("a=");
  if (!g_str_has_prefix (line, "candidate:"))
    return refuse ("expected 'candidate:' before", line, error);
  g_autofree char *rest = g_strchomp (g_strdup (line + strlen ("candidate:")));
  g_auto (GStrv) tokens = g_strsplit (rest, " ", /* max_tokens = */ -1);
  if (!parse_tokens (&parsed, tokens, error))
    return FALSE;
  *candidate = parsed;
  return TRUE;
}

char *
pl_candidate_print (const PlCandidate *self)
{
  gboolean is_tcp = self->transport != PL_TRANSPORT_UDP;
  g_autoptr (GString) out = g_string_new (NULL);

  g_return_val_if_fail (self->transport != PL_TRANSPORT_OTHER && !self->other_type, NULL);
  g_string_printf (out, "candidate:%s %u %s %u %s %u typ %s", self->foundation, self->component,
                   is_tcp ? "TCP" : "UDP", self->priority, self->address, self->port,
                   pl_candidate_type_name (self->type));
  if (*self->related)
    g_string_append_printf (out, " raddr %s rport %u", self->related, self->related_port);
  if (is_tcp)
    g_string_append_printf (out, " tcptype %s", tcp_types[self->transport]);
  return g_strdup (out->str);
}

static const char *
get_address_flaw (const PlCandidate *self)
{
  if (self->is_name)
    return "a name, which is not looked up";
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (self->address);
  if (g_inet_address_get_is_any (address))
    return "no address";
  if (g_inet_address_get_is_multicast (address)
      || g_str_equal (self->address, "255.255.255.255"))
    return "not the address of one host";
  return NULL;
}

const char *
pl_candidate_get_flaw (const PlCandidate *self)
{
  if (self->component != 1)
    return "of another component";
  if (self->transport == PL_TRANSPORT_OTHER || self->transport == PL_TRANSPORT_TCP_SO)
    return "of a transport that is not tried";
  if (self->other_type)
    return "of an unknown type";
  /* RFC 8445 section 5.1.2: a positive integer; libnice refuses others only from 0.1.23 on. */
  if (self->priority == 0)
    return "of priority 0";
  if (self->port == 0)
    return "without a port";
  return get_address_flaw (self);
}

gboolean
pl_candidate_is_loopback (const PlCandidate *self)
{
  if (self->is_name)
    return FALSE;
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (self->address);
  return g_inet_address_get_is_loopback (address);
}
