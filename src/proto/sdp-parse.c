/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sdp-parse.h"

#include "base/error.h"
#include "base/limits.h"

#include <gst/sdp/gstsdpmessage.h>
#include <string.h>

/* GStreamer's SDP library takes lines apart and forgives nearly everything; sizes and the form
 * of lines are checked before it sees the text, what the attributes say after it. */

/* RFC 8841 section 6.1: what holds where a=max-message-size is absent. */
#define DEFAULT_MAX_MESSAGE_SIZE (64 * 1024)
/* The custom that became the rule, RFC 8841 section 5.1 and RFC 8829 section 5.2.1. */
#define DEFAULT_SCTP_PORT 5000
/* The library reads tokens into 8 KiB buffers and cuts what is longer. */
#define MAX_LINE (4 * 1024)

static const struct {
  const char *name;
  guint n_bytes;
} hashes[] = { { "sha-512", 64 }, { "sha-384", 48 }, { "sha-256", 32 } };

static const char *const setup_names[] = { NULL, "actpass", "active", "passive" };

/* One section as the library has it, and the session around it. */
typedef struct {
  const GstSDPMessage *session;
  const GstSDPMedia *media;
  const char *name; /* for errors: the mid, else the media */
} Scope;

/* --- before the library: sizes and the form of lines --- */

static gboolean
check_line (const char *line, size_t len, guint number, GError **error)
{
  if (len > MAX_LINE) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "sdp line %u: %zu bytes, limit is %u", number, len, MAX_LINE);
    return FALSE;
  }
  if (len < 2 || !g_ascii_islower (line[0]) || line[1] != '=' || memchr (line, '\r', len)) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "sdp line %u is not of the form x=value", number);
    return FALSE;
  }
  if (number == 1 && (len != 3 || memcmp (line, "v=0", 3) != 0)) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "sdp line 1 is not 'v=0'");
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_m_line (const char *line, size_t len, guint number, GError **error)
{
  g_autofree char *text = g_strndup (line + 2, len - 2);
  g_auto (GStrv) fields = g_strsplit (text, " ", 5);
  guint64 port;

  if (g_strv_length (fields) < 4 || !*fields[0] || !*fields[2] || !*fields[3]) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "sdp line %u: m= needs media, port, protocol and formats", number);
    return FALSE;
  }
  *strchrnul (fields[1], '/') = '\0';
  if (!g_ascii_string_to_unsigned (fields[1], 10, 0, UINT16_MAX, &port, NULL)) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "sdp line %u: port '%s'",
                 number, fields[1]);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_lines (const char *text, GError **error)
{
  guint n_media = 0, number = 0;

  for (const char *line = text; *line != '\0';) {
    const char *end = strchrnul (line, '\n');
    const char *next = *end ? end + 1 : end;
    size_t len = end - line;
    if (len > 0 && line[len - 1] == '\r')
      len--;
    if (++number > PL_MAX_SDP_LINES) {
      g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT, "sdp has more than %u lines",
                   PL_MAX_SDP_LINES);
      return FALSE;
    }
    /* A blank line at the end does no harm; some signaling adds one. */
    if (len == 0 && *next == '\0' && number > 1)
      break;
    if (!check_line (line, len, number, error))
      return FALSE;
    if (line[0] == 'm') {
      if (++n_media > PL_MAX_MEDIA) {
        g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                     "sdp line %u: more than %u media sections", number, PL_MAX_MEDIA);
        return FALSE;
      }
      if (!check_m_line (line, len, number, error))
        return FALSE;
    }
    line = next;
  }
  return TRUE;
}

static gboolean
check_text (const char *text, GError **error)
{
  size_t len = strnlen (text, PL_MAX_SDP + 1);

  if (len == 0 || len > PL_MAX_SDP) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 len ? "sdp is longer than %u bytes" : "sdp is empty (limit is %u bytes)",
                 PL_MAX_SDP);
    return FALSE;
  }
  if (!g_utf8_validate (text, len, NULL)) {
    g_set_error_literal (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "sdp is not UTF-8");
    return FALSE;
  }
  return check_lines (text, error);
}

/* --- attributes --- */

static gboolean
fail_attribute (const Scope *scope, const char *key, const char *problem, GError **error)
{
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "sdp media '%s': a=%s %s",
               scope->name, key, problem);
  return FALSE;
}

static const char *
nth_value (const Scope *scope, gboolean in_session, const char *key, guint n)
{
  return in_session ? gst_sdp_message_get_attribute_val_n (scope->session, key, n)
                    : gst_sdp_media_get_attribute_val_n (scope->media, key, n);
}

/* The value of an attribute that may stand in the section or, for all sections, in the session.
 * *@value is NULL where it is in neither. */
