/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/pair/ice-pair.h"

#include "tests/lib/pl-test.h"

#include <string.h>

static void
check_finished (IceEnd *end)
{
  IcePair *pair = end->pair;
  if (pair->finished && pair->finished (pair))
    pair->done = TRUE;
}

static IceEnd *
other_end (IceEnd *end)
{
  return &end->pair->ends[1 - end->index];
}

static void
hand_over (IceEnd *end, const char *line)
{
  IceEnd *other = other_end (end);
  g_autoptr (GError) error = NULL;

  if (other->ice == NULL || !end->pair->trickle)
    return;
  if (line == NULL) {
    pl_ice_end_of_remote_candidates (other->ice);
    return;
  }
  if (end->pair->only && strstr (line, end->pair->only) == NULL)
    return;
  pl_ice_add_remote_candidate (other->ice, line, &error);
  g_assert_no_error (error);
}

static void
on_candidate (const char *line, gpointer user_data)
{
  IceEnd *end = user_data;

  if (line)
    g_ptr_array_add (end->lines, g_strdup (line));
  else
    end->complete = TRUE;
  hand_over (end, line);
  check_finished (end);
}

static void
on_selected (const PlPath *path, gpointer user_data)
{
  IceEnd *end = user_data;

  end->n_selected++;
  end->path = *path;
  end->connected = TRUE;
  g_test_message ("%u: %s %s to %s %s", end->index, pl_candidate_type_name (path->local_type),
                  path->local, pl_candidate_type_name (path->remote_type), path->remote);
  if (end->free_when_selected)
    g_clear_pointer (&end->ice, pl_ice_free);
  check_finished (end);
}

static void
on_datagram (const uint8_t *data, size_t len, gpointer user_data)
{
  IceEnd *end = user_data;

  g_string_append_len (end->received, (const char *) data, len);
  g_string_append_c (end->received, '\n');
  end->n_received++;
  check_finished (end);
}

static void
on_writable (gpointer user_data)
{
  IceEnd *end = user_data;
  end->writable = TRUE;
  check_finished (end);
}

static void
on_failed (const GError *reason, gpointer user_data)
{
  IceEnd *end = user_data;

  g_test_message ("%u: %s", end->index, reason->message);
  g_clear_error (&end->failure);
  end->failure = g_error_copy (reason);
  check_finished (end);
}

static const PlIceOps ops = { .candidate = on_candidate,
                              .selected = on_selected,
                              .datagram = on_datagram,
                              .writable = on_writable,
                              .failed = on_failed };

static void
end_init (IcePair *pair, guint index, const PlIceConfig *config)
{
  IceEnd *end = &pair->ends[index];

  end->pair = pair;
  end->index = index;
  end->lines = g_ptr_array_new_with_free_func (g_free);
  end->received = g_string_new (NULL);
  if (end->context == NULL)
    end->context = g_main_context_ref (pair->context);
  g_main_context_push_thread_default (end->context);
  end->ice = pl_ice_new (config, &ops, end);
  g_main_context_pop_thread_default (end->context);
  pl_ice_set_controlling (end->ice, index == 0);
}

static IcePair *
pair_new (const PlIceConfig *first, const PlIceConfig *second, GMainContext *second_context)
{
  IcePair *pair = g_new0 (IcePair, 1);

  pair->context = g_main_context_new ();
  pair->trickle = TRUE;
  pair->ends[1].context = second_context;
  end_init (pair, 0, first);
  end_init (pair, 1, second);
  return pair;
}

IcePair *
ice_pair_new (const PlIceConfig *first, const PlIceConfig *second)
{
  return pair_new (first, second, /* second_context = */ NULL);
}

static gboolean
on_pump (gpointer user_data)
{
  IcePair *pair = user_data;

  while (!pair->asleep && g_main_context_iteration (pair->ends[1].context, FALSE))
    continue;
  return G_SOURCE_CONTINUE;
}

IcePair *
ice_pair_new_apart (const PlIceConfig *first, const PlIceConfig *second)
{
  IcePair *pair = pair_new (first, second, g_main_context_new ());

  pair->pump = g_timeout_source_new (1);
  g_source_set_callback (pair->pump, on_pump, pair, /* notify = */ NULL);
  g_source_attach (pair->pump, pair->context);
  return pair;
}

static gboolean
on_quiet (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* libnice gives its allocations back in the background. */
static void
drain (GMainContext *context)
{
  gboolean quiet = FALSE;
  g_autoptr (GSource) source = g_timeout_source_new (300);

  g_source_set_callback (source, on_quiet, &quiet, /* notify = */ NULL);
  g_source_attach (source, context);
  while (!quiet)
    g_main_context_iteration (context, /* may_block = */ TRUE);
}

void
ice_pair_free (IcePair *pair)
{
  for (guint i = 0; i < G_N_ELEMENTS (pair->ends); i++) {
    IceEnd *end = &pair->ends[i];
    g_clear_pointer (&end->ice, pl_ice_free);
  }
  pair->finished = NULL;
  pair->asleep = FALSE;
  drain (pair->context);
  if (pair->pump)
    g_source_destroy (pair->pump);
  g_clear_pointer (&pair->pump, g_source_unref);
  for (guint i = 0; i < G_N_ELEMENTS (pair->ends); i++) {
    IceEnd *end = &pair->ends[i];
    g_ptr_array_unref (end->lines);
    g_string_free (end->received, /* free_segment = */ TRUE);
    g_clear_error (&end->failure);
    g_main_context_unref (end->context);
  }
  g_main_context_unref (pair->context);
  g_free (pair);
}

void
ice_pair_start (IcePair *pair)
{
  for (guint i = 0; i < G_N_ELEMENTS (pair->ends); i++) {
    IceEnd *end = &pair->ends[i];
    PlIce *remote = other_end (end)->ice;
    g_autoptr (GError) error = NULL;
    pl_ice_set_remote_credentials (end->ice, pl_ice_get_ufrag (remote), pl_ice_get_pwd (remote),
                                   &error);
    g_assert_no_error (error);
  }
  pl_ice_gather (pair->ends[0].ice);
  pl_ice_gather (pair->ends[1].ice);
}

void
ice_pair_run (IcePair *pair, gboolean (*finished) (IcePair *pair), guint timeout_ms)
{
  pair->finished = finished;
  pair->done = finished (pair);
  pl_test_run_until (pair->context, &pair->done, timeout_ms);
  pair->finished = NULL;
}

void
ice_end_send (IceEnd *end, const char *text)
{
  PlTrain train;

  pl_train_init (&train);
  pl_train_append (&train, (const uint8_t *) text, strlen (text));
  g_assert_cmpuint (pl_ice_send (end->ice, &train, /* first = */ 0), ==, 1);
  pl_train_clear (&train);
}

gboolean
ice_pair_is_connected (IcePair *pair)
{
  return pair->ends[0].connected && pair->ends[1].connected;
}

gboolean
ice_pair_is_heard (IcePair *pair)
{
  return pair->ends[0].n_received > 0 && pair->ends[1].n_received > 0;
}

gboolean
ice_pair_has_failed (IcePair *pair)
{
  return pair->ends[0].failure != NULL;
}
