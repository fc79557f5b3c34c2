/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/sdp-parse.h"
#include "tests/lib/pl-test.h"

#include <string.h>

/* Descriptions in the form of five implementations; addresses are those for documentation. */

#define HEX32                                                                                  \
  "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"                                           \
  "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"
#define PRINT "sha-256 " HEX32

static const char chromium_offer[] = "v=0\r\n"
                                     "o=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n"
                                     "s=-\r\n"
                                     "t=0 0\r\n"
                                     "a=group:BUNDLE 0 1\r\n"
                                     "a=extmap-allow-mixed\r\n"
                                     "a=msid-semantic: WMS stream\r\n"
                                     "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\n"
                                     "c=IN IP4 0.0.0.0\r\n"
                                     "a=rtcp:9 IN IP4 0.0.0.0\r\n"
                                     "a=ice-ufrag:khLS\r\n"
                                     "a=ice-pwd:cxLzteJaJBou3DspNaPsJhlQ\r\n"
                                     "a=ice-options:trickle\r\n"
                                     "a=fingerprint:sha-256 " HEX32 "\r\n"
                                     "a=setup:actpass\r\n"
                                     "a=mid:0\r\n"
                                     "a=sendrecv\r\n"
                                     "a=rtcp-mux\r\n"
                                     "a=rtpmap:111 opus/48000/2\r\n"
                                     "a=fmtp:111 minptime=10;useinbandfec=1\r\n"
                                     "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
                                     "c=IN IP4 0.0.0.0\r\n"
                                     "a=ice-ufrag:khLS\r\n"
                                     "a=ice-pwd:cxLzteJaJBou3DspNaPsJhlQ\r\n"
                                     "a=ice-options:trickle\r\n"
                                     "a=fingerprint:sha-256 " HEX32 "\r\n"
                                     "a=setup:actpass\r\n"
                                     "a=mid:1\r\n"
                                     "a=sctp-port:5000\r\n"
                                     "a=max-message-size:262144\r\n";

static const char firefox_offer[]
    = "v=0\r\n"
      "o=mozilla...THIS_IS_SDPARTA-99.0 7186447838173384331 0 IN IP4 0.0.0.0\r\n"
      "s=-\r\n"
      "t=0 0\r\n"
      "a=sendrecv\r\n"
      "a=fingerprint:sha-256 " HEX32 "\r\n"
      "a=group:BUNDLE 0\r\n"
      "a=ice-options:trickle\r\n"
      "a=msid-semantic:WMS *\r\n"
      "m=application 49203 UDP/DTLS/SCTP webrtc-datachannel\r\n"
      "c=IN IP4 192.0.2.7\r\n"
      "a=candidate:0 1 UDP 2122252543 192.0.2.7 49203 typ host\r\n"
      "a=candidate:1 1 TCP 2105524479 192.0.2.7 9 typ host tcptype active\r\n"
      "a=sendrecv\r\n"
      "a=end-of-candidates\r\n"
      "a=ice-pwd:3ca3a0b4ad9fbaa8b40b5ee3e7dbbb5e\r\n"
      "a=ice-ufrag:7a3f1a2b\r\n"
      "a=mid:0\r\n"
      "a=setup:actpass\r\n"
      "a=sctp-port:5000\r\n"
      "a=max-message-size:1073741823\r\n";

static const char webrtcbin_offer[] = "v=0\r\n"
                                      "o=- 3451341324134134 0 IN IP4 0.0.0.0\r\n"
                                      "s=-\r\n"
                                      "t=0 0\r\n"
                                      "a=ice-options:trickle\r\n"
                                      "a=group:BUNDLE application0\r\n"
                                      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
                                      "c=IN IP4 0.0.0.0\r\n"
                                      "a=setup:actpass\r\n"
                                      "a=ice-ufrag:Zr8lQpjLoh2oMeXYDPHpCh4lSXFm6v4O\r\n"
                                      "a=ice-pwd:CRv2aFQoLDqKc8X4nZ8Qm3v4j4B4v2Wz\r\n"
                                      "a=bundle-only\r\n"
                                      "a=mid:application0\r\n"
                                      "a=sctp-port:5000\r\n"
                                      "a=fingerprint:sha-256 " HEX32 "\r\n";

