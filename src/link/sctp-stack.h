/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * The one usrsctp stack of this process: initialisation, settings, timer, and the way from
 * usrsctp's callbacks to the association that they concern.
 *
 * usrsctp gets no pointers of ours. Its addresses (AF_CONN) are numbers that are never used
 * again, looked up here; a callback for an association that has left does nothing.
 */
typedef struct {
  /** Runs inside usrsctp: copy the packet and return. */
  void (*output) (const uint8_t *packet, size_t len, gpointer user_data);
  /** Runs inside usrsctp: something can be read or written; take note and return. */
  void (*event) (gpointer user_data);
  /** Runs outside of usrsctp, after its timers: work off what the other two left. */
  void (*turn) (gpointer user_data);
} PlSctpStackOps;

/** Starts usrsctp with the first caller of the process, and the timer (in the context that is
 * the thread's default) with the first association. Returns the number for AF_CONN addresses.
 */
guint pl_sctp_stack_join (const PlSctpStackOps *ops, gpointer user_data);

/** No op runs any more. The timer stops with the last one. */
void pl_sctp_stack_leave (guint id);

/** The turn ops run in the next iteration of the main context. */
void pl_sctp_stack_wake (void);

struct socket;

/** For usrsctp_set_upcall(), with the number as argument. */
void pl_sctp_stack_on_upcall (struct socket *socket, void *id, int flags);
