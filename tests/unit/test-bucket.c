/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/bucket.h"
#include "proto/timers.h"
#include "proto/turn-rest.h"
#include "tests/lib/pl-test.h"

#define SECOND ((int64_t) G_USEC_PER_SEC)

static const PlRate rate = { .interval_us = SECOND, .burst = 3 };

static void
test_bucket (void)
{
  PlBucket bucket;
  pl_bucket_init (&bucket, &rate, 0);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (pl_bucket_take (&bucket, &rate, 1, 0), ==, PL_BUCKET_OK);
  g_assert_cmpint (pl_bucket_get_wait (&bucket, &rate, 0), ==, SECOND);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (pl_bucket_take (&bucket, &rate, 1, 0), ==, PL_BUCKET_OVER);
  g_assert_cmpint (pl_bucket_take (&bucket, &rate, 1, 0), ==, PL_BUCKET_FLOOD);
  g_assert_false (pl_bucket_has (&bucket, &rate, 3 * SECOND));
  g_assert_true (pl_bucket_has (&bucket, &rate, 4 * SECOND));
  g_assert_cmpint (pl_bucket_get_time_to_full (&bucket, &rate, 4 * SECOND), ==, 2 * SECOND);
  g_assert_cmpint (pl_bucket_get_time_to_full (&bucket, &rate, 99 * SECOND), ==, 0);
  g_assert_cmpint (pl_bucket_take (&bucket, &rate, 7, 99 * SECOND), ==, PL_BUCKET_FLOOD);
}

static void
on_expired (gpointer user_data, int64_t now_us)
{
  g_string_append_printf (user_data, "%d ", (int) now_us);
}

static void
test_timers (void)
{
  g_autoptr (PlTimers) timers = pl_timers_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  PlTimer a = { .expired = on_expired, .user_data = seen };
  PlTimer b = a;

  g_assert_cmpint (pl_timers_get_deadline (timers), ==, PL_NEVER);
  pl_timers_set (timers, &a, 20);
  pl_timers_set (timers, &b, 10);
  g_assert_cmpint (pl_timers_get_deadline (timers), ==, 10);
  pl_timers_expire (timers, 9);
  pl_timers_expire (timers, 11);
  pl_timers_set (timers, &a, 30);
  pl_timers_expire (timers, 25);
  g_assert_cmpint (pl_timers_get_deadline (timers), ==, 30);
  pl_timers_set (timers, &a, PL_NEVER);
  g_assert_cmpint (pl_timers_get_deadline (timers), ==, PL_NEVER);
  g_assert_cmpstr (seen->str, ==, "11 ");
}

/* Computed with: printf %s 1700000000:abc | openssl dgst -sha1 -hmac north -binary | base64 */
static void
test_turn_rest (void)
{
  g_autoptr (GBytes) secret = g_bytes_new_static ("north", 5);
  g_autofree char *username = NULL;
  g_autofree char *credential = NULL;
  pl_turn_rest_mint (secret, 1700000000, "abc", &username, &credential);
  g_assert_cmpstr (username, ==, "1700000000:abc");
  g_assert_cmpstr (credential, ==, "g5HTmCBrPDhYXFpM/1dHUtfE+c4=");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/bucket/take", test_bucket);
  g_test_add_func ("/timers/order", test_timers);
  g_test_add_func ("/turn-rest/mint", test_turn_rest);
  return g_test_run ();
}
