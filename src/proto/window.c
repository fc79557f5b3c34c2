/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/window.h"

#include "base/limits.h"

/* More chunks than SCTP ever has under way (sctp-stack.c, max_chunks_on_queue); a power of 2.
 */
#define MAX_SENT 16384

#define N_ROUNDS        10 /* the rate is the best of so many rounds */
#define N_PLATEAU       3
#define N_PROBE_ROUNDS  2
#define MIN_RTT_LIFE_US (10 * G_USEC_PER_SEC)

/* In percent of the bandwidth-delay product. Startup must not hold back slow start, which
 * doubles. */
#define GAIN_STARTUP 300
#define GAIN_CRUISE  150
#define GAIN_PROBE   90

/* What the timers of both ends (10 ms) and a busy event loop add to a path that is faster. */
#define LEAST_RTT_US 10000

/* RFC 6928: any path may be given ten packets. */
#define LEAST_LIMIT (10 * PL_MTU)

typedef struct {
  int64_t sent_us;
  int64_t first_sent_us; /* when the chunk delivered last had left, as this one left */
  int64_t delivered_us;  /* when that was delivered */
  uint64_t delivered;    /* bytes delivered by then */
  uint16_t len;
  uint8_t sent;
  uint8_t again; /* left more than once: its times tell nothing (Karn) */
  uint8_t acked;
} Sent;

struct _PlWindow {
  /* Ring of chunks not yet acknowledged cumulatively: TSNs base to base + n - 1. */
  Sent *ring;
  guint capacity;
  guint head;
  guint n;
  uint32_t base;

  uint64_t delivered;
  int64_t delivered_us;
  int64_t first_sent_us;
  uint64_t in_flight;

  uint64_t rates[N_ROUNDS]; /* best of each round, bytes a second */
  guint round;
  uint64_t round_ends_at; /* a chunk that leaves with this much delivered ends the round */
  gboolean round_used;    /* the limit was what held the sender back */

  gboolean startup;
  uint64_t plateau_rate;
  guint n_plateau;

  int64_t min_rtt_us;
  int64_t min_rtt_at_us;
  guint n_probe_rounds;    /* left; 0: not probing */
  int64_t probe_rtt_us;    /* lowest in this probe */
  int64_t before_probe_us; /* the minimum before it */

  uint32_t limit;
};

PlWindow *
pl_window_new (void)
{
  PlWindow *self = g_new0 (PlWindow, 1);
  self->capacity = 256;
  self->ring = g_new0 (Sent, self->capacity);
  pl_window_report_new_path (self);
  return self;
}

void
pl_window_free (PlWindow *self)
{
  if (self == NULL)
    return;
  g_free (self->ring);
  g_free (self);
}

void
pl_window_report_new_path (PlWindow *self)
{
  for (guint i = 0; i < N_ROUNDS; i++)
    self->rates[i] = 0;
  self->round_ends_at = self->delivered;
  self->startup = TRUE;
  self->plateau_rate = 0;
  self->n_plateau = 0;
  self->min_rtt_us = 0;
  self->n_probe_rounds = 0;
  self->limit = 0;
}

static Sent *
at (PlWindow *self, guint index)
{
  return &self->ring[(self->head + index) & (self->capacity - 1)];
}

static gboolean
grow (PlWindow *self)
{
  if (self->capacity == MAX_SENT)
    return FALSE;
  Sent *ring = g_new0 (Sent, self->capacity * 2);
  for (guint i = 0; i < self->n; i++)
    ring[i] = *at (self, i);
  g_free (self->ring);
  self->ring = ring;
  self->head = 0;
  self->capacity *= 2;
  return TRUE;
}

/* The record of @tsn, made if it is new; NULL when it is out of reach. */
static Sent *
find_or_add (PlWindow *self, uint32_t tsn)
{
  if (self->n == 0)
    self->base = tsn;
  uint32_t index = tsn - self->base;
  if (index >= MAX_SENT)
    return NULL;
  while (self->n <= index) {
    if (self->n == self->capacity && !grow (self))
      return NULL;
    /* A TSN that is skipped was given up before it left (RFC 3758). */
    *at (self, self->n++) = (Sent){ 0 };
  }
  return at (self, index);
}

void
pl_window_report_sent (PlWindow *self, const PlSctpData *data, int64_t now_us)
{
  Sent *sent = find_or_add (self, data->tsn);

  if (sent == NULL)
    return;
  if (sent->sent) {
    sent->again = TRUE;
    return;
  }
  if (self->in_flight == 0)
    self->first_sent_us = self->delivered_us = now_us;
  *sent = (Sent){
    .sent_us = now_us,
    .first_sent_us = self->first_sent_us,
    .delivered_us = self->delivered_us,
    .delivered = self->delivered,
    .len = data->payload_len,
    .sent = TRUE,
  };
  self->in_flight += data->payload_len;
  if (self->in_flight * 4 >= (uint64_t) self->limit * 3)
    self->round_used = TRUE;
}

/* Counts a chunk as delivered; the newest one that left only once becomes @sample. */
static void
deliver (PlWindow *self, Sent *sent, Sent *sample)
{
  if (!sent->sent || sent->acked)
    return;
  sent->acked = TRUE;
  self->delivered += sent->len;
  self->in_flight -= sent->len;
  if (!sent->again && sent->sent_us >= sample->sent_us)
    *sample = *sent;
}

