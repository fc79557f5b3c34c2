/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "simbox/push-message.h"
#include "tests/lib/pl-test.h"

#include <string.h>

#define KEY       "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define OTHER_KEY "BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define SEALED    (12 + PL_PUSH_MESSAGE_SIZE + 16)

static const char *
text_of (const PlPushMessage *message)
{
  gsize len;
  const char *text = g_bytes_get_data (message->text, &len);
  g_assert_cmpuint (len, ==, PL_PUSH_MESSAGE_SIZE);
  g_assert_true (g_utf8_validate_len (text, len, NULL));
  return text;
}

static gboolean
has (const PlPushMessage *message, const char *part)
{
  return g_strstr_len (text_of (message), PL_PUSH_MESSAGE_SIZE, part) != NULL;
}

static void
test_kinds (void)
{
  const PlCallInfo call = { .id = "id-1", .number = "+49151", .name = "Anna" };
  const PlText text = { .number = (char *) "+49152", .text = (char *) "hello" };
  const PlVoicemail mail = { .number = (char *) "+49153" };
  g_auto (PlPushMessage) ring = { NULL };
  g_auto (PlPushMessage) end = { NULL };
  g_auto (PlPushMessage) written = { NULL };
  g_auto (PlPushMessage) spoken = { NULL };

  pl_push_message_ring (&ring, &call, 3);
  g_assert_true (has (&ring, "\"kind\":\"call\"") && has (&ring, "\"call\":\"id-1\"")
                 && has (&ring, "\"name\":\"Anna\"") && has (&ring, "\"unread\":3"));
  g_assert_cmpint (ring.needs, ==, PL_RIGHT_CALL);
  pl_push_message_end (&end, &call, /* missed = */ TRUE, 3);
  g_assert_true (has (&end, "\"kind\":\"end\"") && has (&end, "\"missed\":true"));
  pl_push_message_text (&written, &text, 0);
  g_assert_true (has (&written, "\"kind\":\"text\"") && has (&written, "\"text\":\"hello\""));
  g_assert_cmpint (written.needs, ==, PL_RIGHT_SMS);
  pl_push_message_voicemail (&spoken, &mail, 0);
  g_assert_true (has (&spoken, "\"kind\":\"voicemail\"") && has (&spoken, "\"+49153\""));
  g_assert_cmpint (spoken.needs, ==, PL_RIGHT_VOICEMAIL);
}

/* Cut so that it fits, whatever JSON has to escape, and between two characters. */
static void
test_long (void)
{
  static const char *const pieces[] = { "x", "ä", "\"", "\n", "\x01", "😀", "\\" };

  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++) {
    g_autoptr (GString) long_text = g_string_new (NULL);
    while (long_text->len < 12000)
      g_string_append (long_text, pieces[i]);
    const PlText text
        = { .number = long_text->str, .name = long_text->str, .text = long_text->str };
    g_auto (PlPushMessage) message = { NULL };
    pl_push_message_text (&message, &text, 0);
    g_assert_true (has (&message, "…\"") && has (&message, "}"));
  }
}

static void
test_seal (void)
{
  const PlCallInfo call = { .id = "id-1" };
  g_auto (PlPushMessage) message = { NULL };
  gsize len;

  pl_push_message_ring (&message, &call, 0);
  g_autofree char *sealed = pl_push_message_seal (&message, KEY);
  g_autofree guchar *raw = g_base64_decode (sealed, &len);
  g_assert_cmpuint (len, ==, SEALED);
  g_assert_null (pl_push_message_seal (&message, "AAAA"));
}

/* The same for a call and its end, and nothing that others know. */
static void
test_topic (void)
{
  const PlCallInfo call = { .id = "id-1" }, other_call = { .id = "id-2" };
  g_auto (PlPushMessage) ring = { NULL };
  g_auto (PlPushMessage) end = { NULL };
  g_auto (PlPushMessage) other = { NULL };

  pl_push_message_ring (&ring, &call, 0);
  pl_push_message_end (&end, &call, /* missed = */ FALSE, 0);
  pl_push_message_ring (&other, &other_call, 0);
  g_autofree char *topic = pl_push_message_make_topic (&ring, KEY);
  g_autofree char *same = pl_push_message_make_topic (&end, KEY);
  g_autofree char *of_other_call = pl_push_message_make_topic (&other, KEY);
  g_autofree char *of_other_client = pl_push_message_make_topic (&ring, OTHER_KEY);
  g_assert_cmpuint (strlen (topic), ==, 24);
  g_assert_cmpstr (topic, ==, same);
  g_assert_cmpstr (topic, !=, of_other_call);
  g_assert_cmpstr (topic, !=, of_other_client);
  g_assert_null (strpbrk (topic, "+/="));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/push-message/kinds", test_kinds);
  g_test_add_func ("/push-message/long", test_long);
  g_test_add_func ("/push-message/seal", test_seal);
  g_test_add_func ("/push-message/topic", test_topic);
  return g_test_run ();
}
