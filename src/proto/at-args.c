/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/at-args.h"

#include <string.h>

#define MAX_FIELDS 32

struct _PlAtArgs {
  GPtrArray *fields; /* char * */
  guint32 quoted;    /* bit i: field i */
};

void
pl_at_args_free (PlAtArgs *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->fields);
  g_free (self);
}

/* The quote that ends a string: one that a comma or nothing follows. Names of operators and
 * callers come with quotes of their own, which nothing escapes. */
static const char *
find_end_quote (const char *p)
{
  for (; *p; p++) {
    if (*p != '"')
      continue;
    const char *next = p + 1 + strspn (p + 1, " ");
    if (*next == ',' || *next == '\0')
      return p;
  }
  return p;
}

/* Adds the field at @p and returns where it ends: at a comma or at the end. */
static const char *
read_field (PlAtArgs *self, const char *p)
{
  const char *end;

  p += strspn (p, " ");
  if (*p == '"') {
    end = find_end_quote (p + 1);
    self->quoted |= 1u << self->fields->len;
    g_ptr_array_add (self->fields, g_strndup (p + 1, (size_t) (end - p - 1)));
    return end + strcspn (end, ",");
  }
  end = p + strcspn (p, ",");
  g_ptr_array_add (self->fields, g_strchomp (g_strndup (p, (size_t) (end - p))));
  return end;
}

PlAtArgs *
pl_at_args_new (const char *line, const char *prefix)
{
  if (!g_str_has_prefix (line, prefix))
    return NULL;
  PlAtArgs *self = g_new0 (PlAtArgs, 1);
  self->fields = g_ptr_array_new_with_free_func (g_free);
  const char *p = read_field (self, line + strlen (prefix));
  while (*p == ',' && self->fields->len < MAX_FIELDS)
    p = read_field (self, p + 1);
  return self;
}

guint
pl_at_args_count (const PlAtArgs *self)
{
  return self->fields->len;
}

const char *
pl_at_args_string (const PlAtArgs *self, guint i)
{
  return i < self->fields->len ? g_ptr_array_index (self->fields, i) : "";
}

gboolean
pl_at_args_is_quoted (const PlAtArgs *self, guint i)
{
  return i < self->fields->len && (self->quoted & 1u << i) != 0;
}

gboolean
pl_at_args_int (const PlAtArgs *self, guint i, int *value)
{
  gint64 number;

  if (!g_ascii_string_to_signed (pl_at_args_string (self, i), 10, G_MININT, G_MAXINT, &number,
                                 NULL))
    return FALSE;
  *value = (int) number;
  return TRUE;
}
