/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "proto/handshake.h"
#include "tests/lib/pl-test.h"

#include <string.h>

/* Two honest ends with one code, and between them a server that may do what it likes with what
 * it relays: everything but a faithful relay must end without a sealed conversation, or with
 * one that takes nothing more. */

#define CODE "417-walnut-harbor-ember"
#define OFFER                                                                                  \
  "{\"type\":\"description\",\"description\":{\"type\":\"offer\",\"sdp\":"                     \
  "\"a=fingerprint:sha-256 AA:BB\"}}"

static const uint8_t instance[PL_HANDSHAKE_INSTANCE_LEN] = { 1 };

typedef struct {
  PlHandshake *a;
  PlHandshake *b;
  char *greeting_a;
  char *greeting_b;
} Fixture;

static PlHandshake *
new_end (const char *code, const char *own_id, const char *remote_id)
{
  return pl_handshake_new (&(PlHandshakeConfig){
      .password = code,
      .room = "417",
      .own_id = own_id,
      .remote_id = remote_id,
      .name = own_id,
      .instance = instance,
  });
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->a = new_end (CODE, "a", "b");
  f->b = new_end (CODE, "b", "a");
  f->greeting_a = pl_handshake_next_body (f->a);
  f->greeting_b = pl_handshake_next_body (f->b);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  pl_handshake_free (f->a);
  pl_handshake_free (f->b);
  g_free (f->greeting_a);
  g_free (f->greeting_b);
}

static void
assert_takes (PlHandshake *end, const char *body)
{
  g_autofree char *message = NULL;
  g_autoptr (GError) error = NULL;
  pl_handshake_feed (end, body, &message, &error);
  g_assert_no_error (error);
}

static void
assert_refuses (PlHandshake *end, const char *body, GQuark domain, int code)
{
  g_autofree char *message = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (pl_handshake_feed (end, body, &message, &error));
  g_assert_error (error, domain, code);
  g_assert_null (message);
  g_assert_cmpint (pl_handshake_get_state (end), ==, PL_HANDSHAKE_FAILED);
}

#define assert_is_nonsense(end, body)                                                          \
  assert_refuses (end, body, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID)
#define assert_wrong_code(end, body)                                                           \
  assert_refuses (end, body, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_WRONG_CODE)

static void
relay (PlHandshake *from, PlHandshake *to)
{
  g_autofree char *body = pl_handshake_next_body (from);
  g_assert_nonnull (body);
  assert_takes (to, body);
}

static void
confirm (Fixture *f)
{
  assert_takes (f->a, f->greeting_b);
  assert_takes (f->b, f->greeting_a);
  relay (f->a, f->b);
  relay (f->b, f->a);
  g_assert_cmpint (pl_handshake_get_state (f->a), ==, PL_HANDSHAKE_SEALED);
  g_assert_cmpint (pl_handshake_get_state (f->b), ==, PL_HANDSHAKE_SEALED);
}

/* @body with one bit of its bytes changed. */
static char *
flipped (const char *body, guint byte, guint bit)
{
  gsize len;
  g_autofree guchar *bytes = g_base64_decode (body, &len);
  bytes[byte] ^= 1 << bit;
  return g_base64_encode (bytes, len);
}

static gsize
length_of (const char *body)
{
  gsize len;
  g_autofree guchar *bytes G_GNUC_UNUSED = g_base64_decode (body, &len);
  return len;
}

/* The server stands in the middle with shares of its own and a guessed code. */
static void
test_swapped_shares (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (PlHandshake) towards_a = new_end ("417-walnut-harbor-zebra", "b", "a");
  g_autoptr (PlHandshake) towards_b = new_end ("417-walnut-harbor-zebra", "a", "b");

  relay (towards_a, f->a);
  relay (towards_b, f->b);
  assert_takes (towards_a, f->greeting_a);
  assert_takes (towards_b, f->greeting_b);
  g_autofree char *tag_a = pl_handshake_next_body (towards_a);
  g_autofree char *tag_b = pl_handshake_next_body (towards_b);
  assert_wrong_code (f->a, tag_a);
  assert_wrong_code (f->b, tag_b);
}

/* Whatever is changed in a greeting, share, version, ids, name: no key comes of it. */
static void
test_changed_greeting (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (guint i = 0; i < length_of (f->greeting_b); i++) {
    g_autoptr (PlHandshake) a = new_end (CODE, "a", "b");
    g_autoptr (PlHandshake) b = new_end (CODE, "b", "a");
    g_autofree char *greeting_a = pl_handshake_next_body (a);
    g_autofree char *greeting_b = pl_handshake_next_body (b);
    g_autofree char *changed = flipped (greeting_b, i, i % 8);
    g_autofree char *message = NULL;
    gboolean taken = pl_handshake_feed (a, changed, &message, NULL);
    assert_takes (b, greeting_a);
    g_autofree char *tag_b = pl_handshake_next_body (b);
    if (taken && pl_handshake_get_state (a) == PL_HANDSHAKE_CONFIRMING)
      assert_wrong_code (a, tag_b);
    g_assert_cmpint (pl_handshake_get_state (a), !=, PL_HANDSHAKE_SEALED);
  }
}

static void
test_changed_tag (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_takes (f->a, f->greeting_b);
  assert_takes (f->b, f->greeting_a);
  g_autofree char *tag = pl_handshake_next_body (f->b);
  g_autofree char *changed = flipped (tag, 20, 3);
  assert_wrong_code (f->a, changed);
}

static void
test_reflected_greeting (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_is_nonsense (f->a, f->greeting_a);
}

