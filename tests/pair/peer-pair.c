/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/pair/peer-pair.h"

#include "tests/lib/pl-test.h"

#include <string.h>

typedef struct {
  PlPairEnd *to;
  gboolean is_description;
  char *first, *second;
} Signal;

static void
signal_free (Signal *signal)
{
  g_free (signal->first);
  g_free (signal->second);
  g_free (signal);
}

void
pl_pair_drop (PlPairEnd *end)
{
  if (end->peer == NULL)
    return;
  g_signal_handlers_disconnect_by_data (end->peer, end);
  g_clear_object (&end->peer);
}

static gboolean
deliver (gpointer user_data)
{
  PlPair *pair = user_data;
  Signal *signal = g_queue_pop_head (&pair->signals);

  if (signal == NULL)
    return G_SOURCE_REMOVE;
  g_autoptr (GError) error = NULL;
  if (signal->to->peer == NULL || pl_peer_get_state (signal->to->peer) >= PL_PEER_CLOSING)
    g_assert_true (TRUE);
  else if (signal->is_description)
    pl_peer_feed_description (signal->to->peer, signal->first, signal->second, &error);
  else
    pl_peer_feed_candidate (signal->to->peer, signal->first, signal->second, &error);
  g_assert_no_error (error);
  signal_free (signal);
  if (++pair->n_delivered == pair->drop_b_after)
    pl_pair_drop (&pair->b);
  return G_SOURCE_REMOVE;
}

static void
post (PlPairEnd *from, gboolean is_description, const char *first, const char *second)
{
  PlPair *pair = from->pair;
  Signal signal = { from == &pair->a ? &pair->b : &pair->a, is_description, g_strdup (first),
                    g_strdup (second) };
  g_autoptr (GSource) source = g_idle_source_new ();

  g_queue_push_tail (&pair->signals, g_memdup2 (&signal, sizeof signal));
  g_source_set_callback (source, deliver, pair, /* notify = */ NULL);
  g_source_attach (source, pair->context);
}

static void
on_description (PlPeer *peer G_GNUC_UNUSED, const char *type, const char *sdp, PlPairEnd *end)
{
  post (end, TRUE, type, sdp);
}

static void
on_candidate (PlPeer *peer G_GNUC_UNUSED, const char *line, const char *mid, PlPairEnd *end)
{
  post (end, FALSE, line, mid);
}

void
pl_pair_on_message (PlChannel *channel, GBytes *message, gboolean is_text, PlPairEnd *end)
{
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (end->got, g_bytes_ref (message));
  end->got_bytes += g_bytes_get_size (message);
  if (end->echo)
    pl_channel_send (channel, message, is_text, &error);
  g_assert_no_error (error);
}

static void
on_channel (PlPeer *peer G_GNUC_UNUSED, PlChannel *channel, PlPairEnd *end)
{
  end->n_channels++;
  end->channel = channel;
  g_ptr_array_add (end->owned, g_object_ref (channel));
  if (!end->deaf)
    g_signal_connect (channel, "message", G_CALLBACK (pl_pair_on_message), end);
}

void
pl_pair_on_state (PlPeer *peer, guint state, PlPairEnd *end)
{
  g_assert_cmpuint (state, ==, pl_peer_get_state (peer));
  g_assert_cmpuint (end->n_closed, ==, 0);
  if (state != end->close_in)
    return;
  end->close_in = 0;
  if (end->drop)
    pl_pair_drop (end);
  else
    pl_peer_close (peer);
}

static void
on_path (PlPeer *peer, PlPairEnd *end)
{
  PlPath path;
  g_assert_true (pl_peer_get_path (peer, &path));
  g_assert_true (g_str_has_prefix (path.remote, "127.0.0.1:"));
  end->n_paths++;
}

static void
on_closed (PlPeer *peer, const GError *reason, PlPairEnd *end)
{
  g_assert_cmpint (pl_peer_get_state (peer), ==, PL_PEER_CLOSED);
  g_assert_cmpuint (end->n_closed++, ==, 0);
  end->reason = reason ? g_error_copy (reason) : NULL;
}

