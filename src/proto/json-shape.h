/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** TRUE if @text may be given to a JSON parser: UTF-8, an object, at most PL_MAX_JSON_DEPTH
 * deep with at most PL_MAX_JSON_VALUES values, and no characters outside of strings that JSON
 * does not have. Whether it is JSON remains for the parser to say. PL_PROTO_ERROR_INVALID or
 * _LIMIT. */
gboolean pl_json_check_shape (const char *text, size_t len, GError **error);

/** How many values that counts in @json. */
guint pl_json_count_values (const char *json);
