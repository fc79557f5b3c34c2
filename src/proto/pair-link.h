/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** A pairing's code and its server as one link, `https://SERVER/#pair=CODE`: a browser sends
 * nothing behind the # to the server (PROTOCOL.md, "Pairing"). */

/** @signaling: as a user gives it, a URL or a host. NULL where it is no URL. Holds the code:
 * free with pl_secret_free(). */
char *pl_pair_link_print (const char *signaling, const char *code);

/** TRUE if @text is such a link: sets *@signaling (free with g_free()) and *@code (free with
 * pl_secret_free()), which may still be no code. */
gboolean pl_pair_link_parse (const char *text, char **signaling, char **code);
