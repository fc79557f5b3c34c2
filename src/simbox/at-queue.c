/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-at"

#include "simbox/at-queue-private.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/at-error.h"

#include <string.h>

/* Times.
 *   plain command   given at construction
 *   lax             after the information of a command whose OK may be missing
 *   resync          the question after a time-out; it may still be busy with the command before
 *   settling        without a line, until what comes belongs to the next command
 */
#define RESYNC_MS(answer_ms_)         (2 * (answer_ms_))
#define HURRIED_MS(answer_ms_)        (2 * (answer_ms_) / 5)
#define HURRIED_RESYNC_MS(answer_ms_) (3 * (answer_ms_) / 5)
#define LAX_MS                        500
#define SETTLING_MS                   200

#define QUESTION     "AT+CMEE?"
#define QUESTION_TAG "+CMEE:"

enum {
  STATE_CLOSED = 1,
  STATE_IDLE,
  STATE_PROMPT,
  STATE_BUSY,
  STATE_RESYNC,
  STATE_SETTLING,
  STATE_SILENT,
};
enum {
  EV_OPEN = 1,
  EV_SEND,
  EV_SEND_BODY,
  EV_PROMPT,
  EV_FINAL,
  EV_SYNCED,
  EV_EXPIRED,
  EV_CLOSE,
  N_EVENTS
};

typedef struct {
  char *line;
  char *body;
  guint timeout_ms;
  PlAtFlags flags;
  PlAtDone done;
  gpointer user_data;
} Pending;

struct _PlAtQueue {
  const PlAtQueueOps *ops;
  gpointer user_data;
  guint answer_ms;
  gboolean hurry;
  guint state;
  gboolean tag_seen; /* resync and settling: the next final is that of the question */
  PlDeadline *deadline;
  int64_t expires_us; /* when it is set to */
  PlAtLines *lines;
  GQueue waiting;    /* of Pending */
  Pending *current;  /* prompt and busy only */
  GPtrArray *answer; /* of PlAtLine */
};

static void
pending_free (Pending *pending)
{
  g_free (pending->line);
  g_free (pending->body);
  g_free (pending);
}

/* How many characters from @at on should not be read by everybody: what is between quotes in
 * what the modem says, and in a command if it has digits (a PIN); a long run of digits. But for
 * the name of a store ("SM"). */
static size_t
private_run (const char *at, gboolean ours)
{
  if (*at != '"') {
    size_t len = strspn (at, "0123456789ABCDEFabcdef*#+");
    return len >= 5 ? len : 0;
  }
  size_t inside = strcspn (at + 1, "\"");
  gboolean digits = strcspn (at + 1, "0123456789") < inside;
  if (!digits && (ours || (inside == 2 && g_ascii_isupper (at[1]))))
    return 0;
  return inside + (at[1 + inside] ? 2 : 1);
}

/* What stays visible there. */
static size_t
public_run (const char *at)
{
  if (*at != '"')
    return 1;
  size_t inside = strcspn (at + 1, "\"");
  return inside + (at[1 + inside] ? 2 : 1);
}

char *
pl_at_hide (const char *line)
{
  g_autoptr (GString) shown = g_string_new (NULL);
  gboolean ours = g_str_has_prefix (line, "AT");

  if (g_ascii_strncasecmp (line, "ATD", 3) == 0) {
    g_string_append_printf (shown, "ATD%s", pl_private (line + 3));
    return g_string_free (g_steal_pointer (&shown), /* free_segment = */ FALSE);
  }
  for (const char *at = line; *at;) {
    size_t len = private_run (at, ours);
    if (len == 0) {
      len = public_run (at);
      g_string_append_len (shown, at, (gssize) len);
    } else {
      g_autofree char *hidden = g_strndup (at, len);
      g_string_append (shown, pl_private (hidden));
    }
    at += len;
  }
  return g_string_free (g_steal_pointer (&shown), /* free_segment = */ FALSE);
}

static void
log_line (PlAtQueue *self, const char *direction, const char *line)
{
  g_autofree char *shown = pl_at_hide (line);
  pl_debug (self, "%s %s", direction, shown);
}

static void
arm (PlAtQueue *self, guint ms)
{
  self->expires_us = g_get_monotonic_time () + ms * (int64_t) G_TIME_SPAN_MILLISECOND;
  pl_deadline_set (self->deadline, self->expires_us);
}

