/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/file-request.h"
#include "proto/safe-name.h"

#include <string.h>

/* The first byte is the size of the pieces, the rest is the stream. Whatever comes, no byte is
 * lost, and a name becomes a harmless one. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_name (const char *name)
{
  g_autofree char *safe = pl_safe_basename (name);
  g_autofree char *text = pl_safe_text (name);
  g_assert (safe[0] != '\0' && safe[0] != '.' && strlen (safe) <= 200);
  g_assert (strpbrk (safe, "/\\\n\033") == NULL);
  g_assert (g_utf8_validate (text, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  g_autoptr (PlFileRequest) request = pl_file_request_new (/* wanted = */ TRUE);
  size_t piece = data[0] + 1, pos = 1;

  while (pos < size && pl_file_request_get_verdict (request) == PL_FILE_REQUEST_UNDECIDED) {
    size_t n = MIN (piece, size - pos);
    pl_file_request_feed (request, data + pos, n);
    pos += n;
  }
  PlFileRequestVerdict verdict = pl_file_request_finish (request);
  const char *name = pl_file_request_get_name (request);
  g_assert ((verdict == PL_FILE_REQUEST_FILE) == (name != NULL));
  g_autoptr (GBytes) rest = pl_file_request_steal_data (request);
  size_t kept = rest ? g_bytes_get_size (rest) : 0;
  g_assert (kept + (name ? 5 + strlen (name) : 0) == pos - 1);
  if (name)
    check_name (name);
  return 0;
}
