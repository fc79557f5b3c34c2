/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

/**
 * PlPages: the web phone's files, as the build has packed them into the program: a table from
 * path to bytes, so that no path is ever looked up on a disk.
 */
typedef struct _PlPages PlPages;

PlPages *pl_pages_new (void);
void pl_pages_free (PlPages *self);

/** Answers with the file at @path, "/" being index.html, or says that the client has it
 * already; FALSE: there is none. */
gboolean pl_pages_serve (const PlPages *self, SoupServerMessage *msg, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPages, pl_pages_free)
