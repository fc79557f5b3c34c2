/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/authorized.h"

/** The file as pl_authorized_parse() gives it; one that does not exist has nobody in it. NULL
 * where it cannot be read. */
GPtrArray *pl_authorized_file_read (const char *path, GPtrArray *flaws, GError **error);

/** Adds @client, under another name where its own is taken ("laptop-2"; @client is changed);
 * a client with the same identity is replaced. The lines of others, and comments, stay as they
 * are. Nothing is added to a file with a mistake: PL_CONFIG_ERROR_INVALID. */
gboolean pl_authorized_file_add (const char *path, PlAuthorized *client, GError **error);

/** Removes the line with this identity; TRUE also where there is none. */
gboolean pl_authorized_file_remove (const char *path, const char *identity, GError **error);
