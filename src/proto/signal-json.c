/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/signal-json.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/json-shape.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* One table says which key belongs to which type, where it lives in the struct, and its limit;
 * parsing and printing walk it. */

#define MAX_WHOLE   ((int64_t) 1 << 53) /* JavaScript's numbers are exact below */
#define MAX_SECONDS (7 * 24 * 3600)
#define NO_LIMIT    PL_MAX_SIGNAL_MESSAGE

typedef enum {
  KIND_STRING,
  KIND_INT64,
  KIND_UINT,
  KIND_BOOLEAN,
  KIND_CODE,
  KIND_STATUS,
  KIND_MEMBERS,
  KIND_ICE_SERVERS,
} Kind;

typedef struct {
  const char *key;
  guint32 required; /* sets of types, see BIT */
  guint32 optional;
  size_t offset;
  int64_t max; /* characters, elements, or the largest number */
  Kind kind;
} Field;

#define BIT(type)    ((guint32) 1 << PL_SIGNAL_MSG_##type)
#define FIELD(field) G_STRUCT_OFFSET (PlSignalMsg, field)

#define IN_ROOM                                                                                \
  (BIT (RESERVED) | BIT (JOINED) | BIT (CAME) | BIT (LEFT) | BIT (VANISHED) | BIT (RETURNED)   \
   | BIT (MESSAGE) | BIT (BURNED))
#define ABOUT_MEMBER     (BIT (JOINED) | BIT (CAME) | BIT (LEFT) | BIT (VANISHED) | BIT (RETURNED))
#define REQUESTS_IN_ROOM (BIT (JOIN) | BIT (LEAVE) | BIT (SEND) | BIT (WRONG))

static const Field fields[] = {
  { "room", REQUESTS_IN_ROOM, 0, FIELD (room), NO_LIMIT, KIND_STRING },
  { "room", IN_ROOM, 0, FIELD (room), PL_MAX_ROOM_NAME, KIND_STRING },
  { "name", BIT (JOIN), 0, FIELD (name), NO_LIMIT, KIND_STRING },
  { "name", BIT (CAME), 0, FIELD (name), PL_MAX_MEMBER_NAME, KIND_STRING },
  { "max", 0, BIT (JOIN), FIELD (max), NO_LIMIT, KIND_UINT },
  { "to", BIT (SEND), 0, FIELD (member), PL_MAX_MEMBER_ID, KIND_STRING },
  { "from", BIT (MESSAGE), 0, FIELD (member), PL_MAX_MEMBER_ID, KIND_STRING },
  { "member", BIT (WRONG) | ABOUT_MEMBER, 0, FIELD (member), PL_MAX_MEMBER_ID, KIND_STRING },
  { "body", BIT (SEND), 0, FIELD (body), NO_LIMIT, KIND_STRING },
  { "body", BIT (MESSAGE), 0, FIELD (body), PL_MAX_ENVELOPE, KIND_STRING },
  { "agent", 0, BIT (HELLO), FIELD (agent), PL_MAX_AGENT, KIND_STRING },
  { "session", BIT (WELCOME), 0, FIELD (session), PL_MAX_TOKEN, KIND_STRING },
  { "token", BIT (WELCOME), BIT (HELLO), FIELD (token), PL_MAX_TOKEN, KIND_STRING },
  { "last_seq", 0, BIT (HELLO), FIELD (last_seq), MAX_WHOLE, KIND_INT64 },
  { "resumed", BIT (WELCOME), 0, FIELD (resumed), 0, KIND_BOOLEAN },
  { "last_id", BIT (WELCOME), 0, FIELD (last_id), MAX_WHOLE, KIND_INT64 },
  { "ping_s", BIT (WELCOME), 0, FIELD (ping_s), MAX_SECONDS, KIND_UINT },
  { "silence_s", BIT (WELCOME), 0, FIELD (silence_s), MAX_SECONDS, KIND_UINT },
  { "resume_s", BIT (WELCOME), 0, FIELD (resume_s), MAX_SECONDS, KIND_UINT },
  { "members", BIT (JOINED), 0, FIELD (members), PL_MAX_MEMBERS, KIND_MEMBERS },
  { "ice_servers", BIT (WELCOME) | BIT (ICE), 0, FIELD (ice_servers), PL_MAX_ICE_SERVERS,
    KIND_ICE_SERVERS },
  { "ice_ttl_s", BIT (WELCOME) | BIT (ICE), 0, FIELD (ice_ttl_s), MAX_SECONDS, KIND_UINT },
  { "code", BIT (ERROR), BIT (BYE), FIELD (code), PL_MAX_ERROR_TEXT, KIND_CODE },
  { "text", 0, BIT (ERROR), FIELD (text), PL_MAX_ERROR_TEXT, KIND_STRING },
  { "push_key", 0, BIT (WELCOME), FIELD (push_key), PL_MAX_PUSH_KEY, KIND_STRING },
  { "endpoint", BIT (PUSH), 0, FIELD (endpoint), PL_MAX_PUSH_ENDPOINT, KIND_STRING },
  { "p256dh", BIT (PUSH), 0, FIELD (p256dh), PL_MAX_PUSH_KEY, KIND_STRING },
  { "auth", BIT (PUSH), 0, FIELD (auth), PL_MAX_PUSH_KEY, KIND_STRING },
  { "payload", BIT (PUSH), 0, FIELD (payload), PL_MAX_PUSH_PAYLOAD, KIND_STRING },
  { "ttl", BIT (PUSH), 0, FIELD (ttl), PL_MAX_PUSH_TTL_S, KIND_UINT },
  { "urgency", 0, BIT (PUSH), FIELD (urgency), PL_MAX_PUSH_TOPIC, KIND_STRING },
  { "topic", 0, BIT (PUSH), FIELD (topic), PL_MAX_PUSH_TOPIC, KIND_STRING },
  { "status", BIT (PUSHED), 0, FIELD (status), PL_MAX_ERROR_TEXT, KIND_STATUS },
  { "retry_s", 0, BIT (ERROR) | BIT (BYE), FIELD (retry_s), MAX_SECONDS, KIND_UINT },
};

