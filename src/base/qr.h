/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** @text as a QR code in half blocks (UTF-8), light on dark whatever the terminal's colours,
 * two rows of modules a line. NULL when it is too long. Free with g_free(). */
char *pl_qr_draw (const char *text);
