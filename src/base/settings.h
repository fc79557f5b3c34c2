/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * Options of a program, from its configuration file and its command line, in one go.
 *
 * Every long option is also a key of the file's group of the same name as @group, so that one
 * table of GOptionEntry serves both. The command line wins over the file; a repeatable option
 * given on the command line replaces all of the file's values. An entry without arg_data
 * belongs to another command of the program: known in the file and passed over, unknown on the
 * command line.
 */

/** Reads @path (GKeyFile) and returns the arguments it stands for: "--key=value" each, a list's
 * values ("a;b") as one argument each, a boolean as "--key" when true. A key that is not the
 * long name of one of @entries, or a group other than @group, is PL_CONFIG_ERROR_UNKNOWN_KEY
 * and named with file and line. Options in
 * @skip (NULL-terminated, may be NULL) were given on the command line and are left out.
 * Free with g_strfreev(). */
GStrv pl_settings_load (const char *path, const char *group, const GOptionEntry *entries,
                        const char *const *skip, GError **error);

/** Parses *@argv (which it owns and replaces by what is left over) against @entries added to
 * @context, after the arguments of the file, which is the value of --@file_option if that is
 * given, else @default_path if it exists (may be NULL). An error that speaks of "--KEY" gets
 * the file and line where its value stands in front; checks that @context makes itself, in a
 * post-parse hook of its main group, are among them. */
gboolean pl_settings_parse (GOptionContext *context, const GOptionEntry *entries,
                            const char *group, const char *file_option,
                            const char *default_path, GStrv *argv, GError **error);