static guint
timeout_of (const PlAtQueue *self, const Pending *pending)
{
  guint given = pending->timeout_ms ? pending->timeout_ms : self->answer_ms;

  if (self->hurry && (pending->timeout_ms == 0 || pending->flags & PL_AT_LOCAL))
    return MIN (given, HURRIED_MS (self->answer_ms));
  return given;
}

static void
write_text (PlAtQueue *self, const char *text, const char *end)
{
  g_autofree char *bytes = g_strconcat (text, end, NULL);
  log_line (self, ">>", text);
  self->ops->write (bytes, strlen (bytes), self->user_data);
}

static void
answer (Pending *pending, const GError *error, int code, GPtrArray *lines)
{
  const PlAtAnswer given = {
    .error = error,
    .code = code,
    .lines = lines ? (const PlAtLine *const *) lines->pdata : NULL,
    .n_lines = lines ? lines->len : 0,
  };
  if (pending->done)
    pending->done (&given, pending->user_data);
  pending_free (pending);
}

/* Takes what the current command has, so that its callback may add and reset. */
static void
end_current (PlAtQueue *self, const GError *error, int code)
{
  Pending *pending = g_steal_pointer (&self->current);
  g_autoptr (GPtrArray) lines = g_steal_pointer (&self->answer);

  self->answer = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_at_line_free);
  if (pending)
    answer (pending, error, code, lines);
}

/* Entering states: one effect each; results are given out by whoever stepped. */

static void
disarm (gpointer user_data)
{
  PlAtQueue *self = user_data;
  pl_deadline_set (self->deadline, PL_NEVER);
  pl_at_lines_set_command (self->lines, NULL);
}

static void
enter_sending (gpointer user_data)
{
  PlAtQueue *self = user_data;
  pl_at_lines_set_command (self->lines, self->current->line);
  write_text (self, self->current->line, "\r");
  arm (self, timeout_of (self, self->current));
}

static void
enter_body (gpointer user_data)
{
  PlAtQueue *self = user_data;
  write_text (self, self->current->body, "\x1a");
  arm (self, timeout_of (self, self->current));
}

static void
enter_resync (gpointer user_data)
{
  PlAtQueue *self = user_data;
  self->tag_seen = FALSE;
  pl_at_lines_set_command (self->lines, QUESTION);
  write_text (self, QUESTION, "\r");
  arm (self, self->hurry ? HURRIED_RESYNC_MS (self->answer_ms) : RESYNC_MS (self->answer_ms));
}

static void
enter_resync_prompt (gpointer user_data)
{
  PlAtQueue *self = user_data;
  /* Escape leaves a prompt that we did not see (3GPP TS 27.005 3.5.1). */
  self->ops->write ("\x1b", 1, self->user_data);
  enter_resync (self);
}

static void
enter_settling (gpointer user_data)
{
  arm (user_data, SETTLING_MS);
}

static const char *const state_names[]
    = { NULL, "closed", "idle", "prompt", "busy", "resync", "settling", "silent" };
static const char *const event_names[]
    = { NULL, "open", "send", "send-body", "prompt", "final", "synced", "expired", "close" };

static const PlStep steps[G_N_ELEMENTS (state_names)][N_EVENTS] = {
  [STATE_CLOSED] = {
    [EV_OPEN] = { STATE_IDLE, disarm },
  },
  [STATE_IDLE] = {
    [EV_SEND] = { STATE_BUSY, enter_sending },
    [EV_SEND_BODY] = { STATE_PROMPT, enter_sending },
    [EV_CLOSE] = { STATE_CLOSED, disarm },
  },
  [STATE_PROMPT] = {
    [EV_PROMPT] = { STATE_BUSY, enter_body },
    [EV_FINAL] = { STATE_IDLE, disarm },
    [EV_EXPIRED] = { STATE_RESYNC, enter_resync_prompt },
    [EV_CLOSE] = { STATE_CLOSED, disarm },
  },
  [STATE_BUSY] = {
    [EV_FINAL] = { STATE_IDLE, disarm },
    [EV_EXPIRED] = { STATE_RESYNC, enter_resync },
    [EV_CLOSE] = { STATE_CLOSED, disarm },
  },
  [STATE_RESYNC] = {
    [EV_FINAL] = { STATE_SETTLING, enter_settling },
    [EV_SYNCED] = { STATE_IDLE, disarm },
    [EV_EXPIRED] = { STATE_SILENT, disarm },
    [EV_CLOSE] = { STATE_CLOSED, disarm },
  },
  [STATE_SETTLING] = {
    [EV_FINAL] = { STATE_SETTLING, enter_settling },
    [EV_SYNCED] = { STATE_IDLE, disarm },
    [EV_EXPIRED] = { STATE_IDLE, disarm },
    [EV_CLOSE] = { STATE_CLOSED, disarm },
  },
  [STATE_SILENT] = {
    [EV_CLOSE] = { STATE_CLOSED, disarm },
  },
};

