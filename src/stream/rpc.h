/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/channel.h"
#include "proto/rpc-msg.h"

#include <glib.h>

/**
 * PlRpc: JSON-RPC 2.0 on one channel, a message each way being one text message of at most
 * PL_MAX_RPC_MESSAGE bytes (PROTOCOL.md, "The box").
 *
 * A remote that floods us, does not read what it asked for, or leaves too many requests open
 * loses the channel.
 */
typedef struct _PlRpc PlRpc;

/** What the remote answered with an error; the code is the one of JSON-RPC (PL_RPC_NOT_ALLOWED,
 * ...). Connections that end give other domains. */
#define PL_RPC_FAILURE (pl_rpc_failure_quark ())
GQuark pl_rpc_failure_quark (void);

/** The PlRpc may be freed in all of these. */
typedef struct {
  /** To be answered once, now or later, by pl_rpc_answer() or pl_rpc_refuse(). */
  void (*request) (int64_t id, const char *method, GVariant *params, gpointer user_data);
  /** NULL: it waits for none, and a remote that sends many messages is one that floods. */
  void (*notified) (const char *method, GVariant *params, gpointer user_data);
  /** Once, last, after all open calls were told; NULL: in good order. */
  void (*closed) (const GError *reason, gpointer user_data);
} PlRpcOps;

/** @result: NULL exactly if there is an @error. */
typedef void (*PlRpcAnswerFunc) (GVariant *result, const GError *error, gpointer user_data);

/** Takes a reference to @channel, which may not be open yet. @ops is borrowed. */
PlRpc *pl_rpc_new (PlChannel *channel, const PlRpcOps *ops, gpointer user_data);

/** Closes the channel; nothing is called any more, no answer either. */
void pl_rpc_free (PlRpc *self);

/** Asks the remote; @params may be floating or NULL. @answer is called later, at the latest
 * after 30 s with G_IO_ERROR_TIMED_OUT. */
void pl_rpc_call (PlRpc *self, const char *method, GVariant *params, PlRpcAnswerFunc answer,
                  gpointer user_data);
void pl_rpc_notify (PlRpc *self, const char *method, GVariant *params);

/** @result may be floating. One too large for a message becomes PL_RPC_LIMIT. */
void pl_rpc_answer (PlRpc *self, int64_t id, GVariant *result);
/** @reason: the short name of the error, may be NULL. */
void pl_rpc_refuse (PlRpc *self, int64_t id, int code, const char *text, const char *reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlRpc, pl_rpc_free)
