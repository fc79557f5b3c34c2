/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/call-table.h"

/* One call and its machine, for the table. */
enum {
  PL_CALL_EV_ALERTING = 1, /* the modem: */
  PL_CALL_EV_ACTIVE,
  PL_CALL_EV_HELD,
  PL_CALL_EV_RINGS, /* one that waited is the only one now */
  PL_CALL_EV_ENDED,
  PL_CALL_EV_REFUSED,
  PL_CALL_EV_ANSWER, /* clients: */
  PL_CALL_EV_END,
  PL_CALL_EV_CLIENT_LOST,
  PL_CALL_EV_CLIENT_BACK,
  PL_CALL_EV_PATIENCE, /* the deadline of the state */
  PL_CALL_EV_RECORDED,
  PL_CALL_N_EVENTS
};

typedef struct {
  PlCallTable *table;
  guint state;
  char *id;
  guint modem_call; /* 0: the modem has not told it yet */
  gboolean outgoing, withheld, answered, voicemail, hidden;
  gboolean client_gone; /* its client is away at the moment */
  gboolean news;        /* its observers have not been told yet */
  PlCallEnd end;
  char *number, *name, *client;
  int64_t since, began, answered_at;
  int64_t deadline;
} PlCall;

struct _PlCallTable {
  const PlCallTableOps *ops;
  gpointer user_data;
  GPtrArray *calls; /* of PlCall, oldest first */
  int64_t patience;
  int64_t now; /* of the call that is being worked off */
  GQueue past; /* ids of the last calls made, so that a repeated request does not dial again */
  gboolean settling;
  PlCallVoice voice;
  char *voice_call, *voice_client;
};

void pl_call_free (PlCall *self);
PlCallInfo pl_call_describe (const PlCall *self);
/** NULL: nobody has it. */
void pl_call_set_client (PlCall *self, const char *client);
void pl_call_step (PlCall *self, guint event);
/** Gives a call that begins to ring its patience. */
void pl_call_ring (PlCall *self);
