/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/step.h"

#include <glib.h>
#include <stdint.h>

/**
 * PlHandshake: the conversation with one member of a room, through a server that is not
 * trusted: greeting (CPace share), key confirmation, then sealed messages (PROTOCOL.md section
 * 2).
 *
 * Bodies are what the server relays: base64. One object serves one member once.
 */
typedef struct _PlHandshake PlHandshake;

typedef enum {
  PL_HANDSHAKE_GREETING = 1, /* our share is on its way, theirs is awaited */
  PL_HANDSHAKE_CONFIRMING, /* our tag is on its way: the other end can tell if its code is ours
                            */
  PL_HANDSHAKE_SEALED,     /* both have the same code; messages flow */
  PL_HANDSHAKE_FAILED,
} PlHandshakeState;

#define PL_HANDSHAKE_INSTANCE_LEN 16

/** Of an end in a room with more than two members: a host greets everybody, guests answer it
 * and have nothing to do with each other. */
typedef enum {
  PL_HANDSHAKE_EQUAL = 0,
  PL_HANDSHAKE_HOST = 1,
  PL_HANDSHAKE_GUEST = 2,
} PlHandshakeRole;

typedef struct {
  const char *password; /* pl_code_get_text() */
  const char *room;
  const char *own_id; /* member ids, as the server gave them */
  const char *remote_id;
  const char *name; /* ours, at most PL_MAX_MEMBER_NAME bytes; the other end is shown it */
  const uint8_t *instance;  /* random, the same for all handshakes of one program's run */
  const uint8_t *continues; /* the instance that we have a connection with, or NULL */
  PlHandshakeRole role;     /* ours */
} PlHandshakeConfig;

/** The table, for docs/states. */
extern const PlMachine pl_handshake_machine;

/** Draws the random instance of this run. */
void pl_handshake_make_instance (uint8_t instance[PL_HANDSHAKE_INSTANCE_LEN]);

/** The greeting is ready at once: pl_handshake_next_body(). */
PlHandshake *pl_handshake_new (const PlHandshakeConfig *config);

/** Wipes all keys. */
void pl_handshake_free (PlHandshake *self);

/** Takes a body from the other member. *@message is set to the text of a sealed message (free
 * with g_free()), else to NULL. Look for a new state and new bodies afterwards. FALSE is final:
 * PL_SIGNAL_ERROR_WRONG_CODE if the codes differ, else PL_PROTO_ERROR. */
gboolean pl_handshake_feed (PlHandshake *self, const char *body, char **message,
                            GError **error);

/** The next body to send, or NULL; free with g_free(). */
char *pl_handshake_next_body (PlHandshake *self);

/** The body for a message of ours; only in the state sealed. PL_PROTO_ERROR_LIMIT if it is too
 * long for an envelope. */
char *pl_handshake_seal (PlHandshake *self, const char *message, GError **error);

PlHandshakeState pl_handshake_get_state (const PlHandshake *self);

/** TRUE at exactly one of the two ends: it makes the offer, and is the impolite one in a glare.
 * Decided by the two shares; from the state confirming on. */
gboolean pl_handshake_is_offerer (const PlHandshake *self);

/** TRUE where both ends say that they have a connection with each other already: this
 * conversation continues the one that made it, as after a restart of the server. */
gboolean pl_handshake_is_continued (const PlHandshake *self);

/** What the other says that it is; to be believed in the state sealed. */
PlHandshakeRole pl_handshake_get_remote_role (const PlHandshake *self);

/** TRUE where the other end says that it has a connection with our instance. */
gboolean pl_handshake_is_continuing (const PlHandshake *self);

/** TRUE if @body is the greeting of somebody who says that it is a host. */
gboolean pl_handshake_is_hosts_greeting (const char *body);

/** The other's instance, PL_HANDSHAKE_INSTANCE_LEN bytes; from the state confirming on. */
const uint8_t *pl_handshake_get_remote_instance (const PlHandshake *self);

/** The other's name, or NULL before its greeting; not to be believed before the state sealed.
 */
const char *pl_handshake_get_remote_name (const PlHandshake *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlHandshake, pl_handshake_free)
