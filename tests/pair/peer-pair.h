/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/peer-private.h"

/* Two peers of one process over 127.0.0.1. Signaling is a queue: what one says reaches the
 * other in a later turn of the loop, as over a network. */

typedef struct _PlPair PlPair;

typedef struct {
  PlPair *pair;
  PlPeer *peer;
  guint n_closed;
  GError *reason;
  guint n_paths;
  guint n_channels;
  PlChannel *channel; /* the last that the remote opened */
  GPtrArray *owned;   /* all of them */
  GPtrArray *got;     /* of GBytes: messages on channels that the remote opened */
  size_t got_bytes;
  gboolean deaf; /* connects no message handler */
  gboolean echo;
  guint close_in; /* close, or drop, when this state is reached */
  gboolean drop;
} PlPairEnd;

struct _PlPair {
  GMainContext *context;
  PlPairEnd a, b;
  GQueue signals;
  guint n_delivered;
  guint drop_b_after; /* this many deliveries; 0: never */
};

/** Both are made and wired, none has started. The context is the thread's default until freed.
 */
PlPair *pl_pair_new (void);
PlPair *pl_pair_new_with_audio (gboolean a, gboolean b);
/** @a has offered and both are open. */
PlPair *pl_pair_new_open (void);
/** Asserts that nothing else holds the peers. */
void pl_pair_free (PlPair *pair);

gboolean pl_pair_is_open (const PlPairEnd *end);

/** Lets go of the peer, as a program that ends. */
void pl_pair_drop (PlPairEnd *end);

PlChannel *pl_pair_open_channel (PlPairEnd *end, const char *label);
void pl_pair_send (PlChannel *channel, const char *text);
void pl_pair_send_size (PlChannel *channel, size_t size, guint8 fill);

/* Handlers. */
void pl_pair_on_message (PlChannel *channel, GBytes *message, gboolean is_text, PlPairEnd *end);
void pl_pair_on_state (PlPeer *peer, guint state, PlPairEnd *end);
void pl_pair_count (guint *n);

gboolean pl_pair_on_late (gpointer user_data);

/** Runs the loop until @condition, at most 20 s. */
#define pl_pair_run_until(pair, condition)                                                     \
  G_STMT_START                                                                                 \
  {                                                                                            \
    gboolean late_ = FALSE;                                                                    \
    GSource *source_ = g_timeout_source_new_seconds (20);                                      \
    g_source_set_callback (source_, pl_pair_on_late, &late_, NULL);                            \
    g_source_attach (source_, (pair)->context);                                                \
    while (!(condition) && !late_)                                                             \
      g_main_context_iteration ((pair)->context, TRUE);                                        \
    g_source_destroy (source_);                                                                \
    g_source_unref (source_);                                                                  \
    g_assert_true (condition);                                                                 \
  }                                                                                            \
  G_STMT_END
