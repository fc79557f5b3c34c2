/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-handshake"

#include "proto/handshake-private.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/seal.h"

#include <sodium.h>
#include <string.h>

/*   greeting --greeted--> confirming --confirmed--> sealed
 *       \______________________\____________________/
 *                          broken --> failed
 *
 * PROTOCOL.md, "Bodies", has the layout of all bytes. */

enum {
  EV_GREETED = 1,
  EV_CONFIRMED,
  EV_BROKEN,
  N_EVENTS
};
#define N_STATES (PL_HANDSHAKE_FAILED + 1)

#define GREETING_VERSION 1
#define CHANNEL          "punchline.v1"

/* The first byte of a body. */
enum {
  KIND_GREETING = 1,
  KIND_CONFIRMATION,
  KIND_ENVELOPE
};

struct _PlHandshake {
  guint state;
  char *room;
  char *own_id;
  char *remote_id;
  PlCpace *cpace;
  GBytes *own_ad;
  GBytes *remote_ad;
  uint8_t remote_share[PL_CPACE_SHARE_LEN];
  char *remote_name;
  uint8_t instance[PL_HANDSHAKE_INSTANCE_LEN];
  uint8_t continues[PL_HANDSHAKE_INSTANCE_LEN]; /* zeros: none */
  uint8_t remote_instance[PL_HANDSHAKE_INSTANCE_LEN];
  gboolean continued, continuing;
  PlHandshakeRole role, remote_role;
  PlSeal *seal;
  GQueue out; /* of base64 text: the greeting, the tag */
};

static char *
encode_body (uint8_t kind, GBytes *payload)
{
  gsize len;
  const uint8_t *data = g_bytes_get_data (payload, &len);
  g_autoptr (GByteArray) body = g_byte_array_sized_new (1 + len);
  pl_write_u8 (body, kind);
  g_byte_array_append (body, data, len);
  return g_base64_encode (body->data, body->len);
}

static void
queue_body (PlHandshake *self, uint8_t kind, const void *data, size_t len)
{
  g_autoptr (GBytes) payload = g_bytes_new (data, len);
  g_queue_push_tail (&self->out, encode_body (kind, payload));
}

static void
enter_confirming (gpointer user_data)
{
  PlHandshake *self = user_data;
  PlCpaceMessage own = { .share = pl_cpace_get_share (self->cpace), .ad = self->own_ad };
  uint8_t tag[PL_CPACE_TAG_LEN];

  pl_cpace_make_tag (self->cpace, &own, tag);
  queue_body (self, KIND_CONFIRMATION, tag, sizeof tag);
}

static void
enter_sealed (gpointer user_data)
{
  PlHandshake *self = user_data;
  self->seal = pl_seal_new (&(PlSealConfig){
      .isk = pl_cpace_get_isk (self->cpace),
      .room = self->room,
      .own_share = pl_cpace_get_share (self->cpace),
      .remote_share = self->remote_share,
  });
}

static void
enter_failed (gpointer user_data)
{
  PlHandshake *self = user_data;
  g_clear_pointer (&self->seal, pl_seal_free);
}

static const PlStep steps[N_STATES][N_EVENTS] = {
  [PL_HANDSHAKE_GREETING][EV_GREETED] = { PL_HANDSHAKE_CONFIRMING, enter_confirming },
  [PL_HANDSHAKE_GREETING][EV_BROKEN] = { PL_HANDSHAKE_FAILED, enter_failed },
  [PL_HANDSHAKE_CONFIRMING][EV_CONFIRMED] = { PL_HANDSHAKE_SEALED, enter_sealed },
  [PL_HANDSHAKE_CONFIRMING][EV_BROKEN] = { PL_HANDSHAKE_FAILED, enter_failed },
  [PL_HANDSHAKE_SEALED][EV_BROKEN] = { PL_HANDSHAKE_FAILED, enter_failed },
};
static const char *const states[] = { NULL, "greeting", "confirming", "sealed", "failed" };
static const char *const events[] = { NULL, "greeted", "confirmed", "broken" };
const PlMachine pl_handshake_machine
    = { "handshake", states, events, N_STATES, N_EVENTS, &steps[0][0] };

static void
step (PlHandshake *self, guint event)
{
  pl_machine_step (&pl_handshake_machine, &self->state, event, self);
}

