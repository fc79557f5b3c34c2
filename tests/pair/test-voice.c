/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "tests/lib/pcm-modem.h"
#include "tests/lib/pl-test.h"
#include "tests/lib/voice-pair.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Two voices with simulated modems or files, joined in memory. */

#define RATE    8000
#define SKIP_MS 1500

/* --- calls between two modems --- */

typedef struct {
  VoicePair *pair;
  PcmModem *modems[2];
  PlAudioPort *ports[2];
  int16_t *speech[2];
} Call;

static void
call_init_at (Call *call, const VoicePairConfig *config, guint rate, double ppm, guint seconds)
{
  const gsize n = (gsize) seconds * rate;

  call->pair = voice_pair_new (config);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    call->speech[i] = pl_sound_new_speech (rate, n, i + 1);
    call->modems[i]
        = pcm_modem_new_on_socket (rate, i ? -ppm / 2 : ppm / 2, call->speech[i], n);
    call->ports[i] = pl_audio_port_new_pcm (pcm_modem_steal_fd (call->modems[i]), rate, &error);
    g_assert_no_error (error);
    pl_voice_set_port (voice_pair_get (call->pair, i), call->ports[i]);
  }
  for (guint i = 0; i < 2; i++)
    pcm_modem_start (call->modems[i]);
}

static void
call_init (Call *call, const VoicePairConfig *config, double ppm, guint seconds)
{
  call_init_at (call, config, RATE, ppm, seconds);
}

static void
call_clear (Call *call)
{
  for (guint i = 0; i < 2; i++) {
    g_assert_no_error (voice_pair_get_failure (call->pair, i));
    pl_voice_set_port (voice_pair_get (call->pair, i), NULL);
  }
  for (guint i = 0; i < 2; i++) {
    pl_audio_port_free (call->ports[i]);
    pcm_modem_free (call->modems[i]);
    g_free (call->speech[i]);
  }
  voice_pair_free (call->pair);
}

static void
call_match (Call *call, guint from, PlSoundMatch *match)
{
  PlSoundTrack sent, heard;

  for (guint i = 0; i < 2; i++)
    pcm_modem_stop (call->modems[i]);
  pcm_modem_get_given (call->modems[from], &sent);
  pcm_modem_get_heard (call->modems[1 - from], &heard);
  pl_sound_match (&sent, &heard, SKIP_MS, match);
  PlAudioPortStats stats;
  pl_audio_port_get_stats (call->ports[1 - from], &stats);
  g_test_message ("from %u: correlation %.3f, one way %.0f ms, %u gaps; ring %.0f ms, dry "
                  "%" G_GUINT64_FORMAT ", blocked %" G_GUINT64_FORMAT ", modem missed %u",
                  from, match->correlation, match->delay_ms, match->n_gaps, stats.delay_ms,
                  stats.n_dropouts, stats.n_blocked,
                  pcm_modem_get_n_missed (call->modems[1 - from]));
}

static const struct {
  const char *name;
  VoicePairConfig config;
  double ppm;
  guint rate;
} calls[] = {
  { "opus", { .codec = PL_CODEC_OPUS }, 1000, RATE },
  { "opus-wide", { .codec = PL_CODEC_OPUS }, 0, 16000 },
  { "opus-loss", { .codec = PL_CODEC_OPUS, .loss_percent = 5, .seed = 3 }, -1000, RATE },
  { "pcmu", { .codec = PL_CODEC_PCMU, .srtp_profile = "SRTP_AES128_CM_SHA1_80" }, 1000, RATE },
  { "pcma-wide", { .codec = PL_CODEC_PCMA }, 0, 16000 },
};

/* What another voice, or none, is far below. bench-voice measures how good it is: here
 * something else may hold the machine up for longer than a call bears. */
#define LEAST_CORRELATION 0.5

static void
test_call (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  Call call;

  call_init_at (&call, &calls[i].config, calls[i].rate, calls[i].ppm, 5);
  voice_pair_run (call.pair, 4500);
  for (guint from = 0; from < 2; from++) {
    PlSoundMatch match;
    PlVoiceStats stats;
    call_match (&call, from, &match);
    g_assert_cmpfloat (match.correlation, >=, LEAST_CORRELATION);
    pl_voice_get_stats (voice_pair_get (call.pair, from), &stats);
    g_assert_cmpuint (stats.packets_sent, >, 150);
    g_assert_cmpuint (stats.packets_received, >, 100);
    g_assert_cmpint (stats.packets_lost > 0, >=, calls[i].config.loss_percent > 0);
  }
  call_clear (&call);
}

