/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/demux.h"
#include "tests/lib/pl-test.h"

static void
test_first_byte (void)
{
  static const struct {
    uint8_t byte;
    PlDatagramKind kind;
  } cases[] = {
    { 0, PL_DATAGRAM_STUN },          { 3, PL_DATAGRAM_STUN },
    { 4, PL_DATAGRAM_DROP },          { 15, PL_DATAGRAM_DROP },
    { 16, PL_DATAGRAM_ZRTP },         { 19, PL_DATAGRAM_ZRTP },
    { 20, PL_DATAGRAM_DTLS },         { 22, PL_DATAGRAM_DTLS },
    { 63, PL_DATAGRAM_DTLS },         { 64, PL_DATAGRAM_TURN_CHANNEL },
    { 79, PL_DATAGRAM_TURN_CHANNEL }, { 80, PL_DATAGRAM_DROP },
    { 127, PL_DATAGRAM_DROP },        { 128, PL_DATAGRAM_RTP },
    { 191, PL_DATAGRAM_RTP },         { 192, PL_DATAGRAM_DROP },
    { 255, PL_DATAGRAM_DROP },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (pl_datagram_get_kind (&cases[i].byte, 1), ==, cases[i].kind);
}

static void
test_nothing_is_dropped (void)
{
  g_assert_cmpint (pl_datagram_get_kind ((const uint8_t *) "", 0), ==, PL_DATAGRAM_DROP);
}

static void
test_rtcp (void)
{
  static const uint8_t sender_report[] = { 0x80, 200 }, feedback[] = { 0x8f, 205 };
  static const uint8_t opus[] = { 0x80, 111 }, opus_marked[] = { 0x80, 0x80 | 111 };
  static const uint8_t dtls[] = { 22, 200 };

  g_assert_true (pl_datagram_is_rtcp (sender_report, 2));
  g_assert_true (pl_datagram_is_rtcp (feedback, 2));
  g_assert_false (pl_datagram_is_rtcp (opus, 2));
  g_assert_false (pl_datagram_is_rtcp (opus_marked, 2));
  g_assert_false (pl_datagram_is_rtcp (dtls, 2));
  g_assert_false (pl_datagram_is_rtcp (sender_report, 1));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/demux/first-byte", test_first_byte);
  g_test_add_func ("/demux/empty", test_nothing_is_dropped);
  g_test_add_func ("/demux/rtcp", test_rtcp);
  return g_test_run ();
}
