/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/** @text without what would let it play with a terminal: control characters and bidirectional
 * overrides become U+FFFD, and so do bytes that are not UTF-8. Free with g_free(). */
char *pl_make_printable (const char *text);

/** The same for a text of several lines, which stay lines. Free with g_free(). */
char *pl_make_printable_lines (const char *text);
