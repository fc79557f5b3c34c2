/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/options.h"
#include "client/reporter.h"

/** `voicemail greeting`, `... set FILE` and `... reset`; FALSE: the words are none of these. */
gboolean pl_greeting_command (const PlOptions *options, PlReporter *reporter, int *status);
