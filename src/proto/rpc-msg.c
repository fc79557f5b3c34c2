/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-rpc-msg"

#include "proto/rpc-msg.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/json-shape.h"

#include <json-glib/json-glib.h>
#include <string.h>

void
pl_rpc_msg_free (PlRpcMsg *self)
{
  if (self == NULL)
    return;
  g_free (self->method);
  g_clear_pointer (&self->params, g_variant_unref);
  g_clear_pointer (&self->result, g_variant_unref);
  g_free (self->text);
  g_free (self->reason);
  g_free (self);
}

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "json-rpc: %s", what);
  return FALSE;
}

/* --- from JSON; all values floating, NULL for null and for what is refused --- */

static GVariant *to_variant (JsonNode *node);

static GVariant *
scalar_to_variant (JsonNode *node)
{
  const GType type = json_node_get_value_type (node);

  if (type == G_TYPE_STRING) {
    const char *text = json_node_get_string (node);
    /* json-glib's escapes can make bytes that are not UTF-8. */
    return g_utf8_validate (text, -1, /* end = */ NULL) ? g_variant_new_string (text) : NULL;
  }
  if (type == G_TYPE_INT64)
    return g_variant_new_int64 (json_node_get_int (node));
  if (type == G_TYPE_DOUBLE)
    return g_variant_new_double (json_node_get_double (node));
  return type == G_TYPE_BOOLEAN ? g_variant_new_boolean (json_node_get_boolean (node)) : NULL;
}

static GVariant *
object_to_variant (JsonObject *object)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node)) {
    GVariant *value = g_utf8_validate (name, -1, /* end = */ NULL) ? to_variant (node) : NULL;
    if (value)
      g_variant_dict_insert_value (&dict, name, value);
  }
  return g_variant_dict_end (&dict);
}

static GVariant *
array_to_variant (JsonArray *array)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < json_array_get_length (array); i++) {
    GVariant *value = to_variant (json_array_get_element (array, i));
    if (value)
      g_variant_builder_add (&builder, "v", value);
  }
  return g_variant_builder_end (&builder);
}

/* As deep as pl_json_check_shape() allows. */
static GVariant *
to_variant (JsonNode *node)
{
  switch (json_node_get_node_type (node)) {
  case JSON_NODE_OBJECT:
    return object_to_variant (json_node_get_object (node));
  case JSON_NODE_ARRAY:
    return array_to_variant (json_node_get_array (node));
  case JSON_NODE_VALUE:
    return scalar_to_variant (node);
  case JSON_NODE_NULL:
    break;
  }
  return NULL;
}

static gboolean
take_call (PlRpcMsg *self, GVariant *message, GError **error)
{
  g_autoptr (GVariant) params
      = g_variant_lookup_value (message, "params", /* expected_type = */ NULL);

  self->kind = self->id < 0 ? PL_RPC_NOTIFICATION : PL_RPC_REQUEST;
  if (params && !g_variant_is_of_type (params, G_VARIANT_TYPE_VARDICT))
    return refuse (error, "params is not an object");
  self->params = params ? g_steal_pointer (&params)
                        : g_variant_ref_sink (g_variant_new ("a{sv}", /* builder = */ NULL));
  return TRUE;
}

static gboolean
take_error (PlRpcMsg *self, GVariant *failure, GError **error)
{
  g_autoptr (GVariant) data = g_variant_lookup_value (failure, "data", G_VARIANT_TYPE_VARDICT);
  gint64 code;

  self->kind = PL_RPC_ERROR;
  if (!g_variant_lookup (failure, "code", "x", &code)
      || !g_variant_lookup (failure, "message", "s", &self->text))
    return refuse (error, "an error without code or message");
  self->code = (int) CLAMP (code, G_MININT, G_MAXINT);
  if (data)
    g_variant_lookup (data, "reason", "s", &self->reason);
  return TRUE;
}

