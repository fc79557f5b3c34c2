/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-peer"

#include "peer/peer-private.h"
#include "proto/demux.h"

#include <string.h>

/* RTP beside the data channels: packets pass between ICE and the owner as they are, keys come
 * from DTLS. */

/* RFC 5764 section 4.2: both master keys, then both master salts, the client's first. */
#define EXPORTER "EXTRACTOR-dtls_srtp"

/* RFC 5764 section 4.1.2, RFC 7714 section 14.2. */
static const struct {
  const char *name;
  size_t key_len, salt_len;
} profiles[] = {
  { "SRTP_AEAD_AES_128_GCM", 16, 12 },
  { "SRTP_AES128_CM_SHA1_80", 16, 14 },
};

static gboolean
read_keys (PlPeer *self, size_t key_len, size_t salt_len, PlPeerAudio *audio)
{
  const size_t len = key_len + salt_len;
  uint8_t material[2 * PL_PEER_AUDIO_KEY];
  uint8_t *keys[2] = { audio->send_key, audio->receive_key };

  if (!pl_association_export (self->association, EXPORTER, material, 2 * len))
    return FALSE;
  if (pl_negotiation_get_role (self->negotiation) != PL_SETUP_ACTIVE) {
    keys[0] = audio->receive_key;
    keys[1] = audio->send_key;
  }
  for (guint i = 0; i < 2; i++) {
    memcpy (keys[i], material + i * key_len, key_len);
    memcpy (keys[i] + key_len, material + 2 * key_len + i * salt_len, salt_len);
  }
  explicit_bzero (material, sizeof material);
  audio->key_len = len;
  return TRUE;
}

gboolean
pl_peer_get_audio (PlPeer *self, PlPeerAudio *audio)
{
  g_return_val_if_fail (PL_IS_PEER (self), FALSE);
  PlPeerAudio result = { 0 };
  const PlSdpCodec *codec = pl_negotiation_get_audio (self->negotiation, &result.ssrc);

  if (codec == NULL || (self->state != PL_PEER_OPEN && self->state != PL_PEER_DISCONNECTED))
    return FALSE;
  result.cname = pl_negotiation_get_cname (self->negotiation);
  result.codec = codec->codec;
  result.payload_type = codec->payload_type;
  result.srtp_profile = pl_association_get_srtp_profile (self->association);
  for (guint i = 0; result.srtp_profile && i < G_N_ELEMENTS (profiles); i++)
    if (g_str_equal (profiles[i].name, result.srtp_profile)
        && read_keys (self, profiles[i].key_len, profiles[i].salt_len, &result)) {
      *audio = result;
      return TRUE;
    }
  return FALSE;
}

void
pl_peer_set_rtp_handler (PlPeer *self, PlPeerRtpFunc handler, gpointer user_data)
{
  g_return_if_fail (PL_IS_PEER (self));
  self->rtp_handler = handler;
  self->rtp_data = user_data;
}

gboolean
pl_peer_send_rtp (PlPeer *self, const uint8_t *data, size_t len)
{
  g_return_val_if_fail (PL_IS_PEER (self), FALSE);
  g_autoptr (PlPeer) hold G_GNUC_UNUSED = g_object_ref (self);

  return self->state == PL_PEER_OPEN && pl_datagram_get_kind (data, len) == PL_DATAGRAM_RTP
         && pl_ice_send_rtp (self->ice, data, len);
}

void
pl_peer_feed_rtp (PlPeer *self, const uint8_t *data, size_t len)
{
  if (self->rtp_handler && self->state == PL_PEER_OPEN)
    self->rtp_handler (self, data, len, self->rtp_data);
}