const PlMachine pl_at_queue_machine = {
  "at-queue", state_names, event_names, G_N_ELEMENTS (state_names), N_EVENTS, &steps[0][0],
};

static void
step (PlAtQueue *self, guint event)
{
  pl_machine_step (&pl_at_queue_machine, &self->state, event, self);
}

/* Sends what waits, if nothing is being answered. */
static void
pump (PlAtQueue *self)
{
  if (self->state != STATE_IDLE || self->current)
    return;
  self->current = g_queue_pop_head (&self->waiting);
  if (self->current)
    step (self, self->current->body ? EV_SEND_BODY : EV_SEND);
}

static void
finish (PlAtQueue *self, const GError *error, int code)
{
  step (self, EV_FINAL);
  end_current (self, error, code);
  pump (self);
}

static void
on_expired (gpointer user_data)
{
  PlAtQueue *self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->current && (self->current->flags & PL_AT_LAX) && self->answer->len > 0) {
    finish (self, /* error = */ NULL, /* code = */ -1);
    return;
  }
  if (self->current && (self->current->flags & PL_AT_BLIND)) {
    finish (self, /* error = */ NULL, /* code = */ -1);
    return;
  }
  step (self, EV_EXPIRED);
  if (self->current) {
    g_set_error (&error, PL_MODEM_ERROR, PL_MODEM_ERROR_TIMEOUT,
                 "the modem did not answer in time");
    end_current (self, error, /* code = */ -1);
  }
  if (self->state == STATE_SILENT)
    self->ops->silent (self->user_data);
  pump (self);
}

/* Lines. */

static void
take_information (PlAtQueue *self, PlAtLine *line)
{
  g_autoptr (PlAtLine) owned = line;
  const Pending *current = self->current;

  /* The echo of what was typed in at the prompt. */
  if (current->body && g_str_has_prefix (line->text, current->body))
    return;
  if ((current->flags & PL_AT_ASKS) == 0) {
    self->ops->urc (line, self->user_data);
    return;
  }
  if (self->answer->len < PL_MAX_AT_LINES)
    g_ptr_array_add (self->answer, g_steal_pointer (&owned));
  if (current->flags & PL_AT_LAX)
    arm (self, LAX_MS);
}

static void
take_final (PlAtQueue *self, const PlAtLine *line)
{
  g_autoptr (GError) error = NULL;
  PlAtErrorKind kind;
  int code = -1;

  if (line->kind != PL_AT_OK) {
    g_autofree char *words = pl_at_error_text (line->text);
    g_set_error (&error, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED, "%s", words);
    pl_at_parse_error (line->text, &kind, &code);
  }
  finish (self, error, code);
}

static gboolean
is_syncing (const PlAtQueue *self)
{
  return self->state == STATE_RESYNC || self->state == STATE_SETTLING;
}

static void
take_line (PlAtQueue *self, PlAtLine *line)
{
  g_autoptr (PlAtLine) owned = line;

  switch (line->kind) {
  case PL_AT_OK:
  case PL_AT_ERROR:
  case PL_AT_CALL_FAILED:
    /* Where a prompt is due OK is somebody else's: the message would go to the next prompt. */
    if (self->state == STATE_PROMPT && line->kind == PL_AT_OK)
      return;
    if (self->current)
      take_final (self, line);
    else if (is_syncing (self))
      step (self, self->tag_seen ? EV_SYNCED : EV_FINAL);
    pump (self);
    return;
  case PL_AT_PROMPT:
    step (self, EV_PROMPT);
    return;
  case PL_AT_INFO:
    if (self->current)
      take_information (self, g_steal_pointer (&owned));
    else if (is_syncing (self))
      self->tag_seen |= g_str_has_prefix (line->text, QUESTION_TAG);
    return;
  case PL_AT_URC:
    self->ops->urc (line, self->user_data);
    return;
  }
}

