/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-voice"

#include "stream/peer-voice.h"

#include "base/error.h"

#include <string.h>

struct _PlPeerVoice {
  PlPeer *peer;
  const PlPeerVoiceOps *ops;
  gpointer user_data;
  PlVoice *voice; /* NULL: not wanted yet */
};

static void
on_packet (const uint8_t *data, size_t len, gpointer user_data)
{
  PlPeerVoice *self = user_data;
  pl_peer_send_rtp (self->peer, data, len);
}

static void
on_failed (const GError *reason, gpointer user_data)
{
  PlPeerVoice *self = user_data;
  self->ops->failed (reason, self->user_data);
}

static const PlVoiceOps voice_ops = { .packet = on_packet, .failed = on_failed };

static void
on_rtp (PlPeer *peer G_GNUC_UNUSED, const uint8_t *data, size_t len, gpointer user_data)
{
  PlPeerVoice *self = user_data;
  if (self->voice)
    pl_voice_feed (self->voice, data, len);
}

PlPeerVoice *
pl_peer_voice_new (PlPeer *peer, const PlPeerVoiceOps *ops, gpointer user_data)
{
  PlPeerVoice *self = g_new0 (PlPeerVoice, 1);

  self->peer = g_object_ref (peer);
  self->ops = ops;
  self->user_data = user_data;
  pl_peer_set_rtp_handler (peer, on_rtp, self);
  return self;
}

void
pl_peer_voice_free (PlPeerVoice *self)
{
  if (self == NULL)
    return;
  pl_peer_set_rtp_handler (self->peer, NULL, NULL);
  pl_voice_free (self->voice);
  g_object_unref (self->peer);
  g_free (self);
}

static PlVoice *
new_voice (PlPeerVoice *self, GError **error)
{
  PlPeerAudio audio;

  if (!pl_peer_get_audio (self->peer, &audio)) {
    g_set_error_literal (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED,
                         "the other side takes no audio");
    return NULL;
  }
  const PlVoiceConfig config = {
    .codec = audio.codec,
    .payload_type = audio.payload_type,
    .srtp_profile = audio.srtp_profile,
    .send_key = audio.send_key,
    .receive_key = audio.receive_key,
    .key_len = audio.key_len,
    .ssrc = audio.ssrc,
    .cname = audio.cname,
  };
  PlVoice *voice = pl_voice_new (&config, &voice_ops, self, error);
  explicit_bzero (&audio, sizeof audio);
  return voice;
}

gboolean
pl_peer_voice_set_port (PlPeerVoice *self, PlAudioPort *port, GError **error)
{
  if (self->voice == NULL && port == NULL)
    return TRUE;
  if (self->voice == NULL)
    self->voice = new_voice (self, error);
  if (self->voice == NULL)
    return FALSE;
  pl_voice_set_port (self->voice, port);
  return TRUE;
}

PlVoice *
pl_peer_voice_get_voice (PlPeerVoice *self)
{
  return self->voice;
}
