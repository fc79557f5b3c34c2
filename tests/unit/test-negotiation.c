/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/negotiation.h"
#include "proto/sdp-parse.h"
#include "tests/lib/pl-test.h"

#include <string.h>

#define HEX32                                                                                  \
  "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"                                           \
  "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:F"

/* Two ends, "a" impolite and "b" polite; ICE credentials are numbered. */
typedef struct {
  PlNegotiation *negotiation;
  char name;
  guint generation;
} End;

static void
new_ice (End *end)
{
  g_autofree char *ufrag = g_strdup_printf ("ufrag%c%u", end->name, ++end->generation);
  g_autofree char *pwd
      = g_strdup_printf ("pwd0123456789012345678%c%u", end->name, end->generation);
  pl_negotiation_set_local_ice (end->negotiation, ufrag, pwd);
}

static void
end_init (End *end, char name, gboolean polite)
{
  g_autofree char *fingerprint = g_strdup_printf ("sha-256 " HEX32 "%c", name - 'a' + 'A');
  *end = (End){ .name = name, .negotiation = pl_negotiation_new (polite, fingerprint) };
  new_ice (end);
}

static void
end_clear (End *end)
{
  pl_negotiation_free (end->negotiation);
}

static PlNegotiated
feed (End *end, const char *type, const char *sdp)
{
  g_autoptr (GError) error = NULL;
  PlNegotiated todo;
  gboolean ok = pl_negotiation_feed (end->negotiation, type, sdp, &todo, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  if (todo.restart_ice)
    new_ice (end);
  return todo;
}

static void
feed_bad (End *end, const char *type, const char *sdp, int code)
{
  g_autoptr (GError) error = NULL;
  PlNegotiated todo;
  g_assert_false (pl_negotiation_feed (end->negotiation, type, sdp, &todo, &error));
  g_assert_error (error, PL_PROTO_ERROR, code);
}

static const char *
remote_ufrag (const End *end)
{
  return pl_negotiation_get_remote (end->negotiation)->transport.ufrag;
}

/* @from offers, @to answers. */
static void
exchange (End *from, End *to)
{
  g_autofree char *offer = pl_negotiation_offer (from->negotiation);
  g_assert_nonnull (offer);
  g_assert_true (feed (to, "offer", offer).answer);
  g_autofree char *answer = pl_negotiation_answer (to->negotiation);
  g_assert_false (feed (from, "answer", answer).answer);
}

static void
test_offer_answer (void)
{
  End a, b;
  end_init (&a, 'a', FALSE);
  end_init (&b, 'b', TRUE);

  exchange (&a, &b);
  g_assert_cmpstr (remote_ufrag (&a), ==, "ufragb1");
  g_assert_cmpstr (remote_ufrag (&b), ==, "ufraga1");
  g_assert_cmpint (pl_negotiation_get_role (a.negotiation), ==, PL_SETUP_PASSIVE);
  g_assert_cmpint (pl_negotiation_get_role (b.negotiation), ==, PL_SETUP_ACTIVE);
  g_assert_false (pl_negotiation_wants_offer (a.negotiation));
  g_assert_false (pl_negotiation_wants_offer (b.negotiation));

  /* The other way round the roles stay. */
  exchange (&b, &a);
  g_assert_cmpint (pl_negotiation_get_role (a.negotiation), ==, PL_SETUP_PASSIVE);
  end_clear (&a);
  end_clear (&b);
}

static void
test_glare (void)
{
  End a, b;
  end_init (&a, 'a', FALSE);
  end_init (&b, 'b', TRUE);
  g_autofree char *offer_a = pl_negotiation_offer (a.negotiation);
  g_autofree char *offer_b = pl_negotiation_offer (b.negotiation);

  g_assert_true (feed (&a, "offer", offer_b).ignored);
  PlNegotiated todo = feed (&b, "offer", offer_a);
  g_assert_true (todo.answer && todo.new_remote && !todo.restart_ice);
  g_autofree char *answer = pl_negotiation_answer (b.negotiation);
  todo = feed (&a, "answer", answer);
  g_assert_true (todo.new_remote);
  g_assert_cmpstr (remote_ufrag (&a), ==, "ufragb1");
  g_assert_false (pl_negotiation_wants_offer (b.negotiation));
  g_assert_cmpint (pl_negotiation_get_role (a.negotiation), ==, PL_SETUP_PASSIVE);
  end_clear (&a);
  end_clear (&b);
}

static void
test_restart (void)
{
  End a, b;
  end_init (&a, 'a', FALSE);
  end_init (&b, 'b', TRUE);
  exchange (&a, &b);

  new_ice (&a);
  g_autofree char *offer = pl_negotiation_offer (a.negotiation);
  PlNegotiated todo = feed (&b, "offer", offer);
  g_assert_true (todo.restart_ice && todo.new_remote && todo.answer);
  g_autofree char *answer = pl_negotiation_answer (b.negotiation);
  g_assert_true (feed (&a, "answer", answer).new_remote);
  g_assert_cmpstr (remote_ufrag (&a), ==, "ufragb2");
  g_assert_cmpstr (remote_ufrag (&b), ==, "ufraga2");
  end_clear (&a);
  end_clear (&b);
}

/* Both restart at once, as after a loss that both notice. */
static void
test_restart_glare (void)
{
  End a, b;
  end_init (&a, 'a', FALSE);
  end_init (&b, 'b', TRUE);
  exchange (&a, &b);
  new_ice (&a);
  new_ice (&b);
  g_autofree char *offer_a = pl_negotiation_offer (a.negotiation);
  g_autofree char *offer_b = pl_negotiation_offer (b.negotiation);

  g_assert_true (feed (&a, "offer", offer_b).ignored);
  g_assert_false (feed (&b, "offer", offer_a).restart_ice); /* has restarted by itself */
  g_autofree char *answer = pl_negotiation_answer (b.negotiation);
  feed (&a, "answer", answer);
  g_assert_cmpstr (remote_ufrag (&a), ==, "ufragb2");
  g_assert_false (pl_negotiation_wants_offer (b.negotiation));
  end_clear (&a);
  end_clear (&b);
}

/* The polite end's restart crosses an offer that is none: it answers as before and repeats. */
static void
test_restart_crosses_plain_offer (void)
{
  End a, b;
  end_init (&a, 'a', FALSE);
  end_init (&b, 'b', TRUE);
  exchange (&a, &b);
  g_autofree char *offer_a = pl_negotiation_offer (a.negotiation);
  new_ice (&b);
  g_autofree char *lost G_GNUC_UNUSED = pl_negotiation_offer (b.negotiation);

  PlNegotiated todo = feed (&b, "offer", offer_a);
  g_assert_false (todo.restart_ice || todo.new_remote);
  g_autofree char *answer = pl_negotiation_answer (b.negotiation);
  g_assert_false (feed (&a, "answer", answer).new_remote);
  g_assert_cmpstr (remote_ufrag (&a), ==, "ufragb1");
  g_assert_true (pl_negotiation_wants_offer (b.negotiation));
  exchange (&b, &a);
  g_assert_cmpstr (remote_ufrag (&a), ==, "ufragb2");
  g_assert_cmpuint (a.generation, ==, 2);
  g_assert_false (pl_negotiation_wants_offer (b.negotiation));
  end_clear (&a);
  end_clear (&b);
}

static void
test_bad_descriptions (void)
{
  End a, b;
  end_init (&a, 'a', FALSE);
  end_init (&b, 'b', TRUE);
  g_autofree char *offer = pl_negotiation_offer (a.negotiation);
  feed (&b, "offer", offer);
  g_autofree char *answer = pl_negotiation_answer (b.negotiation);

  feed_bad (&a, "pranswer", answer, PL_PROTO_ERROR_UNSUPPORTED);
  feed_bad (&a, "answer", "v=0\r\n", PL_PROTO_ERROR_UNSUPPORTED);
  feed_bad (&a, "answer", "nonsense", PL_PROTO_ERROR_INVALID);
  feed_bad (&b, "answer", answer, PL_PROTO_ERROR_INVALID); /* b has no offer out */
  g_autoptr (GString) rejected = g_string_new (answer);
  g_string_replace (rejected, "m=application 9", "m=application 0", 1);
  feed_bad (&a, "answer", rejected->str, PL_PROTO_ERROR_UNSUPPORTED);
  feed (&a, "answer", answer); /* none of it did harm */

  g_autofree char *again = pl_negotiation_offer (a.negotiation);
  g_autoptr (GString) other = g_string_new (again);
  g_string_replace (other, "EE:FA", "EE:FC", 1);
  feed_bad (&b, "offer", other->str, PL_PROTO_ERROR_INVALID);
  g_autoptr (GString) role = g_string_new (again);
  g_string_replace (role, "setup:actpass", "setup:active", 1);
  feed_bad (&b, "offer", role->str, PL_PROTO_ERROR_UNSUPPORTED);
  g_autoptr (GString) mid = g_string_new (again);
  g_string_replace (mid, "mid:0", "mid:7", 1);
  g_string_replace (mid, "BUNDLE 0", "BUNDLE 7", 1);
  feed_bad (&b, "offer", mid->str, PL_PROTO_ERROR_INVALID);
  g_assert_true (feed (&b, "offer", again).answer);
  g_autofree char *answer2 = pl_negotiation_answer (b.negotiation);
  g_autoptr (GString) changed = g_string_new (answer2);
  g_string_replace (changed, "ufragb1", "ufragb9", 1);
  feed_bad (&a, "answer", changed->str, PL_PROTO_ERROR_INVALID);
  feed (&a, "answer", answer2);
  end_clear (&a);
  end_clear (&b);
}

/* Sections that we do not speak are rejected in their place. */
static void
test_rejects_media (void)
{
  End a, b;
  end_init (&a, 'a', FALSE);
  end_init (&b, 'b', TRUE);
  g_autofree char *offer = pl_negotiation_offer (a.negotiation);
  g_autoptr (GString) text = g_string_new (offer);
  g_string_replace (text, "BUNDLE 0", "BUNDLE video 0", 1);
  g_string_replace (text, "m=application",
                    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:video\r\nm=application", 1);

  feed (&b, "offer", text->str);
  g_autofree char *answer = pl_negotiation_answer (b.negotiation);
  g_assert_nonnull (strstr (answer, "a=group:BUNDLE 0\r\n"));
  g_assert_nonnull (strstr (
      answer, "m=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:video\r\nm=app"));
  /* and stay in offers of ours that follow */
  g_autofree char *next = pl_negotiation_offer (b.negotiation);
  g_assert_nonnull (strstr (next, "m=video 0 "));
  end_clear (&a);
  end_clear (&b);
}

/* --- audio --- */

static void
assert_audio (const End *end, PlCodec codec, guint payload_type)
{
  uint32_t ssrc = 0;
  const PlSdpCodec *agreed = pl_negotiation_get_audio (end->negotiation, &ssrc);
  g_assert_nonnull (agreed);
  g_assert_cmpint (agreed->codec, ==, codec);
  g_assert_cmpuint (agreed->payload_type, ==, payload_type);
  g_assert_cmpuint (ssrc, !=, 0);
}

static void
assert_no_audio (const End *end)
{
  uint32_t ssrc;
  g_assert_null (pl_negotiation_get_audio (end->negotiation, &ssrc));
}

static void
audio_ends_init (End *a, End *b)
{
  end_init (a, 'a', FALSE);
  end_init (b, 'b', TRUE);
  pl_negotiation_allow_audio (a->negotiation);
  pl_negotiation_allow_audio (b->negotiation);
}

static void
test_audio (void)
{
  End a, b;
  audio_ends_init (&a, &b);
  assert_no_audio (&a);
  g_autofree char *offer = pl_negotiation_offer (a.negotiation);
  g_assert_nonnull (strstr (offer, "a=group:BUNDLE 0 1\r\n"));
  const char *audio = strstr (offer, "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8\r\n");
  g_assert_nonnull (audio);
  g_assert_nonnull (strstr (audio, "m=application 9 "));
  const char *const lines[] = { "a=rtcp-mux\r\n", "a=rtcp-rsize\r\n", "a=sendrecv\r\n",
                                "a=ssrc:",        "a=msid:",          "useinbandfec=1",
                                "a=mid:0\r\n" };
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    g_assert_nonnull (strstr (audio, lines[i]));
  g_assert_cmpstr (pl_negotiation_get_mid (a.negotiation), ==, "0");
  feed (&b, "offer", offer);
  g_autofree char *answer = pl_negotiation_answer (b.negotiation);
  g_assert_nonnull (strstr (answer, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
  feed (&a, "answer", answer);
  assert_audio (&a, PL_CODEC_OPUS, 111);
  assert_audio (&b, PL_CODEC_OPUS, 111);

  new_ice (&b);
  exchange (&b, &a);
  assert_audio (&a, PL_CODEC_OPUS, 111);
  assert_audio (&b, PL_CODEC_OPUS, 111);
  end_clear (&a);
  end_clear (&b);
}

static void
test_audio_glare (void)
{
  End a, b;
  audio_ends_init (&a, &b);
  g_autofree char *offer_a = pl_negotiation_offer (a.negotiation);
  g_autofree char *offer_b = pl_negotiation_offer (b.negotiation);
  g_assert_true (feed (&a, "offer", offer_b).ignored);
  assert_no_audio (&a);
  feed (&b, "offer", offer_a);
  g_autofree char *answer = pl_negotiation_answer (b.negotiation);
  feed (&a, "answer", answer);
  assert_audio (&a, PL_CODEC_OPUS, 111);
  assert_audio (&b, PL_CODEC_OPUS, 111);
  end_clear (&a);
  end_clear (&b);
}

/* One end does not want it: the section is rejected, the data channels stand. */
static void
test_audio_rejected (void)
{
  for (guint b_wants = 0; b_wants < 2; b_wants++) {
    End a, b;
    end_init (&a, 'a', FALSE);
    end_init (&b, 'b', TRUE);
    pl_negotiation_allow_audio (b_wants ? b.negotiation : a.negotiation);
    exchange (&a, &b);
    assert_no_audio (&a);
    assert_no_audio (&b);
    g_assert_cmpstr (pl_negotiation_get_mid (a.negotiation), ==, b_wants ? "0" : "1");
    g_assert_cmpstr (pl_negotiation_get_mid (b.negotiation), ==, b_wants ? "0" : "1");
    new_ice (&b);
    exchange (&b, &a);
    assert_no_audio (&b);
    end_clear (&a);
    end_clear (&b);
  }
}

/* One change of our own offer each, and what the other end agrees to. */
static const struct {
  const char *from, *to;
  int codec, payload_type; /* -1: no audio */
} other_audio[] = {
  { "SAVPF 111 0 8", "SAVPF 63 8 111 13", PL_CODEC_PCMA, 8 },
  { "SAVPF 111 0 8", "SAVPF 9 101", -1, -1 },
  { "a=rtcp-mux\r\n", "", -1, -1 },
  { "BUNDLE 0 1", "BUNDLE 1", -1, -1 },
  { "RTP/SAVPF", "RTP/AVP", -1, -1 },
};

static void
test_audio_choice (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (other_audio); i++) {
    End a, b;
    audio_ends_init (&a, &b);
    g_autofree char *offer = pl_negotiation_offer (a.negotiation);
    g_autoptr (GString) text = g_string_new (offer);
    g_assert_cmpuint (g_string_replace (text, other_audio[i].from, other_audio[i].to, 1), ==,
                      1);
    feed (&b, "offer", text->str);
    if (other_audio[i].codec < 0)
      assert_no_audio (&b);
    else
      assert_audio (&b, other_audio[i].codec, other_audio[i].payload_type);
    g_autofree char *answer = pl_negotiation_answer (b.negotiation);
    g_assert_cmpint (strstr (answer, "m=audio 0 ") != NULL, ==, other_audio[i].codec < 0);
    end_clear (&a);
    end_clear (&b);
  }
}

/* As a browser would: another payload type for Opus, and the codecs in another order later. */
static void
test_audio_stays (void)
{
  End a, b;
  audio_ends_init (&a, &b);
  g_autofree char *offer = pl_negotiation_offer (a.negotiation);
  g_autoptr (GString) text = g_string_new (offer);
  g_string_replace (text, "SAVPF 111 0 8", "SAVPF 109 9 0 8", 1);
  g_string_replace (text, ":111 ", ":109 ", 0);
  g_string_replace (text, "a=sendrecv", "a=sendonly", 1);
  feed (&b, "offer", text->str);
  g_autofree char *answer = pl_negotiation_answer (b.negotiation);
  g_assert_nonnull (strstr (answer, "a=recvonly\r\na=rtpmap:109 opus/48000/2\r\n"));
  g_assert_null (strstr (answer, "a=ssrc:"));
  g_string_replace (text, "SAVPF 109 9 0 8", "SAVPF 0 8 9 109", 1);
  feed (&b, "offer", text->str);
  assert_audio (&b, PL_CODEC_OPUS, 109);
  g_autofree char *again G_GNUC_UNUSED = pl_negotiation_answer (b.negotiation);
  g_autofree char *ours = pl_negotiation_offer (b.negotiation);
  g_assert_nonnull (strstr (ours, "m=audio 9 UDP/TLS/RTP/SAVPF 109\r\n"));
  g_assert_nonnull (strstr (ours, "a=sendrecv\r\n"));
  end_clear (&a);
  end_clear (&b);

  /* taken back for a while */
  audio_ends_init (&a, &b);
  exchange (&a, &b);
  g_autofree char *next = pl_negotiation_offer (a.negotiation);
  g_autoptr (GString) without = g_string_new (next);
  g_string_replace (without, "m=audio 9", "m=audio 0", 1);
  g_string_replace (without, "BUNDLE 0 1", "BUNDLE 1", 1);
  feed (&b, "offer", without->str);
  assert_no_audio (&b);
  g_autofree char *third G_GNUC_UNUSED = pl_negotiation_answer (b.negotiation);
  feed (&b, "offer", next);
  assert_audio (&b, PL_CODEC_OPUS, 111);
  end_clear (&a);
  end_clear (&b);
}

/* --- candidates --- */

#define CANDIDATE "candidate:1 1 UDP 2122252543 192.0.2.7 %u typ host"

static gboolean
trickle (End *end, guint port, const char *ufrag, const char *mid)
{
  g_autofree char *plain = g_strdup_printf (CANDIDATE, port);
  g_autofree char *line
      = ufrag ? g_strconcat (plain, " ufrag ", ufrag, NULL) : g_strdup (plain);
  return pl_negotiation_feed_candidate (end->negotiation, line, mid, NULL);
}

static guint
drain (End *end)
{
  guint n = 0;
  for (char *line; (line = pl_negotiation_next_candidate (end->negotiation)) != NULL; n++)
    g_free (line);
  return n;
}

static void
test_early_candidates (void)
{
  End a, b;
  end_init (&a, 'a', FALSE);
  end_init (&b, 'b', TRUE);
  g_autofree char *offer = pl_negotiation_offer (a.negotiation);

  g_assert_true (trickle (&b, 1, "ufraga1", "0"));
  g_assert_true (trickle (&b, 2, "other", "0"));
  g_assert_true (trickle (&b, 3, NULL, NULL));
  g_assert_true (trickle (&b, 4, NULL, "1"));
  g_assert_true (pl_negotiation_feed_candidate (b.negotiation, NULL, "0", NULL));
  g_assert_cmpuint (drain (&b), ==, 0);
  feed (&b, "offer", offer);
  g_autofree char *first = pl_negotiation_next_candidate (b.negotiation);
  g_assert_cmpstr (first, ==,
                   "candidate:1 1 UDP 2122252543 192.0.2.7 1 typ host ufrag ufraga1");
  g_assert_cmpuint (drain (&b), ==, 2); /* port 3 and the end */
  end_clear (&a);
  end_clear (&b);
}

static void
test_generations (void)
{
  End a, b;
  end_init (&a, 'a', FALSE);
  end_init (&b, 'b', TRUE);
  exchange (&a, &b);
  g_assert_true (trickle (&b, 1, "ufraga1", "0"));
  g_assert_true (trickle (&b, 2, "ufraga2", "0")); /* overtook its description */
  g_assert_cmpuint (drain (&b), ==, 1);

  new_ice (&a);
  exchange (&a, &b);
  g_assert_cmpuint (drain (&b), ==, 1);
  g_assert_true (trickle (&b, 3, "ufraga1", "0"));
  g_assert_cmpuint (drain (&b), ==, 0);
  g_assert_true (trickle (&b, 4, "ufraga2", "0"));
  g_assert_true (trickle (&b, 4, "ufraga2", "0")); /* twice is once */
  g_assert_cmpuint (drain (&b), ==, 1);
  end_clear (&a);
  end_clear (&b);
}

static void
test_candidate_limits (void)
{
  End a, b;
  end_init (&a, 'a', FALSE);
  end_init (&b, 'b', TRUE);
  for (guint i = 0; i < PL_MAX_QUEUED_CANDIDATES + 5; i++)
    g_assert_true (trickle (&b, 100 + i, NULL, "0"));
  exchange (&a, &b);
  g_assert_cmpuint (drain (&b), ==, PL_MAX_QUEUED_CANDIDATES);
  for (guint i = 0; i < PL_MAX_CANDIDATES; i++)
    g_assert_true (trickle (&b, 1000 + i, NULL, "0"));
  g_assert_cmpuint (drain (&b), ==, PL_MAX_CANDIDATES - PL_MAX_QUEUED_CANDIDATES);
  end_clear (&a);
  end_clear (&b);
}

static void
test_bad_candidates (void)
{
  End a, b;
  end_init (&a, 'a', FALSE);
  end_init (&b, 'b', TRUE);
  exchange (&a, &b);
  g_autoptr (GError) error = NULL;
  g_assert_false (pl_negotiation_feed_candidate (b.negotiation, "nonsense", "0", &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (pl_negotiation_feed_candidate (b.negotiation, "", "9", &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  g_clear_error (&error);
  g_autofree char *space = g_strnfill (PL_MAX_CANDIDATE_LINE, ' ');
  g_autofree char *line = g_strconcat ("candidate:", space, NULL);
  g_assert_false (pl_negotiation_feed_candidate (b.negotiation, line, "0", &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  g_assert_cmpuint (drain (&b), ==, 0);
  end_clear (&a);
  end_clear (&b);
}

/* After a glare the answer repeats the candidates that went out with the lost offer. */
static void
test_local_candidates (void)
{
  End b;
  end_init (&b, 'b', TRUE);
  pl_negotiation_add_local_candidate (b.negotiation,
                                      "candidate:1 1 UDP 1 192.0.2.7 1 typ host");
  pl_negotiation_add_local_candidate (b.negotiation, NULL);
  g_autofree char *offer = pl_negotiation_offer (b.negotiation);
  g_assert_nonnull (strstr (offer, "a=candidate:1 1 UDP 1 192.0.2.7 1 typ host\r\n"));
  g_assert_nonnull (strstr (offer, "a=end-of-candidates\r\n"));
  end_clear (&b);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/negotiation/offer-answer", test_offer_answer);
  g_test_add_func ("/negotiation/glare", test_glare);
  g_test_add_func ("/negotiation/restart", test_restart);
  g_test_add_func ("/negotiation/restart-glare", test_restart_glare);
  g_test_add_func ("/negotiation/restart-crosses-plain-offer",
                   test_restart_crosses_plain_offer);
  g_test_add_func ("/negotiation/bad-descriptions", test_bad_descriptions);
  g_test_add_func ("/negotiation/rejects-media", test_rejects_media);
  g_test_add_func ("/negotiation/audio", test_audio);
  g_test_add_func ("/negotiation/audio-glare", test_audio_glare);
  g_test_add_func ("/negotiation/audio-rejected", test_audio_rejected);
  g_test_add_func ("/negotiation/audio-choice", test_audio_choice);
  g_test_add_func ("/negotiation/audio-stays", test_audio_stays);
  g_test_add_func ("/negotiation/early-candidates", test_early_candidates);
  g_test_add_func ("/negotiation/generations", test_generations);
  g_test_add_func ("/negotiation/candidate-limits", test_candidate_limits);
  g_test_add_func ("/negotiation/bad-candidates", test_bad_candidates);
  g_test_add_func ("/negotiation/local-candidates", test_local_candidates);
  return g_test_run ();
}
