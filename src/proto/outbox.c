/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-outbox"

#include "proto/outbox.h"

#include "base/limits.h"
#include "base/log.h"

#include <string.h>

/*   queued --prepare--> preparing --prepared--> sending --sent--> sent --report--> delivered
 *     ^                   |                     |    ^
 *     '----- retry -------'                   lost  send
 *                                               v    |
 *                                            unsure --stayed--> prepared
 *                                               |
 *                                               '--went-out--> sent
 *
 * queued, preparing, prepared, unsure and sent may fail for good. SENDING is saved, with the
 * handle, before the modem is told to send; so whatever is found SENDING after a restart is
 * UNSURE, and what the modem's store says of the handle decides. */

enum {
  EV_PREPARE = 1,
  EV_PREPARED,
  EV_SEND,
  EV_SENT,
  EV_RETRY,   /* preparing did not work */
  EV_UNSAVED, /* the handle could not be saved: not sent */
  EV_LOST,    /* the answer to sending was an error, or none */
  EV_WENT_OUT,
  EV_STAYED, /* the modem has it and did not send it */
  EV_GONE,   /* the modem does not have it */
  EV_REPORT,
  EV_GIVE_UP,
  N_EVENTS
};
#define N_STATES (PL_PART_FAILED + 1)

#define FIRST_DELAY (5 * G_USEC_PER_SEC)
#define LAST_DELAY  (5 * 60 * G_USEC_PER_SEC)
#define SAVE_DELAY  (30 * G_USEC_PER_SEC)
#define GIVE_UP_TIME                                                                           \
  (INT64_C (24) * 3600 * G_USEC_PER_SEC) /* a text that is a day late helps nobody */
#define MAX_REFUSALS 4

typedef struct {
  PlOutPart part;
  PlOutbox *outbox;
  int64_t not_before;
  int64_t give_up_at;
  guint failures;    /* in a row: the delay */
  guint refusals;    /* of network or modem: these are counted */
  guint sweeps;      /* that have to say STAYED before it is sent again */
  PlSendError error; /* the last one, 0: none */
  gboolean unsaved;
  gboolean listed, went_out; /* by the sweep that runs */
} Item;

struct _PlOutbox {
  const PlOutboxOps *ops;
  gpointer user_data;
  GPtrArray *items; /* of Item, oldest first; delivered and failed ones are gone */
  GQueue removals;  /* of handles in the modem that are not needed any more */
  Item *current;    /* PREPARING or SENDING: the one that is worked on */
  gboolean removing;
  gboolean sweep_asked;
  int64_t now; /* of the call that is being worked off */
};

static void
item_free (Item *item)
{
  g_free (item->part.handle);
  g_free (item->part.reason);
  g_free (item);
}

static void step (Item *item, guint event);

static void
set_reason (Item *item, const char *reason)
{
  char *copy = g_strdup (reason);
  g_free (item->part.reason);
  item->part.reason = copy;
}

static gboolean
save (Item *item)
{
  item->unsaved = !item->outbox->ops->save (&item->part, item->outbox->user_data);
  return !item->unsaved;
}

/* The modem's copy is taken away only when the database does not need its word any more. */
static void
drop_handle (Item *item)
{
  if (item->part.handle && !item->unsaved)
    g_queue_push_tail (&item->outbox->removals, g_steal_pointer (&item->part.handle));
}

static void
back_off (Item *item)
{
  int64_t delay = FIRST_DELAY << MIN (item->failures, 6u);

  item->failures++;
  item->not_before = item->outbox->now + MIN (delay, LAST_DELAY);
}

static void
release (Item *item)
{
  if (item->outbox->current == item)
    item->outbox->current = NULL;
}

static void
enter_preparing (gpointer user_data)
{
  Item *item = user_data;
  item->outbox->current = item;
  item->outbox->ops->prepare (&item->part, item->outbox->user_data);
}

static void
enter_sending (gpointer user_data)
{
  Item *item = user_data;

  item->outbox->current = item;
  if (save (item))
    item->outbox->ops->send (&item->part, item->outbox->user_data);
  else
    step (item, EV_UNSAVED);
}

