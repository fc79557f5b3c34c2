/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <stdint.h>
#include <stdio.h>

/* Runs each file of the target's corpus through it, as a TAP test. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

int
main (int argc G_GNUC_UNUSED, char **argv)
{
  g_autofree char *program = g_path_get_basename (argv[0]);
  const char *name = g_str_has_prefix (program, "lt-") ? program + 3 : program;
  if (g_str_has_prefix (name, "fuzz-"))
    name += 5;
  g_autofree char *path
      = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "fuzz", "corpus", name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  if (dir == NULL) {
    printf ("1..0\nBail out! %s\n", error->message);
    return 1;
  }
  guint n = 0;
  for (const char *file; (file = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *full = g_build_filename (path, file, NULL);
    g_autofree char *data = NULL;
    gsize len;
    if (!g_file_get_contents (full, &data, &len, &error))
      g_error ("%s", error->message);
    LLVMFuzzerTestOneInput ((const uint8_t *) data, len);
    printf ("ok %u - %s\n", ++n, file);
  }
  if (n == 0)
    printf ("not ok %u - the corpus %s is empty\n", ++n, path);
  printf ("1..%u\n", n);
  return 0;
}
