/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "media/pcm-ring.h"
#include "media/voice.h"

/* What a voice, or another port, and the kinds of ports know of each other.
 *
 * A port has a thread of its device, never ours. In it, the device's blocks go to whoever is
 * joined with the port, and blocks for the device come out of the ring. Whoever parts holds
 * peer_mutex, so nothing is called afterwards; under it the other's mutex may be taken, under
 * mutex none. */

typedef struct {
  /** One block of the port's sound, in the thread of the device. Must not block nor call the
   * port. */
  void (*captured) (const int16_t *samples, gsize n, gpointer user_data);
  /** The device is gone, in the context of the port's construction. */
  void (*failed) (const GError *reason, gpointer user_data);
} PlAudioPeer;

typedef struct {
  /** Somebody joined, or nobody is any more. */
  void (*set_running) (PlAudioPort *self, gboolean running);
  void (*free) (PlAudioPort *self);
} PlAudioPortClass;

struct _PlAudioPort {
  const PlAudioPortClass *klass;
  guint rate;
  GSource *events; /* ended and failed, carried into our context */
  const PlAudioPortOps *ops;
  gpointer ops_data;

  GMutex peer_mutex;
  const PlAudioPeer *peer;
  gpointer peer_data;

  GMutex mutex; /* of what follows */
  PlPcmRing *ring;
  gboolean joined;
  double level_in_db, level_out_db;
  guint64 n_captured, n_blocked;
  gboolean ended;
  GError *failure;
};

/** For the kinds of ports: the part they share. */
void pl_audio_port_init (PlAudioPort *self, const PlAudioPortClass *klass, guint rate);
/** When nothing of the device runs any more. */
void pl_audio_port_clear (PlAudioPort *self);

/** From the device's thread: a block came from the device. */
void pl_audio_port_captured (PlAudioPort *self, const int16_t *samples, gsize n);
/** From the device's thread: the next block for the device. */
void pl_audio_port_next_block (PlAudioPort *self, int16_t *samples, gsize n);
/** From the device's thread: @failure is taken. */
void pl_audio_port_report_failure (PlAudioPort *self, GError *failure);
/** From the device's thread: what was to be played is at its end. */
void pl_audio_port_report_end (PlAudioPort *self);

/** For a voice: joins; @peer NULL parts. */
void pl_audio_port_set_peer (PlAudioPort *self, const PlAudioPeer *peer, gpointer user_data);
/** For a voice, from any thread: sound for the device. */
void pl_audio_port_play (PlAudioPort *self, const int16_t *samples, gsize n);
