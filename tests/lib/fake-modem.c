/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/fake-modem.h"

#include <string.h>

#define N_SLOTS   20
#define PART_SIZE 20 /* characters of a part that goes out */

typedef struct {
  gboolean used, went_out;
  PlSmsPart *part; /* NULL: ours */
  char *content;
} Slot;

struct _FakeModem {
  GObject parent;
  PlModemStatus status;
  Slot slots[N_SLOTS];
  GPtrArray *sent;
  GPtrArray *calls; /* of PlModemCall */
  GString *commands;
  guint mr, next_call;
  const char *failing;
  guint n_failures;
  PlModemError failure;
  gboolean failing_is_done;
  gboolean silent;
  GQueue held; /* of GTask: what it will answer when it is not silent any more */
};

static void fake_modem_iface_init (PlModemInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (FakeModem, fake_modem, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (PL_TYPE_MODEM, fake_modem_iface_init))

/* TRUE: it fails, and @task is answered. @done: it has to be carried out nevertheless. */
static gboolean
fails (FakeModem *self, const char *command, GTask *task, gboolean *done)
{
  *done = TRUE;
  if (self->n_failures == 0 || strcmp (self->failing, command) != 0)
    return FALSE;
  self->n_failures--;
  *done = self->failing_is_done;
  g_task_return_new_error (task, PL_MODEM_ERROR, self->failure, "%s failed", command);
  g_object_unref (task);
  return TRUE;
}

static void
succeed (GTask *task)
{
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
succeed_loudly (FakeModem *self, GTask *task)
{
  if (self->silent)
    g_queue_push_tail (&self->held, task);
  else
    succeed (task);
}

static void
do_nothing (PlModem *modem G_GNUC_UNUSED)
{
}

static const PlModemStatus *
get_status (PlModem *modem)
{
  return &FAKE_MODEM (modem)->status;
}

static Slot *
slot_of (FakeModem *self, const char *handle)
{
  g_assert_true (g_str_has_prefix (handle, "ME:"));
  return &self->slots[g_ascii_strtoull (handle + 3, NULL, 10)];
}

static void
clear_slot (Slot *slot)
{
  g_clear_pointer (&slot->part, pl_sms_part_free);
  g_clear_pointer (&slot->content, g_free);
  slot->used = slot->went_out = FALSE;
}

static PlSmsPart *
copy_part (const PlSmsPart *part)
{
  PlSmsPart *copy = g_memdup2 (part, sizeof *part);
  copy->number = g_strdup (part->number);
  copy->text = g_strdup (part->text);
  copy->raw = part->raw ? g_bytes_ref (part->raw) : NULL;
  return copy;
}

static void
sweep (PlModem *modem, GTask *task)
{
  FakeModem *self = FAKE_MODEM (modem);
  gboolean done;

  if (fails (self, "sweep", task, &done))
    return;
  GPtrArray *texts = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_modem_text_free);
  for (guint i = 0; i < N_SLOTS; i++) {
    const Slot *slot = &self->slots[i];
    if (!slot->used)
      continue;
    PlModemText *text = g_new0 (PlModemText, 1);
    text->handle = g_strdup_printf ("ME:%u", i);
    text->part = slot->part ? copy_part (slot->part) : NULL;
    text->went_out = slot->went_out;
    g_ptr_array_add (texts, text);
  }
  g_task_return_pointer (task, texts, (GDestroyNotify) g_ptr_array_unref);
  g_object_unref (task);
}

static void
delete_text (PlModem *modem, const char *handle, GTask *task)
{
  FakeModem *self = FAKE_MODEM (modem);
  gboolean done;
  gboolean failed = fails (self, "delete", task, &done);

  if (done)
    clear_slot (slot_of (self, handle));
  if (!failed)
    succeed (task);
}

static guint
count_parts (PlModem *modem G_GNUC_UNUSED, const char *text)
{
  return (strlen (text) + PART_SIZE - 1) / PART_SIZE;
}

static Slot *
find_free (FakeModem *self, guint *i)
{
  for (*i = 0; *i < N_SLOTS; (*i)++)
    if (!self->slots[*i].used)
      return &self->slots[*i];
  return NULL;
}

static void
prepare_part (PlModem *modem, const char *number, const char *text, guint part,
              guint16 ref G_GNUC_UNUSED, GTask *task)
{
  FakeModem *self = FAKE_MODEM (modem);
  gboolean done;
  gboolean failed = fails (self, "prepare", task, &done);
  guint i;

  g_assert_cmpuint (part, >=, 1);
  g_assert_cmpuint (part, <=, count_parts (modem, text));
  Slot *slot = done ? find_free (self, &i) : NULL;
  if (slot) {
    g_autofree char *piece = g_strndup (text + (part - 1) * PART_SIZE, PART_SIZE);
    slot->used = TRUE;
    slot->content = g_strdup_printf ("%s %u/%s", number, part, piece);
  }
  if (failed)
    return;
  if (slot)
    g_task_return_pointer (task, g_strdup_printf ("ME:%u", i), g_free);
  else
    g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED, "memory full (322)");
  g_object_unref (task);
}

