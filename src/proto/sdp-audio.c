/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sdp-audio.h"

#include <string.h>

#define N_TYPES 128 /* payload types have seven bits */
/* RFC 3551 table 4 gives G.711 payload types that need no a=rtpmap; Opus has none. */
#define DYNAMIC N_TYPES

static const struct {
  const char *name; /* as a=rtpmap has it, RFC 8866 section 6.6 */
  guint static_type;
  const char *parameters; /* of a=fmtp */
} codecs[PL_N_CODECS] = {
  [PL_CODEC_OPUS] = { "opus/48000/2", DYNAMIC, "minptime=10;useinbandfec=1" },
  [PL_CODEC_PCMU] = { "PCMU/8000", 0, NULL },
  [PL_CODEC_PCMA] = { "PCMA/8000", 8, NULL },
};

static const char *const directions[] = { "inactive", "sendonly", "recvonly", "sendrecv" };

/* --- reading --- */

/* RFC 5761 section 4: 64 to 95 cannot be told from RTCP. */
static gboolean
parse_payload_type (const char *text, guint *type)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 0, N_TYPES - 1, &number, NULL)
      || (number >= 64 && number <= 95))
    return FALSE;
  *type = number;
  return TRUE;
}

/* "111 opus/48000/2" */
static void
read_names (const GPtrArray *rtpmaps, const char *names[N_TYPES])
{
  for (guint i = 0; i < rtpmaps->len; i++) {
    const char *text = g_ptr_array_index (rtpmaps, i);
    char *end;
    guint64 type = g_ascii_strtoull (text, &end, 10);
    if (end != text && *end == ' ' && type < N_TYPES)
      names[type] = end + 1;
  }
}

/* A channel count of one may be said or left out (RFC 8866 section 6.6). */
static gboolean
is_codec (PlCodec codec, const char *name, guint type)
{
  if (name == NULL)
    return codecs[codec].static_type == type;
  size_t len = strlen (codecs[codec].name);
  return g_ascii_strncasecmp (name, codecs[codec].name, len) == 0
         && (name[len] == '\0' || (codec != PL_CODEC_OPUS && g_str_equal (name + len, "/1")));
}

static gboolean
has_codec (const PlSdpAudio *self, PlCodec codec)
{
  for (guint i = 0; i < self->n_codecs; i++)
    if (self->codecs[i].codec == codec)
      return TRUE;
  return FALSE;
}

void
pl_sdp_audio_read_codecs (PlSdpAudio *self, const char *formats, const GPtrArray *rtpmaps)
{
  g_auto (GStrv) words = g_strsplit (formats, " ", -1);
  const char *names[N_TYPES] = { NULL };
  guint type;

  read_names (rtpmaps, names);
  for (guint i = 0; words[i]; i++) {
    if (!parse_payload_type (words[i], &type))
      continue;
    for (PlCodec codec = 0; codec < PL_N_CODECS; codec++)
      if (is_codec (codec, names[type], type) && !has_codec (self, codec))
        self->codecs[self->n_codecs++] = (PlSdpCodec){ codec, type };
  }
}

const char *
pl_sdp_direction_get_name (PlSdpDirection direction)
{
  return directions[direction];
}

PlSdpDirection
pl_sdp_direction_reverse (PlSdpDirection direction)
{
  return (direction & PL_SDP_SEND ? PL_SDP_RECEIVE : 0)
         | (direction & PL_SDP_RECEIVE ? PL_SDP_SEND : 0);
}

/* --- printing --- */

char *
pl_sdp_audio_print_formats (const PlSdpAudio *self)
{
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < self->n_codecs; i++)
    g_string_append_printf (out, "%s%u", i ? " " : "", self->codecs[i].payload_type);
  return g_string_free (out, /* free_segment = */ FALSE);
}

void
pl_sdp_audio_print (const PlSdpAudio *self, GString *out)
{
  if (self->rtcp_rsize)
    g_string_append (out, "a=rtcp-rsize\r\n");
  g_string_append_printf (out, "a=%s\r\n", directions[self->direction]);
  for (guint i = 0; i < self->n_codecs; i++) {
    const guint type = self->codecs[i].payload_type;
    const PlCodec codec = self->codecs[i].codec;
    g_string_append_printf (out, "a=rtpmap:%u %s\r\n", type, codecs[codec].name);
    if (codecs[codec].parameters)
      g_string_append_printf (out, "a=fmtp:%u %s\r\n", type, codecs[codec].parameters);
  }
  if (self->ssrc != 0 && self->direction & PL_SDP_SEND)
    g_string_append_printf (out, "a=msid:punchline voice\r\na=ssrc:%u cname:%s\r\n", self->ssrc,
                            self->cname);
}
