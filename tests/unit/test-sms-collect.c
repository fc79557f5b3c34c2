/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sms-collect.h"
#include "tests/lib/pl-test.h"

static PlSmsPart part_1
    = { .number = (char *) "+49", .text = (char *) "one ", .ref = 7, .total = 3, .seq = 1 };
static PlSmsPart part_2
    = { .number = (char *) "+49", .text = (char *) "two ", .ref = 7, .total = 3, .seq = 2 };
static PlSmsPart part_3
    = { .number = (char *) "+49", .text = (char *) "three", .ref = 7, .total = 3, .seq = 3 };
static PlSmsPart other_1
    = { .number = (char *) "+49", .text = (char *) "eins ", .ref = 7, .total = 3, .seq = 1 };

static void
test_join (void)
{
  static const struct {
    const PlSmsPart *parts[4];
    const char *text;
    gboolean whole;
  } cases[] = {
    { { &part_1, &part_2, &part_3 }, "one two three", TRUE },
    { { &part_2, &part_3, &part_1 }, "one two three", TRUE },
    { { &part_2, &part_2, &part_3, &part_1 }, "one two three", TRUE },
    { { &part_2 }, PL_SMS_GAP "two " PL_SMS_GAP, FALSE },
    { { &part_3 }, PL_SMS_GAP "three", FALSE },
    { { &part_3, &part_1 }, "one " PL_SMS_GAP "three", FALSE },
    { { NULL }, PL_SMS_GAP, FALSE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GPtrArray) parts = g_ptr_array_new ();
    gboolean whole;
    for (guint k = 0; k < 4 && cases[i].parts[k]; k++)
      g_ptr_array_add (parts, (gpointer) cases[i].parts[k]);
    g_autofree char *text = pl_sms_join (parts, 3, &whole);
    g_assert_cmpstr (text, ==, cases[i].text);
    g_assert_cmpint (whole, ==, cases[i].whole);
  }
}

/* Numbers that lie about the total are as harmless as missing parts. */
static void
test_join_lies (void)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  gboolean whole;

  g_ptr_array_add (parts, &part_3);
  g_autofree char *small = pl_sms_join (parts, 2, &whole);
  g_assert_cmpstr (small, ==, PL_SMS_GAP);
  g_assert_false (whole);
  g_autofree char *big = pl_sms_join (parts, 100000, &whole);
  g_assert_cmpstr (big, ==, PL_SMS_GAP "three" PL_SMS_GAP);
  g_assert_false (whole);
}

static void
test_key (void)
{
  PlSmsPart single = { .number = (char *) "+49", .total = 1, .seq = 1 };
  PlSmsPart other_sender = part_1, other_ref = part_1;
  g_autofree char *key_1 = pl_sms_key (&part_1);
  g_autofree char *key_2 = pl_sms_key (&part_2);

  other_sender.number = (char *) "+4";
  other_ref.ref = 8;
  g_autofree char *key_3 = pl_sms_key (&other_sender);
  g_autofree char *key_4 = pl_sms_key (&other_ref);
  g_assert_null (pl_sms_key (&single));
  g_assert_cmpstr (key_1, ==, key_2);
  g_assert_cmpstr (key_1, !=, key_3);
  g_assert_cmpstr (key_1, !=, key_4);
}

static void
test_belongs (void)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  PlSmsPart first = part_1, late = part_2, again = part_1;

  first.time_us = G_USEC_PER_SEC;
  late.time_us = first.time_us + PL_SMS_SPREAD_US;
  g_ptr_array_add (parts, &first);
  g_assert_true (pl_sms_belongs (parts, &late));
  g_assert_true (pl_sms_belongs (parts, &again));    /* a duplicate */
  g_assert_false (pl_sms_belongs (parts, &other_1)); /* the reference is used again */
  late.time_us++;
  g_assert_false (pl_sms_belongs (parts, &late));
  late.time_us = 0; /* the service centre's clock is broken */
  g_assert_true (pl_sms_belongs (parts, &late));
}

static void
test_show_at (void)
{
  g_assert_cmpint (pl_sms_show_at (5), ==, 5 + PL_SMS_PATIENCE_US);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/sms-collect/join", test_join);
  g_test_add_func ("/sms-collect/join-lies", test_join_lies);
  g_test_add_func ("/sms-collect/key", test_key);
  g_test_add_func ("/sms-collect/belongs", test_belongs);
  g_test_add_func ("/sms-collect/show-at", test_show_at);
  return g_test_run ();
}
