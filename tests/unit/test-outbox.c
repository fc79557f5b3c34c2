/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/outbox.h"
#include "tests/lib/pl-test.h"

#include <string.h>

#define SECOND    G_USEC_PER_SEC
#define N_SLOTS   8
#define MAX_PARTS 64

/* A modem with a store of its own, a network that counts, and a database: what a power cut
 * leaves is the modem and the database. */
typedef struct {
  gboolean used, sent;
  guint part; /* index of what it holds */
} Slot;

typedef enum {
  OP_NONE,
  OP_PREPARE,
  OP_SEND,
  OP_REMOVE
} Op;

typedef struct {
  PlOutbox *outbox;
  PlOutPart saved[MAX_PARTS]; /* the database */
  char handles[MAX_PARTS][8];
  char reasons[MAX_PARTS][80];
  guint n_parts;
  Slot slots[N_SLOTS];
  guint on_air[MAX_PARTS]; /* how often the network got a part */
  Op op;
  PlOutPart asked; /* what the op is about; handle in asked_handle */
  char asked_handle[8];
  gboolean sweep_asked, disk_full;
  int64_t now;
} World;

static guint
index_of (const PlOutPart *part)
{
  return part->text * 2 + part->number - 3; /* texts of two parts, from 1 */
}

static gboolean
on_save (const PlOutPart *part, gpointer user_data)
{
  World *world = user_data;
  guint i = index_of (part);

  if (world->disk_full)
    return FALSE;
  for (guint other = 0; part->handle && other < world->n_parts; other++)
    if (g_strcmp0 (world->saved[other].handle, part->handle) == 0)
      world->saved[other].handle = NULL;
  world->saved[i] = *part;
  if (part->state == PL_PART_PREPARING)
    world->saved[i].state = PL_PART_QUEUED;
  if (part->state == PL_PART_UNSURE)
    world->saved[i].state = PL_PART_SENDING;
  g_strlcpy (world->handles[i], part->handle ? part->handle : "", sizeof world->handles[i]);
  g_strlcpy (world->reasons[i], part->reason ? part->reason : "", sizeof world->reasons[i]);
  world->saved[i].handle = part->handle ? world->handles[i] : NULL;
  world->saved[i].reason = part->reason ? world->reasons[i] : NULL;
  return TRUE;
}

static void
ask (World *world, Op op, const PlOutPart *part, const char *handle)
{
  g_assert_cmpint (world->op, ==, OP_NONE);
  world->op = op;
  if (part)
    world->asked = *part;
  g_strlcpy (world->asked_handle, handle ? handle : "", sizeof world->asked_handle);
}

static void
on_prepare (const PlOutPart *part, gpointer user_data)
{
  ask (user_data, OP_PREPARE, part, /* handle = */ NULL);
}

static void
on_send (const PlOutPart *part, gpointer user_data)
{
  ask (user_data, OP_SEND, part, part->handle);
}

static void
on_remove (const char *handle, gpointer user_data)
{
  ask (user_data, OP_REMOVE, /* part = */ NULL, handle);
}

static void
on_sweep (gpointer user_data)
{
  ((World *) user_data)->sweep_asked = TRUE;
}

static const PlOutboxOps ops = { .save = on_save,
                                 .prepare = on_prepare,
                                 .send = on_send,
                                 .remove = on_remove,
                                 .sweep = on_sweep };

static Slot *
slot_of (World *world, const char *handle)
{
  return &world->slots[g_ascii_strtoull (handle, NULL, 10)];
}

/* What the modem does with the command, whether or not somebody hears the answer. FALSE: it
 * says no. @handle: where it was written to. */
static gboolean
modem_does (World *world, char handle[8])
{
  Slot *slot = slot_of (world, world->asked_handle);

  if (world->op == OP_PREPARE) {
    for (guint i = 0; i < N_SLOTS; i++) {
      if (world->slots[i].used)
        continue;
      world->slots[i] = (Slot){ .used = TRUE, .part = index_of (&world->asked) };
      g_snprintf (handle, 8, "%u", i);
      return TRUE;
    }
    return FALSE;
  }
  if (world->op == OP_SEND) {
    g_assert_true (slot->used);
    g_assert_cmpuint (slot->part, ==, index_of (&world->asked));
    slot->sent = TRUE;
    world->on_air[slot->part]++;
  } else {
    slot->used = FALSE;
  }
  return TRUE;
}