/* The object `limits` of welcome. */
static const Field limit_fields[] = {
  { "message", 0, BIT (WELCOME), FIELD (limit_message), G_MAXINT, KIND_UINT },
  { "body", 0, BIT (WELCOME), FIELD (limit_body), G_MAXINT, KIND_UINT },
  { "rooms", 0, BIT (WELCOME), FIELD (limit_rooms), G_MAXINT, KIND_UINT },
  { "members", 0, BIT (WELCOME), FIELD (limit_members), G_MAXINT, KIND_UINT },
};

static gboolean
invalid (GError **error, const char *key, const char *expected)
{
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "'%s': expected %s", key,
               expected);
  return FALSE;
}

static gboolean
too_long (GError **error, const char *key, int64_t max)
{
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT, "'%s': limit is %" G_GINT64_FORMAT,
               key, max);
  return FALSE;
}

static gboolean
read_whole (JsonNode *node, const char *key, int64_t max, int64_t *value, GError **error)
{
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return invalid (error, key, "a whole number");
  int64_t number = json_node_get_int (node);
  if (number < 0)
    return invalid (error, key, "no negative number");
  if (number > max)
    return too_long (error, key, max);
  *value = number;
  return TRUE;
}

/* A JSON string may hold half a surrogate pair, which json-glib turns into bytes that are not
 * UTF-8. */
static gboolean
read_string (JsonNode *node, const char *key, int64_t max, char **value, GError **error)
{
  const char *text = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  if (text == NULL)
    return invalid (error, key, "a string");
  size_t len = strlen (text);
  if (len > (size_t) max)
    return too_long (error, key, max);
  if (!g_utf8_validate_len (text, len, NULL))
    return invalid (error, key, "UTF-8");
  g_free (*value);
  *value = g_strndup (text, len);
  return TRUE;
}

static gboolean
read_string_member (JsonObject *object, const char *key, int64_t max, char **value,
                    GError **error)
{
  JsonNode *node = json_object_get_member (object, key);
  return node ? read_string (node, key, max, value, error) : invalid (error, key, "a string");
}

static gboolean
read_array (JsonNode *node, const char *key, int64_t max, JsonArray **array, GError **error)
{
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return invalid (error, key, "an array");
  *array = json_node_get_array (node);
  if (json_array_get_length (*array) > max)
    return too_long (error, key, max);
  return TRUE;
}

static gboolean
read_members (JsonNode *node, const Field *field, GPtrArray *members, GError **error)
{
  JsonArray *array;
  if (!read_array (node, field->key, field->max, &array, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);
    if (!JSON_NODE_HOLDS_OBJECT (element))
      return invalid (error, field->key, "objects");
    JsonObject *object = json_node_get_object (element);
    g_autoptr (PlSignalMember) member = pl_signal_member_new (NULL, NULL);
    if (!read_string_member (object, "member", PL_MAX_MEMBER_ID, &member->member, error)
        || !read_string_member (object, "name", PL_MAX_MEMBER_NAME, &member->name, error))
      return FALSE;
    g_ptr_array_add (members, g_steal_pointer (&member));
  }
  return TRUE;
}