static void
append_short (GByteArray *out, const char *text)
{
  size_t len = strlen (text);
  g_assert (len <= UINT8_MAX);
  pl_write_u8 (out, len);
  g_byte_array_append (out, (const uint8_t *) text, len);
}

/* The draft asks for data that is unique in symmetric runs: hence the nonce. Both ids are in
 * it, so that a greeting counts for nobody but the one that it was sent to. */
static GBytes *
make_ad (const PlHandshake *self, const char *name, const uint8_t nonce[PL_HANDSHAKE_NONCE_LEN])
{
  GByteArray *ad = g_byte_array_new ();

  pl_write_u8 (ad, GREETING_VERSION);
  g_byte_array_append (ad, nonce, PL_HANDSHAKE_NONCE_LEN);
  g_byte_array_append (ad, self->instance, sizeof self->instance);
  g_byte_array_append (ad, self->continues, sizeof self->continues);
  append_short (ad, self->own_id);
  append_short (ad, self->remote_id);
  append_short (ad, name);
  if (self->role != PL_HANDSHAKE_EQUAL)
    pl_write_u8 (ad, self->role);
  return g_byte_array_free_to_bytes (ad);
}

static GBytes *
make_channel_identifier (const char *room)
{
  GByteArray *ci = g_byte_array_new ();
  pl_cpace_append_lv (ci, CHANNEL, strlen (CHANNEL));
  pl_cpace_append_lv (ci, room, strlen (room));
  return g_byte_array_free_to_bytes (ci);
}

static void
queue_greeting (PlHandshake *self)
{
  gsize ad_len;
  const uint8_t *ad = g_bytes_get_data (self->own_ad, &ad_len);
  g_autoptr (GByteArray) greeting = g_byte_array_new ();

  g_byte_array_append (greeting, pl_cpace_get_share (self->cpace), PL_CPACE_SHARE_LEN);
  g_byte_array_append (greeting, ad, ad_len);
  queue_body (self, KIND_GREETING, greeting->data, greeting->len);
}

PlHandshake *
pl_handshake_new_with_random (const PlHandshakeConfig *config, const PlHandshakeRandom *random)
{
  PlHandshake *self = g_new0 (PlHandshake, 1);
  g_autoptr (GBytes) ci = make_channel_identifier (config->room);
  PlCpaceInput input = { .password = config->password, .ci = ci };

  self->state = PL_HANDSHAKE_GREETING;
  self->room = g_strdup (config->room);
  self->own_id = g_strdup (config->own_id);
  self->remote_id = g_strdup (config->remote_id);
  self->role = config->role;
  g_queue_init (&self->out);
  self->cpace = pl_cpace_new (&input, random->scalar);
  memcpy (self->instance, config->instance, sizeof self->instance);
  if (config->continues)
    memcpy (self->continues, config->continues, sizeof self->continues);
  self->own_ad = make_ad (self, config->name, random->nonce);
  queue_greeting (self);
  return self;
}

PlHandshake *
pl_handshake_new (const PlHandshakeConfig *config)
{
  g_return_val_if_fail (sodium_init () >= 0, NULL);
  PlHandshakeRandom random;

  crypto_core_ristretto255_scalar_random (random.scalar);
  randombytes_buf (random.nonce, sizeof random.nonce);
  PlHandshake *self = pl_handshake_new_with_random (config, &random);
  sodium_memzero (&random, sizeof random);
  return self;
}

void
pl_handshake_make_instance (uint8_t instance[PL_HANDSHAKE_INSTANCE_LEN])
{
  randombytes_buf (instance, PL_HANDSHAKE_INSTANCE_LEN);
}

void
pl_handshake_free (PlHandshake *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->seal, pl_seal_free);
  g_clear_pointer (&self->cpace, pl_cpace_free);
  g_clear_pointer (&self->own_ad, g_bytes_unref);
  g_clear_pointer (&self->remote_ad, g_bytes_unref);
  g_queue_clear_full (&self->out, g_free);
  g_free (self->room);
  g_free (self->own_id);
  g_free (self->remote_id);
  g_free (self->remote_name);
  g_free (self);
}

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "key exchange: %s", what);
  return FALSE;
}

typedef struct {
  const uint8_t *instance; /* borrowed */
  const uint8_t *continues;
  char *from, *to, *name;
  PlHandshakeRole role;
} Introduction;

