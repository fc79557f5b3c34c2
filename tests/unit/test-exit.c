/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/qr.h"
#include "client/exit.h"
#include "tests/lib/pl-test.h"

#include <gio/gio.h>
#include <string.h>

static void
test_statuses (void)
{
  const struct {
    GQuark domain;
    int code;
    PlExit status;
    const char *name;
  } cases[] = {
    { PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_UNREACHABLE, PL_EXIT_SIGNALING, "signaling" },
    { PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED, PL_EXIT_SIGNALING, "signaling" },
    { PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_PEER, PL_EXIT_NO_PEER, "no-peer" },
    { PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_NO_CODE, PL_EXIT_NO_PEER, "no-peer" },
    { PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_WRONG_CODE, PL_EXIT_WRONG_CODE, "wrong-code" },
    { PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_BURNED, PL_EXIT_WRONG_CODE, "wrong-code" },
    { PL_LINK_ERROR, PL_LINK_ERROR_UNREACHABLE, PL_EXIT_NO_PEER, "no-peer" },
    { PL_LINK_ERROR, PL_LINK_ERROR_LOST, PL_EXIT_LOST, "lost" },
    { PL_LINK_ERROR, PL_LINK_ERROR_AUTH, PL_EXIT_WRONG_CODE, "wrong-code" },
    { PL_LINK_ERROR, PL_LINK_ERROR_CLOSED, PL_EXIT_FAILED, "failed" },
    { PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, PL_EXIT_USAGE, "usage" },
    { G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, PL_EXIT_USAGE, "usage" },
    { PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID, PL_EXIT_FAILED, "failed" },
    { G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, PL_EXIT_FAILED, "failed" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = g_error_new_literal (cases[i].domain, cases[i].code, "x");
    g_assert_cmpint (pl_exit_from_error (error), ==, cases[i].status);
    g_assert_cmpstr (pl_exit_code_name (cases[i].status), ==, cases[i].name);
  }
  g_assert_cmpint (pl_exit_from_error (NULL), ==, PL_EXIT_DONE);
}

static void
test_hints (void)
{
  g_autoptr (GError) unreachable
      = g_error_new_literal (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_UNREACHABLE, "x");
  g_autoptr (GError) refused
      = g_error_new_literal (PL_SIGNAL_ERROR, PL_SIGNAL_ERROR_REFUSED, "x");
  g_assert_nonnull (strstr (pl_exit_hint (unreachable), "--signaling"));
  g_assert_null (pl_exit_hint (refused));
}

/* A code fits into the smallest versions, with light around it on every side. */
static void
test_qr (void)
{
  g_autofree char *drawing = pl_qr_draw ("417-walnut-harbor-ember");
  g_autofree char *too_long = g_strnfill (4000, 'x');
  g_auto (GStrv) lines = g_strsplit (drawing, "\n", -1);

  g_assert_true (g_utf8_validate (drawing, -1, NULL));
  g_assert_cmpuint (g_strv_length (lines), ==, (25 + 4 + 1) / 2 + 1);
  g_assert_null (strstr (lines[0], " "));
  g_assert_null (pl_qr_draw (too_long));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/exit/statuses", test_statuses);
  g_test_add_func ("/exit/hints", test_hints);
  g_test_add_func ("/exit/qr", test_qr);
  return g_test_run ();
}
