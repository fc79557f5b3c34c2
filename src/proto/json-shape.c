/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/json-shape.h"

#include "base/error.h"
#include "base/limits.h"

#include <string.h>

/* json-glib 1.6 recurses for each level without a limit, takes quadratic time for repeated
 * keys, and accepts comments and JavaScript assignments. So depth and number of values are
 * counted before it sees the text, and what could make the count differ from its reading is
 * refused. */

typedef struct {
  guint depth;
  guint values;
  gboolean in_string;
  gboolean escaped;
} Shape;

static void
step_in_string (Shape *self, char c)
{
  if (self->escaped)
    self->escaped = FALSE;
  else if (c == '\\')
    self->escaped = TRUE;
  else if (c == '"')
    self->in_string = FALSE;
}

/* FALSE for a character that cannot stand there. */
static gboolean
step_outside (Shape *self, char c)
{
  if (c == '"') {
    self->in_string = TRUE;
  } else if (c == '{' || c == '[') {
    self->depth++;
    self->values++;
  } else if (c == '}' || c == ']') {
    if (self->depth-- == 0)
      return FALSE;
  } else if (c == ',') {
    self->values++;
  }
  return c != '\0' && strchr ("\"{}[]:, \t\r\n+-.eE0123456789truefalsn", c) != NULL;
}

static gboolean
check_limits (const Shape *self, GError **error)
{
  if (self->depth <= PL_MAX_JSON_DEPTH && self->values <= PL_MAX_JSON_VALUES)
    return TRUE;
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
               "json: %u deep with %u values, limits are %u and %u", self->depth, self->values,
               PL_MAX_JSON_DEPTH, PL_MAX_JSON_VALUES);
  return FALSE;
}

gboolean
pl_json_check_shape (const char *text, size_t len, GError **error)
{
  Shape shape = { 0 };

  if (!g_utf8_validate_len (text, len, NULL)) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "json: not utf-8");
    return FALSE;
  }
  size_t start = 0;
  while (start < len && strchr (" \t\r\n", text[start]))
    start++;
  if (start == len || text[start] != '{') {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "json: not an object");
    return FALSE;
  }
  for (size_t i = start; i < len; i++) {
    if (shape.in_string) {
      step_in_string (&shape, text[i]);
    } else if (!step_outside (&shape, text[i])) {
      g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                   "json: byte 0x%02x at %" G_GSIZE_FORMAT, (guchar) text[i], i);
      return FALSE;
    }
    if (!check_limits (&shape, error))
      return FALSE;
  }
  return TRUE;
}

guint
pl_json_count_values (const char *json)
{
  Shape shape = { 0 };

  for (const char *c = json; *c; c++) {
    if (shape.in_string)
      step_in_string (&shape, *c);
    else
      step_outside (&shape, *c);
  }
  return shape.values;
}
