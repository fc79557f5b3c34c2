/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/address-book.h"
#include "proto/forwarded.h"
#include "tests/lib/pl-test.h"

static const struct {
  const char *peer;
  const char *header;
  const char *picked;
} cases[] = {
  { "192.0.2.1", "198.51.100.1", "192.0.2.1" }, /* not trusted: what it says is nothing */
  { "10.0.0.1", NULL, "10.0.0.1" },
  { "10.0.0.1", "", "10.0.0.1" },
  { "10.0.0.1", "198.51.100.1", "198.51.100.1" },
  { "10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1" }, /* the left one is made up */
  { "10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1" },
  { "10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3" },
  { "10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1" },
  { "10.0.0.1", "198.51.100.1:4000", "198.51.100.1" },
  { "10.0.0.1", " [2001:db8::1]:4000 ", "2001:db8::1" },
  { "10.0.0.1", "2001:db8::1", "2001:db8::1" },
  { "10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1" },
  { "::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1" },
  { "::1", "198.51.100.1", "198.51.100.1" },
};

static GPtrArray *
make_trusted (void)
{
  GPtrArray *trusted = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (trusted, g_inet_address_mask_new_from_string ("10.0.0.0/8", NULL));
  g_ptr_array_add (trusted, g_inet_address_mask_new_from_string ("::1", NULL));
  return trusted;
}

static void
test_pick (void)
{
  g_autoptr (GPtrArray) trusted = make_trusted ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GInetAddress) peer = g_inet_address_new_from_string (cases[i].peer);
    g_autoptr (GInetAddress) picked = pl_forwarded_pick (peer, cases[i].header, trusted);
    g_autofree char *text = g_inet_address_to_string (picked);
    g_assert_cmpstr (text, ==, cases[i].picked);
  }
}

static const struct {
  const char *address;
  const char *key;
} keys[] = {
  { "192.0.2.1", "192.0.2.1" },
  { "::ffff:192.0.2.1", "192.0.2.1" },
  { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
  { "2001:db8:1:2::", "2001:db8:1:2::/64" },
};

static void
test_keys (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_autoptr (GInetAddress) address = g_inet_address_new_from_string (keys[i].address);
    g_autofree char *key = pl_address_make_key (address);
    g_assert_cmpstr (key, ==, keys[i].key);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/forwarded/pick", test_pick);
  g_test_add_func ("/forwarded/keys", test_keys);
  return g_test_run ();
}
