/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/stream-order.h"

#include "base/error.h"
#include "base/limits.h"

#include <string.h>

typedef struct {
  uint64_t number;
  gpointer stream; /* NULL: removed while it waited for a lower number */
} Early;

struct _PlStreamOrder {
  uint64_t expected; /* the lowest number that has not come */
  GArray *early;     /* of Early, with higher numbers; at most PL_MAX_STREAMS */
  GQueue in_order;
};

PlStreamOrder *
pl_stream_order_new (void)
{
  PlStreamOrder *self = g_new0 (PlStreamOrder, 1);
  self->expected = 1;
  self->early
      = g_array_new (/* zero_terminated = */ FALSE, /* clear = */ FALSE, sizeof (Early));
  g_queue_init (&self->in_order);
  return self;
}

void
pl_stream_order_free (PlStreamOrder *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->early);
  g_queue_clear (&self->in_order);
  g_free (self);
}

gboolean
pl_stream_order_parse (const char *label, uint64_t *number)
{
  static const char name[] = "port";
  guint64 parsed;

  if (!g_str_has_prefix (label, name))
    return FALSE;
  label += strlen (name);
  if (*label == '\0') {
    *number = 0;
    return TRUE;
  }
  if (label[0] != ':' || !g_ascii_isdigit (label[1])
      || !g_ascii_string_to_unsigned (label + 1, 10, 1, UINT64_C (1) << 53, &parsed,
                                      /* error = */ NULL))
    return FALSE;
  *number = parsed;
  return TRUE;
}

static gboolean
find_early (PlStreamOrder *self, uint64_t number, guint *index)
{
  for (guint i = 0; i < self->early->len; i++) {
    if (g_array_index (self->early, Early, i).number == number) {
      *index = i;
      return TRUE;
    }
  }
  return FALSE;
}

static void
advance (PlStreamOrder *self)
{
  guint i;
  self->expected++;
  while (find_early (self, self->expected, &i)) {
    gpointer stream = g_array_index (self->early, Early, i).stream;
    g_array_remove_index_fast (self->early, i);
    if (stream)
      g_queue_push_tail (&self->in_order, stream);
    self->expected++;
  }
}

gboolean
pl_stream_order_add (PlStreamOrder *self, uint64_t number, gpointer stream, GError **error)
{
  guint i;
  if (number == 0) {
    g_queue_push_tail (&self->in_order, stream);
    return TRUE;
  }
  if (number < self->expected || number - self->expected > PL_MAX_STREAMS
      || find_early (self, number, &i)) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "stream number %" G_GUINT64_FORMAT " where %" G_GUINT64_FORMAT " is expected",
                 number, self->expected);
    return FALSE;
  }
  if (number > self->expected) {
    const Early early = { number, stream };
    g_array_append_val (self->early, early);
    return TRUE;
  }
  g_queue_push_tail (&self->in_order, stream);
  advance (self);
  return TRUE;
}

gpointer
pl_stream_order_next (PlStreamOrder *self)
{
  return g_queue_pop_head (&self->in_order);
}

void
pl_stream_order_remove (PlStreamOrder *self, gpointer stream)
{
  g_queue_remove (&self->in_order, stream);
  for (guint i = 0; i < self->early->len; i++) {
    Early *early = &g_array_index (self->early, Early, i);
    if (early->stream == stream)
      early->stream = NULL;
  }
}
