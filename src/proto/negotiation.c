/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-negotiation"

#include "proto/negotiation.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/audio-terms.h"
#include "proto/candidate-queue.h"
#include "proto/sdp-parse.h"

/* The mids of our first offer: without audio, the data channels are the first. */
#define FIRST_MID      "0"
#define FIRST_DATA_MID "1"

/*   stable --offer-made--> local-offer --answer-came--> stable
 *   stable --offer-came--> remote-offer --answer-made--> stable
 *   local-offer --offer-came--> remote-offer       glare, polite end only
 */
enum {
  STABLE = 1,
  LOCAL_OFFER,
  REMOTE_OFFER,
  N_STATES
};
enum {
  EV_OFFER_MADE = 1,
  EV_OFFER_CAME,
  EV_ANSWER_CAME,
  EV_ANSWER_MADE,
  N_EVENTS
};

static const char *const states[] = { NULL, "stable", "local-offer", "remote-offer" };
static const char *const events[]
    = { NULL, "offer-made", "offer-came", "answer-came", "answer-made" };

static const PlStep steps[N_STATES][N_EVENTS] = {
  [STABLE][EV_OFFER_MADE] = { LOCAL_OFFER, NULL },
  [STABLE][EV_OFFER_CAME] = { REMOTE_OFFER, NULL },
  [LOCAL_OFFER][EV_OFFER_CAME] = { REMOTE_OFFER, NULL },
  [LOCAL_OFFER][EV_ANSWER_CAME] = { STABLE, NULL },
  [REMOTE_OFFER][EV_ANSWER_MADE] = { STABLE, NULL },
};

const PlMachine pl_negotiation_machine
    = { "negotiation", states, events, N_STATES, N_EVENTS, &steps[0][0] };

struct _PlNegotiation {
  guint state;
  gboolean polite;
  gboolean offer_postponed;
  char *session_id;
  uint64_t version;

  /* Our transport as last agreed, and as it will be after the next description; the credentials
   * of agreed are NULL before the first, those of next while nothing is new. */
  PlSdpTransport agreed;
  PlSdpTransport next;
  GPtrArray *candidates; /* ours, of the newest credentials */
  gboolean candidates_done;

  PlDescription *remote;  /* the last that we took */
  gboolean remote_is_new; /* it came with other credentials than the one before */
  PlCandidateQueue *queue;
  PlSetup role;
  PlAudioTerms *audio; /* NULL: data channels only */
};

PlNegotiation *
pl_negotiation_new (gboolean polite, const char *fingerprint)
{
  PlNegotiation *self = g_new0 (PlNegotiation, 1);

  self->state = STABLE;
  self->polite = polite;
  /* RFC 8829 section 5.2.1: 63 random bits. */
  self->session_id
      = g_strdup_printf ("%u%09u", g_random_int (), (guint) g_random_int_range (0, 1000000000));
  self->agreed.fingerprint = g_strdup (fingerprint);
  self->candidates = g_ptr_array_new_with_free_func (g_free);
  self->queue = pl_candidate_queue_new ();
  return self;
}

void
pl_negotiation_free (PlNegotiation *self)
{
  if (self == NULL)
    return;
  g_free (self->session_id);
  pl_sdp_transport_clear (&self->agreed);
  pl_sdp_transport_clear (&self->next);
  g_ptr_array_unref (self->candidates);
  pl_description_free (self->remote);
  pl_candidate_queue_free (self->queue);
  pl_audio_terms_free (self->audio);
  g_free (self);
}

void
pl_negotiation_allow_audio (PlNegotiation *self)
{
  g_return_if_fail (self->state == STABLE && self->remote == NULL);
  if (self->audio == NULL)
    self->audio = pl_audio_terms_new ();
}

void
pl_negotiation_set_local_ice (PlNegotiation *self, const char *ufrag, const char *pwd)
{
  pl_sdp_transport_clear (&self->next);
  self->next.ufrag = g_strdup (ufrag);
  self->next.pwd = g_strdup (pwd);
  g_ptr_array_set_size (self->candidates, 0);
  self->candidates_done = FALSE;
}

void
pl_negotiation_add_local_candidate (PlNegotiation *self, const char *line)
{
  if (line == NULL)
    self->candidates_done = TRUE;
  else
    g_ptr_array_add (self->candidates, g_strdup (line));
}

/* --- our descriptions --- */

static PlDescription *
new_description (PlNegotiation *self, PlSdpType type)
{
  PlDescription *description = pl_description_new (type);

  description->session_id = g_strdup (self->session_id);
  description->session_version = ++self->version;
  description->trickle = TRUE;
  return description;
}

