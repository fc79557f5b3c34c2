/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/stream-order.h"
#include "tests/lib/pl-test.h"

static void
test_labels (void)
{
  static const struct {
    const char *label;
    gboolean ok;
    uint64_t number;
  } cases[] = {
    { "port", TRUE, 0 },           { "port:1", TRUE, 1 },
    { "port:64000", TRUE, 64000 }, { "port:9007199254740992", TRUE, UINT64_C (1) << 53 },
    { "port:", FALSE, 0 },         { "port:0", FALSE, 0 },
    { "port:-1", FALSE, 0 },       { "port:+1", FALSE, 0 },
    { "port: 1", FALSE, 0 },       { "port:1x", FALSE, 0 },
    { "ports", FALSE, 0 },         { "port:9007199254740993", FALSE, 0 },
    { "file", FALSE, 0 },          { "", FALSE, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    uint64_t number = 0;
    g_test_message ("%s", cases[i].label);
    g_assert_cmpint (pl_stream_order_parse (cases[i].label, &number), ==, cases[i].ok);
    g_assert_cmpuint (number, ==, cases[i].number);
  }
}

static void
add (PlStreamOrder *order, uint64_t number)
{
  g_autoptr (GError) error = NULL;
  pl_stream_order_add (order, number, GUINT_TO_POINTER (number), &error);
  g_assert_no_error (error);
}

static void
assert_next (PlStreamOrder *order, guint expected)
{
  g_assert_cmpuint (GPOINTER_TO_UINT (pl_stream_order_next (order)), ==, expected);
}

static void
test_brings_into_order (void)
{
  g_autoptr (PlStreamOrder) order = pl_stream_order_new ();

  add (order, 3);
  add (order, 2);
  assert_next (order, 0);
  add (order, 1);
  add (order, 5);
  assert_next (order, 1);
  assert_next (order, 2);
  assert_next (order, 3);
  assert_next (order, 0);
  add (order, 4);
  assert_next (order, 4);
  assert_next (order, 5);
}

static void
test_removed_ones_count (void)
{
  g_autoptr (PlStreamOrder) order = pl_stream_order_new ();

  add (order, 2);
  pl_stream_order_remove (order, GUINT_TO_POINTER (2));
  add (order, 3);
  add (order, 1);
  pl_stream_order_remove (order, GUINT_TO_POINTER (1));
  assert_next (order, 3);
}

static void
test_plain_ones_count_as_they_come (void)
{
  g_autoptr (PlStreamOrder) order = pl_stream_order_new ();

  add (order, 2);
  g_assert_true (pl_stream_order_add (order, 0, GUINT_TO_POINTER (77), NULL));
  add (order, 1);
  assert_next (order, 77);
  assert_next (order, 1);
  assert_next (order, 2);
}

static void
test_nonsense (void)
{
  static const uint64_t numbers[] = { 1, 3, 2 + PL_MAX_STREAMS + 1, UINT64_C (1) << 53 };
  g_autoptr (PlStreamOrder) order = pl_stream_order_new ();

  add (order, 1);
  add (order, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (pl_stream_order_add (order, numbers[i], order, &error));
    g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  }
  add (order, 2 + PL_MAX_STREAMS);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/stream-order/labels", test_labels);
  g_test_add_func ("/stream-order/order", test_brings_into_order);
  g_test_add_func ("/stream-order/removed", test_removed_ones_count);
  g_test_add_func ("/stream-order/plain", test_plain_ones_count_as_they_come);
  g_test_add_func ("/stream-order/nonsense", test_nonsense);
  return g_test_run ();
}
