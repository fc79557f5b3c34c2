/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/timers.h"

#include <gio/gio.h>

/**
 * PlAddressBook: what each remote address may still do. An IPv6 address stands for its /64,
 * since whoever has one address of a /64 has all of them.
 */
typedef struct _PlAddressBook PlAddressBook;

/** One address; a reference counts as a use of one kind (PlAddressUse) and keeps it in the
 * book. */
typedef struct _PlAddress PlAddress;

typedef enum {
  PL_ADDRESS_CONNECTION, /* an open socket, until it is a WebSocket */
  PL_ADDRESS_WEBSOCKET,
  PL_ADDRESS_SESSION,   /* with a socket, or waiting to be resumed */
  PL_ADDRESS_NAMEPLATE, /* reserved from there */
  PL_ADDRESS_PUSH,      /* under way, and asked for from there */
  PL_ADDRESS_N_USES,
} PlAddressUse;

/** @timers outlives the book. */
PlAddressBook *pl_address_book_new (PlTimers *timers);

/** All uses must have been released. */
void pl_address_book_free (PlAddressBook *self);

/** Counts one new connection from @address; NULL when there are too many of them, or too many
 * in this second. Give back with pl_address_release (PL_ADDRESS_CONNECTION). */
PlAddress *pl_address_book_connect (PlAddressBook *self, GInetAddress *address, int64_t now_us);

/** Counts one more use; FALSE when the limit of its kind is reached. */
gboolean pl_address_use (PlAddress *self, PlAddressUse use);

/** Ends one use; @self may be gone after it. */
void pl_address_release (PlAddress *self, PlAddressUse use, int64_t now_us);

/** Seconds until another failed join is forgiven; 0 while joining is allowed. */
guint pl_address_get_guess_wait_s (PlAddress *self, int64_t now_us);

/** Reports a join of a room that is not there. */
void pl_address_report_failed_join (PlAddress *self, int64_t now_us);

/** TRUE if one more push message may be asked for from there; takes nothing. */
gboolean pl_address_may_push (PlAddress *self, int64_t now_us);

/** Counts a push message in the rate of @self; it is a use of it (PL_ADDRESS_PUSH), too. */
void pl_address_report_push (PlAddress *self, int64_t now_us);

guint pl_address_book_get_size (const PlAddressBook *self);

/** "192.0.2.1" or "2001:db8:0:1::/64"; an IPv4-mapped address is IPv4. Free with g_free(). */
char *pl_address_make_key (GInetAddress *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAddressBook, pl_address_book_free)
