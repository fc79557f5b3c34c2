/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-sctp"

#include "link/sctp-event.h"

#include "base/error.h"

#include <usrsctp.h>

static PlSctpEvent
make_down (PlLinkError code, const char *text)
{
  return (PlSctpEvent){ .kind = PL_SCTP_EVENT_DOWN,
                        .reason = g_error_new_literal (PL_LINK_ERROR, code, text) };
}

static PlSctpEvent
parse_assoc_change (const struct sctp_assoc_change *change)
{
  switch (change->sac_state) {
  case SCTP_COMM_UP:
    return (PlSctpEvent){ .kind = PL_SCTP_EVENT_UP,
                          .n_streams
                          = MIN (change->sac_outbound_streams, change->sac_inbound_streams) };
  case SCTP_SHUTDOWN_COMP:
    return make_down (PL_LINK_ERROR_CLOSED, "the other side closed the connection");
  case SCTP_CANT_STR_ASSOC:
    return make_down (PL_LINK_ERROR_LOST,
                      "sctp: the remote does not answer or refuses the association");
  case SCTP_RESTART:
    return make_down (PL_LINK_ERROR_LOST, "sctp: the remote began a new association");
  default:
    return make_down (PL_LINK_ERROR_LOST,
                      "sctp: the remote aborted or does not answer any more");
  }
}

static PlSctpEvent
parse_stream_reset (const struct sctp_stream_reset_event *event, size_t len)
{
  gboolean refused
      = (event->strreset_flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED)) != 0;
  PlSctpEvent result = { .streams = g_array_new (FALSE, FALSE, sizeof (uint16_t)) };

  g_array_append_vals (result.streams, event->strreset_stream_list,
                       (len - sizeof *event) / sizeof (uint16_t));
  if (event->strreset_flags & SCTP_STREAM_RESET_OUTGOING_SSN)
    result.kind = refused ? PL_SCTP_EVENT_RESET_REFUSED : PL_SCTP_EVENT_RESET;
  else if (!refused)
    result.kind = PL_SCTP_EVENT_REMOTE_RESET;
  return result;
}

PlSctpEvent
pl_sctp_event_parse (const uint8_t *data, size_t len)
{
  const union sctp_notification *event = (const union sctp_notification *) (const void *) data;

  if (len < sizeof event->sn_header || len != event->sn_header.sn_length)
    return (PlSctpEvent){ 0 };
  switch (event->sn_header.sn_type) {
  case SCTP_ASSOC_CHANGE:
    if (len >= sizeof event->sn_assoc_change)
      return parse_assoc_change (&event->sn_assoc_change);
    break;
  case SCTP_STREAM_RESET_EVENT:
    if (len >= sizeof event->sn_strreset_event)
      return parse_stream_reset (&event->sn_strreset_event, len);
    break;
  case SCTP_SEND_FAILED_EVENT:
    if (len >= sizeof event->sn_send_failed_event
        && (event->sn_header.sn_flags & SCTP_DATA_UNSENT))
      return (PlSctpEvent){ .kind = PL_SCTP_EVENT_ABANDONED,
                            .n_bytes = len - sizeof event->sn_send_failed_event };
    break;
  case SCTP_PARTIAL_DELIVERY_EVENT:
    return (PlSctpEvent){ .kind = PL_SCTP_EVENT_MESSAGE_LOST };
  }
  return (PlSctpEvent){ 0 };
}

void
pl_sctp_event_clear (PlSctpEvent *self)
{
  g_clear_error (&self->reason);
  g_clear_pointer (&self->streams, g_array_unref);
}
