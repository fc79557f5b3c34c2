/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/voice-pair.h"

#include <string.h>

typedef struct {
  VoicePair *pair;
  guint index;
  PlVoice *voice;
  guint n_packets;
  GBytes *last;
  GError *failure;
} End;

struct _VoicePair {
  GMainContext *context;
  GRand *random;
  guint loss_percent;
  End ends[2];
};

static void
on_packet (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  VoicePair *pair = end->pair;

  end->n_packets++;
  g_clear_pointer (&end->last, g_bytes_unref);
  end->last = g_bytes_new (data, len);
  if ((guint) g_rand_int_range (pair->random, 0, 100) >= pair->loss_percent)
    pl_voice_feed (pair->ends[1 - end->index].voice, data, len);
}

static void
on_failed (const GError *reason, gpointer user_data)
{
  End *end = user_data;

  g_assert_null (end->failure);
  end->failure = g_error_copy (reason);
}

static const PlVoiceOps ops = { .packet = on_packet, .failed = on_failed };

VoicePair *
voice_pair_new (const VoicePairConfig *config)
{
  static const guint8 payload_types[PL_N_CODECS] = { 111, 0, 8 };
  VoicePair *pair = g_new0 (VoicePair, 1);
  const char *profile = config->srtp_profile ? config->srtp_profile : "SRTP_AEAD_AES_128_GCM";
  uint8_t keys[2][30];

  pair->context = g_main_context_new ();
  g_main_context_push_thread_default (pair->context);
  pair->random = g_rand_new_with_seed (config->seed);
  pair->loss_percent = config->loss_percent;
  for (guint i = 0; i < 2; i++)
    memset (keys[i], 0x11 + i, sizeof keys[i]);
  for (guint i = 0; i < 2; i++) {
    const PlVoiceConfig voice = { .codec = config->codec,
                                  .payload_type = payload_types[config->codec],
                                  .srtp_profile = profile,
                                  .send_key = keys[i],
                                  .receive_key = keys[1 - i],
                                  .key_len = strstr (profile, "GCM") ? 28 : 30,
                                  .ssrc = 1000 + i,
                                  .cname = "test" };
    g_autoptr (GError) error = NULL;
    pair->ends[i].pair = pair;
    pair->ends[i].index = i;
    pair->ends[i].voice = pl_voice_new (&voice, &ops, &pair->ends[i], &error);
    g_assert_no_error (error);
  }
  return pair;
}

void
voice_pair_free (VoicePair *pair)
{
  for (guint i = 0; i < 2; i++) {
    pl_voice_free (pair->ends[i].voice);
    g_clear_pointer (&pair->ends[i].last, g_bytes_unref);
    g_clear_error (&pair->ends[i].failure);
  }
  g_rand_free (pair->random);
  g_main_context_pop_thread_default (pair->context);
  g_main_context_unref (pair->context);
  g_free (pair);
}

PlVoice *
voice_pair_get (VoicePair *pair, guint end)
{
  return pair->ends[end].voice;
}

guint
voice_pair_get_n_packets (VoicePair *pair, guint end)
{
  return pair->ends[end].n_packets;
}

GBytes *
voice_pair_get_packet (VoicePair *pair, guint end)
{
  return pair->ends[end].last;
}

const GError *
voice_pair_get_failure (VoicePair *pair, guint end)
{
  return pair->ends[end].failure;
}

void
voice_pair_forgive (VoicePair *pair, guint end)
{
  g_clear_error (&pair->ends[end].failure);
}

void
voice_pair_set_loss (VoicePair *pair, guint percent)
{
  pair->loss_percent = percent;
}

static gboolean
on_time (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

void
voice_pair_run (VoicePair *pair, guint ms)
{
  gboolean done = FALSE;
  g_autoptr (GSource) source = g_timeout_source_new (ms);

  g_source_set_callback (source, on_time, &done, /* notify = */ NULL);
  g_source_attach (source, pair->context);
  while (!done)
    g_main_context_iteration (pair->context, TRUE);
}
