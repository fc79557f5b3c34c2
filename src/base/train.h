/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#define PL_TRAIN_MAX 48 /* datagrams; longer trains make the two ends take turns */

/**
 * PlTrain: datagrams that leave together, in order, one behind the other in one buffer.
 *
 * The seam between dtls and ice: a sender may hand a train to the kernel in one call where the
 * path allows it, or walk it.
 */
typedef struct {
  GByteArray *bytes;
  uint16_t lens[PL_TRAIN_MAX];
  guint n;
} PlTrain;

void pl_train_init (PlTrain *self);
void pl_train_clear (PlTrain *self);

/** Empties the train and keeps its memory. */
void pl_train_reset (PlTrain *self);

/** Appends one datagram; FALSE when the train is full (nothing is appended then). */
gboolean pl_train_append (PlTrain *self, const uint8_t *data, size_t len);

/** Removes the first @n datagrams (all, where there are fewer). */
void pl_train_drop_first (PlTrain *self, guint n);
