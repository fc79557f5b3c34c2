/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/code.h"
#include "proto/handshake-private.h"
#include "tests/lib/pl-test.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define CODE "417-walnut-harbor-ember"

static const uint8_t instance_a[PL_HANDSHAKE_INSTANCE_LEN] = { 0x1a };
static const uint8_t instance_b[PL_HANDSHAKE_INSTANCE_LEN] = { 0x1b };

typedef struct {
  PlHandshake *a;
  PlHandshake *b;
} Pair;

static PlHandshake *
new_end_with_role (const char *password, gboolean is_a, PlHandshakeRole role)
{
  return pl_handshake_new (&(PlHandshakeConfig){
      .password = password,
      .room = "417",
      .own_id = is_a ? "m1" : "m2",
      .remote_id = is_a ? "m2" : "m1",
      .name = is_a ? "anna" : "bert",
      .instance = is_a ? instance_a : instance_b,
      .role = role,
  });
}

static PlHandshake *
new_end (const char *password, gboolean is_a)
{
  return new_end_with_role (password, is_a, PL_HANDSHAKE_EQUAL);
}

static void
set_up (Pair *p, gconstpointer data)
{
  const char *password_b = data;
  p->a = new_end (CODE, TRUE);
  p->b = new_end (password_b ? password_b : CODE, FALSE);
}

static void
tear_down (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  pl_handshake_free (p->a);
  pl_handshake_free (p->b);
}

static gboolean
feed (PlHandshake *end, const char *body, GError **error)
{
  g_autofree char *message = NULL;
  gboolean ok = pl_handshake_feed (end, body, &message, error);
  g_assert_null (message);
  return ok;
}

/* One body from @from to @to; FALSE when there is none or it was refused. */
static gboolean
pass (PlHandshake *from, PlHandshake *to, GError **error)
{
  g_autofree char *body = pl_handshake_next_body (from);
  return body && feed (to, body, error);
}

static void
confirm (Pair *p)
{
  g_assert_true (pass (p->a, p->b, NULL));
  g_assert_true (pass (p->b, p->a, NULL));
  g_assert_true (pass (p->b, p->a, NULL));
  g_assert_true (pass (p->a, p->b, NULL));
  g_assert_cmpint (pl_handshake_get_state (p->a), ==, PL_HANDSHAKE_SEALED);
  g_assert_cmpint (pl_handshake_get_state (p->b), ==, PL_HANDSHAKE_SEALED);
}

/* Host and guest, and what a server would like to make of them. */
static void
test_roles (void)
{
  Pair p = { new_end_with_role (CODE, TRUE, PL_HANDSHAKE_HOST),
             new_end_with_role (CODE, FALSE, PL_HANDSHAKE_GUEST) };

  confirm (&p);
  g_assert_cmpint (pl_handshake_get_remote_role (p.a), ==, PL_HANDSHAKE_GUEST);
  g_assert_cmpint (pl_handshake_get_remote_role (p.b), ==, PL_HANDSHAKE_HOST);
  tear_down (&p, NULL);

  g_autoptr (PlHandshake) equal = new_end (CODE, TRUE);
  g_autoptr (PlHandshake) host = new_end_with_role (CODE, TRUE, PL_HANDSHAKE_HOST);
  g_autoptr (PlHandshake) guest = new_end_with_role (CODE, TRUE, PL_HANDSHAKE_GUEST);
  g_autofree char *of_equal = pl_handshake_next_body (equal);
  g_autofree char *of_host = pl_handshake_next_body (host);
  g_autofree char *of_guest = pl_handshake_next_body (guest);
  g_autofree char *cut = g_strndup (of_host, 40);
  g_assert_true (pl_handshake_is_hosts_greeting (of_host));
  g_assert_false (pl_handshake_is_hosts_greeting (of_guest));
  g_assert_false (pl_handshake_is_hosts_greeting (of_equal));
  g_assert_false (pl_handshake_is_hosts_greeting (cut));
  g_assert_false (pl_handshake_is_hosts_greeting ("not base64"));
  g_assert_false (pl_handshake_is_hosts_greeting (""));
}

