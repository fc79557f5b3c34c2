/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/peer-msg.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/json-shape.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_MID 32

static const char *const type_names[] = {
  [PL_PEER_MSG_UNKNOWN] = "unknown",
  [PL_PEER_MSG_DESCRIPTION] = "description",
  [PL_PEER_MSG_CANDIDATE] = "candidate",
  [PL_PEER_MSG_BYE] = "bye",
};

/* A copy of the string @key; *@ok is cleared where it is no string, too long, or missing though
 * not @optional. */
static char *
read_string (JsonObject *object, const char *key, size_t max, gboolean optional, gboolean *ok)
{
  JsonNode *node = json_object_get_member (object, key);

  if (node == NULL || JSON_NODE_HOLDS_NULL (node)) {
    *ok = *ok && optional;
    return NULL;
  }
  const char *value = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  /* json-glib takes octal escapes, which make bytes that are no UTF-8. */
  if (value == NULL || strlen (value) > max || !g_utf8_validate (value, -1, NULL)) {
    *ok = FALSE;
    return NULL;
  }
  return g_strdup (value);
}

static JsonObject *
read_object (JsonObject *object, const char *key)
{
  JsonNode *node = json_object_get_member (object, key);
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gboolean
read_description (PlPeerMsg *self, JsonObject *message)
{
  JsonObject *description = read_object (message, "description");
  gboolean ok = description != NULL;

  if (!ok)
    return FALSE;
  self->kind = read_string (description, "type", 16, /* optional = */ FALSE, &ok);
  self->sdp = read_string (description, "sdp", PL_MAX_SDP, /* optional = */ FALSE, &ok);
  return ok && (g_str_equal (self->kind, "offer") || g_str_equal (self->kind, "answer"));
}

static gboolean
read_candidate (PlPeerMsg *self, JsonObject *message)
{
  JsonNode *node = json_object_get_member (message, "candidate");
  gboolean ok = TRUE;

  if (node == NULL)
    return FALSE;
  if (JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  JsonObject *candidate = json_node_get_object (node);
  self->candidate = read_string (candidate, "candidate", PL_MAX_CANDIDATE_LINE,
                                 /* optional = */ FALSE, &ok);
  self->mid = read_string (candidate, "sdpMid", MAX_MID, /* optional = */ TRUE, &ok);
  return ok;
}

static gboolean
read_message (PlPeerMsg *self, JsonObject *message)
{
  gboolean ok = TRUE;
  g_autofree char *type = read_string (message, "type", 64, /* optional = */ FALSE, &ok);

  if (!ok)
    return FALSE;
  for (guint i = PL_PEER_MSG_DESCRIPTION; i < G_N_ELEMENTS (type_names); i++)
    if (g_str_equal (type_names[i], type))
      self->type = i;
  if (self->type == PL_PEER_MSG_DESCRIPTION)
    return read_description (self, message);
  if (self->type == PL_PEER_MSG_CANDIDATE)
    return read_candidate (self, message);
  return TRUE;
}

PlPeerMsg *
pl_peer_msg_parse (const char *text, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (PlPeerMsg) self = g_new0 (PlPeerMsg, 1);

  if (!pl_json_check_shape (text, strlen (text), error))
    return NULL;
  gboolean ok = json_parser_load_from_data (parser, text, -1, NULL);
  JsonNode *root = ok ? json_parser_get_root (parser) : NULL;
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)
      || !read_message (self, json_node_get_object (root))) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "the other end sent a malformed message");
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
pl_peer_msg_free (PlPeerMsg *self)
{
  if (self == NULL)
    return;
  g_free (self->kind);
  g_free (self->sdp);
  g_free (self->candidate);
  g_free (self->mid);
  g_free (self);
}

static void
add_string (JsonBuilder *builder, const char *key, const char *value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, value);
}

static void
add_description (JsonBuilder *builder, const PlPeerMsg *self)
{
  json_builder_set_member_name (builder, "description");
  json_builder_begin_object (builder);
  add_string (builder, "type", self->kind);
  add_string (builder, "sdp", self->sdp);
  json_builder_end_object (builder);
}

static void
add_candidate (JsonBuilder *builder, const PlPeerMsg *self)
{
  json_builder_set_member_name (builder, "candidate");
  if (self->candidate == NULL) {
    json_builder_add_null_value (builder);
    return;
  }
  json_builder_begin_object (builder);
  add_string (builder, "candidate", self->candidate);
  if (self->mid)
    add_string (builder, "sdpMid", self->mid);
  json_builder_end_object (builder);
}

char *
pl_peer_msg_print (const PlPeerMsg *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_string (builder, "type", type_names[self->type]);
  if (self->type == PL_PEER_MSG_DESCRIPTION)
    add_description (builder, self);
  if (self->type == PL_PEER_MSG_CANDIDATE)
    add_candidate (builder, self);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return json_to_string (root, /* pretty = */ FALSE);
}
