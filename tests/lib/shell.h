/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/** For a program that a test drives: runs the default context and gives each line of stdin to
 * @run_line, until stdin ends. */
void pl_shell_run (void (*run_line) (const char *line));