static const char aiortc_answer[]
    = "v=0\r\n"
      "o=- 3909571234 3909571234 IN IP4 0.0.0.0\r\n"
      "s=-\r\n"
      "t=0 0\r\n"
      "a=group:BUNDLE 0\r\n"
      "a=msid-semantic:WMS *\r\n"
      "m=application 40093 DTLS/SCTP 5000\r\n"
      "c=IN IP4 192.0.2.9\r\n"
      "a=mid:0\r\n"
      "a=sctpmap:5000 webrtc-datachannel 65535\r\n"
      "a=max-message-size:65536\r\n"
      "a=candidate:f0c7 1 udp 2130706431 192.0.2.9 40093 typ host\r\n"
      "a=end-of-candidates\r\n"
      "a=ice-ufrag:pX1a\r\n"
      "a=ice-pwd:0123456789abcdefghijkl\r\n"
      "a=fingerprint:sha-256 " HEX32 "\r\n"
      "a=setup:active\r\n";

static const char libdatachannel_offer[]
    = "v=0\r\n"
      "o=rtc 2890844526 0 IN IP4 127.0.0.1\r\n"
      "s=-\r\n"
      "t=0 0\r\n"
      "a=group:BUNDLE 0\r\n"
      "a=group:LS 0\r\n"
      "a=msid-semantic:WMS *\r\n"
      "a=ice-options:ice2,trickle\r\n"
      "a=fingerprint:SHA-256 " HEX32 "\r\n"
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
      "c=IN IP4 0.0.0.0\r\n"
      "a=mid:0\r\n"
      "a=sendrecv\r\n"
      "a=sctp-port:5000\r\n"
      "a=max-message-size:262144\r\n"
      "a=setup:actpass\r\n"
      "a=ice-ufrag:Wn7d\r\n"
      "a=ice-pwd:Xk8fVTjPPmRGZgpiHHfGG1\r\n";

static PlMedia *
parse_data (PlSdpType type, const char *text, PlDescription **description)
{
  g_autoptr (GError) error = NULL;
  *description = pl_description_parse (type, text, &error);
  g_assert_no_error (error);
  PlMedia *media = pl_description_find_data (*description);
  g_assert_nonnull (media);
  return media;
}

static void
test_chromium (void)
{
  g_autoptr (PlDescription) description = NULL;
  PlMedia *media = parse_data (PL_SDP_OFFER, chromium_offer, &description);

  g_assert_cmpuint (description->media->len, ==, 2);
  const PlMedia *audio = g_ptr_array_index (description->media, 0);
  g_assert_cmpstr (audio->media, ==, "audio");
  g_assert_cmpstr (audio->formats, ==, "111 63 9 0 8 13 110 126");
  g_assert_true (audio->rtcp_mux);
  g_assert_cmpuint (audio->bundle, ==, 1);
  g_assert_cmpuint (media->bundle, ==, 1);
  g_assert_true (description->trickle);
  g_assert_cmpstr (media->mid, ==, "1");
  g_assert_cmpstr (media->transport.ufrag, ==, "khLS");
  g_assert_cmpstr (media->transport.fingerprint, ==, PRINT);
  g_assert_cmpint (media->transport.setup, ==, PL_SETUP_ACTPASS);
  g_assert_cmpuint (media->sctp_port, ==, 5000);
  g_assert_cmpuint (media->max_message_size, ==, 262144);
}

static void
assert_codec (const PlSdpAudio *audio, guint i, PlCodec codec, guint payload_type)
{
  g_assert_cmpint (audio->codecs[i].codec, ==, codec);
  g_assert_cmpuint (audio->codecs[i].payload_type, ==, payload_type);
}

/* The order of the m= line counts, not that of the maps; static types need none. */
static void
test_audio (void)
{
  g_autoptr (PlDescription) description = NULL;
  parse_data (PL_SDP_OFFER, chromium_offer, &description);
  const PlMedia *media = g_ptr_array_index (description->media, 0);

  g_assert_cmpuint (media->audio.n_codecs, ==, 3);
  assert_codec (&media->audio, 0, PL_CODEC_OPUS, 111);
  assert_codec (&media->audio, 1, PL_CODEC_PCMU, 0);
  assert_codec (&media->audio, 2, PL_CODEC_PCMA, 8);
  g_assert_cmpint (media->audio.direction, ==, PL_SDP_BOTH);
  g_assert_false (media->audio.rtcp_rsize);
  g_autofree char *text = pl_description_print (description);
  g_assert_nonnull (strstr (text, "a=rtpmap:111 opus/48000/2\r\n"
                                  "a=fmtp:111 minptime=10;useinbandfec=1\r\n"
                                  "a=rtpmap:0 PCMU/8000\r\n"));
}