/* One URL or a list of them, as the W3C allows. */
static GStrv
read_urls (JsonNode *node, GError **error)
{
  g_auto (GStrv) urls = g_new0 (char *, PL_MAX_ICE_URIS + 1);
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node)) {
    if (node == NULL)
      invalid (error, "urls", "a list of URLs");
    else if (read_string (node, "urls", PL_MAX_ICE_URI, &urls[0], error))
      return g_steal_pointer (&urls);
    return NULL;
  }
  if (!read_array (node, "urls", PL_MAX_ICE_URIS, &array, error))
    return NULL;
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!read_string (json_array_get_element (array, i), "urls", PL_MAX_ICE_URI, &urls[i],
                      error))
      return NULL;
  return g_steal_pointer (&urls);
}

static PlSignalIceServer *
read_ice_server (JsonNode *node, GError **error)
{
  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    invalid (error, "ice_servers", "objects");
    return NULL;
  }
  JsonObject *object = json_node_get_object (node);
  g_autoptr (PlSignalIceServer) server = g_new0 (PlSignalIceServer, 1);
  server->urls = read_urls (json_object_get_member (object, "urls"), error);
  if (server->urls == NULL)
    return NULL;
  if (json_object_has_member (object, "username")
      && !read_string_member (object, "username", PL_MAX_ICE_URI, &server->username, error))
    return NULL;
  if (json_object_has_member (object, "credential")
      && !read_string_member (object, "credential", PL_MAX_ICE_URI, &server->credential, error))
    return NULL;
  return g_steal_pointer (&server);
}

