/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-voice"

#include "media/voice-pipeline.h"

#include "base/error.h"
#include "base/limits.h"
#include "media/realtime.h"
#include "proto/demux.h"

/*   pcm -> encoder -> payloader -> session -> srtpenc -> packets
 *   network -> srtpdec -> session -> valve -> jitter buffer -> depayloader -> decoder -> sound
 *
 * No sink waits for a clock: a block goes on when it is there, and the port's ring evens out
 * what comes unevenly. */

/* Only what is lost or out of order waits in the jitter buffer, at first for so long, and for
 * longer where packets came that it had given up. */
#define REORDER_MS      40
#define REORDER_STEP_MS 20
#define MAX_REORDER_MS  100
/* After so long without loss, or without late packets, we do without what it cost. */
#define CALM_S 30
/* What the encoder takes for the loss of the remote: the redundancy of a packet is as good as
 * that. At the least so much that the first loss, of which no report has come yet, is repaired;
 * at the most what libopus makes a difference of. */
#define MIN_LOSS_PERCENT 5
#define MAX_LOSS_PERCENT 25

static const struct {
  const char *encoder, *payloader, *depayloader, *decoder;
  const char *name; /* of the encoding, in caps */
  int clock_rate;
} codecs[PL_N_CODECS] = {
  [PL_CODEC_OPUS]
  = { "opusenc name=opusenc audio-type=voice frame-size=20 bitrate=24000 inband-fec=true "
      "packet-loss-percentage=" G_STRINGIFY (MIN_LOSS_PERCENT),
      "rtpopuspay", "rtpopusdepay", "opusdec name=opusdec plc=true", "OPUS", 48000 },
  [PL_CODEC_PCMU] = { "audioresample quality=2 ! audio/x-raw,rate=8000 ! mulawenc",
                      "rtppcmupay min-ptime=20000000 max-ptime=20000000", "rtppcmudepay",
                      "mulawdec", "PCMU", 8000 },
  [PL_CODEC_PCMA] = { "audioresample quality=2 ! audio/x-raw,rate=8000 ! alawenc",
                      "rtppcmapay min-ptime=20000000 max-ptime=20000000", "rtppcmadepay",
                      "alawdec", "PCMA", 8000 },
};

/* OpenSSL's names for what RFC 5764 section 4.1.2 and RFC 7714 section 14.2 define. */
static const struct {
  const char *name, *cipher, *auth;
  size_t key_len; /* with the salt */
} profiles[] = {
  { "SRTP_AEAD_AES_128_GCM", "aes-128-gcm", "null", 28 },
  { "SRTP_AES128_CM_SHA1_80", "aes-128-icm", "hmac-sha1-80", 30 },
};

struct _PlVoicePipeline {
  const PlVoicePipelineOps *ops;
  gpointer user_data;
  GstElement *pipeline;
  GstAppSrc *pcm, *rtp, *rtcp; /* of it, as all that follow */
  GstElement *format, *valve, *jitter;
  GstElement *session;
  GstElement *opusenc, *opusdec; /* NULL: another codec */
  GstCaps *receive_caps;         /* with the key of the remote */
  guint8 payload_type;
  gint n_sources; /* of the remote, atomic */
  PlGstTimeline timeline;
  gboolean resumed;             /* the next block is the first after a pause */
  guint64 n_lost, n_late;       /* at the last adaptation */
  guint lossless_s, punctual_s; /* so long */
  gint repairs;                 /* opusdec does, atomic */
  guint loss_percent;           /* of what we send */
  guint reorder_ms;
};

/* --- from the streaming threads --- */

static GstFlowReturn
on_packet (GstAppSink *sink, gpointer user_data)
{
  PlVoicePipeline *self = user_data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);

  if (sample)
    self->ops->packet (gst_sample_get_buffer (sample), self->user_data);
  return GST_FLOW_OK;
}

static GstFlowReturn
on_decoded (GstAppSink *sink, gpointer user_data)
{
  PlVoicePipeline *self = user_data;
  pl_gst_pull_samples (sink, self->ops->decoded, self->user_data);
  return GST_FLOW_OK;
}

