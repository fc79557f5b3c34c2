/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-negotiation"

#include "proto/candidate-queue.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/candidate.h"

#include <string.h>

typedef struct {
  char *line;  /* "" for the end of candidates */
  char *mid;   /* may be NULL */
  char *ufrag; /* from the candidate's extension; may be NULL */
} Candidate;

struct _PlCandidateQueue {
  GQueue early;     /* of Candidate: their description is not here yet */
  GQueue ready;     /* of char * */
  GHashTable *seen; /* lines of this generation */
  char *ufrag;      /* of the remote now and before; NULL where there was none */
  char *old_ufrag;
  GHashTable *mids; /* sections of the remote: mid -> whether they share our transport */
};

static void
candidate_free (Candidate *self)
{
  g_free (self->line);
  g_free (self->mid);
  g_free (self->ufrag);
  g_free (self);
}

static Candidate *
candidate_copy (const Candidate *from)
{
  Candidate *self = g_new0 (Candidate, 1);
  self->line = g_strdup (from->line);
  self->mid = g_strdup (from->mid);
  self->ufrag = g_strdup (from->ufrag);
  return self;
}

PlCandidateQueue *
pl_candidate_queue_new (void)
{
  PlCandidateQueue *self = g_new0 (PlCandidateQueue, 1);

  g_queue_init (&self->early);
  g_queue_init (&self->ready);
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->mids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
pl_candidate_queue_free (PlCandidateQueue *self)
{
  if (self == NULL)
    return;
  g_queue_clear_full (&self->early, (GDestroyNotify) candidate_free);
  g_queue_clear_full (&self->ready, g_free);
  g_hash_table_unref (self->seen);
  g_hash_table_unref (self->mids);
  g_free (self->ufrag);
  g_free (self->old_ufrag);
  g_free (self);
}

/* RFC 8839 section 5.1: eight fixed fields, then names and values; RFC 8840 section 4.2.1 puts
 * the generation's ufrag there. */
static char *
find_ufrag (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  const guint n = g_strv_length (words);

  for (guint i = 8; i + 1 < n; i += 2)
    if (g_str_equal (words[i], "ufrag"))
      return g_strdup (words[i + 1]);
  return NULL;
}

static void
make_ready (PlCandidateQueue *self, const char *line)
{
  if (g_hash_table_contains (self->seen, line))
    return;
  if (g_hash_table_size (self->seen) >= PL_MAX_CANDIDATES) {
    pl_debug (self, "more than %u candidates: ignored", PL_MAX_CANDIDATES);
    return;
  }
  g_hash_table_add (self->seen, g_strdup (line));
  g_queue_push_tail (&self->ready, g_strdup (line));
}

/* In a bundle the remote may name any of its sections. */
static gboolean
is_for_us (PlCandidateQueue *self, const Candidate *candidate)
{
  return candidate->mid == NULL
         || GPOINTER_TO_INT (g_hash_table_lookup (self->mids, candidate->mid));
}

static void
learn_sections (PlCandidateQueue *self, const PlDescription *description, const PlMedia *data)
{
  g_hash_table_remove_all (self->mids);
  for (guint i = 0; i < description->media->len; i++) {
    const PlMedia *media = g_ptr_array_index (description->media, i);
    gboolean ours = media == data
                    || (data->bundle && media->bundle == data->bundle
                        && g_strcmp0 (media->transport.ufrag, data->transport.ufrag) == 0);
    if (media->mid)
      g_hash_table_insert (self->mids, g_strdup (media->mid), GINT_TO_POINTER (ours));
    for (guint k = 0; ours && k < media->candidates->len; k++)
      make_ready (self, g_ptr_array_index (media->candidates, k));
    if (ours && media->end_of_candidates)
      make_ready (self, "");
  }
}

void
pl_candidate_queue_describe (PlCandidateQueue *self, const PlDescription *description,
                             gboolean new_generation)
{
  const PlMedia *data = pl_description_find_data (description);

  if (new_generation) {
    g_hash_table_remove_all (self->seen);
    g_queue_clear_full (&self->ready, g_free);
    g_free (self->old_ufrag);
    self->old_ufrag = g_steal_pointer (&self->ufrag);
    self->ufrag = g_strdup (data->transport.ufrag);
  }
  learn_sections (self, description, data);
  for (Candidate *early; (early = g_queue_pop_head (&self->early)) != NULL;
       candidate_free (early))
    if (is_for_us (self, early)
        && (early->ufrag == NULL || g_str_equal (early->ufrag, self->ufrag)))
      make_ready (self, early->line);
}

static gboolean
check_candidate (PlCandidateQueue *self, const char *line, const char *mid, GError **error)
{
  PlCandidate candidate;

  if (*line && !pl_candidate_parse (line, &candidate, error))
    return FALSE;
  if (mid
      && (strlen (mid) > PL_MAX_MID
          || (self->ufrag && !g_hash_table_contains (self->mids, mid)))) {
    g_set_error_literal (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                         "candidate: its mid is none of the description's");
    return FALSE;
  }
  return TRUE;
}

gboolean
pl_candidate_queue_feed (PlCandidateQueue *self, const char *line, const char *mid,
                         GError **error)
{
  const char *text = line == NULL ? "" : g_str_has_prefix (line, "a=") ? line + 2 : line;

  if (!check_candidate (self, text, mid, error))
    return FALSE;
  Candidate candidate = { .line = (char *) text, .mid = (char *) mid };
  g_autofree char *ufrag = candidate.ufrag = find_ufrag (text);
  if (self->ufrag && (ufrag == NULL || g_str_equal (ufrag, self->ufrag))) {
    if (is_for_us (self, &candidate))
      make_ready (self, text);
  } else if (ufrag && g_strcmp0 (ufrag, self->old_ufrag) == 0) {
    pl_debug (self, "candidate of the generation before: ignored");
  } else if (g_queue_get_length (&self->early) >= PL_MAX_QUEUED_CANDIDATES) {
    pl_debug (self, "more than %u early candidates: ignored", PL_MAX_QUEUED_CANDIDATES);
  } else {
    g_queue_push_tail (&self->early, candidate_copy (&candidate));
  }
  return TRUE;
}

char *
pl_candidate_queue_next (PlCandidateQueue *self)
{
  return g_queue_pop_head (&self->ready);
}
