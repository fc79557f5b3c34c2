/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "signaling/base64url.h"
#include "signaling/push-seal-private.h"
#include "tests/lib/pl-test.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

/* RFC 8291, appendix A. */
#define PLAINTEXT      "V2hlbiBJIGdyb3cgdXAsIEkgd2FudCB0byBiZSBhIHdhdGVybWVsb24"
#define SENDER_PRIVATE "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
#define SENDER_PUBLIC                                                                          \
  "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
#define P256DH                                                                                 \
  "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
#define AUTH "BTBZMqHH6r4Tts7J_aSIgg"
#define SALT "DGv6ra1nlYgDCS1FRnbzlw"
#define BODY                                                                                   \
  "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWA" \
  "mS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSx"  \
  "sj_Qulcy4a-fN"

static EVP_PKEY *
read_key (const char *private_text, const char *public_text)
{
  g_autoptr (GBytes) scalar = pl_base64url_decode (private_text);
  g_autoptr (GBytes) point = pl_base64url_decode (public_text);
  BIGNUM *number
      = BN_bin2bn (g_bytes_get_data (scalar, NULL), (int) g_bytes_get_size (scalar), NULL);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new ();
  OSSL_PARAM_BLD_push_utf8_string (builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_PRIV_KEY, number);
  OSSL_PARAM_BLD_push_octet_string (builder, OSSL_PKEY_PARAM_PUB_KEY,
                                    g_bytes_get_data (point, NULL), g_bytes_get_size (point));
  OSSL_PARAM *params = OSSL_PARAM_BLD_to_param (builder);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name (NULL, "EC", NULL);
  EVP_PKEY *key = NULL;

  EVP_PKEY_fromdata_init (context);
  g_assert_cmpint (EVP_PKEY_fromdata (context, &key, EVP_PKEY_KEYPAIR, params), ==, 1);
  EVP_PKEY_CTX_free (context);
  OSSL_PARAM_free (params);
  OSSL_PARAM_BLD_free (builder);
  BN_free (number);
  return key;
}

static void
test_vector (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) salt = pl_base64url_decode (SALT);
  g_autoptr (GBytes) plaintext = pl_base64url_decode (PLAINTEXT);
  PlPushSender sender = { .key = read_key (SENDER_PRIVATE, SENDER_PUBLIC) };

  memcpy (sender.salt, g_bytes_get_data (salt, NULL), sizeof sender.salt);
  g_autoptr (GBytes) body = pl_push_seal_as (&sender, P256DH, AUTH, plaintext, &error);
  g_assert_no_error (error);
  g_autofree char *text
      = pl_base64url_encode (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  g_assert_cmpstr (text, ==, BODY);
  EVP_PKEY_free (sender.key);
}

static void
test_never_twice_the_same (void)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("text", 4);
  g_autoptr (GBytes) first = pl_push_seal (P256DH, AUTH, payload, NULL);
  g_autoptr (GBytes) second = pl_push_seal (P256DH, AUTH, payload, NULL);

  g_assert_cmpuint (g_bytes_get_size (first), ==, g_bytes_get_size (second));
  g_assert_false (g_bytes_equal (first, second));
}

static void
test_refused (void)
{
  static const struct {
    const char *p256dh, *auth;
  } bad[] = {
    { "", AUTH },
    { "B", AUTH },
    { "not base64url!", AUTH },
    { "BCVxsr7N", AUTH },
    /* not on the curve */
    { "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw8",
      AUTH },
    /* compressed, and the point at infinity */
    { "AiVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx", AUTH },
    { "AA", AUTH },
    { P256DH, "" },
    { P256DH, "BTBZMqHH6r4Tts7J_aSI" },
    { P256DH, "BTBZMqHH6r4Tts7J_aSIggAA" },
  };
  g_autoptr (GBytes) payload = g_bytes_new_static ("text", 4);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) body = pl_push_seal (bad[i].p256dh, bad[i].auth, payload, &error);
    g_assert_null (body);
    g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  }
}

/* A push service takes 4096 bytes (RFC 8030 7.2). */
static void
test_size (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = g_strnfill (PL_MAX_PUSH_BYTES + 1, 'x');
  g_autoptr (GBytes) largest = g_bytes_new_static (data, PL_MAX_PUSH_BYTES);
  g_autoptr (GBytes) larger = g_bytes_new_static (data, PL_MAX_PUSH_BYTES + 1);
  g_autoptr (GBytes) body = pl_push_seal (P256DH, AUTH, largest, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (body), ==, 4096);
  g_assert_null (pl_push_seal (P256DH, AUTH, larger, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/push-seal/rfc-8291", test_vector);
  g_test_add_func ("/push-seal/never-twice-the-same", test_never_twice_the_same);
  g_test_add_func ("/push-seal/refused", test_refused);
  g_test_add_func ("/push-seal/size", test_size);
  return g_test_run ();
}