/* Parted, there are no packets; joined again, the same keys go on. */
static void
test_hold (void)
{
  const VoicePairConfig config = { .codec = PL_CODEC_OPUS };
  Call call;
  PlVoiceStats before, after;

  call_init (&call, &config, 0, 9);
  voice_pair_run (call.pair, 500);
  for (guint i = 0; i < 2; i++)
    pl_voice_set_port (voice_pair_get (call.pair, i), NULL);
  voice_pair_run (call.pair, 100);
  pl_voice_get_stats (voice_pair_get (call.pair, 1), &before);
  const guint n = voice_pair_get_n_packets (call.pair, 0);
  g_assert_cmpuint (n, >, 10);
  voice_pair_run (call.pair, 800);
  g_assert_cmpuint (voice_pair_get_n_packets (call.pair, 0), ==, n);
  for (guint i = 0; i < 2; i++)
    pl_voice_set_port (voice_pair_get (call.pair, i), call.ports[i]);
  voice_pair_run (call.pair, 1500);
  pl_voice_get_stats (voice_pair_get (call.pair, 1), &after);
  g_assert_cmpuint (after.packets_received, >, before.packets_received + 50);
  g_assert_cmpuint (after.packets_lost, <, before.packets_lost + 10);
  call_clear (&call);
}

static void
test_muted (void)
{
  const VoicePairConfig config = { .codec = PL_CODEC_OPUS };
  Call call;
  PlAudioPortStats stats;

  call_init (&call, &config, 0, 4);
  pl_voice_set_muted (voice_pair_get (call.pair, 0), TRUE);
  voice_pair_run (call.pair, 1500);
  g_assert_cmpuint (voice_pair_get_n_packets (call.pair, 0), >, 40);
  pl_audio_port_get_stats (call.ports[1], &stats);
  g_assert_cmpfloat (stats.level_out_db, <, -70);
  call_clear (&call);
}

/* What the other end reports (RTCP) is what the encoder's redundancy is made for. */
static void
test_report (void)
{
  const VoicePairConfig config = { .codec = PL_CODEC_OPUS, .loss_percent = 25, .seed = 5 };
  Call call;
  PlVoiceStats stats;

  call_init (&call, &config, 0, 4);
  pl_voice_get_stats (voice_pair_get (call.pair, 0), &stats);
  g_assert_cmpuint (stats.remote_loss_percent, <=, 5);
  do {
    voice_pair_run (call.pair, 100);
    pl_voice_get_stats (voice_pair_get (call.pair, 0), &stats);
  } while (stats.remote_loss_percent < 10);
  voice_pair_set_loss (call.pair, 0);
  const guint worst = stats.remote_loss_percent;
  do {
    voice_pair_run (call.pair, 100);
    pl_voice_get_stats (voice_pair_get (call.pair, 0), &stats);
  } while (stats.remote_loss_percent >= worst);
  call_clear (&call);
}

/* --- what is not ours, or not for us --- */

static void
test_bad_packets (void)
{
  const VoicePairConfig config = { .codec = PL_CODEC_OPUS };
  Call call;
  PlVoiceStats before, after;

  call_init (&call, &config, 0, 4);
  voice_pair_run (call.pair, 1000);
  /* The receiving end hears no more from its remote: what counts from here on is ours. */
  pl_voice_set_port (voice_pair_get (call.pair, 0), NULL);
  voice_pair_run (call.pair, 200);
  PlVoice *voice = voice_pair_get (call.pair, 1);
  pl_voice_get_stats (voice, &before);
  gsize len;
  const uint8_t *good = g_bytes_get_data (voice_pair_get_packet (call.pair, 0), &len);
  for (guint i = 0; i < 300; i++) {
    g_autofree uint8_t *bad = g_memdup2 (good, len);
    bad[3] += 1;      /* the next number */
    bad[11] += i / 3; /* of up to a hundred sources */
    bad[len - 1] ^= 1;
    pl_voice_feed (voice, bad, len - i % 3 * 5);
  }
  pl_voice_feed (voice, good, len); /* again */
  pl_voice_feed (voice, good, 0);
  pl_voice_feed (voice, good, 11);
  voice_pair_run (call.pair, 300);
  pl_voice_get_stats (voice, &after);
  g_assert_cmpuint (after.packets_received, ==, before.packets_received);
  /* None of it did harm. */
  pl_voice_set_port (voice_pair_get (call.pair, 0), call.ports[0]);
  voice_pair_run (call.pair, 500);
  pl_voice_get_stats (voice, &after);
  g_assert_cmpuint (after.packets_received, >, before.packets_received + 10);
  call_clear (&call);
}

