/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/outbox.h"
#include "proto/sms.h"

#include <glib.h>
#include <stdint.h>

/**
 * PlStore: what the box must not forget, in one SQLite file.
 *
 * Every change is on the disk (synchronous=FULL) when its function returns TRUE: a text is
 * deleted from the modem, and a client is told that it is accepted, on the strength of that. It
 * costs some milliseconds of the main thread for each text, at the rate that a radio has texts.
 *
 * A store always exists: with a full disk or a broken file its functions fail with
 * PL_STORE_ERROR, pl_store_get_problem() has a sentence for the owner, and the rest of the box
 * runs on; texts then wait in the modem. Times are Unix time in microseconds.
 */
typedef struct _PlStore PlStore;

#define PL_STORE_ERROR (pl_store_error_quark ())
GQuark pl_store_error_quark (void);

typedef enum {
  PL_STORE_ERROR_FAILED,
  PL_STORE_ERROR_FULL,    /* no space: tried again later */
  PL_STORE_ERROR_CORRUPT, /* the file is broken or from a later version: the owner has to look
                           */
} PlStoreError;

PlStore *pl_store_open (const char *path);
/** Where numbers without a country are at home ("49"), for names; NULL: not known. */
void pl_store_set_country (PlStore *self, const char *country);
const char *pl_store_get_country (const PlStore *self);
/** How large its file may become, in MiB; 0: as large as the disk lets it. A store that is full
 * fails with PL_STORE_ERROR_FULL, and works again when something was deleted. */
void pl_store_set_max_size (PlStore *self, guint mebibytes);
void pl_store_close (PlStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlStore, pl_store_close)

/** NULL when all is well. */
const char *pl_store_get_problem (const PlStore *self);

typedef enum {
  PL_TEXT_RECEIVED = 1,
  PL_TEXT_QUEUED,      /* here only */
  PL_TEXT_HANDED_OVER, /* the modem has it, or a part of it */
  PL_TEXT_SENT,        /* the network has all of it */
  PL_TEXT_DELIVERED,
  PL_TEXT_FAILED,
  PL_TEXT_DELETED, /* it was here: of those that pl_store_list_changes() lists */
} PlTextState;

typedef struct {
  int64_t row;
  int64_t seq; /* one sequence of all texts; a text gets a new number when it changes */
  char *id;    /* outgoing: the client's uuid; incoming: made here */
  gboolean outgoing;
  char *number;
  char *name; /* from the contacts, or NULL */
  char *text; /* parts that are missing show as "[...]" */
  PlTextState state;
  char *reason; /* why it failed, or still waits; NULL */
  int64_t time_us;
  guint parts, missing;
  gboolean flash;
  gboolean read; /* outgoing ones are */
} PlText;
void pl_text_free (PlText *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlText, pl_text_free)

/** "received", "queued", "handed-over", "sent", "delivered", "failed", "deleted". */
const char *pl_text_state_name (PlTextState state);

/** All functions that return a GPtrArray: of what their name says, freed with it; NULL on
 * error. */

/** Of those with a sequence number above @after_seq the first @limit, in that order; with
 * @before_seq instead (not 0) the last @limit below it. */
typedef struct {
  int64_t after_seq, before_seq;
  const char *number;     /* with or without its country, "": of none; NULL: of all */
  const char *containing; /* whatever the case; NULL: anything */
  guint limit;
} PlTextQuery;
GPtrArray *pl_store_list_texts (PlStore *self, const PlTextQuery *query, GError **error);
/** As with @after_seq, and with the deletions of which clients have to know: `seq`, `id` and
 * PL_TEXT_DELETED. The last PL_MAX_DELETIONS are kept. */
GPtrArray *pl_store_list_changes (PlStore *self, int64_t after_seq, guint limit,
                                  GError **error);
PlText *pl_store_get_text (PlStore *self, int64_t row, GError **error);
/** NULL without an error: no such text. */
PlText *pl_store_find_text (PlStore *self, const char *id, GError **error);
/** Whether there was one, as far back as deletions are kept; FALSE with an error. */
gboolean pl_store_was_deleted (PlStore *self, const char *id, GError **error);
gboolean pl_store_get_last_seq (PlStore *self, int64_t *seq, GError **error);