static const struct {
  const char *formats, *map;
  guint n;
  int payload_type; /* of the first */
} maps[] = {
  { "96", "96 OPUS/48000/2", 1, 96 },
  { "96", "96 opus/48000", 0, -1 }, /* RFC 7587 section 7: always two channels */
  { "96", "96 opus/16000/2", 0, -1 },
  { "96 97", "97 PCMU/8000/1", 1, 97 },
  { "97", "97 PCMU/8000/2", 0, -1 },
  { "0", "0 opus/48000/2", 1, 0 }, /* what is said counts, not the table */
  { "0", "0 GSM/8000", 0, -1 },
  { "72", "72 opus/48000/2", 0, -1 }, /* cannot be told from RTCP */
  { "128", "128 opus/48000/2", 0, -1 },
  { "96 96", "96 opus/48000/2", 1, 96 },
  { "x -1", "opus", 0, -1 },
};

static void
test_audio_maps (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (maps); i++) {
    g_autoptr (GPtrArray) rtpmaps = g_ptr_array_new ();
    PlSdpAudio audio = { 0 };
    g_test_message ("%s, %s", maps[i].formats, maps[i].map);
    g_ptr_array_add (rtpmaps, (char *) maps[i].map);
    pl_sdp_audio_read_codecs (&audio, maps[i].formats, rtpmaps);
    g_assert_cmpuint (audio.n_codecs, ==, maps[i].n);
    if (maps[i].n)
      g_assert_cmpint (audio.codecs[0].payload_type, ==, maps[i].payload_type);
  }
}

static void
test_firefox (void)
{
  g_autoptr (PlDescription) description = NULL;
  PlMedia *media = parse_data (PL_SDP_OFFER, firefox_offer, &description);

  g_assert_cmpstr (media->transport.fingerprint, ==, PRINT); /* from the session */
  g_assert_cmpuint (media->candidates->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (media->candidates, 0), ==,
                   "candidate:0 1 UDP 2122252543 192.0.2.7 49203 typ host");
  g_assert_true (media->end_of_candidates);
  g_assert_true (description->trickle);
  g_assert_cmpuint (media->max_message_size, ==, 1073741823);
}

static void
test_webrtcbin (void)
{
  g_autoptr (PlDescription) description = NULL;
  PlMedia *media = parse_data (PL_SDP_OFFER, webrtcbin_offer, &description);

  g_assert_cmpstr (media->mid, ==, "application0");
  g_assert_true (media->bundle_only);
  g_assert_cmpuint (media->max_message_size, ==, 65536); /* RFC 8841: where it is absent */
}

static void
test_aiortc_old_form (void)
{
  g_autoptr (PlDescription) description = NULL;
  PlMedia *media = parse_data (PL_SDP_ANSWER, aiortc_answer, &description);

  g_assert_cmpuint (media->sctp_port, ==, 5000);
  g_assert_cmpint (media->transport.setup, ==, PL_SETUP_ACTIVE);
  g_assert_false (description->trickle);
}

static void
test_libdatachannel (void)
{
  g_autoptr (PlDescription) description = NULL;
  PlMedia *media = parse_data (PL_SDP_OFFER, libdatachannel_offer, &description);

  g_assert_cmpstr (media->transport.fingerprint, ==, PRINT); /* hash in lower case */
  g_assert_cmpuint (media->bundle, ==, 1);
}

/* A bundle's sections after the first may leave the transport out. */
static void
test_bundle_shares_transport (void)
{
  g_autoptr (GString) text = g_string_new (chromium_offer);
  char *second = strstr (text->str, "m=application");
  const char *transport = strstr (second, "a=ice-ufrag");
  const char *mid = strstr (second, "a=mid:1");
  g_string_erase (text, transport - text->str, mid - transport);

  g_autoptr (PlDescription) description = NULL;
  PlMedia *media = parse_data (PL_SDP_OFFER, text->str, &description);
  g_assert_cmpstr (media->transport.ufrag, ==, "khLS");
  g_assert_cmpint (media->transport.setup, ==, PL_SETUP_ACTPASS);
}

