/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "signaling/push-rules.h"
#include "tests/lib/pl-test.h"

static void
test_addresses (void)
{
  static const struct {
    const char *address;
    gboolean is_public;
  } cases[] = {
    { "8.8.8.8", TRUE },
    { "142.250.1.1", TRUE },
    { "172.15.255.255", TRUE },
    { "172.32.0.0", TRUE },
    { "100.63.255.255", TRUE },
    { "100.128.0.0", TRUE },
    { "2a00:1450::1", TRUE },
    { "2606:4700::1111", TRUE },
    { "64:ff9b::808:808", TRUE }, /* 8.8.8.8 through NAT64 */
    { "0.0.0.0", FALSE },
    { "0.1.2.3", FALSE },
    { "10.0.0.1", FALSE },
    { "100.64.0.1", FALSE },
    { "127.0.0.1", FALSE },
    { "127.255.255.254", FALSE },
    { "169.254.169.254", FALSE }, /* the metadata of a cloud */
    { "172.16.0.1", FALSE },
    { "172.31.255.255", FALSE },
    { "192.0.0.8", FALSE },
    { "192.0.2.1", FALSE },
    { "192.88.99.1", FALSE },
    { "192.168.1.1", FALSE },
    { "198.18.0.1", FALSE },
    { "198.51.100.1", FALSE },
    { "203.0.113.1", FALSE },
    { "224.0.0.1", FALSE },
    { "239.255.255.250", FALSE },
    { "240.0.0.1", FALSE },
    { "255.255.255.255", FALSE },
    { "::", FALSE },
    { "::1", FALSE },
    { "::8.8.8.8", FALSE },
    { "::ffff:127.0.0.1", FALSE },
    { "::ffff:8.8.8.8", FALSE },
    { "64:ff9b::7f00:1", FALSE }, /* 127.0.0.1 through NAT64 */
    { "64:ff9b::a00:1", FALSE },
    { "64:ff9b:1::1", FALSE },
    { "100::1", FALSE },
    { "2001::1", FALSE },
    { "2001:db8::1", FALSE },
    { "2002:7f00:1::", FALSE },
    { "3fff::1", FALSE },
    { "fc00::1", FALSE },
    { "fd12:3456::1", FALSE },
    { "fe80::1", FALSE },
    { "fec0::1", FALSE },
    { "ff02::1", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GInetAddress) address = g_inet_address_new_from_string (cases[i].address);
    g_test_message ("%s", cases[i].address);
    g_assert_cmpint (pl_push_address_is_public (address), ==, cases[i].is_public);
  }
}

static gboolean
takes (const PlPushRules *rules, const char *endpoint)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) uri = pl_push_rules_parse (rules, endpoint, &error);

  g_test_message ("%s", endpoint);
  if (uri == NULL)
    g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  return uri != NULL;
}

static void
test_endpoints (void)
{
  static const char *const good[] = {
    "https://fcm.googleapis.com/fcm/send/abc:DEF_123-x",
    "https://fcm.googleapis.com:443/x",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
    "https://web.push.apple.com/QAbc",
    "https://wns2-db5p.notify.windows.com/w/?token=BQYAAAD%2b",
  };
  static const char *const bad[] = {
    "",
    "fcm.googleapis.com",
    "http://fcm.googleapis.com/x",
    "ftp://fcm.googleapis.com/x",
    "file:///etc/passwd",
    "https:///x",
    "https://fcm.googleapis.com:80/x",
    "https://fcm.googleapis.com:0/x",
    "https://fcm.googleapis.com:99999/x",
    "https://user@fcm.googleapis.com/x",
    "https://user:password@fcm.googleapis.com/x",
    "https://fcm.googleapis.com@127.0.0.1/x",
    "https://fcm.googleapis.com#@127.0.0.1/x",
    "https://fcm.googleapis.com/x#y",
    "https://fcm.googleapis.com./x",
    "https://fcm.googleapis.com.evil.example/x",
    "https://evilfcm.googleapis.com/x",
    "https://push.services.mozilla.com/x",
    "https://.push.services.mozilla.com/x",
    "https://evilpush.services.mozilla.com/x",
    "https://fcm.googleapis.com%2f@evil.example/x",
    "https://fcm.googleapis.com%00.push.apple.com/x",
    "https://localhost/x",
    "https://127.0.0.1/x",
    "https://2130706433/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://169.254.169.254/latest/meta-data",
    "https://fcm.googleapis.com/x\r\nHost: evil",
    "https://fcm.googleapis.com/x y",
    "https://fcm.googleapis.com\\@evil.example/x",
    "https://fcm。googleapis。com/x",
    "https://a b.push.apple.com/x",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (PlPushRules) rules = pl_push_rules_new (NULL, NULL, &error);

  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (takes (rules, good[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (takes (rules, bad[i]));
}

static gboolean
allows (const PlPushRules *rules, const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  return pl_push_rules_allow_address (rules, address);
}

static void
test_own (void)
{
  static const char *const hosts[] = { "push.example.org:8443", "*.Example.net", NULL };
  static const char *const networks[] = { "10.1.0.0/16", "::1", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (PlPushRules) rules = pl_push_rules_new (hosts, networks, &error);

  g_assert_no_error (error);
  g_assert_true (takes (rules, "https://push.example.org:8443/x"));
  g_assert_true (takes (rules, "https://a.b.example.net/x"));
  g_assert_false (takes (rules, "https://push.example.org/x"));
  g_assert_false (takes (rules, "https://example.net/x"));
  g_assert_false (takes (rules, "https://a.example.net:8443/x"));
  g_assert_false (takes (rules, "https://fcm.googleapis.com/x"));
  g_assert_true (allows (rules, "10.1.2.3"));
  g_assert_true (allows (rules, "::1"));
  g_assert_true (allows (rules, "8.8.8.8"));
  g_assert_false (allows (rules, "10.2.0.1"));
  g_assert_false (allows (rules, "127.0.0.1"));
  g_assert_false (allows (rules, "::ffff:10.1.2.3"));
}

static void
test_options (void)
{
  static const char *const bad_hosts[]
      = { "",    "*",       "*.",   "a b", "https://a", "a/b",  "a:0",
          "a:x", "a:65536", "a..b", ".a",  "*.*.a",     "a*.b", "[::1]:443" };
  static const char *const bad_networks[] = { "", "localhost", "10.0.0.0/33", "10.0.0.1/8" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad_hosts); i++) {
    const char *const hosts[] = { bad_hosts[i], NULL };
    g_autoptr (GError) error = NULL;
    g_test_message ("%s", bad_hosts[i]);
    g_assert_null (pl_push_rules_new (hosts, NULL, &error));
    g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad_networks); i++) {
    const char *const networks[] = { bad_networks[i], NULL };
    g_autoptr (GError) error = NULL;
    g_test_message ("%s", bad_networks[i]);
    g_assert_null (pl_push_rules_new (NULL, networks, &error));
    g_assert_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/push-rules/addresses", test_addresses);
  g_test_add_func ("/push-rules/endpoints", test_endpoints);
  g_test_add_func ("/push-rules/own", test_own);
  g_test_add_func ("/push-rules/options", test_options);
  return g_test_run ();
}