/** All texts with one number, however it is written. */
typedef struct {
  char *number; /* as the last text has it; "": none */
  char *name;
  guint unread;
  int64_t last_row;
  PlText *last; /* that came or was written, whatever else has changed since */
} PlThread;
void pl_thread_free (PlThread *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlThread, pl_thread_free)
/** Newest first, the first @limit of those whose last text is before @before_row, which the
 * last one listed has as last_row; 0: from the start. */
GPtrArray *pl_store_list_threads (PlStore *self, int64_t before_row, guint limit,
                                  GError **error);
gboolean pl_store_count_unread (PlStore *self, guint *n, GError **error);
/** All of @number ("": without one) up to @seq are read; @n that were not. */
gboolean pl_store_mark_read (PlStore *self, const char *number, int64_t seq, guint *n,
                             GError **error);
/** Rows (int64_t) of the texts of @number ("": without one) up to @seq, or (@number NULL) of
 * the one that is @seq. G_IO_ERROR_BUSY: one of them is not sent yet. */
GArray *pl_store_find_rows (PlStore *self, const char *number, int64_t seq, GError **error);
/** Deletes these texts. */
gboolean pl_store_delete_texts (PlStore *self, GArray *rows, GError **error);

/** Changes between begin and commit are one; an error in between has undone them. */
gboolean pl_store_begin (PlStore *self, GError **error);
gboolean pl_store_commit (PlStore *self, GError **error);
void pl_store_roll_back (PlStore *self);

/** Incoming: one sweep of the modem's stores is one change, from begin to end.
 *
 * Two texts may be the same to the bit, and a text that is here may be listed again, because
 * the box was killed before it deleted it, or the modem did not do it. So the store keeps count
 * of the copies of each PDU that the modem may still hold. */
gboolean pl_store_begin_sweep (PlStore *self, GError **error);
/** Keeps one listed part, unless it is here. @row: the text that it made or completed and that
 * is to be shown, 0: none. @waits: the text that still waits for parts, 0: none. */
gboolean pl_store_add_part (PlStore *self, const PlSmsPart *part, int64_t now_us, int64_t *row,
                            int64_t *waits, GError **error);
/** Commits. @complete: the modem holds nothing that was not listed. */
gboolean pl_store_end_sweep (PlStore *self, gboolean complete, GError **error);
/** By this a part is known when it is listed again. */
GBytes *pl_store_make_key (const PlSmsPart *part);
/** The modem has deleted one copy. */
gboolean pl_store_part_deleted (PlStore *self, GBytes *key, GError **error);
/** Rows (int64_t) of texts with missing parts that are not shown yet. */
GArray *pl_store_list_waiting (PlStore *self, GError **error);
/** Shows such a text with its gaps; not @shown where it is complete by now. */
gboolean pl_store_show_gaps (PlStore *self, int64_t row, gboolean *shown, GError **error);

/** Outgoing. @id is new, @n_parts at least 1. */
PlText *pl_store_add_outgoing (PlStore *self, const char *id, const char *number,
                               const char *text, guint n_parts, int64_t now_us, GError **error);
/** One part and what follows for its text, which gets a new sequence number where its state
 * changed (@changed). */
gboolean pl_store_save_out_part (PlStore *self, const PlOutPart *part, gboolean *changed,
                                 GError **error);
typedef void (*PlStorePartFunc) (const PlOutPart *part, gpointer user_data);
/** Parts that the outbox still has to do with: not failed, and sent within the last days. */
gboolean pl_store_foreach_out_part (PlStore *self, int64_t sent_after_us, PlStorePartFunc func,
                                    gpointer user_data, GError **error);

/** The log of calls. */
typedef struct {
  int64_t seq;
  char *id;
  gboolean outgoing;
  char *number, *name;
  gboolean withheld;
  char *client; /* who talked; NULL: nobody */
  char *reason; /* "answered", "missed", "rejected", "busy", ... */
  gboolean voicemail;
  int64_t began_us, answered_us, ended_us; /* answered_us 0: never */
} PlCallRecord;
void pl_call_record_free (PlCallRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlCallRecord, pl_call_record_free)
gboolean pl_store_add_call (PlStore *self, const PlCallRecord *record, GError **error);
/** How many came in after @after_seq that nobody answered, and the number of the last of all
 * calls (0: there was none), deleted or not. */
gboolean pl_store_count_missed (PlStore *self, int64_t after_seq, guint *missed,
                                int64_t *last_seq, GError **error);
