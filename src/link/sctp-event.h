/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/** What usrsctp tells in its notifications (RFC 6458 section 6.1), as far as we act on it. */
typedef enum {
  PL_SCTP_EVENT_NONE,
  PL_SCTP_EVENT_UP,
  PL_SCTP_EVENT_DOWN,
  PL_SCTP_EVENT_REMOTE_RESET, /* the remote reset its streams */
  PL_SCTP_EVENT_RESET,        /* our streams are reset */
  PL_SCTP_EVENT_RESET_REFUSED,
  PL_SCTP_EVENT_ABANDONED,    /* given up before it left: no SACK will count it */
  PL_SCTP_EVENT_MESSAGE_LOST, /* the rest of the message that is being read will not come */
} PlSctpEventKind;

typedef struct {
  PlSctpEventKind kind;
  guint n_streams; /* UP: the smaller of both directions */
  GError *reason;  /* DOWN; the caller's to free */
  GArray *streams; /* the resets, of uint16_t; empty: all (RFC 6525); the caller's to unref */
  size_t n_bytes;  /* ABANDONED */
} PlSctpEvent;

/** @data: one whole notification. */
PlSctpEvent pl_sctp_event_parse (const uint8_t *data, size_t len);
void pl_sctp_event_clear (PlSctpEvent *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlSctpEvent, pl_sctp_event_clear)
