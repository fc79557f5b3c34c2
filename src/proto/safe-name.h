/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** @text (of a remote, any bytes) fit for one line of a terminal: valid UTF-8, with '?' in the
 * place of control and invisible formatting characters, of at most 200 characters. Free with
 * g_free(). */
char *pl_safe_text (const char *text);

/** A file name made of @name (of a remote, any bytes) that stays in its folder: the part behind
 * the last '/' or '\', valid UTF-8 of at most 200 bytes, '_' in the place of control and
 * formatting characters and of a leading '.' or '-'; "file" when nothing is left. Free with
 * g_free(). */
char *pl_safe_basename (const char *name);
