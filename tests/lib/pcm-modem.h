/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/lib/sound.h"

/** The PCM side of a modem: a thread whose clock may run fast or slow. Each 20 ms of its time
 * it gives a block and takes one; where none is there it hears silence.
 *
 * On a pty, each block waits for a worker of the kernel, which a busy machine keeps waiting for
 * long; what is measured, and not how a terminal behaves, is better done on a socket. */
typedef struct _PcmModem PcmModem;

/** Gives @n samples of @samples (borrowed), and silence after them. */
PcmModem *pcm_modem_new (guint rate, double ppm, const int16_t *samples, gsize n);
PcmModem *pcm_modem_new_on_socket (guint rate, double ppm, const int16_t *samples, gsize n);

/** The host's end; the caller's from here on. */
int pcm_modem_steal_fd (PcmModem *self);

/** Blocks are given in pieces of an odd number of bytes. */
void pcm_modem_set_odd (PcmModem *self);
/** Takes nothing for the next @n blocks. */
void pcm_modem_set_deaf (PcmModem *self, guint n);

/** Gives @n blocks at a time, each @n blocks; before the start. */
void pcm_modem_set_lumps (PcmModem *self, guint n);
/** Gives nothing any more. */
void pcm_modem_set_stalled (PcmModem *self);

void pcm_modem_start (PcmModem *self);
/** Ends the thread and closes our end, which the host sees. */
void pcm_modem_stop (PcmModem *self);
void pcm_modem_free (PcmModem *self);

/** After the stop: what was given, and what was heard. */
void pcm_modem_get_given (PcmModem *self, PlSoundTrack *track);
void pcm_modem_get_heard (PcmModem *self, PlSoundTrack *track);
/** Blocks of silence since the first that was heard. */
guint pcm_modem_get_n_missed (PcmModem *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PcmModem, pcm_modem_free)
