/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/** `punchline-boxd pair`: asks the box that runs (PlPairDoor at @path) for a code, which goes
 * to stdout alone, all else to stderr, and waits until somebody is paired. Returns the exit
 * status. */
int pl_pair_command_run (const char *path, const char *rights);