static void
enter_unsaved (gpointer user_data)
{
  Item *item = user_data;
  release (item);
  item->not_before = item->outbox->now + SAVE_DELAY;
}

static void
enter_queued (gpointer user_data)
{
  Item *item = user_data;
  release (item);
  g_clear_pointer (&item->part.handle, g_free);
  save (item);
}

static void
enter_unsure (gpointer user_data)
{
  Item *item = user_data;
  release (item);
}

static void
enter_prepared (gpointer user_data)
{
  Item *item = user_data;
  save (item);
}

static void
enter_sent (gpointer user_data)
{
  Item *item = user_data;

  release (item);
  set_reason (item, NULL);
  if (save (item))
    drop_handle (item);
}

static void
enter_end (gpointer user_data)
{
  Item *item = user_data;

  release (item);
  if (save (item))
    drop_handle (item);
}

static const PlStep steps[N_STATES][N_EVENTS] = {
  [PL_PART_QUEUED][EV_PREPARE] = { PL_PART_PREPARING, enter_preparing },
  [PL_PART_QUEUED][EV_GIVE_UP] = { PL_PART_FAILED, enter_end },
  [PL_PART_PREPARING][EV_PREPARED] = { PL_PART_SENDING, enter_sending },
  [PL_PART_PREPARING][EV_RETRY] = { PL_PART_QUEUED, enter_queued },
  [PL_PART_PREPARING][EV_GIVE_UP] = { PL_PART_FAILED, enter_end },
  [PL_PART_PREPARED][EV_SEND] = { PL_PART_SENDING, enter_sending },
  [PL_PART_PREPARED][EV_WENT_OUT] = { PL_PART_SENT, enter_sent },
  [PL_PART_PREPARED][EV_GONE] = { PL_PART_QUEUED, enter_queued },
  [PL_PART_PREPARED][EV_GIVE_UP] = { PL_PART_FAILED, enter_end },
  [PL_PART_SENDING][EV_SENT] = { PL_PART_SENT, enter_sent },
  [PL_PART_SENDING][EV_UNSAVED] = { PL_PART_PREPARED, enter_unsaved },
  [PL_PART_SENDING][EV_LOST] = { PL_PART_UNSURE, enter_unsure },
  [PL_PART_UNSURE][EV_WENT_OUT] = { PL_PART_SENT, enter_sent },
  [PL_PART_UNSURE][EV_STAYED] = { PL_PART_PREPARED, enter_prepared },
  [PL_PART_UNSURE][EV_GONE] = { PL_PART_QUEUED, enter_queued },
  [PL_PART_UNSURE][EV_GIVE_UP] = { PL_PART_FAILED, enter_end },
  [PL_PART_SENT][EV_REPORT] = { PL_PART_DELIVERED, enter_end },
  [PL_PART_SENT][EV_GIVE_UP] = { PL_PART_FAILED, enter_end },
};
static const char *const states[] = { NULL,     "queued", "preparing", "prepared", "sending",
                                      "unsure", "sent",   "delivered", "failed" };
static const char *const events[]
    = { NULL,   "prepare",  "prepared", "send", "sent",   "retry",  "unsaved",
        "lost", "went-out", "stayed",   "gone", "report", "give-up" };
const PlMachine pl_outbox_machine
    = { "outbox", states, events, N_STATES, N_EVENTS, &steps[0][0] };

static void
step (Item *item, guint event)
{
  pl_machine_step (&pl_outbox_machine, &item->part.state, event, item);
}

PlOutbox *
pl_outbox_new (const PlOutboxOps *ops, gpointer user_data)
{
  PlOutbox *self = g_new0 (PlOutbox, 1);

  self->ops = ops;
  self->user_data = user_data;
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  g_queue_init (&self->removals);
  return self;
}

void
pl_outbox_free (PlOutbox *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->items);
  g_queue_clear_full (&self->removals, g_free);
  g_free (self);
}

