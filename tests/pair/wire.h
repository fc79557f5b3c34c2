/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * Wire: one direction of an in-memory link on the real clock, with seeded delay, loss,
 * reordering and duplication.
 *
 * Delivery runs from the main context that was the thread's default at wire_new().
 */
typedef struct _Wire Wire;

typedef void (*WireDeliver) (const uint8_t *data, size_t len, gpointer user_data);
/** FALSE drops the datagram; @index counts them from 0. */
typedef gboolean (*WireFilter) (guint index, const uint8_t *data, size_t len,
                                gpointer user_data);

typedef struct {
  guint32 seed;
  guint delay_us;
  guint loss_permille;
  guint reorder_permille; /* delayed by twice delay_us and a millisecond more */
  guint duplicate_permille;
  guint64 bits_per_s; /* 0: not limited */
  guint queue_bytes;  /* of the bottleneck; 0: not limited */
} WireConfig;

Wire *wire_new (const WireConfig *config, WireDeliver deliver, gpointer user_data);
void wire_free (Wire *self);
void wire_send (Wire *self, const uint8_t *data, size_t len);
void wire_set_filter (Wire *self, WireFilter filter, gpointer user_data);
/** Cut: what is sent from now on and what is under way is lost. */
void wire_cut (Wire *self);
guint wire_get_n_sent (Wire *self);
/** Bytes that wait in front of the bottleneck now. */
guint64 wire_get_queued (Wire *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wire, wire_free)