/* The same with ids that fit: an end that talks to itself under two names. */
static void
test_reflected_share (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (PlHandshake) same = new_end (CODE, "a", "a");
  g_autofree char *greeting = pl_handshake_next_body (same);
  g_autofree char *message = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (pl_handshake_feed (same, greeting, &message, &error));
  g_assert_nonnull (strstr (error->message, "our own share"));
}

static void
test_reflected_tag (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_takes (f->a, f->greeting_b);
  g_autofree char *own_tag = pl_handshake_next_body (f->a);
  assert_wrong_code (f->a, own_tag);
}

static void
test_reflected_envelope (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  confirm (f);
  g_autofree char *own = pl_handshake_seal (f->a, OFFER, NULL);
  assert_is_nonsense (f->a, own);
}

/* Bodies of an earlier conversation with the same code. */
static void
test_replayed_conversation (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (PlHandshake) later = new_end (CODE, "a", "b");

  assert_takes (f->a, f->greeting_b);
  assert_takes (f->b, f->greeting_a);
  g_autofree char *tag = pl_handshake_next_body (f->b);
  assert_takes (later, f->greeting_b);
  assert_wrong_code (later, tag);
}

static void
test_replayed_greeting (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  confirm (f);
  assert_is_nonsense (f->a, f->greeting_b);
}

static void
test_reordered_handshake (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_takes (f->b, f->greeting_a);
  g_autofree char *tag = pl_handshake_next_body (f->b);
  assert_is_nonsense (f->a, tag);
}

static void
test_reordered_envelopes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  confirm (f);
  g_autofree char *one = pl_handshake_seal (f->a, "{}", NULL);
  g_autofree char *two = pl_handshake_seal (f->a, OFFER, NULL);
  assert_is_nonsense (f->b, two);
  assert_is_nonsense (f->b, one);
}

/* One envelope held back: the next one does not open. A repeated one does nothing. */
static void
test_withheld_envelope (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  confirm (f);
  g_autofree char *one = pl_handshake_seal (f->a, OFFER, NULL);
  g_autofree char *held_back G_GNUC_UNUSED = pl_handshake_seal (f->a, "{}", NULL);
  g_autofree char *three = pl_handshake_seal (f->a, "{}", NULL);
  g_autofree char *message = NULL;
  g_autofree char *repeated = NULL;

  g_assert_true (pl_handshake_feed (f->b, one, &message, NULL));
  g_assert_cmpstr (message, ==, OFFER);
  g_assert_true (pl_handshake_feed (f->b, one, &repeated, NULL));
  g_assert_null (repeated);
  assert_is_nonsense (f->b, three);
}

/* The fingerprint in a description is what ties DTLS to the code. */
static void
test_changed_envelope (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  confirm (f);
  g_autofree char *offer = pl_handshake_seal (f->a, OFFER, NULL);
  gsize len = length_of (offer);
  g_autofree char *changed = flipped (offer, g_random_int_range (9, len), 0);
  assert_is_nonsense (f->b, changed);
}

/* The tag never comes: nothing is sealed, nothing can be said. */
static void
test_withheld_tag (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_takes (f->a, f->greeting_b);
  assert_takes (f->b, f->greeting_a);
  relay (f->a, f->b);
  g_assert_cmpint (pl_handshake_get_state (f->b), ==, PL_HANDSHAKE_SEALED);
  g_assert_cmpint (pl_handshake_get_state (f->a), ==, PL_HANDSHAKE_CONFIRMING);
  g_autofree char *offer = pl_handshake_seal (f->b, OFFER, NULL);
  assert_is_nonsense (f->a, offer);
}

/* A third one with the same code gets what was meant for b. */
static void
test_misdirected (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (PlHandshake) c = new_end (CODE, "c", "a");
  assert_is_nonsense (c, f->greeting_a);
}

static void
test_other_room (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (PlHandshake) b = pl_handshake_new (&(PlHandshakeConfig){ .password = CODE,
                                                                      .room = "418",
                                                                      .own_id = "b",
                                                                      .remote_id = "a",
                                                                      .name = "b",
                                                                      .instance = instance });
  g_autofree char *greeting_b = pl_handshake_next_body (b);

  assert_takes (f->a, greeting_b);
  assert_takes (b, f->greeting_a);
  g_autofree char *tag = pl_handshake_next_body (b);
  assert_wrong_code (f->a, tag);
}

static const struct {
  const char *name;
  void (*test) (Fixture *f, gconstpointer data);
} attacks[] = {
  { "/mitm/swapped-shares", test_swapped_shares },
  { "/mitm/changed-greeting", test_changed_greeting },
  { "/mitm/changed-tag", test_changed_tag },
  { "/mitm/reflected-greeting", test_reflected_greeting },
  { "/mitm/reflected-share", test_reflected_share },
  { "/mitm/reflected-tag", test_reflected_tag },
  { "/mitm/reflected-envelope", test_reflected_envelope },
  { "/mitm/replayed-conversation", test_replayed_conversation },
  { "/mitm/replayed-greeting", test_replayed_greeting },
  { "/mitm/reordered-handshake", test_reordered_handshake },
  { "/mitm/reordered-envelopes", test_reordered_envelopes },
  { "/mitm/withheld-envelope", test_withheld_envelope },
  { "/mitm/changed-envelope", test_changed_envelope },
  { "/mitm/withheld-tag", test_withheld_tag },
  { "/mitm/misdirected", test_misdirected },
  { "/mitm/other-room", test_other_room },
};

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (attacks); i++)
    g_test_add (attacks[i].name, Fixture, NULL, set_up, attacks[i].test, tear_down);
  return g_test_run ();
}
