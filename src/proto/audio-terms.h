/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/sdp.h"

/**
 * PlAudioTerms: what two ends agree about the one section of audio beside the data channels.
 *
 * The codec is agreed once and stays for the session, whatever ICE restarts offer again,
 * because a call may be going on.
 */
typedef struct _PlAudioTerms PlAudioTerms;

PlAudioTerms *pl_audio_terms_new (void);
void pl_audio_terms_free (PlAudioTerms *self);

/** The section of @remote that can carry our audio: bundled with the data channels, RTCP on the
 * same port, a codec that we know (the agreed one, after the first time); or NULL. */
const PlMedia *pl_audio_terms_find (const PlAudioTerms *self, const PlDescription *remote);

/** A section with formats and attributes, nothing of the transport: an offer of all that we
 * can, or of what is agreed; for an answer @offered is the section that it answers, else NULL.
 */
PlMedia *pl_audio_terms_describe (const PlAudioTerms *self, const PlMedia *offered);

/** The remote described itself: takes the first codec of both. */
void pl_audio_terms_agree (PlAudioTerms *self, const PlDescription *remote);

/** What is agreed; NULL where nothing is, or where the remote took its section back. */
const PlSdpCodec *pl_audio_terms_get_codec (const PlAudioTerms *self);

/** Our synchronisation source and its name, as told. */
uint32_t pl_audio_terms_get_ssrc (const PlAudioTerms *self);
const char *pl_audio_terms_get_cname (const PlAudioTerms *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAudioTerms, pl_audio_terms_free)