static void
answer (World *world)
{
  char handle[8];
  Op op = world->op;
  gboolean ok = modem_does (world, handle);

  world->op = OP_NONE;
  if (!ok)
    pl_outbox_failed (world->outbox, PL_SEND_ERROR_TEMPORARY, "memory full", world->now);
  else if (op == OP_PREPARE)
    pl_outbox_prepared (world->outbox, handle, world->now);
  else if (op == OP_SEND)
    pl_outbox_sent (world->outbox, 17, world->now);
  else
    pl_outbox_removed (world->outbox, world->now);
}

static void
fail (World *world, PlSendError kind)
{
  Op op = world->op;

  world->op = OP_NONE;
  if (op == OP_REMOVE)
    pl_outbox_removed (world->outbox, world->now);
  else
    pl_outbox_failed (world->outbox, kind, "no service", world->now);
}

static void
sweep (World *world)
{
  world->sweep_asked = FALSE;
  for (guint i = 0; i < N_SLOTS; i++) {
    char handle[8];
    if (!world->slots[i].used)
      continue;
    g_snprintf (handle, sizeof handle, "%u", i);
    if (!pl_outbox_swept (world->outbox, handle, world->slots[i].sent))
      world->slots[i].used = FALSE; /* an orphan: as the box does */
  }
  pl_outbox_sweep_done (world->outbox, world->now);
}

static void
start (World *world)
{
  world->outbox = pl_outbox_new (&ops, world);
  world->op = OP_NONE;
  for (guint i = 0; i < world->n_parts; i++)
    if (world->saved[i].state <= PL_PART_SENT)
      pl_outbox_add (world->outbox, &world->saved[i], /* reloaded = */ TRUE, world->now);
  sweep (world);
}

static void
world_open (World *world, guint n_texts)
{
  *world = (World){ .now = SECOND, .n_parts = n_texts * 2 };
  for (guint i = 0; i < world->n_parts; i++)
    world->saved[i] = (PlOutPart){
      .text = i / 2 + 1, .number = i % 2 + 1, .total = 2, .state = PL_PART_QUEUED, .mr = -1
    };
  start (world);
}

static void
step (World *world)
{
  world->now += SECOND;
  if (world->sweep_asked && world->op == OP_NONE)
    sweep (world);
  pl_outbox_run (world->outbox, world->now);
}

static void
test_plain (void)
{
  World world;

  world_open (&world, 1);
  for (guint i = 0; i < 10; i++) {
    step (&world);
    if (world.op)
      answer (&world);
  }
  for (guint i = 0; i < world.n_parts; i++) {
    g_assert_cmpuint (world.on_air[i], ==, 1);
    g_assert_cmpuint (world.saved[i].state, ==, PL_PART_SENT);
    g_assert_cmpint (world.saved[i].mr, ==, 17);
  }
  for (guint i = 0; i < N_SLOTS; i++)
    g_assert_false (world.slots[i].used);
  pl_outbox_free (world.outbox);
}

/* What may happen to one command: done and answered, done and not answered, not done; and the
 * power goes before or after any of it. */
static void
play (World *world, GRand *random)
{
  char handle[8];
  guint luck = g_rand_int_range (random, 0, 12);

  step (world);
  world->disk_full = luck == 11;
  if (world->op == OP_NONE)
    return;
  if (luck < 6) {
    answer (world);
  } else if (luck < 8) {
    modem_does (world, handle);
    fail (world, PL_SEND_ERROR_TEMPORARY);
  } else if (luck < 9) {
    fail (world, PL_SEND_ERROR_TEMPORARY);
  } else if (luck < 11) {
    if (luck == 10)
      modem_does (world, handle);
    pl_outbox_free (world->outbox);
    start (world);
  }
}

static void
test_exactly_once (void)
{
  guint32 seed = pl_test_seed ();

  for (guint round = 0; round < 300; round++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (seed + round);
    World world;
    world_open (&world, 8);
    for (guint i = 0; i < 2000; i++)
      play (&world, random);
    world.disk_full = FALSE;
    for (guint i = 0; i < 3000; i++) {
      step (&world);
      if (world.op)
        answer (&world);
    }
    for (guint i = 0; i < world.n_parts; i++) {
      g_assert_cmpuint (world.on_air[i], ==, 1);
      g_assert_cmpstr (world.saved[i].reason, ==, NULL);
      g_assert_cmpuint (world.saved[i].state, ==, PL_PART_SENT);
    }
    pl_outbox_free (world.outbox);
  }
}

