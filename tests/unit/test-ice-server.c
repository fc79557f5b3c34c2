/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/ice-server.h"
#include "tests/lib/pl-test.h"

#include <string.h>

static void
test_uris (void)
{
  static const struct {
    const char *uri;
    PlIceServerKind kind;
    const char *host;
    guint port;
  } cases[] = {
    { "stun:stun.example.org", PL_ICE_STUN, "stun.example.org", 3478 },
    { "STUN:192.0.2.1:1234", PL_ICE_STUN, "192.0.2.1", 1234 },
    { "stun:[2001:db8::1]:7", PL_ICE_STUN, "2001:db8::1", 7 },
    { "turn:u:p@turn.example.org", PL_ICE_TURN_UDP, "turn.example.org", 3478 },
    { "turn:u:p@turn.example.org?transport=udp", PL_ICE_TURN_UDP, "turn.example.org", 3478 },
    { "turn:u:p@turn.example.org:80?transport=tcp", PL_ICE_TURN_TCP, "turn.example.org", 80 },
    { "turn:u:p@[2001:db8::1]?transport=TCP", PL_ICE_TURN_TCP, "2001:db8::1", 3478 },
    { "turns:u:p@turn.example.org", PL_ICE_TURN_TLS, "turn.example.org", 5349 },
    { "turns:u:p@turn.example.org:443?transport=tcp", PL_ICE_TURN_TLS, "turn.example.org",
      443 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (PlIceServer) s
        = pl_ice_server_parse (cases[i].uri, /* username = */ NULL, NULL, &error);
    g_test_message ("'%s'", cases[i].uri);
    g_assert_no_error (error);
    g_assert_cmpint (s->kind, ==, cases[i].kind);
    g_assert_cmpstr (s->host, ==, cases[i].host);
    g_assert_cmpuint (s->port, ==, cases[i].port);
  }
}

static void
test_refused (void)
{
  static const char *const uris[] = {
    "",
    "stun",
    "stun:",
    "http://example.org",
    "stun:example.org:0",
    "stun:example.org:70000",
    "stun:example.org?transport=udp",
    "turn:u:p@example.org?transport=sctp",
    "turn:u:p@example.org?protocol=udp",
    "turn:u:p@",
    "turn:user@example.org",
    "turns:u:p@example.org?transport=udp",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++) {
    g_autoptr (GError) error = NULL;
    g_test_message ("'%s'", uris[i]);
    g_assert_null (pl_ice_server_parse (uris[i], "name", "secret", &error));
    g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
  }
}

static void
test_credentials (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PlIceServer) inside
      = pl_ice_server_parse ("turn:1700:alice:p%40ss@turn.example", NULL, NULL, &error);
  g_autoptr (PlIceServer) encoded
      = pl_ice_server_parse ("turn:1700%3Aalice:p%40ss@turn.example", NULL, NULL, &error);
  g_autoptr (PlIceServer) given
      = pl_ice_server_parse ("turn:u:p@turn.example", "name", "secret", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (inside->username, ==, "1700");
  g_assert_cmpstr (inside->password, ==, "alice:p@ss");
  g_assert_cmpstr (encoded->username, ==, "1700:alice");
  g_assert_cmpstr (given->username, ==, "name");
  g_assert_cmpstr (given->password, ==, "secret");
}

static void
test_turn_needs_credentials (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (pl_ice_server_parse ("turn:turn.example", NULL, NULL, &error));
  g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
}

static void
test_errors_hide_the_password (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (
      pl_ice_server_parse ("turn:u:hush@turn.example?transport=dccp", NULL, NULL, &error));
  g_assert_null (strstr (error->message, "hush"));
  g_assert_nonnull (strstr (error->message, "turn.example"));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/ice-server/uris", test_uris);
  g_test_add_func ("/ice-server/refused", test_refused);
  g_test_add_func ("/ice-server/credentials", test_credentials);
  g_test_add_func ("/ice-server/turn-needs-credentials", test_turn_needs_credentials);
  g_test_add_func ("/ice-server/hides-password", test_errors_hide_the_password);
  return g_test_run ();
}
