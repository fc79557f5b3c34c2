/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sctp-sack.h"
#include "tests/lib/pl-test.h"

#define HEADER "\x13\x88\x13\x88\x01\x02\x03\x04\x00\x00\x00\x00"

/* A DATA chunk with 3 bytes, padded; an unknown chunk; a SACK with two gap blocks and one
 * duplicate; a DATA chunk with 1 byte and no padding. */
static const uint8_t packet[]
    = HEADER "\x00\x03\x00\x13\xff\xff\xff\xff\x00\x07\x00\x01\x00\x00\x00\x35"
             "abc\x00"
             "\xfe\x00\x00\x05x\x00\x00\x00"
             "\x03\x00\x00\x1c\x00\x00\x00\x10\x00\x01\x00\x00\x00\x02\x00\x01"
             "\x00\x02\x00\x03\x00\x05\x00\x05\x00\x00\x00\x0f"
             "\x00\x03\x00\x11\x00\x00\x00\x00\x00\x08\x00\x01\x00\x00\x00\x35"
             "z";

static void
test_packet (void)
{
  PlReader reader = pl_sctp_packet_reader (packet, sizeof packet - 1);
  PlSctpData data;
  PlSctpSack sack;
  uint32_t first, last;

  g_assert_cmpint (pl_sctp_next_chunk (&reader, &data, &sack), ==, PL_SCTP_CHUNK_DATA);
  g_assert_cmphex (data.tsn, ==, 0xffffffff);
  g_assert_cmpuint (data.stream, ==, 7);
  g_assert_cmpuint (data.payload_len, ==, 3);
  g_assert_cmpint (pl_sctp_next_chunk (&reader, &data, &sack), ==, PL_SCTP_CHUNK_SACK);
  g_assert_cmpuint (sack.cum_tsn, ==, 16);
  g_assert_cmpuint (sack.a_rwnd, ==, 65536);
  g_assert_cmpuint (sack.n_gaps, ==, 2);
  last = sack.cum_tsn;
  g_assert_true (pl_sctp_sack_next_gap (&sack, &first, &last));
  g_assert_cmpuint (first, ==, 18);
  g_assert_cmpuint (last, ==, 19);
  g_assert_true (pl_sctp_sack_next_gap (&sack, &first, &last));
  g_assert_cmpuint (first, ==, 21);
  g_assert_cmpuint (last, ==, 21);
  g_assert_false (pl_sctp_sack_next_gap (&sack, &first, &last));
  g_assert_cmpint (pl_sctp_next_chunk (&reader, &data, &sack), ==, PL_SCTP_CHUNK_DATA);
  g_assert_cmpuint (data.payload_len, ==, 1);
  g_assert_cmpint (pl_sctp_next_chunk (&reader, &data, &sack), ==, PL_SCTP_CHUNK_NONE);
}

static void
test_heartbeats (void)
{
  static const uint8_t both[] = HEADER "\x04\x00\x00\x09\x00\x01\x00\x05x\x00\x00\x00"
                                       "\x05\x00\x00\x08\x00\x01\x00\x04";
  PlReader reader = pl_sctp_packet_reader (both, sizeof both - 1);
  PlSctpData data;
  PlSctpSack sack;

  g_assert_cmpint (pl_sctp_next_chunk (&reader, &data, &sack), ==, PL_SCTP_CHUNK_HEARTBEAT);
  g_assert_cmpint (pl_sctp_next_chunk (&reader, &data, &sack), ==, PL_SCTP_CHUNK_HEARTBEAT_ACK);
  g_assert_cmpint (pl_sctp_next_chunk (&reader, &data, &sack), ==, PL_SCTP_CHUNK_NONE);
}

/* However it is cut off, nothing is read that is not whole. */
static void
test_truncated (void)
{
  for (size_t len = 0; len < sizeof packet - 1; len++) {
    PlReader reader = pl_sctp_packet_reader (packet, len);
    PlSctpData data;
    PlSctpSack sack;
    guint n = 0;
    while (pl_sctp_next_chunk (&reader, &data, &sack) != PL_SCTP_CHUNK_NONE)
      n++;
    g_assert_cmpuint (n, ==, (len >= 31) + (len >= 68));
  }
}

static void
assert_gaps (const char *bytes, guint n_bytes, guint n_valid)
{
  PlSctpSack sack
      = { .cum_tsn = 100, .gaps = PL_READER_INIT ((const uint8_t *) bytes, n_bytes) };
  uint32_t first, last = sack.cum_tsn;
  guint n = 0;
  while (pl_sctp_sack_next_gap (&sack, &first, &last))
    n++;
  g_assert_cmpuint (n, ==, n_valid);
}

static void
test_bad_gaps (void)
{
  assert_gaps ("\x00\x00\x00\x05", 4, 0);                 /* covers what is acknowledged */
  assert_gaps ("\x00\x05\x00\x04", 4, 0);                 /* backwards */
  assert_gaps ("\x00\x02\x00\x04\x00\x04\x00\x09", 8, 1); /* overlaps */
  assert_gaps ("\x00\x02\xff\xff\x00\x02\xff\xff", 8, 1);
}

static void
test_lying_lengths (void)
{
  static const struct {
    const char *bytes;
    size_t len;
  } cases[] = {
    { HEADER "\x03\x00\x00\x00", 16 },
    { HEADER "\x03\x00\x00\x03", 16 },
    { HEADER "\x03\x00\xff\xff", 16 },
    { HEADER "\x00\x03\x00\x08\x00\x00\x00\x00", 20 },
    { HEADER "\x03\x00\x00\x10\x00\x00\x00\x10\x00\x01\x00\x00\xff\xff\xff\xff", 28 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlReader reader = pl_sctp_packet_reader ((const uint8_t *) cases[i].bytes, cases[i].len);
    PlSctpData data;
    PlSctpSack sack;
    g_assert_cmpint (pl_sctp_next_chunk (&reader, &data, &sack), ==, PL_SCTP_CHUNK_NONE);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/sctp-sack/packet", test_packet);
  g_test_add_func ("/sctp-sack/truncated", test_truncated);
  g_test_add_func ("/sctp-sack/bad-gaps", test_bad_gaps);
  g_test_add_func ("/sctp-sack/lying-lengths", test_lying_lengths);
  g_test_add_func ("/sctp-sack/heartbeats", test_heartbeats);
  return g_test_run ();
}
