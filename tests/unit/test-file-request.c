/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/file-request.h"
#include "tests/lib/pl-test.h"

#include <string.h>

typedef struct {
  const char *bytes;
  size_t len;
  const char *name;   /* NULL: plain data */
  const char *data;   /* behind the name */
  gboolean undecided; /* until the end of the stream */
} Case;

#define BYTES(literal_) (literal_), sizeof (literal_) - 1

static const Case cases[] = {
  { BYTES ("sf007foo.binDATA"), "foo.bin", "DATA", FALSE },
  { BYTES ("sf001x"), "x", "", FALSE },
  { BYTES ("sf003\xe2\x82\xac!"), "\xe2\x82\xac", "!", FALSE },
  { BYTES ("sf009../a b.txtsf001y"), "../a b.tx", "tsf001y", FALSE },
  { BYTES (""), NULL, "", TRUE },
  { BYTES ("s"), NULL, "s", TRUE },
  { BYTES ("sf"), NULL, "sf", TRUE },
  { BYTES ("sf12"), NULL, "sf12", TRUE },
  { BYTES ("sf010short"), NULL, "sf010short", TRUE },
  { BYTES ("sfx"), NULL, "sfx", FALSE },
  { BYTES ("sf+12"), NULL, "sf+12", FALSE },
  { BYTES ("sf 12abc"), NULL, "sf 12abc", FALSE },
  { BYTES ("sf000"), NULL, "sf000", FALSE },
  { BYTES ("SF001x"), NULL, "SF001x", FALSE },
  { BYTES ("xsf001x"), NULL, "xsf001x", FALSE },
  { BYTES ("sf002\xff\xfe"), NULL, "sf002\xff\xfe", FALSE },
  { BYTES ("sf002\xe2\x82\xac"), NULL, "sf002\xe2\x82\xac", FALSE },
};

static void
check (const Case *c, const PlFileRequest *request, GBytes *data, size_t left)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  if (data)
    g_byte_array_append (all, g_bytes_get_data (data, NULL), g_bytes_get_size (data));
  g_byte_array_append (all, (const uint8_t *) c->bytes + c->len - left, left);
  g_assert_cmpstr (pl_file_request_get_name (request), ==, c->name);
  g_assert_cmpmem (all->data, all->len, c->data, strlen (c->data));
}

static void
run (const Case *c, size_t piece)
{
  g_autoptr (PlFileRequest) request = pl_file_request_new (/* wanted = */ TRUE);
  PlFileRequestVerdict verdict = PL_FILE_REQUEST_UNDECIDED;
  size_t pos = 0;

  while (verdict == PL_FILE_REQUEST_UNDECIDED && pos < c->len) {
    size_t n = MIN (piece, c->len - pos);
    verdict = pl_file_request_feed (request, (const uint8_t *) c->bytes + pos, n);
    pos += n;
  }
  g_assert_true (c->undecided == (verdict == PL_FILE_REQUEST_UNDECIDED));
  if (c->undecided)
    g_assert_null (pl_file_request_steal_data (request));
  verdict = pl_file_request_finish (request);
  g_assert_true ((verdict == PL_FILE_REQUEST_FILE) == (c->name != NULL));
  g_autoptr (GBytes) data = pl_file_request_steal_data (request);
  check (c, request, data, c->len - pos);
}

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s", cases[i].bytes);
    for (size_t piece = 1; piece <= cases[i].len + 1; piece++)
      run (&cases[i], piece);
  }
}

static void
test_nul_in_the_name (void)
{
  g_autoptr (PlFileRequest) request = pl_file_request_new (/* wanted = */ TRUE);
  static const uint8_t bytes[] = { 's', 'f', '0', '0', '2', 'a', 0 };
  g_assert_cmpint (pl_file_request_feed (request, bytes, sizeof bytes), ==,
                   PL_FILE_REQUEST_PLAIN);
}

static void
test_not_wanted (void)
{
  g_autoptr (PlFileRequest) request = pl_file_request_new (/* wanted = */ FALSE);
  static const uint8_t bytes[] = "sf001xDATA";
  g_assert_cmpint (pl_file_request_feed (request, bytes, 10), ==, PL_FILE_REQUEST_PLAIN);
  g_autoptr (GBytes) data = pl_file_request_steal_data (request);
  g_assert_cmpmem (g_bytes_get_data (data, NULL), g_bytes_get_size (data), bytes, 10);
}

/* pync writes four digits for a name of 1000 bytes and more: the fourth belongs to the name. */
static void
test_longest_name (void)
{
  g_autoptr (PlFileRequest) request = pl_file_request_new (/* wanted = */ TRUE);
  g_autofree char *bytes = g_strdup_printf ("sf999%0999d", 7);
  g_assert_cmpuint (strlen (bytes), ==, PL_FILE_REQUEST_MAX);
  g_assert_cmpint (pl_file_request_feed (request, (uint8_t *) bytes, PL_FILE_REQUEST_MAX), ==,
                   PL_FILE_REQUEST_FILE);
  g_assert_cmpuint (strlen (pl_file_request_get_name (request)), ==, 999);
  g_assert_null (pl_file_request_steal_data (request));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/file-request/cases", test_cases);
  g_test_add_func ("/file-request/nul", test_nul_in_the_name);
  g_test_add_func ("/file-request/not-wanted", test_not_wanted);
  g_test_add_func ("/file-request/longest", test_longest_name);
  return g_test_run ();
}
