/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "proto/code.h"
#include "proto/identity.h"
#include "proto/room-name.h"
#include "tests/lib/pl-test.h"

#include <json-glib/json-glib.h>
#include <sodium.h>
#include <string.h>

static void
test_both_agree (void)
{
  g_autoptr (PlIdentity) box = pl_identity_new ();
  g_autoptr (PlIdentity) client = pl_identity_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) here = pl_identity_agree (box, pl_identity_get_public (client), &error);
  g_autoptr (GBytes) there = pl_identity_agree (client, pl_identity_get_public (box), &error);

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (here, there));
  g_autoptr (PlCode) a = pl_code_new_paired (here);
  g_autoptr (PlCode) b = pl_code_new_paired (there);
  g_assert_cmpstr (pl_code_get_room (a), ==, pl_code_get_room (b));
  g_assert_cmpstr (pl_code_get_text (a), ==, pl_code_get_text (b));
  g_assert_true (pl_room_name_is_valid (pl_code_get_room (a)));
  g_assert_false (pl_room_name_is_nameplate (pl_code_get_room (a)));
}

/* tests/data/codes.json, for other implementations: one secret and what follows from it, and
 * two identities with the secret of both. */
static JsonObject *
load (JsonParser *parser, const char *name)
{
  g_autofree char *text = pl_test_read_data ("codes.json");
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  return json_object_get_object_member (json_node_get_object (json_parser_get_root (parser)),
                                        name);
}

static void
test_vector (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *paired = load (parser, "paired");
  uint8_t bytes[32];
  size_t len = 0;
  const char *hex = json_object_get_string_member (paired, "secret");

  g_assert_cmpint (sodium_hex2bin (bytes, sizeof bytes, hex, strlen (hex), NULL, &len, NULL),
                   ==, 0);
  g_autoptr (GBytes) secret = g_bytes_new (bytes, len);
  g_autoptr (PlCode) code = pl_code_new_paired (secret);
  g_assert_cmpstr (pl_code_get_room (code), ==, json_object_get_string_member (paired, "room"));
  g_assert_cmpstr (pl_code_get_text (code), ==,
                   json_object_get_string_member (paired, "password"));
}

static void
check_agrees (JsonObject *identities, const char *own, const char *remote)
{
  JsonObject *here = json_object_get_object_member (identities, own);
  JsonObject *there = json_object_get_object_member (identities, remote);
  const char *text = json_object_get_string_member (here, "private");
  const char *expected = json_object_get_string_member (identities, "secret");
  char hex[2 * 32 + 1];
  gsize len;
  g_autoptr (PlIdentity) identity = pl_identity_parse (text, NULL);
  g_autoptr (GBytes) secret
      = pl_identity_agree (identity, json_object_get_string_member (there, "public"), NULL);
  const uint8_t *data = g_bytes_get_data (secret, &len);

  g_assert_cmpstr (pl_identity_get_public (identity), ==,
                   json_object_get_string_member (here, "public"));
  g_assert_cmpstr (sodium_bin2hex (hex, sizeof hex, data, len), ==, expected);
}

static void
test_agreed_vector (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *identities = load (parser, "identities");

  check_agrees (identities, "a", "b");
  check_agrees (identities, "b", "a");
}

static void
test_keeps_itself (void)
{
  g_autoptr (PlIdentity) one = pl_identity_new ();
  g_autofree char *text = pl_identity_print (one);
  g_autoptr (GError) error = NULL;
  g_autoptr (PlIdentity) again = pl_identity_parse (text, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (pl_identity_get_public (one), ==, pl_identity_get_public (again));
  g_assert_cmpstr (text, !=, pl_identity_get_public (one));
}

static void
test_refuses (void)
{
  static const char zeros[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  g_autoptr (PlIdentity) self = pl_identity_new ();
  g_autofree char *small = g_strdup_printf ("ed25519:%s x25519:%s", zeros, zeros);
  const char *bad[] = { "", "ed25519:", "ed25519:AAAA x25519:AAAA", small, "x25519: ed25519:" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (pl_identity_agree (self, bad[i], &error));
    g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
  }
  g_autofree char *longer = g_strconcat (pl_identity_get_public (self), "x", NULL);
  g_assert_false (pl_identity_is_public (longer));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/identity/agree", test_both_agree);
  g_test_add_func ("/identity/vector", test_vector);
  g_test_add_func ("/identity/agreed-vector", test_agreed_vector);
  g_test_add_func ("/identity/keeps-itself", test_keeps_itself);
  g_test_add_func ("/identity/refuses", test_refuses);
  return g_test_run ();
}
