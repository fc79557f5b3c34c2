/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/signal-msg.h"
#include "signaling/push-rules.h"

/**
 * PlPush: brings push messages to push services (RFC 8030). It keeps nothing of them; how many
 * are under way is limited by whoever asks for them.
 */
typedef struct _PlPush PlPush;

typedef struct {
  const char *key_file;        /* of pl_vapid_make() */
  const char *subject;         /* "mailto:..." or "https://...": whom push services write to */
  const char *const *hosts;    /* as in PlPushRules */
  const char *const *networks; /* as in PlPushRules */
  const char *ca_file;         /* trusted instead of the system's (PEM); NULL: those */
} PlPushConfig;

/** What became of the message with @ticket. */
typedef void (*PlPushedFunc) (int64_t ticket, PlPushStatus status, gpointer user_data);

/** Reads the files. PL_CONFIG_ERROR_INVALID. */
PlPush *pl_push_new (const PlPushConfig *config, GError **error);

/** What is under way is dropped. */
void pl_push_free (PlPush *self);

/** Who is told. */
void pl_push_set_func (PlPush *self, PlPushedFunc func, gpointer user_data);

/** What browsers subscribe with. */
const char *pl_push_get_key (const PlPush *self);

/** Sends @msg, which is of PL_SIGNAL_MSG_PUSH and borrowed; the end of it is told later, within
 * some ten seconds, and once. */
void pl_push_send (PlPush *self, const PlSignalMsg *msg, int64_t ticket);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPush, pl_push_free)