static void
describe_transport (PlNegotiation *self, PlMedia *media, gboolean with_next, PlSetup setup)
{
  const PlSdpTransport *ice = with_next ? &self->next : &self->agreed;

  media->port = 9; /* RFC 8840 section 4.1.1: the discard port while addresses trickle */
  media->transport.ufrag = g_strdup (ice->ufrag);
  media->transport.pwd = g_strdup (ice->pwd);
  media->transport.fingerprint = g_strdup (self->agreed.fingerprint);
  media->transport.setup = setup;
  /* After a rollback the old credentials are told once more, but the candidates are new. */
  if (with_next || self->next.ufrag == NULL) {
    for (guint i = 0; i < self->candidates->len; i++)
      g_ptr_array_add (media->candidates, g_strdup (g_ptr_array_index (self->candidates, i)));
    media->end_of_candidates = self->candidates_done;
  }
}

/* Our section in the place of @model, which may be NULL: what the remote said there last. */
static PlMedia *
new_data_section (PlNegotiation *self, const PlMedia *model)
{
  gboolean old_form = model && g_str_equal (model->protocol, "DTLS/SCTP");
  PlMedia *media = pl_media_new ("application", model ? model->protocol : "UDP/DTLS/SCTP",
                                 old_form ? G_STRINGIFY (PL_SCTP_PORT) : "webrtc-datachannel");

  media->mid = g_strdup (model ? model->mid : self->audio ? FIRST_DATA_MID : FIRST_MID);
  media->bundle = model == NULL || model->bundle ? 1 : 0;
  media->sctp_port = PL_SCTP_PORT;
  media->max_message_size = PL_MAX_MESSAGE_SIZE;
  return media;
}

static PlMedia *
new_audio_section (PlNegotiation *self, PlSdpType type, const PlMedia *model)
{
  PlMedia *media = pl_audio_terms_describe (self->audio, type == PL_SDP_ANSWER ? model : NULL);

  media->mid = g_strdup (model ? model->mid : FIRST_MID);
  media->bundle = 1;
  return media;
}

/* RFC 8829 section 5.3.1: a rejected section keeps its place and its mid. */
static PlMedia *
new_rejected_section (const PlMedia *model)
{
  PlMedia *media = pl_media_new (model->media, model->protocol, model->formats);
  media->mid = g_strdup (model->mid);
  return media;
}

static gboolean
is_accepted (const PlNegotiation *self, const PlMedia *media)
{
  return media == pl_description_find_data (self->remote)
         || (self->audio && media == pl_audio_terms_find (self->audio, self->remote));
}

static PlMedia *
new_section (PlNegotiation *self, PlSdpType type, const PlMedia *model)
{
  if (model == pl_description_find_data (self->remote))
    return new_data_section (self, model);
  return is_accepted (self, model) ? new_audio_section (self, type, model)
                                   : new_rejected_section (model);
}

/* What the first offer has; later ones follow the remote's sections. */
static void
add_first_sections (PlNegotiation *self, PlDescription *description)
{
  if (self->audio)
    g_ptr_array_add (description->media, new_audio_section (self, description->type, NULL));
  g_ptr_array_add (description->media, new_data_section (self, NULL));
}

static char *
print_description (PlNegotiation *self, PlSdpType type, gboolean with_next, PlSetup setup)
{
  g_autoptr (PlDescription) description = new_description (self, type);

  if (self->remote == NULL)
    add_first_sections (self, description);
  for (guint i = 0; self->remote && i < self->remote->media->len; i++)
    g_ptr_array_add (description->media,
                     new_section (self, type, self->remote->media->pdata[i]));
  for (guint i = 0; i < description->media->len; i++) {
    PlMedia *media = g_ptr_array_index (description->media, i);
    if (media->sctp_port != 0 || media->audio.n_codecs > 0)
      describe_transport (self, media, with_next, setup);
  }
  return pl_description_print (description);
}

static void
adopt_next (PlNegotiation *self)
{
  g_free (self->agreed.ufrag);
  g_free (self->agreed.pwd);
  self->agreed.ufrag = g_steal_pointer (&self->next.ufrag);
  self->agreed.pwd = g_steal_pointer (&self->next.pwd);
}

char *
pl_negotiation_offer (PlNegotiation *self)
{
  g_return_val_if_fail (self->agreed.ufrag || self->next.ufrag, NULL);

  self->offer_postponed
      = !pl_machine_step (&pl_negotiation_machine, &self->state, EV_OFFER_MADE, self);
  if (self->offer_postponed)
    return NULL;
  return print_description (self, PL_SDP_OFFER, self->next.ufrag != NULL, PL_SETUP_ACTPASS);
}