static gboolean
is_over (const Item *item)
{
  return (item->part.state == PL_PART_DELIVERED || item->part.state == PL_PART_FAILED)
         && !item->unsaved;
}

/* Forgets what is over, and of those that wait for a report the oldest beyond the limit. */
static void
tidy (PlOutbox *self)
{
  for (guint i = 0; i < self->items->len;) {
    Item *item = g_ptr_array_index (self->items, i);
    gboolean oldest = self->items->len > PL_MAX_QUEUED_OUT && !item->unsaved
                      && item->part.state == PL_PART_SENT;
    if (is_over (item) || oldest)
      g_ptr_array_remove_index (self->items, i);
    else
      i++;
  }
}

void
pl_outbox_add (PlOutbox *self, const PlOutPart *part, gboolean reloaded, int64_t now_us)
{
  Item *item = g_new0 (Item, 1);

  item->part = *part;
  item->part.handle = g_strdup (part->handle);
  item->part.reason = g_strdup (part->reason);
  if (part->state == PL_PART_PREPARING)
    item->part.state = PL_PART_QUEUED;
  if (reloaded && part->state == PL_PART_SENDING)
    item->part.state = PL_PART_UNSURE;
  item->sweeps = 1;
  item->outbox = self;
  item->not_before = now_us;
  item->give_up_at = now_us + GIVE_UP_TIME;
  g_ptr_array_add (self->items, item);
}

void
pl_outbox_forget (PlOutbox *self, int64_t text)
{
  for (guint i = self->items->len; i > 0; i--) {
    Item *item = g_ptr_array_index (self->items, i - 1);
    if (item->part.text != text || item->part.state < PL_PART_SENT)
      continue;
    item->unsaved = FALSE;
    drop_handle (item);
    g_ptr_array_remove_index (self->items, i - 1);
  }
}

gboolean
pl_outbox_is_busy (const PlOutbox *self)
{
  return self->current || self->removing;
}

static gboolean
is_waiting (const Item *item)
{
  return item->part.state == PL_PART_QUEUED || item->part.state == PL_PART_PREPARED;
}

guint
pl_outbox_count_waiting (const PlOutbox *self)
{
  guint n = 0;
  for (guint i = 0; i < self->items->len; i++) {
    const Item *item = g_ptr_array_index (self->items, i);
    n += item->part.state < PL_PART_SENT;
  }
  return n;
}

/* One part will never arrive, so the others shall not be sent either. */
static void
give_up (Item *item, const char *reason)
{
  PlOutbox *self = item->outbox;
  g_autofree char *why = g_strdup (reason);

  set_reason (item, why);
  step (item, EV_GIVE_UP);
  for (guint i = 0; i < self->items->len; i++) {
    Item *other = g_ptr_array_index (self->items, i);
    if (other->part.text != item->part.text || !is_waiting (other))
      continue;
    set_reason (other, why);
    step (other, EV_GIVE_UP);
  }
}

/* FALSE: the disk does not take it yet. */
static gboolean
save_rest (PlOutbox *self)
{
  for (guint i = 0; i < self->items->len; i++) {
    Item *item = g_ptr_array_index (self->items, i);
    if (!item->unsaved)
      continue;
    if (self->now < item->not_before)
      return FALSE;
    if (!save (item)) {
      item->not_before = self->now + SAVE_DELAY;
      return FALSE;
    }
    if (!is_waiting (item))
      drop_handle (item);
  }
  return TRUE;
}

/* The first part that may be worked on now; parts of one text keep their order. */
static Item *
find_next (PlOutbox *self)
{
  int64_t blocked = 0;
  for (guint i = 0; i < self->items->len; i++) {
    Item *item = g_ptr_array_index (self->items, i);
    if (!is_waiting (item) || item->part.text == blocked)
      continue;
    if (item->not_before <= self->now)
      return item;
    blocked = item->part.text;
  }
  return NULL;
}