static void
end_init (PlPairEnd *end, PlPair *pair, gboolean polite, gboolean audio)
{
  const char *const addresses[] = { "127.0.0.1", NULL };
  const PlPeerConfig config = {
    .polite = polite, .local_addresses = (GStrv) addresses, .no_tcp = TRUE, .audio = audio
  };
  g_autoptr (GError) error = NULL;

  end->pair = pair;
  end->owned = g_ptr_array_new_with_free_func (g_object_unref);
  end->got = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  end->peer = pl_peer_new (&config, &error);
  g_assert_no_error (error);
  g_signal_connect (end->peer, "description", G_CALLBACK (on_description), end);
  g_signal_connect (end->peer, "candidate", G_CALLBACK (on_candidate), end);
  g_signal_connect (end->peer, "channel", G_CALLBACK (on_channel), end);
  g_signal_connect (end->peer, "state-changed", G_CALLBACK (pl_pair_on_state), end);
  g_signal_connect (end->peer, "path-changed", G_CALLBACK (on_path), end);
  g_signal_connect (end->peer, "closed", G_CALLBACK (on_closed), end);
}

PlPair *
pl_pair_new_with_audio (gboolean a, gboolean b)
{
  PlPair *pair = g_new0 (PlPair, 1);
  pair->context = g_main_context_new ();
  g_main_context_push_thread_default (pair->context);
  g_queue_init (&pair->signals);
  end_init (&pair->a, pair, /* polite = */ FALSE, a);
  end_init (&pair->b, pair, /* polite = */ TRUE, b);
  return pair;
}

PlPair *
pl_pair_new (void)
{
  return pl_pair_new_with_audio (FALSE, FALSE);
}

static void
end_clear (PlPairEnd *end)
{
  for (guint i = 0; i < end->owned->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (end->owned, i), end);
  if (end->peer) {
    g_signal_handlers_disconnect_by_data (end->peer, end);
    g_assert_finalize_object (end->peer);
  }
  g_ptr_array_unref (end->owned);
  g_ptr_array_unref (end->got);
  g_clear_error (&end->reason);
}

void
pl_pair_free (PlPair *pair)
{
  end_clear (&pair->a);
  end_clear (&pair->b);
  pl_test_run_idle (pair->context);
  g_queue_clear_full (&pair->signals, (GDestroyNotify) signal_free);
  g_main_context_pop_thread_default (pair->context);
  g_main_context_unref (pair->context);
  g_free (pair);
}

gboolean
pl_pair_on_late (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

gboolean
pl_pair_is_open (const PlPairEnd *end)
{
  return end->peer && pl_peer_get_state (end->peer) == PL_PEER_OPEN;
}

PlPair *
pl_pair_new_open (void)
{
  PlPair *pair = pl_pair_new ();
  pl_peer_start (pair->a.peer);
  pl_pair_run_until (pair, pl_pair_is_open (&pair->a) && pl_pair_is_open (&pair->b));
  return pair;
}

PlChannel *
pl_pair_open_channel (PlPairEnd *end, const char *label)
{
  g_autoptr (GError) error = NULL;
  PlChannel *channel = pl_peer_open_channel (end->peer, label, NULL, NULL, &error);
  g_assert_no_error (error);
  return channel;
}

void
pl_pair_send (PlChannel *channel, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  pl_channel_send (channel, bytes, /* is_text = */ TRUE, &error);
  g_assert_no_error (error);
}

void
pl_pair_send_size (PlChannel *channel, size_t size, guint8 fill)
{
  guint8 *data = g_malloc (size + 1);
  memset (data, fill, size);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, size);
  g_autoptr (GError) error = NULL;
  pl_channel_send (channel, bytes, /* is_text = */ FALSE, &error);
  g_assert_no_error (error);
}

void
pl_pair_count (guint *n)
{
  (*n)++;
}