static void
test_bad_profile (void)
{
  static const PlVoiceOps ops = { 0 };
  const uint8_t key[30] = { 0 };
  PlVoiceConfig config = { .srtp_profile = "SRTP_NULL_SHA1_80",
                           .send_key = key,
                           .receive_key = key,
                           .key_len = sizeof key };
  g_autoptr (GError) error = NULL;

  g_assert_null (pl_voice_new (&config, &ops, NULL, &error));
  g_assert_error (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED);
  g_clear_error (&error);
  config.srtp_profile = "SRTP_AEAD_AES_128_GCM"; /* has another length */
  g_assert_null (pl_voice_new (&config, &ops, NULL, &error));
  g_assert_error (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED);
}

/* --- the modem's port --- */

/* A terminal, pieces of odd lengths, and a modem that takes nothing for a while: not one byte
 * is lost, so a tone stays a tone. */
static void
test_terminal (void)
{
  const VoicePairConfig config = { .codec = PL_CODEC_PCMU };
  g_autoptr (VoicePair) pair = voice_pair_new (&config);
  g_autofree int16_t *tone = pl_sound_new_tone (RATE, 5 * RATE, 400);
  PcmModem *modems[2];
  PlAudioPort *ports[2];
  PlSoundTrack heard;

  for (guint i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    modems[i] = pcm_modem_new (RATE, 0, tone, 5 * RATE);
    pcm_modem_set_odd (modems[i]);
    ports[i] = pl_audio_port_new_pcm (pcm_modem_steal_fd (modems[i]), RATE, &error);
    g_assert_no_error (error);
    pl_voice_set_port (voice_pair_get (pair, i), ports[i]);
    pcm_modem_start (modems[i]);
  }
  voice_pair_run (pair, 1000);
  pcm_modem_set_deaf (modems[1], 40); /* more than the terminal holds */
  voice_pair_run (pair, 2500);
  for (guint i = 0; i < 2; i++) {
    pl_voice_set_port (voice_pair_get (pair, i), NULL);
    pl_audio_port_free (ports[i]);
    pcm_modem_stop (modems[i]);
  }
  pcm_modem_get_heard (modems[1], &heard);
  g_assert_cmpuint (heard.n, >, 5 * RATE / 2);
  const double purity = pl_sound_get_purity (heard.samples + heard.n - RATE, RATE, RATE, 400);
  g_assert_cmpfloat (purity, >, 0.5);
  for (guint i = 0; i < 2; i++)
    pcm_modem_free (modems[i]);
}

/* What a modem gives late is no reason for it to hear nothing: it is given what it wants when
 * it wants it. */
static void
test_late_modem (void)
{
  const VoicePairConfig config = { .codec = PL_CODEC_PCMU };
  Call call;

  call_init (&call, &config, 0, 6);
  pcm_modem_set_lumps (call.modems[1], 5);
  voice_pair_run (call.pair, 2500);
  for (guint i = 0; i < 2; i++)
    pcm_modem_stop (call.modems[i]);
  g_test_message ("missed %u blocks", pcm_modem_get_n_missed (call.modems[1]));
  /* Without it, four of five. */
  g_assert_cmpuint (pcm_modem_get_n_missed (call.modems[1]), <, 50);
  for (guint i = 0; i < 2; i++)
    pl_voice_set_port (voice_pair_get (call.pair, i), NULL);
  for (guint i = 0; i < 2; i++) {
    pl_audio_port_free (call.ports[i]);
    pcm_modem_free (call.modems[i]);
    g_free (call.speech[i]);
  }
  voice_pair_free (call.pair);
}

static void
run_until_failed (VoicePair *pair, guint end)
{
  while (voice_pair_get_failure (pair, end) == NULL)
    voice_pair_run (pair, 20);
}

