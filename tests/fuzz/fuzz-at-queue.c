/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "simbox/at-queue.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

/* A byte below N_COMMANDS adds a command, RECONNECT is a port that vanishes and comes back;
 * what is between comes from the modem at once. */
static const PlAtCommand commands[] = {
  { "AT", NULL, 0, 0 },
  { "AT+CSQ", NULL, 0, PL_AT_ASKS },
  { "AT+CPIN?", NULL, 0, PL_AT_ASKS | PL_AT_LAX },
  { "AT+CMGL=4", NULL, 0, PL_AT_ASKS },
  { "AT+CMGW=10", "00010005912143F50000021234", 0, PL_AT_ASKS },
  { "AT+CFUN=1,1", NULL, 0, PL_AT_BLIND },
  { "ATD+4930123;", NULL, 0, PL_AT_URGENT },
  { "AT\r+BAD", NULL, 0, 0 },
};
#define N_COMMANDS G_N_ELEMENTS (commands)
#define RECONNECT  N_COMMANDS
#define FIRST_TEXT (N_COMMANDS + 1)

typedef struct {
  guint added, done;
} Count;

static void
on_write (const char *data, size_t len, gpointer user_data G_GNUC_UNUSED)
{
  g_assert_true (len > 0 && data != NULL);
}

static void
on_urc (const PlAtLine *line, gpointer user_data G_GNUC_UNUSED)
{
  g_assert_true (g_utf8_validate (line->text, -1, /* end = */ NULL));
}

static void
on_silent (gpointer user_data G_GNUC_UNUSED)
{
}

static void
on_done (const PlAtAnswer *answer, gpointer user_data)
{
  Count *count = user_data;

  count->done++;
  for (guint i = 0; i < answer->n_lines; i++)
    g_assert_true (g_utf8_validate (answer->lines[i]->text, -1, /* end = */ NULL));
}

static size_t
act (PlAtQueue *queue, const uint8_t *data, size_t len, Count *count)
{
  size_t n = 1;

  if (data[0] < N_COMMANDS) {
    pl_at_queue_add (queue, &commands[data[0]], on_done, count);
    count->added++;
  } else if (data[0] == RECONNECT) {
    pl_at_queue_close (queue, "fuzz");
    pl_at_queue_open (queue);
  } else {
    while (n < len && data[n] >= FIRST_TEXT)
      n++;
    pl_at_queue_feed (queue, data, n);
  }
  return n;
}

/* Each command is answered once. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  static const PlAtQueueOps ops = { on_write, on_urc, on_silent };
  g_autoptr (GMainContext) context = g_main_context_new ();
  Count count = { 0 };

  g_main_context_push_thread_default (context);
  PlAtQueue *queue = pl_at_queue_new (/* answer_ms = */ 1000, &ops, NULL);
  pl_at_queue_open (queue);
  for (size_t i = 0; i < len;)
    i += act (queue, data + i, len - i, &count);
  pl_at_queue_free (queue);
  while (g_main_context_iteration (context, /* may_block = */ FALSE))
    ;
  g_main_context_pop_thread_default (context);
  g_assert_cmpuint (count.done, ==, count.added);
  return 0;
}