static gboolean
read_single (const Scope *scope, const char *key, const char **value, GError **error)
{
  gboolean in_session = nth_value (scope, FALSE, key, 0) == NULL;
  const char *first = nth_value (scope, in_session, key, 0);
  const char *second = first ? nth_value (scope, in_session, key, 1) : NULL;

  if (second && !g_str_equal (first, second))
    return fail_attribute (scope, key, "stands twice with different values", error);
  *value = first;
  return TRUE;
}

static gboolean
read_number (const Scope *scope, const char *key, uint64_t max, uint64_t *number,
             GError **error)
{
  const char *text;
  guint64 value;

  if (!read_single (scope, key, &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 0, max, &value, NULL))
    return fail_attribute (scope, key, "is not a number in its range", error);
  *number = value;
  return TRUE;
}

/* ice-char of RFC 8839 section 5.4. The value is not repeated in the error: it is a secret. */
static gboolean
read_ice_string (const Scope *scope, const char *key, size_t min, char **out, GError **error)
{
  const char *text;

  if (!read_single (scope, key, &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  size_t len = strlen (text);
  if (len < min || len > 256)
    return fail_attribute (scope, key, "has a length that RFC 8839 does not allow", error);
  for (size_t i = 0; i < len; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '+' && text[i] != '/')
      return fail_attribute (scope, key, "has characters that RFC 8839 does not allow", error);
  *out = g_strdup (text);
  return TRUE;
}

static gboolean
read_setup (const Scope *scope, PlSetup *setup, GError **error)
{
  const char *text;

  if (!read_single (scope, "setup", &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  for (guint i = PL_SETUP_ACTPASS; i < G_N_ELEMENTS (setup_names); i++)
    if (g_str_equal (text, setup_names[i])) {
      *setup = i;
      return TRUE;
    }
  return fail_attribute (scope, "setup", "is none of actpass, active and passive", error);
}

/* "HASH XX:XX:..."; returns the rank of the hash (index into hashes), -1 for one we do not
 * know, -2 for nonsense. */
static int
parse_fingerprint (const char *text, char **out)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 3);

  if (g_strv_length (words) != 2)
    return -2;
  g_autofree char *name = g_ascii_strdown (words[0], -1);
  g_autofree char *digits = g_ascii_strup (words[1], -1);
  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++) {
    if (!g_str_equal (name, hashes[i].name))
      continue;
    if (strlen (digits) != hashes[i].n_bytes * 3 - 1)
      return -2;
    for (guint k = 0; digits[k]; k++)
      if (k % 3 == 2 ? digits[k] != ':' : !g_ascii_isxdigit (digits[k]))
        return -2;
    *out = g_strconcat (name, " ", digits, NULL);
    return i;
  }
  return -1;
}

/* RFC 8122 section 5: there may be several; the strongest hash that we know counts. */
static gboolean
read_fingerprint (const Scope *scope, char **out, GError **error)
{
  gboolean in_session = nth_value (scope, FALSE, "fingerprint", 0) == NULL;
  int best = G_N_ELEMENTS (hashes);
  const char *text;
  guint n;

  for (n = 0; (text = nth_value (scope, in_session, "fingerprint", n)) != NULL; n++) {
    g_autofree char *fingerprint = NULL;
    int rank = parse_fingerprint (text, &fingerprint);
    if (rank == -2)
      return fail_attribute (scope, "fingerprint", "is malformed", error);
    if (rank < 0 || rank >= best)
      continue;
    best = rank;
    g_free (*out);
    *out = g_steal_pointer (&fingerprint);
  }
  if (n > 0 && *out == NULL) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_UNSUPPORTED,
                 "sdp media '%s': a=fingerprint has no hash that we know", scope->name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_transport (const Scope *scope, PlSdpTransport *transport, GError **error)
{
  return read_ice_string (scope, "ice-ufrag", 4, &transport->ufrag, error)
         && read_ice_string (scope, "ice-pwd", 22, &transport->pwd, error)
         && read_fingerprint (scope, &transport->fingerprint, error)
         && read_setup (scope, &transport->setup, error);
}

static gboolean
read_candidates (const Scope *scope, PlMedia *media, GError **error)
{
  const char *text;

  for (guint i = 0; (text = nth_value (scope, FALSE, "candidate", i)) != NULL; i++) {
    if (strlen (text) + strlen ("candidate:") > PL_MAX_CANDIDATE_LINE)
      return fail_attribute (scope, "candidate", "is too long", error);
    if (media->candidates->len < PL_MAX_CANDIDATES)
      g_ptr_array_add (media->candidates, g_strconcat ("candidate:", text, NULL));
  }
  media->end_of_candidates = nth_value (scope, FALSE, "end-of-candidates", 0) != NULL;
  return TRUE;
}

/* --- sections --- */

/* "UDP/DTLS/SCTP webrtc-datachannel" (RFC 8841), or "DTLS/SCTP 5000" with a=sctpmap as it was
 * in the drafts before. */
static gboolean
read_sctp (const Scope *scope, PlMedia *media, GError **error)
{
  uint64_t port = DEFAULT_SCTP_PORT;
  uint64_t max_size = DEFAULT_MAX_MESSAGE_SIZE;

  if (!g_str_equal (media->media, "application"))
    return TRUE;
  if (g_str_equal (media->protocol, "DTLS/SCTP")) {
    guint64 number;
    if (!g_ascii_string_to_unsigned (media->formats, 10, 0, UINT16_MAX, &number, NULL))
      return fail_attribute (scope, "sctpmap", "belongs to a port that is no number", error);
    port = number;
  } else if (!g_str_has_suffix (media->protocol, "/DTLS/SCTP")
             || !g_str_equal (media->formats, "webrtc-datachannel")) {
    return TRUE;
  } else if (!read_number (scope, "sctp-port", UINT16_MAX, &port, error)) {
    return FALSE;
  }
  if (port == 0)
    return fail_attribute (scope, "sctp-port", "is 0", error);
  if (!read_number (scope, "max-message-size", G_MAXUINT64, &max_size, error))
    return FALSE;
  media->sctp_port = port;
  media->max_message_size = max_size;
  return TRUE;
}

/* RFC 8866 section 6.7: in the section or for all sections, sendrecv where none is told. */
static PlSdpDirection
read_direction (const Scope *scope)
{
  for (guint in_session = 0; in_session < 2; in_session++)
    for (PlSdpDirection direction = PL_SDP_INACTIVE; direction <= PL_SDP_BOTH; direction++)
      if (nth_value (scope, in_session, pl_sdp_direction_get_name (direction), 0))
        return direction;
  return PL_SDP_BOTH;
}

/* "UDP/TLS/RTP/SAVPF", or one of the forms before it that RFC 8829 section 5.1.2 accepts. */
static void
read_audio (const Scope *scope, PlMedia *media)
{
  g_autoptr (GPtrArray) rtpmaps = g_ptr_array_new ();
  const char *text;

  if (!g_str_equal (media->media, "audio")
      || !(g_str_has_suffix (media->protocol, "RTP/SAVPF")
           || g_str_has_suffix (media->protocol, "RTP/SAVP")))
    return;
  media->audio.rtcp_rsize = nth_value (scope, FALSE, "rtcp-rsize", 0) != NULL;
  media->audio.direction = read_direction (scope);
  for (guint i = 0; (text = nth_value (scope, FALSE, "rtpmap", i)) != NULL; i++)
    g_ptr_array_add (rtpmaps, (char *) text);
  pl_sdp_audio_read_codecs (&media->audio, media->formats, rtpmaps);
}

static gboolean
read_mid (const Scope *scope, PlMedia *media, GError **error)
{
  const char *mid = nth_value (scope, FALSE, "mid", 0);

  if (mid == NULL)
    return TRUE;
  if (*mid == '\0' || strlen (mid) > PL_MAX_MID || strpbrk (mid, " \t"))
    return fail_attribute (scope, "mid", "is no token of a fair length", error);
  media->mid = g_strdup (mid);
  return TRUE;
}

static PlMedia *
read_media (const GstSDPMessage *session, const GstSDPMedia *section, GError **error)
{
  g_autoptr (GString) formats = g_string_new (NULL);
  for (guint i = 0; i < gst_sdp_media_formats_len (section); i++)
    g_string_append_printf (formats, "%s%s", i ? " " : "",
                            gst_sdp_media_get_format (section, i));

  const char *name = gst_sdp_media_get_media (section);
  g_autoptr (PlMedia) media
      = pl_media_new (name, gst_sdp_media_get_proto (section), formats->str);
  const char *mid = gst_sdp_media_get_attribute_val (section, "mid");
  const Scope scope = { session, section, mid && *mid ? mid : name };

  media->port = gst_sdp_media_get_port (section);
  media->bundle_only = nth_value (&scope, FALSE, "bundle-only", 0) != NULL;
  media->rtcp_mux = nth_value (&scope, FALSE, "rtcp-mux", 0) != NULL;
  if (!read_mid (&scope, media, error))
    return NULL;
  if (media->port == 0 && !media->bundle_only)
    return g_steal_pointer (&media);
  read_audio (&scope, media);
  if (!read_sctp (&scope, media, error) || !read_transport (&scope, &media->transport, error)
      || !read_candidates (&scope, media, error))
    return NULL;
  return g_steal_pointer (&media);
}

static PlMedia *
find_mid (const PlDescription *self, const char *mid)
{
  for (guint i = 0; i < self->media->len; i++) {
    PlMedia *media = g_ptr_array_index (self->media, i);
    if (g_strcmp0 (media->mid, mid) == 0)
      return media;
  }
  return NULL;
}

/* RFC 8829 section 5.2.1: in a bundle the attributes of the transport need stand only in its
 * first section. */
static void
share_transport (const PlMedia *tagged, PlMedia *media)
{
  if (media->transport.ufrag == NULL && tagged->transport.ufrag != NULL)
    pl_sdp_transport_copy (&tagged->transport, &media->transport);
}

static gboolean
read_group (PlDescription *self, const char *text, guint *n_groups, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", PL_MAX_MEDIA + 2);
  PlMedia *tagged = NULL;

  if (!g_str_equal (words[0] ? words[0] : "", "BUNDLE"))
    return TRUE;
  for (guint i = 1; words[i] != NULL; i++) {
    if (*words[i] == '\0')
      continue;
    PlMedia *media = find_mid (self, words[i]);
    if (media == NULL || media->bundle != 0) {
      g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "sdp a=group: mid '%s' is %s",
                   words[i], media ? "bundled twice" : "unknown");
      return FALSE;
    }
    if (tagged == NULL) {
      tagged = media;
      (*n_groups)++;
    }
    media->bundle = *n_groups;
    share_transport (tagged, media);
  }
  return TRUE;
}

static gboolean
check_mids (const PlDescription *self, GError **error)
{
  for (guint i = 0; i < self->media->len; i++) {
    const PlMedia *media = g_ptr_array_index (self->media, i);
    if (media->mid && find_mid (self, media->mid) != media) {
      g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                   "sdp a=mid: '%s' names two sections", media->mid);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check_data (const PlDescription *self, GError **error)
{
  const PlMedia *media = pl_description_find_data (self);
  if (media == NULL)
    return TRUE;

  const PlSdpTransport *transport = &media->transport;
  const char *missing = !transport->ufrag         ? "ice-ufrag"
                        : !transport->pwd         ? "ice-pwd"
                        : !transport->fingerprint ? "fingerprint"
                        : !transport->setup       ? "setup"
                                                  : NULL;
  if (missing) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "sdp media '%s': a=%s is missing", media->mid ? media->mid : media->media,
                 missing);
    return FALSE;
  }
  if (self->type == PL_SDP_ANSWER && transport->setup == PL_SETUP_ACTPASS) {
    g_set_error_literal (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                         "sdp a=setup: 'actpass' in an answer");
    return FALSE;
  }
  return TRUE;
}

static gboolean
has_option (const Scope *scope, const char *option)
{
  for (guint in_session = 0; in_session < 2; in_session++) {
    const char *text;
    for (guint i = 0; (text = nth_value (scope, in_session, "ice-options", i)) != NULL; i++) {
      g_auto (GStrv) words = g_strsplit (text, " ", 16);
      if (g_strv_contains ((const char *const *) words, option))
        return TRUE;
    }
  }
  return FALSE;
}

static gboolean
read_session (PlDescription *self, const GstSDPMessage *session, GError **error)
{
  const GstSDPOrigin *origin = gst_sdp_message_get_origin (session);
  const char *text;
  guint n_groups = 0;

  self->session_id = g_strdup (origin->sess_id);
  self->session_version
      = origin->sess_version ? g_ascii_strtoull (origin->sess_version, NULL, 10) : 0;
  self->ice_lite = gst_sdp_message_get_attribute_val (session, "ice-lite") != NULL;
  for (guint i = 0; i < gst_sdp_message_medias_len (session); i++) {
    const GstSDPMedia *section = gst_sdp_message_get_media (session, i);
    PlMedia *media = read_media (session, section, error);
    if (media == NULL)
      return FALSE;
    g_ptr_array_add (self->media, media);
    self->trickle |= has_option (&(Scope){ session, section, media->media }, "trickle");
  }
  if (!check_mids (self, error))
    return FALSE;
  for (guint i = 0; (text = gst_sdp_message_get_attribute_val_n (session, "group", i)); i++)
    if (!read_group (self, text, &n_groups, error))
      return FALSE;
  return check_data (self, error);
}

PlDescription *
pl_description_parse (PlSdpType type, const char *text, GError **error)
{
  if (!check_text (text, error))
    return NULL;

  GstSDPMessage *session = NULL;
  gst_sdp_message_new (&session);
  g_autoptr (PlDescription) self = pl_description_new (type);
  gboolean ok = FALSE;
  if (gst_sdp_message_parse_buffer ((const guint8 *) text, strlen (text), session)
      != GST_SDP_OK)
    g_set_error_literal (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, "sdp is malformed");
  else
    ok = read_session (self, session, error);
  gst_sdp_message_free (session);
  return ok ? g_steal_pointer (&self) : NULL;
}