static void
test_changed_role (void)
{
  Pair p = { new_end_with_role (CODE, TRUE, PL_HANDSHAKE_GUEST), new_end (CODE, FALSE) };
  g_autofree char *body = pl_handshake_next_body (p.a);
  g_autoptr (GError) error = NULL;
  size_t len;
  g_autofree uint8_t *bytes = g_base64_decode (body, &len);

  bytes[len - 1] = PL_HANDSHAKE_HOST;
  g_autofree char *changed = g_base64_encode (bytes, len);
  g_assert_true (pl_handshake_is_hosts_greeting (changed));
  g_assert_true (feed (p.b, changed, NULL));
  g_assert_true (pass (p.b, p.a, NULL));
  g_assert_false (pass (p.b, p.a, &error));
  g_assert_error (error, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_WRONG_CODE);
  tear_down (&p, NULL);
}

static void
assert_arrives (PlHandshake *from, PlHandshake *to, const char *text)
{
  g_autofree char *message = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *body = pl_handshake_seal (from, text, &error);

  g_assert_no_error (error);
  g_assert_true (pl_handshake_feed (to, body, &message, &error));
  g_assert_cmpstr (message, ==, text);
}

static void
test_same_code (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  confirm (p);
  g_assert_null (pl_handshake_next_body (p->a));
  g_assert_null (pl_handshake_next_body (p->b));
  g_assert_cmpstr (pl_handshake_get_remote_name (p->a), ==, "bert");
  g_assert_cmpstr (pl_handshake_get_remote_name (p->b), ==, "anna");
  g_assert_cmpint (pl_handshake_is_offerer (p->a), !=, pl_handshake_is_offerer (p->b));
  assert_arrives (p->a, p->b, "{\"type\":\"bye\"}");
  assert_arrives (p->b, p->a, "");
  assert_arrives (p->b, p->a, "again");
}

static void
test_wrong_code (Pair *p, gconstpointer data G_GNUC_UNUSED)
{
  PlHandshake *ends[] = { p->a, p->b };

  g_assert_true (pass (p->a, p->b, NULL));
  g_assert_true (pass (p->b, p->a, NULL));
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    g_assert_cmpint (pl_handshake_get_state (ends[i]), ==, PL_HANDSHAKE_CONFIRMING);
    g_assert_false (pass (ends[1 - i], ends[i], &error));
    g_assert_error (error, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_WRONG_CODE);
    g_assert_cmpint (pl_handshake_get_state (ends[i]), ==, PL_HANDSHAKE_FAILED);
  }
}

