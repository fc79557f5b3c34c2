/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/session.h"
#include "stream/rpc.h"

/* PlBoxSession in files: session.c has the object, the channels and the rights;
 * session-calls.c, session-voicemail.c and session-texts.c what can be asked for on `control`
 * and `sms`. */

struct _PlBoxSession {
  const PlBox *box;
  const PlAuthorized *who;
  PlPeer *peer;
  char *key; /* of the calls that it has */
  const PlBoxSessionOps *ops;
  gpointer user_data;
  PlRpc *control; /* NULL: not open */
  PlRpc *sms;
  gboolean greeted;  /* it said hello: it is told of status and calls */
  gboolean watching; /* it is told of texts */
  GCancellable *cancellable;
  guint n_started; /* requests that the modem has not answered */
  PlPeerVoice *voice;
  GPtrArray *mails;                /* sounds on their way to the client */
  struct _PlBoxGreeting *bringing; /* a greeting that the client brings; NULL: none */
};

/** One method. @run gives the result, floating, or an error; where it needs the modem first it
 * is @start that answers later by pl_box_session_answer(). */
typedef struct {
  const char *name;
  PlRights needs; /* any of these; 0: nothing */
  gboolean reads; /* changes nothing: allowed to read-only clients */
  GVariant *(*run) (PlBoxSession *self, GVariant *params, GError **error);
  void (*start) (PlBoxSession *self, GVariant *params, GTask *task);
} PlBoxMethod;

/** Takes the name of the program from `hello`; FALSE: G_IO_ERROR_INVALID_ARGUMENT. */
gboolean pl_box_session_greet (PlBoxSession *self, const char *program, GError **error);

/** NULL-terminated by name. */
extern const PlBoxMethod pl_box_control_methods[];
extern const PlBoxMethod pl_box_sms_methods[];

/** A member of @params: FALSE and G_IO_ERROR_INVALID_ARGUMENT where it is missing or of
 * another type. @value: const char **, gboolean *, gint64 *. */
gboolean pl_box_session_get (GVariant *params, const char *key, const char *type,
                             gpointer value, GError **error);

/** Of session-lists.c: blocked numbers, clients, the log of calls. */
GVariant *pl_box_session_list_blocked (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_block (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_unblock (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_list_clients (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_remove_client (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_list_calls (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_delete_calls (PlBoxSession *self, GVariant *params, GError **error);
void pl_box_session_on_log_deleted (PlCalls *calls, gint64 seq, PlBoxSession *self);
void pl_box_session_on_blocked (PlCalls *calls, PlBoxSession *self);

/** Of session-contacts.c. */
GVariant *pl_box_session_list_contacts (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_import_contacts (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_import_vcards (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_prune_contacts (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_delete_contact (PlBoxSession *self, GVariant *params, GError **error);

/** Of session-push.c. */
GVariant *pl_box_session_set_push (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_clear_push (PlBoxSession *self, GVariant *params, GError **error);

/** Of session-voicemail.c. */
GVariant *pl_box_session_list_voicemails (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_get_voicemail (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_delete_voicemail (PlBoxSession *self, GVariant *params,
                                           GError **error);
GVariant *pl_box_session_mark_voicemail (PlBoxSession *self, GVariant *params, GError **error);
void pl_box_session_on_voicemail (PlMailbox *mailbox, gint64 id, PlBoxSession *self);
void pl_box_session_free_mail (gpointer mail);

/** Opens a channel of this label and sends @input through it. PL_RULES_ERROR_LIMIT: too many
 * are on their way. */
gboolean pl_box_session_send_sound (PlBoxSession *self, const char *label, GInputStream *input,
                                    GError **error);

/** Of session-greeting.c. */
void pl_box_session_get_greeting (PlBoxSession *self, GVariant *params, GTask *task);
GVariant *pl_box_session_set_greeting (PlBoxSession *self, GVariant *params, GError **error);
GVariant *pl_box_session_reset_greeting (PlBoxSession *self, GVariant *params, GError **error);
/** FALSE: none is expected. */
gboolean pl_box_session_take_greeting (PlBoxSession *self, PlChannel *channel);
void pl_box_session_drop_greeting (PlBoxSession *self);
void pl_box_session_on_greeting (PlOwnGreeting *greeting, const char *problem,
                                 PlBoxSession *self);

/** Of session-texts.c. */
void pl_box_session_on_text (PlTexts *texts, const PlText *text, PlBoxSession *self);
void pl_box_session_on_read (PlTexts *texts, const char *number, gint64 seq,
                             PlBoxSession *self);
void pl_box_session_on_deleted (PlTexts *texts, const char *number, gint64 seq, GArray *seqs,
                                PlBoxSession *self);

/** `limit` of @params, at most @most. */
guint pl_box_session_get_limit (GVariant *params, guint most);

/** Whether it has one of these rights, or may only look. */
gboolean pl_box_session_may_see (const PlBoxSession *self, PlRights rights);

/** {}. */
GVariant *pl_box_session_nothing (void);