static void
test_refused (void)
{
  World world;
  guint tries = 0;

  world_open (&world, 1);
  for (guint i = 0; i < 300; i++) {
    step (&world);
    tries += world.op == OP_SEND;
    if (world.op == OP_SEND)
      fail (&world, PL_SEND_ERROR_REFUSED);
    else if (world.op)
      answer (&world);
  }
  g_assert_cmpuint (tries, ==, 4);
  g_assert_cmpuint (world.saved[0].state, ==, PL_PART_FAILED);
  g_assert_cmpstr (world.saved[0].reason, ==, "no service");
  g_assert_cmpuint (world.saved[1].state, ==, PL_PART_FAILED);
  g_assert_false (world.slots[0].used);
  pl_outbox_free (world.outbox);
}

static void
test_no_network (void)
{
  World world;

  world_open (&world, 1);
  step (&world);
  fail (&world, PL_SEND_ERROR_TEMPORARY);
  step (&world);
  g_assert_cmpint (world.op, ==, OP_NONE);
  g_assert_cmpint (pl_outbox_get_deadline (world.outbox), <=, world.now + 5 * SECOND);
  pl_outbox_network_came (world.outbox, world.now);
  step (&world);
  g_assert_cmpint (world.op, ==, OP_PREPARE);
  fail (&world, PL_SEND_ERROR_TEMPORARY);

  world.now += INT64_C (25) * 3600 * SECOND;
  pl_outbox_expire (world.outbox, world.now);
  g_assert_cmpuint (world.saved[0].state, ==, PL_PART_FAILED);
  g_assert_cmpstr (world.saved[0].reason, ==, "not sent within a day: no service");
  g_assert_cmpuint (world.saved[1].state, ==, PL_PART_FAILED);
  pl_outbox_free (world.outbox);
}

/* The modem was exchanged while a text was on its way: nobody can know. */
static void
test_other_modem (void)
{
  World world;

  world_open (&world, 1);
  step (&world);
  answer (&world);
  g_assert_cmpint (world.op, ==, OP_SEND);
  pl_outbox_free (world.outbox);
  memset (world.slots, 0, sizeof world.slots);
  start (&world);
  g_assert_cmpuint (world.saved[0].state, ==, PL_PART_FAILED);
  g_assert_nonnull (strstr (world.saved[0].reason, "may have gone out"));
  pl_outbox_free (world.outbox);
}

static gboolean
matches_text (int64_t text, gpointer user_data)
{
  return text == *(int64_t *) user_data;
}

static void
test_reports (void)
{
  World world;
  int64_t second = 2, none = 9;

  world_open (&world, 2);
  for (guint i = 0; i < 20; i++) {
    step (&world);
    if (world.op)
      answer (&world);
  }
  g_assert_false (pl_outbox_reported (world.outbox, 17, 0, matches_text, &none));
  g_assert_false (pl_outbox_reported (world.outbox, 18, 0, matches_text, &second));
  g_assert_true (pl_outbox_reported (world.outbox, 17, 0x20, matches_text, &second));
  g_assert_cmpuint (world.saved[3].state, ==, PL_PART_SENT);
  g_assert_true (pl_outbox_reported (world.outbox, 17, 0, matches_text, &second));
  g_assert_cmpuint (world.saved[3].state, ==, PL_PART_DELIVERED);
  g_assert_true (pl_outbox_reported (world.outbox, 17, 0x46, matches_text, &second));
  g_assert_cmpuint (world.saved[2].state, ==, PL_PART_FAILED);
  g_assert_cmpuint (world.saved[0].state, ==, PL_PART_SENT);
  pl_outbox_free (world.outbox);
}

/* A deleted text waits for no report; one that is on its way stays. */
static void
test_forget (void)
{
  World world;
  int64_t first = 1, second = 2;

  world_open (&world, 2);
  step (&world);
  pl_outbox_forget (world.outbox, first);
  g_assert_cmpuint (pl_outbox_count_waiting (world.outbox), ==, 4);
  for (guint i = 0; i < 20; i++) {
    step (&world);
    if (world.op)
      answer (&world);
  }
  pl_outbox_forget (world.outbox, second);
  g_assert_false (pl_outbox_reported (world.outbox, 17, 0, matches_text, &second));
  g_assert_true (pl_outbox_reported (world.outbox, 17, 0, matches_text, &first));
  pl_outbox_free (world.outbox);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/outbox/plain", test_plain);
  g_test_add_func ("/outbox/exactly-once", test_exactly_once);
  g_test_add_func ("/outbox/refused", test_refused);
  g_test_add_func ("/outbox/no-network", test_no_network);
  g_test_add_func ("/outbox/other-modem", test_other_modem);
  g_test_add_func ("/outbox/reports", test_reports);
  g_test_add_func ("/outbox/forget", test_forget);
  return g_test_run ();
}
