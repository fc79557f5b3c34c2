/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/vcard.h"

#include "base/error.h"
#include "base/limits.h"

#include <string.h>

/* A property is "[group.]NAME[;parameter...]:value" on a line, which may be folded. Versions
 * differ in how: 3.0 and 4.0 go on after a line break and a blank (RFC 6350 section 3.2), 2.1
 * after the "=" at the end of a quoted-printable line. Phones mix all of it, so the rules of
 * all versions hold for each. */

typedef struct {
  const char *at, *end;
  GString *line; /* the property that was read last, unfolded; cut at PL_MAX_VCARD_LINE */
} Reader;

/* The parts of a property; names in capitals. */
typedef struct {
  char *name;
  char *charset; /* NULL: not given */
  gboolean quoted_printable;
  gboolean binary; /* base64 */
  const char *value;
} Property;

typedef struct {
  char *formatted;  /* FN */
  char *structured; /* N */
  char *other;      /* ORG or NICKNAME: better than nothing */
  GPtrArray *numbers;
} Card;

void
pl_vcard_free (PlVcard *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_ptr_array_unref (self->numbers);
  g_free (self);
}

static void
card_clear (Card *self)
{
  g_clear_pointer (&self->formatted, g_free);
  g_clear_pointer (&self->structured, g_free);
  g_clear_pointer (&self->other, g_free);
  g_clear_pointer (&self->numbers, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Card, card_clear)

static void
property_clear (Property *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->charset, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Property, property_clear)

/* --- lines --- */

/* Appends what comes up to the end of the line, which is passed over. */
static void
read_physical (Reader *self)
{
  const char *stop = memchr (self->at, '\n', self->end - self->at);
  const char *next = stop ? stop + 1 : self->end;

  if (stop == NULL)
    stop = self->end;
  if (stop > self->at && stop[-1] == '\r')
    stop--;
  size_t len = MIN ((size_t) (stop - self->at), PL_MAX_VCARD_LINE - self->line->len);
  g_string_append_len (self->line, self->at, (gssize) len);
  self->at = next;
}

static gboolean
has_word (const char *text, const char *word)
{
  size_t len = strlen (word);
  for (; *text; text++)
    if (g_ascii_strncasecmp (text, word, len) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_quoted_printable (const GString *line)
{
  g_autofree char *head = g_strndup (line->str, strcspn (line->str, ":"));
  return has_word (head, "QUOTED-PRINTABLE");
}

/* FALSE at the end. */
static gboolean
read_line (Reader *self)
{
  if (self->at == self->end)
    return FALSE;
  g_string_truncate (self->line, 0);
  read_physical (self);
  while (self->at < self->end) {
    GString *line = self->line;
    gboolean soft = line->len > 0 && line->str[line->len - 1] == '=';
    if (*self->at == ' ' || *self->at == '\t') {
      self->at++;
    } else if (soft && is_quoted_printable (line)) {
      g_string_truncate (line, line->len - 1);
    } else {
      break;
    }
    read_physical (self);
  }
  return TRUE;
}

/* --- properties --- */

static void
take_parameter (Property *self, const char *parameter, size_t len)
{
  g_autofree char *text = g_strndup (parameter, len);
  const char *equals = strchr (text, '=');
  const char *value = equals ? equals + 1 : text;

  if (g_ascii_strncasecmp (text, "CHARSET=", strlen ("CHARSET=")) == 0) {
    g_free (self->charset);
    self->charset = g_strdup (value);
  } else if (g_ascii_strcasecmp (value, "QUOTED-PRINTABLE") == 0) {
    self->quoted_printable = TRUE;
  } else if (g_ascii_strcasecmp (value, "BASE64") == 0
             || g_ascii_strcasecmp (value, "B") == 0) {
    self->binary = TRUE;
  }
}

/* A quoted parameter may have any of the separators in it. */
static size_t
length_of_word (const char *text)
{
  gboolean quoted = FALSE;
  size_t i = 0;

  for (; text[i] && (quoted || (text[i] != ';' && text[i] != ':')); i++)
    if (text[i] == '"')
      quoted = !quoted;
  return i;
}

static gboolean
read_property (Property *self, const char *line)
{
  const char *at = line + length_of_word (line);
  const char *group = memchr (line, '.', at - line);
  const char *name = group ? group + 1 : line;

  self->name = g_ascii_strup (name, at - name);
  while (*at == ';') {
    size_t len = length_of_word (++at);
    take_parameter (self, at, len);
    at += len;
  }
  if (*at != ':')
    return FALSE;
  self->value = at + 1;
  return TRUE;
}

/* --- values --- */

/* RFC 2045 section 6.7; what is no octet stays as it is. */
static GString *
decode_quoted (const char *value)
{
  GString *out = g_string_new (NULL);

  for (; *value; value++) {
    if (value[0] == '=' && g_ascii_isxdigit (value[1]) && g_ascii_isxdigit (value[2])) {
      g_string_append_c (
          out, (char) (g_ascii_xdigit_value (value[1]) << 4 | g_ascii_xdigit_value (value[2])));
      value += 2;
    } else {
      g_string_append_c (out, *value);
    }
  }
  return out;
}

static char *
convert (const char *text, const char *charset)
{
  g_autofree char *out = g_convert (text, -1, "UTF-8", charset, NULL, NULL, /* error = */ NULL);
  return out ? g_utf8_make_valid (out, -1) : NULL;
}

static char *
to_utf8 (const char *text, const char *charset)
{
  char *out = charset ? convert (text, charset) : NULL;

  if (out == NULL && g_utf8_validate (text, -1, NULL))
    return g_strdup (text);
  /* What it is when it is nothing else; it has a character for every octet but five. */
  if (out == NULL)
    out = convert (text, "WINDOWS-1252");
  return out ? out : g_utf8_make_valid (text, -1);
}

/* "\," "\;" "\\" "\n" (RFC 6350 section 3.4). */
static char *
unescape (const char *text)
{
  GString *out = g_string_new (NULL);

  for (; *text; text++) {
    if (text[0] != '\\' || text[1] == '\0') {
      g_string_append_c (out, *text);
      continue;
    }
    text++;
    g_string_append_c (out, *text == 'n' || *text == 'N' ? ' ' : *text);
  }
  return g_string_free (out, /* free_segment = */ FALSE);
}

/* One line without blanks at its ends; NULL where that is nothing. */
static char *
clean (char *text)
{
  g_strstrip (g_strdelimit (text, "\t\r\n", ' '));
  if (*text)
    return text;
  g_free (text);
  return NULL;
}

/* Still escaped. */
static char *
get_value (const Property *property)
{
  if (!property->quoted_printable)
    return to_utf8 (property->value, property->charset);
  g_autoptr (GString) octets = decode_quoted (property->value);
  return to_utf8 (octets->str, property->charset);
}

static char *
get_text (const Property *property)
{
  g_autofree char *value = get_value (property);
  return clean (unescape (value));
}

/* The components of @value, which ";" separates. */
static GPtrArray *
split (const char *value)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_free);
  const char *start = value;

  for (const char *at = value;; at++) {
    if (*at == '\\' && at[1]) {
      at++;
    } else if (*at == ';' || *at == '\0') {
      g_autofree char *part = g_strndup (start, at - start);
      g_ptr_array_add (parts, clean (unescape (part)));
      start = at + 1;
    }
    if (*at == '\0')
      return parts;
  }
}

/* N is family; given; additional; prefix; suffix. */
static char *
join_name (const Property *property)
{
  static const guint order[] = { 3, 1, 2, 0, 4 };
  g_autofree char *value = get_value (property);
  g_autoptr (GPtrArray) parts = split (value);
  g_autoptr (GString) name = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (order); i++) {
    const char *part = order[i] < parts->len ? g_ptr_array_index (parts, order[i]) : NULL;
    if (part)
      g_string_append_printf (name, "%s%s", name->len ? " " : "", part);
  }
  return name->len ? g_string_free (g_steal_pointer (&name), FALSE) : NULL;
}