/* Only where both ends remember each other. */
static void
test_continued (void)
{
  static const uint8_t other[PL_HANDSHAKE_INSTANCE_LEN] = { 0x99 };
  const struct {
    const uint8_t *a, *b;
    gboolean continued;
  } cases[] = {
    { NULL, NULL, FALSE },        { instance_b, NULL, FALSE },      { NULL, instance_a, FALSE },
    { instance_b, other, FALSE }, { instance_b, instance_a, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlHandshakeConfig a = { CODE, "417", "m1", "m2", "a", instance_a, cases[i].a };
    PlHandshakeConfig b = { CODE, "417", "m2", "m1", "b", instance_b, cases[i].b };
    Pair p = { pl_handshake_new (&a), pl_handshake_new (&b) };
    confirm (&p);
    g_assert_cmpint (pl_handshake_is_continued (p.a), ==, cases[i].continued);
    g_assert_cmpint (pl_handshake_is_continued (p.b), ==, cases[i].continued);
    g_assert_cmpmem (pl_handshake_get_remote_instance (p.a), PL_HANDSHAKE_INSTANCE_LEN,
                     instance_b, sizeof instance_b);
    tear_down (&p, NULL);
  }
}

static char *
encode (const void *data, size_t len)
{
  return g_base64_encode (data, len);
}

/* A greeting's bytes; the share is any group element. */
static char *
greeting (uint8_t version, const char *from, const char *to, const char *name, gssize cut)
{
  g_autoptr (PlHandshake) other = new_end ("whatever it is", FALSE);
  g_autofree char *real = pl_handshake_next_body (other);
  gsize real_len;
  g_autofree guchar *bytes = g_base64_decode (real, &real_len);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const char *texts[] = { from, to, name };

  g_byte_array_append (out, bytes, 1 + PL_CPACE_SHARE_LEN);
  g_byte_array_append (out, &version, 1);
  g_byte_array_append (out, bytes, PL_HANDSHAKE_NONCE_LEN);
  g_byte_array_append (out, bytes, 2 * PL_HANDSHAKE_INSTANCE_LEN);
  for (guint i = 0; i < 3; i++) {
    uint8_t len = strlen (texts[i]);
    g_byte_array_append (out, &len, 1);
    g_byte_array_append (out, (const uint8_t *) texts[i], len);
  }
  return encode (out->data, out->len - cut);
}

static void
assert_greeting (const char *body, const char *says)
{
  g_autoptr (PlHandshake) a = new_end (CODE, TRUE);
  g_autoptr (GError) error = NULL;
  gboolean ok = feed (a, body, &error);

  g_assert_cmpint (ok, ==, says == NULL);
  if (says == NULL)
    return;
  g_assert_cmpint (error->domain, ==, PL_PROTO_ERROR);
  if (strstr (error->message, says) == NULL)
    g_error ("'%s' does not say '%s'", error->message, says);
  g_assert_cmpint (pl_handshake_get_state (a), ==, PL_HANDSHAKE_FAILED);
  g_assert_false (feed (a, body, NULL));
}

static void
test_greetings (void)
{
  g_autofree char *longest = g_strnfill (PL_MAX_MEMBER_NAME, 'n');
  g_autofree char *too_long = g_strnfill (PL_MAX_MEMBER_NAME + 1, 'n');
  const struct {
    uint8_t version;
    const char *from, *to, *name;
    gssize cut;
    const char *says;
  } cases[] = {
    { 1, "m2", "m1", "bert", 0, NULL },
    { 1, "m2", "m1", "", 0, NULL },
    { 1, "m2", "m1", longest, 0, NULL },
    { 1, "m2", "m1", too_long, 0, "malformed" },
    { 1, "m2", "m1", "bert", 1, "malformed" },
    { 1, "m2", "m1", "bert", 60, "malformed" },
    { 1, "m2", "m1", "\xff\xfe", 0, "malformed" },
    { 2, "m2", "m1", "bert", 0, "version 2" },
    { 1, "m3", "m1", "bert", 0, "somebody else" },
    { 1, "m2", "m3", "bert", 0, "somebody else" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *body
        = greeting (cases[i].version, cases[i].from, cases[i].to, cases[i].name, cases[i].cut);
    assert_greeting (body, cases[i].says);
  }
}

static void
test_bodies (void)
{
  g_autofree char *huge = g_strnfill (PL_MAX_ENVELOPE + 4, 'A');
  g_autofree char *confirmation = encode ("\2", 1);
  g_autofree char *envelope = encode ("\3", 1);
  g_autofree char *short_greeting = encode ("\1abc", 4);
  g_autofree char *from_the_future = encode ("\11news", 5);

  assert_greeting ("not base64!", "base64");
  assert_greeting ("AQ", "base64");
  assert_greeting (huge, "too long");
  assert_greeting (confirmation, "out of order");
  assert_greeting (envelope, "out of order");
  assert_greeting (short_greeting, "malformed");
  assert_greeting (from_the_future, NULL);
  assert_greeting ("", NULL);
}

/* The file tests/data/key-exchange.json, made from fixed inputs. A browser's implementation
 * checks itself against it; here it must come out byte for byte. */
static void
add (JsonBuilder *builder, const char *key, const char *value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, value);
}

static void
add_hex (JsonBuilder *builder, const char *key, const uint8_t *data, size_t len)
{
  GString *hex = g_string_new (NULL);
  for (size_t i = 0; i < len; i++)
    g_string_append_printf (hex, "%02x", data[i]);
  add (builder, key, hex->str);
  g_string_free (hex, /* free_segment = */ TRUE);
}

static PlHandshake *
add_end (JsonBuilder *builder, const char *key, const PlHandshakeConfig *config,
         const PlHandshakeRandom *random)
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_object (builder);
  add (builder, "member", config->own_id);
  add (builder, "name", config->name);
  add_hex (builder, "scalar", random->scalar, sizeof random->scalar);
  add_hex (builder, "nonce", random->nonce, sizeof random->nonce);
  add_hex (builder, "instance", config->instance, PL_HANDSHAKE_INSTANCE_LEN);
  if (config->continues)
    add_hex (builder, "continues", config->continues, PL_HANDSHAKE_INSTANCE_LEN);
  json_builder_end_object (builder);
  return pl_handshake_new_with_random (config, random);
}

static void
add_body (JsonBuilder *builder, const char *from, const char *body, const char *text)
{
  json_builder_begin_object (builder);
  add (builder, "from", from);
  if (text)
    add (builder, "text", text);
  add (builder, "body", body);
  json_builder_end_object (builder);
}

