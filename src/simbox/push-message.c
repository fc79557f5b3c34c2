/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "simbox/push-message.h"

#include "base/limits.h"
#include "base/printable.h"
#include "link/aes-gcm.h"
#include "proto/rpc-msg.h"

#include <string.h>

#define LABEL       "punchline.push.1"
#define RING_TTL_S  45 /* about as long as it rings */
#define KEEP_TTL_S  (24 * 3600)
#define TOPIC_BYTES 18 /* 24 characters, without padding */

static void
put (GVariantDict *dict, const char *key, const char *text)
{
  if (text)
    g_variant_dict_insert (dict, key, "s", text);
}

/* Of bounded length, also with what JSON has to escape in it. */
static void
put_name (GVariantDict *dict, const char *key, const char *name)
{
  if (name == NULL)
    return;
  g_autofree char *valid = g_utf8_make_valid (name, (gssize) strnlen (name, PL_MAX_CONTACT));
  g_autofree char *printable = pl_make_printable (valid);
  put (dict, key, printable);
}

static void
put_time (GVariantDict *dict, int64_t time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autofree char *text = time ? g_date_time_format_iso8601 (time) : NULL;
  put (dict, "time", text);
}

/* At most half as long, between two characters. */
static char *
halve (const char *text)
{
  const char *middle = g_utf8_find_prev_char (text, text + strlen (text) / 2 + 1);
  g_autofree char *half = g_strndup (text, middle ? (gsize) (middle - text) : 0);
  return g_strconcat (half, "…", NULL);
}

static char *
print (GVariantDict *dict)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_dict_end (dict));
  g_variant_dict_init (dict, value);
  return pl_rpc_print_value (value);
}

/* With @text as far as there is room for it; the rest is blanks, which JSON does not mind. */
static GBytes *
finish (GVariantDict *dict, const char *text)
{
  g_autofree char *shown = g_strdup (text);

  put (dict, "text", shown);
  g_autofree char *json = print (dict);
  while (shown && strlen (json) > PL_PUSH_MESSAGE_SIZE) {
    char *less = halve (shown);
    g_free (shown);
    shown = less;
    put (dict, "text", shown);
    g_free (json);
    json = print (dict);
  }
  char *padded = g_malloc (PL_PUSH_MESSAGE_SIZE);
  memset (padded, ' ', PL_PUSH_MESSAGE_SIZE);
  memcpy (padded, json, MIN (strlen (json), PL_PUSH_MESSAGE_SIZE));
  return g_bytes_new_take (padded, PL_PUSH_MESSAGE_SIZE);
}

static void
put_head (GVariantDict *dict, const char *kind, int64_t time_us, guint unread)
{
  put (dict, "kind", kind);
  put_time (dict, time_us);
  g_variant_dict_insert (dict, "unread", "x", (gint64) unread);
}

static void
put_call (GVariantDict *dict, const PlCallInfo *call)
{
  put_name (dict, "call", call->id);
  put_name (dict, "number", call->number);
  put_name (dict, "name", call->name);
}

static int64_t
began_at (const PlCallInfo *call)
{
  return g_get_real_time () - (g_get_monotonic_time () - call->began_us);
}

void
pl_push_message_ring (PlPushMessage *self, const PlCallInfo *call, guint unread)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  put_head (&dict, "call", began_at (call), unread);
  put_call (&dict, call);
  *self = (PlPushMessage){ .text = finish (&dict, NULL),
                           .needs = PL_RIGHT_CALL,
                           .ttl_s = RING_TTL_S,
                           .topic = g_strdup (call->id) };
}

void
pl_push_message_end (PlPushMessage *self, const PlCallInfo *call, gboolean missed, guint unread)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  put_head (&dict, "end", began_at (call), unread);
  put_call (&dict, call);
  g_variant_dict_insert (&dict, "missed", "b", missed);
  *self = (PlPushMessage){ .text = finish (&dict, NULL),
                           .needs = PL_RIGHT_CALL,
                           .ttl_s = missed ? KEEP_TTL_S : RING_TTL_S,
                           .topic = g_strdup (call->id) };
}

void
pl_push_message_text (PlPushMessage *self, const PlText *text, guint unread)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  put_head (&dict, "text", text->time_us, unread);
  put_name (&dict, "number", text->number);
  put_name (&dict, "name", text->name);
  *self = (PlPushMessage){ .text = finish (&dict, text->text),
                           .needs = PL_RIGHT_SMS,
                           .ttl_s = KEEP_TTL_S };
}

void
pl_push_message_voicemail (PlPushMessage *self, const PlVoicemail *mail, guint unread)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  put_head (&dict, "voicemail", mail->time_us, unread);
  put_name (&dict, "number", mail->number);
  put_name (&dict, "name", mail->name);
  *self = (PlPushMessage){ .text = finish (&dict, NULL),
                           .needs = PL_RIGHT_VOICEMAIL,
                           .ttl_s = KEEP_TTL_S };
}

void
pl_push_message_clear (PlPushMessage *self)
{
  g_clear_pointer (&self->text, g_bytes_unref);
  g_clear_pointer (&self->topic, g_free);
}

char *
pl_push_message_seal (const PlPushMessage *self, const char *key)
{
  gsize len;
  g_autofree guchar *raw = g_base64_decode (key, &len);

  if (len != PL_AES_GCM_KEY_LEN)
    return NULL;
  g_autoptr (GBytes) sealed = pl_aes_gcm_seal (raw, LABEL, self->text);
  return g_base64_encode (g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed));
}

char *
pl_push_message_make_topic (const PlPushMessage *self, const char *key)
{
  guint8 digest[32];
  gsize len = sizeof digest;

  if (self->topic == NULL)
    return NULL;
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) key, strlen (key));
  g_hmac_update (hmac, (const guchar *) self->topic, -1);
  g_hmac_get_digest (hmac, digest, &len);
  char *text = g_base64_encode (digest, TOPIC_BYTES);
  g_strdelimit (text, "+", '-');
  return g_strdelimit (text, "/", '_');
}
