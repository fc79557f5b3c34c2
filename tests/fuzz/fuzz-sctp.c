/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "link/sctp.h"

#include <string.h>

/* Two associations in one process. The input is cut into packets by two length bytes before
 * each, gets a true header (ports, verification tag), and reaches one end as if the other had
 * sent it. The end may close, once; it may deliver nothing longer than announced. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

typedef struct {
  PlSctp *sctp;
  GQueue inbox; /* of GBytes */
  GQueue *outbox;
  uint8_t header[12]; /* of the last packet that came */
  gboolean connected;
  guint n_closed;
} End;

static void
on_packet (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  g_assert_cmpuint (len, <=, PL_MTU);
  g_queue_push_tail (end->outbox, g_bytes_new (data, len));
}

static void
on_nothing (gpointer user_data G_GNUC_UNUSED)
{
}

static void
on_connected (gpointer user_data)
{
  End *end = user_data;
  end->connected = TRUE;
}

static void
on_message (uint16_t stream, uint32_t ppid G_GNUC_UNUSED, GBytes *data, gpointer user_data)
{
  End *end = user_data;
  g_assert_cmpuint (stream, <, pl_sctp_get_n_streams (end->sctp));
  g_assert_cmpuint (g_bytes_get_size (data), <=, 1000);
  g_assert_cmpuint (end->n_closed, ==, 0);
}

static void
on_streams (const uint16_t *streams G_GNUC_UNUSED, guint n, gpointer user_data G_GNUC_UNUSED)
{
  g_assert_cmpuint (n, <=, PL_MAX_CHANNELS);
}

static void
on_closed (const GError *reason, gpointer user_data)
{
  End *end = user_data;
  g_assert_nonnull (reason);
  g_assert_cmpuint (end->n_closed++, ==, 0);
}

static const PlSctpOps ops = { on_packet,  on_nothing, on_connected, on_message,
                               on_nothing, on_streams, on_streams,   on_closed };

static void
exchange (End *ends)
{
  for (guint i = 0; i < 20; i++) {
    End *end = &ends[i % 2];
    for (GBytes *bytes; (bytes = g_queue_pop_head (&end->inbox)) != NULL;) {
      if (!end->connected)
        memcpy (end->header, g_bytes_get_data (bytes, NULL), 8);
      pl_sctp_feed (end->sctp, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      g_bytes_unref (bytes);
    }
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  PlSctpConfig config = { 5000, 5000, 1000 };
  End ends[2] = { 0 };

  for (guint i = 0; i < 2; i++) {
    g_queue_init (&ends[i].inbox);
    ends[i].outbox = &ends[1 - i].inbox;
    ends[i].sctp = pl_sctp_new (&config, &ops, &ends[i], NULL);
  }
  pl_sctp_connect (ends[0].sctp, NULL);
  pl_sctp_connect (ends[1].sctp, NULL);
  exchange (ends);
  g_assert_true (ends[0].connected && ends[1].connected);
  while (len >= 2) {
    uint8_t packet[12 + 1024];
    size_t n = MIN (len - 2, (data[0] << 8 | data[1]) % 1025u);
    memcpy (packet, ends[0].header, 12);
    memcpy (packet + 12, data + 2, n);
    pl_sctp_feed (ends[0].sctp, packet, 12 + n);
    exchange (ends);
    data += 2 + n;
    len -= 2 + n;
  }
  for (guint i = 0; i < 2; i++) {
    pl_sctp_free (ends[i].sctp);
    g_queue_clear_full (&ends[i].inbox, (GDestroyNotify) g_bytes_unref);
  }
  return 0;
}