static gboolean
take_message (PlRpcMsg *self, GVariant *message, GError **error)
{
  const char *version;
  g_autoptr (GVariant) failure
      = g_variant_lookup_value (message, "error", G_VARIANT_TYPE_VARDICT);

  if (!g_variant_lookup (message, "jsonrpc", "&s", &version) || !g_str_equal (version, "2.0"))
    return refuse (error, "'jsonrpc' is not '2.0'");
  self->id = -1;
  g_autoptr (GVariant) id = g_variant_lookup_value (message, "id", /* expected_type = */ NULL);
  if (id
      && (!g_variant_is_of_type (id, G_VARIANT_TYPE_INT64)
          || (self->id = g_variant_get_int64 (id)) < 0))
    return refuse (error, "'id' is not a whole number from 0 on");
  if (g_variant_lookup (message, "method", "s", &self->method))
    return take_call (self, message, error);
  if (failure)
    return take_error (self, failure, error);
  self->kind = PL_RPC_RESULT;
  self->result = g_variant_lookup_value (message, "result", /* expected_type = */ NULL);
  if (self->result == NULL || self->id < 0)
    return refuse (error, "neither request, result nor error");
  return TRUE;
}

PlRpcMsg *
pl_rpc_msg_parse (const char *text, size_t len, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (PlRpcMsg) self = g_new0 (PlRpcMsg, 1);

  if (!pl_json_check_shape (text, len, error))
    return NULL;
  if (!json_parser_load_from_data (parser, text, len, error)) {
    g_prefix_error (error, "json-rpc: ");
    return NULL;
  }
  JsonNode *root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
    refuse (error, "not an object");
    return NULL;
  }
  g_autoptr (GVariant) message
      = g_variant_ref_sink (object_to_variant (json_node_get_object (root)));
  return take_message (self, message, error) ? g_steal_pointer (&self) : NULL;
}

const char *
pl_rpc_get_string (GVariant *object, const char *key)
{
  const char *value = "";
  g_variant_lookup (object, key, "&s", &value);
  return value;
}

/* --- to JSON --- */

static JsonNode *
new_message (JsonObject **object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  *object = json_object_new ();
  json_node_take_object (node, *object);
  json_object_set_string_member (*object, "jsonrpc", "2.0");
  return node;
}

static JsonNode *
from_variant (GVariant *value)
{
  g_autoptr (GVariant) own = g_variant_ref_sink (value);
  return json_gvariant_serialize (own);
}

static char *
print_call (int64_t id, const char *method, GVariant *params)
{
  JsonObject *object;
  g_autoptr (JsonNode) node = new_message (&object);

  if (id >= 0)
    json_object_set_int_member (object, "id", id);
  json_object_set_string_member (object, "method", method);
  if (params)
    json_object_set_member (object, "params", from_variant (params));
  return json_to_string (node, /* pretty = */ FALSE);
}

char *
pl_rpc_print_request (int64_t id, const char *method, GVariant *params)
{
  return print_call (id, method, params);
}

char *
pl_rpc_print_notification (const char *method, GVariant *params)
{
  return print_call (/* id = */ -1, method, params);
}

char *
pl_rpc_print_result (int64_t id, GVariant *result)
{
  JsonObject *object;
  g_autoptr (JsonNode) node = new_message (&object);

  json_object_set_int_member (object, "id", id);
  json_object_set_member (object, "result", from_variant (result));
  return json_to_string (node, /* pretty = */ FALSE);
}

char *
pl_rpc_print_error (int64_t id, int code, const char *text, const char *reason)
{
  JsonObject *object;
  g_autoptr (JsonNode) node = new_message (&object);
  JsonObject *failure = json_object_new ();

  if (id >= 0)
    json_object_set_int_member (object, "id", id);
  else
    json_object_set_null_member (object, "id");
  json_object_set_int_member (failure, "code", code);
  json_object_set_string_member (failure, "message", text);
  if (reason) {
    JsonObject *data = json_object_new ();
    json_object_set_string_member (data, "reason", reason);
    json_object_set_object_member (failure, "data", data);
  }
  json_object_set_object_member (object, "error", failure);
  return json_to_string (node, /* pretty = */ FALSE);
}

char *
pl_rpc_print_value (GVariant *value)
{
  g_autoptr (JsonNode) node = from_variant (value);
  return json_to_string (node, /* pretty = */ FALSE);
}
