/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sdp.h"

#include "base/limits.h"

static const char *const setup_names[] = { NULL, "actpass", "active", "passive" };

void
pl_sdp_transport_copy (const PlSdpTransport *from, PlSdpTransport *to)
{
  PlSdpTransport copy = {
    .ufrag = g_strdup (from->ufrag),
    .pwd = g_strdup (from->pwd),
    .fingerprint = g_strdup (from->fingerprint),
    .setup = from->setup,
  };
  pl_sdp_transport_clear (to);
  *to = copy;
}

void
pl_sdp_transport_clear (PlSdpTransport *self)
{
  g_clear_pointer (&self->ufrag, g_free);
  g_clear_pointer (&self->pwd, g_free);
  g_clear_pointer (&self->fingerprint, g_free);
  self->setup = 0;
}

PlMedia *
pl_media_new (const char *media, const char *protocol, const char *formats)
{
  PlMedia *self = g_new0 (PlMedia, 1);
  self->media = g_strdup (media);
  self->protocol = g_strdup (protocol);
  self->formats = g_strdup (formats);
  self->candidates = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
pl_media_free (PlMedia *self)
{
  if (self == NULL)
    return;
  g_free (self->media);
  g_free (self->protocol);
  g_free (self->formats);
  g_free (self->mid);
  g_free (self->audio.cname);
  pl_sdp_transport_clear (&self->transport);
  g_ptr_array_unref (self->candidates);
  g_free (self);
}

gboolean
pl_media_is_data (const PlMedia *self)
{
  return self->sctp_port != 0 && (self->port != 0 || self->bundle_only);
}

PlDescription *
pl_description_new (PlSdpType type)
{
  PlDescription *self = g_new0 (PlDescription, 1);
  self->type = type;
  self->media = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_media_free);
  return self;
}

void
pl_description_free (PlDescription *self)
{
  if (self == NULL)
    return;
  g_free (self->session_id);
  g_ptr_array_unref (self->media);
  g_free (self);
}

PlMedia *
pl_description_find_data (const PlDescription *self)
{
  for (guint i = 0; i < self->media->len; i++) {
    PlMedia *media = g_ptr_array_index (self->media, i);
    if (pl_media_is_data (media))
      return media;
  }
  return NULL;
}

static void
print_groups (const PlDescription *self, GString *out)
{
  /* Groups are numbered in the order of their lines and there are no more than sections. */
  for (guint group = 1; group <= PL_MAX_MEDIA; group++) {
    gboolean begun = FALSE;
    for (guint i = 0; i < self->media->len; i++) {
      const PlMedia *media = g_ptr_array_index (self->media, i);
      if (media->bundle != group || media->mid == NULL)
        continue;
      g_string_append_printf (out, "%s %s", begun ? "" : "a=group:BUNDLE", media->mid);
      begun = TRUE;
    }
    if (begun)
      g_string_append (out, "\r\n");
  }
}

static void
print_transport (const PlMedia *media, GString *out)
{
  const PlSdpTransport *transport = &media->transport;

  g_string_append_printf (out,
                          "a=ice-ufrag:%s\r\n"
                          "a=ice-pwd:%s\r\n"
                          "a=fingerprint:%s\r\n"
                          "a=setup:%s\r\n",
                          transport->ufrag, transport->pwd, transport->fingerprint,
                          setup_names[transport->setup]);
  for (guint i = 0; i < media->candidates->len; i++)
    g_string_append_printf (out, "a=%s\r\n", (char *) g_ptr_array_index (media->candidates, i));
  if (media->end_of_candidates)
    g_string_append (out, "a=end-of-candidates\r\n");
}

static void
print_media (const PlMedia *media, GString *out)
{
  g_string_append_printf (out, "m=%s %u %s %s\r\nc=IN IP4 0.0.0.0\r\n", media->media,
                          media->port, media->protocol, media->formats);
  if (media->mid)
    g_string_append_printf (out, "a=mid:%s\r\n", media->mid);
  if (media->bundle_only)
    g_string_append (out, "a=bundle-only\r\n");
  if (media->rtcp_mux)
    g_string_append (out, "a=rtcp-mux\r\n");
  if (media->transport.setup)
    print_transport (media, out);
  if (media->audio.n_codecs > 0)
    pl_sdp_audio_print (&media->audio, out);
  if (!pl_media_is_data (media))
    return;
  if (g_str_equal (media->protocol, "DTLS/SCTP"))
    g_string_append_printf (out, "a=sctpmap:%u webrtc-datachannel 65535\r\n", media->sctp_port);
  else
    g_string_append_printf (out, "a=sctp-port:%u\r\n", media->sctp_port);
  g_string_append_printf (out, "a=max-message-size:%" G_GUINT64_FORMAT "\r\n",
                          media->max_message_size);
}

char *
pl_description_print (const PlDescription *self)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out,
                          "v=0\r\n"
                          "o=- %s %" G_GUINT64_FORMAT " IN IP4 127.0.0.1\r\n"
                          "s=-\r\n"
                          "t=0 0\r\n",
                          self->session_id, self->session_version);
  print_groups (self, out);
  if (self->ice_lite)
    g_string_append (out, "a=ice-lite\r\n");
  if (self->trickle)
    g_string_append (out, "a=ice-options:trickle\r\n");
  for (guint i = 0; i < self->media->len; i++)
    print_media (g_ptr_array_index (self->media, i), out);
  return g_string_free (out, /* free_segment = */ FALSE);
}