char *
pl_negotiation_answer (PlNegotiation *self)
{
  g_return_val_if_fail (self->state == REMOTE_OFFER, NULL);

  /* RFC 8839 section 4.4.3.1: credentials change in an answer only if they did in the offer. */
  gboolean with_next = self->remote_is_new && self->next.ufrag != NULL;
  char *sdp = print_description (self, PL_SDP_ANSWER, with_next, self->role);
  if (with_next)
    adopt_next (self);
  pl_machine_step (&pl_negotiation_machine, &self->state, EV_ANSWER_MADE, self);
  return sdp;
}

gboolean
pl_negotiation_is_stable (const PlNegotiation *self)
{
  return self->state == STABLE;
}

gboolean
pl_negotiation_wants_offer (const PlNegotiation *self)
{
  return self->state == STABLE && (self->offer_postponed || self->next.ufrag != NULL)
         && self->remote != NULL;
}

/* --- the remote's descriptions --- */

static gboolean
refuse (GError **error, PlProtoError code, const char *text)
{
  g_set_error_literal (error, PL_PROTO_ERROR, code, text);
  return FALSE;
}

static gboolean
is_same_ice (const PlSdpTransport *a, const PlSdpTransport *b)
{
  return g_str_equal (a->ufrag, b->ufrag) && g_str_equal (a->pwd, b->pwd);
}

/* RFC 3264 section 8: the sections of a session stay, in their order; an offer may add some. */
static gboolean
check_sections (PlNegotiation *self, const PlDescription *description, GError **error)
{
  const guint n_old = self->remote ? self->remote->media->len : self->audio ? 2 : 1;
  const guint n_new = description->media->len;

  if (description->type == PL_SDP_ANSWER ? n_new != n_old : (self->remote && n_new < n_old))
    return refuse (error, PL_PROTO_ERROR_INVALID,
                   "sdp: the number of m= sections does not fit");
  for (guint i = 0; self->remote && i < n_old; i++) {
    const PlMedia *before = g_ptr_array_index (self->remote->media, i);
    const PlMedia *now = g_ptr_array_index (description->media, i);
    if (g_strcmp0 (before->mid, now->mid) != 0 || !g_str_equal (before->media, now->media))
      return refuse (error, PL_PROTO_ERROR_INVALID, "sdp: m= sections changed their order");
  }
  return TRUE;
}

/* Our role from the remote's a=setup (RFC 8842 section 5.3); 0 where it does not fit. */
static PlSetup
choose_role (const PlNegotiation *self, PlSetup remote)
{
  PlSetup role = remote == PL_SETUP_ACTIVE    ? PL_SETUP_PASSIVE
                 : remote == PL_SETUP_PASSIVE ? PL_SETUP_ACTIVE
                 : self->role                 ? self->role
                                              : PL_SETUP_ACTIVE;
  return self->role && role != self->role ? 0 : role;
}

static gboolean
check_against_session (PlNegotiation *self, const PlMedia *now, GError **error)
{
  const PlMedia *before = pl_negotiation_get_remote (self);

  if (choose_role (self, now->transport.setup) == 0)
    return refuse (error, PL_PROTO_ERROR_UNSUPPORTED, "sdp a=setup: the DTLS roles changed");
  if (before == NULL)
    return TRUE;
  if (!g_str_equal (before->transport.fingerprint, now->transport.fingerprint))
    return refuse (error, PL_PROTO_ERROR_INVALID, "sdp a=fingerprint: changed in the session");
  if (before->sctp_port != now->sctp_port)
    return refuse (error, PL_PROTO_ERROR_UNSUPPORTED,
                   "sdp a=sctp-port: changed in the session");
  return TRUE;
}

static gboolean
check_answer (PlNegotiation *self, const PlMedia *now, GError **error)
{
  const PlMedia *before = pl_negotiation_get_remote (self);

  if (before && self->next.ufrag == NULL && !is_same_ice (&before->transport, &now->transport))
    return refuse (error, PL_PROTO_ERROR_INVALID,
                   "sdp a=ice-ufrag: changed in an answer without a restart");
  return TRUE;
}

static gboolean
check_description (PlNegotiation *self, const PlDescription *description, GError **error)
{
  const PlMedia *now = pl_description_find_data (description);
  const gboolean is_answer = description->type == PL_SDP_ANSWER;

  if (is_answer && self->state != LOCAL_OFFER)
    return refuse (error, PL_PROTO_ERROR_INVALID, "sdp: an answer without an offer");
  if (!is_answer && self->state == REMOTE_OFFER)
    return refuse (error, PL_PROTO_ERROR_INVALID, "sdp: an offer before the last was answered");
  if (now == NULL)
    return refuse (error, PL_PROTO_ERROR_UNSUPPORTED,
                   is_answer ? "sdp: the remote rejected data channels"
                             : "sdp: the offer has no data channels");
  return check_sections (self, description, error) && check_against_session (self, now, error)
         && (!is_answer || check_answer (self, now, error));
}