static void
introduction_clear (Introduction *self)
{
  g_free (self->from);
  g_free (self->to);
  g_free (self->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Introduction, introduction_clear)

static PlHandshakeRole
parse_role (PlReader *ad)
{
  uint8_t role = pl_reader_left (ad) > 0 ? pl_reader_u8 (ad) : PL_HANDSHAKE_EQUAL;
  return role <= PL_HANDSHAKE_GUEST ? (PlHandshakeRole) role : PL_HANDSHAKE_EQUAL;
}

/* The associated data of a greeting. What follows the role is for later
 * versions: covered by the key exchange like the rest. */
static gboolean
parse_ad (PlReader *ad, Introduction *out, GError **error)
{
  uint8_t version = pl_reader_u8 (ad);
  if (!ad->failed && version != GREETING_VERSION) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_UNSUPPORTED,
                 "key exchange: the other end speaks version %u of it, this is version %u: "
                 "update the older one",
                 version, GREETING_VERSION);
    return FALSE;
  }
  pl_reader_bytes (ad, PL_HANDSHAKE_NONCE_LEN);
  out->instance = pl_reader_bytes (ad, PL_HANDSHAKE_INSTANCE_LEN);
  out->continues = pl_reader_bytes (ad, PL_HANDSHAKE_INSTANCE_LEN);
  out->from = pl_reader_utf8 (ad, pl_reader_u8 (ad));
  out->to = pl_reader_utf8 (ad, pl_reader_u8 (ad));
  uint8_t name_len = pl_reader_u8 (ad);
  out->name = pl_reader_utf8 (ad, name_len);
  if (ad->failed || name_len > PL_MAX_MEMBER_NAME)
    return refuse (error, "malformed greeting");
  out->role = parse_role (ad);
  return TRUE;
}

static void
remember (PlHandshake *self, Introduction *introduction)
{
  memcpy (self->remote_instance, introduction->instance, sizeof self->remote_instance);
  self->remote_name = g_steal_pointer (&introduction->name);
  self->remote_role = introduction->role;
  self->continuing
      = memcmp (self->instance, introduction->continues, sizeof self->instance) == 0;
  self->continued
      = self->continuing && !sodium_is_zero (self->continues, sizeof self->continues)
        && memcmp (self->continues, introduction->instance, sizeof self->continues) == 0;
}

static gboolean
feed_greeting (PlHandshake *self, PlReader *body, GError **error)
{
  g_auto (Introduction) introduction = { 0 };
  const uint8_t *share = pl_reader_bytes (body, PL_CPACE_SHARE_LEN);
  size_t ad_len = pl_reader_left (body);

  if (share == NULL)
    return refuse (error, "malformed greeting");
  g_autoptr (GBytes) ad = g_bytes_new (body->data + body->pos, ad_len);
  if (!parse_ad (body, &introduction, error))
    return FALSE;
  if (!g_str_equal (introduction.from, self->remote_id)
      || !g_str_equal (introduction.to, self->own_id))
    return refuse (error, "the greeting was meant for somebody else");
  PlCpaceMessage remote = { .share = share, .ad = ad };
  if (!pl_cpace_finish (self->cpace, self->own_ad, &remote, error))
    return FALSE;
  memcpy (self->remote_share, share, sizeof self->remote_share);
  self->remote_ad = g_steal_pointer (&ad);
  remember (self, &introduction);
  step (self, EV_GREETED);
  return TRUE;
}

static gboolean
feed_confirmation (PlHandshake *self, PlReader *body, GError **error)
{
  PlCpaceMessage remote = { .share = self->remote_share, .ad = self->remote_ad };
  uint8_t expected[PL_CPACE_TAG_LEN];
  const uint8_t *tag = pl_reader_bytes (body, sizeof expected);

  if (!pl_reader_done (body, error))
    return FALSE;
  pl_cpace_make_tag (self->cpace, &remote, expected);
  gboolean same = sodium_memcmp (tag, expected, sizeof expected) == 0;
  sodium_memzero (expected, sizeof expected);
  if (!same) {
    g_set_error (error, PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_WRONG_CODE,
                 "the other end used another code: compare the two, letter by letter");
    return FALSE;
  }
  step (self, EV_CONFIRMED);
  return TRUE;
}