/* Called for each source that sends with a number of its own, before anything of it has been
 * authenticated: each costs memory, so there is an end of them. */
static GstCaps *
on_request_key (GstElement *decoder G_GNUC_UNUSED, guint ssrc G_GNUC_UNUSED, gpointer user_data)
{
  PlVoicePipeline *self = user_data;

  if (g_atomic_int_add (&self->n_sources, 1) >= PL_MAX_RTP_SOURCES)
    return NULL;
  return gst_caps_ref (self->receive_caps);
}

static GstCaps *
on_request_pt_map (GstElement *element G_GNUC_UNUSED, guint payload_type G_GNUC_UNUSED,
                   gpointer user_data)
{
  return gst_caps_ref (((PlVoicePipeline *) user_data)->receive_caps);
}

static void
on_failed (gpointer user_data, GError *error)
{
  PlVoicePipeline *self = user_data;
  self->ops->failed (self->user_data, error);
}

/* --- construction --- */

static char *
describe (const PlVoiceConfig *config)
{
  return g_strdup_printf (
      "rtpsession name=session rtp-profile=savpf rtcp-min-interval=1000000000 srtpenc name=enc "
      "srtpdec name=dec "
      "appsrc name=pcm format=time is-live=true max-buffers=16 max-bytes=0 max-time=0 "
      "leaky-type=downstream ! %s ! %s name=pay perfect-rtptime=false ! session.send_rtp_sink "
      "session.send_rtp_src ! enc.rtp_sink_0 "
      "session.send_rtcp_src ! enc.rtcp_sink_0 "
      "enc.rtp_src_0 ! appsink name=rtp-out sync=false async=false "
      "enc.rtcp_src_0 ! appsink name=rtcp-out sync=false async=false "
      "appsrc name=rtp-in format=time is-live=true do-timestamp=true max-buffers=64 "
      "max-bytes=0 max-time=0 leaky-type=downstream ! dec.rtp_sink "
      "appsrc name=rtcp-in format=time is-live=true do-timestamp=true max-buffers=16 "
      "max-bytes=0 max-time=0 leaky-type=downstream ! dec.rtcp_sink "
      "dec.rtp_src ! session.recv_rtp_sink dec.rtcp_src ! session.recv_rtcp_sink "
      "session.recv_rtp_src ! valve name=valve drop=true "
      "! rtpjitterbuffer name=jitter do-lost=true latency=%d ! %s ! %s ! audioconvert "
      "! audioresample quality=2 ! capsfilter name=format "
      "! appsink name=sound sync=false async=false",
      codecs[config->codec].encoder, codecs[config->codec].payloader, REORDER_MS,
      codecs[config->codec].depayloader, codecs[config->codec].decoder);
}

static void
set_keys (PlVoicePipeline *self, const PlVoiceConfig *config, guint profile)
{
  GstElement *encoder = pl_gst_find (self->pipeline, "enc");
  g_autoptr (GstBuffer) send = gst_buffer_new_memdup (config->send_key, config->key_len);
  g_autoptr (GstBuffer) receive = gst_buffer_new_memdup (config->receive_key, config->key_len);
  const char *cipher = profiles[profile].cipher, *auth = profiles[profile].auth;

  g_object_set (encoder, "key", send, NULL);
  gst_util_set_object_arg (G_OBJECT (encoder), "rtp-cipher", cipher);
  gst_util_set_object_arg (G_OBJECT (encoder), "rtcp-cipher", cipher);
  gst_util_set_object_arg (G_OBJECT (encoder), "rtp-auth", auth);
  gst_util_set_object_arg (G_OBJECT (encoder), "rtcp-auth", auth);
  self->receive_caps = gst_caps_new_simple (
      "application/x-srtp", "srtp-key", GST_TYPE_BUFFER, receive, "srtp-cipher", G_TYPE_STRING,
      cipher, "srtp-auth", G_TYPE_STRING, auth, "srtcp-cipher", G_TYPE_STRING, cipher,
      "srtcp-auth", G_TYPE_STRING, auth, "media", G_TYPE_STRING, "audio", "clock-rate",
      G_TYPE_INT, codecs[config->codec].clock_rate, "encoding-name", G_TYPE_STRING,
      codecs[config->codec].name, "payload", G_TYPE_INT, config->payload_type, NULL);
}