static void
send_prepared (PlModem *modem, const char *handle, GTask *task)
{
  FakeModem *self = FAKE_MODEM (modem);
  Slot *slot = slot_of (self, handle);
  gboolean done;
  gboolean failed = fails (self, "send", task, &done);

  g_assert_true (slot->used && slot->part == NULL);
  if (done) {
    slot->went_out = TRUE;
    g_ptr_array_add (self->sent, g_strdup (slot->content));
    self->mr = (self->mr + 1) & 0xff;
  }
  if (failed)
    return;
  g_task_return_int (task, self->mr);
  g_object_unref (task);
}

static PlModemCall *
find_call (FakeModem *self, guint id)
{
  for (guint i = 0; i < self->calls->len; i++) {
    PlModemCall *call = g_ptr_array_index (self->calls, i);
    if (call->id == id)
      return call;
  }
  return NULL;
}

void
fake_modem_change_call (FakeModem *self, guint id, PlModemCallState state, PlModemEnd end)
{
  PlModemCall *call = find_call (self, id);

  if (call == NULL)
    g_error ("there is no call %u", id);
  call->state = state;
  call->end = end;
  g_autoptr (PlModemCall) news = pl_modem_call_copy (call);
  if (state == PL_MODEM_CALL_ENDED)
    g_ptr_array_remove (self->calls, call);
  g_signal_emit_by_name (self, "call-changed", news);
}

typedef struct {
  FakeModem *modem;
  guint call;
  PlModemCallState state;
} Change;

static gboolean
on_change (gpointer user_data)
{
  g_autofree Change *change = user_data;
  g_autoptr (FakeModem) self = change->modem;
  PlModemEnd end
      = change->state == PL_MODEM_CALL_ENDED ? PL_MODEM_END_LOCAL : PL_MODEM_END_NONE;

  if (find_call (self, change->call))
    fake_modem_change_call (self, change->call, change->state, end);
  return G_SOURCE_REMOVE;
}

/* As a modem does: after the command that is answered now. */
static void
change_soon (FakeModem *self, guint call, PlModemCallState state)
{
  Change *change = g_new (Change, 1);

  *change = (Change){ g_object_ref (self), call, state };
  g_idle_add (on_change, change);
}

static PlModemCall *
add_call (FakeModem *self, guint id, const char *number, PlModemCallState state)
{
  PlModemCall *call = g_new0 (PlModemCall, 1);

  call->id = id;
  call->number = g_strdup (number);
  call->state = state;
  call->outgoing = state == PL_MODEM_CALL_DIALING;
  g_ptr_array_add (self->calls, call);
  return call;
}

void
fake_modem_ring (FakeModem *self, guint id, const char *number)
{
  PlModemCallState state = self->calls->len ? PL_MODEM_CALL_WAITING : PL_MODEM_CALL_INCOMING;
  add_call (self, id, number, state);
  fake_modem_change_call (self, id, state, PL_MODEM_END_NONE);
}

static void
dial (PlModem *modem, const char *number, gboolean hide_number, GTask *task)
{
  FakeModem *self = FAKE_MODEM (modem);
  gboolean done;

  g_string_append_printf (self->commands, "dial:%s%s ", number, hide_number ? ":hidden" : "");
  if (fails (self, "dial", task, &done))
    return;
  add_call (self, self->next_call, number, PL_MODEM_CALL_DIALING);
  g_task_return_int (task, self->next_call);
  g_object_unref (task);
  change_soon (self, self->next_call++, PL_MODEM_CALL_DIALING);
}

static void
answer (PlModem *modem, guint call, GTask *task)
{
  FakeModem *self = FAKE_MODEM (modem);
  gboolean done;

  g_string_append_printf (self->commands, "answer:%u ", call);
  if (fails (self, "answer", task, &done))
    return;
  succeed (task);
  change_soon (self, call, PL_MODEM_CALL_ACTIVE);
}

static void
hang_up (PlModem *modem, guint call, GTask *task)
{
  FakeModem *self = FAKE_MODEM (modem);

  g_string_append_printf (self->commands, "hang-up:%u ", call);
  succeed (task);
  change_soon (self, call, PL_MODEM_CALL_ENDED);
}

