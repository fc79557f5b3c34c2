/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/seal.h"
#include "tests/lib/pl-test.h"

#include <string.h>

static const uint8_t isk[PL_CPACE_ISK_LEN] = { 1, 2, 3 };
static const uint8_t share_a[PL_CPACE_SHARE_LEN] = { 0xa };
static const uint8_t share_b[PL_CPACE_SHARE_LEN] = { 0xb };

typedef struct {
  PlSeal *a;
  PlSeal *b;
} Pair;

static PlSeal *
new_seal (const char *room, const uint8_t *own, const uint8_t *remote)
{
  return pl_seal_new (
      &(PlSealConfig){ .isk = isk, .room = room, .own_share = own, .remote_share = remote });
}

static void
set_up (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  p->a = new_seal ("417", share_a, share_b);
  p->b = new_seal ("417", share_b, share_a);
}

static void
tear_down (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  pl_seal_free (p->a);
  pl_seal_free (p->b);
}

static PlSealResult
try_open (PlSeal *seal, GBytes *envelope, char **text)
{
  g_autoptr (GError) error = NULL;
  gsize len;
  const uint8_t *data = g_bytes_get_data (envelope, &len);
  PlSealResult result = pl_seal_open (seal, data, len, text, &error);

  g_assert_cmpint (error != NULL, ==, result == PL_SEAL_BROKEN);
  g_assert_cmpint (*text != NULL, ==, result == PL_SEAL_OPENED);
  if (error)
    g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  return result;
}

static void
assert_result (PlSeal *seal, GBytes *envelope, PlSealResult expected)
{
  g_autofree char *text = NULL;
  g_assert_cmpint (try_open (seal, envelope, &text), ==, expected);
}

static void
assert_opens (PlSeal *seal, GBytes *envelope, const char *expected)
{
  g_autofree char *text = NULL;
  g_assert_cmpint (try_open (seal, envelope, &text), ==, PL_SEAL_OPENED);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_both_ways (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  static const size_t lengths[] = { 0, 1, 1023, 1024, 1025, PL_MAX_SDP };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autofree char *text = g_strnfill (lengths[i], 'x');
    g_autoptr (GBytes) to_b = pl_seal_close (p->a, text, NULL);
    g_autoptr (GBytes) to_a = pl_seal_close (p->b, text, NULL);
    g_assert_cmpuint ((g_bytes_get_size (to_b) - 24) % PL_SEAL_STEP, ==, 0);
    assert_opens (p->b, to_b, text);
    assert_opens (p->a, to_a, text);
  }
}

static void
test_limit (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  /* 43 full steps and what their padding needs: the last that fits into PL_MAX_ENVELOPE. */
  g_autofree char *fits = g_strnfill (44 * PL_SEAL_STEP - 1, 'x');
  g_autofree char *too_long = g_strnfill (44 * PL_SEAL_STEP, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) envelope = pl_seal_close (p->a, fits, &error);

  g_assert_no_error (error);
  assert_opens (p->b, envelope, fits);
  g_assert_null (pl_seal_close (p->a, too_long, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);

  /* What was refused left no gap. */
  g_autoptr (GBytes) next = pl_seal_close (p->a, "next", NULL);
  assert_opens (p->b, next, "next");
}

static void
test_replay (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) one = pl_seal_close (p->a, "one", NULL);
  g_autoptr (GBytes) two = pl_seal_close (p->a, "two", NULL);

  assert_opens (p->b, one, "one");
  assert_result (p->b, one, PL_SEAL_DUPLICATE);
  assert_opens (p->b, two, "two");
  assert_result (p->b, one, PL_SEAL_DUPLICATE);
}

static void
test_gap (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) one = pl_seal_close (p->a, "one", NULL);
  g_autoptr (GBytes) two = pl_seal_close (p->a, "two", NULL);

  assert_result (p->b, two, PL_SEAL_BROKEN);
  assert_result (p->b, one, PL_SEAL_BROKEN);
}

static void
test_reflection (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) one = pl_seal_close (p->a, "one", NULL);
  assert_result (p->a, one, PL_SEAL_BROKEN);
}

static void
test_other_room (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (PlSeal) elsewhere = new_seal ("418", share_b, share_a);
  g_autoptr (GBytes) one = pl_seal_close (p->a, "one", NULL);
  assert_result (elsewhere, one, PL_SEAL_BROKEN);
}

static void
test_every_byte_counts (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) one = pl_seal_close (p->a, "one", NULL);
  gsize len;
  const uint8_t *bytes = g_bytes_get_data (one, &len);

  for (gsize i = 0; i < len; i++) {
    g_autofree uint8_t *changed = g_memdup2 (bytes, len);
    changed[i] ^= 0x10;
    g_autoptr (GBytes) forged = g_bytes_new (changed, len);
    g_autoptr (PlSeal) fresh = new_seal ("417", share_b, share_a);
    assert_result (fresh, forged, PL_SEAL_BROKEN);
  }
  for (gsize n = 0; n < len; n++) {
    g_autoptr (GBytes) cut = g_bytes_new (bytes, n);
    g_autoptr (PlSeal) fresh = new_seal ("417", share_b, share_a);
    assert_result (fresh, cut, PL_SEAL_BROKEN);
  }
}

#define ADD(name, func) g_test_add ("/seal/" name, Pair, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  ADD ("both-ways", test_both_ways);
  ADD ("limit", test_limit);
  ADD ("replay", test_replay);
  ADD ("gap", test_gap);
  ADD ("reflection", test_reflection);
  ADD ("other-room", test_other_room);
  ADD ("every-byte-counts", test_every_byte_counts);
  return g_test_run ();
}
