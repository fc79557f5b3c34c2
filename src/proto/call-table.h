/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/clock.h"
#include "base/step.h"

#include <glib.h>

/**
 * PlCallTable: the calls of the box: who rings, who has which, where the one voice path goes.
 *
 * An incoming call rings all clients; the first answer wins, and from then on the call has that
 * client. A reject ends it for all (a client that only wants silence keeps quiet by itself). A
 * client that is lost in a call has 30 s to come back. Nobody answers: voicemail, which a
 * client can take over while the caller speaks.
 *
 * A client is a name, or a name, a blank, and what tells one of its programs from the others:
 * "laptop 3f2a". The voice goes to one program; to end a call or to press a key in it is any
 * program's of the same name.
 */
typedef struct _PlCallTable PlCallTable;

#define PL_CALLS_ERROR (pl_calls_error_quark ())
GQuark pl_calls_error_quark (void);

typedef enum {
  PL_CALLS_ERROR_UNKNOWN, /* no such call, or it is over */
  PL_CALLS_ERROR_TAKEN,   /* another client has it */
  PL_CALLS_ERROR_STATE,   /* not now: nothing to answer, the line is busy */
} PlCallsError;

typedef enum {
  PL_CALL_DIALING = 1,
  PL_CALL_ALERTING,
  PL_CALL_INCOMING,
  PL_CALL_WAITING,   /* incoming beside another */
  PL_CALL_ANSWERING, /* a client has won, the modem was told */
  PL_CALL_TAKING,    /* the same for one that waited: the other goes on hold */
  PL_CALL_ACTIVE,
  PL_CALL_HELD,
  PL_CALL_LOST,     /* active, its client lost its network: 30 s */
  PL_CALL_GREETING, /* voicemail, the modem was told to answer */
  PL_CALL_VOICEMAIL,
  PL_CALL_ENDING, /* the modem was told to hang up */
  PL_CALL_ENDED,
} PlCallState;

typedef enum {
  PL_CALL_END_NONE,
  PL_CALL_END_LOCAL,  /* a client hung up or rejected */
  PL_CALL_END_REMOTE, /* the other end did; before an answer: missed */
  PL_CALL_END_BUSY,
  PL_CALL_END_NO_ANSWER,
  PL_CALL_END_REFUSED, /* by the network */
  PL_CALL_END_MODEM,   /* the modem or its network is gone */
  PL_CALL_END_CLIENT,  /* its client did not come back */
  PL_CALL_END_BLOCKED, /* the owner does not want to hear of this number */
} PlCallEnd;

/** One call as all may see it. Strings are the table's, valid during the call out. */
typedef struct {
  const char *id; /* outgoing: the client's; incoming: made here */
  guint modem_call;
  gboolean outgoing;
  PlCallState state;
  PlCallEnd end;
  const char *number; /* NULL: unknown or withheld */
  const char *name;   /* of the network; NULL */
  gboolean withheld;
  const char *client; /* who has it, or had it; NULL: nobody, voicemail */
  gboolean answered;  /* somebody talked; voicemail does not count */
  gboolean voicemail; /* it was taken by voicemail */
  gboolean hidden;    /* blocked from its first moment: clients are told nothing of it */
  int64_t since_us;   /* start of the state */
  int64_t began_us, answered_us;
} PlCallInfo;

/** The name in @client; NULL for NULL. Free with g_free(). */
char *pl_call_client_name (const char *client);

/** Where the modem's voice goes. */
typedef enum {
  PL_CALL_VOICE_OFF,
  PL_CALL_VOICE_CLIENT,
  PL_CALL_VOICE_MAIL,
} PlCallVoice;

