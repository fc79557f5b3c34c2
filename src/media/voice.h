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
  uint32_t ssrc; /* ours; 0: random */
} PlVoiceConfig;

/** What is on our side of the RTP. */
typedef struct _PlAudioPort PlAudioPort;

/** The modem's PCM: its clock is the master, one 20 ms block read releases one written. @fd:
 * raw s16le mono at @rate (8000 or 16000), owned by the port from here on. */
PlAudioPort *pl_audio_port_new_pcm (int fd, guint rate, GError **error);
/** "alsa:NAME": a sound card as the modem's PCM (UAC). */
PlAudioPort *pl_audio_port_new_alsa (const char *name, guint rate, GError **error);
/** Microphone and loudspeaker (autoaudiosrc, webrtcdsp, autoaudiosink). */
PlAudioPort *pl_audio_port_new_desktop (GError **error);
/** Files, "-" or pipes: @play NULL sends silence, @record NULL drops. WAV, or raw s16le at 48
 * kHz mono where the name ends in .raw or is "-". */
PlAudioPort *pl_audio_port_new_files (const char *play, const char *record, GError **error);
void pl_audio_port_free (PlAudioPort *self);

PlVoice *pl_voice_new (const PlVoiceConfig *config, const PlVoiceOps *ops, gpointer user_data,
                       GError **error);
void pl_voice_free (PlVoice *self);

/** One received SRTP or SRTCP packet. */
void pl_voice_feed (PlVoice *self, const uint8_t *data, size_t len);

/** Joins the voice with a port (borrowed, one voice at a time); NULL parts them: then silence
 * is neither sent nor made. */
void pl_voice_set_port (PlVoice *self, PlAudioPort *port);
void pl_voice_set_muted (PlVoice *self, gboolean muted);

typedef struct {
  guint64 packets_sent, packets_received, packets_lost;
  double jitter_ms, delay_ms; /* of our jitter buffer and ring */
  double level_in_db, level_out_db;
} PlVoiceStats;
void pl_voice_get_stats (PlVoice *self, PlVoiceStats *stats);
