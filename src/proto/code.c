/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-code"

#include "proto/code.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/room-name.h"
#include "proto/secret.h"
#include "proto/words.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* PROTOCOL.md fixes these: both ends must come to the same room. 19 MiB and two passes are what
 * a phone's browser manages in a second (OWASP's minimum for Argon2id). */
#define ROOM_MEMORY (19 * 1024 * 1024)
#define ROOM_PASSES 2
#define ROOM_SALT   "punchline.room.1"
#define ROOM_BYTES  16

/* BLAKE2b of this and the secret, keyed by nothing: PROTOCOL.md, "Identities". */
#define PAIRED_ROOM     "punchline.paired.room"
#define PAIRED_PASSWORD "punchline.paired.password"
#define PASSWORD_BYTES  32

/* Farther than this no suggestion helps. */
#define MAX_DISTANCE 3

struct _PlCode {
  char *room;
  PlSecret *text;
};

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  if (error)
    *error = g_error_new_valist (PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, format, args);
  va_end (args);
  return FALSE;
}

static gboolean
is_made_of (const char *text, gboolean (*test) (char))
{
  for (const char *c = text; *c; c++)
    if (!test (*c))
      return FALSE;
  return *text != '\0';
}

static gboolean
is_digit (char c)
{
  return g_ascii_isdigit (c);
}

static gboolean
is_letter (char c)
{
  return g_ascii_isalpha (c);
}

static int
compare_word (const void *a, const void *b)
{
  return strcmp (a, *(const char *const *) b);
}

static gboolean
is_word (const char *text)
{
  return bsearch (text, pl_words, PL_N_WORDS, sizeof pl_words[0], compare_word) != NULL;
}

/* Levenshtein's distance; @b is a word of the list, so short. */
static guint
distance (const char *a, const char *b)
{
  guint row[PL_MAX_CODE + 1];
  size_t len = strlen (b);

  for (guint j = 0; j <= len; j++)
    row[j] = j;
  for (guint i = 1; a[i - 1]; i++) {
    guint diagonal = row[0];
    row[0] = i;
    for (guint j = 1; j <= len; j++) {
      guint above = row[j];
      guint change = diagonal + (a[i - 1] != b[j - 1]);
      row[j] = MIN (change, 1 + MIN (above, row[j - 1]));
      diagonal = above;
    }
  }
  return row[len];
}

static const char *
nearest_word (const char *text)
{
  const char *nearest = NULL;
  guint best = MAX_DISTANCE;

  for (guint i = 0; i < PL_N_WORDS; i++) {
    guint d = distance (text, pl_words[i]);
    if (d < best) {
      best = d;
      nearest = pl_words[i];
    }
  }
  return nearest;
}

/* Lower case, split at runs of blanks and dashes. */
static PlSecret **
split_parts (const char *text)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  const char *separators = "- \t";

  for (const char *c = text + strspn (text, separators); *c; c += strspn (c, separators)) {
    size_t len = strcspn (c, separators);
    g_ptr_array_add (parts, g_ascii_strdown (c, len));
    c += len;
  }
  g_ptr_array_add (parts, NULL);
  return (PlSecret **) g_ptr_array_free (g_steal_pointer (&parts), /* free_segment = */ FALSE);
}

/* Whether somebody meant a made code. What has its form is never an identifier: a word typed
 * wrong must not lead silently into another room. */
static gboolean
looks_made (const char *text, PlSecret **parts)
{
  guint n = g_strv_length (parts);
  gboolean numbered = n > 0 && is_made_of (parts[0], is_digit);
  gboolean all_words = n > 1;

  for (guint i = numbered ? 1 : 0; i < n; i++) {
    if (!is_made_of (parts[i], is_letter))
      return strpbrk (text, " \t") != NULL;
    all_words = all_words && is_word (parts[i]);
  }
  return all_words || (numbered && n == 1 + PL_CODE_WORDS) || strpbrk (text, " \t");
}

static gboolean
check_made (PlSecret **parts, GError **error)
{
  guint n = g_strv_length (parts);

  if (n == 0 || !pl_room_name_is_nameplate (parts[0]))
    return refuse (error,
                   "code: it begins with a number of up to %d digits, "
                   "as in 417-walnut-harbor-ember",
                   PL_MAX_NAMEPLATE);
  if (n != 1 + PL_CODE_WORDS)
    return refuse (error, "code: %d words follow the number, here %s %u", PL_CODE_WORDS,
                   n == 2 ? "is" : "are", n - 1);
  for (guint i = 1; i < n; i++) {
    if (is_word (parts[i]))
      continue;
    const char *nearest = nearest_word (parts[i]);
    return nearest
               ? refuse (error, "code: '%s' is not in the list of words, did you mean '%s'?",
                         parts[i], nearest)
               : refuse (error, "code: '%s' is not in the list of words", parts[i]);
  }
  return TRUE;
}

static gboolean
check_identifier (const char *text, GError **error)
{
  guint n = 0;

  for (const char *c = text; *c; c++) {
    if (g_ascii_isalnum (*c))
      n++;
    else if (*c != '-' && *c != '_')
      return refuse (error, "code: a chosen one has only letters a to z, digits, '-' and '_'");
  }
  if (n < PL_MIN_IDENTIFIER)
    return refuse (error,
                   "code: a chosen one has at least %d letters and digits, here are %u; "
                   "or leave it out and one is made",
                   PL_MIN_IDENTIFIER, n);
  return TRUE;
}