static gboolean
feed_envelope (PlHandshake *self, PlReader *body, char **message, GError **error)
{
  size_t len = pl_reader_left (body);
  return pl_seal_open (self->seal, pl_reader_bytes (body, len), len, message, error)
         != PL_SEAL_BROKEN;
}

static gboolean
feed_kind (PlHandshake *self, uint8_t kind, PlReader *body, char **message, GError **error)
{
  if (kind == KIND_GREETING && self->state == PL_HANDSHAKE_GREETING)
    return feed_greeting (self, body, error);
  if (kind == KIND_CONFIRMATION && self->state == PL_HANDSHAKE_CONFIRMING)
    return feed_confirmation (self, body, error);
  if (kind == KIND_ENVELOPE && self->state == PL_HANDSHAKE_SEALED)
    return feed_envelope (self, body, message, error);
  if (kind < KIND_GREETING || kind > KIND_ENVELOPE) {
    pl_debug (self, "body of unknown kind %u ignored", kind);
    return TRUE;
  }
  return refuse (error, "a message came out of order");
}

static uint8_t *
decode_body (const char *body, size_t *len, GError **error)
{
  size_t text_len = strlen (body);

  if (text_len > PL_MAX_ENVELOPE) {
    refuse (error, "the body is too long");
    return NULL;
  }
  g_autofree uint8_t *bytes = g_malloc (text_len + 1);
  if (sodium_base642bin (bytes, text_len, body, text_len, /* ignore = */ NULL, len,
                         /* b64_end = */ NULL, sodium_base64_VARIANT_ORIGINAL)
      != 0) {
    refuse (error, "the body is not base64");
    return NULL;
  }
  return g_steal_pointer (&bytes);
}

gboolean
pl_handshake_feed (PlHandshake *self, const char *body, char **message, GError **error)
{
  size_t len = 0;

  *message = NULL;
  if (self->state == PL_HANDSHAKE_FAILED)
    return refuse (error, "it failed before");
  g_autofree uint8_t *bytes = decode_body (body, &len, error);
  if (bytes == NULL) {
    step (self, EV_BROKEN);
    return FALSE;
  }
  PlReader reader = PL_READER_INIT (bytes, len);
  uint8_t kind = pl_reader_u8 (&reader);
  if (feed_kind (self, kind, &reader, message, error))
    return TRUE;
  step (self, EV_BROKEN);
  return FALSE;
}

char *
pl_handshake_next_body (PlHandshake *self)
{
  return g_queue_pop_head (&self->out);
}

char *
pl_handshake_seal (PlHandshake *self, const char *message, GError **error)
{
  g_return_val_if_fail (self->state == PL_HANDSHAKE_SEALED, NULL);
  g_autoptr (GBytes) envelope = pl_seal_close (self->seal, message, error);
  return envelope ? encode_body (KIND_ENVELOPE, envelope) : NULL;
}

PlHandshakeState
pl_handshake_get_state (const PlHandshake *self)
{
  return self->state;
}

gboolean
pl_handshake_is_offerer (const PlHandshake *self)
{
  return memcmp (pl_cpace_get_share (self->cpace), self->remote_share, PL_CPACE_SHARE_LEN) > 0;
}

gboolean
pl_handshake_is_continued (const PlHandshake *self)
{
  return self->continued;
}

gboolean
pl_handshake_is_continuing (const PlHandshake *self)
{
  return self->continuing;
}

PlHandshakeRole
pl_handshake_get_remote_role (const PlHandshake *self)
{
  return self->remote_role;
}

gboolean
pl_handshake_is_hosts_greeting (const char *body)
{
  size_t len = 0;
  g_auto (Introduction) introduction = { 0 };
  g_autofree uint8_t *bytes = decode_body (body, &len, /* error = */ NULL);

  if (bytes == NULL)
    return FALSE;
  PlReader reader = PL_READER_INIT (bytes, len);
  return pl_reader_u8 (&reader) == KIND_GREETING
         && pl_reader_bytes (&reader, PL_CPACE_SHARE_LEN)
         && parse_ad (&reader, &introduction, /* error = */ NULL)
         && introduction.role == PL_HANDSHAKE_HOST;
}

const uint8_t *
pl_handshake_get_remote_instance (const PlHandshake *self)
{
  return self->remote_instance;
}

const char *
pl_handshake_get_remote_name (const PlHandshake *self)
{
  return self->remote_name;
}
