/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/call-table.h"
#include "proto/dial-rules.h"
#include "proto/voicemail.h"
#include "simbox/modem.h"
#include "simbox/store.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * PlCalls: the calls of the box, for its clients. A client is named as in PlCallTable, by a
 * string that stays the same when it comes back from another address: its name in
 * authorized_clients, and what its program calls itself.
 *
 * Signals:
 *   "call-changed" (const PlCallInfo *)  a call came, changed or ended (PL_CALL_ENDED, last);
 *                                        `client` tells who has it
 *   "call-logged" (const char *id)       it is over and in the log
 *   "log-deleted" (gint64 seq)           this one is not in the log any more; 0: none is
 *   "blocked-changed" ()                 another list of blocked numbers holds
 */
#define PL_TYPE_CALLS (pl_calls_get_type ())
G_DECLARE_FINAL_TYPE (PlCalls, pl_calls, PL, CALLS, GObject)

/** Where the voice of the modem goes; called on changes only. */
typedef struct {
  void (*connect_voice) (const PlCallInfo *call, gpointer user_data); /* to call->client */
  void (*connect_voicemail) (const PlCallInfo *call, gpointer user_data);
  void (*disconnect_voice) (gpointer user_data);
} PlCallsOps;

/** @store and @rules are borrowed and outlive it; so does @user_data. */
PlCalls *pl_calls_new (PlStore *store, PlModem *modem, const PlDialRules *rules,
                       const PlCallsOps *ops, gpointer user_data);
/** Also while it runs; a call that rings keeps its time. Do-not-disturb is not taken from here:
 * pl_calls_set_dnd(). */
void pl_calls_set_voicemail (PlCalls *self, const PlVoicemailRules *rules);
gboolean pl_calls_get_dnd (PlCalls *self);
/** Kept in the store. */
gboolean pl_calls_set_dnd (PlCalls *self, gboolean on, GError **error);

/** All of these: PL_RULES_ERROR, PL_CALLS_ERROR, PL_MODEM_ERROR_NOT_READY, PL_STORE_ERROR (a
 * daily limit and no database to count in), G_IO_ERROR_INVALID_ARGUMENT; what the modem refuses
 * later ends the call with a reason. @id of a new call: the client's uuid; the same again is
 * the same call. */
gboolean pl_calls_dial (PlCalls *self, const char *client, const char *id, const char *number,
                        gboolean hide_number, GError **error);
gboolean pl_calls_answer (PlCalls *self, const char *client, const char *call, GError **error);
gboolean pl_calls_pick_up (PlCalls *self, const char *client, const char *call, GError **error);
gboolean pl_calls_reject (PlCalls *self, const char *client, const char *call, GError **error);
gboolean pl_calls_hang_up (PlCalls *self, const char *client, const char *call, GError **error);
gboolean pl_calls_dtmf (PlCalls *self, const char *client, const char *call, const char *digits,
                        GError **error);
/** Holds an active call, takes up a held one; with two of them they change places. */
gboolean pl_calls_hold (PlCalls *self, const char *client, const char *call, GError **error);

/** The connection of a client is gone, or there again. */
void pl_calls_client_lost (PlCalls *self, const char *client);
void pl_calls_client_back (PlCalls *self, const char *client);
/** Voicemail has recorded enough of @call. */
void pl_calls_voicemail_done (PlCalls *self, const char *call);

/** Calls that are not over, oldest first: @func (PlCallInfo *, user_data). */
void pl_calls_foreach (PlCalls *self, GFunc func, gpointer user_data);

/** Takes one call (@seq), or all (0), out of the log. PL_CALLS_ERROR_UNKNOWN, PL_STORE_ERROR.
 */
gboolean pl_calls_delete (PlCalls *self, int64_t seq, GError **error);

/** Calls from there ring nowhere and are rejected, texts are read already. As
 * pl_store_block(); G_IO_ERROR_NOT_FOUND: it is not blocked. */
gboolean pl_calls_block (PlCalls *self, const char *number, GError **error);
gboolean pl_calls_unblock (PlCalls *self, const char *number, GError **error);

/** For clients: "dialing", "alerting", "incoming", "waiting", "active", "held", "voicemail",
 * "lost" (its client is, for 30 s), "ending", "ended". A call that a client has just won is
 * "incoming" with a `client`. */
const char *pl_call_state_name (PlCallState state);
/** "hung-up", "remote", "busy", ...; NULL for PL_CALL_END_NONE. */
const char *pl_call_end_name (PlCallEnd end);

G_END_DECLS