/* "tel:+49-30-1234;ext=5" (RFC 3966), or as people write it; what comes after a pause is for
 * the telephone that answers. */
static char *
read_number (const Property *property)
{
  g_autofree char *text = get_text (property);
  const char *start = text;

  if (text == NULL)
    return NULL;
  if (g_ascii_strncasecmp (start, "tel:", strlen ("tel:")) == 0)
    start += strlen ("tel:");
  return clean (g_strndup (start, strcspn (start, ";,pPwWeExX")));
}

static void
set_once (char **where, char *value)
{
  if (*where)
    g_free (value);
  else
    *where = value;
}

static void
take_property (Card *self, const Property *property)
{
  if (property->binary)
    return;
  if (g_str_equal (property->name, "FN")) {
    set_once (&self->formatted, get_text (property));
  } else if (g_str_equal (property->name, "N")) {
    set_once (&self->structured, join_name (property));
  } else if (g_str_equal (property->name, "ORG") || g_str_equal (property->name, "NICKNAME")) {
    set_once (&self->other, get_text (property));
  } else if (g_str_equal (property->name, "TEL") && self->numbers->len < PL_MAX_VCARD_NUMBERS) {
    char *number = read_number (property);
    if (number)
      g_ptr_array_add (self->numbers, number);
  }
}

