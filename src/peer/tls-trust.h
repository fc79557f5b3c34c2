/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/** A database of the system's certificates and those of the PEM file @path.
 * PL_CONFIG_ERROR_INVALID where that has none. */
GTlsDatabase *pl_tls_trust_new (const char *path, GError **error);
