/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlRpcMsg: one message of JSON-RPC 2.0 as box and clients speak it (PROTOCOL.md, "The box").
 *
 * Parameters and results are GVariants, so that only this file knows of JSON: an object is
 * a{sv}, an array av, a string s, a whole number x, another number d, true and false b; members
 * that are null are left out.
 */
typedef enum {
  PL_RPC_REQUEST,
  PL_RPC_NOTIFICATION,
  PL_RPC_RESULT,
  PL_RPC_ERROR,
} PlRpcKind;

typedef struct {
  PlRpcKind kind;
  int64_t id;   /* all but notifications; of an error -1: of no request that was understood */
  char *method; /* requests and notifications */
  GVariant *params; /* a{sv}, never NULL for requests and notifications */
  GVariant *result; /* of a result */
  int code;         /* of an error, */
  char *text;       /* its sentence */
  char *reason;     /* and its name, may be NULL */
} PlRpcMsg;

/* JSON-RPC 2.0 section 5.1, and ours. */
enum {
  PL_RPC_PARSE_ERROR = -32700,
  PL_RPC_INVALID_REQUEST = -32600,
  PL_RPC_NO_METHOD = -32601,
  PL_RPC_INVALID_PARAMS = -32602,
  PL_RPC_INTERNAL = -32603,
  PL_RPC_NOT_ALLOWED = -32001,
  PL_RPC_BAD_NUMBER = -32002,
  PL_RPC_EMERGENCY = -32003,
  PL_RPC_RULE = -32004,
  PL_RPC_LIMIT = -32005,
  PL_RPC_MODEM = -32006,
  PL_RPC_NOT_FOUND = -32007,
  PL_RPC_STORE = -32008,
  PL_RPC_CONFLICT = -32009, /* not now, or another client has it */
};

/** PL_PROTO_ERROR_INVALID or _LIMIT. Batches are not spoken. */
PlRpcMsg *pl_rpc_msg_parse (const char *text, size_t len, GError **error);
void pl_rpc_msg_free (PlRpcMsg *self);

/** One line of JSON each, without its end; free with g_free(). @params and @result may be
 * floating and are consumed then; @params NULL: none. */
char *pl_rpc_print_request (int64_t id, const char *method, GVariant *params);
char *pl_rpc_print_notification (const char *method, GVariant *params);
char *pl_rpc_print_result (int64_t id, GVariant *result);
char *pl_rpc_print_error (int64_t id, int code, const char *text, const char *reason);

/** A member of an object that is a string, as long as @object lives; "" where there is none. */
const char *pl_rpc_get_string (GVariant *object, const char *key);

/** A value as JSON text alone, for --json. */
char *pl_rpc_print_value (GVariant *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlRpcMsg, pl_rpc_msg_free)
