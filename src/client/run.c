/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "client/run.h"

#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

typedef struct {
  PlRun *run;
  int number;
  guint source;
} Watch;

struct _PlRun {
  GMainLoop *loop;
  Watch watches[3];
  void (*interrupted) (gpointer user_data);
  gpointer user_data;
  int signal; /* that came, else 0 */
  gboolean done;
  PlExit status;
};

static gboolean
on_signal (gpointer user_data)
{
  Watch *watch = user_data;
  PlRun *self = watch->run;

  if (self->signal)
    _exit (PL_EXIT_SIGNAL + watch->number);
  self->signal = watch->number;
  self->interrupted (self->user_data);
  return G_SOURCE_CONTINUE;
}

/* nohup asks to live on. */
static gboolean
is_ignored (int number)
{
  struct sigaction action;
  return number == SIGHUP && sigaction (number, NULL, &action) == 0
         && action.sa_handler == SIG_IGN;
}

PlRun *
pl_run_new (void (*interrupted) (gpointer user_data), gpointer user_data)
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
  PlRun *self = g_new0 (PlRun, 1);

  self->loop = g_main_loop_new (/* context = */ NULL, /* is_running = */ FALSE);
  self->interrupted = interrupted;
  self->user_data = user_data;
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++) {
    Watch *watch = &self->watches[i];
    watch->run = self;
    watch->number = numbers[i];
    if (!is_ignored (numbers[i]))
      watch->source = g_unix_signal_add (numbers[i], on_signal, watch);
  }
  return self;
}

void
pl_run_free (PlRun *self)
{
  if (self == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (self->watches); i++)
    g_clear_handle_id (&self->watches[i].source, g_source_remove);
  g_main_loop_unref (self->loop);
  g_free (self);
}

int
pl_run_wait (PlRun *self)
{
  if (!self->done)
    g_main_loop_run (self->loop);
  return self->signal ? PL_EXIT_SIGNAL + self->signal : (int) self->status;
}

void
pl_run_quit (PlRun *self, PlExit status)
{
  if (self->done)
    return;
  self->done = TRUE;
  self->status = status;
  g_main_loop_quit (self->loop);
}

gboolean
pl_run_is_interrupted (const PlRun *self)
{
  return self->signal != 0;
}