/* RFC 4648 base32 in lower case, without padding. */
static char *
base32 (const uint8_t *data, size_t len)
{
  static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  GString *out = g_string_new (NULL);
  guint bits = 0;
  uint32_t value = 0;

  for (size_t i = 0; i < len; i++) {
    value = value << 8 | data[i];
    for (bits += 8; bits >= 5; bits -= 5)
      g_string_append_c (out, alphabet[value >> (bits - 5) & 31]);
  }
  if (bits)
    g_string_append_c (out, alphabet[value << (5 - bits) & 31]);
  return g_string_free (out, /* free_segment = */ FALSE);
}

static char *
room_of_identifier (const char *text, GError **error)
{
  uint8_t hash[ROOM_BYTES];

  G_STATIC_ASSERT (sizeof ROOM_SALT - 1 == crypto_pwhash_SALTBYTES);
  if (crypto_pwhash (hash, sizeof hash, text, strlen (text), (const uint8_t *) ROOM_SALT,
                     ROOM_PASSES, ROOM_MEMORY, crypto_pwhash_ALG_ARGON2ID13)
      != 0) {
    g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED,
                 "code: Argon2id needs %d MiB of memory", ROOM_MEMORY >> 20);
    return NULL;
  }
  g_autofree char *name = base32 (hash, sizeof hash);
  return g_strconcat ("x", name, NULL);
}

static PlCode *
code_take (char *room, PlSecret *text)
{
  PlCode *self = g_new0 (PlCode, 1);
  self->room = room;
  self->text = text;
  return self;
}

static PlCode *
parse_trimmed (const char *text, PlSecret **parts, GError **error)
{
  if (looks_made (text, parts)) {
    if (!check_made (parts, error))
      return NULL;
    return code_take (g_strdup (parts[0]), g_strjoinv ("-", parts));
  }
  if (!check_identifier (text, error))
    return NULL;
  char *room = room_of_identifier (text, error);
  return room ? code_take (room, g_strdup (text)) : NULL;
}

PlCode *
pl_code_parse (const char *text, GError **error)
{
  g_return_val_if_fail (text != NULL && sodium_init () >= 0, NULL);

  g_autoptr (PlSecret) trimmed = g_strstrip (g_strdup (text));
  if (*trimmed == '\0') {
    refuse (error, "code: it is empty");
    return NULL;
  }
  if (strlen (trimmed) > PL_MAX_CODE) {
    refuse (error, "code: longer than %d characters", PL_MAX_CODE);
    return NULL;
  }
  PlSecret **parts = split_parts (trimmed);
  PlCode *self = parse_trimmed (trimmed, parts, error);
  pl_secret_strv_free (parts);
  return self;
}

PlCode *
pl_code_generate (const char *nameplate, GError **error)
{
  g_return_val_if_fail (sodium_init () >= 0, NULL);

  if (!pl_room_name_is_nameplate (nameplate)) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "nameplate '%s' is not 1 to %d digits", nameplate, PL_MAX_NAMEPLATE);
    return NULL;
  }
  const char *words[PL_CODE_WORDS];
  for (guint i = 0; i < PL_CODE_WORDS; i++)
    words[i] = pl_words[randombytes_uniform (PL_N_WORDS)];
  return code_take (g_strdup (nameplate),
                    g_strjoin ("-", nameplate, words[0], words[1], words[2], NULL));
}

static void
hash_secret (uint8_t *out, size_t len, const char *label, GBytes *secret)
{
  crypto_generichash_state state;
  gsize secret_len;
  const uint8_t *data = g_bytes_get_data (secret, &secret_len);

  crypto_generichash_init (&state, /* key = */ NULL, 0, len);
  crypto_generichash_update (&state, (const uint8_t *) label, strlen (label));
  crypto_generichash_update (&state, data, secret_len);
  crypto_generichash_final (&state, out, len);
  sodium_memzero (&state, sizeof state);
}

PlCode *
pl_code_new_paired (GBytes *secret)
{
  g_return_val_if_fail (sodium_init () >= 0, NULL);
  uint8_t room[ROOM_BYTES], password[PASSWORD_BYTES];
  PlSecret *text = g_malloc (2 * PASSWORD_BYTES + 1);

  hash_secret (room, sizeof room, PAIRED_ROOM, secret);
  hash_secret (password, sizeof password, PAIRED_PASSWORD, secret);
  sodium_bin2hex (text, 2 * PASSWORD_BYTES + 1, password, sizeof password);
  sodium_memzero (password, sizeof password);
  g_autofree char *name = base32 (room, sizeof room);
  return code_take (g_strconcat ("x", name, NULL), text);
}

void
pl_code_free (PlCode *self)
{
  if (self == NULL)
    return;
  g_free (self->room);
  pl_secret_free (self->text);
  g_free (self);
}

const char *
pl_code_get_room (const PlCode *self)
{
  return self->room;
}

const char *
pl_code_get_text (const PlCode *self)
{
  return self->text;
}
