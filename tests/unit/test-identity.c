/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "proto/code.h"
#include "proto/identity.h"
#include "proto/room-name.h"
#include "tests/lib/pl-test.h"

#include <stdint.h>

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

/* The vector of PROTOCOL.md, for other implementations. */
static void
test_vector (void)
{
  g_autoptr (GError) error = NULL;
  uint8_t bytes[32];
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = i;
  g_autoptr (GBytes) secret = g_bytes_new (bytes, sizeof bytes);
  g_autoptr (PlCode) code = pl_code_new_paired (secret);

  g_assert_cmpstr (pl_code_get_room (code), ==, "xgsponb2yqd33de6w56rovqbzna");
  g_assert_cmpstr (pl_code_get_text (code), ==,
                   "6d845be31f4cfa1a7b9bf902a651ab422102a9fbcfe964a71b27742ba3dad4e9");
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
  g_test_add_func ("/identity/keeps-itself", test_keeps_itself);
  g_test_add_func ("/identity/refuses", test_refuses);
  return g_test_run ();
}
