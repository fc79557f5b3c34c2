/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/step.h"
#include "proto/sdp.h"

/** The SCTP port that we use and announce. */
#define PL_SCTP_PORT 5000

/**
 * PlNegotiation: offers, answers and candidates between two ends (RFC 8829, RFC 3264, RFC
 * 8840), without any input or output: descriptions go in and come out, the owner acts on them.
 *
 * Glare is resolved as in the W3C's perfect negotiation: the polite end takes its offer back.
 */
typedef struct _PlNegotiation PlNegotiation;

/** What the owner has to do after a description from the remote, in this order. */
typedef struct {
  gboolean ignored;     /* it crossed ours and we are not polite: nothing more */
  gboolean restart_ice; /* restart our ICE, then pl_negotiation_set_local_ice() */
  gboolean new_remote;  /* give ICE the remote's credentials */
  gboolean answer;      /* send pl_negotiation_answer(); we are the controlled end */
} PlNegotiated;

PlNegotiation *pl_negotiation_new (gboolean polite, const char *fingerprint);
void pl_negotiation_free (PlNegotiation *self);

/** Audio beside the data channels, offered and accepted; before the first description. */
void pl_negotiation_allow_audio (PlNegotiation *self);

/** Our credentials from the next description on; candidates given before belong to older ones.
 */
void pl_negotiation_set_local_ice (PlNegotiation *self, const char *ufrag, const char *pwd);

/** Our candidates, so that later descriptions hold them; @line NULL: that was the last. */
void pl_negotiation_add_local_candidate (PlNegotiation *self, const char *line);

/** A new offer; free with g_free(). NULL while another is under way: the wish is kept, see
 * pl_negotiation_wants_offer(). */
char *pl_negotiation_offer (PlNegotiation *self);

/** A description from the remote. An error changes nothing. */
gboolean pl_negotiation_feed (PlNegotiation *self, const char *type, const char *sdp,
                              PlNegotiated *todo, GError **error);

/** The answer to the offer that was just fed; free with g_free(). */
char *pl_negotiation_answer (PlNegotiation *self);

/** TRUE where no offer waits for its answer. */
gboolean pl_negotiation_is_stable (const PlNegotiation *self);

/** TRUE when an offer was postponed or taken back and can be made now. */
gboolean pl_negotiation_wants_offer (const PlNegotiation *self);

/** A candidate from the remote, @line NULL or "": that was the last. It is queued until it can
 * be used, ignored where it belongs to an older generation or to media that we rejected or
 * where there are too many. */
gboolean pl_negotiation_feed_candidate (PlNegotiation *self, const char *line, const char *mid,
                                        GError **error);

/** The next candidate that ICE can have now ("": end of candidates), NULL when there is none.
 */
char *pl_negotiation_next_candidate (PlNegotiation *self);

/** The remote's section of data channels; NULL before its first description. */
const PlMedia *pl_negotiation_get_remote (const PlNegotiation *self);
gboolean pl_negotiation_is_remote_lite (const PlNegotiation *self);

/** PL_SETUP_ACTIVE: we are the DTLS client; 0 while it is open. */
PlSetup pl_negotiation_get_role (const PlNegotiation *self);

/** The mid that our candidates belong to: of the first section of our bundle. */
const char *pl_negotiation_get_mid (const PlNegotiation *self);

/** The agreed audio and our synchronisation source; NULL where there is none. */
const PlSdpCodec *pl_negotiation_get_audio (const PlNegotiation *self, uint32_t *ssrc);
/** The name of that source (RFC 7022); NULL without audio. */
const char *pl_negotiation_get_cname (const PlNegotiation *self);

extern const PlMachine pl_negotiation_machine;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlNegotiation, pl_negotiation_free)
