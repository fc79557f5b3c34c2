/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/** Reads a certificate chain and its key (PEM), and checks that they belong together.
 * PL_CONFIG_ERROR_INVALID with the file's name. */
GTlsCertificate *pl_certificate_load (const char *cert_file, const char *key_file,
                                      GError **error);