static void
start_probe (PlWindow *self)
{
  self->n_probe_rounds = N_PROBE_ROUNDS;
  self->before_probe_us = self->min_rtt_us;
  self->probe_rtt_us = 0;
}

static void
end_probe (PlWindow *self)
{
  if (self->probe_rtt_us > 0)
    self->min_rtt_us = self->probe_rtt_us;
  /* Clearly less: there was a queue all the time, and more of it may be left. */
  if (self->min_rtt_us * 20 < self->before_probe_us * 19)
    start_probe (self);
}

static void
end_round (PlWindow *self)
{
  uint64_t rate = pl_window_get_rate (self);

  self->round_ends_at = self->delivered;
  if (self->n_probe_rounds > 0 && --self->n_probe_rounds == 0)
    end_probe (self);
  /* A round in which the sender had little to send says nothing about the path. */
  if (!self->round_used)
    return;
  self->round_used = FALSE;
  self->round = (self->round + 1) % N_ROUNDS;
  self->rates[self->round] = 0;
  if (rate * 4 > self->plateau_rate * 5) {
    self->plateau_rate = rate;
    self->n_plateau = 0;
  } else if (++self->n_plateau >= N_PLATEAU) {
    self->startup = FALSE;
  }
}

static void
update_min_rtt (PlWindow *self, int64_t rtt_us, int64_t now_us)
{
  if (self->n_probe_rounds > 0 && (self->probe_rtt_us == 0 || rtt_us < self->probe_rtt_us))
    self->probe_rtt_us = rtt_us;
  if (self->min_rtt_us == 0 || rtt_us <= self->min_rtt_us) {
    self->min_rtt_us = rtt_us;
    self->min_rtt_at_us = now_us;
  } else if (now_us - self->min_rtt_at_us > MIN_RTT_LIFE_US) {
    self->min_rtt_at_us = now_us;
    start_probe (self);
  }
}

static void
update_limit (PlWindow *self)
{
  uint64_t rate = pl_window_get_rate (self);
  guint gain = self->n_probe_rounds > 0 ? GAIN_PROBE
               : self->startup          ? GAIN_STARTUP
                                        : GAIN_CRUISE;

  if (rate == 0)
    return;
  double bdp = (double) rate * MAX (self->min_rtt_us, LEAST_RTT_US) / G_USEC_PER_SEC;
  self->limit = CLAMP (bdp * gain / 100, LEAST_LIMIT, INT32_MAX);
}

static void
take_sample (PlWindow *self, const Sent *sample, int64_t now_us)
{
  int64_t rtt_us = MAX (now_us - sample->sent_us, 1);
  /* Neither faster than it left nor faster than it was acknowledged: acknowledgements bunch up.
   */
  int64_t elapsed_us
      = MAX (now_us - sample->delivered_us, sample->sent_us - sample->first_sent_us);

  update_min_rtt (self, rtt_us, now_us);
  if (elapsed_us >= self->min_rtt_us) {
    uint64_t rate = (self->delivered - sample->delivered) * G_USEC_PER_SEC / elapsed_us;
    self->rates[self->round] = MAX (self->rates[self->round], rate);
  }
  if (sample->delivered >= self->round_ends_at)
    end_round (self);
  update_limit (self);
}

static size_t
deliver_cumulative (PlWindow *self, uint32_t n, Sent *sample)
{
  size_t n_bytes = 0;

  for (; n > 0; n--) {
    Sent *sent = at (self, 0);
    deliver (self, sent, sample);
    n_bytes += sent->len;
    self->head = (self->head + 1) & (self->capacity - 1);
    self->n--;
    self->base++;
  }
  return n_bytes;
}

size_t
pl_window_report_sack (PlWindow *self, const PlSctpSack *sack, int64_t now_us)
{
  PlSctpSack gaps = *sack;
  uint32_t n_cumulative = sack->cum_tsn - self->base + 1;
  Sent sample = { 0 };

  /* Older than another SACK, or of what never left. */
  if (n_cumulative > self->n)
    return 0;
  size_t n_bytes = deliver_cumulative (self, n_cumulative, &sample);
  for (uint32_t first, last = sack->cum_tsn; pl_sctp_sack_next_gap (&gaps, &first, &last);)
    for (uint32_t i = first - self->base; i <= last - self->base && i < self->n; i++)
      deliver (self, at (self, i), &sample);
  if (sample.sent) {
    self->first_sent_us = sample.sent_us;
    self->delivered_us = now_us;
    take_sample (self, &sample, now_us);
  }
  return n_bytes;
}

uint32_t
pl_window_get_limit (const PlWindow *self)
{
  return self->limit;
}

uint64_t
pl_window_get_rate (const PlWindow *self)
{
  uint64_t best = 0;
  for (guint i = 0; i < N_ROUNDS; i++)
    best = MAX (best, self->rates[i]);
  return best;
}

int64_t
pl_window_get_min_rtt (const PlWindow *self)
{
  return self->min_rtt_us;
}