/* The session's own idea of a name would tell the remote our user and host. */
static void
name_source (PlVoicePipeline *self, const PlVoiceConfig *config)
{
  const uint32_t ssrc = config->ssrc ? config->ssrc : g_random_int ();
  g_autoptr (GstStructure) sdes
      = gst_structure_new ("application/x-rtp-source-sdes", "cname", G_TYPE_STRING,
                           config->cname ? config->cname : "voice", NULL);
  GstElement *session = pl_gst_find (self->pipeline, "session");
  GObject *internal;

  g_object_set (session, "sdes", sdes, NULL);
  g_object_get (session, "internal-session", &internal, NULL);
  g_object_set (internal, "internal-ssrc", ssrc, NULL);
  g_object_unref (internal);
  g_object_set (pl_gst_find (self->pipeline, "pay"), "ssrc", ssrc, "pt",
                (guint) config->payload_type, NULL);
}

static void
connect_ends (PlVoicePipeline *self)
{
  static const GstAppSinkCallbacks on_packets = { .new_sample = on_packet };
  static const GstAppSinkCallbacks on_sound = { .new_sample = on_decoded };
  g_autoptr (GstCaps) srtp = gst_caps_copy (self->receive_caps);
  g_autoptr (GstCaps) srtcp = gst_caps_new_empty_simple ("application/x-srtcp");
  const char *const packet_sinks[] = { "rtp-out", "rtcp-out" };
  const char *const pt_users[] = { "session", "jitter" };

  for (guint i = 0; i < 2; i++) {
    gst_app_sink_set_callbacks (GST_APP_SINK (pl_gst_find (self->pipeline, packet_sinks[i])),
                                (GstAppSinkCallbacks *) &on_packets, self, NULL);
    g_signal_connect (pl_gst_find (self->pipeline, pt_users[i]), "request-pt-map",
                      G_CALLBACK (on_request_pt_map), self);
  }
  gst_app_sink_set_callbacks (GST_APP_SINK (pl_gst_find (self->pipeline, "sound")),
                              (GstAppSinkCallbacks *) &on_sound, self, NULL);
  g_signal_connect (pl_gst_find (self->pipeline, "dec"), "request-key",
                    G_CALLBACK (on_request_key), self);
  self->pcm = GST_APP_SRC (pl_gst_find (self->pipeline, "pcm"));
  self->rtp = GST_APP_SRC (pl_gst_find (self->pipeline, "rtp-in"));
  self->rtcp = GST_APP_SRC (pl_gst_find (self->pipeline, "rtcp-in"));
  self->format = pl_gst_find (self->pipeline, "format");
  self->valve = pl_gst_find (self->pipeline, "valve");
  self->jitter = pl_gst_find (self->pipeline, "jitter");
  self->session = pl_gst_find (self->pipeline, "session");
  self->reorder_ms = REORDER_MS;
  self->loss_percent = MIN_LOSS_PERCENT;
  self->lossless_s = CALM_S;
  /* The key is asked for when a packet comes. */
  gst_structure_remove_fields (gst_caps_get_structure (srtp, 0), "srtp-key", NULL);
  gst_app_src_set_caps (self->rtp, srtp);
  gst_app_src_set_caps (self->rtcp, srtcp);
}

static int
find_profile (const PlVoiceConfig *config, GError **error)
{
  for (guint i = 0; config->srtp_profile && i < G_N_ELEMENTS (profiles); i++)
    if (g_str_equal (profiles[i].name, config->srtp_profile)
        && profiles[i].key_len == config->key_len)
      return i;
  g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED,
               "voice: the SRTP profile '%s' is unknown",
               config->srtp_profile ? config->srtp_profile : "");
  return -1;
}