static void
commit_description (PlNegotiation *self, PlDescription *description)
{
  const PlMedia *before = pl_negotiation_get_remote (self);
  const PlMedia *now = pl_description_find_data (description);

  self->remote_is_new = before == NULL || !is_same_ice (&before->transport, &now->transport);
  self->role = choose_role (self, now->transport.setup);
  pl_candidate_queue_describe (self->queue, description, self->remote_is_new);
  pl_description_free (self->remote);
  self->remote = description;
  if (self->audio)
    pl_audio_terms_agree (self->audio, description);
}

static void
take_offer (PlNegotiation *self, PlDescription *offer, PlNegotiated *todo)
{
  const gboolean first = self->remote == NULL;

  /* In a glare the polite end comes here from local-offer: its own offer is forgotten. An offer
   * that only opened the session is not missed, a restart or a wish is repeated afterwards. */
  if (self->state == LOCAL_OFFER && !first)
    self->offer_postponed = TRUE;
  pl_machine_step (&pl_negotiation_machine, &self->state, EV_OFFER_CAME, self);
  commit_description (self, offer);
  todo->answer = TRUE;
  todo->new_remote = self->remote_is_new;
  todo->restart_ice = self->remote_is_new && self->next.ufrag == NULL;
  /* When the offer restarts ICE itself, ours is done by the answer. */
  if (self->remote_is_new)
    self->offer_postponed = FALSE;
}

static void
take_answer (PlNegotiation *self, PlDescription *answer, PlNegotiated *todo)
{
  todo->new_remote = self->next.ufrag != NULL;
  pl_machine_step (&pl_negotiation_machine, &self->state, EV_ANSWER_CAME, self);
  if (self->next.ufrag)
    adopt_next (self);
  commit_description (self, answer);
}

gboolean
pl_negotiation_feed (PlNegotiation *self, const char *type, const char *sdp, PlNegotiated *todo,
                     GError **error)
{
  const gboolean is_offer = g_strcmp0 (type, "offer") == 0;

  *todo = (PlNegotiated){ 0 };
  if (!is_offer && g_strcmp0 (type, "answer") != 0)
    return refuse (error, PL_PROTO_ERROR_UNSUPPORTED,
                   "description: the type is neither 'offer' nor 'answer'");
  g_autoptr (PlDescription) description
      = pl_description_parse (is_offer ? PL_SDP_OFFER : PL_SDP_ANSWER, sdp, error);
  if (description == NULL || !check_description (self, description, error))
    return FALSE;
  if (is_offer && self->state == LOCAL_OFFER && !self->polite) {
    pl_debug (self, "glare: the remote's offer is ignored");
    todo->ignored = TRUE;
    return TRUE;
  }
  if (is_offer)
    take_offer (self, g_steal_pointer (&description), todo);
  else
    take_answer (self, g_steal_pointer (&description), todo);
  return TRUE;
}

gboolean
pl_negotiation_feed_candidate (PlNegotiation *self, const char *line, const char *mid,
                               GError **error)
{
  return pl_candidate_queue_feed (self->queue, line, mid, error);
}

char *
pl_negotiation_next_candidate (PlNegotiation *self)
{
  return pl_candidate_queue_next (self->queue);
}

const PlMedia *
pl_negotiation_get_remote (const PlNegotiation *self)
{
  return self->remote ? pl_description_find_data (self->remote) : NULL;
}

gboolean
pl_negotiation_is_remote_lite (const PlNegotiation *self)
{
  return self->remote && self->remote->ice_lite;
}

PlSetup
pl_negotiation_get_role (const PlNegotiation *self)
{
  return self->role;
}

const char *
pl_negotiation_get_mid (const PlNegotiation *self)
{
  const PlMedia *data = pl_negotiation_get_remote (self);

  if (data == NULL)
    return FIRST_MID;
  for (guint i = 0; data->bundle && i < self->remote->media->len; i++) {
    const PlMedia *media = g_ptr_array_index (self->remote->media, i);
    if (media->bundle == data->bundle && is_accepted (self, media))
      return media->mid;
  }
  return data->mid;
}

const PlSdpCodec *
pl_negotiation_get_audio (const PlNegotiation *self, uint32_t *ssrc)
{
  if (self->audio == NULL)
    return NULL;
  *ssrc = pl_audio_terms_get_ssrc (self->audio);
  return pl_audio_terms_get_codec (self->audio);
}

const char *
pl_negotiation_get_cname (const PlNegotiation *self)
{
  return self->audio ? pl_audio_terms_get_cname (self->audio) : NULL;
}