/* TRUE: something went out or not, and nothing else is done before that is known. */
static gboolean
settle_unsure (PlOutbox *self)
{
  gboolean unsure = FALSE;
  for (guint i = 0; i < self->items->len; i++) {
    const Item *item = g_ptr_array_index (self->items, i);
    if (item->part.state != PL_PART_UNSURE)
      continue;
    unsure = TRUE;
    if (item->not_before > self->now || self->sweep_asked)
      continue;
    self->sweep_asked = TRUE;
    self->ops->sweep (self->user_data);
  }
  return unsure;
}

void
pl_outbox_run (PlOutbox *self, int64_t now_us)
{
  self->now = now_us;
  if (pl_outbox_is_busy (self) || !save_rest (self))
    return;
  tidy (self);
  g_autofree char *handle = g_queue_pop_head (&self->removals);
  if (handle) {
    self->removing = TRUE;
    self->ops->remove (handle, self->user_data);
    return;
  }
  if (settle_unsure (self))
    return;
  Item *item = find_next (self);
  if (item)
    step (item, item->part.state == PL_PART_QUEUED ? EV_PREPARE : EV_SEND);
}

static Item *
find_handle (PlOutbox *self, const char *handle)
{
  for (guint i = self->items->len; i > 0; i--) {
    Item *item = g_ptr_array_index (self->items, i - 1);
    if (g_strcmp0 (item->part.handle, handle) == 0)
      return item;
  }
  return NULL;
}

void
pl_outbox_prepared (PlOutbox *self, const char *handle, int64_t now_us)
{
  Item *item = self->current;

  g_return_if_fail (item && item->part.state == PL_PART_PREPARING);
  self->now = now_us;
  /* The modem uses a place again: what was there is not there any more. */
  Item *former = find_handle (self, handle);
  if (former)
    g_clear_pointer (&former->part.handle, g_free);
  item->part.handle = g_strdup (handle);
  step (item, EV_PREPARED);
}

void
pl_outbox_sent (PlOutbox *self, int mr, int64_t now_us)
{
  Item *item = self->current;

  g_return_if_fail (item && item->part.state == PL_PART_SENDING);
  self->now = now_us;
  item->part.mr = mr;
  step (item, EV_SENT);
}

static gboolean
is_final (const Item *item)
{
  return item->error == PL_SEND_ERROR_FINAL || item->refusals >= MAX_REFUSALS;
}

void
pl_outbox_failed (PlOutbox *self, PlSendError kind, const char *reason, int64_t now_us)
{
  Item *item = self->current;

  g_return_if_fail (item);
  self->now = now_us;
  item->error = kind;
  item->refusals += kind == PL_SEND_ERROR_REFUSED;
  set_reason (item, reason);
  if (item->part.state == PL_PART_SENDING) {
    /* A modem that did not answer may be sending still: one look is not enough then. */
    item->sweeps = kind == PL_SEND_ERROR_TEMPORARY ? 2 : 1;
    step (item, EV_LOST);
  } else if (is_final (item)) {
    give_up (item, reason);
  } else {
    back_off (item);
    step (item, EV_RETRY);
  }
}

void
pl_outbox_removed (PlOutbox *self, int64_t now_us)
{
  self->now = now_us;
  self->removing = FALSE;
}

gboolean
pl_outbox_swept (PlOutbox *self, const char *handle, gboolean went_out)
{
  Item *item = find_handle (self, handle);

  if (item == NULL)
    return g_queue_find_custom (&self->removals, handle, (GCompareFunc) g_strcmp0) != NULL;
  item->listed = TRUE;
  item->went_out = went_out;
  return TRUE;
}

static void
judge_stayed (Item *item)
{
  if (item->sweeps > 1) {
    item->sweeps--;
    back_off (item);
    return;
  }
  if (is_final (item)) {
    give_up (item, item->part.reason);
    return;
  }
  if (item->part.reason)
    back_off (item);
  step (item, EV_STAYED);
}

/* The modem does not have it. If it had said no, it is written again; without a word from it
 * nobody can know. */
