/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/authorized.h"
#include "simbox/calls.h"
#include "simbox/store.h"

/**
 * PlPushMessage: what a client that is away is told, until it is sealed: a small JSON object,
 * always of the same size, so that nobody on its way sees more than that there is something.
 */
typedef struct {
  GBytes *text;   /* PL_PUSH_MESSAGE_SIZE bytes */
  PlRights needs; /* any of these, or read-only */
  guint ttl_s;    /* how long a push service may keep it */
  char *topic;    /* what it replaces, and is replaced by, on its way; NULL: nothing */
} PlPushMessage;

#define PL_PUSH_MESSAGE_SIZE 1024

/** It rings. @unread: texts and voicemails that nobody has looked at. */
void pl_push_message_ring (PlPushMessage *self, const PlCallInfo *call, guint unread);

/** It does not ring any more; @missed: nobody has answered. */
void pl_push_message_end (PlPushMessage *self, const PlCallInfo *call, gboolean missed,
                          guint unread);
void pl_push_message_text (PlPushMessage *self, const PlText *text, guint unread);
void pl_push_message_voicemail (PlPushMessage *self, const PlVoicemail *mail, guint unread);
void pl_push_message_clear (PlPushMessage *self);

/** Sealed for the holder of @key (base64 of 32 bytes), as base64; NULL where the key is none.
 * Free with g_free(). */
char *pl_push_message_seal (const PlPushMessage *self, const char *key);

/** The Topic of RFC 8030 for it, which nobody without @key can guess; NULL where it has none.
 * Free with g_free(). */
char *pl_push_message_make_topic (const PlPushMessage *self, const char *key);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlPushMessage, pl_push_message_clear)