static void
send_dtmf (PlModem *modem, guint call, const char *digits, GTask *task)
{
  FakeModem *self = FAKE_MODEM (modem);

  g_string_append_printf (self->commands, "dtmf:%u:%s ", call, digits);
  succeed_loudly (self, task);
}

static void
chld (PlModem *modem, PlModemChld what, GTask *task)
{
  FakeModem *self = FAKE_MODEM (modem);

  g_string_append_printf (self->commands, "chld:%d ", what);
  succeed_loudly (self, task);
  for (guint i = 0; what == PL_MODEM_CHLD_HOLD_SWAP && i < self->calls->len; i++) {
    const PlModemCall *call = g_ptr_array_index (self->calls, i);
    gboolean active = call->state == PL_MODEM_CALL_ACTIVE;
    change_soon (self, call->id, active ? PL_MODEM_CALL_HELD : PL_MODEM_CALL_ACTIVE);
  }
}

static void
enter_pin (PlModem *modem G_GNUC_UNUSED, const char *pin G_GNUC_UNUSED, GTask *task)
{
  succeed (task);
}

static void
get_forwarding (PlModem *modem G_GNUC_UNUSED, GTask *task)
{
  g_task_return_pointer (task, g_strdup (""), g_free);
  g_object_unref (task);
}

static void
erase_forwarding (PlModem *modem, GTask *task)
{
  FakeModem *self = FAKE_MODEM (modem);

  g_string_append (self->commands, "erase ");
  succeed_loudly (self, task);
}

static void
fake_modem_iface_init (PlModemInterface *iface)
{
  iface->start = do_nothing;
  iface->stop = do_nothing;
  iface->get_status = get_status;
  iface->sweep = sweep;
  iface->delete_text = delete_text;
  iface->count_parts = count_parts;
  iface->prepare_part = prepare_part;
  iface->send_prepared = send_prepared;
  iface->dial = dial;
  iface->answer = answer;
  iface->hang_up = hang_up;
  iface->send_dtmf = send_dtmf;
  iface->chld = chld;
  iface->enter_pin = enter_pin;
  iface->get_forwarding = get_forwarding;
  iface->erase_forwarding = erase_forwarding;
}

FakeModem *
fake_modem_new (void)
{
  return g_object_new (FAKE_TYPE_MODEM, NULL);
}

GPtrArray *
fake_modem_get_sent (FakeModem *self)
{
  return self->sent;
}

const char *
fake_modem_get_commands (FakeModem *self)
{
  return self->commands->str;
}

void
fake_modem_set_state (FakeModem *self, PlModemState state)
{
  self->status.state = state;
  g_signal_emit_by_name (self, "status-changed");
}

void
fake_modem_set_silent (FakeModem *self, gboolean silent)
{
  GTask *task;

  self->silent = silent;
  while (!silent && (task = g_queue_pop_head (&self->held)))
    succeed (task);
}

void
fake_modem_fail (FakeModem *self, const char *command, guint n, PlModemError code,
                 gboolean done)
{
  self->failing = command;
  self->n_failures = n;
  self->failure = code;
  self->failing_is_done = done;
}

void
fake_modem_take_text (FakeModem *self, PlSmsPart *part, gboolean quiet)
{
  guint i;
  Slot *slot = find_free (self, &i);

  if (slot == NULL)
    g_error ("the store of the modem is full");
  slot->used = TRUE;
  slot->part = part;
  if (!quiet)
    g_signal_emit_by_name (self, "texts-waiting");
}

void
fake_modem_add_draft (FakeModem *self)
{
  guint i;
  Slot *slot = find_free (self, &i);
  if (slot)
    slot->used = TRUE;
}

guint
fake_modem_count_texts (FakeModem *self)
{
  guint n = 0;
  for (guint i = 0; i < N_SLOTS; i++)
    n += self->slots[i].used;
  return n;
}

static void
fake_modem_finalize (GObject *object)
{
  FakeModem *self = FAKE_MODEM (object);

  for (guint i = 0; i < N_SLOTS; i++)
    clear_slot (&self->slots[i]);
  g_ptr_array_unref (self->sent);
  g_ptr_array_unref (self->calls);
  g_string_free (self->commands, TRUE);
  G_OBJECT_CLASS (fake_modem_parent_class)->finalize (object);
}

static void
fake_modem_class_init (FakeModemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = fake_modem_finalize;
}

static void
fake_modem_init (FakeModem *self)
{
  self->status = (PlModemStatus){ .state = PL_MODEM_READY, .signal_percent = -1 };
  self->sent = g_ptr_array_new_with_free_func (g_free);
  self->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_modem_call_free);
  self->commands = g_string_new (NULL);
  self->next_call = 1;
}
