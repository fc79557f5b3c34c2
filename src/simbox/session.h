/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/peer.h"
#include "proto/authorized.h"
#include "simbox/box.h"

/**
 * PlBoxSession: one connected program of a client of the box: its channels `control` and `sms`,
 * what it may ask there, and what it is told.
 */
typedef struct _PlBoxSession PlBoxSession;

typedef struct {
  /** It has said which program it is: pl_box_session_get_key() is what it stays. Another
   * session of the same key is one that this one takes the place of. */
  void (*greeted) (PlBoxSession *session, gpointer user_data);
  /** Something of the box that a status shows was changed by this client. */
  void (*box_changed) (gpointer user_data);
  /** All clients, as the list `clients` of PROTOCOL.md; floating. */
  GVariant *(*list_clients) (PlBoxSession *session, gpointer user_data);
  /** Puts a client out for good, for this session; one that removes itself is put out once it
   * has its answer. G_IO_ERROR_NOT_FOUND; errors of the file. */
  gboolean (*remove_client) (PlBoxSession *session, const char *name, gpointer user_data,
                             GError **error);
} PlBoxSessionOps;

/** @box and @who are borrowed and outlive it, @ops too. */
PlBoxSession *pl_box_session_new (const PlBox *box, const PlAuthorized *who, PlPeer *peer,
                                  const PlBoxSessionOps *ops, gpointer user_data);

/** Lets go of the peer, which the owner closes. Its calls are those of a lost client now. */
void pl_box_session_free (PlBoxSession *self);

/** What calls know it by: the name of the client and, behind a blank, what tells the program
 * from others of the same client. */
const char *pl_box_session_get_key (const PlBoxSession *self);

/** Of this connection. */
PlPeerVoice *pl_box_session_get_voice (PlBoxSession *self);

/** Tells the client the status of the box. */
void pl_box_session_tell_status (PlBoxSession *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlBoxSession, pl_box_session_free)
