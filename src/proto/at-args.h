/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** PlAtArgs: what comes after the colon of a line of an AT port: fields between commas, empty
 * ones too, strings without their quotes. */
typedef struct _PlAtArgs PlAtArgs;

/** NULL unless @line begins with @prefix ("+CREG:"). At most 32 fields are kept. */
PlAtArgs *pl_at_args_new (const char *line, const char *prefix);
void pl_at_args_free (PlAtArgs *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAtArgs, pl_at_args_free)

guint pl_at_args_count (const PlAtArgs *self);

/** Field @i, from 0; "" where there is none. Owned by @self. */
const char *pl_at_args_string (const PlAtArgs *self, guint i);

/** TRUE if it was written in quotes. */
gboolean pl_at_args_is_quoted (const PlAtArgs *self, guint i);

/** Field @i as a decimal number, in quotes or not; FALSE, and @value as it was, when it is
 * none. */
gboolean pl_at_args_int (const PlAtArgs *self, guint i, int *value);