/* A modem that gives nothing any more, and the one that takes its place: the voice goes on. */
static void
test_modem_stalls (void)
{
  const VoicePairConfig config = { .codec = PL_CODEC_OPUS };
  Call call;
  PlVoiceStats before, after;
  g_autoptr (GError) error = NULL;

  call_init (&call, &config, 0, 20);
  voice_pair_run (call.pair, 300);
  pcm_modem_set_stalled (call.modems[0]);
  run_until_failed (call.pair, 0);
  g_assert_error (voice_pair_get_failure (call.pair, 0), PL_LINK_ERROR, PL_LINK_ERROR_FAILED);
  pl_voice_set_port (voice_pair_get (call.pair, 0), NULL);
  pl_audio_port_free (call.ports[0]);
  pcm_modem_free (call.modems[0]);
  call.modems[0] = pcm_modem_new_on_socket (RATE, 0, call.speech[0], 20 * RATE);
  call.ports[0] = pl_audio_port_new_pcm (pcm_modem_steal_fd (call.modems[0]), RATE, &error);
  g_assert_no_error (error);
  pl_voice_get_stats (voice_pair_get (call.pair, 1), &before);
  pl_voice_set_port (voice_pair_get (call.pair, 0), call.ports[0]);
  pcm_modem_start (call.modems[0]);
  do {
    voice_pair_run (call.pair, 20);
    pl_voice_get_stats (voice_pair_get (call.pair, 1), &after);
  } while (after.packets_received < before.packets_received + 50);
  voice_pair_forgive (call.pair, 0);
  call_clear (&call);
}

static void
test_modem_vanishes (void)
{
  const VoicePairConfig config = { .codec = PL_CODEC_OPUS };
  Call call;

  call_init (&call, &config, 0, 4);
  voice_pair_run (call.pair, 300);
  pcm_modem_stop (call.modems[0]);
  run_until_failed (call.pair, 0);
  g_assert_error (voice_pair_get_failure (call.pair, 0), PL_LINK_ERROR, PL_LINK_ERROR_FAILED);
  g_assert_no_error (voice_pair_get_failure (call.pair, 1));
  for (guint i = 0; i < 2; i++)
    pl_voice_set_port (voice_pair_get (call.pair, i), NULL);
  for (guint i = 0; i < 2; i++) {
    pl_audio_port_free (call.ports[i]);
    pcm_modem_free (call.modems[i]);
    g_free (call.speech[i]);
  }
  voice_pair_free (call.pair);
}

/* --- files --- */

static void
on_ended (gpointer user_data)
{
  (*(guint *) user_data)++;
}

static const PlAudioPortOps files_ops = { .ended = on_ended };

static char *
write_tone (const char *folder, const char *name, double hertz)
{
  g_autofree int16_t *tone = pl_sound_new_tone (48000, 48000, hertz);
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, (const char *) tone, 48000 * 2, NULL));
  return path;
}

static void
assert_tone (const char *path, gsize header, guint rate, double hertz)
{
  g_autofree char *text = NULL;
  gsize len;

  g_assert_true (g_file_get_contents (path, &text, &len, NULL));
  const gsize n = (len - header) / 2;
  g_assert_cmpuint (n, >, rate);
  /* From its middle, when all has settled. */
  g_autofree int16_t *samples = g_memdup2 (text + header, n * sizeof (int16_t));
  const double purity = pl_sound_get_purity (samples + rate / 2, rate / 2, rate, hertz);
  g_test_message ("%s: %zu samples, purity %.3f", path, n, purity);
  g_assert_cmpfloat (purity, >, 0.5);
}

