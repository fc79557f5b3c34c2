/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/audio-terms.h"

#include <sodium.h>

struct _PlAudioTerms {
  PlSdpAudio ours; /* what we offer; after the agreement, that alone */
  gboolean agreed;
  gboolean active; /* in the remote's last description too */
};

/* RFC 3551 table 4 has the static ones; 111 is what browsers take for Opus, free as any other
 * of the dynamic ones. */
static const PlSdpCodec all[PL_N_CODECS]
    = { { PL_CODEC_OPUS, 111 }, { PL_CODEC_PCMU, 0 }, { PL_CODEC_PCMA, 8 } };

PlAudioTerms *
pl_audio_terms_new (void)
{
  PlAudioTerms *self = g_new0 (PlAudioTerms, 1);
  guint8 random[12]; /* RFC 7022 section 4.1: at least 96 bits, another for each session */

  for (guint i = 0; i < PL_N_CODECS; i++)
    self->ours.codecs[i] = all[i];
  self->ours.n_codecs = PL_N_CODECS;
  self->ours.direction = PL_SDP_BOTH;
  self->ours.rtcp_rsize = TRUE;
  randombytes_buf (random, sizeof random);
  self->ours.cname = g_base64_encode (random, sizeof random);
  while (self->ours.ssrc == 0)
    self->ours.ssrc = randombytes_random ();
  return self;
}

void
pl_audio_terms_free (PlAudioTerms *self)
{
  if (self == NULL)
    return;
  g_free (self->ours.cname);
  g_free (self);
}

/* An answer repeats the payload types of its offer (RFC 3264 section 6.1), and so do we: for
 * anything but an offer that we never answered, codec and type have to fit. */
static const PlSdpCodec *
choose_codec (const PlAudioTerms *self, PlSdpType type, const PlMedia *media)
{
  const gboolean first_offer = type == PL_SDP_OFFER && !self->agreed;

  for (guint i = 0; i < media->audio.n_codecs; i++) {
    const PlSdpCodec *theirs = &media->audio.codecs[i];
    for (guint k = 0; k < self->ours.n_codecs; k++) {
      const PlSdpCodec *ours = &self->ours.codecs[k];
      if (ours->codec == theirs->codec
          && (first_offer || ours->payload_type == theirs->payload_type))
        return theirs;
    }
  }
  return NULL;
}

static gboolean
is_usable (const PlMedia *media, const PlMedia *data)
{
  return media->audio.n_codecs > 0 && media->rtcp_mux
         && (media->port != 0 || media->bundle_only) && media->bundle != 0
         && media->bundle == data->bundle;
}

const PlMedia *
pl_audio_terms_find (const PlAudioTerms *self, const PlDescription *remote)
{
  const PlMedia *data = pl_description_find_data (remote);

  for (guint i = 0; data && i < remote->media->len; i++) {
    const PlMedia *media = g_ptr_array_index (remote->media, i);
    if (is_usable (media, data) && choose_codec (self, remote->type, media))
      return media;
  }
  return NULL;
}

PlMedia *
pl_audio_terms_describe (const PlAudioTerms *self, const PlMedia *offered)
{
  g_autofree char *formats = pl_sdp_audio_print_formats (&self->ours);
  PlMedia *media
      = pl_media_new ("audio", offered ? offered->protocol : "UDP/TLS/RTP/SAVPF", formats);

  media->rtcp_mux = TRUE;
  media->audio = self->ours;
  media->audio.cname = g_strdup (self->ours.cname);
  if (offered)
    media->audio.direction = pl_sdp_direction_reverse (offered->audio.direction);
  return media;
}

void
pl_audio_terms_agree (PlAudioTerms *self, const PlDescription *remote)
{
  const PlMedia *media = pl_audio_terms_find (self, remote);

  self->active = media != NULL;
  if (media == NULL)
    return;
  self->ours.codecs[0] = *choose_codec (self, remote->type, media);
  self->ours.n_codecs = 1;
  self->agreed = TRUE;
}

const PlSdpCodec *
pl_audio_terms_get_codec (const PlAudioTerms *self)
{
  return self->active ? &self->ours.codecs[0] : NULL;
}

uint32_t
pl_audio_terms_get_ssrc (const PlAudioTerms *self)
{
  return self->ours.ssrc;
}

const char *
pl_audio_terms_get_cname (const PlAudioTerms *self)
{
  return self->ours.cname;
}
