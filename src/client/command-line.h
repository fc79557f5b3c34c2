/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/options.h"

/** What the other side has to type: "punchline @command @code", with the signaling server. Free
 * with g_free(). */
char *pl_command_line_for_other (const PlOptions *options, const char *command,
                                 const char *code);
