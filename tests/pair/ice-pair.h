/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/ice.h"

/** Two PlIce in one process and one context of their own, with the descriptions handed over by
 * hand: the fixture of the tests of ICE. */

typedef struct _IcePair IcePair;

typedef struct {
  IcePair *pair;
  guint index;
  GMainContext *context;
  PlIce *ice;
  GPtrArray *lines;  /* local candidates */
  gboolean complete; /* they are all there */
  guint n_selected;
  PlPath path;
  gboolean connected;
  gboolean writable;
  GError *failure;
  GString *received; /* what came, datagrams ended by newline */
  guint n_received;
  gboolean free_when_selected;
} IceEnd;

struct _IcePair {
  GMainContext *context;
  GSource *pump;   /* runs the second end's context inside the first's, where it has one */
  gboolean asleep; /* ... unless that end is to be silent */
  IceEnd ends[2];
  gboolean trickle; /* hand candidates over as they come */
  const char *only; /* hand over only lines that contain this */
  gboolean done;    /* for ice_pair_run() */
  gboolean (*finished) (IcePair *pair);
};

/** @configs: one for each end; the first one controls. */
IcePair *ice_pair_new (const PlIceConfig *first, const PlIceConfig *second);
void ice_pair_free (IcePair *pair);

/** The same, and pair->asleep stops the second end. */
IcePair *ice_pair_new_apart (const PlIceConfig *first, const PlIceConfig *second);

/** Exchanges credentials, and gathers at both ends. */
void ice_pair_start (IcePair *pair);

/** Runs until @finished says so. */
void ice_pair_run (IcePair *pair, gboolean (*finished) (IcePair *pair), guint timeout_ms);

void ice_end_send (IceEnd *end, const char *text);

gboolean ice_pair_is_connected (IcePair *pair);
gboolean ice_pair_is_heard (IcePair *pair);   /* each end received something */
gboolean ice_pair_has_failed (IcePair *pair); /* the first end */
