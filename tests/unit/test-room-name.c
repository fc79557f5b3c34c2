/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/room-name.h"
#include "tests/lib/pl-test.h"

static const struct {
  const char *name;
  gboolean nameplate;
  gboolean valid;
} cases[] = {
  { "1", TRUE, TRUE },
  { "417", TRUE, TRUE },
  { "999999999", TRUE, TRUE },
  { "xabcdefghijklmnopqrstuvwxyz", FALSE, TRUE },
  { "x77777777777777777777777777", FALSE, TRUE },
  { "", FALSE, FALSE },
  { "0", FALSE, FALSE },
  { "017", FALSE, FALSE },
  { "1234567890", FALSE, FALSE },
  { "12a", FALSE, FALSE },
  { "-1", FALSE, FALSE },
  { "x", FALSE, FALSE },
  { "xabcdefghijklmnopqrstuvwxy", FALSE, FALSE },
  { "xabcdefghijklmnopqrstuvwxyz2", FALSE, FALSE },
  { "xABCDEFGHIJKLMNOPQRSTUVWXYZ", FALSE, FALSE },
  { "xabcdefghijklmnopqrstuvwxy1", FALSE, FALSE },
  { "yabcdefghijklmnopqrstuvwxyz", FALSE, FALSE },
};

static void
test_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("'%s'", cases[i].name);
    g_assert_cmpint (pl_room_name_is_nameplate (cases[i].name), ==, cases[i].nameplate);
    g_assert_cmpint (pl_room_name_is_valid (cases[i].name), ==, cases[i].valid);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/room-name/table", test_names);
  return g_test_run ();
}