static gboolean
read_ice_servers (JsonNode *node, const Field *field, GPtrArray *servers, GError **error)
{
  JsonArray *array;
  if (!read_array (node, field->key, field->max, &array, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++) {
    PlSignalIceServer *server = read_ice_server (json_array_get_element (array, i), error);
    if (server == NULL)
      return FALSE;
    g_ptr_array_add (servers, server);
  }
  return TRUE;
}

static gboolean
read_uint (JsonNode *node, const Field *field, guint *value, GError **error)
{
  int64_t number;
  if (!read_whole (node, field->key, field->max, &number, error))
    return FALSE;
  *value = (guint) number;
  return TRUE;
}

static gboolean
read_code (JsonNode *node, const Field *field, PlSignalCode *code, GError **error)
{
  g_autofree char *name = NULL;
  if (!read_string (node, field->key, field->max, &name, error))
    return FALSE;
  *code = pl_signal_code_from_name (name);
  return TRUE;
}

static gboolean
read_status (JsonNode *node, const Field *field, PlPushStatus *status, GError **error)
{
  g_autofree char *name = NULL;
  if (!read_string (node, field->key, field->max, &name, error))
    return FALSE;
  *status = pl_push_status_from_name (name);
  return TRUE;
}

static gboolean
read_boolean (JsonNode *node, const Field *field, gboolean *value, GError **error)
{
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return invalid (error, field->key, "true or false");
  *value = json_node_get_boolean (node);
  return TRUE;
}

static gboolean
read_field (PlSignalMsg *self, const Field *field, JsonNode *node, GError **error)
{
  gpointer at = G_STRUCT_MEMBER_P (self, field->offset);

  switch (field->kind) {
  case KIND_STRING:
    return read_string (node, field->key, field->max, at, error);
  case KIND_INT64:
    return read_whole (node, field->key, field->max, at, error);
  case KIND_UINT:
    return read_uint (node, field, at, error);
  case KIND_BOOLEAN:
    return read_boolean (node, field, at, error);
  case KIND_CODE:
    return read_code (node, field, at, error);
  case KIND_STATUS:
    return read_status (node, field, at, error);
  case KIND_MEMBERS:
    return read_members (node, field, self->members, error);
  case KIND_ICE_SERVERS:
    return read_ice_servers (node, field, self->ice_servers, error);
  }
  g_assert_not_reached ();
}

static gboolean
read_fields (PlSignalMsg *self, const Field *table, size_t n, JsonObject *object,
             GError **error)
{
  guint32 bit = (guint32) 1 << self->type;

  for (const Field *field = table; field < table + n; field++) {
    if (((field->required | field->optional) & bit) == 0)
      continue;
    JsonNode *node = json_object_get_member (object, field->key);
    if (node == NULL && (field->required & bit))
      return invalid (error, field->key, "in this message");
    if (node && !read_field (self, field, node, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_number_of (JsonObject *object, const char *key, int64_t *number, GError **error)
{
  JsonNode *node = json_object_get_member (object, key);
  return node == NULL || read_whole (node, key, MAX_WHOLE, number, error);
}

static PlSignalMsg *
read_message (JsonObject *object, int64_t *id, GError **error)
{
  g_autofree char *type = NULL;
  g_autoptr (PlSignalMsg) self = NULL;
  int64_t seq = 0;

  if (!read_number_of (object, "id", id, error) || !read_number_of (object, "seq", &seq, error)
      || !read_string_member (object, "type", PL_MAX_ERROR_TEXT, &type, error))
    return NULL;
  self = pl_signal_msg_new (pl_signal_type_from_name (type));
  self->id = *id;
  self->seq = seq;
  if (!read_fields (self, fields, G_N_ELEMENTS (fields), object, error))
    return NULL;
  JsonNode *limits = json_object_get_member (object, "limits");
  if (limits && JSON_NODE_HOLDS_OBJECT (limits)
      && !read_fields (self, limit_fields, G_N_ELEMENTS (limit_fields),
                       json_node_get_object (limits), error))
    return NULL;
  return g_steal_pointer (&self);
}

PlSignalMsg *
pl_signal_msg_parse (const char *text, size_t len, int64_t *id, GError **error)
{
  g_autoptr (GError) local = NULL;
  int64_t unused;

  if (id == NULL)
    id = &unused;
  *id = 0;
  if (len > PL_MAX_SIGNAL_MESSAGE) {
    too_long (error, "message", PL_MAX_SIGNAL_MESSAGE);
    return NULL;
  }
  if (!pl_json_check_shape (text, len, error))
    return NULL;
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonNode *root = json_parser_load_from_data (parser, text, len, &local)
                       ? json_parser_get_root (parser)
                       : NULL;
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "%s",
                 local ? local->message : "json: not an object");
    return NULL;
  }
  return read_message (json_node_get_object (root), id, error);
}

static void
add_string (JsonBuilder *builder, const char *key, const char *value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, value);
}

static void
add_int (JsonBuilder *builder, const char *key, int64_t value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, value);
}

static void
add_members (JsonBuilder *builder, const GPtrArray *members)
{
  json_builder_set_member_name (builder, "members");
  json_builder_begin_array (builder);
  for (guint i = 0; i < members->len; i++) {
    const PlSignalMember *member = members->pdata[i];
    json_builder_begin_object (builder);
    add_string (builder, "member", member->member);
    add_string (builder, "name", member->name);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_ice_servers (JsonBuilder *builder, const GPtrArray *servers)
{
  json_builder_set_member_name (builder, "ice_servers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < servers->len; i++) {
    const PlSignalIceServer *server = servers->pdata[i];
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "urls");
    json_builder_begin_array (builder);
    for (char **url = server->urls; *url; url++)
      json_builder_add_string_value (builder, *url);
    json_builder_end_array (builder);
    if (server->username)
      add_string (builder, "username", server->username);
    if (server->credential)
      add_string (builder, "credential", server->credential);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_number (JsonBuilder *builder, const Field *field, int64_t value, gboolean required)
{
  if (required || value != 0)
    add_int (builder, field->key, value);
}

static void
add_field (JsonBuilder *builder, const PlSignalMsg *self, const Field *field, gboolean required)
{
  gconstpointer at = G_STRUCT_MEMBER_P (self, field->offset);

  switch (field->kind) {
  case KIND_STRING:
    if (*(char *const *) at)
      add_string (builder, field->key, *(char *const *) at);
    break;
  case KIND_INT64:
    add_number (builder, field, *(const int64_t *) at, required);
    break;
  case KIND_UINT:
    add_number (builder, field, *(const guint *) at, required);
    break;
  case KIND_BOOLEAN:
    json_builder_set_member_name (builder, field->key);
    json_builder_add_boolean_value (builder, *(const gboolean *) at);
    break;
  case KIND_CODE:
    if (required || self->code != PL_SIGNAL_CODE_UNKNOWN)
      add_string (builder, field->key, pl_signal_code_name (self->code));
    break;
  case KIND_STATUS:
    add_string (builder, field->key, pl_push_status_name (self->status));
    break;
  case KIND_MEMBERS:
    add_members (builder, self->members);
    break;
  case KIND_ICE_SERVERS:
    add_ice_servers (builder, self->ice_servers);
    break;
  }
}

static void
add_fields (JsonBuilder *builder, const PlSignalMsg *self, const Field *table, size_t n)
{
  guint32 bit = (guint32) 1 << self->type;

  for (const Field *field = table; field < table + n; field++)
    if ((field->required | field->optional) & bit)
      add_field (builder, self, field, (field->required & bit) != 0);
}

char *
pl_signal_msg_print (const PlSignalMsg *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  add_string (builder, "type", pl_signal_type_name (self->type));
  if (self->id)
    add_int (builder, "id", self->id);
  if (self->seq)
    add_int (builder, "seq", self->seq);
  add_fields (builder, self, fields, G_N_ELEMENTS (fields));
  if (self->type == PL_SIGNAL_MSG_WELCOME) {
    json_builder_set_member_name (builder, "limits");
    json_builder_begin_object (builder);
    add_fields (builder, self, limit_fields, G_N_ELEMENTS (limit_fields));
    json_builder_end_object (builder);
  }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, /* pretty = */ FALSE);
}