/* A tone from a raw file over Opus into a WAV file; the end of the first is told once. */
static void
test_files (void)
{
  const VoicePairConfig config = { .codec = PL_CODEC_OPUS };
  g_autoptr (VoicePair) pair = voice_pair_new (&config);
  g_autofree char *folder = g_dir_make_tmp ("pl-voice-XXXXXX", NULL);
  g_autofree char *play = write_tone (folder, "tone.raw", 440);
  g_autofree char *record = g_build_filename (folder, "heard.wav", NULL);
  g_autoptr (GError) error = NULL;
  guint n_ended = 0;

  PlAudioPort *from = pl_audio_port_new_files (play, NULL, 48000, &error);
  g_assert_no_error (error);
  PlAudioPort *to = pl_audio_port_new_files (NULL, record, 48000, &error);
  g_assert_no_error (error);
  pl_audio_port_set_ops (from, &files_ops, &n_ended);
  pl_voice_set_port (voice_pair_get (pair, 0), from);
  pl_voice_set_port (voice_pair_get (pair, 1), to);
  voice_pair_run (pair, 2000);
  for (guint i = 0; i < 2; i++)
    pl_voice_set_port (voice_pair_get (pair, i), NULL);
  pl_audio_port_free (from);
  pl_audio_port_free (to);
  g_assert_cmpuint (n_ended, ==, 1);
  assert_tone (record, 44, 48000, 440);

  g_assert_null (pl_audio_port_new_files ("/nowhere/at.wav", NULL, 48000, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_null (pl_audio_port_new_files (NULL, "/nowhere/at.wav", 48000, &error));
  g_assert_nonnull (error);
  g_unlink (play);
  g_unlink (record);
  g_rmdir (folder);
}

/* A greeting for the modem and a recording of it, without a voice. */
static void
test_join (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autofree char *folder = g_dir_make_tmp ("pl-voice-XXXXXX", NULL);
  g_autofree char *play = write_tone (folder, "tone.raw", 440);
  g_autofree char *record = g_build_filename (folder, "heard.ogg", NULL);
  g_autofree char *copy = g_build_filename (folder, "copy.wav", NULL);
  g_autofree int16_t *tone = pl_sound_new_tone (RATE, 4 * RATE, 300);
  g_autoptr (GError) error = NULL;
  PlSoundTrack heard;
  guint n_ended = 0;

  g_main_context_push_thread_default (context);
  g_autoptr (PcmModem) modem = pcm_modem_new_on_socket (RATE, 0, tone, 4 * RATE);
  PlAudioPort *pcm = pl_audio_port_new_pcm (pcm_modem_steal_fd (modem), RATE, &error);
  g_assert_no_error (error);
  PlAudioPort *files = pl_audio_port_new_files (play, record, RATE, &error);
  g_assert_no_error (error);
  pl_audio_port_set_ops (files, &files_ops, &n_ended);
  pcm_modem_start (modem);
  pl_audio_port_join (pcm, files);
  for (gint64 end = g_get_monotonic_time () + 2 * G_USEC_PER_SEC;
       g_get_monotonic_time () < end;)
    g_main_context_iteration (context, n_ended == 0);
  pl_audio_port_free (files);

  /* What was recorded can be played. */
  PlAudioPort *player = pl_audio_port_new_files (record, NULL, 48000, &error);
  g_assert_no_error (error);
  PlAudioPort *copier = pl_audio_port_new_files (NULL, copy, 48000, &error);
  g_assert_no_error (error);
  pl_audio_port_set_ops (player, &files_ops, &n_ended);
  pl_audio_port_join (player, copier);
  while (n_ended < 2)
    g_main_context_iteration (context, TRUE);
  pl_audio_port_free (copier);
  pl_audio_port_free (player);
  pl_audio_port_free (pcm);
  pcm_modem_stop (modem);
  assert_tone (copy, 44, 48000, 300);
  pcm_modem_get_heard (modem, &heard);
  g_assert_cmpfloat (pl_sound_get_purity (heard.samples + RATE / 2, RATE / 2, RATE, 440), >,
                     0.5);
  g_main_context_pop_thread_default (context);
  g_unlink (play);
  g_unlink (record);
  g_unlink (copy);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++) {
    g_autofree char *name = g_strconcat ("/voice/", calls[i].name, NULL);
    g_test_add_data_func (name, GUINT_TO_POINTER (i), test_call);
  }
  g_test_add_func ("/voice/hold", test_hold);
  g_test_add_func ("/voice/muted", test_muted);
  g_test_add_func ("/voice/report", test_report);
  g_test_add_func ("/voice/bad-packets", test_bad_packets);
  g_test_add_func ("/voice/bad-profile", test_bad_profile);
  g_test_add_func ("/voice/terminal", test_terminal);
  g_test_add_func ("/voice/late-modem", test_late_modem);
  g_test_add_func ("/voice/modem-stalls", test_modem_stalls);
  g_test_add_func ("/voice/modem-vanishes", test_modem_vanishes);
  g_test_add_func ("/voice/files", test_files);
  g_test_add_func ("/voice/join", test_join);
  return g_test_run ();
}