PlVoicePipeline *
pl_voice_pipeline_new (const PlVoiceConfig *config, const PlVoicePipelineOps *ops,
                       gpointer user_data, GError **error)
{
  const int profile = find_profile (config, error);
  g_autofree char *description = describe (config);

  if (profile < 0)
    return NULL;
  g_autoptr (PlVoicePipeline) self = g_new0 (PlVoicePipeline, 1);
  self->ops = ops;
  self->user_data = user_data;
  self->payload_type = config->payload_type;
  self->pipeline = pl_gst_parse (description, error);
  if (self->pipeline == NULL)
    return NULL;
  set_keys (self, config, profile);
  name_source (self, config);
  connect_ends (self);
  if (config->codec == PL_CODEC_OPUS) {
    self->opusenc = pl_gst_find (self->pipeline, "opusenc");
    self->opusdec = pl_gst_find (self->pipeline, "opusdec");
  }
  pl_gst_watch (self->pipeline, on_failed, self);
  /* The session's and the clock's own threads begin here and are as their maker: the others
   * wait for locks that they hold. */
  pl_realtime_set (TRUE);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  pl_realtime_set (FALSE);
  return g_steal_pointer (&self);
}

void
pl_voice_pipeline_free (PlVoicePipeline *self)
{
  if (self == NULL)
    return;
  pl_gst_free (self->pipeline);
  gst_clear_caps (&self->receive_caps);
  g_free (self);
}

/* --- while it runs --- */

void
pl_voice_pipeline_set_rate (PlVoicePipeline *self, guint rate)
{
  if (rate > 0) {
    g_autoptr (GstCaps) caps = pl_gst_new_caps (rate);
    gst_app_src_set_caps (self->pcm, caps);
    g_object_set (self->format, "caps", caps, NULL);
    self->timeline.rate = rate;
    self->resumed = TRUE;
  }
  g_object_set (self->valve, "drop", rate == 0, NULL);
}

void
pl_voice_pipeline_encode (PlVoicePipeline *self, const int16_t *samples, gsize n)
{
  const gboolean resumed = self->resumed;

  /* RTP time goes on through a pause as the clock does. */
  if (resumed) {
    const GstClockTime now = gst_element_get_current_running_time (self->pipeline);
    if (!GST_CLOCK_TIME_IS_VALID (now))
      return;
    self->timeline.base = now;
    self->timeline.n_samples = 0;
    self->resumed = FALSE;
  }
  GstBuffer *block = pl_gst_new_block (&self->timeline, samples, n);
  if (resumed)
    GST_BUFFER_FLAG_SET (block, GST_BUFFER_FLAG_DISCONT);
  gst_app_src_push_buffer (self->pcm, block);
}

void
pl_voice_pipeline_feed (PlVoicePipeline *self, const uint8_t *data, size_t len)
{
  const gboolean is_rtcp = pl_datagram_is_rtcp (data, len);

  if (len < 12 || len > PL_MAX_DATAGRAM || (!is_rtcp && (data[1] & 0x7f) != self->payload_type))
    return;
  gst_app_src_push_buffer (is_rtcp ? self->rtcp : self->rtp, gst_buffer_new_memdup (data, len));
}

static void
read_jitter_stats (PlVoicePipeline *self, guint64 *n_lost, guint64 *n_late, PlVoiceStats *stats)
{
  GstStructure *all = NULL;
  guint64 jitter_ns = 0;

  *n_lost = *n_late = 0;
  g_object_get (self->jitter, "stats", &all, NULL);
  gst_structure_get (all, "num-lost", G_TYPE_UINT64, n_lost, "num-late", G_TYPE_UINT64, n_late,
                     NULL);
  if (stats) {
    gst_structure_get (all, "num-pushed", G_TYPE_UINT64, &stats->packets_received, "avg-jitter",
                       G_TYPE_UINT64, &jitter_ns, NULL);
    stats->jitter_ms = jitter_ns / 1e6;
    stats->packets_lost = *n_lost;
  }
  gst_structure_free (all);
}

static GstPadProbeReturn
on_decoder_idle (GstPad *pad G_GNUC_UNUSED, GstPadProbeInfo *info G_GNUC_UNUSED,
                 gpointer user_data)
{
  PlVoicePipeline *self = user_data;
  const gboolean repairs = g_atomic_int_get (&self->repairs);

  g_object_set (self->opusdec, "use-inband-fec", repairs, NULL);
  return GST_PAD_PROBE_REMOVE;
}

