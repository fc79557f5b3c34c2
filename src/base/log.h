/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * Log lines name the object that speaks and hide people.
 *
 * Each file defines G_LOG_DOMAIN "pl-NAME" before its includes. Layers below the programs log
 * at debug only and return errors; programs log once, where an error stops.
 */
#define pl_debug(object, ...)                                                                  \
  pl_log_object (G_LOG_DOMAIN, G_LOG_LEVEL_DEBUG, (object), __FILE__, G_STRFUNC, __VA_ARGS__)
#define pl_info(object, ...)                                                                   \
  pl_log_object (G_LOG_DOMAIN, G_LOG_LEVEL_INFO, (object), __FILE__, G_STRFUNC, __VA_ARGS__)
#define pl_warning(object, ...)                                                                \
  pl_log_object (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, (object), __FILE__, G_STRFUNC, __VA_ARGS__)

void pl_log_object (const char *domain, GLogLevelFlags level, gconstpointer object,
                    const char *file, const char *function, const char *format, ...)
    G_GNUC_PRINTF (6, 7);

/** A short hash in the place of a phone number, text, code or password, so that lines about the
 * same one can be matched; the value itself after pl_log_set_private(TRUE) (--log-private).
 * The hash is keyed by a random number of this process. Returns a string that stays valid for
 * the next seven calls in the same thread. */
const char *pl_private (const char *value);
void pl_log_set_private (gboolean show);

/** Installs the writer of a program: journald where stderr is connected to it, else stderr. */
void pl_log_init (void);

/** @spec: "DOMAIN:LEVEL,..." with level error, warning, message, info or debug; "all:debug"
 * sets the default, which is "warning". PL_CONFIG_ERROR on nonsense. */
gboolean pl_log_set_levels (const char *spec, GError **error);
