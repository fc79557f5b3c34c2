/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/qr.h"

#include <qrencode.h>

/* ISO/IEC 18004 asks for 4 modules; scanners manage with 2, which leaves room on the screen. */
#define QUIET_ZONE 2

typedef QRcode QrCode;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QrCode, QRcode_free)

static gboolean
is_dark (const QRcode *qr, int x, int y)
{
  if (x < 0 || y < 0 || x >= qr->width || y >= qr->width)
    return FALSE;
  return qr->data[y * qr->width + x] & 1; /* bit 0: black (qrencode.h) */
}

static void
draw_line (GString *out, const QRcode *qr, int y)
{
  /* [upper is light][lower is light], drawn in the foreground colour */
  static const char *const blocks[2][2] = { { " ", "▄" }, { "▀", "█" } };

  g_string_append (out, "\033[97;40m");
  for (int x = -QUIET_ZONE; x < qr->width + QUIET_ZONE; x++)
    g_string_append (out, blocks[!is_dark (qr, x, y)][!is_dark (qr, x, y + 1)]);
  g_string_append (out, "\033[0m\n");
}

char *
pl_qr_draw (const char *text)
{
  g_autoptr (QrCode) qr = QRcode_encodeString (text, /* version = smallest */ 0, QR_ECLEVEL_L,
                                               QR_MODE_8, /* casesensitive = */ 1);
  if (qr == NULL)
    return NULL;
  GString *out = g_string_new (NULL);
  for (int y = -QUIET_ZONE; y < qr->width + QUIET_ZONE; y += 2)
    draw_line (out, qr, y);
  return g_string_free (out, /* free_segment = */ FALSE);
}
