/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/json-line.h"

#include <json-glib/json-glib.h>

struct _PlJsonLine {
  JsonObject *object;
};

PlJsonLine *
pl_json_line_new (const char *event)
{
  PlJsonLine *self = g_new (PlJsonLine, 1);
  self->object = json_object_new ();
  pl_json_line_add_string (self, "event", event);
  return self;
}

void
pl_json_line_free (PlJsonLine *self)
{
  if (self == NULL)
    return;
  json_object_unref (self->object);
  g_free (self);
}

void
pl_json_line_add_string (PlJsonLine *self, const char *name, const char *value)
{
  if (value)
    json_object_set_string_member (self->object, name, value);
}

void
pl_json_line_add_int (PlJsonLine *self, const char *name, int64_t value)
{
  json_object_set_int_member (self->object, name, value);
}

char *
pl_json_line_print (PlJsonLine *self)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), self->object);
  g_autofree char *text = json_to_string (node, /* pretty = */ FALSE);
  return g_strconcat (text, "\n", NULL);
}