static void
test_strongest_fingerprint (void)
{
  g_autoptr (GString) text = g_string_new (firefox_offer);
  g_string_replace (text, "a=fingerprint:sha-256 ",
                    "a=fingerprint:md5 00:11\r\na=fingerprint:sha-256 ", 1);
  g_autoptr (PlDescription) description = NULL;
  PlMedia *media = parse_data (PL_SDP_OFFER, text->str, &description);
  g_assert_cmpstr (media->transport.fingerprint, ==, PRINT);
}

/* What is printed is parsed to the same again. */
static void
test_print (void)
{
  const char *const offers[]
      = { chromium_offer, firefox_offer, webrtcbin_offer, libdatachannel_offer };

  for (guint i = 0; i < G_N_ELEMENTS (offers); i++) {
    g_autoptr (PlDescription) first = NULL, second = NULL;
    parse_data (PL_SDP_OFFER, offers[i], &first);
    g_autofree char *once = pl_description_print (first);
    parse_data (PL_SDP_OFFER, once, &second);
    g_autofree char *twice = pl_description_print (second);
    g_assert_cmpstr (once, ==, twice);
  }
  g_autoptr (PlDescription) ours = NULL;
  parse_data (PL_SDP_OFFER, libdatachannel_offer, &ours);
  ours->trickle = TRUE;
  g_autofree char *text = pl_description_print (ours);
  g_assert_cmpstr (text, ==,
                   "v=0\r\no=- 2890844526 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
                   "a=group:BUNDLE 0\r\na=ice-options:trickle\r\n"
                   "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"
                   "a=mid:0\r\na=ice-ufrag:Wn7d\r\na=ice-pwd:Xk8fVTjPPmRGZgpiHHfGG1\r\n"
                   "a=fingerprint:" PRINT "\r\na=setup:actpass\r\n"
                   "a=sctp-port:5000\r\na=max-message-size:262144\r\n");
}

static void
test_rejected_section (void)
{
  g_autoptr (GString) text = g_string_new (libdatachannel_offer);
  g_string_replace (text, "m=application 9", "m=application 0", 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (PlDescription) description
      = pl_description_parse (PL_SDP_OFFER, text->str, &error);
  g_assert_no_error (error);
  g_assert_null (pl_description_find_data (description));
}

/* One change of a good offer each, and what the error must say. */
static const struct {
  const char *name, *from, *to;
  int code;
  const char *says;
} bad[] = {
  { "version", "v=0", "v=1", PL_PROTO_ERROR_INVALID, "line 1" },
  { "no-version", "v=0\r\n", "", PL_PROTO_ERROR_INVALID, "line 1" },
  { "form", "t=0 0", "t0 0", PL_PROTO_ERROR_INVALID, "line 4" },
  { "carriage-return", "t=0 0", "t=0\r0", PL_PROTO_ERROR_INVALID, "line 4" },
  { "not-utf8", "s=-", "s=\xff", PL_PROTO_ERROR_INVALID, "UTF-8" },
  { "m-line", "UDP/DTLS/SCTP webrtc-datachannel", "UDP/DTLS/SCTP", PL_PROTO_ERROR_INVALID,
    "line 10" },
  { "port", "application 9", "application 70000", PL_PROTO_ERROR_INVALID, "70000" },
  { "ufrag-missing", "a=ice-ufrag:Wn7d\r\n", "", PL_PROTO_ERROR_INVALID, "ice-ufrag" },
  { "ufrag-short", "ufrag:Wn7d", "ufrag:Wn7", PL_PROTO_ERROR_INVALID, "ice-ufrag" },
  { "ufrag-chars", "ufrag:Wn7d", "ufrag:W 7d", PL_PROTO_ERROR_INVALID, "ice-ufrag" },
  { "ufrag-twice", "a=ice-ufrag:Wn7d\r\n", "a=ice-ufrag:Wn7d\r\na=ice-ufrag:Wn7e\r\n",
    PL_PROTO_ERROR_INVALID, "ice-ufrag" },
  { "pwd-short", "pwd:Xk8fVTjPPmRGZgpiHHfGG1", "pwd:Xk8fVTjPPmRGZgpiHHfGG",
    PL_PROTO_ERROR_INVALID, "ice-pwd" },
  { "hash", "SHA-256", "sha-1", PL_PROTO_ERROR_UNSUPPORTED, "fingerprint" },
  { "hash-length", "SHA-256", "sha-384", PL_PROTO_ERROR_INVALID, "fingerprint" },
  { "hash-digits", "SHA-256 00:", "sha-256 0g:", PL_PROTO_ERROR_INVALID, "fingerprint" },
  { "setup", "a=setup:actpass", "a=setup:holdconn", PL_PROTO_ERROR_INVALID, "setup" },
  { "setup-missing", "a=setup:actpass\r\n", "", PL_PROTO_ERROR_INVALID, "setup" },
  { "sctp-port", "sctp-port:5000", "sctp-port:70000", PL_PROTO_ERROR_INVALID, "sctp-port" },
  { "sctp-port-0", "sctp-port:5000", "sctp-port:0", PL_PROTO_ERROR_INVALID, "sctp-port" },
  { "max-size", "size:262144", "size:-1", PL_PROTO_ERROR_INVALID, "max-message-size" },
  { "group-unknown", "BUNDLE 0", "BUNDLE 1", PL_PROTO_ERROR_INVALID, "'1' is unknown" },
  { "group-twice", "BUNDLE 0", "BUNDLE 0 0", PL_PROTO_ERROR_INVALID, "twice" },
  { "mid-empty", "a=mid:0", "a=mid:", PL_PROTO_ERROR_INVALID, "mid" },
};

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) text = g_string_new (libdatachannel_offer);
    g_assert_cmpuint (g_string_replace (text, bad[i].from, bad[i].to, 1), ==, 1);
    g_autoptr (PlDescription) description
        = pl_description_parse (PL_SDP_OFFER, text->str, &error);
    g_test_message ("%s: %s", bad[i].name, error ? error->message : "no error");
    g_assert_null (description);
    g_assert_error (error, PL_PROTO_ERROR, bad[i].code);
    g_assert_nonnull (strstr (error->message, bad[i].says));
    g_assert_null (strstr (error->message, "Xk8f")); /* the password stays secret */
  }
}

