/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/candidate.h"
#include "tests/lib/pl-test.h"

#include <string.h>

static void
test_reads_what_browsers_write (void)
{
  PlCandidate c;
  g_autoptr (GError) error = NULL;

  g_assert_true (pl_candidate_parse (
      "a=candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 192.168.1.5 "
      "rport 46154 generation 0 ufrag EEtu network-id 3 network-cost 10\r\n",
      &c, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (c.foundation, ==, "842163049");
  g_assert_cmpuint (c.component, ==, 1);
  g_assert_cmpint (c.transport, ==, PL_TRANSPORT_UDP);
  g_assert_cmpuint (c.priority, ==, 1677729535);
  g_assert_cmpstr (c.address, ==, "203.0.113.7");
  g_assert_cmpuint (c.port, ==, 46154);
  g_assert_cmpint (c.type, ==, PL_CANDIDATE_SRFLX);
  g_assert_cmpstr (c.related, ==, "192.168.1.5");
  g_assert_cmpuint (c.related_port, ==, 46154);
  g_assert_null (pl_candidate_get_flaw (&c));
}

static void
test_prints_what_it_reads (void)
{
  static const char *const lines[] = {
    "candidate:1 1 UDP 2013266431 192.0.2.1 40000 typ host",
    "candidate:4 1 UDP 1677721855 203.0.113.7 1024 typ srflx raddr 10.0.0.1 rport 5000",
    "candidate:9 1 UDP 503316991 2001:db8::1 65535 typ relay raddr :: rport 0",
    "candidate:2 1 TCP 1015021823 192.0.2.1 9 typ host tcptype active",
    "candidate:3 1 TCP 1010827519 2001:db8::1 4443 typ host tcptype passive",
    "candidate:5 1 TCP 1010827519 192.0.2.1 4443 typ prflx raddr 10.0.0.1 rport 9 tcptype so",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    PlCandidate c;
    g_autoptr (GError) error = NULL;
    g_assert_true (pl_candidate_parse (lines[i], &c, &error));
    g_assert_no_error (error);
    g_autofree char *printed = pl_candidate_print (&c);
    g_assert_cmpstr (printed, ==, lines[i]);
  }
}

static void
test_refuses_nonsense (void)
{
  static const char *const lines[] = {
    "",
    "a=",
    "candidate:",
    "candidates:1 1 UDP 1 192.0.2.1 1 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ",
    "candidate:1 1 UDP 1 192.0.2.1 1 host typ",
    "candidate: 1 UDP 1 192.0.2.1 1 typ host",
    "candidate:f\"o 1 UDP 1 192.0.2.1 1 typ host",
    "candidate:123456789012345678901234567890123 1 UDP 1 192.0.2.1 1 typ host",
    "candidate:1 -1 UDP 1 192.0.2.1 1 typ host",
    "candidate:1 257 UDP 1 192.0.2.1 1 typ host",
    "candidate:1 1 UDP 4294967296 192.0.2.1 1 typ host",
    "candidate:1 1 UDP 1e3 192.0.2.1 1 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 65536 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 -1 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 0x10 typ host",
    "candidate:1 1 UDP 1 [::1] 1 typ host",
    "candidate:1 1 UDP 1 fe80::1%eth0 1 typ host",
    "candidate:1 1 UDP 1 a\tb 1 typ host",
    "candidate:1 1 UDP  1 192.0.2.1 1 typ host",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ srflx raddr 10.0.0.1 rport 70000",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    PlCandidate c = { .port = 7 };
    g_autoptr (GError) error = NULL;
    g_test_message ("'%s'", lines[i]);
    g_assert_false (pl_candidate_parse (lines[i], &c, &error));
    g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
    g_assert_cmpuint (c.port, ==, 7);
  }
}

static void
test_limit (void)
{
  static const char start[] = "candidate:1 1 UDP 1 192.0.2.1 1 typ host x ";
  g_autoptr (GString) line = g_string_new (start);
  PlCandidate c;
  g_autoptr (GError) error = NULL;

  while (line->len < PL_MAX_CANDIDATE_LINE)
    g_string_append_c (line, 'y');
  g_assert_true (pl_candidate_parse (line->str, &c, &error));
  g_string_append_c (line, 'y');
  g_assert_false (pl_candidate_parse (line->str, &c, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
}

static void
test_flaws (void)
{
  static const struct {
    const char *line;
    gboolean usable;
  } cases[] = {
    { "candidate:1 1 UDP 1 192.0.2.1 1 typ host", TRUE },
    { "candidate:1 1 udp 1 fe80::1 1 typ host", TRUE },
    { "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active", TRUE },
    { "candidate:1 1 tcp 1 192.0.2.1 80 typ host tcptype passive", TRUE },
    { "candidate:1 1 tcp 1 192.0.2.1 80 typ host tcptype so", FALSE },
    { "candidate:1 1 tcp 1 192.0.2.1 80 typ host", FALSE },
    { "candidate:1 1 tcp 1 192.0.2.1 80 typ host tcptype maybe", FALSE },
    { "candidate:1 1 udp 1 192.0.2.1 80 typ host tcptype active", TRUE },
    { "candidate:1 1 sctp 1 192.0.2.1 80 typ host", FALSE },
    { "candidate:1 2 UDP 1 192.0.2.1 1 typ host", FALSE },
    { "candidate:1 0 UDP 1 192.0.2.1 1 typ host", FALSE },
    { "candidate:1 1 UDP 0 192.0.2.1 1 typ host", FALSE },
    { "candidate:1 1 UDP 1 192.0.2.1 0 typ host", FALSE },
    { "candidate:1 1 UDP 1 192.0.2.1 1 typ magic", FALSE },
    { "candidate:1 1 UDP 1 0.0.0.0 1 typ host", FALSE },
    { "candidate:1 1 UDP 1 :: 1 typ host", FALSE },
    { "candidate:1 1 UDP 1 224.0.0.251 1 typ host", FALSE },
    { "candidate:1 1 UDP 1 ff02::1 1 typ host", FALSE },
    { "candidate:1 1 UDP 1 255.255.255.255 1 typ host", FALSE },
    { "candidate:1 1 UDP 1 3fd9a1c0-0d2f-4b5a-9f6e-1f6d0c7b2a11.local 1 typ host", FALSE },
    { "candidate:1 1 UDP 1 peer.example 1 typ host", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlCandidate c;
    g_autoptr (GError) error = NULL;
    g_test_message ("'%s'", cases[i].line);
    g_assert_true (pl_candidate_parse (cases[i].line, &c, &error));
    g_assert_no_error (error);
    g_assert_cmpint (pl_candidate_get_flaw (&c) == NULL, ==, cases[i].usable);
  }
}

static void
test_loopback (void)
{
  static const struct {
    const char *line;
    gboolean loopback;
  } cases[] = {
    { "candidate:1 1 UDP 1 127.0.0.1 1 typ host", TRUE },
    { "candidate:1 1 UDP 1 127.9.9.9 1 typ host", TRUE },
    { "candidate:1 1 UDP 1 ::1 1 typ host", TRUE },
    { "candidate:1 1 UDP 1 128.0.0.1 1 typ host", FALSE },
    { "candidate:1 1 UDP 1 localhost 1 typ host", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlCandidate c;
    g_assert_true (pl_candidate_parse (cases[i].line, &c, NULL));
    g_assert_cmpint (pl_candidate_is_loopback (&c), ==, cases[i].loopback);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/candidate/browser", test_reads_what_browsers_write);
  g_test_add_func ("/candidate/print", test_prints_what_it_reads);
  g_test_add_func ("/candidate/nonsense", test_refuses_nonsense);
  g_test_add_func ("/candidate/limit", test_limit);
  g_test_add_func ("/candidate/flaws", test_flaws);
  g_test_add_func ("/candidate/loopback", test_loopback);
  return g_test_run ();
}