/* opusdec reads the property several times while it decodes a frame, without a lock, and takes
 * for granted that it stays: so it changes between two frames. An idle probe knows of pads that
 * push, which is the one before the decoder. */
static void
set_repair (PlVoicePipeline *self, gboolean on)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->opusdec, "sink");
  g_autoptr (GstPad) pushes = gst_pad_get_peer (sink);

  g_atomic_int_set (&self->repairs, on);
  gst_pad_add_probe (pushes, GST_PAD_PROBE_TYPE_IDLE, on_decoder_idle, self,
                     /* destroy = */ NULL);
}

/* The decoder repairs a lost frame from the next one's redundancy, and holds each frame back
 * for that: 20 ms that are paid only where something is lost. */
static void
adapt_repair (PlVoicePipeline *self, gboolean lost)
{
  self->lossless_s = lost ? 0 : self->lossless_s + 1;
  const gboolean repairs = lost || self->lossless_s < CALM_S;

  if (self->opusdec && repairs != g_atomic_int_get (&self->repairs))
    set_repair (self, repairs);
}

static void
adapt_reordering (PlVoicePipeline *self, gboolean late)
{
  guint reorder_ms = self->reorder_ms;

  self->punctual_s = late ? 0 : self->punctual_s + 1;
  if (late)
    reorder_ms = MIN (reorder_ms + REORDER_STEP_MS, MAX_REORDER_MS);
  else if (self->punctual_s % CALM_S == 0)
    reorder_ms = MAX (reorder_ms - REORDER_STEP_MS, REORDER_MS);
  if (reorder_ms == self->reorder_ms)
    return;
  self->reorder_ms = reorder_ms;
  g_object_set (self->jitter, "latency", reorder_ms, NULL);
}

/* The worst of what the sources of the remote report of us (RFC 3550 section 6.4.1): there is
 * one, and after a restart of its pipeline perhaps the one before. */
static guint
read_reported_loss (PlVoicePipeline *self)
{
  g_autoptr (GstStructure) stats = NULL;
  guint worst = 0;

  g_object_get (self->session, "stats", &stats, NULL);
  const GValue *value = gst_structure_get_value (stats, "source-stats");
  const GValueArray *sources = value ? g_value_get_boxed (value) : NULL;
  for (guint i = 0; sources && i < sources->n_values; i++) {
    const GstStructure *source = gst_value_get_structure (&sources->values[i]);
    gboolean internal = TRUE, has_report = FALSE;
    guint fraction = 0;
    gst_structure_get (source, "internal", G_TYPE_BOOLEAN, &internal, "have-rb", G_TYPE_BOOLEAN,
                       &has_report, "rb-fractionlost", G_TYPE_UINT, &fraction, NULL);
    if (!internal && has_report)
      worst = MAX (worst, fraction * 100 / 256);
  }
  return worst;
}

/* Up at once, down by one percent a second: losses come in bursts. */
static void
adapt_redundancy (PlVoicePipeline *self)
{
  const guint reported = read_reported_loss (self);
  const guint next
      = CLAMP (MAX (reported + 1, self->loss_percent) - 1, MIN_LOSS_PERCENT, MAX_LOSS_PERCENT);

  if (self->opusenc == NULL || next == self->loss_percent)
    return;
  self->loss_percent = next;
  g_object_set (self->opusenc, "packet-loss-percentage", (int) next, NULL);
}

void
pl_voice_pipeline_adapt (PlVoicePipeline *self)
{
  guint64 n_lost, n_late;

  adapt_redundancy (self);
  read_jitter_stats (self, &n_lost, &n_late, /* stats = */ NULL);
  adapt_repair (self, n_lost > self->n_lost);
  adapt_reordering (self, n_late > self->n_late);
  self->n_lost = n_lost;
  self->n_late = n_late;
}

void
pl_voice_pipeline_get_stats (PlVoicePipeline *self, PlVoiceStats *stats)
{
  guint64 n_lost, n_late;
  read_jitter_stats (self, &n_lost, &n_late, stats);
  stats->remote_loss_percent = self->loss_percent;
}
