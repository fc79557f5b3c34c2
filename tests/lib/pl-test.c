/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/lib/pl-test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WATCHDOG_SECONDS 180

G_NORETURN static void
on_alarm (int signum G_GNUC_UNUSED)
{
  static const char text[] = "Bail out! watchdog: the test hangs\n";
  if (write (STDOUT_FILENO, text, sizeof text - 1) < 0)
    _exit (98);
  _exit (99);
}

static guint
env_uint (const char *name, guint fallback)
{
  const char *text = g_getenv (name);
  return text ? (guint) g_ascii_strtoull (text, NULL, 10) : fallback;
}

static guint
watchdog_seconds (void)
{
  return env_uint ("PL_TEST_TIMEOUT", WATCHDOG_SECONDS);
}

void
pl_test_init (int *argc, char ***argv)
{
  /* GLib 2.74 prints TAP only when told to; valgrind's rules replace LOG_COMPILER, so it is
   * added here and not in a wrapper. */
  static char tap[] = "--tap";
  static char *with_tap[32];
  g_assert_cmpint (*argc + 2, <=, G_N_ELEMENTS (with_tap));
  memcpy (with_tap, *argv, *argc * sizeof (char *));
  with_tap[*argc] = tap;
  *argv = with_tap;
  (*argc)++;

  setvbuf (stdout, NULL, _IOLBF, 0);
  signal (SIGALRM, on_alarm);
  alarm (watchdog_seconds ());
  g_test_init (argc, argv, NULL);
}

static gboolean
on_timeout (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

void
pl_test_run_until (GMainContext *context, const gboolean *done, guint timeout_ms)
{
  gboolean late = FALSE;
  const guint times = MAX (watchdog_seconds () / WATCHDOG_SECONDS, 1);
  g_autoptr (GSource) source = g_timeout_source_new (timeout_ms * times);

  g_source_set_callback (source, on_timeout, &late, /* notify = */ NULL);
  g_source_attach (source, context);
  while (!*done && !late)
    g_main_context_iteration (context, /* may_block = */ TRUE);
  g_source_destroy (source);
  g_assert_true (*done);
}

char *
pl_test_read_data (const char *name)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "data", name, /* end = */ NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, /* length = */ NULL, &error);
  g_assert_no_error (error);
  return text;
}

void
pl_test_run_idle (GMainContext *context)
{
  while (g_main_context_iteration (context, /* may_block = */ FALSE))
    ;
}

guint32
pl_test_seed (void)
{
  const char *text = g_getenv ("PL_TEST_SEED");
  guint32 seed = text ? (guint32) g_ascii_strtoull (text, NULL, 10) : g_random_int ();
  g_test_message ("PL_TEST_SEED=%u", seed);
  return seed;
}