static void
test_actpass_in_answer (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (pl_description_parse (PL_SDP_ANSWER, libdatachannel_offer, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
}

static void
assert_limit (GString *text)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (pl_description_parse (PL_SDP_OFFER, text->str, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  g_string_free (text, TRUE);
}

static void
append_times (GString *text, const char *line, guint n)
{
  while (n--)
    g_string_append (text, line);
}

static void
test_limits (void)
{
  GString *size = g_string_new (libdatachannel_offer);
  append_times (size, "a=x-0123456789012345678901234567890123456789\r\n", 800);
  assert_limit (size);

  GString *lines = g_string_new (libdatachannel_offer);
  append_times (lines, "a=x\r\n", PL_MAX_SDP_LINES);
  assert_limit (lines);

  GString *media = g_string_new (libdatachannel_offer);
  append_times (media, "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n", PL_MAX_MEDIA);
  assert_limit (media);

  GString *line = g_string_new (libdatachannel_offer);
  g_string_append (line, "a=x:");
  append_times (line, "0123456789", 500);
  assert_limit (line);
  assert_limit (g_string_new (""));

  g_autoptr (GString) many = g_string_new (libdatachannel_offer);
  append_times (many, "a=candidate:0 1 UDP 1 192.0.2.7 9 typ host\r\n", PL_MAX_CANDIDATES + 9);
  g_autoptr (PlDescription) description = NULL;
  PlMedia *data = parse_data (PL_SDP_OFFER, many->str, &description);
  g_assert_cmpuint (data->candidates->len, ==, PL_MAX_CANDIDATES);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/sdp/chromium", test_chromium);
  g_test_add_func ("/sdp/audio", test_audio);
  g_test_add_func ("/sdp/audio-maps", test_audio_maps);
  g_test_add_func ("/sdp/firefox", test_firefox);
  g_test_add_func ("/sdp/webrtcbin", test_webrtcbin);
  g_test_add_func ("/sdp/aiortc-old-form", test_aiortc_old_form);
  g_test_add_func ("/sdp/libdatachannel", test_libdatachannel);
  g_test_add_func ("/sdp/bundle-shares-transport", test_bundle_shares_transport);
  g_test_add_func ("/sdp/strongest-fingerprint", test_strongest_fingerprint);
  g_test_add_func ("/sdp/print", test_print);
  g_test_add_func ("/sdp/rejected-section", test_rejected_section);
  g_test_add_func ("/sdp/bad", test_bad);
  g_test_add_func ("/sdp/actpass-in-answer", test_actpass_in_answer);
  g_test_add_func ("/sdp/limits", test_limits);
  return g_test_run ();
}
