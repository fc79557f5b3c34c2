/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

/**
 * PlAtPort: the serial port of a modem (a pty or a unix socket as well) that may vanish and
 * come back under the same path.
 *
 * It is opened as soon as the path can be opened, and opened again when it was lost: a monitor
 * on the path tells at once, a slow poll finds what the monitor missed.
 */
typedef struct _PlAtPort PlAtPort;

typedef struct {
  void (*opened) (gpointer user_data);
  /* It cannot be opened, for another reason than the last time. */
  void (*missing) (int error_number, gpointer user_data);
  void (*data) (const uint8_t *data, size_t len, gpointer user_data);
  void (*lost) (const char *reason, gpointer user_data);
} PlAtPortOps;

/** Sources go to the thread's default context. @path is best a name that stays with the device,
 * as /dev/serial/by-id has them. Opens nothing yet. */
PlAtPort *pl_at_port_new (const char *path, const PlAtPortOps *ops, gpointer user_data);

/** No op is called any more. */
void pl_at_port_free (PlAtPort *self);

/** opened() comes from the main loop, never from here. */
void pl_at_port_start (PlAtPort *self);

/** Closes the port; lost() is not called. Opened again after @delay_ms. */
void pl_at_port_reopen (PlAtPort *self, guint delay_ms);

/** Queues bytes; dropped while the port is not open. */
void pl_at_port_write (PlAtPort *self, const char *data, size_t len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAtPort, pl_at_port_free)