void
pl_at_queue_feed (PlAtQueue *self, const uint8_t *data, size_t len)
{
  PlAtLine *line;

  if (self->state == STATE_CLOSED)
    return;
  pl_at_lines_feed (self->lines, data, len);
  while ((line = pl_at_lines_next (self->lines))) {
    log_line (self, "<<", line->text);
    take_line (self, line);
  }
}

static gboolean
has_control (const char *text)
{
  for (; *text; text++)
    if (g_ascii_iscntrl (*text))
      return TRUE;
  return FALSE;
}

static Pending *
pending_new (PlAtQueue *self, const PlAtCommand *command)
{
  Pending *pending = g_new0 (Pending, 1);
  pending->line = g_strdup (command->line);
  pending->body = g_strdup (command->body);
  pending->timeout_ms = command->timeout_ms;
  pending->flags = command->flags;
  return pending;
}

static void
enqueue (PlAtQueue *self, Pending *pending)
{
  GList *before = NULL;

  if (pending->flags & PL_AT_FIRST) {
    before = self->waiting.head;
  } else if (pending->flags & PL_AT_URGENT) {
    before = self->waiting.head;
    while (before && (((Pending *) before->data)->flags & PL_AT_URGENT))
      before = before->next;
  }
  if (before)
    g_queue_insert_before (&self->waiting, before, pending);
  else
    g_queue_push_tail (&self->waiting, pending);
}

PlAtQueue *
pl_at_queue_new (guint answer_ms, const PlAtQueueOps *ops, gpointer user_data)
{
  PlAtQueue *self = g_new0 (PlAtQueue, 1);

  self->ops = ops;
  self->user_data = user_data;
  self->answer_ms = answer_ms;
  self->state = STATE_CLOSED;
  self->deadline = pl_deadline_new ("at-queue", on_expired, self);
  self->lines = pl_at_lines_new ();
  self->answer = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_at_line_free);
  g_queue_init (&self->waiting);
  return self;
}

void
pl_at_queue_free (PlAtQueue *self)
{
  if (self == NULL)
    return;
  pl_at_queue_close (self, "it is not used any more");
  pl_deadline_free (self->deadline);
  pl_at_lines_free (self->lines);
  g_ptr_array_unref (self->answer);
  g_free (self);
}

void
pl_at_queue_add (PlAtQueue *self, const PlAtCommand *command, PlAtDone done, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  Pending *pending = pending_new (self, command);

  pending->done = done;
  pending->user_data = user_data;
  if (has_control (command->line) || (command->body && has_control (command->body)))
    g_set_error (&error, PL_MODEM_ERROR, PL_MODEM_ERROR_INVALID,
                 "a control character in a command");
  else if (self->waiting.length >= PL_MAX_AT_COMMANDS)
    g_set_error (&error, PL_MODEM_ERROR, PL_MODEM_ERROR_NOT_READY,
                 "%u commands wait for the modem", self->waiting.length);
  else if (self->state == STATE_CLOSED)
    g_set_error (&error, PL_MODEM_ERROR, PL_MODEM_ERROR_GONE, "the modem is not there");
  if (error) {
    answer (pending, error, /* code = */ -1, /* lines = */ NULL);
    return;
  }
  enqueue (self, pending);
  pump (self);
}

void
pl_at_queue_set_hurry (PlAtQueue *self, gboolean hurry)
{
  gboolean begins = hurry && !self->hurry;

  self->hurry = hurry;
  if (!begins || self->current == NULL)
    return;
  guint ms = timeout_of (self, self->current);
  if (g_get_monotonic_time () + ms * (int64_t) G_TIME_SPAN_MILLISECOND < self->expires_us)
    arm (self, ms);
}

void
pl_at_queue_open (PlAtQueue *self)
{
  step (self, EV_OPEN);
}

void
pl_at_queue_close (PlAtQueue *self, const char *why)
{
  g_autoptr (GError) error
      = g_error_new (PL_MODEM_ERROR, PL_MODEM_ERROR_GONE, "the modem is gone: %s", why);
  Pending *pending;

  step (self, EV_CLOSE);
  g_clear_pointer (&self->lines, pl_at_lines_free);
  self->lines = pl_at_lines_new ();
  end_current (self, error, /* code = */ -1);
  while ((pending = g_queue_pop_head (&self->waiting)))
    answer (pending, error, /* code = */ -1, /* lines = */ NULL);
}