/* --- cards --- */

static void
card_init (Card *self)
{
  card_clear (self);
  self->numbers = g_ptr_array_new_with_free_func (g_free);
}

/* NULL: nobody to call, or nobody's number. */
static PlVcard *
finish_card (Card *self)
{
  char **name = self->formatted    ? &self->formatted
                : self->structured ? &self->structured
                                   : &self->other;

  if (*name == NULL || self->numbers->len == 0)
    return NULL;
  PlVcard *vcard = g_new0 (PlVcard, 1);
  vcard->name = g_steal_pointer (name);
  vcard->numbers = g_steal_pointer (&self->numbers);
  return vcard;
}

/* An AGENT of version 2.1 is a card in the card: @depth counts, and only the outer one is
 * read. */
typedef struct {
  Card card;
  guint depth;
  guint n_seen;
  GPtrArray *found;
} Parser;

static void
parser_clear (Parser *self)
{
  card_clear (&self->card);
  g_clear_pointer (&self->found, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parser, parser_clear)

static gboolean
end_card (Parser *self, GError **error)
{
  PlVcard *vcard = finish_card (&self->card);

  self->n_seen++;
  if (vcard == NULL)
    return TRUE;
  g_ptr_array_add (self->found, vcard);
  if (self->found->len <= PL_MAX_CONTACTS)
    return TRUE;
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
               "more than %d contacts with numbers, which are the most that a box keeps",
               PL_MAX_CONTACTS);
  return FALSE;
}

static gboolean
take_line (Parser *self, const char *line, GError **error)
{
  g_auto (Property) property = { 0 };

  if (!read_property (&property, line))
    return TRUE;
  gboolean is_card = g_ascii_strcasecmp (property.value, "VCARD") == 0;
  if (is_card && g_str_equal (property.name, "BEGIN")) {
    if (self->depth++ == 0)
      card_init (&self->card);
  } else if (is_card && g_str_equal (property.name, "END") && self->depth > 0) {
    return --self->depth > 0 || end_card (self, error);
  } else if (self->depth == 1) {
    take_property (&self->card, &property);
  }
  return TRUE;
}

static GPtrArray *
parse_utf8 (const char *data, size_t len, GError **error)
{
  g_autoptr (GString) line = g_string_new (NULL);
  Reader reader = { data, data + len, line };
  g_auto (Parser) parser
      = { .found = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_vcard_free) };

  while (read_line (&reader)) {
    g_strchomp (line->str);
    if (!take_line (&parser, line->str, error))
      return NULL;
  }
  if (parser.n_seen)
    return g_steal_pointer (&parser.found);
  g_set_error_literal (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                       "there is no vCard in it");
  return NULL;
}

GPtrArray *
pl_vcard_parse (const char *data, size_t len, GError **error)
{
  static const struct {
    const char *mark, *charset;
    size_t len;
  } marks[] = { { "\xef\xbb\xbf", NULL, 3 },
                { "\xff\xfe", "UTF-16LE", 2 },
                { "\xfe\xff", "UTF-16BE", 2 } };
  g_autofree char *converted = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++) {
    if (len < marks[i].len || memcmp (data, marks[i].mark, marks[i].len) != 0)
      continue;
    data += marks[i].len;
    len -= marks[i].len;
    if (marks[i].charset == NULL)
      break;
    converted = g_convert (data, (gssize) len, "UTF-8", marks[i].charset, NULL, &len, error);
    if (converted == NULL) {
      g_prefix_error (error, "%s: ", marks[i].charset);
      return NULL;
    }
    data = converted;
    break;
  }
  return parse_utf8 (data, len, error);
}