static void
add_handshake_body (JsonBuilder *builder, const char *name, PlHandshake *from, PlHandshake *to)
{
  g_autofree char *body = pl_handshake_next_body (from);
  add_body (builder, name, body, /* text = */ NULL);
  g_assert_true (feed (to, body, NULL));
}

static void
add_envelope (JsonBuilder *builder, const char *name, PlHandshake *from, const char *text)
{
  g_autofree char *body = pl_handshake_seal (from, text, NULL);
  add_body (builder, name, body, text);
}

static void
add_conversation (JsonBuilder *builder)
{
  PlHandshakeRandom random_a = { .scalar = { 0x11, 0x22 }, .nonce = { 0xa1 } };
  PlHandshakeRandom random_b = { .scalar = { 0x33, 0x44 }, .nonce = { 0xb1 } };
  PlHandshakeConfig a = { CODE, "417", "m1", "m2", "anna", instance_a, NULL };
  PlHandshakeConfig b = { CODE, "417", "m2", "m1", "bj\xc3\xb6rn", instance_b, instance_a };
  g_autoptr (PlHandshake) end_a = add_end (builder, "a", &a, &random_a);
  g_autoptr (PlHandshake) end_b = add_end (builder, "b", &b, &random_b);

  json_builder_set_member_name (builder, "bodies");
  json_builder_begin_array (builder);
  add_handshake_body (builder, "a", end_a, end_b);
  add_handshake_body (builder, "b", end_b, end_a);
  add_handshake_body (builder, "a", end_a, end_b);
  add_handshake_body (builder, "b", end_b, end_a);
  add_envelope (builder, "a", end_a, "{\"type\":\"bye\"}");
  add_envelope (builder, "a", end_a, "");
  add_envelope (builder, "b", end_b, "{\"type\":\"bye\",\"reason\":\"\xc3\xbc\"}");
  json_builder_end_array (builder);
  add (builder, "offerer", pl_handshake_is_offerer (end_a) ? "a" : "b");
}

/* The greetings of a, were it a host or a guest. */
static void
add_roles (JsonBuilder *builder)
{
  const PlHandshakeRandom random = { .scalar = { 0x11, 0x22 }, .nonce = { 0xa1 } };

  json_builder_set_member_name (builder, "roles");
  json_builder_begin_array (builder);
  for (int role = PL_HANDSHAKE_HOST; role <= PL_HANDSHAKE_GUEST; role++) {
    const PlHandshakeConfig config
        = { CODE, "417", "m1", "m2", "anna", instance_a, NULL, role };
    g_autoptr (PlHandshake) end = pl_handshake_new_with_random (&config, &random);
    g_autofree char *body = pl_handshake_next_body (end);
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "role");
    json_builder_add_int_value (builder, role);
    add (builder, "body", body);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_room (JsonBuilder *builder, const char *typed)
{
  g_autoptr (PlCode) code = pl_code_parse (typed, NULL);
  json_builder_begin_object (builder);
  add (builder, "typed", typed);
  add (builder, "password", pl_code_get_text (code));
  add (builder, "room", pl_code_get_room (code));
  json_builder_end_object (builder);
}

static char *
make_vectors (void)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "codes");
  json_builder_begin_array (builder);
  add_room (builder, " 417 Walnut Harbor Ember ");
  add_room (builder, "correcthorsebattery");
  add_room (builder, "Team_Lunch-2026");
  json_builder_end_array (builder);
  add (builder, "code", CODE);
  add (builder, "room", "417");
  add_conversation (builder);
  add_roles (builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return json_to_string (root, /* pretty = */ TRUE);
}

static void
test_vectors (void)
{
  g_autofree char *expected = pl_test_read_data ("key-exchange.json");
  g_autofree char *made = make_vectors ();

  g_assert_cmpstr (g_strchomp (expected), ==, made);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add ("/handshake/same-code", Pair, NULL, set_up, test_same_code, tear_down);
  g_test_add ("/handshake/wrong-code", Pair, "417-walnut-harbor-zebra", set_up, test_wrong_code,
              tear_down);
  g_test_add_func ("/handshake/roles", test_roles);
  g_test_add_func ("/handshake/changed-role", test_changed_role);
  g_test_add_func ("/handshake/continued", test_continued);
  g_test_add_func ("/handshake/greetings", test_greetings);
  g_test_add_func ("/handshake/bodies", test_bodies);
  g_test_add_func ("/handshake/vectors", test_vectors);
  return g_test_run ();
}
