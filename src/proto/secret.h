/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** Text that is overwritten before its memory is given back: codes and what is cut from them.
 */
typedef char PlSecret;

/** Wipes and frees; NULL is fine. */
void pl_secret_free (PlSecret *text);

/** The same for a NULL-terminated array of them. */
void pl_secret_strv_free (PlSecret **texts);

/** A copy of @len bytes that are wiped when the last reference goes. */
GBytes *pl_secret_bytes_new (const void *data, size_t len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSecret, pl_secret_free)
