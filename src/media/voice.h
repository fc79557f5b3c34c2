/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/codec.h"

#include <gio/gio.h>
#include <stdint.h>

/**
 * PlVoice: the sound of one connection as RTP: Opus 20 ms with in-band FEC, or G.711, protected
 * by SRTP with keys from DTLS (RFC 5764), between the network and an audio port.
 *
 * GStreamer's streaming threads touch nothing of ours: packets go out through one bounded queue
 * and a source in the context that was the thread's default at construction (STYLE 2.4).
 */
typedef struct _PlVoice PlVoice;

typedef struct {
  /** One SRTP or SRTCP packet for the wire, borrowed. */
  void (*packet) (const uint8_t *data, size_t len, gpointer user_data);
  /** The sound device or a pipeline failed: the voice is dead, the connection is not. */
  void (*failed) (const GError *reason, gpointer user_data);
} PlVoiceOps;

typedef struct {
  PlCodec codec;
  guint8 payload_type;
  const char *srtp_profile; /* OpenSSL's name of it */
  const uint8_t
      *send_key; /* master key and salt, as the profile wants; borrowed for the call */
  const uint8_t *receive_key;
  size_t key_len;
  uint32_t ssrc;     /* ours; 0: random */
  const char *cname; /* ours, as the description says; NULL: a common one */
} PlVoiceConfig;

/** What is on our side of the RTP: made in the context where its ops run, joined with a voice
 * or with another port. */
typedef struct _PlAudioPort PlAudioPort;

typedef struct {
  /** What was to be played is at its end; silence follows. */
  void (*ended) (gpointer user_data);
  /** The device is gone, or gives nothing any more; a voice that is joined is told before. The
   * port may be freed here. */
  void (*failed) (const GError *reason, gpointer user_data);
} PlAudioPortOps;

/** The modem's PCM: its clock is the master, one 20 ms block read releases one written. @fd:
 * raw s16le mono at @rate (8000 or 16000), owned by the port from here on, also on failure.
 * Silence is written while nothing is joined, as the modem's uplink needs. */
PlAudioPort *pl_audio_port_new_pcm (int fd, guint rate, GError **error);
/** A sound card as the modem's PCM (UAC); @name as ALSA has it, "hw:1". */
PlAudioPort *pl_audio_port_new_alsa (const char *name, guint rate, GError **error);
/** Microphone and loudspeaker (autoaudiosrc, webrtcdsp, autoaudiosink), open while joined. */
PlAudioPort *pl_audio_port_new_desktop (GError **error);
/** Files, "-" or pipes, in real time while joined: @play NULL gives silence, @record NULL
 * drops. Played: raw s16le mono at 48 kHz where the name ends in .raw or is "-", else whatever
 * GStreamer recognises. Recorded: the same raw form, Opus in Ogg where the name ends in .ogg or
 * .opus, else WAV. @rate is that of the other side: 48000 for a voice, the port's for a port.
 */
PlAudioPort *pl_audio_port_new_files (const char *play, const char *record, guint rate,
                                      GError **error);
/** Parts it, and finishes what is recorded. Not while a voice has it. */
void pl_audio_port_free (PlAudioPort *self);
/** @ops are borrowed; NULL: nobody is told. */
void pl_audio_port_set_ops (PlAudioPort *self, const PlAudioPortOps *ops, gpointer user_data);

/** Joins two ports of the same rate without a voice: a greeting with the modem. */
void pl_audio_port_join (PlAudioPort *a, PlAudioPort *b);
/** Ends that, from either side. */
void pl_audio_port_part (PlAudioPort *self);

/** In Hz. */
guint pl_audio_port_get_rate (const PlAudioPort *self);

/** What levels are where nothing is heard: below one step of 16 bits. */
#define PL_SILENCE_DB (-96.0)

typedef struct {
  guint64 n_captured; /* blocks that came from the device */
  double delay_ms;    /* of what waits for the device */
  guint64 n_dropouts; /* times that nothing waited */
  guint64 n_blocked;  /* blocks that the device did not take */
  double level_in_db; /* of the last block from the device, 0: full scale */
  double level_out_db;
} PlAudioPortStats;
/** Of now, from any thread. */
void pl_audio_port_get_stats (PlAudioPort *self, PlAudioPortStats *stats);

/** One for the life of a connection, however many calls there are: SRTP must not begin anew
 * with the same keys. */
PlVoice *pl_voice_new (const PlVoiceConfig *config, const PlVoiceOps *ops, gpointer user_data,
                       GError **error);
/** Parts it from its port; no op is called any more. */
void pl_voice_free (PlVoice *self);

/** One received SRTP or SRTCP packet. */
void pl_voice_feed (PlVoice *self, const uint8_t *data, size_t len);

/** Joins the voice with a port (borrowed, one voice at a time); NULL parts them: then silence
 * is neither sent nor made. */
void pl_voice_set_port (PlVoice *self, PlAudioPort *port);
/** Silence is sent in the place of what the port gives. */
void pl_voice_set_muted (PlVoice *self, gboolean muted);

typedef struct {
  guint64 packets_sent, packets_received, packets_lost;
  guint remote_loss_percent;  /* that the encoder is prepared for */
  double jitter_ms, delay_ms; /* of our jitter buffer and ring */
  double level_in_db, level_out_db;
} PlVoiceStats;
/** Since construction; levels and delays of now. */
void pl_voice_get_stats (PlVoice *self, PlVoiceStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlVoice, pl_voice_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAudioPort, pl_audio_port_free)
