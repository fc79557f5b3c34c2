/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "client/command-line.h"

#include <string.h>

char *
pl_command_line_for_other (const PlOptions *options, const char *command, const char *code)
{
  g_autofree char *url = g_shell_quote (options->signaling);
  gboolean is_plain
      = options->signaling[strspn (options->signaling, "abcdefghijklmnopqrstuvwxyz"
                                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                       "0123456789:/.-_[]@%+")]
        == '\0';
  return g_strdup_printf ("punchline %s --signaling %s %s", command,
                          is_plain ? options->signaling : url, code);
}
