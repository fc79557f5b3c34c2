/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "proto/cpace-private.h"
#include "tests/lib/pl-test.h"

#include <string.h>

/* draft-irtf-cfrg-cpace-21, "Test vector for CPace using group ristretto255 and hash SHA-512".
 */
#define PASSWORD "Password"
#define CI       "0b415f696e69746961746f720b425f726573706f6e646572"
#define SID      "7e4b4791d6a8ef019b936c79fb7f2c57"
#define GENERATOR_STRING                                                                       \
  "11435061636552697374726574746f3235350850617373776f7264640000000000000000000000000000000000" \
  "00"                                                                                         \
  "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000" \
  "00"                                                                                         \
  "000000000000000000000000000000000000000000000000000000000000000000000000180b415f696e697469" \
  "61"                                                                                         \
  "746f720b425f726573706f6e646572107e4b4791d6a8ef019b936c79fb7f2c57"
#define SCALAR_A "da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08"
#define SCALAR_B "d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d"
#define SHARE_A  "d6bac480f2c386c394efc7c47adb9925dcd2630b64f240c50f8d0eec482b9157"
#define SHARE_B  "3ea7e0b19560d7c0b0f5734f63b955286dfa8232b5ebe63324e2d9e7433f7258"
#define K        "80b69a8a76457ab6a4d7f887a4bf6b55a2f80ac19c333f917a05fc9887c8b40f"
#define TRANSCRIPT                                                                             \
  "6f6320d6bac480f2c386c394efc7c47adb9925dcd2630b64f240c50f8d0eec482b915703414461203ea7e0b195" \
  "60d7c0b0f5734f63b955286dfa8232b5ebe63324e2d9e7433f725803414462"
#define ISK_SY                                                                                 \
  "544199d71f62f8d9a1fee55727e24fe4a45844593c2b6013c4fa3969d0e5debb2244675c0b43397cbb68d342b0" \
  "1fc0f98fc961469a25134de9f0f813c1a57476"
/* "Test case for scalar_mult with valid inputs", "Invalid inputs for scalar_mult_vfy". */
#define VFY_SCALAR  "7cd0e075fa7955ba52c02759a6c90dbbfc10e6d40aea8d283e407d88cf538a05"
#define VFY_SHARE   "2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c"
#define VFY_PRODUCT "7c13645fe790a468f62c39beb7388e541d8405d1ade69d1778c5fe3e7f6b600e"
#define INVALID_1   "2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c"
#define IDENTITY    "0000000000000000000000000000000000000000000000000000000000000000"
/* RFC 9496 A.2: the field's prime itself, and with the highest bit set: not canonical. */
#define NON_CANONICAL_1 "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
#define NON_CANONICAL_2 "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static GBytes *
from_hex (const char *hex)
{
  size_t len = strlen (hex) / 2;
  uint8_t *out = g_malloc (len + 1);

  for (size_t i = 0; i < len; i++)
    out[i] = g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]);
  return g_bytes_new_take (out, len);
}

static const uint8_t *
data_of (GBytes *bytes)
{
  return g_bytes_get_data (bytes, NULL);
}

static void
assert_hex (const uint8_t *data, size_t len, const char *hex)
{
  g_autoptr (GBytes) expected = from_hex (hex);
  g_assert_cmpmem (data, len, data_of (expected), g_bytes_get_size (expected));
}

typedef struct {
  GBytes *ci;
  GBytes *sid;
  GBytes *ad_a;
  GBytes *ad_b;
  PlCpaceInput input;
  PlCpace *a;
  PlCpace *b;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) scalar_a = from_hex (SCALAR_A);
  g_autoptr (GBytes) scalar_b = from_hex (SCALAR_B);

  f->ci = from_hex (CI);
  f->sid = from_hex (SID);
  f->ad_a = g_bytes_new_static ("ADa", 3);
  f->ad_b = g_bytes_new_static ("ADb", 3);
  f->input = (PlCpaceInput){ .password = PASSWORD, .ci = f->ci, .sid = f->sid };
  f->a = pl_cpace_new (&f->input, data_of (scalar_a));
  f->b = pl_cpace_new (&f->input, data_of (scalar_b));
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  pl_cpace_free (f->a);
  pl_cpace_free (f->b);
  g_bytes_unref (f->ci);
  g_bytes_unref (f->sid);
  g_bytes_unref (f->ad_a);
  g_bytes_unref (f->ad_b);
}

