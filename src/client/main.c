/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-main"

#include "base/log.h"
#include "client/commands.h"
#include "client/exit.h"
#include "client/options.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A socket must never get the number of a standard stream that was closed. Writing to a
 * descriptor opened for reading fails, as it should. */
static void
occupy_standard_streams (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0 && open ("/dev/null", O_RDONLY) != fd)
      _exit (PL_EXIT_FAILED);
}

static int
run (const PlCommand *command, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PlReporter) reporter = NULL;
  g_autoptr (PlOptions) options = pl_options_parse (&command->usage, argc, argv, &error);

  if (options)
    reporter = pl_reporter_new (options, &error);
  if (reporter == NULL) {
    fprintf (stderr, "punchline: %s\nTry 'punchline %s --help'.\n", error->message,
             command->usage.name);
    return PL_EXIT_USAGE;
  }
  return command->run (options, reporter);
}

static int
complain (const char *word)
{
  if (*word == '-')
    fprintf (stderr, "punchline: expected a command before '%s'\n", word);
  else
    fprintf (stderr, "punchline: unknown command '%s'\n", word);
  fputs ("Try 'punchline --help'.\n", stderr);
  return PL_EXIT_USAGE;
}

static int
explain (char *program, const char *name)
{
  static char help[] = "--help";
  char *words[] = { program, help, NULL };
  const PlCommand *command = pl_commands_find (name);

  return command ? run (command, 2, words) : complain (name);
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "";

  setlocale (LC_ALL, "");
  signal (SIGPIPE, SIG_IGN);
  occupy_standard_streams ();
  pl_log_init ();
  if (g_str_equal (name, "--version")) {
    printf ("punchline %s\n", PACKAGE_VERSION);
    return PL_EXIT_DONE;
  }
  if (g_str_equal (name, "--help") || g_str_equal (name, "-h") || g_str_equal (name, "help")) {
    if (argc > 2)
      return explain (argv[0], argv[2]);
    pl_commands_print_help (stdout);
    return PL_EXIT_DONE;
  }
  const PlCommand *command = pl_commands_find (name);
  if (command)
    return run (command, argc - 1, argv + 1);
  if (*name)
    return complain (name);
  pl_commands_print_help (stderr);
  return PL_EXIT_USAGE;
}
