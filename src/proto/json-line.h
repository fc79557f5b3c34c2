/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** PlJsonLine: one flat JSON object on a line of its own, for --events and --json. */
typedef struct _PlJsonLine PlJsonLine;

/** Its first member is "event": @event. */
PlJsonLine *pl_json_line_new (const char *event);
void pl_json_line_free (PlJsonLine *self);

/** @value NULL: the member is left out. */
void pl_json_line_add_string (PlJsonLine *self, const char *name, const char *value);
void pl_json_line_add_int (PlJsonLine *self, const char *name, int64_t value);

/** The text so far, with a line feed; free with g_free(). */
char *pl_json_line_print (PlJsonLine *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlJsonLine, pl_json_line_free)