typedef struct {
  void (*answer) (guint modem_call, gpointer user_data);
  void (*hang_up) (guint modem_call, gpointer user_data);
  /** Take the call that waits or is held; the active one goes on hold. */
  void (*swap) (guint modem_call, gpointer user_data);
  void (*reject_waiting) (guint modem_call, gpointer user_data);
  /** A call came, changed, or ended (PL_CALL_ENDED, once, last). */
  void (*changed) (const PlCallInfo *call, gpointer user_data);
  /** @call NULL with PL_CALL_VOICE_OFF. Only on changes. */
  void (*voice) (PlCallVoice to, const PlCallInfo *call, gpointer user_data);
} PlCallTableOps;

/** What the modem says of one of its calls. */
typedef struct {
  guint modem_call;
  gboolean outgoing;
  PlCallState state; /* DIALING to WAITING, ACTIVE, HELD, ENDED */
  PlCallEnd end;
  const char *number, *name;
  gboolean withheld;
  gboolean blocked; /* rings nowhere: it is rejected at once */
} PlCallFact;

PlCallTable *pl_call_table_new (const PlCallTableOps *ops, gpointer user_data);
void pl_call_table_free (PlCallTable *self);

/** After how long a ringing call goes to voicemail: see proto/voicemail.h. */
void pl_call_table_set_patience (PlCallTable *self, int64_t patience_us);

void pl_call_table_modem_reported (PlCallTable *self, const PlCallFact *fact, int64_t now_us);
/** The modem refused to answer or to swap: the call rings on, or goes on. */
void pl_call_table_modem_refused (PlCallTable *self, guint modem_call, int64_t now_us);

/** @id: the client's uuid; the modem call is told later by pl_call_table_dialed(). The same id
 * again is the same call (TRUE). */
gboolean pl_call_table_dial (PlCallTable *self, const char *id, const char *number,
                             const char *client, int64_t now_us, GError **error);
/** TRUE where a call of this id is there, or one was made not long ago. */
gboolean pl_call_table_knows (PlCallTable *self, const char *id);
void pl_call_table_dialed (PlCallTable *self, const char *id, guint modem_call, int64_t now_us);
void pl_call_table_dial_failed (PlCallTable *self, const char *id, PlCallEnd end,
                                int64_t now_us);

/** Wins a ringing or waiting call, takes one over from voicemail, or one whose client is lost.
 * Twice by the winner is once. */
gboolean pl_call_table_answer (PlCallTable *self, const char *id, const char *client,
                               int64_t now_us, GError **error);
/** Moves an active call from another of the owner's clients to this one. */
gboolean pl_call_table_pick_up (PlCallTable *self, const char *id, const char *client,
                                int64_t now_us, GError **error);
/** Ends a ringing call for all. */
gboolean pl_call_table_reject (PlCallTable *self, const char *id, const char *client,
                               int64_t now_us, GError **error);
/** By the client that has it; a ringing one, or one in voicemail, by any. */
gboolean pl_call_table_hang_up (PlCallTable *self, const char *id, const char *client,
                                int64_t now_us, GError **error);
/** Hold it, or take it up again. */
gboolean pl_call_table_hold (PlCallTable *self, const char *id, const char *client,
                             int64_t now_us, GError **error);
/** The modem call for DTMF and such; 0: refused. */
guint pl_call_table_find_active (PlCallTable *self, const char *id, const char *client,
                                 GError **error);

void pl_call_table_client_lost (PlCallTable *self, const char *client, int64_t now_us);
void pl_call_table_client_back (PlCallTable *self, const char *client, int64_t now_us);
/** Voicemail has heard enough: the call is hung up. */
void pl_call_table_voicemail_done (PlCallTable *self, const char *id, int64_t now_us);

/** Calls that are not over, oldest first; not those that are hidden. */
void pl_call_table_foreach (PlCallTable *self, GFunc func, gpointer user_data);

int64_t pl_call_table_get_deadline (const PlCallTable *self);
void pl_call_table_expire (PlCallTable *self, int64_t now_us);

extern const PlMachine pl_call_machine;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlCallTable, pl_call_table_free)