/** 0: all of them; their numbers are not used again. */
gboolean pl_store_delete_calls (PlStore *self, int64_t seq, guint *n, GError **error);
/** The last @limit below @before_seq (0: of all), newest first. */
GPtrArray *pl_store_list_calls (PlStore *self, int64_t before_seq, guint limit, GError **error);

typedef struct {
  int64_t id;
  char *file; /* name in the voicemail folder */
  char *number, *name;
  int64_t time_us, duration_us;
  gboolean heard;
} PlVoicemail;
void pl_voicemail_free (PlVoicemail *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlVoicemail, pl_voicemail_free)
gboolean pl_store_add_voicemail (PlStore *self, const PlVoicemail *mail, int64_t *id,
                                 GError **error);
/** Newest first. */
GPtrArray *pl_store_list_voicemails (PlStore *self, GError **error);
/** NULL without an error: no such voicemail. */
PlVoicemail *pl_store_get_voicemail (PlStore *self, int64_t id, GError **error);
gboolean pl_store_set_heard (PlStore *self, int64_t id, gboolean heard, GError **error);
gboolean pl_store_delete_voicemail (PlStore *self, int64_t id, GError **error);
gboolean pl_store_count_unheard (PlStore *self, guint *n, GError **error);

/** Contacts: one name for each number. */
typedef struct {
  char *number, *name;
} PlContact;
void pl_contact_free (PlContact *self);
/** Many of them between begin and commit: one write to the disk. @import: the import that it
 * comes with, NULL: none. PL_RULES_ERROR: the number is none, or there are too many contacts;
 * G_IO_ERROR_INVALID_ARGUMENT: there is nothing to read in the name, or it is not UTF-8. */
gboolean pl_store_set_contact (PlStore *self, const PlContact *contact, const char *import,
                               GError **error);
/** Deletes all that @import did not bring. */
gboolean pl_store_prune_contacts (PlStore *self, const char *import, guint *n, GError **error);
gboolean pl_store_delete_contact (PlStore *self, const char *number, gboolean *found,
                                  GError **error);
/** By number, the first @limit above @after (NULL: from the start). */
GPtrArray *pl_store_list_contacts (PlStore *self, const char *after, guint limit,
                                   GError **error);
/** NULL where unknown. Free with g_free(). */
char *pl_store_find_name (PlStore *self, const char *number);

/** Numbers whose calls and texts nobody wants to hear of; the names that services send texts
 * under ("Vodafone"), too. PL_RULES_ERROR: it is neither, or there are too many. */
gboolean pl_store_block (PlStore *self, const char *number, GError **error);
gboolean pl_store_unblock (PlStore *self, const char *number, gboolean *found, GError **error);
/** Of char *, in order, the first @limit above @after (NULL: from the start). */
GPtrArray *pl_store_list_blocked (PlStore *self, const char *after, guint limit,
                                  GError **error);
/** NULL: FALSE. */
gboolean pl_store_is_blocked (PlStore *self, const char *number);

/** A browser of a client that wants to be woken. */
typedef struct {
  char *client;                   /* its identity */
  char *endpoint, *p256dh, *auth; /* as the W3C's Push API gives them */
  char *key;                      /* what it is told is sealed with this: base64 of 32 bytes */
} PlPushSubscription;
void pl_push_subscription_free (PlPushSubscription *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPushSubscription, pl_push_subscription_free)
/** In the place of another with the same endpoint, and of the client's oldest where it has more
 * than PL_MAX_PUSH_SUBSCRIPTIONS. */
gboolean pl_store_set_push (PlStore *self, const PlPushSubscription *subscription,
                            GError **error);
/** @endpoint NULL: all of @client. */
gboolean pl_store_clear_push (PlStore *self, const char *client, const char *endpoint,
                              GError **error);
/** Of all clients, oldest first. */
GPtrArray *pl_store_list_push (PlStore *self, GError **error);

/** Settings that clients change ("dnd"). NULL where never set. Free with g_free(). */
char *pl_store_get_setting (PlStore *self, const char *name);
/** @value NULL: as never set. */
gboolean pl_store_set_setting (PlStore *self, const char *name, const char *value,
                               GError **error);

/** Counters of one day ("2026-11-20"), for the daily limits. */
gboolean pl_store_get_count (PlStore *self, const char *name, const char *day, guint *n,
                             GError **error);
gboolean pl_store_count (PlStore *self, const char *name, const char *day, guint n,
                         GError **error);
