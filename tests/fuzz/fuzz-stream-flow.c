/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/stream-flow.h"

/* Input: a first byte (bit 0: credits), then messages of kind, length (16 bits) and bytes.
 * After each message the consumer takes what the kind's high bits say. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
take_some (PlStreamFlow *flow)
{
  g_autoptr (GBytes) bytes = pl_stream_flow_next_bytes (flow);
  if (bytes)
    pl_stream_flow_report_taken (flow, g_bytes_get_size (bytes));
  if (pl_stream_flow_needs_delivery (flow))
    pl_stream_flow_report_delivered (flow);
}

static void
drain (PlStreamFlow *flow)
{
  gboolean is_text;
  GBytes *message;
  while ((message = pl_stream_flow_next_message (flow, &is_text)))
    g_bytes_unref (message);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  g_autoptr (PlStreamFlow) flow = pl_stream_flow_new (data[0] & 1);
  size_t pos = 1;

  while (size - pos >= 3) {
    uint8_t kind = data[pos];
    size_t len = MIN ((size_t) (data[pos + 1] << 8 | data[pos + 2]), size - pos - 3);
    g_autoptr (GBytes) message = g_bytes_new (data + pos + 3, len);
    g_autoptr (GError) error = NULL;
    gboolean ok = pl_stream_flow_feed (flow, message, kind & 1, &error);
    g_assert (ok == (error == NULL));
    if (kind & 2)
      take_some (flow);
    if (kind & 4)
      pl_stream_flow_end (flow);
    g_assert (pl_stream_flow_get_room (flow) <= PL_STREAM_MESSAGE);
    drain (flow);
    pos += 3 + len;
  }
  return 0;
}