static void
judge_gone (Item *item)
{
  if (item->error != PL_SEND_ERROR_REFUSED && item->error != PL_SEND_ERROR_FINAL) {
    give_up (item, "the modem lost this text on its way; it may have gone out");
  } else if (is_final (item)) {
    give_up (item, item->part.reason);
  } else {
    back_off (item);
    step (item, EV_GONE);
  }
}

static void
judge (Item *item)
{
  gboolean unsure = item->part.state == PL_PART_UNSURE;

  if (item->part.handle == NULL || item->part.state == PL_PART_QUEUED)
    return;
  if (item->part.state == PL_PART_SENT && item->listed)
    drop_handle (item);
  else if (item->listed && item->went_out)
    step (item, EV_WENT_OUT);
  else if (unsure && item->listed)
    judge_stayed (item);
  else if (unsure)
    judge_gone (item);
  else if (!item->listed)
    step (item, EV_GONE);
}

void
pl_outbox_sweep_done (PlOutbox *self, int64_t now_us)
{
  self->now = now_us;
  self->sweep_asked = FALSE;
  for (guint i = 0; i < self->items->len; i++) {
    Item *item = g_ptr_array_index (self->items, i);
    judge (item);
    item->listed = item->went_out = FALSE;
  }
}

/* 3GPP TS 23.040 section 9.2.3.15. */
static const char *
status_name (guint8 status)
{
  switch (status & 0x1f) {
  case 0x02:
    return "the other phone refused it";
  case 0x03:
    return "the number cannot be reached";
  case 0x06:
    return "it could not be delivered in time";
  case 0x09:
    return "the number does not exist";
  }
  return "the network could not deliver it";
}

static Item *
find_reported (PlOutbox *self, int mr, PlOutboxMatchFunc matches, gpointer user_data)
{
  for (guint i = self->items->len; i > 0; i--) {
    Item *item = g_ptr_array_index (self->items, i - 1);
    if (item->part.state == PL_PART_SENT && item->part.mr == mr
        && matches (item->part.text, user_data))
      return item;
  }
  return NULL;
}

gboolean
pl_outbox_reported (PlOutbox *self, int mr, guint8 status, PlOutboxMatchFunc matches,
                    gpointer user_data)
{
  Item *item = find_reported (self, mr, matches, user_data);

  /* Its reference got lost in a restart. */
  if (item == NULL)
    item = find_reported (self, /* mr = */ -1, matches, user_data);
  if (item == NULL)
    return FALSE;
  if (status < 0x20) {
    step (item, EV_REPORT);
  } else if (status >= 0x40) {
    g_autofree char *why = g_strdup_printf ("%s (status %u)", status_name (status), status);
    give_up (item, why);
  }
  return TRUE;
}

void
pl_outbox_expire (PlOutbox *self, int64_t now_us)
{
  self->now = now_us;
  for (guint i = 0; i < self->items->len; i++) {
    Item *item = g_ptr_array_index (self->items, i);
    if (!is_waiting (item) || item->give_up_at > now_us)
      continue;
    g_autofree char *why = g_strdup_printf (
        "not sent within a day: %s", item->part.reason ? item->part.reason : "no network");
    give_up (item, why);
  }
}

void
pl_outbox_network_came (PlOutbox *self, int64_t now_us)
{
  for (guint i = 0; i < self->items->len; i++) {
    Item *item = g_ptr_array_index (self->items, i);
    if (is_waiting (item) && item->error == PL_SEND_ERROR_TEMPORARY)
      item->not_before = MIN (item->not_before, now_us);
  }
}

int64_t
pl_outbox_get_deadline (const PlOutbox *self)
{
  int64_t deadline = PL_NEVER;
  for (guint i = 0; i < self->items->len; i++) {
    const Item *item = g_ptr_array_index (self->items, i);
    gboolean acts = is_waiting (item) || item->part.state == PL_PART_UNSURE || item->unsaved;
    if (acts && item->not_before > self->now)
      deadline = MIN (deadline, item->not_before);
    if (is_waiting (item))
      deadline = MIN (deadline, item->give_up_at);
  }
  return deadline;
}