static void
test_draft_vectors (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GByteArray) string = pl_cpace_generator_string (&f->input);
  g_autoptr (GBytes) scalar_a = from_hex (SCALAR_A);
  PlCpaceMessage from_a = { .share = pl_cpace_get_share (f->a), .ad = f->ad_a };
  PlCpaceMessage from_b = { .share = pl_cpace_get_share (f->b), .ad = f->ad_b };
  uint8_t k[PL_CPACE_SHARE_LEN];
  g_autoptr (GError) error = NULL;

  assert_hex (string->data, string->len, GENERATOR_STRING);
  assert_hex (from_a.share, PL_CPACE_SHARE_LEN, SHARE_A);
  assert_hex (from_b.share, PL_CPACE_SHARE_LEN, SHARE_B);
  g_assert_true (pl_cpace_scalar_mult_vfy (k, data_of (scalar_a), from_b.share));
  assert_hex (k, sizeof k, K);

  g_autoptr (GByteArray) transcript = pl_cpace_transcript (&from_a, &from_b);
  g_autoptr (GByteArray) swapped = pl_cpace_transcript (&from_b, &from_a);
  assert_hex (transcript->data, transcript->len, TRANSCRIPT);
  assert_hex (swapped->data, swapped->len, TRANSCRIPT);

  g_assert_true (pl_cpace_finish (f->a, f->ad_a, &from_b, &error));
  g_assert_true (pl_cpace_finish (f->b, f->ad_b, &from_a, &error));
  assert_hex (pl_cpace_get_isk (f->a), PL_CPACE_ISK_LEN, ISK_SY);
  assert_hex (pl_cpace_get_isk (f->b), PL_CPACE_ISK_LEN, ISK_SY);
}

static void
test_tags (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  PlCpaceMessage from_a = { .share = pl_cpace_get_share (f->a), .ad = f->ad_a };
  PlCpaceMessage from_b = { .share = pl_cpace_get_share (f->b), .ad = f->ad_b };
  uint8_t made[PL_CPACE_TAG_LEN];
  uint8_t expected[PL_CPACE_TAG_LEN];

  g_assert_true (pl_cpace_finish (f->a, f->ad_a, &from_b, NULL));
  g_assert_true (pl_cpace_finish (f->b, f->ad_b, &from_a, NULL));
  pl_cpace_make_tag (f->a, &from_a, made);
  pl_cpace_make_tag (f->b, &from_a, expected);
  g_assert_cmpmem (made, sizeof made, expected, sizeof expected);
  pl_cpace_make_tag (f->b, &from_b, expected);
  g_assert_cmpint (memcmp (made, expected, sizeof made), !=, 0);
}

/* "When points Y_i1 or Y_i2 are included in message of A or B the protocol MUST abort." */
static void
test_invalid_shares (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const invalid[]
      = { INVALID_1, IDENTITY, NON_CANONICAL_1, NON_CANONICAL_2, SHARE_A };
  g_autoptr (GBytes) scalar = from_hex (VFY_SCALAR);
  g_autoptr (GBytes) share = from_hex (VFY_SHARE);
  uint8_t k[PL_CPACE_SHARE_LEN];

  g_assert_true (pl_cpace_scalar_mult_vfy (k, data_of (scalar), data_of (share)));
  assert_hex (k, sizeof k, VFY_PRODUCT);
  for (gsize i = 0; i < G_N_ELEMENTS (invalid); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = from_hex (invalid[i]);
    PlCpaceMessage remote = { .share = data_of (bytes), .ad = f->ad_b };
    g_assert_false (pl_cpace_finish (f->a, f->ad_a, &remote, &error));
    g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  }
  for (gsize i = 0; i < 4; i++) {
    g_autoptr (GBytes) bytes = from_hex (invalid[i]);
    g_assert_false (pl_cpace_scalar_mult_vfy (k, data_of (scalar), data_of (bytes)));
  }
}

/* "Definition and test vectors for string utility functions". */
static void
test_lv (void)
{
  g_autoptr (GByteArray) cat = g_byte_array_new ();
  uint8_t counting[128];
  g_autoptr (GByteArray) large = g_byte_array_new ();

  pl_cpace_append_lv (cat, "1234", 4);
  pl_cpace_append_lv (cat, "5", 1);
  pl_cpace_append_lv (cat, "", 0);
  pl_cpace_append_lv (cat, "678", 3);
  assert_hex (cat->data, cat->len, "043132333401350003363738");

  for (guint i = 0; i < sizeof counting; i++)
    counting[i] = i;
  pl_cpace_append_lv (large, counting, 127);
  g_assert_cmpuint (large->len, ==, 128);
  g_assert_cmpuint (large->data[0], ==, 0x7f);
  g_byte_array_set_size (large, 0);
  pl_cpace_append_lv (large, counting, 128);
  assert_hex (large->data, 4, "80010001");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add ("/cpace/draft-vectors", Fixture, NULL, set_up, test_draft_vectors, tear_down);
  g_test_add ("/cpace/tags", Fixture, NULL, set_up, test_tags, tear_down);
  g_test_add ("/cpace/invalid-shares", Fixture, NULL, set_up, test_invalid_shares, tear_down);
  g_test_add_func ("/cpace/lv", test_lv);
  return g_test_run ();
}
